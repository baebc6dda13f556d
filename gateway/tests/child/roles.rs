//! What this program does when it stands for our binary.

use std::ffi::OsString;
use std::process::ExitCode;

use mcp_guard_gateway::upstream::child::{ChildProcess, OrphanGuard, exec_child};
use mcp_guard_gateway::wire::{Line, Lines, Outbox, StandardInput, StandardOutput};

use crate::support::{LIMITS, command, ourselves};

pub(crate) fn child(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let failure = exec_child(arguments);
    eprintln!("{failure}");
    ExitCode::from(failure.code())
}

/// Starts a script as a server, with or without the guard, says which process it is, and waits.
pub(crate) fn parent(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<String> = arguments.map(|text| text.into_string().unwrap()).collect();
    let guard = match arguments[0].as_str() {
        "guarded" => OrphanGuard::ReExec(ourselves()),
        _ => OrphanGuard::None,
    };
    // The server is started from a thread that ends right after it.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let handle = runtime.handle().clone();
    let starting = std::thread::spawn(move || {
        handle.block_on(async move {
            let command = command("sh", &["-c", &arguments[1]]);
            ChildProcess::spawn(&command, "tides", &guard).await.unwrap()
        })
    });
    let mut child = starting.join().unwrap();
    runtime.block_on(async {
        let (_outbox, mut lines) = child.wire(LIMITS).unwrap();
        let first = crate::support::text(&mut lines).await.unwrap();
        println!("{} {first}", child.id().unwrap());
        std::future::pending::<()>().await;
    });
    ExitCode::SUCCESS
}

/// Gives back each line of its standard input.
pub(crate) fn echo() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut lines = Lines::new(StandardInput::open().unwrap(), LIMITS.line);
        let (outbox, writer) = Outbox::new(StandardOutput::open().unwrap(), LIMITS.outbox);
        let running = tokio::spawn(writer.run());
        while let Some(Line::Text(line)) = lines.next().await.unwrap() {
            outbox.push(line).await.unwrap();
        }
        outbox.close();
        running.await.unwrap().unwrap();
    });
    ExitCode::SUCCESS
}
