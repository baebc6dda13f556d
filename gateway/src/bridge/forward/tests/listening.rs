use std::time::Duration;

use super::{Bridge, INITIALIZE, META, Taken};
use crate::pipeline::Front;
use crate::service::Conversation;
use crate::upstream::{Stream, What};

const TIED: &str = r#""_meta":{"io.modelcontextprotocol/subscriptionId":ID}"#;

fn acknowledge(call: &Taken, granted: &str) {
    call.send(&format!(
        r#"{{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{{{TIED},"notifications":{granted}}}}}"#
    ));
}

async fn listening() -> (Bridge, Taken) {
    let mut bridge = Bridge::new(Front::Http).await;
    bridge.forward.listen(Stream::Standalone, None);
    let call = bridge.call().await;
    acknowledge(&call, r#"{"toolsListChanged":true}"#);
    (bridge, call)
}

fn subscribe(bridge: &Bridge, id: u64, uri: &str) {
    bridge.say(&format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"resources/subscribe","params":{{"uri":"{uri}"}}}}"#
    ));
}

#[tokio::test]
async fn a_client_that_listens_hears_what_the_server_offers() {
    let (mut bridge, call) = listening().await;
    assert_eq!(
        call.json(),
        format!(
            r#"{{"jsonrpc":"2.0","id":"listen-1","method":"subscriptions/listen","params":{{"_meta":{{{META}}},"notifications":{{"toolsListChanged":true}}}}}}"#
        )
    );
    for (sent, heard) in [
        (format!(r#"{{{TIED}}}"#), "{}"),
        (format!(r#"{{{TIED},"a": 1}}"#), r#"{"a": 1}"#),
        (
            r#"{"_meta":{"b": 2,"io.modelcontextprotocol/subscriptionId":ID}}"#.to_owned(),
            r#"{"_meta":{"b": 2}}"#,
        ),
        (r#"{"c":3}"#.to_owned(), r#"{"c":3}"#),
    ] {
        call.send(&format!(
            r#"{{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{sent}}}"#
        ));
        let told = format!(
            r#"{{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{heard}}}"#
        );
        assert_eq!(bridge.heard_on().await, (Stream::Standalone, told));
    }
    // What is none of a session's stream.
    call.send(r#"{"method":"notifications/message","params":{}}"#);
    call.send(r#"{"id":5,"method":"ping"}"#);
    bridge.quiet().await;
    bridge.forward.leave(&Stream::Resumed(1));
    bridge.quiet().await;
    assert!(!call.arrivals.is_closed());
    bridge.forward.leave(&Stream::Standalone);
    call.dropped().await;
    bridge.quiet().await;
}

#[tokio::test]
async fn over_a_pipe_listening_begins_with_the_session() {
    let mut bridge = Bridge::new(Front::Stdio).await;
    bridge.quiet().await;
    bridge.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    let call = bridge.call().await;
    bridge.forward.close();
    call.dropped().await;
}

#[tokio::test]
async fn nothing_is_listened_for_where_nothing_is_offered() {
    let (mut bridge, _) = Bridge::opened(
        Front::Stdio,
        r#"{"id":1,"result":{"capabilities":{"tools":{}}}}"#,
        INITIALIZE,
    )
    .await;
    bridge.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    bridge.forward.listen(Stream::Standalone, None);
    bridge.quiet().await;
    subscribe(&bridge, 1, "file:///a");
    assert!(bridge.heard().await.contains("-32601"));
}

#[tokio::test]
async fn a_subscription_is_answered_when_it_is_granted() {
    let (mut bridge, first) = listening().await;
    bridge.quiet().await;
    subscribe(&bridge, 1, "file:///a");
    let second = bridge.call().await;
    assert!(second.json().ends_with(
        r#""notifications":{"resourceSubscriptions":["file:///a"],"toolsListChanged":true}}}"#
    ));
    // Until then, what was granted before goes on.
    first.send(r#"{"method":"notifications/tools/list_changed"}"#);
    assert!(bridge.heard().await.contains("list_changed"));
    subscribe(&bridge, 1, "file:///b");
    assert!(bridge.heard().await.contains("-32600"));
    acknowledge(&second, r#"{"resourceSubscriptions":["file:///a"]}"#);
    first.dropped().await;
    assert_eq!(bridge.heard().await, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
    second.send(&format!(
        r#"{{"method":"notifications/resources/updated","params":{{"uri":"file:///a",{TIED}}}}}"#
    ));
    assert!(bridge.heard().await.ends_with(r#""params":{"uri":"file:///a"}}"#));
    // Again is no change.
    subscribe(&bridge, 2, "file:///a");
    assert_eq!(bridge.heard().await, r#"{"jsonrpc":"2.0","id":2,"result":{}}"#);
    bridge.quiet().await;
    bridge.say(r#"{"id":3,"method":"resources/unsubscribe","params":{"uri":"file:///a"}}"#);
    assert_eq!(bridge.heard().await, r#"{"jsonrpc":"2.0","id":3,"result":{}}"#);
    assert!(!bridge.call().await.json().contains("resourceSubscriptions"));
}

#[tokio::test]
async fn what_is_not_granted_is_told() {
    let (mut bridge, _first) = listening().await;
    subscribe(&bridge, 1, "file:///a");
    acknowledge(&bridge.call().await, r#"{"toolsListChanged":true}"#);
    assert!(bridge.heard().await.contains("-32602"));
    bridge.say(r#"{"id":2,"method":"resources/subscribe","params":{}}"#);
    assert!(bridge.heard().await.contains("-32602"));
}

#[tokio::test]
async fn a_subscription_that_waits_can_be_taken_back() {
    let (mut bridge, _first) = listening().await;
    subscribe(&bridge, 1, "file:///a");
    let second = bridge.call().await;
    bridge.say(r#"{"method":"notifications/cancelled","params":{"requestId":1}}"#);
    assert!(matches!(bridge.arrival().await.what, What::End));
    assert!(!bridge.call().await.json().contains("file:///a"));
    second.dropped().await;
}

#[tokio::test]
async fn who_does_not_listen_is_answered_at_once() {
    let mut bridge = Bridge::new(Front::Http).await;
    subscribe(&bridge, 1, "file:///a");
    assert_eq!(bridge.heard().await, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
    bridge.quiet().await;
    bridge.forward.listen(Stream::Resumed(3), Some("x".to_owned()));
    let call = bridge.call().await;
    assert!(call.json().contains("file:///a"));
    acknowledge(&call, "{}");
    call.send(r#"{"method":"notifications/resources/updated"}"#);
    assert_eq!(bridge.heard_on().await.0, Stream::Resumed(3));
}

#[tokio::test(start_paused = true)]
async fn what_ends_is_listened_for_again_and_ever_more_seldom() {
    let mut bridge = Bridge::new(Front::Http).await;
    bridge.forward.listen(Stream::Standalone, None);
    let mut call = bridge.call().await;
    for (end, wait) in [200, 400, 800, 1600, 3200, 6400].into_iter().enumerate() {
        acknowledge(&call, r#"{"toolsListChanged":true}"#);
        match end {
            0 => call.result(r#"{"resultType":"complete"}"#),
            1 => call.send(r#"{"method":"notifications/cancelled","params":{"requestId":ID}}"#),
            2 => call.send(r#"{"id":ID,"error":{"code":-32603,"message":"m"}}"#),
            _ => {}
        }
        drop(call);
        let began = tokio::time::Instant::now();
        call = bridge.call().await;
        let waited = began.elapsed().as_millis();
        assert!((wait..wait + 10).contains(&waited), "{waited} ms");
    }
    assert!(bridge.client.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_does_not_come_is_not_waited_for() {
    let mut bridge = Bridge::new(Front::Http).await;
    bridge.forward.listen(Stream::Standalone, None);
    let silent = bridge.call().await;
    subscribe(&bridge, 1, "file:///a");
    let began = tokio::time::Instant::now();
    let again = bridge.call().await;
    silent.dropped().await;
    let answer = bridge.heard().await;
    assert!(answer.contains("-32007") && answer.contains(r#""id":1"#), "{answer}");
    again.dropped().await;
    assert!(began.elapsed() >= Duration::from_secs(10));
    assert!(!bridge.call().await.json().contains("file:///a"));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_is_not_asked_again() {
    let mut bridge = Bridge::new(Front::Http).await;
    bridge.forward.listen(Stream::Standalone, None);
    bridge.call().await.send(r#"{"id":ID,"error":{"code":-32601,"message":"m"}}"#);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    bridge.quiet().await;
    subscribe(&bridge, 1, "file:///a");
    assert!(bridge.call().await.json().contains("file:///a"));
}

#[tokio::test]
async fn what_an_older_call_grants_is_not_what_a_newer_one_was_made_for() {
    let (mut bridge, _first) = listening().await;
    bridge.quiet().await;
    subscribe(&bridge, 1, "file:///a");
    // As when its grant comes at the same moment.
    bridge.forward.listen.acknowledged(1, None);
    let second = bridge.call().await;
    bridge.quiet().await;
    acknowledge(&second, r#"{"resourceSubscriptions":["file:///a"]}"#);
    assert_eq!(bridge.heard().await, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
}

#[tokio::test]
async fn a_session_subscribes_to_so_many_resources_only() {
    let mut bridge = Bridge::new(Front::Http).await;
    for id in 0..1000 {
        subscribe(&bridge, id, &format!("file:///{id}"));
        assert!(bridge.heard().await.contains("{}"));
    }
    subscribe(&bridge, 1000, "file:///1000");
    assert!(bridge.heard().await.contains("-32600"));
    subscribe(&bridge, 1001, "file:///7");
    assert!(bridge.heard().await.contains("{}"));
}
