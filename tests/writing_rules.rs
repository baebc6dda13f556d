//! Everything that `docs/writing-rules.md` shows is so: its rules load and are what their examples
//! say, its fragments load, its commands print what stands there.
//! `UPDATE=1 cargo test --test writing_rules` renews what they print.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::collections::BTreeSet;

use mcp_guard_detect::condition::Keyword;
use mcp_guard_scanner::rules::Rule;
use support::root;
use support::run::World;

/// A fenced block of the page.
#[derive(Debug)]
struct Block {
    language: String,
    text: String,
}

const PAGE: &str = "docs/writing-rules.md";

fn page() -> String {
    std::fs::read_to_string(root().join(PAGE)).unwrap()
}

fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in page().lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                open = Some(Block { language: language.to_owned(), text: String::new() });
            }
            (Some(_), Some("")) => blocks.extend(open.take()),
            (Some(block), _) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// What a block of YAML is.
enum Shown {
    /// A whole rule.
    Rule(Box<Rule>),
    /// The `detect` of a rule.
    Fragment,
    /// A file with a mistake, at this path.
    Broken(String),
}

fn shown(text: &str) -> Shown {
    match text.split_once('\n') {
        Some((first, _)) if first.starts_with("# ") => Shown::Broken(first[2..].to_owned()),
        Some((first, _)) if first.starts_with("id: ") => {
            let rule = Rule::read(text).unwrap_or_else(|fault| panic!("{fault}: {text}"));
            Shown::Rule(Box::new(rule))
        }
        Some(("detect:", _)) => Shown::Fragment,
        _ => panic!("neither rule nor fragment nor broken: {text}"),
    }
}

fn yaml() -> Vec<(String, Shown)> {
    let blocks = blocks().into_iter().filter(|block| block.language == "yaml");
    blocks.map(|block| (block.text.clone(), shown(&block.text))).collect()
}

fn rules() -> Vec<(String, Box<Rule>)> {
    yaml()
        .into_iter()
        .filter_map(|(text, shown)| match shown {
            Shown::Rule(rule) => Some((text, rule)),
            Shown::Fragment | Shown::Broken(_) => None,
        })
        .collect()
}

/// A world in which the rules of the page lie in `house/`, as they stand there.
fn house() -> World {
    let world = World::new();
    for (text, rule) in rules() {
        world.bytes(&format!("house/{}.yaml", rule.id), text.as_bytes());
    }
    world
}

#[test]
fn every_rule_of_the_page_is_what_its_examples_say() {
    let world = house();
    let ids: Vec<String> = rules().iter().map(|(_, rule)| rule.id.to_string()).collect();
    assert!(ids.len() >= 12, "{ids:?}");
    let listed = world.run(&["rules", "--rules", "house"]);
    listed.ended(0).says(&ids.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_scan_with_the_rules_finds_the_examples_and_not_the_others() {
    let house = house();
    let rules_at = house.work("house");
    for (_, rule) in rules() {
        for (examples, wanted) in [(&rule.examples, true), (&rule.counter_examples, false)] {
            for example in examples.iter() {
                let world = World::new();
                let beside = example.beside.iter().map(|beside| (&beside.file, &beside.text));
                for (file, text) in beside.chain([(&example.file, &example.text)]) {
                    match file.strip_prefix("home/") {
                        Some(below) => world.home_file(below, text),
                        None => world.file(file, text),
                    };
                }
                let rules_at = rules_at.to_str().unwrap();
                let ran = world.run(&[
                    "scan",
                    "--home",
                    "--rules",
                    rules_at,
                    "--select",
                    &rule.id,
                    "--persona",
                    "auditor",
                    "--fail-on",
                    "info",
                    "--format",
                    "json",
                    ".",
                ]);
                ran.ended(i32::from(wanted));
                let found = ran.json()["findings"].as_array().unwrap().len();
                assert_eq!(found > 0, wanted, "{}: {}", rule.id, example.text);
            }
        }
    }
}

#[test]
fn every_fragment_loads_and_every_operator_is_shown() {
    let world = World::new();
    let (first, _) = rules().swap_remove(0);
    let (head, rest) = first.split_once("detect:\n").unwrap();
    let (_, tail) = rest.split_once("\nmessage:").unwrap();
    let mut count = 0;
    for (text, shown) in yaml() {
        if !matches!(shown, Shown::Fragment) {
            continue;
        }
        count += 1;
        let tail = tail.split_once('\n').unwrap().1;
        let rule = format!("{head}{text}message: \"Server `{{server}}`.\"\n{tail}");
        world.file("house/fragment.yaml", &rule);
        world.run(&["scan", "--rules", "house", "--no-home", "."]).ended(0);
    }
    assert!(count >= 2);
    let all: String = yaml().into_iter().map(|(text, _)| text).collect();
    for keyword in Keyword::ALL {
        assert!(all.contains(&format!("{}:", keyword.name())), "{}", keyword.name());
    }
}

#[test]
fn every_command_prints_what_the_page_says() {
    let house = house();
    for (text, shown) in yaml() {
        if let Shown::Broken(path) = shown {
            house.bytes(&path, text.as_bytes());
        }
    }
    let json = blocks().into_iter().find(|block| block.language == "json").unwrap();
    house.file(".mcp.json", &json.text);
    let mut current = page();
    let mut shown = BTreeSet::new();
    for block in blocks().into_iter().filter(|block| block.language == "console") {
        for session in block.text.split("$ mcp-guard ").filter(|session| !session.is_empty()) {
            let (line, printed) = session.split_once('\n').unwrap();
            let words: Vec<&str> = line.split(' ').collect();
            let ran = house.run(&words);
            let broken = line.contains("broken");
            assert_eq!(ran.code == Some(2), broken, "{line}: {}", ran.stderr);
            if !printed.is_empty() {
                let prints = format!("{}{}", ran.stdout, ran.stderr);
                current = current.replacen(
                    &format!("{line}\n{printed}```"),
                    &format!("{line}\n{prints}```"),
                    1,
                );
                shown.insert(broken);
            }
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(root().join(PAGE), &current).unwrap();
    }
    assert_eq!(page(), current, "`UPDATE=1 cargo test --test writing_rules` renews {PAGE}");
    assert_eq!(shown.len(), 2, "a scan and its errors are shown");
}

/// The keys that the reader names where an unknown one stands.
fn keys(text: &str) -> Vec<String> {
    let fault = Rule::read(text).expect_err("there is no such key");
    let (_, keys) = fault.message.split_once("there are ").unwrap();
    keys.split(", ").map(str::to_owned).collect()
}

#[test]
fn every_key_is_explained() {
    let page = page();
    let explained = |key: &String| page.contains(&format!("`{key}`"));
    let of_rule = keys("0: 1");
    let of_block = keys("detect:\n- 0: 1");
    let of_example = keys("examples:\n- 0: 1");
    assert!(of_rule.len() > 12 && of_block.len() > 5 && of_example.len() > 3);
    for key in of_rule.iter().chain(&of_block).chain(&of_example) {
        assert!(explained(key), "{key}");
    }
}
