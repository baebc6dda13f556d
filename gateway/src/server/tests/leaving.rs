//! Servers that are configured otherwise, or no more.

use std::time::Duration;

use super::{ANSWERS, CALL, CALLED, DISCOVERED, INITIALIZE, Says, World, answer, session_server};
use crate::protocol::method;

/// Longer than a server that leaves is not looked at.
const A_WHILE: Duration = Duration::from_millis(250);

#[tokio::test]
async fn a_server_that_retires_ends_with_the_calls_in_flight() {
    let stateless: Says = |message| match message.method() {
        method::DISCOVER => (Some(DISCOVERED), 200),
        _ => (Some(CALLED), 200),
    };
    for says in [session_server, stateless] {
        let world = World::new(says);
        world.call(method::DISCOVER).await;
        world.asked();
        world.peer.answers.forget_permits(ANSWERS);
        let mut under_way = world.begin(method::TOOLS_CALL);
        world.is_asked(method::TOOLS_CALL, 1).await;
        world.server.retire();
        tokio::time::sleep(A_WHILE).await;
        assert_eq!(world.open(), 1);
        world.peer.answers.add_permits(ANSWERS);
        assert_eq!(answer(&mut under_way).await.0, format!("{CALLED}}}"));
        tokio::time::sleep(A_WHILE).await;
        assert_eq!(world.open(), 0);
    }
}

#[tokio::test]
async fn a_conversation_keeps_a_server_that_retires() {
    let world = World::new(session_server);
    let (client, mut reads) = world.converse();
    client.say(INITIALIZE);
    assert!(reads.recv().await.unwrap().contains("protocolVersion"));
    world.server.retire();
    tokio::time::sleep(A_WHILE).await;
    client.say(CALL);
    assert!(reads.recv().await.unwrap().contains("content"));
    // What such a client shares with others is there as well.
    assert_eq!(world.call(method::TOOLS_CALL).await.0, format!("{CALLED}}}"));
    client.conversation.close();
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(world.open(), 0);
    assert!(world.call(method::TOOLS_CALL).await.0.contains("upstream_unavailable"));
}

#[tokio::test]
async fn a_conversation_with_a_removed_server_ends_with_what_is_in_flight() {
    for (within, answers) in [(Duration::from_secs(60), true), (A_WHILE, false)] {
        let world = World::new(session_server);
        let (client, mut reads) = world.converse();
        let (_idle, mut told) = world.converse();
        client.say(INITIALIZE);
        assert!(reads.recv().await.unwrap().contains("protocolVersion"));
        world.peer.answers.forget_permits(ANSWERS);
        client.say(CALL);
        world.is_asked(method::TOOLS_CALL, 1).await;
        world.server.remove(within);
        client.say(&CALL.replace(r#""id":2"#, r#""id":3"#));
        let refused = reads.recv().await.unwrap();
        assert!(refused.contains(r#""id":3"#) && refused.contains("upstream_unavailable"));
        assert_eq!(told.recv().await.unwrap(), "the server is no longer configured");
        if answers {
            assert!(reads.try_recv().is_err());
            world.peer.answers.add_permits(ANSWERS);
            assert!(reads.recv().await.unwrap().contains("content"));
        }
        assert_eq!(reads.recv().await.unwrap(), "the server is no longer configured");
        assert_eq!(world.asked().iter().filter(|asked| *asked == method::TOOLS_CALL).count(), 1);
        assert_eq!(world.open(), 0);
    }
}
