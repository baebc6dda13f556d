//! What a report shows and how it knows a finding again.
#![expect(clippy::disallowed_methods, reason = "the fixtures are files")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use mcp_guard_detect::secret::{self, template};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Excerpt, Finding, Judge, visible};
use crate::client::{Catalogue, DIALECTS};
use crate::facts::Blots;
use crate::problem::Span;
use crate::report::{Report, write_json};
use crate::rules::{Persona, RULES, Severity};
use crate::scan::{Input, Scanner};
use crate::scanned::{FileReport, ScannedServer};
use crate::syntax::{Document, Format, Limits};

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| Scanner {
    judge: Judge::new(&RULES, Persona::Auditor, Severity::Info),
    catalogue: Catalogue::new(&DIALECTS),
    limits: Limits { yaml_nodes: 20_000, ..Limits::default() },
    keeps_lines: false,
});

fn scan(path: &str, bytes: &[u8]) -> FileReport {
    SCANNER.scan(&Input::named(path, bytes)).expect("a file that was named is reported")
}

/// Each secret format with its examples, as templates.
static EXAMPLES: LazyLock<Vec<(String, Vec<String>)>> = LazyLock::new(|| {
    #[derive(serde::Deserialize)]
    struct Listed {
        id: String,
        examples: Vec<serde_yaml::Value>,
    }
    let mut found = Vec::new();
    for (_, path) in files(&root().join("rules/secrets")) {
        let text = std::fs::read_to_string(path).unwrap();
        let listed: Vec<Listed> = serde_yaml::from_str(&text).unwrap();
        found.extend(listed.into_iter().map(|format| {
            let texts = format.examples.iter().filter_map(|example| example.as_str());
            (format.id, texts.map(str::to_owned).collect())
        }));
    }
    found
});

/// The files of the fixtures with their paths as a project has them, secrets put in.
static FIXTURES: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let mut found = Vec::new();
    for folder in ["fixtures/rules", "fixtures/clients"] {
        for (path, file) in files(&root().join(folder)) {
            let bytes = std::fs::read(file).unwrap();
            let bytes = match String::from_utf8(bytes) {
                Ok(text) => filled(&text).into_bytes(),
                Err(error) => error.into_bytes(),
            };
            // `rule/bad/case/.mcp.json` is `.mcp.json` of a project.
            let path = path.split('/').skip(2).collect::<Vec<_>>().join("/");
            found.push((path, bytes));
        }
    }
    assert!(found.len() > 100);
    found
});

fn filled(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{secret:") {
        let (id, behind) = after.split_once("}}").unwrap();
        let (_, examples) = EXAMPLES.iter().find(|(known, _)| known == id).unwrap();
        out.push_str(before);
        out.push_str(&template::expand(&examples[0], id));
        rest = behind;
    }
    out + rest
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files(directory: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let below = path.strip_prefix(directory).unwrap().to_string_lossy();
                found.push((below.replace('\\', "/"), path));
            }
        }
    }
    found.sort();
    found
}

/// Everything of a report that somebody gets to see, secrets of strangers included.
fn shown(report: &FileReport) -> Vec<String> {
    let mut shown = Vec::new();
    for finding in &report.findings {
        shown.push(finding.message.clone());
        shown.push(finding.fingerprint.clone());
        shown.extend(finding.excerpt.iter().map(|excerpt| excerpt.text.clone()));
    }
    for ScannedServer { shown: server, .. } in &report.servers {
        shown.extend(server.command.iter().map(ToString::to_string));
        shown.extend(server.args.iter().map(ToString::to_string));
        shown.extend(server.url.iter().map(ToString::to_string));
        shown.extend(server.image.iter().map(ToString::to_string));
        if let Some(package) = &server.package {
            shown.push(package.name.to_string());
            shown.extend(package.version.iter().map(ToString::to_string));
        }
    }
    let report = Report::new("t", "0", vec![report.clone()], Severity::Info);
    let mut json = Vec::new();
    write_json(&report, &mut json).unwrap();
    shown.push(String::from_utf8(json).unwrap());
    shown
}

