//! Servers that do not read.

use std::sync::Arc;
use std::time::Duration;

use super::{LIST, ends, guard, names, server};
use crate::aggregate::scripted::{Scripted, Stage};
use crate::upstream::Pressure;

fn call(id: usize, tool: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}"}}}}"#)
}

fn calls(server: &Arc<Scripted>) -> usize {
    server.heard_of("tools/call").len()
}

async fn stage() -> Stage {
    Stage::open(vec![server("a"), server("b")], vec![]).await
}

#[tokio::test(start_paused = true)]
async fn the_others_go_on() {
    let mut stage = stage().await;
    let a = Arc::clone(&stage.members[0]);
    let room = a.bound(0);
    for id in 1..=3 {
        assert!(matches!(stage.push(&call(id, "a__a1")), Pressure::Free));
    }
    // The first one is with the server, which has no room for another.
    assert_eq!(calls(&a), 1);
    ends(&stage.next().await, r#""by":"a"}}"#);
    ends(&stage.ask(&call(9, "b__b1")).await, r#""by":"b"}}"#);
    room.add(1);
    ends(&stage.next().await, r#""id":2,"result":{"content":[],"by":"a"}}"#);
    assert_eq!(calls(&a), 2);
    assert!(stage.is_quiet().await);
    room.add(100);
    ends(&stage.next().await, r#""id":3,"result":{"content":[],"by":"a"}}"#);
    ends(&stage.ask(&call(4, "a__a1")).await, r#""by":"a"}}"#);
}

#[tokio::test(start_paused = true)]
async fn too_much_that_waits_holds_the_client_up_for_a_while() {
    let mut stage = stage().await;
    let a = Arc::clone(&stage.members[0]);
    let _room = a.bound(0);
    stage.say(&call(0, "a__a1"));
    stage.next().await;
    for id in 1..64 {
        assert!(matches!(stage.push(&call(id, "a__a1")), Pressure::Free), "{id}");
    }
    let begun = tokio::time::Instant::now();
    let pressure = stage.push(&call(64, "a__a1"));
    assert!(matches!(pressure, Pressure::Full(_)));
    pressure.wait().await;
    assert_eq!(begun.elapsed(), Duration::from_secs(1));
    for id in 65..130 {
        stage.say(&call(id, "a__a1"));
    }
    let refused = stage.next().await;
    assert!(refused.contains(r#""id":129,"error""#), "{refused}");
    assert_eq!(guard(&refused), "upstream_unavailable");
    assert_eq!(calls(&a), 1);
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_too_long_is_refused() {
    let mut stage = stage().await;
    let a = Arc::clone(&stage.members[0]);
    let room = a.bound(0);
    let begun = tokio::time::Instant::now();
    stage.say(&call(0, "a__a1"));
    stage.next().await;
    stage.say(&call(1, "a__a1"));
    stage.say(&LIST.replace(r#""id":1"#, r#""id":2"#));
    let refused = stage.next().await;
    assert_eq!(guard(&refused), "upstream_unavailable");
    assert_eq!(begun.elapsed(), Duration::from_secs(10));
    assert_eq!(names(&stage.next().await), ["b__b1", "b__b2"]);
    assert_eq!(guard(&stage.ask(&call(3, "a__a1")).await), "upstream_unavailable");
    assert_eq!(begun.elapsed(), Duration::from_secs(10));
    assert_eq!(calls(&a), 1);
    room.add(100);
    tokio::time::sleep(Duration::from_millis(1)).await;
    ends(&stage.ask(&call(4, "a__a1")).await, r#""by":"a"}}"#);
    assert_eq!(calls(&a), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_taken_back_meanwhile_is_not_said() {
    let mut stage = stage().await;
    let a = Arc::clone(&stage.members[0]);
    let room = a.bound(0);
    stage.say(&call(0, "a__a1"));
    stage.next().await;
    stage.say(&call(1, "a__a1"));
    stage.say(&call(2, "a__a1"));
    stage.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#);
    room.add(100);
    ends(&stage.next().await, r#""id":2,"result":{"content":[],"by":"a"}}"#);
    assert_eq!(calls(&a), 2);
    assert!(a.heard_of("notifications/cancelled").is_empty());
    // Nor is what a client that has gone has said.
    let room = a.bound(0);
    stage.say(&call(3, "a__a1"));
    stage.say(&call(4, "a__a1"));
    stage.conversation.close();
    room.add(100);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(calls(&a), 3);
}
