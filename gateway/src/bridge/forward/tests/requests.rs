use super::{Bridge, DISCOVERED, INITIALIZE, META, request};
use crate::pipeline::Front;
use crate::service::Conversation;
use crate::upstream::What;

#[tokio::test]
async fn a_request_bears_the_session_and_its_answer_does_not() {
    let mut bridge = Bridge::new(Front::Http).await;
    bridge.say(r#"{"jsonrpc":"2.0", "id":1.0 ,"method":"tools/call","params":{"arguments":{"n":1.50,"n":2},"name":"a"}, "x":1}"#);
    let call = bridge.call().await;
    assert_eq!(
        call.json(),
        format!(
            r#"{{"jsonrpc":"2.0", "id":1.0 ,"method":"tools/call","params":{{"_meta":{{{META}}},"arguments":{{"n":1.50,"n":2}},"name":"a"}}, "x":1}}"#
        )
    );
    call.send(r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}"#);
    call.send(r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"data":2.0}}"#);
    call.send(r#"{"jsonrpc":"2.0","id":9,"method":"roots/list"}"#);
    call.send(
        r#"{"jsonrpc":"2.0","id":1,"result":{ "resultType":"complete" ,"content":[ ],"ttlMs":5}}"#,
    );
    let (stream, progress) = bridge.heard_on().await;
    assert_eq!(stream, request(1));
    assert!(progress.contains("progress"));
    assert!(bridge.heard().await.contains("2.0}"));
    // `ttlMs` is nothing of caches in the result of a tool.
    assert_eq!(
        bridge.heard().await,
        r#"{"jsonrpc":"2.0","id":1.0,"result":{"content":[ ],"ttlMs":5}}"#
    );
    call.dropped().await;
    bridge.quiet().await;
}

#[tokio::test]
async fn parameters_and_meta_are_added_where_they_are_missing() {
    let mut bridge = Bridge::new(Front::Http).await;
    for (said, sent) in [
        ("", format!(r#","params":{{"_meta":{{{META}}}}}"#)),
        (r#","params":{}"#, format!(r#","params":{{"_meta":{{{META}}}}}"#)),
        (r#","params":null"#, format!(r#","params":{{"_meta":{{{META}}}}}"#)),
        (r#","params":{ "_meta":{} }"#, format!(r#","params":{{ "_meta":{{{META}}} }}"#)),
        (
            r#","params":{"a":1,"_meta":{ "progressToken":7}}"#,
            format!(r#","params":{{"a":1,"_meta":{{{META}, "progressToken":7}}}}"#),
        ),
    ] {
        bridge.say(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"x/y"{said}}}"#));
        let call = bridge.call().await;
        assert_eq!(call.json(), format!(r#"{{"jsonrpc":"2.0","id":1,"method":"x/y"{sent}}}"#));
        call.result("[1, 2]");
        assert_eq!(bridge.heard().await, r#"{"jsonrpc":"2.0","id":1,"result":[1, 2]}"#);
    }
    // What a client claims there is not believed.
    bridge.say(r#"{"id":1,"method":"x","params":{"_meta":{"io.modelcontextprotocol/clientCapabilities":{"sampling":{}},"b":2}}}"#);
    let call = bridge.call().await;
    assert!(!call.json().contains("sampling"), "{}", call.json());
    assert!(call.json().contains(r#""b":2"#));
}

#[tokio::test]
async fn ambiguous_parameters_are_refused() {
    let mut bridge = Bridge::new(Front::Http).await;
    for params in ["[1]", r#"{"_meta":5}"#, r#"{"_Meta":{}}"#, r#"{"a":1,"a":2}"#, "7"] {
        bridge.say(&format!(r#"{{"id":1,"method":"x","params":{params}}}"#));
        assert!(bridge.heard().await.contains("-32602"), "{params}");
    }
    bridge.quiet().await;
}

#[tokio::test]
async fn several_requests_are_under_way_and_each_identifier_once() {
    let mut bridge = Bridge::new(Front::Http).await;
    bridge.say(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
    bridge.say(r#"{"jsonrpc":"2.0","id":"1","method":"prompts/list"}"#);
    let (tools, prompts) = (bridge.call().await, bridge.call().await);
    bridge.say(r#"{"jsonrpc":"2.0","id":1.0,"method":"ping"}"#);
    let taken = bridge.heard().await;
    assert!(taken.contains("-32600") && taken.contains(r#""id":1.0"#), "{taken}");
    prompts.result(r#"{"ttlMs":0,"prompts":[],"cacheScope":"private","resultType":"complete"}"#);
    assert_eq!(bridge.heard().await, r#"{"jsonrpc":"2.0","id":"1","result":{"prompts":[]}}"#);
    tools.result(r#"{"tools":[],"nextCursor":"\u0061"}"#);
    assert_eq!(
        bridge.heard().await,
        r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[],"nextCursor":"\u0061"}}"#
    );
    bridge.say(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
    bridge.call().await;
}

#[tokio::test]
async fn other_kinds_of_results_pass_as_they_are() {
    let mut bridge = Bridge::new(Front::Http).await;
    bridge.say(r#"{"id":1,"method":"tools/call","params":{"name":"a"}}"#);
    bridge.call().await.result(r#"{"resultType":"task","taskId":"t","ttlMs":5}"#);
    assert!(bridge.heard().await.ends_with(r#"{"resultType":"task","taskId":"t","ttlMs":5}}"#));
    bridge.say(r#"{"id":1,"method":"tools/list"}"#);
    bridge.call().await.result(r#"{"resultType":"complete","resultType":"x"}"#);
    assert!(bridge.heard().await.contains("-32603"));
}

#[tokio::test]
async fn a_missing_resource_has_its_older_number() {
    let mut bridge = Bridge::new(Front::Http).await;
    for (method, error, code) in [
        ("resources/read", r#""message":"no","data":{"uri":"file:///a"}"#, "-32002"),
        ("resources/read", r#""message":"Resource Not Found""#, "-32002"),
        ("resources/read", r#""message":"no","data":{"uri":"file:///b"}"#, "-32602"),
        ("prompts/get", r#""message":"not found""#, "-32602"),
    ] {
        bridge.say(&format!(r#"{{"id":1,"method":"{method}","params":{{"uri":"file:\/\/\/a"}}}}"#));
        bridge.call().await.send(&format!(r#"{{"id":ID,"error":{{"code":-32602, {error}}}}}"#));
        let json = format!(r#"{{"id":1,"error":{{"code":{code}, {error}}}}}"#);
        assert_eq!(bridge.heard().await, json);
    }
}

#[tokio::test]
async fn what_the_session_alone_knows_is_answered_here() {
    let mut bridge = Bridge::new(Front::Http).await;
    bridge.say(r#"{"id":"p","method":"ping"}"#);
    assert_eq!(bridge.heard().await, r#"{"jsonrpc":"2.0","id":"p","result":{}}"#);
    bridge.say(r#"{"id":1,"method":"logging/setLevel","params":{"level":"w\u0061rning"}}"#);
    assert_eq!(bridge.heard().await, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
    bridge.say(r#"{"id":2,"method":"logging/setLevel","params":{"level":"loud"}}"#);
    assert!(bridge.heard().await.contains("-32602"));
    bridge.say(r#"{"id":3,"method":"tools/list"}"#);
    let call = bridge.call().await;
    assert!(call.json().contains(r#","io.modelcontextprotocol/logLevel":"warning"}"#));
    for method in ["list", "result", "get", "cancel", "update"] {
        bridge.say(&format!(r#"{{"id":4,"method":"tasks/{method}"}}"#));
        assert!(bridge.heard().await.contains("-32601"), "{method}");
    }
    for name in ["initialized", "roots/list_changed", "progress", "cancelled"] {
        bridge.say(&format!(r#"{{"method":"notifications/{name}","params":{{"requestId":8}}}}"#));
    }
    bridge.quiet().await;
    bridge.say(r#"{"method":"notifications/other","params":{"x": 1}}"#);
    let told = bridge.call().await;
    assert_eq!(told.json(), r#"{"method":"notifications/other","params":{"x": 1}}"#);
}

#[tokio::test]
async fn a_client_that_knows_tasks_can_ask_for_them() {
    let known = r#""extensions":{"io.modelcontextprotocol/tasks":{}},"roots""#;
    let initialize = INITIALIZE.replace(r#""roots""#, known);
    let (mut bridge, _) = Bridge::opened(Front::Http, DISCOVERED, &initialize).await;
    bridge.say(r#"{"id":1,"method":"tasks/get","params":{"taskId":"t"}}"#);
    assert!(bridge.call().await.json().contains("taskId"));
    bridge.say(r#"{"id":2,"method":"tasks/list"}"#);
    assert!(bridge.heard().await.contains("-32601"));
}

#[tokio::test]
async fn what_is_taken_back_is_dropped() {
    let mut bridge = Bridge::new(Front::Http).await;
    bridge.say(r#"{"id":1,"method":"tools/list"}"#);
    let call = bridge.call().await;
    bridge.say(r#"{"method":"notifications/cancelled","params":{"requestId":1.0}}"#);
    call.dropped().await;
    let end = bridge.arrival().await;
    assert!(matches!(end.what, What::End));
    assert_eq!(end.stream, Some(request(1)));
    bridge.say(r#"{"id":1,"method":"tools/list"}"#);
    bridge.call().await.result(r#"{"tools":[]}"#);
    assert!(bridge.heard().await.contains("tools"));
    bridge.quiet().await;
}

#[tokio::test]
async fn a_call_without_an_answer_is_answered() {
    let mut bridge = Bridge::new(Front::Http).await;
    for what in [None, Some(What::End), Some(What::Failed("secret".to_owned()))] {
        bridge.say(r#"{"id":1,"method":"tools/list"}"#);
        let call = bridge.call().await;
        if let Some(what) = what {
            let arrival = crate::upstream::Arrival { stream: None, what, mark: None, status: None };
            call.arrivals.try_send(arrival).unwrap();
        }
        drop(call);
        let answer = bridge.heard().await;
        assert!(answer.contains("-32603") && !answer.contains("secret"), "{answer}");
    }
}

#[tokio::test]
async fn nothing_follows_an_answer() {
    let mut bridge = Bridge::new(Front::Http).await;
    bridge.say(r#"{"id":1,"method":"tools/list"}"#);
    let call = bridge.call().await;
    call.result(r#"{"tools":[]}"#);
    call.result(r#"{"tools":[1]}"#);
    call.send(r#"{"method":"notifications/message"}"#);
    assert!(bridge.heard().await.contains(r#"{"tools":[]}"#));
    bridge.quiet().await;
}

#[tokio::test]
async fn the_end_of_the_session_ends_all() {
    let mut bridge = Bridge::new(Front::Http).await;
    bridge.say(r#"{"id":1,"method":"tools/list"}"#);
    let call = bridge.call().await;
    bridge.forward.close();
    call.dropped().await;
    bridge.quiet().await;
    bridge.say(r#"{"id":2,"method":"tools/list"}"#);
    assert!(bridge.heard().await.contains("-32007"));
}

#[tokio::test]
async fn no_more_than_so_many_are_under_way() {
    let mut bridge = Bridge::new(Front::Http).await;
    for id in 0..crate::session::MOST {
        bridge.say(&format!(r#"{{"id":{id},"method":"x"}}"#));
    }
    bridge.say(r#"{"id":"more","method":"x"}"#);
    let answer = bridge.heard().await;
    assert!(answer.contains("-32600") && answer.contains("more"), "{answer}");
}