/// Pieces of eight characters that only this secret has: what the template leaves to chance.
fn pieces(example: &str, name: Option<&str>, seed: &str) -> (String, BTreeSet<String>) {
    let windows = |text: &str, ranges: &[std::ops::Range<usize>]| {
        let mut found = BTreeSet::new();
        for range in ranges {
            let characters: Vec<char> = text[range.clone()].chars().collect();
            found.extend(characters.windows(8).map(|window| window.iter().collect::<String>()));
        }
        found
    };
    let text = template::expand(example, seed);
    let other = template::expand(example, "another seed");
    let matches = secret::find(name, &text);
    let ranges: Vec<_> = matches.iter().map(|found| found.start..found.end).collect();
    let constant = windows(&other, std::slice::from_ref(&(0..other.len())));
    let own = windows(&text, &ranges).into_iter().filter(|piece| {
        !constant.contains(piece)
            && !piece.bytes().all(|byte| byte.is_ascii_digit())
            && !piece.contains(|c: char| c.is_control() || c == '"' || c == '\\')
    });
    let own = own.collect();
    (text, own)
}

/// Secrets that are known anywhere, with their pieces.
static TOKENS: LazyLock<Vec<(String, BTreeSet<String>)>> = LazyLock::new(|| {
    let examples = EXAMPLES.iter().flat_map(|(id, examples)| examples.iter().map(move |e| (id, e)));
    let tokens = examples.map(|(id, example)| pieces(example, None, id));
    let whole = |text: &str| {
        let found = secret::find(None, text);
        matches!(found.as_slice(), [only] if only.start == 0 && only.end == text.len())
    };
    let tokens: Vec<_> = tokens
        .filter(|(text, own)| whole(text) && !own.is_empty() && !text.contains(char::is_whitespace))
        .collect();
    assert!(tokens.len() > 100, "{}", tokens.len());
    tokens
});

/// Places where somebody may put a secret, and the name it has there.
fn places(secret: &str) -> Vec<(&'static str, Option<&'static str>, Value)> {
    let one = |entry: Value| json!({ "mcpServers": { "s": entry } });
    let line = |words: &[&str]| one(json!({ "command": words[0], "args": words[1..] }));
    let url = |url: String| one(json!({ "type": "http", "url": url }));
    let flag = |start: &str| format!("{start}{secret}");
    vec![
        (
            "env",
            Some("API_TOKEN"),
            one(
                json!({ "command": "npx", "args": ["p"], "env": { "API_TOKEN": secret, "B": "c" } }),
            ),
        ),
        ("env without a name", None, one(json!({ "command": "npx", "env": { "VALUE": secret } }))),
        ("argument", None, line(&["npx", "-y", "p", secret, "--host", "0.0.0.0"])),
        ("flag", Some("api-token"), line(&["npx", "-y", "p", "--api-token", secret])),
        ("flag and value", Some("api-token"), line(&["npx", "p", &flag("--api-token=")])),
        ("plain flag and value", None, line(&["npx", "p", &flag("--x=")])),
        ("assignment", Some("API_TOKEN"), line(&["env", &flag("API_TOKEN="), "npx", "p"])),
        (
            "container",
            Some("API_TOKEN"),
            line(&["docker", "run", "-e", &flag("API_TOKEN="), "img"]),
        ),
        (
            "container option",
            None,
            line(&["docker", "run", "-v", &format!("/a/{secret}:/b"), "img"]),
        ),
        (
            "bridge header",
            Some("Authorization"),
            line(&[
                "npx",
                "mcp-remote",
                "https://h.acme.dev/",
                "--header",
                &flag("Authorization: Bearer "),
            ]),
        ),
        (
            "bridge address",
            Some("token"),
            line(&["npx", "mcp-remote", &flag("https://h.acme.dev/mcp?token=")]),
        ),
        (
            "script",
            Some("API_TOKEN"),
            line(&["sh", "-c", &format!("API_TOKEN={secret} npx p | cat")]),
        ),
        (
            "script argument",
            Some("api-token"),
            line(&["bash", "-c", &format!("cd /x && npx p --api-token '{secret}'")]),
        ),
        ("code", None, line(&["node", "-e", &format!("run('{secret}')")])),
        (
            "command line",
            Some("api-token"),
            one(json!({ "command": format!("npx -y p --api-token {secret}") })),
        ),
        (
            "repository",
            None,
            line(&["uvx", "--from", &format!("git+https://{secret}@github.com/o/r"), "p"]),
        ),
        (
            "repository user",
            None,
            line(&["npx", &format!("git+https://x:{secret}@github.com/o/r.git")]),
        ),
        ("archive", None, line(&["npx", &format!("https://h.acme.dev/p.tgz?token={secret}")])),
        ("query", Some("token"), url(flag("https://h.acme.dev/mcp?a=b&token="))),
        ("plain query", None, url(flag("http://h.acme.dev/mcp?q="))),
        ("path", None, url(format!("https://h.acme.dev/{secret}/mcp"))),
        ("user", None, url(format!("https://u:{secret}@h.acme.dev/mcp"))),
        (
            "header",
            Some("Authorization"),
            one(
                json!({ "url": "http://h.acme.dev/", "headers": { "Authorization": flag("Bearer ") } }),
            ),
        ),
        (
            "other header",
            None,
            one(json!({ "url": "http://h.acme.dev/", "headers": { "X-Note": secret } })),
        ),
        (
            "oauth",
            Some("clientSecret"),
            one(
                json!({ "url": "http://h.acme.dev/", "oauth": { "clientId": "i", "clientSecret": secret } }),
            ),
        ),
        (
            "deep oauth",
            Some("clientSecret"),
            one(
                json!({ "url": "http://h.acme.dev/", "oauth": { "a": { "clientSecret": secret } } }),
            ),
        ),
        (
            "unknown key",
            Some("token"),
            one(json!({ "command": "npx", "args": ["p"], "extra": { "token": secret } })),
        ),
        ("prose", None, one(json!({ "command": "npx", "args": ["p"], "description": secret }))),
        (
            "directory",
            None,
            one(json!({ "command": "npx", "args": ["p"], "cwd": format!("/x/{secret}") })),
        ),
        ("approval", None, one(json!({ "command": "npx", "alwaysAllow": [secret, "*"] }))),
        (
            "broken entry",
            None,
            json!({ "mcpServers": { "s": secret, "t": { "command": "npx", "args": ["p"] } } }),
        ),
        (
            "elsewhere",
            Some("token"),
            json!({ "token": secret, "mcpServers": { "s": { "command": "npx", "args": ["p"] } } }),
        ),
    ]
}

