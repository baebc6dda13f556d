use std::collections::HashSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::{Named, Names};
use crate::aggregate::Route;
use crate::aggregate::scripted::{by_method, default, tool};

fn names(servers: &[&str], routes: Vec<Route>) -> Names {
    Names::new(servers.iter().map(|name| Arc::from(*name)).collect(), routes.into())
}

fn shown(names: &Names, server: usize, own: &str) -> Option<String> {
    names.shown(Named::Tool, server, own).map(std::borrow::Cow::into_owned)
}

#[test]
fn a_name_begins_with_its_server() {
    let names = names(&["a", "b"], vec![]);
    assert_eq!(shown(&names, 1, "read").as_deref(), Some("b__read"));
    assert_eq!(names.resolve(Named::Tool, "b__read"), Some((1, "read")));
    assert_eq!(names.resolve(Named::Prompt, "b__read"), Some((1, "read")));
    assert_eq!(names.resolve(Named::Tool, "b__a__read"), Some((1, "a__read")));
    assert_eq!(names.resolve(Named::Tool, "b___read"), Some((1, "_read")));
    assert_eq!(names.resolve(Named::Tool, "read"), None);
    assert_eq!(names.resolve(Named::Tool, "c__read"), None);
}

#[test]
fn routes_say_whose_a_plain_name_is() {
    let names = names(&["a", "b"], vec![tool("pay", "b"), default("a")]);
    assert_eq!(shown(&names, 1, "pay").as_deref(), Some("pay"));
    assert_eq!(shown(&names, 1, "other").as_deref(), Some("b__other"));
    assert_eq!(shown(&names, 0, "other").as_deref(), Some("other"));
    // Another server's plain name, and one that reads as another server's.
    assert_eq!(shown(&names, 0, "pay").as_deref(), Some("a__pay"));
    assert_eq!(shown(&names, 0, "b__other").as_deref(), Some("a__b__other"));
    // Routes of tools are no routes of prompts.
    assert_eq!(names.shown(Named::Prompt, 0, "pay").unwrap(), "pay");
    assert_eq!(names.told.lock().unwrap().len(), 2);
    shown(&names, 0, "pay");
    assert_eq!(names.told.lock().unwrap().len(), 2);
}

#[test]
fn of_two_routes_the_first_one_counts() {
    let names = names(&["a", "b"], vec![tool("pay", "b"), tool("pay", "a")]);
    assert_eq!(names.resolve(Named::Tool, "pay"), Some((1, "pay")));
    assert_eq!(shown(&names, 0, "pay").as_deref(), Some("a__pay"));
}

#[test]
fn a_route_may_name_a_tool_with_its_server() {
    let names = names(&["a", "b"], vec![tool("b__pay", "b")]);
    assert_eq!(names.resolve(Named::Tool, "b__pay"), Some((1, "pay")));
    assert_eq!(shown(&names, 1, "pay").as_deref(), Some("b__pay"));
    assert_eq!(shown(&names, 1, "b__pay").as_deref(), Some("b__b__pay"));
}

#[test]
fn what_no_name_leads_to_is_not_shown() {
    let taken = names(&["a", "b"], vec![tool("a__x", "b")]);
    assert_eq!(shown(&taken, 0, "x"), None);
    assert_eq!(shown(&taken, 1, "a__x").as_deref(), Some("a__x"));
    let all = names(&["a", "b"], vec![by_method("tools/", "b")]);
    assert_eq!(shown(&all, 0, "x"), None);
    assert_eq!(shown(&all, 1, "a__x").as_deref(), Some("a__x"));
    assert_eq!(all.shown(Named::Prompt, 0, "x").unwrap(), "a__x");
}

#[test]
fn the_only_server_shows_its_names_as_they_are() {
    let names = names(&["a"], vec![]);
    assert_eq!(shown(&names, 0, "x").as_deref(), Some("x"));
    assert_eq!(shown(&names, 0, "a__x").as_deref(), Some("a__a__x"));
    assert_eq!(names.resolve(Named::Tool, "a__x"), Some((0, "x")));
}

#[test]
fn a_route_to_no_server_leads_nowhere() {
    let names = names(&["a", "b"], vec![tool("pay", "c"), default("d")]);
    assert_eq!(names.resolve(Named::Tool, "pay"), None);
    assert_eq!(names.resolve(Named::Tool, "x"), None);
    assert_eq!(names.resolve(Named::Tool, "a__pay"), Some((0, "pay")));
}

#[test]
fn lists_are_of_everybody_unless_a_route_says_otherwise() {
    let names = names(
        &["a", "b", "c"],
        vec![
            tool("x", "a"),
            by_method("tools/", "b"),
            tool("y", "c"),
            by_method("prompts/list", "c"),
        ],
    );
    assert_eq!(names.listed("tools/list"), [0, 1]);
    assert_eq!(names.listed("prompts/list"), [2]);
    assert_eq!(names.listed("resources/list"), [0, 1, 2]);
}

const SERVERS: &str = "[ab-]{1,2}";
const TOOLS: &str = "([ab-]{0,2}_{0,3}){1,2}[ab_]{0,2}";

fn route() -> impl Strategy<Value = Route> {
    prop_oneof![
        4 => (TOOLS, SERVERS).prop_map(|(name, target)| tool(&name, &target)),
        1 => (prop_oneof!["tools/", "tools/call", "prompts/", "x"], SERVERS)
            .prop_map(|(prefix, target)| by_method(&prefix, &target)),
        1 => SERVERS.prop_map(|target| default(&target)),
    ]
}

proptest! {
    #[test]
    fn what_is_listed_leads_back_and_no_two_are_the_same(
        servers in prop::collection::hash_set(SERVERS, 1..5),
        tools in prop::collection::vec(prop::collection::hash_set(TOOLS, 0..8), 5),
        routes in prop::collection::vec(route(), 0..5),
    ) {
        let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
        let names = names(&servers, routes);
        for named in [Named::Tool, Named::Prompt] {
            let mut listed = HashSet::new();
            for (server, tools) in tools.iter().take(servers.len()).enumerate() {
                for own in tools {
                    let Some(name) = names.shown(named, server, own) else { continue };
                    prop_assert_eq!(names.resolve(named, &name), Some((server, own.as_str())));
                    prop_assert!(listed.insert(name.into_owned()));
                }
            }
        }
    }

    #[test]
    fn without_routes_everything_is_listed(
        servers in prop::collection::hash_set(SERVERS, 1..5),
        own in TOOLS,
    ) {
        let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
        let names = names(&servers, vec![]);
        for server in 0..servers.len() {
            prop_assert!(names.shown(Named::Tool, server, &own).is_some());
        }
    }
}
