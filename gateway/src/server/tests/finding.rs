//! Servers that are slow, silent, or replaced.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::Instant;

use super::super::native::GUESS;
use super::{
    CALL, CALLED, DISCOVERED, INITIALIZE, SILENT, Says, UNKNOWN, World, answer, session_server,
};
use crate::protocol::method;

#[tokio::test(start_paused = true)]
async fn a_server_that_is_slow_to_start_is_waited_for() {
    let stateless: Says = |message| match message.method() {
        method::DISCOVER => (Some(DISCOVERED), 200),
        method::INITIALIZE => (Some(UNKNOWN), 200),
        _ => (Some(CALLED), 200),
    };
    let sessions: Says = |message| match message.method() {
        method::DISCOVER => (Some(UNKNOWN), 200),
        _ => session_server(message),
    };
    for (says, with) in [(stateless, "server/discover"), (sessions, "initialize")] {
        let world = World::piped(says, Duration::from_secs(20));
        let begun = Instant::now();
        assert_eq!(world.call(method::TOOLS_CALL).await.0, format!("{CALLED}}}"));
        // Asked over one connection, and called over another.
        assert_eq!(begun.elapsed().as_secs(), 40);
        assert_eq!(world.open(), 1);
        let asked = world.asked();
        assert_eq!(asked[..2], ["server/discover", "initialize"]);
        let expected = if with == "initialize" { 2 } else { 1 };
        assert_eq!(asked.iter().filter(|one| *one == "initialize").count(), expected);
        world.call(method::TOOLS_CALL).await;
        assert_eq!(world.asked(), ["tools/call"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_is_opened_in_front_of_a_slow_server_without() {
    let stateless: Says = |message| match message.method() {
        method::DISCOVER => (Some(DISCOVERED), 200),
        method::INITIALIZE => (Some(UNKNOWN), 200),
        _ => (Some(CALLED), 200),
    };
    let world = World::piped(stateless, Duration::from_secs(20));
    let (client, mut reads) = world.converse();
    client.say(INITIALIZE);
    assert!(reads.recv().await.unwrap().contains("protocolVersion"));
    client.say(CALL);
    assert!(reads.recv().await.unwrap().contains("content"));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_to_what_it_does_not_know_has_sessions() {
    let world = World::piped(
        |message| match message.method() {
            method::DISCOVER => (None, SILENT),
            _ => session_server(message),
        },
        Duration::ZERO,
    );
    let begun = Instant::now();
    assert_eq!(world.call(method::TOOLS_CALL).await.0, format!("{CALLED}}}"));
    assert_eq!(begun.elapsed().as_secs(), 5);
    tokio::time::sleep(GUESS * 2).await;
    world.asked();
    world.call(method::TOOLS_CALL).await;
    assert!(!world.asked().contains(&method::DISCOVER.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn silence_does_not_count_for_ever() {
    static AWAKE: AtomicBool = AtomicBool::new(false);
    for pipe in [true, false] {
        AWAKE.store(false, Ordering::Relaxed);
        let says: Says = |message| match message.method() {
            _ if !AWAKE.load(Ordering::Relaxed) => (None, SILENT),
            method::DISCOVER => (Some(DISCOVERED), 200),
            method::INITIALIZE => (Some(UNKNOWN), 200),
            _ => (Some(CALLED), 200),
        };
        let world = World::with(says, pipe, Duration::ZERO);
        drop(world.begin(method::DISCOVER));
        let mut silent = world.begin(method::DISCOVER);
        tokio::time::sleep(Duration::from_secs(59)).await;
        assert!(world.asked().contains(&method::INITIALIZE.to_owned()));
        assert!(silent.next().now_or_never().is_none());
        AWAKE.store(true, Ordering::Relaxed);
        tokio::time::sleep(GUESS + Duration::from_secs(30)).await;
        assert_eq!(world.call(method::TOOLS_CALL).await.0, format!("{CALLED}}}"), "{pipe}");
    }
}

#[tokio::test]
async fn a_server_may_become_another_version() {
    static NEW: AtomicBool = AtomicBool::new(false);
    let says: Says = |message| match message.method() {
        _ if !NEW.load(Ordering::Relaxed) => session_server(message),
        method::DISCOVER => (Some(DISCOVERED), 200),
        method::INITIALIZE => (Some(UNKNOWN), 400),
        _ => (Some(CALLED), 200),
    };
    for client_opens in [false, true] {
        NEW.store(false, Ordering::Relaxed);
        let world = World::new(says);
        world.call(method::TOOLS_CALL).await;
        NEW.store(true, Ordering::Relaxed);
        if client_opens {
            let (client, mut reads) = world.converse();
            client.say(INITIALIZE);
            assert!(reads.recv().await.unwrap().contains("protocolVersion"));
        } else {
            let (refused, _) = answer(&mut world.begin_as("q", method::TOOLS_CALL)).await;
            assert!(refused.contains("upstream_unavailable"), "{refused}");
        }
        world.asked();
        let (called, _) = answer(&mut world.begin_as("r", method::TOOLS_CALL)).await;
        assert_eq!(called, format!("{CALLED}}}"));
        assert!(!world.asked().contains(&method::INITIALIZE.to_owned()));
    }
}
