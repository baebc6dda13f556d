use super::{Bridge, DISCOVERED, INITIALIZE, META, Taken, message, request};
use crate::pipeline::{Front, Permitted};
use crate::service::Conversation;
use crate::upstream::What;

const CALL: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":1.0}}}"#;
const ELICIT: &str = r#"{"resultType":"input_required","inputRequests":{"k\"":{"method":"elicitation/create","params":{"message":"m", "n":1.0}}},"requestState":"s\u0061"}"#;

async fn called(bridge: &mut Bridge, result: &str) -> Taken {
    bridge.say(CALL);
    let call = bridge.call().await;
    call.result(result);
    call
}

fn elicit(name: &str) -> String {
    format!(r#""{name}":{{"method":"elicitation/create","params":{{"message":"m"}}}}"#)
}

#[tokio::test]
async fn the_client_is_asked_and_the_call_made_again() {
    let mut bridge = Bridge::new(Front::Http).await;
    let first = called(&mut bridge, ELICIT).await;
    let (stream, asked) = bridge.heard_on().await;
    assert_eq!(stream, request(1));
    assert_eq!(
        asked,
        r#"{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{"message":"m", "n":1.0}}"#
    );
    bridge.reply(r#"{"jsonrpc":"2.0","id":77,"result":{}}"#);
    bridge.reply(r#"{"jsonrpc":"2.0","id":1.0,"result":{"action":"accept", "content":{"a":1.0}}}"#);
    bridge.reply(r#"{"jsonrpc":"2.0","id":1,"result":{"action":"decline"}}"#);
    let again = bridge.call().await;
    assert_ne!(again.message.id(), first.message.id());
    let id = again.message.id().unwrap().json();
    assert_eq!(
        again.json(),
        format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"inputResponses":{{"k\"":{{"action":"accept", "content":{{"a":1.0}}}}}},"requestState":"s\u0061","_meta":{{{META}}},"name":"a","arguments":{{"x":1.0}}}}}}"#
        )
    );
    // What one round gave is not given in the next one.
    again
        .result(r#"{"resultType":"input_required","inputRequests":{"r":{"method":"roots/list"}}}"#);
    assert_eq!(bridge.heard().await, r#"{"jsonrpc":"2.0","id":2,"method":"roots/list"}"#);
    bridge.reply(r#"{"jsonrpc":"2.0","id":2,"result":{"roots":[]}}"#);
    let last = bridge.call().await;
    assert!(last.json().contains(r#""inputResponses":{"r":{"roots":[]}},"_meta""#));
    assert!(!last.json().contains("requestState"));
    last.result(r#"{"resultType":"complete","content":[]}"#);
    assert_eq!(bridge.heard().await, r#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#);
    bridge.quiet().await;
}

#[tokio::test]
async fn an_elicitation_that_fails_is_one_that_was_dismissed() {
    let mut bridge = Bridge::new(Front::Http).await;
    called(&mut bridge, ELICIT).await;
    bridge.heard().await;
    bridge.reply(r#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}"#);
    let again = bridge.call().await;
    assert!(again.json().contains(r#""inputResponses":{"k\"":{"action":"cancel"}}"#));
}

#[tokio::test]
async fn another_refusal_of_the_client_ends_the_request() {
    let mut bridge = Bridge::new(Front::Http).await;
    let requests = format!(
        r#"{{"resultType":"input_required","inputRequests":{{{},"r":{{"method":"roots/list"}}}}}}"#,
        elicit("e")
    );
    called(&mut bridge, &requests).await;
    bridge.heard().await;
    bridge.heard().await;
    bridge.reply(r#"{"jsonrpc":"2.0","id":2,"error":{"code":-1,"message":"no"}}"#);
    // The other one is taken back.
    let (stream, taken_back) = bridge.heard_on().await;
    assert_eq!(stream, request(1));
    assert_eq!(
        taken_back,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#
    );
    let answer = bridge.heard().await;
    assert!(answer.contains("-32603") && answer.contains("refuses roots/list"), "{answer}");
    bridge.quiet().await;
}

#[tokio::test]
async fn the_client_is_asked_only_what_it_has_declared() {
    let all = r#""sampling":{},"elicitation":{"url":{}},"roots":null"#;
    let declared = r#""elicitation":{ },"roots":{"listChanged":true}"#;
    let (mut bridge, _) =
        Bridge::opened(Front::Http, DISCOVERED, &INITIALIZE.replace(declared, all)).await;
    for request in [
        r#"{"method":"roots/list"}"#,
        r#"{"method":"elicitation/create","params":{"message":"m"}}"#,
        r#"{"method":"elicitation/create","params":{"mode":"form"}}"#,
        r#"{"method":"elicitation/create","params":{"mode":"other"}}"#,
        r#"{"method":"elicitation/create","params":{"mode":5}}"#,
        r#"{"method":"sampling/createMessage","params":{"tools":[]}}"#,
        r#"{"method":"tools/call","params":{"name":"a"}}"#,
        r#"{"method":"ping"}"#,
    ] {
        let result =
            format!(r#"{{"resultType":"input_required","inputRequests":{{"a":{request}}}}}"#);
        called(&mut bridge, &result).await;
        let answer = bridge.heard().await;
        assert!(answer.contains("-32603") && answer.contains("not declared"), "{answer}");
    }
    called(&mut bridge, r#"{"resultType":"input_required","inputRequests":{"a":{"method":"elicitation/create","params":{"mode":"url","url":"https://a.example/"}},"b":{"method":"sampling/createMessage","params":{}}}}"#).await;
    // Up to 2025-11-25 an elicitation by URL has an identifier.
    assert_eq!(
        bridge.heard().await,
        r#"{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{"elicitationId":"1","mode":"url","url":"https://a.example/"}}"#
    );
    assert!(bridge.heard().await.contains("sampling"));
}

#[tokio::test]
async fn a_server_that_asks_wrongly_is_told_to_have_failed() {
    let mut bridge = Bridge::new(Front::Http).await;
    let many: Vec<String> = (0..101).map(|n| elicit(&n.to_string())).collect();
    let many = format!(r#"{{{}}}"#, many.join(","));
    for result in [
        r#"{"resultType":"input_required"}"#.to_owned(),
        r#"{"resultType":"input_required","inputRequests":{}}"#.to_owned(),
        r#"{"resultType":"input_required","inputRequests":null,"requestState":null}"#.to_owned(),
        r#"{"resultType":"input_required","requestState":5}"#.to_owned(),
        r#"{"resultType":"input_required","inputRequests":[]}"#.to_owned(),
        r#"{"resultType":"input_required","inputRequests":{"a":1}}"#.to_owned(),
        r#"{"resultType":"input_required","inputRequests":{"a":{}}}"#.to_owned(),
        r#"{"resultType":"input_required","inputRequests":{"a":{"method":"roots/list"},"a":{"method":"roots/list"}}}"#.to_owned(),
        r#"{"resultType":"input_required","inputRequests":{"a":{"method":"roots/list","params":[]}}}"#.to_owned(),
        format!(r#"{{"resultType":"input_required","inputRequests":{many}}}"#),
    ] {
        called(&mut bridge, &result).await;
        let answer = bridge.heard().await;
        assert!(answer.contains("-32603") && answer.contains(r#""id":1"#), "{result} {answer}");
    }
    bridge.say(r#"{"id":1,"method":"tools/list"}"#);
    bridge.call().await.result(ELICIT);
    assert!(bridge.heard().await.contains("-32603"));
    bridge.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn rounds_end() {
    let mut bridge = Bridge::new(Front::Http).await;
    bridge.say(CALL);
    for round in 1..=16 {
        let call = bridge.call().await;
        assert_eq!(call.json().contains(r#""requestState":"s""#), round > 1);
        assert!(!call.json().contains("inputResponses"));
        call.result(r#"{"resultType":"input_required","requestState":"s"}"#);
    }
    let answer = bridge.heard().await;
    assert!(answer.contains("-32603") && answer.contains("16 times"), "{answer}");
    bridge.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_answer_is_not_waited_for_for_ever() {
    let mut bridge = Bridge::new(Front::Http).await;
    called(&mut bridge, ELICIT).await;
    bridge.heard().await;
    assert!(bridge.heard().await.contains("notifications/cancelled"));
    assert!(bridge.heard().await.contains("does not answer elicitation/create"));
}

#[tokio::test]
async fn each_round_is_decided_about() {
    let mut bridge = Bridge::new(Front::Http).await;
    // The pipeline would not have let this pass, and so does not let it pass again.
    let nameless = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{}}}"#;
    bridge.say_permitted(Permitted::of_client(message(nameless)));
    bridge.call().await.result(ELICIT);
    bridge.heard().await;
    bridge.reply(r#"{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}"#);
    let answer = bridge.heard().await;
    assert!(answer.contains("-32602") && answer.contains(r#""id":1,"#), "{answer}");
    bridge.quiet().await;
}

#[tokio::test]
async fn a_request_that_is_taken_back_takes_back_what_it_asked() {
    let mut bridge = Bridge::new(Front::Http).await;
    called(&mut bridge, ELICIT).await;
    bridge.heard().await;
    bridge.say(r#"{"method":"notifications/cancelled","params":{"requestId":1}}"#);
    assert!(bridge.heard().await.contains("notifications/cancelled"));
    assert!(matches!(bridge.arrival().await.what, What::End));
    bridge.reply(r#"{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}"#);
    bridge.quiet().await;
}

#[tokio::test]
async fn nobody_is_asked_when_the_session_is_over() {
    let mut bridge = Bridge::new(Front::Http).await;
    called(&mut bridge, ELICIT).await;
    bridge.heard().await;
    bridge.forward.close();
    bridge.quiet().await;
    bridge.reply(r#"{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}"#);
    bridge.quiet().await;
}
