//! A gateway that runs, with a scripted peer behind it and this test in front.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything may take that is expected at once.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// What is to be started.
#[derive(Default)]
pub(crate) struct Setup {
    config: Option<String>,
    peer: Vec<String>,
    script: Option<Vec<u8>>,
    shell: Option<&'static str>,
    command: Option<Vec<String>>,
    environment: Vec<(&'static str, &'static str)>,
}

impl Setup {
    /// With this configuration. `DIR` in it is the directory of the test.
    pub(crate) fn config(mut self, yaml: &str) -> Self {
        self.config = Some(yaml.to_owned());
        self
    }

    /// With these arguments for the peer.
    pub(crate) fn peer(mut self, arguments: &[&str]) -> Self {
        self.peer.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// The peer answers by this script.
    pub(crate) fn script(mut self, script: Vec<u8>) -> Self {
        self.script = Some(script);
        self
    }

    /// The server is this shell script, with the peer and its arguments as `"$0" "$@"`.
    pub(crate) fn shell(mut self, script: &'static str) -> Self {
        self.shell = Some(script);
        self
    }

    /// The server is this command instead of the peer.
    pub(crate) fn command(mut self, words: &[&str]) -> Self {
        self.command = Some(words.iter().map(|word| (*word).to_owned()).collect());
        self
    }

    /// With this variable in the environment of the gateway.
    pub(crate) fn environment(mut self, name: &'static str, value: &'static str) -> Self {
        self.environment.push((name, value));
        self
    }

    /// Starts it.
    pub(crate) fn start(self) -> Gateway {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let mut gateway = Command::new(env!("CARGO_BIN_EXE_mcp-guard"));
        gateway.arg("serve");
        if let Some(config) = &self.config {
            std::fs::write(at("mcp-guard.yaml"), filled(config, directory.path())).unwrap();
            gateway.arg("--config").arg(at("mcp-guard.yaml"));
        }
        gateway.args(["--server", "peer", "--"]);
        if let Some(command) = &self.command {
            gateway.args(command);
        } else {
            if let Some(script) = self.shell {
                gateway.args(["sh", "-c", script]);
            }
            gateway.arg(peer()).arg("--record").arg(at("record"));
            if let Some(script) = &self.script {
                std::fs::write(at("script"), script).unwrap();
                gateway.arg("--script").arg(at("script"));
            }
            gateway.args(&self.peer);
        }
        gateway
            .env("HOME", directory.path())
            .env("XDG_CONFIG_HOME", at("config"))
            .env("USER", "ann")
            .env("NO_COLOR", "1")
            .envs(self.environment.iter().copied());
        Gateway::of(gateway, directory)
    }
}

/// The text with the directory of the test, and of the peer, filled in.
pub(crate) fn filled(text: &str, directory: &Path) -> String {
    text.replace("DIR", directory.to_str().unwrap()).replace("PEER", peer().to_str().unwrap())
}

/// The scripted peer, which cargo builds as an example beside this test.
fn peer() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let peer = test.parent().unwrap().parent().unwrap().join("examples/scripted-peer");
    assert!(peer.is_file(), "`cargo build --example scripted-peer` makes {}", peer.display());
    peer
}

/// A gateway, and what its client has read so far.
pub(crate) struct Gateway {
    process: Child,
    input: Option<ChildStdin>,
    lines: Receiver<Vec<u8>>,
    /// Lines that were read while another was waited for.
    pub(crate) aside: Vec<Vec<u8>>,
    said: Arc<Mutex<String>>,
    errors: Option<JoinHandle<()>>,
    directory: TempDir,
    next: u64,
}

