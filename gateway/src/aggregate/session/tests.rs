use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::aggregate::scripted::{
    INITIALIZE, KEY, Reply, Scripted, Stage, default, error, message, result,
};
use crate::message::Message;
use crate::protocol::Era;
use crate::upstream::Stream;

mod lanes;
mod traffic;

const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;

/// A server with two tools on two pages, that answers everything else by its name.
fn server(name: &'static str) -> Arc<Scripted> {
    let capabilities = r#"{"tools":{},"resources":{"subscribe":true},"logging":{}}"#;
    Scripted::able(name, capabilities, move |message| tools(name, message))
}

fn tools(name: &str, message: &Message) -> Reply {
    match message.method() {
        "tools/list" if message.json().contains("cursor") => {
            result(&format!(r#"{{"tools":[{{"name":"{name}2"}}]}}"#))
        }
        "tools/list" => result(&format!(r#"{{"tools":[{{"name":"{name}1"}}],"nextCursor":"2"}}"#)),
        "tools/call" => result(&format!(r#"{{"content":[],"by":"{name}"}}"#)),
        _ => result("{}"),
    }
}

fn names(list: &str) -> Vec<String> {
    let list: Value = serde_json::from_str(list).unwrap();
    let tools = list["result"]["tools"].as_array().unwrap_or_else(|| panic!("{list}"));
    tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

fn guard(answer: &str) -> String {
    let answer: Value = serde_json::from_str(answer).unwrap();
    answer["error"]["data"]["guard"]["code"].as_str().unwrap_or_default().to_owned()
}

fn code(answer: &str) -> i64 {
    let answer: Value = serde_json::from_str(answer).unwrap();
    answer["error"]["code"].as_i64().unwrap_or_default()
}

fn ends(answer: &str, with: &str) {
    assert!(answer.ends_with(with), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_session_opens_with_everybody() {
    let mut stage = Stage::new(Era::Session, vec![server("a"), server("b")], vec![]);
    let answer: Value = serde_json::from_str(&stage.ask(INITIALIZE).await).unwrap();
    assert_eq!(answer["id"], "i");
    assert_eq!(answer["result"]["protocolVersion"], "2025-06-18");
    assert_eq!(answer["result"]["serverInfo"]["name"], "mcp-guard");
    let capabilities = &answer["result"]["capabilities"];
    assert_eq!(capabilities["resources"]["subscribe"], true);
    assert!(capabilities["tools"].get("listChanged").is_none());
    for member in &stage.members {
        let opening = &member.heard_of("initialize")[0];
        assert!(opening.contains(r#""capabilities":{"sampling":{}}"#));
        assert!(!opening.contains("progressToken"));
        assert!(member.heard_of("notifications/initialized").is_empty());
    }
    stage.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    for member in &stage.members {
        assert_eq!(member.heard_of("notifications/initialized").len(), 1);
    }
    let again = stage.ask(&INITIALIZE.replace(r#""i""#, "2")).await;
    assert_eq!(code(&again), -32600);
}

#[tokio::test(start_paused = true)]
async fn lists_are_of_everybody_in_one_page() {
    let mut stage = Stage::open(vec![server("a"), server("b")], vec![default("b")]).await;
    let list = stage.ask(LIST).await;
    assert_eq!(names(&list), ["a__a1", "a__a2", "b1", "b2"]);
    assert!(!list.contains("nextCursor"));
    let none = stage.ask(r#"{"jsonrpc":"2.0","id":2,"method":"prompts/list"}"#).await;
    assert_eq!(none, r#"{"jsonrpc":"2.0","id":2,"result":{"prompts":[]}}"#);
    assert!(stage.members[0].heard_of("prompts/list").is_empty());
    let cursor = r#"{"jsonrpc":"2.0","id":3,"method":"tools/list","params":{"cursor":"2"}}"#;
    assert_eq!(code(&stage.ask(cursor).await), -32602);
}

#[tokio::test(start_paused = true)]
async fn calls_go_where_the_listed_names_lead() {
    let mut stage = Stage::open(vec![server("a"), server("b")], vec![]).await;
    for name in names(&stage.ask(LIST).await) {
        let (server, own) = name.split_once("__").unwrap();
        let call = format!(
            r#"{{"jsonrpc":"2.0","id":"{name}","method":"tools/call","params":{{"name":"{name}"}}}}"#
        );
        ends(&stage.ask(&call).await, &format!(r#""by":"{server}"}}}}"#));
        let member = &stage.members[usize::from(server == "b")];
        let heard = member.heard_of("tools/call").pop().unwrap();
        assert_eq!(
            heard,
            call.replace(&format!(r#""name":"{name}""#), &format!(r#""name":"{own}""#))
        );
    }
    let nobody = r#"{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"x"}}"#;
    assert_eq!(guard(&stage.ask(nobody).await), "no_route_matched");
}

#[tokio::test(start_paused = true)]
async fn a_slow_server_comes_later() {
    let opening = r#""result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}}}"#;
    let slow = Scripted::new("slow", move |message| match message.method() {
        "initialize" => Reply::After(Duration::from_secs(20), opening.to_owned()),
        _ => tools("slow", message),
    });
    let mut stage = Stage::new(Era::Session, vec![server("a"), slow], vec![]);
    let began = tokio::time::Instant::now();
    let answer = stage.ask(INITIALIZE).await;
    assert_eq!(began.elapsed(), Duration::from_secs(10));
    // Its tools can come only if the client hears of it.
    assert!(answer.contains(r#""tools":{"listChanged":true}"#), "{answer}");
    stage.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    assert_eq!(names(&stage.ask(LIST).await), ["a__a1", "a__a2"]);
    let call = r#"{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"slow__x"}}"#;
    assert_eq!(guard(&stage.ask(call).await), "upstream_unavailable");
    let changed = r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#;
    assert_eq!(stage.next().await, changed);
    assert_eq!(began.elapsed(), Duration::from_secs(20));
    assert_eq!(stage.members[1].heard_of("initialize").len(), 1);
    assert_eq!(stage.members[1].heard_of("notifications/initialized").len(), 1);
    assert_eq!(names(&stage.ask(LIST).await), ["a__a1", "a__a2", "slow__slow1", "slow__slow2"]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_failed_is_tried_again_with_the_next_list() {
    let down = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let broken = Arc::clone(&down);
    let flaky = Scripted::new("flaky", move |message| {
        match (message.method(), broken.load(std::sync::atomic::Ordering::Relaxed)) {
            ("initialize", true) => error(-32603),
            ("initialize", false) => result(r#"{"capabilities":{"tools":{},"logging":{}}}"#),
            _ => tools("flaky", message),
        }
    });
    let mut stage = Stage::open(vec![server("a"), flaky], vec![]).await;
    stage
        .ask(r#"{"jsonrpc":"2.0","id":7,"method":"logging/setLevel","params":{"level":"debug"}}"#)
        .await;
    stage.conversation.listen(Stream::Standalone, None);
    assert_eq!(names(&stage.ask(LIST).await).len(), 2);
    assert!(stage.is_quiet().await);
    assert_eq!(stage.members[1].heard_of("initialize").len(), 2);
    down.store(false, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(names(&stage.ask(LIST).await).len(), 2);
    assert!(stage.next().await.contains("tools/list_changed"));
    assert_eq!(names(&stage.ask(LIST).await).len(), 4);
    // It hears what was said before it came.
    assert_eq!(stage.members[1].heard_of("initialize").len(), 3);
    assert_eq!(stage.members[1].heard_of("notifications/initialized").len(), 1);
    assert_eq!(stage.members[1].heard_of("logging/setLevel").len(), 1);
    assert_eq!(stage.members[1].listens.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn nobody_can_be_reached() {
    let down = |name| Scripted::new(name, |_| error(-32603));
    let mut stage = Stage::new(Era::Session, vec![down("a"), down("b")], vec![]);
    assert_eq!(guard(&stage.ask(INITIALIZE).await), "upstream_unavailable");
    assert_eq!(guard(&stage.ask(LIST).await), "upstream_unavailable");
    // The client may try again.
    assert_eq!(guard(&stage.ask(INITIALIZE).await), "upstream_unavailable");
    assert_eq!(stage.members[0].heard_of("initialize").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failed_part_of_a_list_is_left_out() {
    let lame = |name: &'static str| Scripted::able(name, r#"{"tools":{}}"#, |_| error(-32603));
    let mute = Scripted::able("mute", r#"{"tools":{}}"#, |_| Reply::Silent);
    let mut stage = Stage::open(vec![lame("x"), server("a"), mute], vec![]).await;
    let began = tokio::time::Instant::now();
    assert_eq!(names(&stage.ask(LIST).await), ["a__a1", "a__a2"]);
    assert_eq!(began.elapsed(), Duration::from_secs(30));
    let asked = message(&stage.members[2].heard_of("tools/list")[0]).id().cloned().unwrap();
    let cancelled = &stage.members[2].heard_of("notifications/cancelled")[0];
    assert!(cancelled.contains(asked.json()), "{cancelled}");
    let mut stage = Stage::open(vec![lame("x"), lame("y")], vec![]).await;
    assert_eq!(guard(&stage.ask(LIST).await), "upstream_unavailable");
}

#[tokio::test(start_paused = true)]
async fn who_shows_a_key_in_each_message_holds_a_session() {
    let mut stage = Stage::keyed(Era::Session, vec![server("a"), server("b")]);
    let keyed = |json: &str| {
        let key = format!(r#""_meta":{{"api_key":"{KEY}"}}"#);
        json.replace(r#""_meta":{"progressToken":5}"#, &key).replace("KEY", &key)
    };
    let opened = stage.ask(&keyed(INITIALIZE)).await;
    assert!(opened.contains(r#""capabilities""#), "{opened}");
    stage.say(&keyed(r#"{"jsonrpc":"2.0","method":"notifications/initialized","params":{KEY}}"#));
    assert_eq!(guard(&stage.ask(LIST).await), "unauthorized");
    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{KEY}}"#;
    assert_eq!(names(&stage.ask(&keyed(list)).await).len(), 4);
    for member in &stage.members {
        assert_eq!(member.heard_of("notifications/initialized").len(), 1);
    }
}
