use std::borrow::Cow;

use proptest::prelude::*;
use serde::de::DeserializeSeed;

use super::{Condition, ConditionSeed, Field, FieldType, Record, Schema, Value};

const fn field(name: &'static str, kind: FieldType) -> Field {
    Field { name, kind, list: false, values: &[], sensitive: false, doc: "" }
}

const SCHEMA: Schema = Schema {
    name: "url",
    fields: [
        &[
            Field { values: &["http", "https"], ..field("scheme", FieldType::Text) },
            field("host", FieldType::Host),
            field("port", FieldType::Number),
            field("secure", FieldType::Flag),
            field("path", FieldType::Path),
        ],
        &[
            Field { list: true, ..field("headers", FieldType::Name) },
            field("version", FieldType::Version),
        ],
    ],
};

struct Url {
    headers: Vec<String>,
    path: String,
    version: Option<String>,
}

impl Record for Url {
    fn value(&self, field: usize) -> Value<'_> {
        match field {
            0 => Value::Text("https"),
            1 => Value::Text("API.example.com"),
            2 => Value::Number(8443.0),
            3 => Value::Flag(true),
            4 => Value::Text(&self.path),
            5 => Value::List(&self.headers),
            6 => self.version.as_deref().map_or(Value::Absent, Value::Text),
            _ => Value::Absent,
        }
    }
}

fn url() -> Url {
    Url {
        headers: vec!["X-Api-Key".to_owned(), "Accept".to_owned()],
        path: "/data/../etc/passwd".to_owned(),
        version: None,
    }
}

fn read(text: &str) -> Result<Condition, String> {
    ConditionSeed(&SCHEMA)
        .deserialize(serde_yaml::Deserializer::from_str(text))
        .map_err(|error| error.to_string())
}

#[track_caller]
fn holds(text: &str) -> bool {
    read(text).unwrap_or_else(|error| panic!("{text}: {error}")).holds(&url())
}

#[test]
fn values_lists_and_operators() {
    assert!(holds("{}"));
    assert!(holds("scheme: https"));
    assert!(!holds("scheme: http"));
    assert!(holds("scheme: [http, https]"));
    assert!(holds("{scheme: https, port: 8443, secure: true}"));
    assert!(!holds("{scheme: https, port: 443}"));
    assert!(holds("port: { range: { min: 1024 } }"));
    assert!(!holds("port: { range: { max: 1024 } }"));
    assert!(holds("host: api.EXAMPLE.com"));
    assert!(holds("host: { host_in: ['*.example.com'] }"));
    assert!(!holds("host: { host_in: ['*.example.org'] }"));
    assert!(holds("path: { path_within: /etc }"));
    assert!(!holds("path: { path_within: /data }"));
    assert!(holds("host: { regex: '(?i)^api\\.' }"));
    assert!(holds("scheme: { glob: 'http*', exists: true }"));
}

#[test]
fn lists_absent_values_and_negation() {
    assert!(holds("headers: x-api-key"));
    assert!(holds("headers: { glob: 'x-*' }"));
    assert!(!holds("headers: authorization"));
    assert!(holds("not: { headers: authorization }"));
    assert!(!holds("version: { version_in: { npm: '*' } }"));
    assert!(holds("version: { exists: false }"));
    assert!(holds("not: { version: '1.0.0' }"));
    assert!(holds("any: [{ scheme: http }, { port: 8443 }]"));
    assert!(!holds("all: [{ scheme: https }, { not: { port: 8443 } }]"));
    assert!(holds("not: { all: [{ scheme: http }, { port: 8443 }] }"));
}

#[test]
fn a_fault_is_named_with_its_place_and_the_nearest_name() {
    let faults = [
        "schem: https",
        "scheme: htp",
        "scheme:\n  globs: h*",
        "port: high",
        "secure: 1",
        "version: 1.10",
        "scheme: [http,\n  htps]",
        "scheme: []",
        "scheme: { in: http }",
        "scheme: { glob: [] }",
        "scheme: { glob: { a: b } }",
        "scheme:",
        "scheme: {}",
        "scheme: http\nport: 1\nscheme: https",
        "port: { range: { min: 1 }, range: { max: 2 } }",
        "port: { range: {} }",
        "port: { range: { min: 1,\n  mx: 2 } }",
        "port: { range: { min: low } }",
        "path:\n  path_within:\n    host_in: x",
        "headers: { exists: maybe }",
        "host: '*.exa*mple.com'",
        "host: { host_in: [a.example.com,\n  'https://b.example.com'] }",
        "host: { regex: '(' }",
        "host: { regex: '(a{1000}){1000}' }",
        "host: { regex: 'x{1000}{1000}{1000}{1000}' }",
        "host: { cidr_in: [10.0.0.0/40] }",
        "version: { version_in: { npm: 'not a range' } }",
        "version: { version_in: { maven: '1' } }",
        "version: { version_in: {} }",
        "any: []",
        "port: { range: { min: 2, max: 1 } }",
        "scheme: https\nany:\n- hots: x\n",
        "scheme: https\nany:\n- {}\n- not:\n    all:\n    - scheme: https\n      prt: 1",
        "[a, b]",
    ];
    let told: Vec<String> =
        faults.iter().map(|text| format!("{text}\n  -> {}", read(text).expect_err(text))).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_node_that_points_forward_is_refused() {
    use super::Node;
    let looping = Condition::from_nodes(Cow::Owned(vec![Node::Not(0)]));
    assert!(looping.holds(&url()));
    let forward = Condition::from_nodes(Cow::Owned(vec![Node::All(Cow::Owned(vec![5]))]));
    assert!(!forward.holds(&url()));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z:{}\\[\\], \n0-9'*.-]{0,60}") {
        if let Ok(condition) = read(&text) {
            let _ = condition.holds(&url());
        }
    }
}
