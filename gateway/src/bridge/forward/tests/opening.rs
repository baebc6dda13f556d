use super::{Bridge, DISCOVERED, INITIALIZE};
use crate::pipeline::Front;

async fn answer(discovered: &str, initialize: &str) -> String {
    Bridge::opened(Front::Http, discovered, initialize).await.1
}

#[tokio::test]
async fn a_session_is_opened_from_what_the_server_said_of_itself() {
    assert_eq!(
        answer(DISCOVERED, INITIALIZE).await,
        r#"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{"listChanged":true},"resources":{"subscribe":true, "listChanged":false},"logging":{}},"serverInfo":{"name":"f","version":"1.0"},"instructions":"Read \u0061ll."}}"#
    );
    let bare = r#"{"id":1,"result":{"capabilities":{"tasks":{},"completions":{}}}}"#;
    assert_eq!(
        answer(bare, INITIALIZE).await,
        r#"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{"completions":{}},"serverInfo":{"name":"files","version":"unknown"}}}"#
    );
}

#[tokio::test]
async fn the_revision_is_the_clients_if_it_has_sessions() {
    for (asked, given) in [
        ("2024-11-05", "2024-11-05"),
        ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("2031-01-01", "2025-11-25"),
        ("", "2025-11-25"),
    ] {
        let answer = answer(DISCOVERED, &INITIALIZE.replace("2025-06-18", asked)).await;
        assert!(answer.contains(&format!(r#""protocolVersion":"{given}""#)), "{answer}");
    }
}

#[tokio::test]
async fn what_cannot_be_opened_is_told_and_stays_closed() {
    let no_version = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#;
    let twice = INITIALIZE.replace(r#""roots":"#, r#""elicitation":"#);
    let other = DISCOVERED.replace(r#"["2026-07-28"]"#, r#"["2027-01-01"]"#);
    let error = r#"{"id":1,"error":{"code":-32601,"message":"no"}}"#;
    let list = r#"{"id":1,"result":[]}"#;
    for (discovered, initialize, code) in [
        (DISCOVERED, no_version, -32602),
        (DISCOVERED, twice.as_str(), -32602),
        (other.as_str(), INITIALIZE, -32007),
        (error, INITIALIZE, -32007),
        (list, INITIALIZE, -32007),
    ] {
        let (mut bridge, answer) = Bridge::opened(Front::Stdio, discovered, initialize).await;
        assert!(answer.contains(&format!(r#""code":{code},"#)), "{answer}");
        assert!(answer.contains(r#""id":0,"#), "{answer}");
        bridge.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        bridge.say(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
        let answer = bridge.heard().await;
        assert!(answer.contains(r#""id":1,"#) && answer.contains("-32007"), "{answer}");
        bridge.quiet().await;
    }
}

#[tokio::test]
async fn a_session_is_opened_once() {
    let mut bridge = Bridge::new(Front::Http).await;
    bridge.say(&INITIALIZE.replace(r#""id":0"#, r#""id":5"#));
    let answer = bridge.heard().await;
    assert!(answer.contains("-32600") && answer.contains(r#""id":5"#), "{answer}");
    bridge.quiet().await;
}
