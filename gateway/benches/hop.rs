//! What our way of reading and writing lines adds to a message that goes to a child and back.
//!
//! `cargo bench -p mcp-guard-gateway --bench hop` compares `cat` alone, a bare hop in front of it that
//! passes bytes on, and a hop that takes lines apart and queues them as the gateway does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on fails"
)]

use std::io::{Read, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use mcp_guard_gateway::upstream::child::{
    ChildCommand, ChildEnvironment, ChildProcess, OrphanGuard, WireLimits,
};
use mcp_guard_gateway::wire::{Line, Lines, Outbox, OutboxLimits, StandardInput, StandardOutput};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};

const LIMITS: WireLimits =
    WireLimits { line: 1 << 20, outbox: OutboxLimits { lines: 1024, bytes: 1 << 20 } };
const WAYS: [&str; 4] = ["cat", "bare, 1 thread", "lines, 1 thread", "lines, 2 threads"];
const ROUNDS: usize = 5;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("bare, 1 thread") => one().block_on(bare()),
        Some("lines, 1 thread") => one().block_on(lines()),
        Some("lines, 2 threads") => {
            let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let runtime = runtime.unwrap();
            // As `block_on` runs its own future outside of the workers.
            runtime.block_on(async { tokio::spawn(lines()).await.unwrap() });
        }
        _ => measure(),
    }
}

fn one() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

async fn bare() {
    let mut child = tokio::process::Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let there = pass(StandardInput::open().unwrap(), child.stdin.take().unwrap());
    let back = tokio::spawn(pass(child.stdout.take().unwrap(), StandardOutput::open().unwrap()));
    there.await;
    back.await.unwrap();
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut buffer).await.unwrap();
        if length == 0 {
            return;
        }
        to.write_all(&buffer[..length]).await.unwrap();
    }
}

async fn lines() {
    let command = ChildCommand {
        program: "cat".into(),
        args: Vec::new(),
        cwd: None,
        environment: ChildEnvironment::PassedThrough,
    };
    let mut child = ChildProcess::spawn(&command, "cat", &OrphanGuard::None).await.unwrap();
    let (server, from_server) = child.wire(LIMITS).unwrap();
    let (client, writer) = Outbox::new(StandardOutput::open().unwrap(), LIMITS.outbox);
    let writing = tokio::spawn(writer.run());
    let back = tokio::spawn(queue(from_server, client));
    queue(Lines::new(StandardInput::open().unwrap(), LIMITS.line), server).await;
    child.shut_down(Duration::from_secs(1)).await;
    back.await.unwrap();
    writing.await.unwrap().unwrap();
}

async fn queue(mut from: Lines<impl AsyncRead + Unpin>, to: Outbox) {
    while let Some(Line::Text(line)) = from.next().await.unwrap() {
        to.push(line).await.unwrap();
    }
}

fn measure() {
    let message = format!(
        "{}\n",
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"low water at six"},"_meta":{"progressToken":"1"}}}"#
    );
    let mut alone = WAYS.map(|_| Vec::new());
    let mut many = WAYS.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (place, way) in WAYS.iter().enumerate() {
            let mut talk = Talk::start(way);
            talk.exchange(message.as_bytes(), 1, 2_000);
            alone[place].push(talk.median(message.as_bytes(), 10_000));
            talk.exchange(message.as_bytes(), 16, 20_000);
            let start = Instant::now();
            talk.exchange(message.as_bytes(), 16, 200_000);
            many[place].push(200_000.0 / start.elapsed().as_secs_f64());
        }
    }
    println!("{:20} {:>16} {:>22}", "", "p50, 1 in flight", "16 in flight");
    for (place, way) in WAYS.iter().enumerate() {
        alone[place].sort_unstable();
        many[place].sort_unstable_by(f64::total_cmp);
        let micros = alone[place][ROUNDS / 2].as_secs_f64() * 1e6;
        println!("{way:20} {micros:>13.1} µs {:>13.0} messages/s", many[place][ROUNDS / 2]);
    }
}

struct Talk {
    process: std::process::Child,
    input: Option<ChildStdin>,
    output: ChildStdout,
    buffer: Vec<u8>,
}

impl Talk {
    fn start(way: &str) -> Self {
        let mut command = match way {
            "cat" => Command::new("cat"),
            hop => {
                let mut command = Command::new(std::env::current_exe().unwrap());
                command.arg(hop);
                command
            }
        };
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = process.stdin.take();
        let output = process.stdout.take().unwrap();
        Self { process, input, output, buffer: vec![0; 64 * 1024] }
    }

    fn send(&mut self, message: &[u8]) {
        self.input.as_mut().unwrap().write_all(message).unwrap();
    }

    /// How many messages came.
    fn receive(&mut self) -> usize {
        let length = self.output.read(&mut self.buffer).unwrap();
        assert!(length > 0, "the hop ended");
        self.buffer[..length].iter().filter(|byte| **byte == b'\n').count()
    }

    /// Keeps so many messages in flight until enough came back.
    fn exchange(&mut self, message: &[u8], in_flight: usize, count: usize) {
        (0..in_flight).for_each(|_| self.send(message));
        let mut sent = in_flight;
        let mut received = 0;
        while received < count {
            for _ in 0..self.receive() {
                received += 1;
                if sent < count {
                    self.send(message);
                    sent += 1;
                }
            }
        }
    }

    fn median(&mut self, message: &[u8], count: usize) -> Duration {
        let mut times: Vec<Duration> = (0..count)
            .map(|_| {
                let start = Instant::now();
                self.exchange(message, 1, 1);
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        times[count / 2]
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.input = None;
        self.process.wait().unwrap();
    }
}
