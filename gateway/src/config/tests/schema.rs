use std::path::PathBuf;

use serde_json::Value;

use super::{FULL, lines, read};
use crate::config::json_schema;

fn schema() -> Value {
    serde_json::from_str(&json_schema()).unwrap()
}

fn value(yaml: &str) -> Value {
    serde_yaml::from_str(yaml).unwrap()
}

/// `UPDATE=1 cargo test -p mcp-guard-gateway schema` renews it.
#[test]
fn the_published_schema_is_current() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/mcp-guard.schema.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, json_schema()).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == json_schema(),
        "docs/mcp-guard.schema.json is stale; `UPDATE=1 cargo test -p mcp-guard-gateway schema` \
         renews it"
    );
}

/// A key of the schema, and the steps to the section that holds it.
struct Key {
    section: Vec<Step>,
    name: String,
    description: String,
}

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Item,
}

/// All keys of the schema.
fn keys() -> Vec<Key> {
    let schema = schema();
    let mut keys = Vec::new();
    walk(&schema, &schema, &mut Vec::new(), &mut keys);
    keys
}

fn walk(whole: &Value, schema: &Value, at: &mut Vec<Step>, keys: &mut Vec<Key>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = whole.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        walk(whole, target, at, keys);
    }
    for alternative in schema["anyOf"].as_array().into_iter().flatten() {
        walk(whole, alternative, at, keys);
    }
    if schema["items"].is_object() {
        at.push(Step::Item);
        walk(whole, &schema["items"], at, keys);
        at.pop();
    }
    if schema["additionalProperties"].is_object() {
        at.push(Step::Key("any-name".to_owned()));
        walk(whole, &schema["additionalProperties"], at, keys);
        at.pop();
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let description = property["description"].as_str().unwrap_or_default().to_owned();
        keys.push(Key { section: at.clone(), name: name.clone(), description });
        at.push(Step::Key(name.clone()));
        walk(whole, property, at, keys);
        at.pop();
    }
}

/// A file with nothing but one key, and the line that it stands on.
fn file_with(section: &[Step], key: &str, value: &str) -> (String, usize) {
    let mut text = String::new();
    let (mut indent, mut line, mut item) = (0, 1, false);
    let mut push = |name: &str, rest: &str, item: bool, indent: usize| {
        let dash = if item { "- " } else { "" };
        text.push_str(&format!("{}{dash}{name}:{rest}\n", " ".repeat(indent)));
    };
    for step in section {
        match step {
            Step::Item => item = true,
            Step::Key(name) => {
                push(name, "", item, indent);
                indent += if item { 4 } else { 2 };
                item = false;
                line += 1;
            }
        }
    }
    push(key, &format!(" {value}"), item, indent);
    (text, line)
}

/// The key with each letter left out, and with each two letters swapped.
fn typos(key: &str) -> Vec<String> {
    let letters: Vec<char> = key.chars().collect();
    let dropped = (0..letters.len()).map(|at| {
        letters.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, c)| c).collect()
    });
    let swapped = (1..letters.len()).map(|at| {
        let mut letters = letters.clone();
        letters.swap(at - 1, at);
        letters.into_iter().collect()
    });
    dropped.chain(swapped).filter(|typo: &String| typo != key && !typo.is_empty()).collect()
}

#[test]
fn every_key_has_a_description_and_stands_in_the_full_file() {
    let keys = keys();
    assert!(keys.len() > 40, "{}", keys.len());
    for key in &keys {
        assert!(key.description.ends_with('.'), "{}", key.name);
        let wanted = format!("{}:", key.name);
        assert!(FULL.contains(&wanted), "{}", key.name);
    }
}

#[test]
fn every_key_is_known_to_the_reader() {
    for key in keys() {
        for name in [key.name.clone(), key.name.replace('_', "-")] {
            let (text, _) = file_with(&key.section, &name, "x");
            if let Err(faults) = read(&text) {
                assert!(!lines(&faults).contains("unknown key"), "{text}{}", lines(&faults));
            }
        }
    }
}

#[test]
fn a_typo_in_any_key_is_told_with_its_line_and_the_right_key() {
    let mut tried = 0;
    for key in keys() {
        for typo in typos(&key.name) {
            let (text, line) = file_with(&key.section, &typo, "x");
            let faults = read(&text).expect_err(&text);
            let fault = faults
                .iter()
                .find(|fault| fault.message.starts_with(&format!("unknown key `{typo}`; ")))
                .unwrap_or_else(|| panic!("{text}{}", lines(&faults)));
            assert_eq!(fault.line, line, "{text}{fault}");
            let rest = &fault.message[format!("unknown key `{typo}`; ").len()..];
            let names = |names: &str| names.split(", ").any(|name| name == key.name);
            let told = rest == format!("did you mean `{}`?", key.name)
                || rest.strip_prefix("there are ").is_some_and(names);
            assert!(told, "{text}{fault}");
            tried += 1;
        }
    }
    assert!(tried > 500, "{tried}");
}

#[test]
fn a_key_cannot_stand_twice_in_two_spellings() {
    for key in keys().into_iter().filter(|key| key.name.contains('_')) {
        let (text, _) = file_with(&key.section, &key.name, "x");
        let line = text.lines().last().unwrap();
        let other = line.replace(&key.name, &key.name.replace('_', "-")).replace("- ", "  ");
        let text = format!("{text}{other}\n");
        let faults = read(&text).expect_err(&text);
        let wanted = format!("`{}` stands here a second time", key.name);
        assert!(faults.iter().any(|fault| fault.message == wanted), "{text}{}", lines(&faults));
    }
}

#[test]
fn the_schema_takes_what_the_reader_takes() {
    let schema = schema();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for text in [FULL, "{}", "version: 1", "policies: {audit_log: ./a.jsonl}", "listen: 8787"] {
        let problems: Vec<_> = validator.iter_errors(&value(text)).map(|e| e.to_string()).collect();
        assert!(problems.is_empty(), "{text}\n{problems:?}");
        assert!(read(text).is_ok(), "{text}");
    }
    for text in [
        "version: 2",
        "polices: {}",
        "auth: {mode: apikey}",
        "auth: {mode: jwt}",
        "policies: {deny: []}",
        "servers: {a: {comand: x}}",
        "http: {max_body: much}",
        "limits: {max_line: 1}",
        "servers: {a: {command: x, timeout: 60}}",
    ] {
        assert!(!validator.is_valid(&value(text)), "{text}");
        assert!(read(text).is_err(), "{text}");
    }
}
