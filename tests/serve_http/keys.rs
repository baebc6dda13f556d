use serde_json::{Value, json};

use crate::client::{Client, call, config, request, serve};
use crate::gateway::guard;

const KEYS: &str = "auth: { mode: api_key, keys: [{ id: ann, key: key-of-ann-1234 }, { id: bob, key: key-of-bob-1234 }] }";
const ANN: &str = "key-of-ann-1234";

fn with_meta(mut message: Value, key: &str) -> Value {
    message["params"]["_meta"] = json!({ "api_key": key });
    message
}

#[tokio::test]
async fn a_key_counts_in_each_place_and_goes_no_further() {
    let served = serve(&config(KEYS));
    let client = served.client();
    let bearer = client.with("Authorization", &format!("Bearer {ANN}"));
    for keyed in [bearer.clone(), client.with("X-API-Key", ANN)] {
        let session = keyed.open("/mcp/peer").await;
        let answer = session.call("/mcp/peer", "echo", &json!({ "a": 1 })).await;
        assert_eq!(answer["result"]["structuredContent"], json!({ "a": 1 }));
    }
    let reply = client.post("/rpc", &with_meta(call("echo", &json!({})), ANN)).await;
    assert_eq!((reply.status, reply.message()["result"]["content"].is_array()), (200, true));
    let heard = served.heard();
    assert!(heard.contains("tools/call") && !heard.contains(ANN), "{heard}");
    let metrics = bearer.ask("GET", "/metrics").await;
    assert_eq!(metrics.status, 200);
    assert!(!metrics.text.contains(ANN));
    assert!(!served.end().contains(ANN));
}

#[tokio::test]
async fn nobody_comes_in_without_a_key() {
    let served = serve(&config(&format!("{KEYS}\npolicies: {{ audit_log: DIR/log }}")));
    let client = served.client();
    let strangers: [Client; 4] = [
        client.clone(),
        client.with("Authorization", "Bearer key-of-nobody"),
        client.with("X-API-Key", ""),
        client.with("Authorization", "Basic YTpi"),
    ];
    for stranger in strangers {
        for path in ["/mcp", "/mcp/peer", "/rpc"] {
            let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {} });
            let reply = stranger.post(path, &request("initialize", &params)).await;
            assert_eq!(reply.status, 401, "{path}: {}", reply.text);
            assert!(reply.header("www-authenticate").starts_with("Bearer"), "{path}");
            assert_eq!(guard(&reply.message()), "unauthorized", "{path}");
        }
        assert_eq!(stranger.ask("GET", "/sse").await.status, 401);
        assert_eq!(stranger.ask("GET", "/metrics").await.status, 401);
    }
    assert_eq!(client.ask("GET", "/health").await.status, 200);
    assert_eq!(served.heard(), "", "no server was even started");
    let log = || std::fs::read_to_string(served.gateway.path("log")).unwrap();
    served.gateway.comes_true("what was refused is in the log", || {
        log().matches(r#""decision":"refused","code":"unauthorized""#).count() >= 12
    });
    assert!(!log().contains("nobody"), "{}", log());
    served.end();
}

#[tokio::test]
async fn a_session_is_no_others() {
    let served = serve(&config(KEYS));
    let ann = served.client().with("Authorization", &format!("Bearer {ANN}"));
    let session = ann.open("/mcp/peer").await;
    let id = session.headers.iter().find(|(name, _)| *name == "Mcp-Session-Id").unwrap().1.clone();
    let bob = served.client().with("X-API-Key", "key-of-bob-1234").with("Mcp-Session-Id", &id);
    let none = served.client().with("Mcp-Session-Id", &id);
    let echo = call("echo", &json!({ "whose": "bob" }));
    assert_eq!(bob.post("/mcp/peer", &echo).await.status, 404);
    assert_eq!(none.post("/mcp/peer", &with_meta(echo, "key-of-bob-1234")).await.status, 401);
    assert_eq!(bob.ask("DELETE", "/mcp/peer").await.status, 404);
    assert_eq!(session.post("/mcp/peer", &call("echo", &json!({}))).await.status, 200);
    assert!(!served.heard().contains("bob"));
    served.end();
}
