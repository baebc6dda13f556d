use std::time::Duration;

use serde_json::json;

use super::peer::{PATIENCE, Stage, is_quiet, next, request, state, tool, value};
use crate::bridge::backward::Limits;
use crate::pipeline::ANONYMOUS;
use crate::session::Patience;

const FORM: &str = r#"{"jsonrpc":"2.0","id":"e\u0061","method":"elicitation/create","params":{"message":"m", "requestedSchema":{"x":1.0}}}"#;
const SAMPLE: &str = r#"{"jsonrpc":"2.0","id":9,"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1e2}}"#;
const ROOTS: &str = r#"{"jsonrpc":"2.0","id":10,"method":"roots/list"}"#;

fn retry(id: &str, responses: &str, state: &str) -> String {
    tool(id, &format!(r#""inputResponses":{responses},"requestState":"{state}""#))
}

#[tokio::test]
async fn a_question_suspends_the_call_until_the_retry() {
    let mut stage = Stage::new();
    let mut first = stage.call(&tool("1", ""));
    let mut peer = stage.opened().await;
    let call = peer.next().await;
    peer.say(FORM);
    peer.say(SAMPLE);
    peer.say(ROOTS);
    peer.say(r#"{"jsonrpc":"2.0","id":"p","method":"ping"}"#);
    assert_eq!(peer.next().await.json(), r#"{"jsonrpc":"2.0","id":"p","result":{}}"#);
    let answer = next(&mut first).await;
    let (start, rest) = answer.split_once(r#","requestState":""#).unwrap();
    assert_eq!(
        start,
        r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":{"1":{"method":"elicitation/create","params":{"message":"m", "requestedSchema":{"x":1.0}}},"2":{"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1e2}},"3":{"method":"roots/list"}}"#
    );
    let token = rest.strip_suffix("\"}}").unwrap();
    assert_eq!(token.len(), 43);
    drop(first);
    assert!(peer.is_quiet().await);
    // Two are answered, and the third one is wanted again.
    let responses = r#"{"1":{"action":"accept","content":{"x": 1.0}},"2":{"model":"m"},"9":{}}"#;
    let mut second = stage.call(&retry("2", responses, token));
    assert_eq!(
        peer.next().await.json(),
        r#"{"jsonrpc":"2.0","id":"e\u0061","result":{"action":"accept","content":{"x": 1.0}}}"#
    );
    assert_eq!(peer.next().await.json(), r#"{"jsonrpc":"2.0","id":9,"result":{"model":"m"}}"#);
    let (wanted, again) = state(&mut second).await;
    assert_eq!(wanted, json!({"3": {"method": "roots/list"}}));
    assert_ne!(again, token);
    let mut third = stage.call(&retry("3", r#"{"3":{"roots":[]}}"#, &again));
    assert_eq!(peer.next().await.json(), r#"{"jsonrpc":"2.0","id":10,"result":{"roots":[]}}"#);
    peer.answer(&call, r#"{"content":[]}"#);
    assert_eq!(
        next(&mut third).await,
        r#"{"jsonrpc":"2.0","id":3,"result":{"resultType":"complete","content":[]}}"#
    );
    // A state is of use once.
    let mut again = stage.call(&retry("4", "{}", &again));
    let answer = value(&mut again).await;
    assert_eq!(answer["error"]["code"], -32602);
    assert!(answer["error"]["message"].as_str().unwrap().contains("was used already"), "{answer}");
    assert!(peer.is_quiet().await);
}

#[tokio::test]
async fn an_answer_that_came_meanwhile_waits_for_the_retry() {
    let mut stage = Stage::new();
    let mut first = stage.call(&tool("1", ""));
    let mut peer = stage.opened().await;
    let call = peer.next().await;
    peer.say(FORM);
    let (_, token) = state(&mut first).await;
    peer.say(r#"{"method":"notifications/cancelled","params":{"requestId":"ea"}}"#);
    peer.answer(&call, r#"{"late":1.0}"#);
    let mut second = stage.call(&retry("2", r#"{"1":{"action":"accept"}}"#, &token));
    assert_eq!(
        next(&mut second).await,
        r#"{"jsonrpc":"2.0","id":2,"result":{"resultType":"complete","late":1.0}}"#
    );
    assert!(peer.is_quiet().await);
}

#[tokio::test]
async fn no_question_is_left_open() {
    let limits = Limits { gather: Duration::from_secs(60), ..Limits::default() };
    let mut stage = Stage::with(limits, PATIENCE, true);
    let mut answered = stage.call(&tool("1", ""));
    let mut peer = stage.opened().await;
    let call = peer.next().await;
    peer.say(FORM);
    peer.answer(&call, "{}");
    assert!(peer.next().await.json().contains(r#"{"action":"cancel"}"#));
    assert_eq!(value(&mut answered).await["result"]["resultType"], "complete");
    let dropped = stage.call(&tool("2", ""));
    peer.next().await;
    peer.say(ROOTS);
    drop(dropped);
    assert!(peer.next().await.json().contains(r#""code":-32603"#));
    assert_eq!(peer.next().await.method(), "notifications/cancelled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_are_suspended_at_once() {
    let mut stage = Stage::with(Limits::default(), PATIENCE, false);
    let mut calls = Vec::new();
    for caller in 0..64 {
        let principal = format!("p{}", caller % 2);
        let call = tool("1", "").replace("1.0", &caller.to_string());
        calls.push((caller, principal.clone(), stage.call_as(&principal, &call)));
    }
    for _ in 0..2 {
        let mut peer = stage.peer().await;
        tokio::spawn(async move {
            peer.open().await;
            let mut waiting = std::collections::HashMap::new();
            for _ in 0..32 {
                let call = peer.next().await;
                let params: serde_json::Value = serde_json::from_str(call.body().unwrap()).unwrap();
                let who = params["arguments"]["a"].as_u64().unwrap();
                let number = call.id().unwrap().as_number().unwrap();
                peer.say_on(
                    number,
                    &format!(r#"{{"id":"q{who}","method":"elicitation/create","params":{{"message":"{who}"}}}}"#),
                    None,
                );
                waiting.insert(format!("\"q{who}\""), call);
            }
            for _ in 0..32 {
                let answer = peer.next().await;
                let call = &waiting[answer.id().unwrap().json()];
                peer.answer(call, answer.body().unwrap());
            }
        });
    }
    let mut retries = Vec::new();
    for (caller, principal, mut exchange) in calls.into_iter().rev() {
        let (wanted, token) = state(&mut exchange).await;
        assert_eq!(wanted["1"]["params"]["message"], caller.to_string());
        let retry = retry("2", &format!(r#"{{"1":{{"who":{caller}}}}}"#), &token);
        let retry = retry.replace(r#""a":1.0"#, &format!(r#""a":{caller}"#));
        retries.push((caller, stage.call_as(&principal, &retry)));
    }
    for (caller, mut exchange) in retries {
        assert_eq!(value(&mut exchange).await["result"]["who"], caller);
    }
}

#[tokio::test]
async fn a_state_is_of_its_principal_and_its_request() {
    let mut stage = Stage::new();
    let mut first = stage.call(&tool("1", ""));
    let mut peer = stage.opened().await;
    peer.next().await;
    peer.say(FORM);
    let (_, token) = state(&mut first).await;
    let honest = retry("2", r#"{"1":{"action":"decline"}}"#, &token);
    let other_method = honest.replace("tools/call", "prompts/get");
    let other_arguments = honest.replace(r#"{"a":1.0}"#, r#"{"a":1}"#);
    let other_name = honest.replace(r#""name":"t""#, r#""name":"u""#);
    let flipped = if token.starts_with('A') { "B" } else { "A" };
    let changed = honest.replace(&token, &format!("{flipped}{}", &token[1..]));
    let mut stolen = stage.call_as("bob", &honest);
    let answer = value(&mut stolen).await;
    assert_eq!(answer["error"]["code"], -32602);
    // Not even that there is such a state.
    assert!(answer["error"]["message"].as_str().unwrap().contains("unknown"), "{answer}");
    for wrong in [other_method, other_arguments, other_name, changed] {
        let mut exchange = stage.call(&wrong);
        assert_eq!(value(&mut exchange).await["error"]["code"], -32602, "{wrong}");
    }
    assert!(peer.is_quiet().await);
    // None of that took it away, and the order of members is not the request.
    let reordered = honest
        .replace(r#""name":"t","arguments":{"a":1.0}"#, r#""arguments":{"a":1.0},"name":"t""#);
    let _exchange = stage.call(&reordered);
    assert!(peer.next().await.json().contains("decline"));
}

#[tokio::test]
async fn who_cannot_be_asked_is_not() {
    let mut stage = Stage::new();
    let capabilities = r#"{"elicitation":{}}"#;
    let mut exchange = stage.call(&request("1", "tools/list", capabilities, "", ""));
    let mut peer = stage.opened().await;
    let list = peer.next().await;
    // What was not declared.
    peer.say(SAMPLE);
    assert!(peer.next().await.json().contains(r#""code":-32601"#));
    peer.say(r#"{"id":3,"method":"elicitation/create","params":{"mode":"url","url":"https://a.example"}}"#);
    assert!(peer.next().await.json().contains(r#""code":-32602"#));
    peer.say(r#"{"id":4,"method":"tasks/get"}"#);
    assert!(peer.next().await.json().contains(r#""code":-32601"#));
    // What no request in flight may carry.
    peer.say(FORM);
    assert_eq!(
        peer.next().await.json(),
        r#"{"jsonrpc":"2.0","id":"e\u0061","result":{"action":"cancel"}}"#
    );
    peer.say_on(1, FORM, None);
    assert!(peer.next().await.json().contains("cancel"));
    peer.answer(&list, r#"{"tools":[]}"#);
    assert!(next(&mut exchange).await.contains(r#""tools":[]"#));
}

#[tokio::test]
async fn the_stream_says_whose_question_it_is() {
    let mut stage = Stage::with(Limits::default(), PATIENCE, false);
    let mut first = stage.call(&tool("1", ""));
    let mut peer = stage.opened().await;
    peer.next().await;
    let mut second = stage.call(&tool("2", ""));
    let number = peer.next().await.id().unwrap().as_number().unwrap();
    peer.say_on(number, FORM, None);
    state(&mut second).await;
    assert!(is_quiet(&mut first).await);
    // Nothing says which of the two is meant, and both are of the same principal.
    peer.say(SAMPLE);
    state(&mut first).await;
}

#[tokio::test]
async fn of_clients_that_nobody_knows_none_sees_what_may_be_anothers() {
    let mut stage = Stage::new();
    let mut first = stage.call_as(ANONYMOUS, &tool("1", ""));
    let mut peer = stage.opened().await;
    peer.next().await;
    let mut second = stage.call_as(ANONYMOUS, &tool("2", ""));
    let call = peer.next().await;
    peer.say(SAMPLE);
    let answer = peer.next().await;
    assert!(answer.json().contains(r#""code":-32603"#), "{}", answer.json());
    assert!(is_quiet(&mut first).await && is_quiet(&mut second).await);
    peer.answer(&call, "{}");
    value(&mut second).await;
    peer.say(FORM);
    state(&mut first).await;
}

#[tokio::test]
async fn a_suspended_call_is_not_forgotten_for_ever() {
    let limits = Limits { suspended: Duration::from_millis(100), ..Limits::default() };
    let mut stage = Stage::with(limits, PATIENCE, true);
    let mut first = stage.call(&tool("1", ""));
    let mut peer = stage.opened().await;
    peer.next().await;
    peer.say(FORM);
    let (_, token) = state(&mut first).await;
    let answer = peer.next().await;
    assert!(answer.json().contains(r#""code":-32603"#), "{}", answer.json());
    assert_eq!(answer.id().unwrap().json(), r#""e\u0061""#);
    assert_eq!(peer.next().await.method(), "notifications/cancelled");
    let mut late = stage.call(&retry("2", r#"{"1":{"action":"accept"}}"#, &token));
    assert_eq!(value(&mut late).await["error"]["code"], -32602);
}

#[tokio::test]
async fn time_stands_still_while_a_person_thinks() {
    let patience = Patience { idle: Duration::from_millis(400), whole: Duration::from_millis(500) };
    let mut stage = Stage::with(Limits::default(), patience, true);
    let mut first = stage.call(&tool("1", ""));
    let mut peer = stage.opened().await;
    let call = peer.next().await;
    peer.say(FORM);
    let (_, token) = state(&mut first).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let mut second = stage.call(&retry("2", r#"{"1":{"action":"accept"}}"#, &token));
    assert!(peer.next().await.json().contains("accept"));
    assert!(is_quiet(&mut second).await && is_quiet(&mut second).await);
    peer.answer(&call, "{}");
    assert_eq!(value(&mut second).await["result"]["resultType"], "complete");
}

#[tokio::test]
async fn a_principal_suspends_no_more_than_it_may() {
    let limits = Limits { suspensions: 1, ..Limits::default() };
    let mut stage = Stage::with(limits, PATIENCE, false);
    let mut first = stage.call(&tool("1", ""));
    let mut peer = stage.opened().await;
    peer.next().await;
    let mut second = stage.call(&tool("2", ""));
    let call = peer.next().await;
    peer.say_on(1, FORM, None);
    state(&mut first).await;
    peer.say_on(2, SAMPLE, None);
    assert!(peer.next().await.json().contains(r#""code":-32603"#));
    peer.answer(&call, "{}");
    assert_eq!(value(&mut second).await["result"]["resultType"], "complete");
}

#[tokio::test]
async fn a_lost_server_takes_suspended_calls_along() {
    let mut stage = Stage::new();
    let mut first = stage.call(&tool("1", ""));
    let mut peer = stage.opened().await;
    peer.next().await;
    peer.say(FORM);
    let (_, token) = state(&mut first).await;
    peer.is_lost("it ended");
    let mut second = stage.call(&retry("2", r#"{"1":{"action":"accept"}}"#, &token));
    assert_eq!(value(&mut second).await["error"]["code"], -32602);
}

#[tokio::test]
async fn a_retry_that_is_dropped_takes_the_call_back() {
    let mut stage = Stage::new();
    let mut first = stage.call(&tool("1", ""));
    let mut peer = stage.opened().await;
    peer.next().await;
    peer.say(FORM);
    let (_, token) = state(&mut first).await;
    let second = stage.call(&retry("2", r#"{"1":{"action":"accept"}}"#, &token));
    assert!(peer.next().await.json().contains("accept"));
    drop(first);
    assert!(peer.is_quiet().await);
    drop(second);
    assert_eq!(peer.next().await.method(), "notifications/cancelled");
}