impl Gateway {
    /// Starts a command.
    pub(crate) fn of(mut command: Command, directory: TempDir) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let (output, mut errors) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
        let (heard, lines) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut line = Vec::new();
            while output.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                assert_eq!(line.pop(), Some(b'\n'), "a line is whole");
                if heard.send(std::mem::take(&mut line)).is_err() {
                    return;
                }
            }
        });
        let said = Arc::new(Mutex::new(String::new()));
        let all = Arc::clone(&said);
        let errors = std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(read @ 1..) = errors.read(&mut buffer) {
                all.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..read]));
            }
        });
        let input = process.stdin.take();
        Self {
            process,
            input,
            lines,
            aside: Vec::new(),
            said,
            errors: Some(errors),
            directory,
            next: 0,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes the configuration anew.
    pub(crate) fn configure(&self, yaml: &str) {
        let text = filled(yaml, self.directory.path());
        std::fs::write(self.path("mcp-guard.yaml"), text).unwrap();
    }

    /// What the gateway has said on standard error.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    fn last_words(&self) -> String {
        let said = self.said();
        said.chars().skip(said.chars().count().saturating_sub(2000)).collect()
    }

    /// Waits until it has said that.
    pub(crate) fn hears(&self, words: &str) {
        self.comes_true(words, || self.said().contains(words));
    }

    /// Waits until something is so.
    pub(crate) fn comes_true(&self, what: &str, so: impl Fn() -> bool) {
        let end = Instant::now() + SOON;
        while !so() {
            assert!(Instant::now() < end, "{what}: not so in time; {}", self.last_words());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The lines that the peer has read, without the marks of its starts.
    pub(crate) fn record(&self) -> Vec<Vec<u8>> {
        let record = std::fs::read(self.path("record")).unwrap_or_default();
        let mut lines: Vec<Vec<u8>> =
            record.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        // What is being written.
        lines.pop();
        lines.retain(|line| !line.starts_with(b"#start "));
        lines
    }

    /// The process identifiers of the peers that were started.
    pub(crate) fn peers(&self) -> Vec<u32> {
        let text = String::from_utf8_lossy(&std::fs::read(self.path("record")).unwrap_or_default())
            .into_owned();
        text.lines().filter_map(|line| line.strip_prefix("#start ")?.parse().ok()).collect()
    }

    /// Sends a line.
    pub(crate) fn send(&mut self, line: &[u8]) {
        let input = self.input.as_mut().expect("the input is open");
        // One write, so that nothing stands between a line and its end.
        let mut whole = line.to_vec();
        whole.push(b'\n');
        input.write_all(&whole).unwrap();
    }

    pub(crate) fn say(&mut self, message: &Value) {
        self.send(message.to_string().as_bytes());
    }

    /// Asks, under a new identifier.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> u64 {
        self.next += 1;
        let id = 1_000_000 + self.next;
        self.say(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// Calls a tool, under a new identifier.
    pub(crate) fn call(&mut self, tool: &str, arguments: &Value) -> u64 {
        self.ask("tools/call", &json!({ "name": tool, "arguments": arguments }))
    }

    /// The next line; none at the end of the output.
    pub(crate) fn line(&self) -> Option<Vec<u8>> {
        match self.lines.recv_timeout(SOON) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("nothing came: {}", self.last_words()),
        }
    }

    /// A line, if one comes within this time.
    pub(crate) fn line_within(&self, time: Duration) -> Option<Vec<u8>> {
        self.lines.recv_timeout(time).ok()
    }

    /// The next message for which this holds; others are put aside.
    pub(crate) fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line =
                self.line().unwrap_or_else(|| panic!("the output ended: {}", self.last_words()));
            match serde_json::from_slice(&line) {
                Ok(message) if wanted(&message) => return message,
                _ => self.aside.push(line),
            }
        }
    }

    /// The answer to a request.
    pub(crate) fn answer(&mut self, id: u64) -> Value {
        self.until(|message| message["id"] == id && message.get("method").is_none())
    }

    /// Calls a tool and waits for the answer.
    pub(crate) fn called(&mut self, tool: &str, arguments: &Value) -> Value {
        let id = self.call(tool, arguments);
        self.answer(id)
    }

    /// Opens a session.
    pub(crate) fn open(&mut self, revision: &str) {
        let client = json!({ "name": "test", "version": "1" });
        let params =
            json!({ "protocolVersion": revision, "capabilities": {}, "clientInfo": client });
        let id = self.ask("initialize", &params);
        assert_eq!(self.answer(id)["result"]["protocolVersion"], revision);
        self.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
    }

    /// The server answers, correctly and soon.
    pub(crate) fn echoes(&mut self) {
        self.next += 1;
        let mark = json!({ "mark": self.next });
        let answer = self.called("echo", &mark);
        assert_eq!(answer["result"]["structuredContent"], mark, "{answer} {}", self.last_words());
    }

    /// The same once a server that was lost is back.
    pub(crate) fn echoes_again(&mut self) {
        let end = Instant::now() + SOON;
        loop {
            let answer = self.called("echo", &json!({}));
            if answer.get("result").is_some() {
                return;
            }
            assert_eq!(guard(&answer), "upstream_unavailable", "{answer}");
            assert!(Instant::now() < end, "{answer} {}", self.last_words());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Nothing more was said to the client than what it waited for.
    pub(crate) fn was_told_nothing_else(&self) {
        let aside: Vec<_> = self.aside.iter().map(|line| String::from_utf8_lossy(line)).collect();
        assert!(aside.is_empty(), "{aside:?}");
    }

    /// The client has no more to say.
    pub(crate) fn close(&mut self) {
        self.input = None;
    }

    /// Sends a signal to the gateway.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.id(), name);
    }

    /// How it ended, and what its client had not read yet.
    pub(crate) fn ended(&mut self) -> (ExitStatus, Vec<Vec<u8>>) {
        let mut rest = Vec::new();
        while let Some(line) = self.line() {
            rest.push(line);
        }
        let end = Instant::now() + SOON;
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                self.errors.take().unwrap().join().unwrap();
                return (status, rest);
            }
            assert!(Instant::now() < end, "it does not end: {}", self.last_words());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The client leaves: the gateway ends in good order, and no process is left. What it has said.
    pub(crate) fn finish(mut self) -> String {
        self.close();
        let (status, rest) = self.ended();
        assert_eq!(status.code(), Some(0), "{}", self.last_words());
        let rest: Vec<_> = rest.iter().map(|line| String::from_utf8_lossy(line)).collect();
        assert!(rest.is_empty(), "{rest:?}");
        self.leaves_nobody();
        self.said()
    }

    /// None of the peers runs any more.
    pub(crate) fn leaves_nobody(&self) {
        for peer in self.peers() {
            self.comes_true("the server ended", || !is_running(peer));
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends a signal to a process; one that is gone does not mind.
pub(crate) fn signal(process: u32, name: &str) {
    let kill = format!("kill -{name} {process} 2>/dev/null");
    let _ = Command::new("sh").args(["-c", &kill]).status().unwrap();
}

/// Whether the process runs: a zombie does not.
pub(crate) fn is_running(process: u32) -> bool {
    if cfg!(target_os = "linux") {
        return state_of(process).is_some_and(|state| state != 'Z');
    }
    let kill = format!("kill -0 {process} 2>/dev/null");
    Command::new("sh").args(["-c", &kill]).status().unwrap().success()
}

/// The state of a process on Linux (proc(5), `/proc/pid/stat`).
pub(crate) fn state_of(process: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// The stable code of a refusal.
pub(crate) fn guard(answer: &Value) -> &str {
    answer["error"]["data"]["guard"]["code"].as_str().unwrap_or_default()
}
