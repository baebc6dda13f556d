use bytes::Bytes;
use proptest::prelude::*;

use crate::bridge::backward::answer::{tagged, translated, without_elicitation_id};
use crate::bridge::backward::capability::Declared;
use crate::bridge::backward::request::{Asked, digest, for_session};
use crate::message::{Id, Message};
use crate::pipeline::Pass;

/// JSON in any spelling: blanks, escapes, numbers that no `f64` holds.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("1.50".to_owned()),
        Just("-0".to_owned()),
        Just("1e400".to_owned()),
        Just("123456789012345678901".to_owned()),
        Just(r#""\u0061\/\"}{:,""#.to_owned()),
        Just(r#""é𝄞""#.to_owned()),
        Just(" true ".to_owned()),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|all| format!("[{}]", all.join(" ,"))),
            prop::collection::btree_map("[a-e]{1,3}", inner, 0..4).prop_map(|all| object(&all)),
        ]
    })
}

fn object(members: &std::collections::BTreeMap<String, String>) -> String {
    let members: Vec<String> =
        members.iter().map(|(name, value)| format!("\"{name}\" : {value}")).collect();
    format!("{{ {} }}", members.join(", "))
}

fn message(json: String) -> Message {
    Message::read(Bytes::from(json)).unwrap()
}

proptest! {
    #[test]
    fn arguments_stay_as_they_are(
        arguments in json(),
        more in json(),
        trace in json(),
        order in Just(vec![0, 1, 2, 3, 4, 5]).prop_shuffle(),
        blank in "[ \t]{0,2}",
    ) {
        let meta = format!(
            r#""_meta":{{"io.modelcontextprotocol/logLevel":"info",{blank}"trace":{trace},"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":"p","io.modelcontextprotocol/clientCapabilities":{{}}}}"#
        );
        let parts = [
            (false, meta),
            (true, format!(r#""arguments":{arguments}"#)),
            (true, r#""name":"t""#.to_owned()),
            (false, r#""task":{"ttl":1}"#.to_owned()),
            (false, r#""requestState":"s""#.to_owned()),
            (true, format!(r#""more":{blank}{more}"#)),
        ];
        let all: Vec<&str> = order.iter().map(|place| &*parts[*place].1).collect();
        let request = message(format!(
            r#"{{"id":5,"method":"tools/call","params":{{{}}}}}"#,
            all.join(&format!("{blank},"))
        ));
        prop_assert!(Asked::read(&request).is_ok());
        let sent = for_session(&Pass::of_client(request.clone()), 77).unwrap().into_message();
        let (before, after) = (request.members().unwrap(), sent.members().unwrap());
        for name in ["arguments", "name", "more"] {
            prop_assert_eq!(before.get(name), after.get(name));
        }
        prop_assert_eq!(after.members().count(), 4);
        let meta = sent.meta().unwrap();
        prop_assert_eq!(meta.members().count(), 2);
        prop_assert_eq!(meta.get("trace"), request.meta().unwrap().get("trace"));
        prop_assert_eq!(meta.get("progressToken"), Some("77"));
        prop_assert_eq!(sent.id(), Some(&Id::number(77)));
    }

    #[test]
    fn results_stay_as_they_are(
        members in prop::collection::btree_map("[a-e]{1,3}", json(), 0..5),
        method in prop_oneof![Just("tools/call"), Just("tools/list"), Just("resources/read")],
    ) {
        let result = object(&members);
        let before = format!(r#"{{"jsonrpc": "2.0" ,"id":"x", "result": {result} }}"#);
        let (answer, status) =
            translated(&message(before.clone()), method, Declared::default()).unwrap();
        prop_assert_eq!(status, None);
        let cache = if method == "tools/call" { "" } else { r#","ttlMs":0,"cacheScope":"private""# };
        let comma = if members.is_empty() { "" } else { "," };
        let first = format!(r#""resultType":"complete"{cache}{comma}"#);
        prop_assert_eq!(answer.json().replacen(&first, "", 1), before);
        let members = answer.members().unwrap();
        prop_assert_eq!(members.get("resultType"), Some(r#""complete""#));
    }

    #[test]
    fn a_tag_is_all_that_notifications_gain(
        params in prop::collection::btree_map("[a-e]{1,3}", json(), 0..4),
        meta in prop::option::of(prop::collection::btree_map("[a-e]{1,3}", json(), 0..3)),
    ) {
        let mut members = params.clone();
        if let Some(meta) = &meta {
            members.insert("_meta".to_owned(), object(meta));
        }
        let before = message(format!(r#"{{"method":"n","params":{}}}"#, object(&members)));
        let after = tagged(&before, &Id::from_json("1.0").unwrap()).unwrap();
        prop_assert_eq!(
            after.meta().unwrap().get("io.modelcontextprotocol/subscriptionId"),
            Some("1.0")
        );
        let (old, new) = (before.members().unwrap(), after.members().unwrap());
        for name in params.keys() {
            prop_assert_eq!(old.get(name), new.get(name));
        }
        let (old, new) = (before.meta().unwrap(), after.meta().unwrap());
        for name in meta.iter().flatten().map(|(name, _)| name) {
            prop_assert_eq!(old.get(name), new.get(name));
        }
    }

    #[test]
    fn nothing_that_a_peer_says_is_too_much(text in ".{0,60}", body in json()) {
        for text in [text, body.clone(), format!(r#"{{"code":{body}}}"#)] {
            let _ = without_elicitation_id(&text);
            for json in [
                format!(r#"{{"id":1,"error":{text}}}"#),
                format!(r#"{{"id":1,"result":{text}}}"#),
                format!(r#"{{"id":1,"error":{{"code":-32042,"message":1,"data":{text}}}}}"#),
                format!(r#"{{"id":1,"method":"tools/call","params":{text}}}"#),
            ] {
                let Ok(message) = Message::read(Bytes::from(json)) else { continue };
                if message.is_answer() {
                    let _ = translated(&message, "tools/call", Declared::default());
                } else {
                    let _ = (digest(&message), Asked::read(&message).is_ok());
                    let _ = tagged(&message, &Id::number(1));
                    let _ = for_session(&Pass::of_client(message), 1);
                }
            }
        }
    }

    #[test]
    fn a_digest_tells_requests_apart(one in json(), other in json()) {
        let request = |arguments: &str, state: u8| {
            message(format!(
                r#"{{"id":1,"method":"tools/call","params":{{"requestState":"{state}","arguments":{arguments},"name":"t"}}}}"#
            ))
        };
        let same = digest(&request(&one, 1)) == digest(&request(&one, 2));
        prop_assert!(same);
        if one.trim() != other.trim() {
            let objects = one.trim().starts_with('{') && other.trim().starts_with('{');
            let differ = digest(&request(&one, 1)) != digest(&request(&other, 1));
            prop_assert!(differ || objects);
        }
    }
}