#[test]
fn no_secret_is_shown_wherever_it_stands() {
    let mut leaks = BTreeMap::new();
    let mut planted = 0;
    let all = EXAMPLES.iter().flat_map(|(id, examples)| examples.iter().map(move |e| (id, e)));
    for (number, (id, example)) in all.enumerate() {
        let text = template::expand(example, id);
        // Each example in some of the places, each place with many of the examples.
        for (place, name, config) in places(&text).into_iter().skip(number % 8).step_by(8) {
            {
                let (_, own) = pieces(example, name, id);
                let joined = ["path", "archive", "plain query", "query", "bridge address"];
                let split = text.contains(char::is_whitespace)
                    && (joined.contains(&place)
                        || place.starts_with("command")
                        || place.starts_with("repository"));
                if own.is_empty() || split {
                    continue;
                }
                planted += 1;
                // A minified file is one line: an excerpt of anything in it may hold all of it.
                let texts = [config.to_string(), serde_json::to_string_pretty(&config).unwrap()];
                for text in texts {
                    let report = scan(".mcp.json", text.as_bytes());
                    for shown in shown(&report) {
                        if let Some(piece) = own.iter().find(|piece| shown.contains(piece.as_str()))
                        {
                            leaks
                                .entry((place, id.as_str(), number))
                                .or_insert((piece.clone(), shown));
                        }
                    }
                }
            }
        }
    }
    assert!(planted > 1000, "{planted}");
    let mut by_place: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for ((place, id, number), (piece, shown)) in &leaks {
        let at = shown.find(piece.as_str()).unwrap();
        let from = shown.floor_char_boundary(at.saturating_sub(60));
        let to = shown.floor_char_boundary(at + 40);
        by_place
            .entry(place)
            .or_default()
            .push(format!("{id}#{number}: {piece} in {}", &shown[from..to]));
    }
    let told: Vec<String> = by_place
        .iter()
        .map(|(place, leaks)| {
            format!(
                "{place} ({}):\n  {}",
                leaks.len(),
                leaks.iter().take(30).cloned().collect::<Vec<_>>().join("\n  ")
            )
        })
        .collect();
    assert!(leaks.is_empty(), "{} leaks of {planted}\n{}", leaks.len(), told.join("\n"));
}

