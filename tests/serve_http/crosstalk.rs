//! Many clients with the same identifiers at once, before a server that answers out of order: nobody
//! gets another's answer.

use serde_json::{Value, json};

use crate::client::{Client, for_call, serve, stateless_call};

const CLIENTS: usize = 50;
const CALLS: usize = 70;

/// How a client calls, and which server it has behind it.
#[derive(Clone, Copy, Debug)]
enum Way {
    Sessions,
    Stateless,
    StatelessBridged,
    Rpc,
}

async fn called(client: &Client, way: Way, id: usize, mark: &Value) -> Value {
    match way {
        Way::Sessions | Way::Rpc => {
            let path = if matches!(way, Way::Rpc) { "/rpc" } else { "/mcp/peer" };
            let request = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "slow", "arguments": mark } });
            client.post(path, &request).await.message()
        }
        Way::Stateless | Way::StatelessBridged => {
            let request = stateless_call(&json!(id), "slow", mark);
            for_call(client, "slow").post("/mcp/peer", &request).await.message()
        }
    }
}

async fn all(way: Way) -> usize {
    let era = if matches!(way, Way::Stateless) { "modern" } else { "legacy" };
    let served = serve(&format!(
        "version: 1\nlisten: 127.0.0.1:0\nroutes: [{{ mode: default, target: peer }}]\nservers:\n  peer: {{ command: PEER, args: [--record, DIR/record, --era, {era}] }}\n"
    ));
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..CLIENTS {
        let client = served.client();
        clients.spawn(async move {
            let client = match way {
                Way::Sessions => client.open("/mcp/peer").await,
                Way::Stateless | Way::StatelessBridged | Way::Rpc => client,
            };
            let mut wrong = 0;
            for id in 0..CALLS {
                // Who asks first is not answered first.
                let mark = json!({ "whose": number, "call": id, "ms": (number * 7 + id * 3) % 11 });
                let answer = called(&client, way, id, &mark).await;
                let right = answer["id"] == id && answer["result"]["structuredContent"] == mark;
                wrong += usize::from(!right);
            }
            wrong
        });
    }
    let wrong = clients.join_all().await.iter().sum();
    served.end();
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_for_whoever_asked() {
    for way in [Way::Sessions, Way::Stateless, Way::StatelessBridged, Way::Rpc] {
        assert_eq!(all(way).await, 0, "{way:?}: of {} answers", CLIENTS * CALLS);
    }
}
