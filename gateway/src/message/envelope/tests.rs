use bytes::Bytes;
use proptest::prelude::*;

use super::{Kind, Malformed, Message};
use crate::message::Id;

fn read(json: &str) -> Result<Message, Malformed> {
    Message::read(Bytes::copy_from_slice(json.as_bytes()))
}

#[test]
fn parts_are_told_apart() {
    let message = read(r#" {"params": {"a":1e999} ,"id" : "x\u0041", "x":[], "method":"tools\/call","jsonrpc":"2.0"}"#).unwrap();
    assert_eq!(message.kind(), Kind::Request);
    assert_eq!(message.method(), "tools/call");
    assert_eq!(message.body(), Some(r#"{"a":1e999}"#));
    assert_eq!(message.id(), Some(&Id::text("xA")));
    assert!(message.is_versioned());
}

#[test]
fn what_is_no_message_says_why() {
    let mut told = String::new();
    for json in [
        "",
        "nul",
        "null",
        "5",
        "[]",
        "\"x\"",
        "{}",
        "{\"id\":1",
        r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":true,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":5}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"a","Method":"b"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"a","result":{}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#,
        r#"{"jsonrpc":"2.0","result":{}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"a"} {}"#,
    ] {
        let fault = read(json).unwrap_err();
        let (code, id) = match &fault {
            Malformed::Syntax(_) => (-32700, None),
            Malformed::Shape { id, .. } => (-32600, id.clone()),
        };
        told += &format!("{json}\n  {code} {:?} {fault}\n", id.as_ref().map(Id::json));
    }
    insta::assert_snapshot!(told);
    assert!(matches!(
        Message::read(Bytes::from_static(b"{\"id\":1,\"method\":\"\xff\"}")),
        Err(Malformed::Syntax(_))
    ));
}

#[test]
fn depth_is_no_trouble() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let json = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"a","params":{deep}}}"#);
    assert_eq!(read(&json).unwrap().body(), Some(deep.as_str()));
}

#[test]
fn answers() {
    assert_eq!(read(r#"{"id":1,"result":null}"#).unwrap().kind(), Kind::Result);
    let parse_error = read(r#"{"id":null,"error":{"code":-32700}}"#).unwrap();
    assert_eq!((parse_error.kind(), parse_error.id()), (Kind::Error, None));
    assert!(!parse_error.is_versioned());
}

#[test]
fn a_message_shows_nothing_of_its_body() {
    let message = read(r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"token":"hunter2"}}"#);
    assert_eq!(format!("{:?}", message.unwrap()), r#"Request "a" Some("1") (66 bytes)"#);
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?",
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        Just(r#""\ud800\/\u0000""#.to_owned()),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6)
                .prop_map(|items| format!("[ {} ]", items.join(" ,"))),
            prop::collection::vec(inner, 0..6).prop_map(|items| {
                let members: Vec<String> =
                    items.iter().enumerate().map(|(n, item)| format!("\"k{n}\" :{item}")).collect();
                format!("{{{}}}", members.join(", "))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(raw in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Message::read(Bytes::from(raw));
    }

    #[test]
    fn another_identifier_changes_nothing_else(
        body in json(), extra in json(), before in any::<bool>(), number in any::<u64>(),
    ) {
        let body = format!("\"params\": {body}");
        let id = r#""id" : "old""#;
        let (first, second) = if before { (id, body.as_str()) } else { (body.as_str(), id) };
        let json = format!("{{\"x\":{extra},{first} ,\"method\":\"a/b\",{second}}}");
        let message = read(&json).unwrap();
        prop_assert_eq!(message.json(), json.as_str());
        let renamed = message.with_id(Id::number(number));
        let expected = json.replace(r#""id" : "old""#, &format!("\"id\" : {number}"));
        prop_assert_eq!(renamed.json(), expected.as_str());
        prop_assert_eq!(renamed.body(), message.body());
        let back = renamed.with_id(Id::text("old"));
        prop_assert_eq!(back.json(), json.as_str());
        prop_assert_eq!(back.body(), message.body());
    }
}
