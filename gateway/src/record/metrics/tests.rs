use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::super::decision::tests::answered;
use super::super::{Decision, Outcome, Verdict};
use super::Metrics;

fn metrics() -> Metrics {
    Metrics::new("0.1.0", Timestamp::from_second(1_793_000_000).unwrap())
}

fn refused(code: &'static str, method: &str) -> Decision {
    let verdict = Verdict::Refused { code, rule: None };
    Decision { method: method.into(), verdict, ..answered(1) }
}

fn ended(outcome: Outcome, latency: Duration) -> Decision {
    let verdict = Verdict::Allowed { rule: None, outcome };
    Decision { verdict, latency, ..answered(1) }
}

/// Reads the text as `OpenMetrics` has it: what is described, then its samples, then the end.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let body = text.strip_suffix("# EOF\n").expect("an end");
    let (mut samples, mut described, mut current) = (BTreeMap::new(), BTreeSet::new(), "");
    for line in body.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            let (word, name) = (words.next().unwrap(), words.next().unwrap());
            assert!(["HELP", "TYPE", "UNIT"].contains(&word), "{line}");
            assert!(name == current || described.insert(name), "{name} is described twice");
            current = name;
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let name = series.split('{').next().unwrap();
        assert!(name.starts_with(current) && !current.is_empty(), "{line}");
        let value: f64 = value.parse().unwrap();
        assert!(samples.insert(series.to_owned(), value).is_none(), "{series} is there twice");
    }
    samples
}

#[test]
fn the_text_is_as_it_was() {
    let metrics = metrics();
    let server = metrics.server("filesystem");
    server.up(true);
    server.restarted();
    server.count(&ended(Outcome::Answered, Duration::from_micros(2500)));
    server.count(&refused("tool_denied", "tools/call"));
    let _waiting = server.begin();
    metrics.sessions(1);
    let text = metrics.encode();
    samples(&text);
    // The memory is another one each time.
    let stable = |line: &&str| !line.starts_with("process_resident_memory");
    let mut text: Vec<&str> = text.lines().filter(stable).collect();
    // The samples of a family come in any order.
    text[2..4].sort_unstable();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn each_message_is_counted_once_under_what_came_of_it() {
    let metrics = metrics();
    let server = metrics.server("a");
    for (times, outcome) in (1..).zip(Outcome::ALL) {
        (0..times).for_each(|_| server.count(&ended(outcome, Duration::from_millis(3))));
    }
    server.count(&refused("tool_denied", "tools/call"));
    metrics.server("").count(&refused("no_route_matched", "made/up"));
    metrics.server("").count(&refused("no_route_matched", "also\"made\nup"));
    let samples = samples(&metrics.encode());
    let requests = |method: &str, outcome: &str, server: &str| {
        let labels = format!("server=\"{server}\",method_class=\"{method}\",outcome=\"{outcome}\"");
        samples[&format!("mcp_guard_requests_total{{{labels}}}")]
    };
    for (times, outcome) in (1..).zip(Outcome::ALL) {
        assert_eq!(requests("tools/call", outcome.name(), "a"), f64::from(times));
    }
    assert_eq!(requests("tools/call", "refused", "a"), 1.0);
    assert_eq!(requests("other", "refused", ""), 2.0);
    // Nobody said whether that one can be reached: it is no server.
    assert!(!samples.contains_key("mcp_guard_upstream_up{server=\"\"}"));
    assert_eq!(samples["mcp_guard_refusals_total{code=\"no_route_matched\"}"], 2.0);
    // The notifications, which are the last of the outcomes, take no time.
    let timed: i32 = (1..6).sum();
    let count = samples["mcp_guard_request_duration_seconds_count{server=\"a\"}"];
    assert_eq!(count, f64::from(timed));
    let sum = samples["mcp_guard_request_duration_seconds_sum{server=\"a\"}"];
    assert!((sum - f64::from(timed) * 0.003).abs() < 1e-9, "{sum}");
    let bucket = |bound: &str| {
        let labels = format!("le=\"{bound}\",server=\"a\"");
        samples[&format!("mcp_guard_request_duration_seconds_bucket{{{labels}}}")]
    };
    assert_eq!(bucket("0.001"), 0.0);
    assert_eq!(bucket("0.005"), count);
    assert_eq!(bucket("+Inf"), count);
}

#[test]
fn a_duration_at_a_bound_belongs_to_it_and_a_long_one_to_the_last() {
    let metrics = metrics();
    let server = metrics.server("a");
    for nanoseconds in [100_000, 100_001, 3_600_000_000_000] {
        server.count(&ended(Outcome::Answered, Duration::from_nanos(nanoseconds)));
    }
    let samples = samples(&metrics.encode());
    let bucket = |bound: &str| {
        samples
            [&format!("mcp_guard_request_duration_seconds_bucket{{le=\"{bound}\",server=\"a\"}}")]
    };
    let found = ["0.0001", "0.0005", "60.0", "+Inf"].map(bucket);
    assert_eq!(found, [1.0, 2.0, 2.0, 3.0]);
}

#[test]
fn a_request_waits_until_it_is_dropped() {
    let metrics = metrics();
    let server = metrics.server("a");
    let waiting = [server.begin(), server.begin()];
    let in_flight = || samples(&metrics.encode())["mcp_guard_in_flight{server=\"a\"}"];
    assert_eq!(in_flight(), 2.0);
    drop(waiting);
    assert_eq!(in_flight(), 0.0);
}

#[test]
fn a_server_is_the_same_until_it_is_gone() {
    let metrics = metrics();
    metrics.server("a").restarted();
    metrics.server("a").count(&answered(1));
    metrics.server("b").restarted();
    let before = metrics.encode();
    assert_eq!(samples(&before)["mcp_guard_upstream_restarts_total{server=\"a\"}"], 1.0);
    metrics.forget("a");
    let after = metrics.encode();
    assert!(before.contains("server=\"a\"") && !after.contains("server=\"a\""), "{after}");
    assert!(after.contains("server=\"b\""));
    metrics.server("a").count(&answered(1));
    assert!(metrics.encode().contains("outcome=\"answered\"} 1"));
}
