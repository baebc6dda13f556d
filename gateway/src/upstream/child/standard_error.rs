//! What a server says on standard error goes into the log, bounded.

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::Instant;

mod budget;
mod cut;
mod shown;

use budget::{Budget, Verdict};
use cut::Cutter;
use shown::shown;

/// The most of a line that is logged, in bytes.
const LINE: usize = 8 * 1024;
/// About what a log line costs besides the server's text, in bytes.
const AROUND: usize = 128;

/// Logs each line, until the end of the stream. Reading goes on however much comes, so that the
/// server never waits; what is above the [budget](Budget) is counted, not logged.
pub(super) async fn log(mut stream: impl AsyncRead + Unpin, server: String) {
    let mut cutter = Cutter::new(LINE);
    let mut budget = Budget::new(Instant::now());
    let mut buffer = BytesMut::with_capacity(LINE);
    while let Ok(1..) = stream.read_buf(&mut buffer).await {
        let now = Instant::now();
        cutter.feed(&buffer, |line| log_line(line, &server, &mut budget, now));
        buffer.clear();
    }
    let now = Instant::now();
    cutter.end(|line| log_line(line, &server, &mut budget, now));
    tell_left_out(budget.left_out(), &server);
}

fn log_line(line: &[u8], server: &str, budget: &mut Budget, now: Instant) {
    if let Verdict::Log { left_out } = budget.judge(line.len() + AROUND, now) {
        tell_left_out(left_out, server);
        let line = shown(&String::from_utf8_lossy(line));
        tracing::info!(target: "mcp_guard::server", server, "{line}");
    }
}

fn tell_left_out(lines: u64, server: &str) {
    if lines > 0 {
        tracing::warn!(
            target: "mcp_guard::server",
            server,
            lines,
            "the server writes to standard error faster than is logged: lines were left out"
        );
    }
}

#[cfg(test)]
mod tests;
