use serde_json::json;

use crate::client::{for_call, serve, stateless_call};
use crate::gateway::guard;

fn config(era: &str, more: &str) -> String {
    format!(
        "version: 1\nlisten: 127.0.0.1:0\n{more}\nservers:\n  peer: {{ command: PEER, args: [--record, DIR/record, --era, {era}] }}\n"
    )
}

#[tokio::test]
async fn a_call_stands_by_itself_before_servers_of_both_eras() {
    for era in ["modern", "legacy"] {
        let served = serve(&config(era, "policies: { deny: [peer.delete_*] }"));
        let client = served.client();
        let echo = for_call(&client, "echo");
        let reply =
            echo.post("/mcp/peer", &stateless_call(&json!("a"), "echo", &json!({ "x": 1 }))).await;
        assert_eq!(reply.status, 200, "{era}: {}", reply.text);
        let answer = reply.message();
        assert_eq!(answer["id"], "a");
        assert_eq!(answer["result"]["resultType"], "complete", "{era}");
        assert_eq!(answer["result"]["structuredContent"]["x"], 1, "{era}");
        assert!(reply.header("mcp-session-id").is_empty());

        let denied = for_call(&client, "delete_all");
        let reply =
            denied.post("/mcp/peer", &stateless_call(&json!(2), "delete_all", &json!({}))).await;
        let answer = reply.message();
        assert_eq!(
            (guard(&answer), answer["error"]["code"].as_i64()),
            ("tool_denied", Some(-31003))
        );

        // What the header says must be what the body says.
        let reply = echo.post("/mcp/peer", &stateless_call(&json!(3), "numbers", &json!({}))).await;
        assert_eq!((reply.status, reply.message()["error"]["code"].as_i64()), (400, Some(-32020)));
        assert!(!served.heard().contains("numbers") && !served.heard().contains("delete_all"));
        served.end();
    }
}
