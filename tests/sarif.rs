//! SARIF as GitHub takes it: the schema, an independent model of it, and what GitHub asks besides.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use jsonschema::Validator;
use mcp_guard_scanner::rules::RULES;
use serde_json::{Value, json};
use support::repository::Repository;
use support::run::World;
use support::{files, root};

fn validator() -> Validator {
    let text = std::fs::read_to_string(root().join("tests/schemas/sarif-2.1.0.schema.json"));
    let mut schema: Value = serde_json::from_str(&text.unwrap()).unwrap();
    // A bracket too many makes it no regular expression; the property is not written here.
    for of in ["run", "toolComponent"] {
        let language = schema.pointer_mut(&format!("/definitions/{of}/properties/language"));
        language.unwrap().as_object_mut().unwrap().remove("pattern").unwrap();
    }
    jsonschema::draft7::new(&schema).unwrap()
}

/// Checks a document against the schema, against the model of `serde-sarif`, and against what GitHub
/// asks besides. `place` is the root that its paths count from.
#[track_caller]
fn check(sarif: &Value, place: &Path) {
    let faults: Vec<String> = validator()
        .iter_errors(sarif)
        .take(10)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let model: serde_sarif::sarif::Sarif = serde_json::from_value(sarif.clone()).unwrap();
    assert_holds(&serde_json::to_value(model).unwrap(), sarif, "");
    profile(sarif, place);
}

/// Whether `whole` has all that `part` has: a name that the model does not know would be lost.
#[track_caller]
fn assert_holds(whole: &Value, part: &Value, at: &str) {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (key, value) in part {
                let found = whole.get(key).unwrap_or_else(|| panic!("{at}/{key} is unknown"));
                assert_holds(found, value, &format!("{at}/{key}"));
            }
        }
        (Value::Array(whole), Value::Array(part)) => {
            assert_eq!(whole.len(), part.len(), "{at}");
            for (index, (whole, part)) in whole.iter().zip(part).enumerate() {
                assert_holds(whole, part, &format!("{at}/{index}"));
            }
        }
        (Value::Number(whole), Value::Number(part)) => {
            assert_eq!(whole.as_f64(), part.as_f64(), "{at}");
        }
        _ => assert_eq!(whole, part, "{at}"),
    }
}

