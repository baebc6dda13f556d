use std::sync::Arc;

use super::{Route, route};
use crate::aggregate::catalogue::Catalogue;
use crate::aggregate::names::Names;
use crate::aggregate::scripted::{by_method, default, message, tool};
use crate::pipeline::{Denial, Target};

/// Where it goes and as what, or why not.
fn routed(servers: &[&str], routes: Vec<Route>, json: &str) -> String {
    let catalogue = Catalogue::new();
    catalogue.learn("file:///a", 1);
    catalogue.learn_template("db://{table}", 1);
    catalogue.learn_task("t1", 1);
    let names = Names::new(servers.iter().map(|name| Arc::from(*name)).collect(), routes.into());
    match route(&names, &catalogue, message(json)) {
        Ok((Target::Server(server), message)) if message.json() == json => {
            format!("{server}: same")
        }
        Ok((Target::Server(server), message)) => format!("{server}: {}", message.json()),
        Ok((Target::Gateway, message)) if message.json() == json => "gateway".to_owned(),
        Ok((Target::Gateway, message)) => format!("gateway: {}", message.json()),
        Err(Denial::Refusal(refusal)) => refusal.code.name().to_owned(),
        Err(Denial::Fault(fault)) => fault.code.to_string(),
    }
}

fn two(json: &str) -> String {
    routed(&["a", "b"], vec![], json)
}

