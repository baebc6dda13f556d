use serde_json::json;

use crate::client::{call, request, serve};
use crate::gateway::guard;

const TWO: &str = "version: 1
listen: 127.0.0.1:0
policies: { deny: [two.delete_all] }
routes:
  - { mode: tool, tool_name: big, target: two }
  - { mode: method, method_prefix: resources/, target: one }
servers:
  one: { command: PEER, args: [--record, DIR/record] }
  two: { command: PEER, args: [--record, DIR/second] }
";

#[tokio::test]
async fn all_servers_are_served_as_one() {
    let served = serve(TWO);
    let session = served.client().open("/mcp").await;
    let list = session.post("/mcp", &request("tools/list", &json!({}))).await.message();
    let names: Vec<&str> = list["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"one__echo") && names.contains(&"two__echo") && names.contains(&"big"));
    assert!(names.contains(&"one__delete_all") && !names.contains(&"two__delete_all"));

    let second = || std::fs::read_to_string(served.gateway.path("second")).unwrap();
    let answer = session.call("/mcp", "two__echo", &json!({ "at": "two" })).await;
    assert_eq!(answer["result"]["structuredContent"]["at"], "two");
    assert!(second().contains(r#""at":"two""#) && !served.heard().contains(r#""at":"two""#));
    let answer = session.call("/mcp", "big", &json!({ "bytes": 3 })).await;
    assert_eq!(answer["result"]["structuredContent"], "xxx");
    let denied = session.call("/mcp", "two__delete_all", &json!({})).await;
    assert_eq!((guard(&denied), denied["error"]["code"].as_i64()), ("tool_denied", Some(-32003)));
    for nowhere in ["echo", "three__echo"] {
        let answer = session.call("/mcp", nowhere, &json!({})).await;
        assert_eq!(guard(&answer), "no_route_matched", "{nowhere}");
    }
    let mut wished = call("echo", &json!({ "wished": 1 }));
    wished["params"]["_meta"] = json!({ "target_server": "two" });
    let answer = session.post("/mcp", &wished).await.message();
    assert_eq!(answer["result"]["structuredContent"]["wished"], 1);
    served.end();
}

#[tokio::test]
async fn plain_calls_need_no_session() {
    let served = serve(TWO);
    let client = served.client();
    let reply = client.post("/rpc", &call("one__echo", &json!({ "a": 1 }))).await;
    assert_eq!(
        (reply.status, &reply.message()["result"]["structuredContent"]["a"]),
        (200, &json!(1))
    );
    let reply = client.post("/rpc", &call("two__delete_all", &json!({}))).await;
    assert_eq!((reply.status, guard(&reply.message())), (403, "tool_denied"));
    let reply = client.post("/rpc", &call("nowhere", &json!({}))).await;
    assert_eq!((reply.status, guard(&reply.message())), (404, "no_route_matched"));
    let batch = json!([call("one__echo", &json!(1)), call("two__echo", &json!(2)), 5]);
    let reply = client.post("/rpc", &batch).await;
    let answers: Vec<_> = reply.message().as_array().unwrap().clone();
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[1]["result"]["structuredContent"], 2);
    assert_eq!(answers[2]["error"]["code"], -32600);
    assert_eq!(client.send("/rpc", "{".to_owned()).await.status(), 400);
    served.end();
}
