use std::sync::Arc;

use serde_json::{Value, json};

use super::{Capabilities, Opened, list};
use crate::aggregate::catalogue::Catalogue;
use crate::aggregate::names::Names;
use crate::aggregate::scripted::{default, message, tool};
use crate::message::Message;
use crate::protocol::Era;

fn names(routes: Vec<crate::aggregate::Route>) -> Names {
    Names::new(vec![Arc::from("a"), Arc::from("b")], routes.into())
}

fn page(result: &str) -> Message {
    message(&format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#))
}

#[test]
fn items_keep_their_bytes_but_for_the_names() {
    let names = names(vec![tool("pay", "b")]);
    let a = page(r#"{"tools":[ {"x":1.50, "name" : "r\u0065ad","inputSchema":{ }} ]}"#);
    let b1 = page(r#"{"tools":[{"name":"pay"},{"name":"x"},{"title":"no name"},5,{"name":"x"}]}"#);
    let b2 = page(r#"{"tools":[{"name":"y","name":"z"},{"name":"a__q"}]}"#);
    let request = message(r#"{"id":"q\/1","method":"tools/list"}"#);
    let parts = [(0, Ok(vec![a])), (1, Ok(vec![b1, b2]))];
    let made = list(&names, &Catalogue::new(), &request, &parts, Era::Session).unwrap();
    assert_eq!(
        made.json(),
        concat!(
            r#"{"jsonrpc":"2.0","id":"q\/1","result":{"tools":["#,
            r#"{"x":1.50, "name" : "a__r\u0065ad","inputSchema":{ }},"#,
            r#"{"name":"pay"},{"name":"b__x"},{"name":"b__a__q"}]}}"#
        )
    );
}

#[test]
fn lists_of_the_stateless_era_say_how_long_they_are_good() {
    let (names, catalogue) = (names(vec![]), Catalogue::new());
    let request = message(r#"{"id":1,"method":"resources/list"}"#);
    let a = page(r#"{"resources":[{"uri":"x:1","name":"n"}],"ttlMs":5000,"cacheScope":"public"}"#);
    let b = page(r#"{"resources":[{"uri":"x:1"},{"uri":"x:2"}],"ttlMs":100}"#);
    let parts = [(0, Ok(vec![a.clone()])), (1, Ok(vec![b]))];
    let made = list(&names, &catalogue, &request, &parts, Era::Stateless).unwrap();
    assert_eq!(
        made.json(),
        r#"{"jsonrpc":"2.0","id":1,"result":{"resources":[{"uri":"x:1","name":"n"},{"uri":"x:2"}],"resultType":"complete","ttlMs":100,"cacheScope":"private"}}"#
    );
    assert_eq!((catalogue.owner("x:1"), catalogue.owner("x:2")), (Some(0), Some(1)));
    // What is missing may come at any time.
    let parts = [(0, Ok(vec![a])), (1, Err("gone".to_owned()))];
    let made = list(&names, &catalogue, &request, &parts, Era::Stateless).unwrap();
    assert!(made.json().contains(r#""ttlMs":0,"#), "{made:?}");
}

#[test]
fn templates_and_tasks_are_learnt() {
    let (names, catalogue) = (names(vec![default("a")]), Catalogue::new());
    let templates = page(r#"{"resourceTemplates":[{"uriTemplate":"db://{x}","name":"n"}]}"#);
    let request = message(r#"{"id":1,"method":"resources/templates/list"}"#);
    list(&names, &catalogue, &request, &[(1, Ok(vec![templates]))], Era::Session).unwrap();
    assert_eq!(catalogue.owner("db://y"), Some(1));
    let tasks = page(r#"{"tasks":[{"taskId":"t"}]}"#);
    let request = message(r#"{"id":1,"method":"tasks/list"}"#);
    let made = list(&names, &catalogue, &request, &[(1, Ok(vec![tasks]))], Era::Session).unwrap();
    assert!(made.json().contains(r#""tasks":[{"taskId":"t"}]"#));
    assert_eq!(catalogue.owner_of_task("t"), Some(1));
}

#[test]
fn together_they_can_what_one_of_them_can() {
    let of = |value: Value| match value {
        Value::Object(map) => Capabilities(map),
        _ => panic!("no object"),
    };
    let mut all = of(json!({ "tools": { "listChanged": false }, "logging": {}, "x": null }));
    all.add(&of(json!({
        "tools": { "listChanged": true },
        "resources": { "subscribe": true },
        "experimental": { "y": { "z": 1 } },
        "x": {},
    })));
    all.add(&of(json!({ "tools": { "listChanged": false }, "experimental": { "y": { "w": 2 } } })));
    assert_eq!(
        Value::Object(all.0.clone()),
        json!({
            "tools": { "listChanged": true },
            "logging": {},
            "resources": { "subscribe": true },
            "experimental": { "y": { "z": 1, "w": 2 } },
            "x": {},
        })
    );
    assert!(all.has("logging"));
    assert!(!all.has("prompts"));
}

#[test]
fn what_servers_are_is_said_once() {
    let names = names(vec![]);
    let answers = [
        (0, page(r#"{"capabilities":{"tools":{}},"instructions":"Read first.","ttlMs":9}"#)),
        (1, page(r#"{"capabilities":{"prompts":{}},"instructions":"Then\nwrite.","ttlMs":7}"#)),
    ];
    let opened = Opened { names: &names, answers: &answers, missing: false };
    let asked = |version: &str| {
        message(&format!(
            r#"{{"id":1,"method":"initialize","params":{{"protocolVersion":"{version}"}}}}"#
        ))
    };
    let version = env!("CARGO_PKG_VERSION");
    let json = |message: Option<Message>| message.unwrap().json().replace(version, "VERSION");
    insta::assert_snapshot!(
        [
            json(opened.initialized(&asked("2025-06-18"))),
            json(opened.initialized(&asked("2026-07-28"))),
            json(opened.initialized(&asked("1"))),
            json(opened.discovered(&asked("2026-07-28"))),
            json(Opened { missing: true, ..opened }.discovered(&asked("2026-07-28"))),
        ]
        .join("\n")
    );
}