#[test]
fn names_lead_to_their_servers() {
    for (json, to) in [
        (
            r#"{"id":1,"method":"tools/call","params":{ "arguments":{"n":1.0}, "name" : "b__x" }}"#,
            r#"b: {"id":1,"method":"tools/call","params":{ "arguments":{"n":1.0}, "name" : "x" }}"#,
        ),
        (
            r#"{"id":1,"method":"tools/call","params":{"name":"b\u005f_x\u00e9"}}"#,
            r#"b: {"id":1,"method":"tools/call","params":{"name":"xé"}}"#,
        ),
        (
            r#"{"id":1,"method":"tools/call","params":{"name":"b__x\u00e9"}}"#,
            r#"b: {"id":1,"method":"tools/call","params":{"name":"x\u00e9"}}"#,
        ),
        (
            r#"{"id":1,"method":"prompts/get","params":{"name":"a__b__x"}}"#,
            r#"a: {"id":1,"method":"prompts/get","params":{"name":"b__x"}}"#,
        ),
        (
            r#"{"id":1,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"b__x"},"argument":{"name":"b__y"}}}"#,
            r#"b: {"id":1,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"x"},"argument":{"name":"b__y"}}}"#,
        ),
        (r#"{"id":1,"method":"tools/call","params":{"name":"x"}}"#, "no_route_matched"),
        (r#"{"id":1,"method":"tools/call","params":{"name":"c__x"}}"#, "no_route_matched"),
        (r#"{"id":1,"method":"tools/call","params":{"name":5}}"#, "-32602"),
        (r#"{"id":1,"method":"tools/call"}"#, "-32602"),
        (r#"{"id":1,"method":"tools/call","params":{"name":"a__x","name":"b__x"}}"#, "-32602"),
    ] {
        assert_eq!(two(json), to, "{json}");
    }
}

#[test]
fn resources_and_tasks_lead_to_their_owners() {
    for (json, to) in [
        (r#"{"id":1,"method":"resources/read","params":{"uri":"file:///a"}}"#, "b: same"),
        (r#"{"id":1,"method":"resources/read","params":{"uri":"db://users"}}"#, "b: same"),
        (r#"{"id":1,"method":"resources/read","params":{"uri":"file:///b"}}"#, "gateway"),
        (r#"{"id":1,"method":"resources/subscribe","params":{"uri":"file:///a"}}"#, "b: same"),
        (r#"{"id":1,"method":"resources/unsubscribe","params":{"uri":"file:///b"}}"#, "gateway"),
        (r#"{"id":1,"method":"tasks/get","params":{"taskId":"t1"}}"#, "b: same"),
        (r#"{"id":1,"method":"tasks/get","params":{"taskId":"t2"}}"#, "no_route_matched"),
        (r#"{"id":1,"method":"tasks/list"}"#, "gateway"),
        (
            r#"{"id":1,"method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":"db://{table}"}}}"#,
            "b: same",
        ),
        (
            r#"{"id":1,"method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":"x://{y}"}}}"#,
            "no_route_matched",
        ),
    ] {
        assert_eq!(two(json), to, "{json}");
    }
}

#[test]
fn the_gateway_answers_what_is_for_all() {
    for method in [
        "initialize",
        "notifications/initialized",
        "notifications/cancelled",
        "notifications/progress",
        "notifications/roots/list_changed",
        "server/discover",
        "ping",
        "tools/list",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "logging/setLevel",
        "subscriptions/listen",
    ] {
        assert_eq!(two(&format!(r#"{{"id":1,"method":"{method}"}}"#)), "gateway", "{method}");
    }
    assert_eq!(two(r#"{"id":1,"method":"x/y"}"#), "no_route_matched");
    assert_eq!(two(r#"{"method":"notifications/x"}"#), "no_route_matched");
}

#[test]
fn a_client_may_say_which_server_it_means() {
    for (json, to) in [
        (
            r#"{"id":1,"method":"tools/call","params":{"name":"a__x","_meta":{"target_server":"b","progressToken":1}}}"#,
            r#"b: {"id":1,"method":"tools/call","params":{"name":"a__x","_meta":{"progressToken":1}}}"#,
        ),
        (
            r#"{"id":1,"method":"x/y","params":{"_meta":{"target\u005fserver":"a"}}}"#,
            r#"a: {"id":1,"method":"x/y","params":{"_meta":{}}}"#,
        ),
        (
            r#"{"id":1,"method":"tools/list","params":{"_meta":{"target_server":"a"}}}"#,
            r#"a: {"id":1,"method":"tools/list","params":{"_meta":{}}}"#,
        ),
        (
            r#"{"id":1,"method":"initialize","params":{"_meta":{"target_server":"a"}}}"#,
            r#"gateway: {"id":1,"method":"initialize","params":{"_meta":{}}}"#,
        ),
        (
            r#"{"id":1,"method":"ping","params":{"_meta":{"target_server":"c"}}}"#,
            "no_route_matched",
        ),
        (r#"{"id":1,"method":"ping","params":{"_meta":{"target_server":1}}}"#, "no_route_matched"),
        (
            r#"{"id":1,"method":"ping","params":{"_meta":{"target_server":"a","target_server":"b"}}}"#,
            "-32602",
        ),
        (r#"{"id":1,"method":"ping","params":{"x":"target_server"}}"#, "gateway"),
    ] {
        assert_eq!(two(json), to, "{json}");
    }
}

#[test]
fn routes_go_in_their_order() {
    let routes = vec![
        tool("pay", "b"),
        by_method("tools/call", "a"),
        by_method("x/", "b"),
        by_method("x/y", "a"),
        by_method("ping", "nobody"),
        by_method("notifications/", "a"),
        by_method("prompts/list", "nobody"),
        default("b"),
    ];
    for (json, to) in [
        (r#"{"id":1,"method":"tools/call","params":{"name":"pay"}}"#, "b: same"),
        (r#"{"id":1,"method":"tools/call","params":{"name":"b__x"}}"#, "a: same"),
        (r#"{"id":1,"method":"x/y"}"#, "b: same"),
        (r#"{"id":1,"method":"z"}"#, "b: same"),
        (r#"{"id":1,"method":"ping"}"#, "no_route_matched"),
        (r#"{"id":1,"method":"prompts/list"}"#, "no_route_matched"),
        (r#"{"method":"notifications/roots/list_changed"}"#, "a: same"),
        (r#"{"method":"notifications/initialized"}"#, "gateway"),
        (r#"{"id":1,"method":"prompts/get","params":{"name":"x"}}"#, "b: same"),
        (r#"{"id":1,"method":"resources/read","params":{"uri":"file:///b"}}"#, "b: same"),
        (r#"{"id":1,"method":"tools/list"}"#, "gateway"),
    ] {
        assert_eq!(routed(&["a", "b"], routes.clone(), json), to, "{json}");
    }
    // What the client says comes before them.
    let json =
        r#"{"id":1,"method":"tools/call","params":{"name":"pay","_meta":{"target_server":"a"}}}"#;
    let to = r#"a: {"id":1,"method":"tools/call","params":{"name":"pay","_meta":{}}}"#;
    assert_eq!(routed(&["a", "b"], routes, json), to);
}

#[test]
fn the_only_server_gets_the_rest() {
    let one = |json: &str| routed(&["a"], vec![], json);
    assert_eq!(one(r#"{"id":1,"method":"x/y"}"#), "a: same");
    assert_eq!(one(r#"{"id":1,"method":"tools/call","params":{"name":"x"}}"#), "a: same");
    assert_eq!(
        one(r#"{"id":1,"method":"resources/read","params":{"uri":"file:///b"}}"#),
        "a: same"
    );
}
