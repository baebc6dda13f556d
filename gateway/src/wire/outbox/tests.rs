use std::io;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, duplex};
use tokio::time::timeout;

use super::{Closed, Outbox, OutboxLimits, TryPushError, single_line};

const LIMITS: OutboxLimits = OutboxLimits { lines: 4, bytes: 100 };

fn line(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// Whether the future is still not done when everything else came to rest.
async fn waits(future: impl Future) -> bool {
    timeout(Duration::from_secs(1), future).await.is_err()
}

#[tokio::test]
async fn lines_are_written_in_order_with_their_ends() {
    let (near, mut far) = duplex(1 << 20);
    let (outbox, writer) = Outbox::new(near, LIMITS);
    let long = Bytes::from(vec![b'x'; 50_000]);
    let running = tokio::spawn(writer.run());
    outbox.push(line("one")).await.unwrap();
    outbox.push(long.clone()).await.unwrap();
    outbox.push(line("t\nw\r\no")).await.unwrap();
    outbox.close();
    let mut written = String::new();
    far.read_to_string(&mut written).await.unwrap();
    let long = str::from_utf8(&long).unwrap();
    assert_eq!(written, format!("one\n{long}\nt w  o\n"));
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_was_queued_before_the_close_is_written() {
    let (near, mut far) = duplex(1 << 20);
    let (outbox, writer) = Outbox::new(near, LIMITS);
    outbox.try_push(line("one")).unwrap();
    outbox.try_push(line("two")).unwrap();
    outbox.close();
    assert_eq!(outbox.try_push(line("three")), Err(TryPushError::Closed(Closed::ByUs)));
    writer.run().await.unwrap();
    let mut written = String::new();
    far.read_to_string(&mut written).await.unwrap();
    assert_eq!(written, "one\ntwo\n");
}

#[tokio::test]
async fn the_last_producer_closes() {
    let (near, mut far) = duplex(1 << 20);
    let (outbox, writer) = Outbox::new(near, LIMITS);
    let other = outbox.clone();
    let running = tokio::spawn(writer.run());
    drop(outbox);
    other.push(line("one")).await.unwrap();
    drop(other);
    running.await.unwrap().unwrap();
    let mut written = String::new();
    far.read_to_string(&mut written).await.unwrap();
    assert_eq!(written, "one\n");
}

#[tokio::test(start_paused = true)]
async fn a_producer_waits_when_too_many_lines_are_not_written() {
    let (near, mut far) = duplex(1);
    let (outbox, writer) = Outbox::new(near, LIMITS);
    let running = tokio::spawn(writer.run());
    for _ in 0..4 {
        outbox.push(line("x")).await.unwrap();
    }
    assert!(waits(outbox.push(line("y"))).await);
    assert_eq!(outbox.try_push(line("y")), Err(TryPushError::Full(line("y"))));
    let (pushed, ()) = tokio::join!(outbox.push(line("z")), async {
        far.read_exact(&mut [0; 8]).await.unwrap();
    });
    pushed.unwrap();
    outbox.close();
    let mut rest = String::new();
    far.read_to_string(&mut rest).await.unwrap();
    assert_eq!(rest, "z\n", "a push that was given up left nothing");
    running.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn bytes_are_bounded_but_one_line_always_passes() {
    let (near, mut far) = duplex(1);
    let (outbox, writer) = Outbox::new(near, LIMITS);
    let running = tokio::spawn(writer.run());
    outbox.push(Bytes::from(vec![b'x'; 1000])).await.unwrap();
    assert!(waits(outbox.push(line("y"))).await);
    far.read_exact(&mut [0; 1001]).await.unwrap();
    outbox.push(Bytes::from(vec![b'x'; 60])).await.unwrap();
    assert!(waits(outbox.push(Bytes::from(vec![b'x'; 41]))).await);
    outbox.try_push(Bytes::from(vec![b'x'; 40])).unwrap();
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn producers_learn_that_writing_failed() {
    let (near, far) = duplex(1);
    let (outbox, writer) = Outbox::new(near, LIMITS);
    let running = tokio::spawn(writer.run());
    for _ in 0..4 {
        outbox.push(line("x")).await.unwrap();
    }
    let waiting = tokio::spawn({
        let outbox = outbox.clone();
        async move { outbox.push(line("y")).await }
    });
    tokio::task::yield_now().await;
    drop(far);
    let failed = Closed::Failed(io::ErrorKind::BrokenPipe);
    assert_eq!(running.await.unwrap().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    assert_eq!(waiting.await.unwrap(), Err(failed));
    assert_eq!(outbox.push(line("z")).await, Err(failed));
}

#[tokio::test(start_paused = true)]
async fn producers_learn_that_the_writer_is_gone() {
    let (near, _far) = duplex(1);
    let (outbox, writer) = Outbox::new(near, LIMITS);
    let running = tokio::spawn(writer.run());
    tokio::task::yield_now().await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    let gone = Closed::Failed(io::ErrorKind::BrokenPipe);
    assert_eq!(outbox.push(line("z")).await, Err(gone));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_producers_lose_nothing() {
    let (near, far) = duplex(512);
    let (outbox, writer) = Outbox::new(near, OutboxLimits { lines: 7, bytes: 1000 });
    let running = tokio::spawn(writer.run());
    for producer in 0..8 {
        let outbox = outbox.clone();
        tokio::spawn(async move {
            for number in 0..500 {
                outbox.push(format!("{producer} {number}").into()).await.unwrap();
            }
        });
    }
    drop(outbox);
    let mut lines = crate::wire::Lines::new(far, 100);
    let mut next = [0; 8];
    while let Some(crate::wire::Line::Text(line)) = lines.next().await.unwrap() {
        let (producer, number) = str::from_utf8(&line).unwrap().split_once(' ').unwrap();
        let next = &mut next[producer.parse::<usize>().unwrap()];
        assert_eq!(number.parse::<u32>().unwrap(), *next);
        *next += 1;
    }
    assert_eq!(next, [500; 8]);
    running.await.unwrap().unwrap();
}

#[test]
fn a_single_line_is_not_copied() {
    let text = Bytes::from("{\"a\": \"\\n\"}".to_owned());
    assert_eq!(single_line(text.clone()).as_ptr(), text.as_ptr());
}

proptest! {
    #[test]
    fn a_json_value_is_the_same_on_a_single_line(
        value in proptest::collection::btree_map(".*", proptest::collection::vec(".*", 0..4), 0..4),
    ) {
        let pretty = serde_json::to_string_pretty(&value).unwrap().replace("\n  ", "\r\n  ");
        let single = single_line(Bytes::from(pretty));
        prop_assert!(!single.contains(&b'\n') && !single.contains(&b'\r'));
        let again: std::collections::BTreeMap<String, Vec<String>> = serde_json::from_slice(&single).unwrap();
        prop_assert_eq!(again, value);
    }
}

#[tokio::test]
async fn what_is_put_is_taken_and_the_next_one_waits() {
    let (theirs, ours) = tokio::io::duplex(1 << 20);
    let (outbox, writer) = Outbox::new(ours, OutboxLimits { lines: 2, bytes: 1 << 20 });
    let lines = ["a", "b", "c"].map(|line| outbox.put(Bytes::from_static(line.as_bytes())));
    assert_eq!(lines, [Ok(true), Ok(true), Ok(false)]);
    let mut room = std::pin::pin!(outbox.room());
    assert!(futures_util::poll!(room.as_mut()).is_pending());
    let writing = tokio::spawn(writer.run());
    room.await;
    outbox.close();
    assert!(outbox.put(Bytes::from_static(b"d")).is_err());
    outbox.room().await;
    writing.await.unwrap().unwrap();
    let mut lines = crate::wire::Lines::new(theirs, 10);
    let mut seen = Vec::new();
    while let Some(crate::wire::Line::Text(line)) = lines.next().await.unwrap() {
        seen.push(line);
    }
    assert_eq!(seen, ["a", "b", "c"]);
}
