//! What writing a decision down costs the call that it is about, and the writer.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot start has nothing to say")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use mcp_guard_gateway::record::{
    Decision, DecisionLog, Front, Outcome, RequestIds, SessionTag, Verdict,
};

fn decision(ids: &RequestIds) -> Decision {
    let time = Timestamp::from_microsecond(1_793_000_000_123_456).unwrap();
    Decision {
        time,
        request_id: ids.next(time),
        principal: "local:ada".into(),
        front: Front::Stdio,
        session: Some(SessionTag::of("3f9a4c1e-5b0f")),
        server: Some("filesystem".into()),
        method: "tools/call".into(),
        tool: Some("read_file".into()),
        verdict: Verdict::Allowed { rule: Some("readers-read".into()), outcome: Outcome::Answered },
        latency: Duration::from_micros(812),
        bytes_in: 214,
        bytes_out: 10_480,
    }
}

/// Times what is done to decisions, a few thousand at a time, and lets the writer catch up between.
fn timed(
    iterations: u64,
    log: &DecisionLog,
    ids: &RequestIds,
    each: impl Fn(Decision),
) -> Duration {
    const AT_ONCE: u64 = 2048;
    let mut spent = Duration::ZERO;
    let mut left = iterations;
    while left > 0 {
        let count = left.min(AT_ONCE);
        let decisions: Vec<Decision> = (0..count).map(|_| decision(ids)).collect();
        let start = Instant::now();
        decisions.into_iter().for_each(&each);
        spent += start.elapsed();
        left -= count;
        while log.waiting() > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    spent
}

fn record(criterion: &mut Criterion) {
    let directory = tempfile::TempDir::new().unwrap();
    let log = DecisionLog::open(&directory.path().join("audit.jsonl")).unwrap();
    let ids = RequestIds::new([7; 16]);

    criterion.bench_function("a decision made of names", |bencher| {
        bencher.iter(|| decision(black_box(&ids)));
    });
    criterion.bench_function("record, on the way of a call", |bencher| {
        bencher.iter_custom(|iterations| {
            timed(iterations, &log, &ids, |decision| log.record(decision).unwrap())
        });
    });
    criterion.bench_function("a line, in the writer", |bencher| {
        let decision = decision(&ids);
        let mut out = Vec::with_capacity(1024);
        bencher.iter(|| {
            out.clear();
            black_box(&decision).write_line(&mut out);
            out.len()
        });
    });
}

criterion_group!(benches, record);
criterion_main!(benches);
