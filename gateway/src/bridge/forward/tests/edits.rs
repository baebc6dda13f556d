use proptest::prelude::*;

use super::super::translate::{self, Answer, again, edited, in_meta, untied};
use super::message;
use crate::message::Object;

/// JSON that a reader would spell anew.
const ODD: [&str; 8] = [
    "1.0e400",
    "-0",
    r#""\u0061\/""#,
    r#"{"a":1, "a":2}"#,
    "[ 1 ,2.50]",
    "null",
    "{ }",
    r#"{"_meta":{"params":"}"}}"#,
];

fn blank() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", " ", "\t", "\r"])
}

/// An object with members of these names and others, in any spelling.
fn object(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    let name =
        prop_oneof![prop::sample::select(names).prop_map(str::to_owned), "[a-c\"{},\\\\]{1,3}",];
    let members = prop::collection::btree_map(name, prop::sample::select(&ODD[..]), 0..6);
    (members, blank(), blank(), any::<prop::sample::Index>()).prop_map(|(members, a, b, turn)| {
        let mut members: Vec<String> = members
            .into_iter()
            .map(|(name, value)| format!("{a}{}{b}:{a}{value}{b}", serde_json::Value::from(name)))
            .collect();
        if !members.is_empty() {
            let turn = turn.index(members.len());
            members.rotate_left(turn);
        }
        format!("{{{}}}", if members.is_empty() { a.to_owned() } else { members.join(",") })
    })
}

/// The members of an object without these, as they stand.
fn without(json: &str, names: &[&str]) -> Vec<(String, String)> {
    let object = Object::from_json(json).unwrap();
    let kept = object.members().filter(|member| !names.contains(&&*member.name));
    kept.map(|member| (member.name.to_string(), member.value.to_owned())).collect()
}

proptest! {
    #[test]
    fn a_request_keeps_all_but_what_is_set(
        params in object(&["name", "arguments"]),
        meta in proptest::option::of(object(&["progressToken", "set"])),
    ) {
        let params = match &meta {
            None => params,
            Some(meta) if without(&params, &[]).is_empty() => format!(r#"{{"_meta":{meta}}}"#),
            Some(meta) => params.replacen('{', &format!(r#"{{"_meta": {meta},"#), 1),
        };
        let message = message(&format!(r#"{{"id":1,"method":"m", "params":{params} ,"z":1.0}}"#));
        let edits = in_meta(&message, &[("set", "5.0"), ("other", "[ ]")]).unwrap();
        let edited = edited(&message, &edits).unwrap();
        let (head, tail) = (r#"{"id":1,"method":"m", "params":{"#, r#" ,"z":1.0}"#);
        prop_assert!(edited.json().starts_with(head) && edited.json().ends_with(tail));
        prop_assert_eq!(without(edited.body().unwrap(), &["_meta"]), without(&params, &["_meta"]));
        let now = edited.meta().unwrap();
        prop_assert_eq!(now.get("set"), Some("5.0"));
        prop_assert_eq!(now.get("other"), Some("[ ]"));
        let now = edited.members().unwrap().get("_meta").unwrap();
        let before = meta.as_deref().unwrap_or("{}");
        prop_assert_eq!(without(now, &["set", "other"]), without(before, &["set", "other"]));
    }

    #[test]
    fn a_request_made_again_keeps_all_but_what_the_server_wanted(
        params in object(&["inputResponses", "requestState", "arguments"]),
        responses in proptest::option::of(Just(r#"{"k":{ }}"#)),
        state in proptest::option::of(Just(r#""s\u0061""#)),
    ) {
        let request = message(&format!(r#"{{"id":1,"method":"m", "params":{params} }}"#));
        let again = again(&request, responses, state).unwrap();
        let names = ["inputResponses", "requestState"];
        prop_assert_eq!(without(again.body().unwrap(), &names), without(&params, &names));
        let members = again.members().unwrap();
        prop_assert_eq!(members.get("inputResponses"), responses);
        prop_assert_eq!(members.get("requestState"), state);
    }

    #[test]
    fn a_result_keeps_all_but_the_members_of_its_era(
        result in object(&["ttlMs", "cacheScope", "tools", "content"]),
        method in prop::sample::select(vec!["tools/list", "tools/call"]),
    ) {
        let request = message(&format!(r#"{{"id":1,"method":"{method}"}}"#));
        let typed = result.replacen('{', r#"{"resultType":"complete","#, 1);
        let typed = if without(&result, &[]).is_empty() { r#"{"resultType":"complete"}"#.to_owned() } else { typed };
        let names: &[&str] =
            if method == "tools/list" { &["resultType", "ttlMs", "cacheScope"] } else { &["resultType"] };
        for result in [result, typed] {
            let answer = message(&format!(r#"{{"id":1, "result":{result} }}"#));
            let Answer::Final(answer) = translate::answer(&request, answer) else {
                return Err(TestCaseError::fail("no answer"));
            };
            prop_assert_eq!(without(answer.body().unwrap(), &[]), without(&result, names));
            let head = r#"{"id":1, "result":{"#;
            prop_assert!(answer.json().starts_with(head));
        }
    }

    #[test]
    fn a_notification_keeps_all_but_its_tie(
        meta in object(&["io.modelcontextprotocol/subscriptionId"]),
    ) {
        let told = message(&format!(r#"{{"method":"n","params":{{"uri":"u\u0061","_meta":{meta}}}}}"#));
        let name = "io.modelcontextprotocol/subscriptionId";
        let untied = untied(&told).unwrap();
        prop_assert_eq!(untied.members().unwrap().get("uri"), Some(r#""u\u0061""#));
        let left = untied.members().unwrap().get("_meta").unwrap_or("{}");
        prop_assert_eq!(without(left, &[]), without(&meta, &[name]));
        prop_assert!(without(&meta, &[name]).is_empty() || untied.json().contains("_meta"));
    }
}
