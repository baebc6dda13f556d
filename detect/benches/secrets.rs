//! What looking for secrets costs in text that holds none, in text that seems to, and in text that does.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mcp_guard_detect::secret::{classify, find, hint, template};

fn text_of(length: usize, sentence: &str) -> String {
    sentence.chars().cycle().take(length).collect()
}

fn secrets(criterion: &mut Criterion) {
    let plain = text_of(4096, "Reads a file below the given folder and returns its lines. ");
    let config = text_of(
        4096,
        r#"{"command": "npx", "args": ["-y", "@acme/server@1.2.3"], "env": {"ACME_TOKEN": "${ACME_TOKEN}", "PATH": "/usr/bin"}} "#,
    );
    let token = template::expand(" GITHUB_TOKEN=ghp_{base62:30}{github-crc32} ", "bench");
    let holding = format!("{}{token}{}", &plain[..2000], &plain[..2000]);

    let mut group = criterion.benchmark_group("find in 4 KiB");
    group.throughput(Throughput::Bytes(4096));
    assert!(!hint(&plain));
    group.bench_function("hint", |bencher| {
        bencher.iter(|| hint(black_box(&plain)));
    });
    group.bench_function("no hint", |bencher| {
        bencher.iter(|| find(None, black_box(&plain)));
    });
    group.bench_function("references only", |bencher| {
        bencher.iter(|| find(None, black_box(&config)));
    });
    group.bench_function("one token", |bencher| {
        bencher.iter(|| find(None, black_box(&holding)));
    });
    group.finish();

    let mut group = criterion.benchmark_group("value");
    let value = template::expand("{hex:32}", "bench");
    group.bench_function("named", |bencher| {
        bencher.iter(|| find(black_box(Some("ACME_API_KEY")), black_box(&value)));
    });
    group.bench_function("plain", |bencher| {
        bencher.iter(|| find(black_box(Some("LOG_LEVEL")), black_box("debug")));
    });
    group.bench_function("classify", |bencher| {
        bencher.iter(|| classify(black_box("Bearer ${ACME_TOKEN:-}")));
    });
    group.finish();
}

criterion_group!(benches, secrets);
criterion_main!(benches);
