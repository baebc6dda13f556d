use proptest::prelude::*;

use super::*;
use crate::http::value::ValueError;

const VERSION: &str = "2026-07-28";

fn call(name: &str) -> BodyFacts<'_> {
    BodyFacts { method: "tools/call", name: Some(name), protocol_version: Some(VERSION) }
}

fn headers(fields: &[(&str, &str)]) -> HeaderMap {
    fields
        .iter()
        .map(|(name, value)| {
            (
                name.parse::<HeaderName>().unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            )
        })
        .collect()
}

fn whole(method: &str, name: &str) -> HeaderMap {
    headers(&[("MCP-Protocol-Version", VERSION), ("MCP-METHOD", method), ("Mcp-Name", name)])
}

#[track_caller]
fn fault(headers: &HeaderMap, body: &BodyFacts<'_>, problem: HeaderProblem, header: &HeaderName) {
    assert_eq!(validate(headers, body, false), Err(HeaderFault::new(header, problem)));
}

#[test]
fn fields_that_say_what_the_body_says_pass() {
    assert_eq!(validate(&whole("tools/call", "add"), &call("add"), false), Ok(()));
    assert_eq!(validate(&whole(" tools/call\t", " add "), &call("add"), false), Ok(()));
    assert_eq!(validate(&whole("tools/call", "=?base64?w6k=?="), &call("\u{e9}"), false), Ok(()));
    assert_eq!(validate(&whole("tools/call", "=?base64?YWRk?="), &call("add"), false), Ok(()));
    let body = BodyFacts { method: "tools/list", name: None, ..call("") };
    assert_eq!(validate(&whole("tools/list", "any"), &body, false), Ok(()));
}

#[test]
fn a_missing_field_is_named() {
    use HeaderProblem::Missing;
    let all = whole("tools/call", "add");
    for header in [MCP_PROTOCOL_VERSION, MCP_METHOD, MCP_NAME] {
        let mut some = all.clone();
        some.remove(&header);
        fault(&some, &call("add"), Missing, &header);
        assert_eq!(validate(&some, &call("add"), true), Ok(()));
    }
}

#[test]
fn a_repeated_field_is_refused_even_if_its_values_are_equal() {
    for header in [MCP_PROTOCOL_VERSION, MCP_METHOD, MCP_NAME] {
        let mut twice = whole("tools/call", "add");
        twice.append(&header, twice[&header].clone());
        fault(&twice, &call("add"), HeaderProblem::Repeated, &header);
    }
    fault(&whole("tools/call", "add, add"), &call("add"), HeaderProblem::Mismatch, &MCP_NAME);
}

#[test]
fn a_field_that_says_something_else_is_refused() {
    use HeaderProblem::{Mismatch, Unexpected};
    fault(&whole("TOOLS/CALL", "add"), &call("add"), Mismatch, &MCP_METHOD);
    fault(&whole("=?base64?dG9vbHMvY2FsbA==?=", "add"), &call("add"), Mismatch, &MCP_METHOD);
    fault(&whole("tools/call", "ADD"), &call("add"), Mismatch, &MCP_NAME);
    fault(&whole("tools/call", "=?BASE64?YWRk?="), &call("add"), Mismatch, &MCP_NAME);
    let nameless = BodyFacts { name: None, ..call("") };
    fault(&whole("tools/call", "add"), &nameless, Unexpected, &MCP_NAME);
    let older = BodyFacts { protocol_version: Some("2025-11-25"), ..call("add") };
    fault(&whole("tools/call", "add"), &older, Mismatch, &MCP_PROTOCOL_VERSION);
    let notification = BodyFacts { method: "notifications/cancelled", name: None, ..call("") };
    assert!(validate(&whole("tools/call", "add"), &notification, true).is_err());
}

#[test]
fn a_value_that_is_none_is_refused() {
    fault(&whole("tools/call", "\u{e9}"), &call("\u{e9}"), ValueError::Character.into(), &MCP_NAME);
    fault(
        &whole("tools/call", "=?base64?YWRk=?="),
        &call("add"),
        ValueError::Encoding.into(),
        &MCP_NAME,
    );
    fault(&whole("\u{e9}", "add"), &call("add"), ValueError::Character.into(), &MCP_METHOD);
}

#[test]
fn what_the_body_lacks_is_left_to_its_own_check() {
    let bare = BodyFacts { method: "tools/call", name: None, protocol_version: None };
    let fields = headers(&[("mcp-protocol-version", VERSION), ("mcp-method", "tools/call")]);
    assert_eq!(validate(&fields, &bare, false), Ok(()));
}

#[test]
fn the_message_names_the_field_and_not_the_value() {
    let fault = validate(&whole("tools/call", "secret"), &call("add"), false).unwrap_err();
    assert_eq!(fault.to_string(), "Header mismatch: mcp-name does not match the body");
    let fault = validate(&whole("tools/call", "=?base64?!?="), &call("add"), false).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "Header mismatch: mcp-name is marked as Base64 and is not, or is not UTF-8 in it"
    );
    assert_eq!((HeaderFault::STATUS.as_u16(), HeaderFault::CODE), (400, -32020));
}

#[test]
fn every_method_with_a_name_says_where_it_is() {
    let keys = ["tools/call", "prompts/get", "resources/read", "tasks/get", "tasks/list"]
        .map(|method| NameSource::of(method).map(NameSource::key));
    assert_eq!(keys, [Some("name"), Some("name"), Some("uri"), Some("taskId"), None]);
}

#[test]
fn what_cannot_be_written_is_told() {
    for method in ["a\r\nx: y", "caf\u{e9}", " a", "a\t"] {
        let body = BodyFacts { method, ..BodyFacts::default() };
        assert_eq!(for_request(&body), Err(Unwritable { header: MCP_METHOD }), "{method:?}");
    }
    let body = BodyFacts { method: "ping", protocol_version: Some("\n"), name: None };
    assert_eq!(for_request(&body), Err(Unwritable { header: MCP_PROTOCOL_VERSION }));
}

proptest! {
    #[test]
    fn what_is_written_is_valid(
        method in "(tools/call|resources/read|tasks/get|tools/list|x/[!-~]{0,8})",
        name in "(?s).{0,20}",
        version in "[!-~]{1,10}",
    ) {
        let body = BodyFacts {
            method: &method,
            name: NameSource::of(&method).map(|_| name.as_str()),
            protocol_version: Some(&version),
        };
        let headers = for_request(&body).unwrap();
        prop_assert_eq!(validate(&headers, &body, false), Ok(()));
        prop_assert_eq!(headers.contains_key(MCP_NAME), body.name.is_some());
    }

    #[test]
    fn another_name_never_passes(name in ".{0,10}", other in ".{0,10}") {
        let headers = for_request(&call(&name)).unwrap();
        prop_assert_eq!(validate(&headers, &call(&other), false).is_ok(), name == other);
    }
}
