use std::sync::atomic::Ordering;
use std::time::Duration;

use super::peer::{PATIENCE, Stage, arrival, next, request, state, tool, value};
use crate::bridge::backward::Limits;
use crate::session::Patience;

fn list(id: &str) -> String {
    request(id, "tools/list", "{}", "", "")
}

const UNAVAILABLE: &str = "upstream_unavailable";

#[tokio::test]
async fn sessions_are_shared_by_what_clients_have_in_common() {
    let mut stage = Stage::new();
    let _first = stage.call(&list("1"));
    let mut peer = stage.opened().await;
    peer.next().await;
    let _same = stage.call(&list("1"));
    assert_eq!(peer.next().await.id().unwrap().json(), "2");
    // The order of capabilities is nothing.
    let _roots = stage.call(&request("1", "tools/list", r#"{"roots":{},"sampling":{}}"#, "", ""));
    let mut peer = stage.opened().await;
    peer.next().await;
    let _roots = stage.call(&request("1", "tools/list", r#"{"sampling":{},"roots":{}}"#, "", ""));
    peer.next().await;
    let _bob = stage.call_as("bob", &list("1"));
    stage.opened().await;
    assert!(stage.has_no_peer());
}

#[tokio::test]
async fn a_lost_session_is_opened_again_after_a_while() {
    let mut stage = Stage::new();
    let mut lost = stage.call(&list("1"));
    let mut peer = stage.opened().await;
    peer.next().await;
    peer.is_lost("exit status 1");
    let answer = value(&mut lost).await;
    assert_eq!(answer["error"]["data"]["guard"]["code"], UNAVAILABLE);
    assert!(answer["error"]["message"].as_str().unwrap().contains("exit status 1"));
    // The next call waits until the server may be started again, which is soon.
    let began = std::time::Instant::now();
    let mut again = stage.call(&list("3"));
    let mut peer = stage.opened().await;
    assert!(began.elapsed() >= Duration::from_millis(150), "{:?}", began.elapsed());
    let call = peer.next().await;
    peer.answer(&call, r#"{"tools":[]}"#);
    assert!(next(&mut again).await.contains(r#""id":3"#));
}

#[tokio::test]
async fn a_server_that_opens_no_session_is_told() {
    let mut stage = Stage::new();
    stage.refuse(true);
    let mut refused = stage.call(&list("1"));
    assert!(next(&mut refused).await.contains("it does not start"));
    stage.refuse(false);
    for (principal, answer) in [
        ("a", r#""error":{"code":-32602,"message":"secret"}"#),
        ("b", r#""result":{"protocolVersion":"2026-07-28","capabilities":{}}"#),
        ("c", r#""result":{"capabilities":{}}"#),
        ("d", r#""result":[]"#),
    ] {
        let mut refused = stage.call_as(principal, &list("1"));
        let mut peer = stage.peer().await;
        peer.next().await;
        peer.say(&format!(r#"{{"jsonrpc":"2.0","id":0,{answer}}}"#));
        let answer = value(&mut refused).await;
        assert_eq!(answer["error"]["data"]["guard"]["code"], UNAVAILABLE, "{principal}");
        assert!(!answer.to_string().contains("secret"));
        assert!(peer.closed.load(Ordering::Relaxed), "{principal}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_at_all_is_given_up() {
    let patience = Patience { idle: Duration::from_millis(60), whole: Duration::from_secs(1) };
    let mut stage = Stage::with(Limits::default(), patience, true);
    let mut call = stage.call(&list("1"));
    let mut discover = stage.call(&request("2", "server/discover", "{}", "", ""));
    let peer = stage.peer().await;
    assert_eq!(value(&mut call).await["error"]["data"]["guard"]["code"], UNAVAILABLE);
    assert_eq!(value(&mut discover).await["error"]["data"]["guard"]["code"], UNAVAILABLE);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(peer.closed.load(Ordering::Relaxed));
}

#[tokio::test]
async fn unused_sessions_end() {
    // The shorter of two waits says how often sessions are looked after.
    let limits = Limits {
        idle: Duration::from_millis(80),
        suspended: Duration::from_millis(40),
        ..Limits::default()
    };
    let mut stage = Stage::with(limits, PATIENCE, true);
    let mut call = stage.call(&list("1"));
    let mut peer = stage.opened().await;
    let asked = peer.next().await;
    peer.answer(&asked, "{}");
    next(&mut call).await;
    assert!(!peer.closed.load(Ordering::Relaxed));
    let mut listen = stage
        .call_as("bob", &request("1", "subscriptions/listen", "{}", r#""notifications":{}"#, ""));
    let listened = stage.opened().await;
    next(&mut listen).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(peer.closed.load(Ordering::Relaxed));
    assert!(!listened.closed.load(Ordering::Relaxed));
    let _again = stage.call(&list("2"));
    stage.opened().await;
}

#[tokio::test]
async fn the_oldest_unused_session_makes_room() {
    let limits = Limits { sessions: 2, ..Limits::default() };
    let mut stage = Stage::with(limits, PATIENCE, true);
    let mut peers = Vec::new();
    for principal in ["a", "b"] {
        let mut call = stage.call_as(principal, &list("1"));
        let mut peer = stage.opened().await;
        let asked = peer.next().await;
        peer.answer(&asked, "{}");
        next(&mut call).await;
        peers.push(peer);
    }
    let _c = stage.call_as("c", &list("1"));
    stage.opened().await.next().await;
    assert!(peers[0].closed.load(Ordering::Relaxed));
    assert!(!peers[1].closed.load(Ordering::Relaxed));
    let _b = stage.call_as("b", &list("2"));
    peers[1].next().await;
    let mut refused = stage.call_as("d", &list("1"));
    let answer = value(&mut refused).await;
    assert!(answer["error"]["message"].as_str().unwrap().contains("too many sessions"), "{answer}");
}

#[tokio::test]
async fn a_closed_bridge_answers_everything() {
    let mut stage = Stage::new();
    let mut call = stage.call(&list("1"));
    let mut peer = stage.opened().await;
    peer.next().await;
    stage.bridge.close();
    assert_eq!(value(&mut call).await["error"]["data"]["guard"]["code"], UNAVAILABLE);
    assert!(arrival(&mut call).await.is_none());
    assert!(peer.closed.load(Ordering::Relaxed));
    let mut after = stage.call(&list("2"));
    assert_eq!(value(&mut after).await["error"]["data"]["guard"]["code"], UNAVAILABLE);
}

#[tokio::test]
async fn a_client_that_does_not_read_loses_its_call_only() {
    let mut stage = Stage::new();
    let slow = stage.call(&request("1", "tools/list", "{}", "", r#""progressToken":1"#));
    let mut peer = stage.opened().await;
    peer.next().await;
    let mut other = stage.call(&list("2"));
    let call = peer.next().await;
    for step in 0..=crate::service::BACKLOG {
        peer.say(&format!(
            r#"{{"method":"notifications/progress","params":{{"progressToken":1,"progress":{step}}}}}"#
        ));
    }
    assert_eq!(peer.next().await.method(), "notifications/cancelled");
    peer.answer(&call, "{}");
    assert!(next(&mut other).await.contains(r#""id":2"#));
    drop(slow);
}

#[tokio::test]
async fn what_somebody_waits_for_is_in_flight() {
    let mut stage = Stage::with(Limits::default(), PATIENCE, false);
    let mut call = stage.call(&tool("1", ""));
    assert!(!stage.bridge.is_idle());
    let mut peer = stage.opened().await;
    let asked = peer.next().await;
    let number = asked.id().unwrap().as_number().unwrap();
    peer.say_on(number, r#"{"jsonrpc":"2.0","id":"q","method":"roots/list"}"#, None);
    let (_, suspended) = state(&mut call).await;
    assert!(stage.bridge.is_idle());
    let answers = r#""requestState":"STATE","inputResponses":{"1":{"roots":[]}}"#;
    let mut retry = stage.call(&tool("2", &answers.replace("STATE", &suspended)));
    assert!(!stage.bridge.is_idle());
    peer.answer(&asked, "{}");
    next(&mut retry).await;
    assert!(stage.bridge.is_idle());
    let mut listen = stage.call(&request(
        "3",
        "subscriptions/listen",
        r#"{"elicitation":{"form":{},"url":{}},"sampling":{},"roots":{}}"#,
        r#""notifications":{}"#,
        "",
    ));
    next(&mut listen).await;
    assert!(!stage.bridge.is_idle());
    drop(listen);
    assert!(stage.bridge.is_idle());
}
