use super::peer::{Stage, arrival, is_quiet, next, request, value};

const ALL: &str = r#""notifications":{"toolsListChanged":true,"promptsListChanged":true,"resourcesListChanged":true,"resourceSubscriptions":["a:b","a:c"]}"#;
const TOOLS: &str = r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#;

fn listen(id: &str, params: &str) -> String {
    request(id, "subscriptions/listen", "{}", params, "")
}

#[tokio::test]
async fn a_client_hears_what_it_was_granted() {
    let mut stage = Stage::new();
    let mut exchange = stage.call(&listen("\"l\\u0061\"", ALL));
    let mut peer = stage.opened().await;
    let mut heard = next(&mut exchange).await;
    for uri in ["a:b", "a:c"] {
        let subscribe = peer.next().await;
        assert_eq!(subscribe.method(), "resources/subscribe");
        assert_eq!(subscribe.body().unwrap(), format!(r#"{{"uri":"{uri}"}}"#));
        peer.answer(&subscribe, "{}");
    }
    for told in [
        TOOLS,
        r#"{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/resources/list_changed","params":{ }}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"a:b","x":1.0}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"_meta":{"k":1.0},"uri":"a:b/part"}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":9},"uri":"a:c"}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"a:bc"}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/elicitation/complete","params":{"elicitationId":"e"}}"#,
    ] {
        peer.say(told);
    }
    for _ in 0..5 {
        heard.push('\n');
        heard.push_str(&next(&mut exchange).await);
    }
    insta::assert_snapshot!(heard);
    assert!(is_quiet(&mut exchange).await);
}

#[tokio::test]
async fn what_the_server_cannot_tell_is_not_granted() {
    let mut stage = Stage::new();
    let mut exchange = stage.call(&listen("5", ALL));
    let mut peer = stage.peer().await;
    // The acknowledgement is the first thing that a client hears.
    peer.say(TOOLS);
    peer.open_with(r#"{"tools":{"listChanged":true},"resources":{}}"#).await;
    assert_eq!(
        next(&mut exchange).await,
        r#"{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":5},"notifications":{"toolsListChanged":true}}}"#
    );
    assert!(peer.is_quiet().await);
}

#[tokio::test]
async fn subscriptions_are_counted() {
    let mut stage = Stage::new();
    let one = r#""notifications":{"resourceSubscriptions":["a:b","a:b"]}"#;
    let mut first = stage.call(&listen("1", one));
    let mut peer = stage.opened().await;
    next(&mut first).await;
    assert_eq!(peer.next().await.method(), "resources/subscribe");
    let mut second = stage.call(&listen("2", one));
    next(&mut second).await;
    assert!(peer.is_quiet().await);
    drop(first);
    assert!(peer.is_quiet().await);
    peer.say(r#"{"method":"notifications/resources/updated","params":{"uri":"a:b"}}"#);
    assert!(next(&mut second).await.contains(r#""io.modelcontextprotocol/subscriptionId":2"#));
    drop(second);
    let unsubscribe = peer.next().await;
    assert_eq!(unsubscribe.method(), "resources/unsubscribe");
    assert_eq!(unsubscribe.body(), Some(r#"{"uri":"a:b"}"#));
    assert!(peer.is_quiet().await);
}

#[tokio::test]
async fn a_lost_server_closes_what_was_acknowledged() {
    let mut stage = Stage::new();
    let mut open = stage.call(&listen("\"x\"", r#""notifications":{"toolsListChanged":true}"#));
    let peer = stage.opened().await;
    next(&mut open).await;
    peer.is_lost("it ended");
    assert_eq!(
        next(&mut open).await,
        r#"{"jsonrpc":"2.0","id":"x","result":{"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":"x"}}}"#
    );
    assert!(arrival(&mut open).await.is_none());
    // While the server rests nothing is acknowledged.
    let mut again = stage.call(&listen("2", r#""notifications":{}"#));
    assert!(is_quiet(&mut again).await);
    let _peer = stage.opened().await;
    assert!(next(&mut again).await.contains("acknowledged"));
    let mut wrong = stage.call(&listen("3", r#""notifications":{"resourceSubscriptions":"a"}"#));
    assert_eq!(value(&mut wrong).await["error"]["code"], -32602);
}

#[tokio::test]
async fn nobody_hears_what_another_principal_does() {
    let mut stage = Stage::new();
    let tools = r#""notifications":{"toolsListChanged":true}"#;
    let mut alice = stage.call_as("alice", &listen("1", tools));
    let to_alice = stage.opened().await;
    let mut bob = stage.call_as("bob", &listen("1", tools));
    let _to_bob = stage.opened().await;
    next(&mut alice).await;
    next(&mut bob).await;
    to_alice.say(TOOLS);
    next(&mut alice).await;
    assert!(is_quiet(&mut bob).await);
}