/// What GitHub asks of a file and no schema does. Source: GitHub Docs, "SARIF support for code
/// scanning" and "SARIF results exceed one or more limits".
#[track_caller]
fn profile(sarif: &Value, place: &Path) {
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(sarif["runs"].as_array().unwrap().len(), 1);
    let run = &sarif["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "mcp-guard");
    assert_eq!(driver["semanticVersion"], env!("CARGO_PKG_VERSION"));
    assert!(run["automationDetails"]["id"].as_str().unwrap().ends_with('/'));
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let rules = driver["rules"].as_array().unwrap();
    rules.iter().for_each(rule);
    let ids: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    let built_in: Vec<&str> = RULES.iter().map(|rule| rule.id.as_ref()).collect();
    assert_eq!(ids[..built_in.len()], built_in, "all rules are listed, whatever was found");
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    let results = run["results"].as_array().unwrap();
    assert!(results.len() <= 25_000);
    let mut alerts = HashSet::new();
    for result in results {
        one(result, &ids, place);
        let location = &result["locations"][0]["physicalLocation"];
        let hash = &result["partialFingerprints"]["primaryLocationLineHash"];
        let alert = format!("{} {} {hash}", result["ruleId"], location["artifactLocation"]["uri"]);
        assert!(hash.is_null() || alerts.insert(alert), "two would be one alert: {result:#}");
    }
}

fn rule(rule: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().chars().count();
    assert!((1..=255).contains(&text(&rule["name"])), "{rule:#}");
    for key in ["shortDescription", "fullDescription"] {
        assert!((1..=1024).contains(&text(&rule[key]["text"])), "{rule:#}");
    }
    assert!(text(&rule["help"]["text"]) > 100 && text(&rule["help"]["markdown"]) > 200);
    let properties = &rule["properties"];
    let score: f64 = properties["security-severity"].as_str().unwrap().parse().unwrap();
    assert!(score > 0.0 && score <= 10.0);
    let level = rule["defaultConfiguration"]["level"].as_str().unwrap();
    assert_eq!(
        level,
        if score >= 7.0 {
            "error"
        } else if score >= 4.0 {
            "warning"
        } else {
            "note"
        }
    );
    let tags = properties["tags"].as_array().unwrap();
    assert!(tags.len() <= 10 && tags.contains(&json!("security")), "{tags:?}");
    assert!(tags.iter().collect::<HashSet<_>>().len() == tags.len());
    assert!(
        ["very-high", "high", "medium", "low"].contains(&properties["precision"].as_str().unwrap())
    );
}

#[track_caller]
fn one(result: &Value, ids: &[&str], place: &Path) {
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(ids[index], result["ruleId"]);
    assert!(!result["message"]["text"].as_str().unwrap().is_empty());
    assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
    assert_eq!(result["locations"].as_array().unwrap().len(), 1);
    let fingerprint = result["partialFingerprints"]["mcpGuard/v1"].as_str().unwrap();
    assert_eq!(fingerprint.len(), 32);
    let related = result["relatedLocations"].as_array().map_or(&[][..], Vec::as_slice);
    for location in result["locations"].as_array().unwrap().iter().chain(related) {
        located(location, place);
    }
    for (id, _) in (1..).zip(related) {
        assert!(result["message"]["text"].as_str().unwrap().contains(&format!("]({id})")));
    }
    for change in result["fixes"].as_array().into_iter().flatten() {
        assert!(!change["description"]["text"].as_str().unwrap().is_empty());
    }
}

/// A place is one line of a file that is there, or a part of it.
#[track_caller]
fn located(location: &Value, place: &Path) {
    let physical = &location["physicalLocation"];
    let artifact = &physical["artifactLocation"];
    let uri = artifact["uri"].as_str().unwrap();
    let region = &physical["region"];
    let number = |key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap();
    let (line, end) = (number("startLine"), number("endLine"));
    assert_eq!(line, end, "{location:#}");
    assert!(number("startColumn") >= 1 && number("startColumn") <= number("endColumn"));
    if artifact["uriBaseId"] != "%SRCROOT%" {
        return;
    }
    assert!(!uri.starts_with('/') && !uri.contains("../"), "{uri}");
    let path = place.join(decoded(uri));
    assert!(path.exists(), "{path:?} of {uri}");
    let Ok(text) = std::fs::read_to_string(&path) else { return };
    let lines: Vec<&str> = text.split('\n').collect();
    assert!(line <= lines.len(), "{location:#}");
    let units = lines[line - 1].encode_utf16().count();
    assert!(number("endColumn") <= units + 1, "{location:#}: {units}");
}

fn decoded(uri: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), uri.as_bytes());
    while let Some((&byte, behind)) = rest.split_first() {
        if byte == b'%' {
            let hex = std::str::from_utf8(&behind[..2]).unwrap();
            bytes.push(u8::from_str_radix(hex, 16).unwrap());
            rest = &behind[2..];
        } else {
            bytes.push(byte);
            rest = behind;
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn sarif(world: &World, options: &[&str]) -> Value {
    let args = ["scan", "--format", "sarif", "--fail-on", "none", "--allow-incomplete"];
    let args: Vec<&str> = args.iter().chain(options).copied().collect();
    world.run(&args).ended(0).json()
}

fn results(sarif: &Value) -> &[Value] {
    sarif["runs"][0]["results"].as_array().unwrap()
}

fn fixtures() -> World {
    let world = World::new();
    for (below, path) in files(&root().join("fixtures")) {
        match std::fs::read_to_string(&path) {
            Ok(text) => world.file(&below, &support::expand(&text)),
            Err(_) => world.bytes(&below, &std::fs::read(&path).unwrap()),
        };
    }
    world
}

#[test]
fn over_all_fixtures() {
    let world = fixtures();
    world
        .bytes("odd/empty/.mcp.json", b"")
        .bytes("odd/binary/.mcp.json", b"\0\xff")
        .bytes("odd/broken/.mcp.json", br#"{"mcpServers":{"a/b~c":{"command":"npx","args":["x"}"#)
        .bytes(
            "odd/returns/.mcp.json",
            b"{\"mcpServers\":\r{\"a\":\r\n{\"command\":\r\"npx\",\"args\":[\"x\"]}}}",
        )
        .home_file(".cursor/mcp.json", r#"{"mcpServers":{"a":{"command":"npx","args":["x"]}}}"#);
    let sarif = sarif(&world, &["--home", "--persona", "auditor", "."]);
    check(&sarif, &world.work("").canonicalize().unwrap());
    assert!(results(&sarif).len() > 300, "{}", results(&sarif).len());
    let notifications = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert!(notifications.as_array().unwrap().len() >= 3, "{notifications:#}");
    let fixes = results(&sarif).iter().filter(|result| result.get("fixes").is_some());
    assert!(fixes.count() > 20);
    let at_home = |result: &&Value| {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] == "HOME"
    };
    assert!(results(&sarif).iter().any(|result| at_home(&result)));
}

#[test]
fn a_file_is_written_although_nothing_is_found() {
    let world = World::new();
    let empty = sarif(&world, &["--sarif-category", "mcp-guard/backend", "."]);
    check(&empty, &world.work(""));
    assert_eq!(empty["runs"][0]["automationDetails"]["id"], "mcp-guard/backend/");
    assert!(results(&empty).is_empty());
    for wrong in ["", " ", " / ", "a\nb", &"a".repeat(201)] {
        let args = ["scan", "--format", "sarif", "--sarif-category", wrong, "."];
        world.run(&args).ended(2).complains(&["give a name of at most 200 bytes"]);
    }
}

#[test]
fn names_from_a_repository_do_not_act() {
    let names = [
        "[click](https://evil.contoso.com)",
        "<img src=x>@everyone",
        "a\\n::error::b",
        "é😀\\u202ex",
        "`x` | y",
    ];
    let mut servers = String::new();
    for name in names {
        let _ = write!(servers, "\"{name}\": {{\"command\": \"npx\", \"args\": [\"x-mcp\"]}}, ");
    }
    let world = World::new();
    let directory = "a b#%3A😀/[x]";
    world.file(
        &format!("{directory}/.mcp.json"),
        &format!("{{\"mcpServers\": {{{servers} \"z\": {{}}}}}}"),
    );
    let sarif = sarif(&world, &["--select", "unpinned-package", "."]);
    check(&sarif, &world.work(""));
    assert_eq!(results(&sarif).len(), names.len());
    for result in results(&sarif) {
        let text = result["message"]["text"].as_str().unwrap();
        assert!(!text.contains("[click](http"), "{text}");
        assert!(!text.contains(['\n', '\u{202e}']), "{text:?}");
    }
}

#[test]
fn several_findings_of_a_rule_on_one_line_are_several_alerts() {
    let world = World::new();
    let servers: Vec<String> = (0..50)
        .map(|n| format!("\"s{n}\":{{\"command\":\"npx\",\"args\":[\"-y\",\"p{n}-mcp\"]}}"))
        .collect();
    world.file(".mcp.json", &format!("{{\"mcpServers\":{{{}}}}}", servers.join(",")));
    let sarif = sarif(&world, &["--select", "unpinned-package", "."]);
    check(&sarif, &world.work(""));
    let hashes: Vec<&str> = results(&sarif)
        .iter()
        .map(|result| result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap())
        .collect();
    assert_eq!(hashes.len(), 50);
    assert!(hashes.iter().all(|hash| hash.contains('/')), "{hashes:?}");
    // Each is the same whatever else stands on the line, so that no alert goes over to another.
    world.file(".mcp.json", &format!("{{\"mcpServers\":{{{}}}}}", servers[1..].join(",")));
    let sarif = self::sarif(&world, &["--select", "unpinned-package", "."]);
    let behind = |hash: &str| hash.split_once('/').unwrap().1.to_owned();
    let left: Vec<String> = results(&sarif)
        .iter()
        .map(|result| {
            behind(result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap())
        })
        .collect();
    let before: Vec<String> = hashes.iter().map(|hash| behind(hash)).collect();
    assert_eq!(left, before[1..]);
}

#[test]
fn columns_are_utf16_code_units() {
    let world = World::new();
    let line =
        "{\"mcpServers\": {\"😀é😀\": {\"command\": \"npx\", \"args\": [\"-y\", \"x-mcp\"]}}}";
    world.file(".mcp.json", line);
    let sarif = sarif(&world, &["--select", "unpinned-package", "."]);
    check(&sarif, &world.work(""));
    let region = &results(&sarif)[0]["locations"][0]["physicalLocation"]["region"];
    let units: Vec<u16> = line.encode_utf16().collect();
    let column = |key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap() - 1;
    let marked = String::from_utf16(&units[column("startColumn")..column("endColumn")]).unwrap();
    assert_eq!(marked, "x-mcp");
}

#[test]
fn what_was_known_before_is_told_and_what_is_suppressed_is_not() {
    let server =
        |name: &str| format!("\"{name}\": {{\"command\": \"npx\", \"args\": [\"{name}-mcp\"]}}");
    let file = |servers: &[String]| format!("{{\"mcpServers\": {{\n{}}}}}", servers.join(",\n"));
    let repository = Repository::with(&[("sub/.vscode/mcp.json", "{}")]);
    let before = file(&[server("a")]);
    repository.commit(&[("sub/.mcp.json", &before)]);
    let after = file(&[server("a"), server("b")]);
    repository.0.file("sub/.mcp.json", &after);
    let accepted = "{\"servers\": {\n// mcp-guard: ignore[unpinned-package] ours\n\"c\": {\"command\": \"npx\", \"args\": [\"c-mcp\"]}}}";
    repository.0.file("sub/.vscode/mcp.json", accepted);
    let place = repository.0.work("");
    let options = ["--select", "unpinned-package", "--base", "HEAD", "sub"];
    let told = sarif(&repository.0, &options);
    check(&told, &place);
    let states: Vec<(&str, &str)> = results(&told)
        .iter()
        .map(|result| {
            let server = result["properties"]["server"].as_str().unwrap();
            (server, result["baselineState"].as_str().unwrap())
        })
        .collect();
    assert_eq!(states, [("b", "new"), ("a", "unchanged")]);
    let uri = &results(&told)[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "sub/.mcp.json", "paths count from the root of the repository");
    let options = ["--select", "unpinned-package", "--sarif-include-suppressed", "sub"];
    let told = sarif(&repository.0, &options);
    check(&told, &place);
    let suppressions: Vec<&Value> =
        results(&told).iter().filter_map(|result| result.get("suppressions")).collect();
    let wanted = json!([{ "kind": "inSource", "status": "accepted", "justification": "ours" }]);
    assert_eq!(suppressions, [&wanted]);
}

#[test]
fn more_than_code_hosts_take() {
    let world = World::in_memory();
    for file in 0..26 {
        let servers: Vec<String> = (0..1000)
            .map(|n| {
                format!("\"s{n}\": {{\"command\": \"npx\", \"args\": [\"-y\", \"p{n}-mcp\"]}}")
            })
            .collect();
        let text = format!("{{\"mcpServers\": {{\n{}}}}}", servers.join(",\n"));
        world.file(&format!("d{file}/.mcp.json"), &text);
    }
    let sarif = sarif(&world, &["--select", "unpinned-package", "."]);
    assert_eq!(results(&sarif).len(), 25_000);
    profile(&sarif, &world.work(""));
    let notifications = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert!(
        notifications[0]["message"]["text"]
            .as_str()
            .unwrap()
            .starts_with("1000 results are left out")
    );
}

#[cfg(unix)]
#[test]
fn a_link_is_told_by_the_file_that_it_leads_to() {
    let repository = Repository::with(&[(
        "shared/mcp.json",
        "{\"mcpServers\": {\"a\": {\"command\": \"npx\", \"args\": [\"a-mcp\"]}}}",
    )]);
    std::fs::create_dir(repository.0.work(".cursor")).unwrap();
    std::os::unix::fs::symlink("../shared/mcp.json", repository.0.work(".cursor/mcp.json"))
        .unwrap();
    let sarif = sarif(&repository.0, &["--select", "unpinned-package", ".cursor/mcp.json"]);
    check(&sarif, &repository.0.work(""));
    let location = &results(&sarif)[0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "shared/mcp.json");
}
