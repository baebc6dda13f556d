//! What the cases share.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use bytes::Bytes;
use mcp_guard_gateway::upstream::child::{
    ChildCommand, ChildEnvironment, ChildProcess, OrphanGuard, WireLimits,
};
use mcp_guard_gateway::wire::{Line, Lines, OutboxLimits};
use tokio::io::AsyncRead;

pub(crate) const LIMITS: WireLimits =
    WireLimits { line: 1 << 20, outbox: OutboxLimits { lines: 1024, bytes: 1 << 20 } };

pub(crate) const GRACE: Duration = Duration::from_millis(300);

/// Runs it on one thread, and on several.
pub(crate) fn run<F: Future<Output = ()>>(work: impl Fn() -> F) {
    let mut one = tokio::runtime::Builder::new_current_thread();
    let mut several = tokio::runtime::Builder::new_multi_thread();
    for runtime in [&mut one, several.worker_threads(2)] {
        let limit = Duration::from_secs(60);
        let work =
            async { tokio::time::timeout(limit, work()).await.expect("not done in a minute") };
        runtime.enable_all().build().unwrap().block_on(work);
    }
}

pub(crate) fn command(program: &str, args: &[&str]) -> ChildCommand {
    ChildCommand {
        program: program.into(),
        args: args.iter().map(Into::into).collect(),
        cwd: None,
        environment: ChildEnvironment::PassedThrough,
    }
}

pub(crate) fn ourselves() -> PathBuf {
    std::env::current_exe().unwrap()
}

/// Starts a script as our binary would.
pub(crate) async fn shell(script: &str) -> ChildProcess {
    let guard = OrphanGuard::ReExec(ourselves());
    ChildProcess::spawn(&command("sh", &["-c", script]), "tides", &guard).await.unwrap()
}

pub(crate) async fn text<R: AsyncRead + Unpin>(lines: &mut Lines<R>) -> Option<String> {
    lines.next().await.unwrap().map(|line| match line {
        Line::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
        Line::TooLong { bytes } => panic!("a line of {bytes} bytes"),
    })
}

pub(crate) fn line(text: impl Into<String>) -> Bytes {
    Bytes::from(text.into())
}

/// Whether the process runs. One that is dead and not reaped does not.
pub(crate) fn lives(pid: u32) -> bool {
    let shown = std::process::Command::new("ps")
        .args(["-o", "stat=", "-p", &pid.to_string()])
        .output()
        .unwrap();
    let state = String::from_utf8(shown.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

/// Waits until the process is gone.
pub(crate) fn is_gone_soon(pid: u32) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while lives(pid) {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}
