//! What goes between a client and servers whose sessions are open.

use std::sync::Arc;

use super::{LIST, code, ends, guard, names, server};
use crate::aggregate::scripted::{
    INITIALIZE, Reply, Scripted, Stage, error, message, result, text,
};
use crate::message::{Id, Message};
use crate::upstream::{Arrival, Stream, What};

#[tokio::test(start_paused = true)]
async fn servers_ask_under_identifiers_of_their_own() {
    let mut stage = Stage::open(vec![server("a"), server("b")], vec![]).await;
    let ask = r#"{"jsonrpc":"2.0","id":1.0,"method":"sampling/createMessage","params":{"_meta":{"progressToken":"t"}}}"#;
    stage.members[0].push(Some(Stream::Standalone), ask, None);
    stage.members[1].push(Some(Stream::Request(Id::number(4))), ask, None);
    let (one, two) = (stage.arrival().await, stage.arrival().await);
    assert_eq!(one.stream, Some(Stream::Standalone));
    assert_eq!(two.stream, Some(Stream::Request(Id::number(4))));
    let (one, two) = (message(&text(&one)), message(&text(&two)));
    assert_ne!(one.id(), two.id());
    let token =
        |message: &Message| message.meta().unwrap().get("progressToken").unwrap().to_owned();
    assert_ne!(token(&one), token(&two));
    stage.say(&format!(
        r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":1}}}}"#,
        token(&two)
    ));
    assert_eq!(
        stage.members[1].heard_of("notifications/progress"),
        [
            r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"t","progress":1}}"#
        ]
    );
    assert!(stage.members[0].heard_of("notifications/progress").is_empty());
    let answer = |message: &Message| {
        format!(r#"{{"jsonrpc":"2.0","id":{},"result":{{}}}}"#, message.id().unwrap().json())
    };
    stage.reply(&answer(&two));
    stage.reply(&answer(&two));
    assert_eq!(
        *stage.members[1].replies.lock().unwrap(),
        [r#"{"jsonrpc":"2.0","id":1.0,"result":{}}"#]
    );
    // The other one takes its request back.
    stage.members[0].push(
        None,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
        None,
    );
    let taken_back = stage.next().await;
    assert!(taken_back.contains(&format!(r#""requestId":{}"#, one.id().unwrap().json())));
    stage.reply(&answer(&one));
    assert!(stage.members[0].replies.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn notifications_pass() {
    let mut stage = Stage::open(vec![server("a"), server("b")], vec![]).await;
    for json in [
        r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"x:1"}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1.0}}"#,
    ] {
        stage.members[1].push(Some(Stream::Standalone), json, None);
        let arrival = stage.arrival().await;
        assert_eq!((text(&arrival).as_str(), arrival.stream), (json, Some(Stream::Standalone)));
    }
    let roots = r#"{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}"#;
    stage.say(roots);
    for member in &stage.members {
        assert_eq!(member.heard_of("notifications/roots/list_changed"), [roots]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_takes_its_requests_back() {
    let mute = |name| Scripted::able(name, r#"{"tools":{}}"#, |_| Reply::Silent);
    let mut stage = Stage::open(vec![mute("a"), mute("b")], vec![]).await;
    let cancel = |id: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":{id}}}}}"#
        )
    };
    stage.say(r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"b__x"}}"#);
    stage.say(&cancel("5.0"));
    stage.say(&cancel("6"));
    assert_eq!(stage.members[1].heard_of("notifications/cancelled"), [cancel("5.0")]);
    assert!(stage.members[0].heard_of("notifications/cancelled").is_empty());
    // A late answer still finds its way, once; and so does a new request of the same identifier.
    let late = r#"{"jsonrpc":"2.0","id":5,"result":{}}"#;
    stage.members[1].push(None, late, None);
    assert_eq!(stage.next().await, late);
    stage.members[1].push(None, late, None);
    stage.say(r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"a__x"}}"#);
    assert!(stage.is_quiet().await);
    assert_eq!(stage.members[0].heard_of("tools/call").len(), 1);
    // A list is taken back at everybody's.
    stage.say(LIST);
    assert!(stage.is_quiet().await);
    stage.say(&cancel("1"));
    assert!(stage.is_quiet().await);
    assert_eq!(stage.members[0].heard_of("notifications/cancelled").len(), 1);
    assert_eq!(stage.members[1].heard_of("notifications/cancelled").len(), 2);
    // Its identifier is free again; one in flight is not.
    stage.say(LIST);
    assert_eq!(code(&stage.ask(LIST).await), -32600);
    let own = LIST.replace("1,", r#""mcp-guard.all.1","#);
    assert_eq!(code(&stage.ask(&own).await), -32600);
}

#[tokio::test(start_paused = true)]
async fn resources_lead_to_their_owners() {
    let has = |uri: &'static str, name: &'static str| {
        Scripted::able(name, r#"{"resources":{"subscribe":true}}"#, move |message| {
            match (message.method(), message.json().contains(uri)) {
                ("resources/list", _) => result(&format!(r#"{{"resources":[{{"uri":"{uri}"}}]}}"#)),
                (_, true) => result(&format!(r#"{{"by":"{name}"}}"#)),
                _ => error(-32002),
            }
        })
    };
    let mut stage = Stage::open(vec![has("x:1", "a"), has("x:2", "b"), server("c")], vec![]).await;
    let read = |method: &str, uri: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"resources/{method}","params":{{"uri":"{uri}"}}}}"#
        )
    };
    // Nobody has listed anything: all are asked.
    ends(&stage.ask(&read("read", "x:2")).await, r#""by":"b"}}"#);
    assert_eq!(stage.members[0].heard_of("resources/read").len(), 1);
    ends(&stage.ask(&read("read", "x:2")).await, r#""by":"b"}}"#);
    assert_eq!(stage.members[0].heard_of("resources/read").len(), 1);
    ends(&stage.ask(&read("subscribe", "x:1")).await, r#""result":{}}"#);
    assert_eq!(stage.members[1].heard_of("resources/subscribe").len(), 1);
    stage.ask(&read("list", "")).await;
    ends(&stage.ask(&read("unsubscribe", "x:1")).await, r#""by":"a"}}"#);
    assert!(stage.members[1].heard_of("resources/unsubscribe").is_empty());
    let strangers = vec![has("x:1", "a"), has("x:2", "b")];
    let mut stage = Stage::open(strangers, vec![]).await;
    assert_eq!(code(&stage.ask(&read("read", "x:9")).await), -32002);
    assert_eq!(code(&stage.ask(&read("subscribe", "x:9")).await), -32002);
}

#[tokio::test(start_paused = true)]
async fn what_all_are_told() {
    let plain = Scripted::able("b", r#"{"tools":{}}"#, |_| error(-32601));
    let mut stage = Stage::open(vec![server("a"), plain], vec![]).await;
    let level =
        r#"{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"debug"}}"#;
    ends(&stage.ask(level).await, r#""result":{}}"#);
    assert_eq!(stage.members[0].heard_of("logging/setLevel").len(), 1);
    assert!(stage.members[1].heard_of("logging/setLevel").is_empty());
    let ping = r#"{"jsonrpc":"2.0","id":2.0,"method":"ping"}"#;
    assert_eq!(stage.ask(ping).await, r#"{"jsonrpc":"2.0","id":2.0,"result":{}}"#);
    let discover = r#"{"jsonrpc":"2.0","id":3,"method":"server/discover"}"#;
    assert_eq!(code(&stage.ask(discover).await), -32601);
}

#[tokio::test(start_paused = true)]
async fn streams_are_taken_up_again_where_they_were() {
    let mut stage = Stage::open(vec![server("a"), server("b")], vec![]).await;
    stage.conversation.listen(Stream::Standalone, None);
    for member in &stage.members {
        assert_eq!(*member.listens.lock().unwrap(), [(Stream::Standalone, None)]);
        member.listens.lock().unwrap().clear();
    }
    let note = r#"{"jsonrpc":"2.0","method":"notifications/message"}"#;
    let mut marks = Vec::new();
    for (member, stream) in
        [(0, Stream::Standalone), (1, Stream::Standalone), (1, Stream::Request(Id::number(4)))]
    {
        stage.members[member].push(Some(stream), note, Some("7:1"));
        marks.push(stage.arrival().await.mark.unwrap().id.unwrap());
    }
    assert_eq!(marks, ["a*:7:1", "b*:7:1", "b:7:1"]);
    let listens = |stage: &Stage, member: usize| {
        std::mem::take(&mut *stage.members[member].listens.lock().unwrap())
    };
    // That of a request is one server's; the other one is everybody's.
    let mark = Some("7:1".to_owned());
    stage.conversation.listen(Stream::Resumed(1), Some("b:7:1".to_owned()));
    assert_eq!(listens(&stage, 0), []);
    assert_eq!(listens(&stage, 1), [(Stream::Resumed(1), mark.clone())]);
    stage.conversation.listen(Stream::Resumed(2), Some("b*:7:0".to_owned()));
    assert_eq!(listens(&stage, 0), [(Stream::Resumed(2), mark)]);
    assert_eq!(listens(&stage, 1), [(Stream::Resumed(2), Some("7:0".to_owned()))]);
    stage.members[0].push(Some(Stream::Resumed(2)), note, Some("8"));
    assert_eq!(stage.arrival().await.mark.unwrap().id.as_deref(), Some("a*:8"));
    for unknown in ["c:1", "x", ""] {
        stage.conversation.listen(Stream::Resumed(3), Some(unknown.to_owned()));
    }
    assert_eq!(listens(&stage, 0), []);
}

#[tokio::test(start_paused = true)]
async fn what_comes_with_a_list_comes_on_the_clients_stream() {
    let mute = Scripted::able("a", r#"{"tools":{}}"#, |_| Reply::Silent);
    let mut stage = Stage::open(vec![mute], vec![]).await;
    stage.say(LIST);
    assert!(stage.is_quiet().await);
    let member = Arc::clone(&stage.members[0]);
    let (_, stream) = member.heard.lock().unwrap().last().unwrap().clone();
    let note = r#"{"jsonrpc":"2.0","method":"notifications/message"}"#;
    member.push(Some(stream.clone()), note, Some("1"));
    let arrival = stage.arrival().await;
    assert_eq!(arrival.stream, Some(Stream::Request(Id::number(1))));
    assert!(arrival.mark.is_none());
    let Stream::Request(id) = stream else { panic!("no request") };
    let answer = format!(r#"{{"jsonrpc":"2.0","id":{},"result":{{"tools":[]}}}}"#, id.json());
    member.push(None, &answer, None);
    ends(&stage.next().await, r#""result":{"tools":[]}}"#);
    // Nobody waits for it any more.
    member.push(None, &answer, None);
    assert!(stage.is_quiet().await);
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_leaves_nobody_waiting() {
    let mute = Scripted::able("b", r#"{"tools":{}}"#, |_| Reply::Silent);
    let mut stage = Stage::open(vec![server("a"), mute], vec![]).await;
    stage.say(r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"b__x"}}"#);
    stage.say(LIST);
    assert!(stage.is_quiet().await);
    stage.members[1].lose("it fell over");
    let answers = [stage.next().await, stage.next().await];
    let refused = answers.iter().find(|answer| answer.contains(r#""id":5"#)).unwrap();
    assert_eq!(guard(refused), "upstream_unavailable");
    let list = answers.iter().find(|answer| answer.contains(r#""id":1"#)).unwrap();
    assert_eq!(names(list), ["a__a1", "a__a2"]);
}

#[tokio::test]
async fn a_request_that_is_lost_is_answered_under_the_identifier_of_its_record() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit.jsonl");
    let mute = Scripted::able("b", r#"{"tools":{}}"#, |_| Reply::Silent);
    let mut stage = Stage::recorded(&path, vec![server("a"), mute]);
    stage.ask(INITIALIZE).await;
    stage.say(r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"b__x"}}"#);
    stage.members[1].lose("it fell over");
    let refused: serde_json::Value = serde_json::from_str(&stage.next().await).unwrap();
    stage.close_log();
    let id = &refused["error"]["data"]["guard"]["request_id"];
    let log = std::fs::read_to_string(&path).unwrap();
    let mut records =
        log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let record = records.find(|record| record["request_id"] == *id).expect("a record");
    assert_eq!((&record["tool"], &record["server"]), (&"x".into(), &"b".into()), "{record}");
    assert_eq!(record["outcome"], "connection_lost", "{record}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_another_server_is_not_heard() {
    let mute = |name| Scripted::able(name, r#"{"tools":{}}"#, |_| Reply::Silent);
    let mut stage = Stage::open(vec![mute("a"), mute("b")], vec![]).await;
    stage.say(r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"b__x"}}"#);
    let answer = r#"{"jsonrpc":"2.0","id":5,"result":{}}"#;
    stage.members[0].push(None, answer, None);
    assert!(stage.is_quiet().await);
    stage.members[1].push(None, answer, None);
    assert_eq!(stage.next().await, answer);
}

#[tokio::test(start_paused = true)]
async fn tasks_lead_to_who_began_them() {
    let begins =
        Scripted::able("b", r#"{"tools":{},"tasks":{"list":{}}}"#, |message| {
            match message.method() {
                "tools/call" => result(r#"{"task":{"taskId":"t","status":"working"}}"#),
                "tasks/list" => result(r#"{"tasks":[{"taskId":"t"}]}"#),
                _ => result(r#"{"by":"b"}"#),
            }
        });
    let mut stage = Stage::open(vec![server("a"), begins], vec![]).await;
    let get = r#"{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"taskId":"t"}}"#;
    assert_eq!(guard(&stage.ask(get).await), "no_route_matched");
    stage
        .ask(r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"b__x","task":{}}}"#)
        .await;
    ends(&stage.ask(get).await, r#""by":"b"}}"#);
    let list = stage.ask(r#"{"jsonrpc":"2.0","id":6,"method":"tasks/list"}"#).await;
    ends(&list, r#"{"tasks":[{"taskId":"t"}]}}"#);
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_everywhere() {
    let mute = |name| Scripted::able(name, r#"{"tools":{}}"#, |_| Reply::Silent);
    let mut stage = Stage::open(vec![mute("a"), mute("b")], vec![]).await;
    stage.say(LIST);
    assert!(stage.is_quiet().await);
    stage.conversation.close();
    assert!(stage.is_quiet().await);
    for member in &stage.members {
        assert_eq!(*member.replies.lock().unwrap(), ["closed"]);
    }
    assert_eq!(code(&stage.ask(LIST).await), -32600);
    let call = r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"b__x"}}"#;
    assert_eq!(guard(&stage.ask(call).await), "upstream_unavailable");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_stream_passes() {
    let mut stage = Stage::open(vec![server("a"), server("b")], vec![]).await;
    stage.members[0].arrive(Arrival::end(Stream::Request(Id::number(4))));
    let arrival = stage.arrival().await;
    assert!(matches!(arrival.what, What::End));
    assert_eq!(arrival.stream, Some(Stream::Request(Id::number(4))));
}