/// A document of other formats around a secret.
#[test]
fn no_secret_is_shown_in_other_formats() {
    let token = template::expand("ghp_{base62:30}{github-crc32}", "formats");
    let head = &token[4..20];
    let escaped: String = token.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let (left, right) = token.split_at(17);
    let json =
        format!(r#"{{"mcpServers": {{"s": {{"command": "npx", "env": {{"T": "{escaped}"}}}}}}}}"#);
    let wide: Vec<u8> = std::iter::once(0xfeff)
        .chain(json.replace(&escaped, &token).encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        (".mcp.json", json.into_bytes()),
        (".mcp.json", wide),
        (
            ".codex/config.toml",
            format!("[mcp_servers.s]\ncommand='npx'\nargs=['p','{token}']\nenv={{T=\"\"\"\n{left}\\\n   {right}\"\"\"}}\n").into(),
        ),
        (
            "librechat.yaml",
            format!("mcpServers: {{s: {{command: npx, env: {{T: \"{left}\\\n  {right}\"}}, args: [&a {token}, *a]}}}}\n").into(),
        ),
        (
            "librechat.yaml",
            format!("mcpServers:\n  s:\n    command: sh\n    args:\n      - -c\n      - |\n        T={token} \\\n          npx p\n        x {token}\n").into(),
        ),
        (
            ".claude/agents/a.md",
            format!("---\nmcpServers:\n  - s: {{command: npx, args: [{token}]}}\n---\n{token}\n").into(),
        ),
        (".mcp.json", format!("{{\"mcpServers\": {{\"s\": {{\"command\": \"npx\", \"args\": [\"{token}\" \"x\"").into()),
        (
            ".mcp.json",
            format!("{{\"mcpServers\": {{\"s\": {{\"env\": {{\"A\": \"{token}\", \"A\": \"{token}\"}}, \"command\": \"npx\"}}}}}}").into(),
        ),
    ];
    for (path, bytes) in cases {
        let report = scan(path, &bytes);
        assert!(!report.findings.is_empty());
        for shown in shown(&report) {
            assert!(!shown.contains(head) && !shown.contains(&escaped[24..120]), "{path}: {shown}");
        }
    }
}

/// Fingerprints with the rule and server they are for.
fn prints(report: &FileReport) -> BTreeMap<String, (String, Option<String>)> {
    let print = |finding: &Finding| {
        (
            finding.fingerprint.clone(),
            (finding.rule.id.to_string(), finding.server.as_ref().map(ToString::to_string)),
        )
    };
    report.findings.iter().map(print).collect()
}

/// The fixtures that are plain JSON without keys that stand twice.
fn plain_fixtures() -> impl Iterator<Item = (&'static str, Value)> {
    FIXTURES.iter().filter_map(|(path, bytes)| {
        let value: Value = serde_json::from_slice(bytes).ok()?;
        let twice = scan(path, bytes).findings.iter().any(|f| f.message.contains("stands twice"));
        (!twice && value.is_object()).then_some((path.as_str(), value))
    })
}

#[test]
fn fingerprints_survive_reformatting_and_moving() {
    let mut seen = 0;
    for (path, value) in plain_fixtures() {
        // Reading into a map sorted the keys: this is the file with its servers moved.
        let minified = prints(&scan(path, value.to_string().as_bytes()));
        let pretty = serde_json::to_string_pretty(&value).unwrap().replace('\n', "\r\n\r\n");
        assert_eq!(prints(&scan(path, pretty.as_bytes())), minified, "{path}: {value}");
        let (_, original) = FIXTURES
            .iter()
            .find(|(p, b)| {
                p == path && serde_json::from_slice::<Value>(b).ok().as_ref() == Some(&value)
            })
            .unwrap();
        // The one finding about a whole file may stand at another server.
        let told = |prints: &BTreeMap<String, (String, Option<String>)>| {
            prints
                .iter()
                .filter(|(_, (rule, _))| rule != "unguarded-server")
                .map(|(print, _)| print.clone())
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(told(&prints(&scan(path, original))), told(&minified), "{path}: {value}");
        seen += minified.len();
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn fingerprints_survive_other_servers() {
    for (path, value) in plain_fixtures() {
        let before = prints(&scan(path, value.to_string().as_bytes()));
        let mut more = value.clone();
        for key in ["mcpServers", "servers", "context_servers", "mcp"] {
            if let Some(Value::Object(map)) = more.get_mut(key)
                && map
                    .values()
                    .all(|entry| entry.get("command").is_some() || entry.get("url").is_some())
            {
                map.insert("aaa first".to_owned(), json!({ "command": "aaa", "args": ["x"] }));
            }
        }
        let after = prints(&scan(path, more.to_string().as_bytes()));
        for (print, (rule, server)) in before {
            // This one is about the servers of the file taken together.
            if rule != "unguarded-server" {
                assert!(after.contains_key(&print), "{path}: {rule} {server:?}\n{more}");
            }
        }
    }
}

#[test]
fn findings_of_a_file_have_fingerprints_of_their_own() {
    for (path, value) in plain_fixtures() {
        let report = scan(path, value.to_string().as_bytes());
        let mut seen: BTreeMap<&str, &Finding> = BTreeMap::new();
        for finding in &report.findings {
            if let Some(other) = seen.insert(&finding.fingerprint, finding) {
                panic!(
                    "{path}: {} and {} at {:?}\n{value}",
                    finding.message, other.message, finding.pointer
                );
            }
        }
    }
}

#[test]
fn fingerprints_differ_by_rule_server_client_and_value() {
    let config = |server: &str, host: &str| {
        json!({ "mcpServers": { server: { "command": "npx", "args": ["-y", "p", "--host", host] } } })
            .to_string()
    };
    let base = prints(&scan(".mcp.json", config("s", "0.0.0.0").as_bytes()));
    let rules: BTreeSet<_> = base.values().map(|(rule, _)| rule).collect();
    assert_eq!(base.len(), rules.len());
    assert!(
        rules.contains(&"exposed-bind".to_owned())
            && rules.contains(&"unpinned-package".to_owned())
    );
    let only = |prints: &BTreeMap<String, (String, Option<String>)>, rule: &str| {
        prints.iter().find(|(_, (id, _))| id == rule).unwrap().0.clone()
    };
    let bind = only(&base, "exposed-bind");
    let other =
        |path: &str, text: &str| only(&prints(&scan(path, text.as_bytes())), "exposed-bind");
    assert_eq!(
        other("below/.mcp.json", &config("s", "0.0.0.0")),
        bind,
        "the path is no part of it"
    );
    assert_ne!(other(".mcp.json", &config("t", "0.0.0.0")), bind);
    assert_ne!(other(".mcp.json", &config("s", "::")), bind);
    assert_ne!(other(".roo/mcp.json", &config("s", "0.0.0.0")), bind);
}

#[test]
fn a_secret_that_is_changed_keeps_its_fingerprints() {
    for (id, examples) in EXAMPLES.iter() {
        let of = |seed: &str| {
            let secret = template::expand(&examples[0], seed);
            let text = json!({ "mcpServers": { "s": { "command": "npx", "args": ["p@1.0.0"],
                "env": { "API_TOKEN": secret } } } });
            let report = scan(".mcp.json", text.to_string().as_bytes());
            let own = report.findings.iter().filter(|f| f.rule.id == "secret-in-env");
            own.map(|finding| (finding.message.len(), finding.fingerprint.clone()))
                .collect::<Vec<_>>()
        };
        let (one, two) = (of("one"), of("two"));
        // A format may fit one text by chance and not another.
        if one.len() == 1 && two.len() == 1 && one[0].0 == two[0].0 {
            assert_eq!(one, two, "{id}");
        }
    }
}

fn document(text: &str) -> Document {
    Document::parse(text.as_bytes(), Format::Json, &Limits::default())
}

/// The excerpt with `[` and `]` around the mark.
fn excerpt(text: &str, span: std::ops::Range<usize>, blots: &[(usize, usize)]) -> String {
    let mut all = Blots::default();
    for (start, end) in blots {
        all.add(Span::new(*start, *end));
    }
    all.settle();
    let excerpt = Excerpt::of(&document(text), Span::new(span.start, span.end), &all).unwrap();
    let Excerpt { text, mark, .. } = &excerpt;
    let cut = if excerpt.cut { "<" } else { "" };
    format!("{cut}{}[{}]{}", &text[..mark.start], &text[mark.clone()], &text[mark.end..])
}

#[test]
fn excerpts_hold_one_line_and_a_mark() {
    let long = "x".repeat(600);
    for (text, span, expected) in [
        ("{\"a\": 1}", 1..4, "{[\"a\"]: 1}".to_owned()),
        ("{\n  \"a\": 1\n}", 4..7, "  [\"a\"]: 1".to_owned()),
        ("{\n  \"a\": [\n1]}", 9..14, "  \"a\": [[]".to_owned()),
        ("{\r\n\"a\": 1\r\n}", 3..6, "[\"a\"]: 1".to_owned()),
        ("{}", 0..0, "[]{}".to_owned()),
        ("{}", 2..2, "{}[]".to_owned()),
        ("{}\n", 1..3, "{[}]".to_owned()),
        ("{\n}", 1..1, "{[]".to_owned()),
        ("{\t\"a\":\t1}", 2..5, "{ [\"a\"]: 1}".to_owned()),
        ("{\"ä😀\": 1}", 1..9, "{[\"ä😀\"]: 1}".to_owned()),
        ("{\"日本\": \"語\"}", 11..16, "{\"日本\": [\"語\"]}".to_owned()),
        ("{\"a\u{202e}b\u{1b}c\": 1}", 1..10, "{[\"a\u{fffd}b\u{fffd}c\"]: 1}".to_owned()),
        (&long, 0..1, format!("[x]{}…", "x".repeat(99))),
        (&long, 599..600, format!("<…{}[x]", "x".repeat(60))),
        (&long, 300..302, format!("<…{}[xx]{}…", "x".repeat(60), "x".repeat(98))),
        (&long, 300..600, format!("<…{}[{}]…", "x".repeat(60), "x".repeat(200))),
    ] {
        assert_eq!(excerpt(text, span, &[]), expected);
    }
}

#[test]
fn blots_cover_secrets_and_leave_the_last_four_of_long_ones() {
    let text = "key=0123456789abcdefghij;";
    assert_eq!(excerpt(text, 0..3, &[(4, 24)]), "[key]=****************ghij;");
    assert_eq!(excerpt(text, 0..3, &[(4, 14)]), "[key]=**********abcdefghij;");
    assert_eq!(excerpt(text, 4..24, &[(4, 24)]), "key=[****************ghij];");
    // One inside of another, one across the end of another, the same twice.
    assert_eq!(excerpt(text, 0..3, &[(4, 24), (8, 12)]), "[key]=****************ghij;");
    assert_eq!(excerpt(text, 0..3, &[(4, 20), (10, 24)]), "[key]=********************;");
    assert_eq!(excerpt(text, 0..3, &[(4, 24), (18, 24)]), "[key]=********************;");
    let many: Vec<_> = std::iter::once((4, 24)).chain((0..9).map(|n| (4 + n, 5 + n))).collect();
    assert_eq!(excerpt(text, 0..3, &many), "[key]=****************ghij;");
    assert_eq!(excerpt(text, 0..3, &[(4, 24), (4, 24)]), "[key]=****************ghij;");
    assert_eq!(excerpt(text, 0..3, &[(4, 4)]), "[key]=0123456789abcdefghij;");
    let wide = "\"ключ-от-сейфа-здесь\"";
    assert_eq!(excerpt(wide, 0..1, &[(1, wide.len() - 1)]), "[\"]*****************сь\"");
}

#[test]
fn nothing_invisible_is_shown() {
    for code in 0..=0x0010_ffff_u32 {
        let Some(character) = char::from_u32(code) else { continue };
        let shown = visible(character);
        assert!(!shown.is_control(), "{code:x}");
        if shown == character {
            // What orders text anew (Unicode Bidi_Control) or shows nothing at all.
            let hidden = matches!(
                code,
                0xad | 0x061c | 0x115f | 0x1160 | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e
                    | 0x2060..=0x206f | 0x3164 | 0xfeff | 0xffa0
                    | 0xfff9..=0xfffb | 0xe0000..=0xe0fff
            );
            assert!(!hidden, "{code:x}");
        }
    }
    assert_eq!("aä😀日".chars().map(visible).collect::<String>(), "aä😀日");
}

/// Changes the bytes at random places.
fn mutated(bytes: &[u8], edits: &[(usize, u8, usize)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (place, byte, action) in edits {
        let at = place % (bytes.len() + 1);
        match action {
            0 => bytes.insert(at, *byte),
            1 => bytes.truncate(at),
            2 => {
                let end = (at + usize::from(*byte)).min(bytes.len());
                bytes.drain(at..end);
            }
            3 => {
                let end = (at + usize::from(*byte)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            _ => {
                if let Some(place) = bytes.get_mut(at) {
                    *place = b"\"{}[]:,'#-=\\\n\t *&!|>$@/\x00\xff\xc3"[usize::from(*byte) % 26];
                }
            }
        }
    }
    bytes
}

fn check_report(report: &FileReport, bytes: &[u8]) -> Result<(), TestCaseError> {
    for finding in &report.findings {
        let region = &finding.region;
        prop_assert!(region.bytes.start <= region.bytes.end && region.bytes.end <= bytes.len());
        prop_assert!(finding.message.chars().all(|c| visible(c) == c), "{:?}", finding.message);
        if let Some(excerpt) = &finding.excerpt {
            prop_assert!(excerpt.text.get(excerpt.mark.clone()).is_some(), "{:?}", excerpt);
            prop_assert!(excerpt.text.chars().all(|c| visible(c) == c), "{:?}", excerpt.text);
            prop_assert_eq!(excerpt.line, region.start().0);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_damage_to_a_fixture_breaks_the_scan(
        fixture in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<usize>(), any::<u8>(), 0_usize..6), 1..8),
    ) {
        let (path, bytes) = fixture.get(&FIXTURES);
        let bytes = mutated(bytes, &edits);
        check_report(&scan(path, &bytes), &bytes)?;
        // A file under the name of another.
        let (path, _) = other.get(&FIXTURES);
        check_report(&scan(path, &bytes), &bytes)?;
    }

    #[test]
    fn no_damage_to_a_fixture_shows_a_secret(
        fixture in any::<prop::sample::Index>(),
        leaf in any::<prop::sample::Index>(),
        pretty in any::<bool>(),
        whole in any::<bool>(),
        format in any::<prop::sample::Index>(),
    ) {
        let (path, bytes) = fixture.get(&FIXTURES);
        let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else { return Ok(()) };
        let (token, own) = format.get(&TOKENS);
        let own = own.iter().map(String::as_str).collect::<Vec<_>>();
        let mut leaves = Vec::new();
        strings(&mut value, &mut leaves);
        if leaves.is_empty() {
            return Ok(());
        }
        let at = leaf.index(leaves.len());
        let text = &mut *leaves[at];
        // Glued to a word it is no token any more.
        *text = if whole { token.clone() } else { format!("{text} {token}") };
        let text = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
        let report = scan(path, text.as_bytes());
        // What names a server is no value.
        if report.servers.iter().any(|server| server.shown.name.contains(token)) {
            return Ok(());
        }
        for shown in shown(&report) {
            let leak = own.iter().find(|piece| shown.contains(*piece));
            prop_assert!(leak.is_none(), "{:?} in {}\n{}", leak, shown, text);
        }
    }

    #[test]
    fn marks_lie_inside_of_the_excerpt(
        text in "[a-z\"{}: ä😀日\u{202e}\u{7}\t]{0,40}(\r?\n|x{0,700})[a-z\"ä日\n]{0,40}",
        start in any::<prop::sample::Index>(),
        end in any::<prop::sample::Index>(),
        blots in prop::collection::vec((0_usize..800, 0_usize..100), 0..12),
    ) {
        let document = document(&text);
        let text = document.text();
        let place = |index: &prop::sample::Index| text.floor_char_boundary(index.index(text.len() + 1));
        let (a, b) = (place(&start), place(&end));
        let mut all = Blots::default();
        for (start, length) in &blots {
            all.add(Span::new(*start, start + length));
        }
        all.settle();
        let excerpt = Excerpt::of(&document, Span::new(a.min(b), a.max(b)), &all);
        let excerpt = excerpt.expect("a place of the text has a line");
        prop_assert!(excerpt.text.get(excerpt.mark.clone()).is_some(), "{:?}", excerpt);
        prop_assert!(excerpt.text.chars().all(|c| visible(c) == c));
        prop_assert!(excerpt.text.chars().count() <= 500 + 2);
        prop_assert_eq!(excerpt.cut, excerpt.text.starts_with('…'));
    }
}

fn strings<'a>(value: &'a mut Value, found: &mut Vec<&'a mut String>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter_mut().for_each(|item| strings(item, found)),
        Value::Object(map) => map.values_mut().for_each(|item| strings(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
