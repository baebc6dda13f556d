//! The JSON report and its schema agree, over everything the fixtures bring forth.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::collections::BTreeSet;

use jsonschema::Validator;
use mcp_guard_scanner::client::Scope;
use mcp_guard_scanner::rules::{Confidence, Severity};
use serde_json::{Value, json};
use support::run::World;
use support::{files, root};

fn schema() -> Value {
    let text = std::fs::read_to_string(root().join("docs/report-v1.schema.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn validator() -> Validator {
    let schema = schema();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

#[track_caller]
fn valid(validator: &Validator, report: &Value) {
    let faults: Vec<String> = validator
        .iter_errors(report)
        .take(10)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// All fixtures with their secrets filled in, and some of the worst files.
fn world() -> World {
    let world = World::new();
    for (below, path) in files(&root().join("fixtures")) {
        match std::fs::read_to_string(&path) {
            Ok(text) => world.file(&below, &text),
            Err(_) => world.bytes(&below, &std::fs::read(&path).unwrap()),
        };
    }
    world
        .bytes("odd/empty/.mcp.json", b"")
        .bytes("odd/binary/.mcp.json", b"\0\xff")
        .bytes("odd/broken/.mcp.json", br#"{"mcpServers":{"a/b~c":{"command":"npx","args":["x"}"#)
        .bytes(
            "odd/names/.mcp.json",
            br#"{"mcpServers":{"":{"command":"npx","args":["x"]},"\n\u009b":{"url":""},"":1}}"#,
        )
        .bytes("odd/directory/mcp.json/x", b"")
        .home_file(".cursor/mcp.json", r#"{"mcpServers":{"a":{"command":"/bin/a"}}}"#);
    world
}

fn report() -> Value {
    let args = ["scan", "--home", "--format", "json", "--persona", "auditor", "--fail-on", "none"];
    let args = args.iter().chain(&["--allow-incomplete", "."]);
    world().run(&args.collect::<Vec<_>>()).ended(0).json()
}

#[test]
fn reports_over_all_fixtures_fit_the_schema() {
    let validator = validator();
    let report = report();
    valid(&validator, &report);
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.len() > 300, "{}", findings.len());
    let rules: BTreeSet<&str> = findings.iter().filter_map(|f| f["rule"].as_str()).collect();
    let known = mcp_guard_scanner::rules::RULES.len();
    assert!(rules.len() * 10 >= known * 9, "nearly every rule speaks: {rules:?}");
    let statuses: BTreeSet<&str> =
        report["files"].as_array().unwrap().iter().filter_map(|f| f["status"].as_str()).collect();
    assert_eq!(statuses, BTreeSet::from(["failed", "ok", "partial"]));
}

#[test]
fn the_report_agrees_with_itself() {
    let report = report();
    let files = report["files"].as_array().unwrap();
    let findings = report["findings"].as_array().unwrap();
    let summary = &report["summary"];
    assert_eq!(summary["files"], files.len());
    let servers: usize = files.iter().map(|file| file["servers"].as_array().unwrap().len()).sum();
    assert_eq!(summary["servers"], servers);
    let incomplete = files.iter().filter(|file| file["status"] != "ok").count();
    assert_eq!(summary["incomplete"], incomplete);
    for severity in Severity::ALL {
        let count = findings.iter().filter(|f| f["severity"] == severity.name()).count();
        assert_eq!(summary["findings_by_severity"][severity.name()], count);
    }
    let paths: BTreeSet<&str> = files.iter().filter_map(|file| file["path"].as_str()).collect();
    assert_eq!(paths.len(), files.len(), "each file once");
    for finding in findings {
        assert!(paths.contains(finding["file"].as_str().unwrap()), "{finding:#}");
        let (start, end) = (&finding["span"]["start"], &finding["span"]["end"]);
        let place = |point: &Value| (point["line"].as_u64(), point["column"].as_u64());
        assert!(place(start) <= place(end), "{finding:#}");
        assert!(finding["span"]["bytes"][0].as_u64() <= finding["span"]["bytes"][1].as_u64());
    }
}

#[test]
fn an_empty_report_fits_the_schema() {
    let ran = World::new().run(&["scan", "--format", "json", "."]);
    valid(&validator(), &ran.ended(0).json());
}

/// A report with everything that a comparison and a suppression bring.
fn compared() -> Value {
    let world = World::new();
    let server =
        |name: &str| format!("\"{name}\":{{\"command\":\"npx\",\"args\":[\"{name}-mcp\"]}}");
    let git = |arguments: &[&str]| {
        let mut command = world.scrubbed("git");
        command.args(["-c", "user.name=A", "-c", "user.email=a@example.com"]).args(arguments);
        assert_eq!(support::run::finish(command, b"").code, Some(0), "{arguments:?}");
    };
    world.file(".mcp.json", &format!("{{\"mcpServers\":{{{},{}}}}}", server("a"), server("gone")));
    world.file("x/.mcp.json", &format!("{{\"mcpServers\":{{{}}}}}", server("x")));
    let ignore = "scan:\n  ignore: [{rule: unguarded-server, path: .vscode, reason: a clock}]";
    world.file("mcp-guard.yaml", ignore);
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "x"]);
    world.run(&["baseline", "x", "-o", "known.json"]).ended(0);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "known"]);
    let known = std::fs::read_to_string(world.work("known.json")).unwrap();
    world.file("known.json", &format!("{known}\n"));
    world.file(".mcp.json", &format!("{{\"mcpServers\":{{{},{}}}}}", server("a"), server("new")));
    world.file(
        ".vscode/mcp.json",
        "{\"servers\":{\n// mcp-guard: ignore[unpinned-package] ours\n\"c\":{\"command\":\"npx\",\"args\":[\"c\"]}}}",
    );
    world.file("mcp-guard.yaml", &format!("{ignore}\n  fail_on: none\n"));
    let args = ["scan", "--format", "json", "--baseline", "known.json", "--base", "HEAD", "."];
    world.run(&args).ended(0).json()
}

#[test]
fn a_comparison_fits_the_schema() {
    let validator = validator();
    let report = compared();
    valid(&validator, &report);
    for list in ["findings", "suppressed", "existing", "fixed", "settings"] {
        assert!(!report[list].as_array().unwrap().is_empty(), "{list}: {report:#}");
    }
    let kinds: BTreeSet<&str> = report["suppressed"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|item| item["suppression"]["kind"].as_str())
        .collect();
    assert_eq!(kinds, BTreeSet::from(["comment", "settings"]));
    let known: BTreeSet<&str> = report["existing"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|item| item["known"].as_str())
        .collect();
    assert_eq!(known, BTreeSet::from(["base", "baseline"]));
    for list in ["suppressed", "existing", "fixed"] {
        assert_eq!(report["summary"][list], report[list].as_array().unwrap().len());
    }
    for place in [
        "/suppressed/0",
        "/suppressed/0/suppression",
        "/existing/0",
        "/fixed/0",
        "/baseline",
        "/base",
        "/base/altered_settings",
        "/base/altered_baseline",
    ] {
        let keys: Vec<String> =
            report.pointer(place).unwrap().as_object().unwrap().keys().cloned().collect();
        for key in keys {
            let mut bad = report.clone();
            bad.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(&key);
            assert!(!validator.is_valid(&bad), "{place} without {key}");
        }
        let mut bad = report.clone();
        bad.pointer_mut(place).unwrap()["surprise"] = json!(1);
        assert!(!validator.is_valid(&bad), "{place} with a surprise");
    }
}

#[test]
fn a_broken_report_does_not_fit() {
    let validator = validator();
    let world = World::new();
    world.file(".mcp.json", r#"{"mcpServers":{"a":{"command":"npx","args":["-y","a-mcp"]}}}"#);
    let good = world.run(&["scan", "--format", "json", "."]).ended(0).json();
    valid(&validator, &good);
    let changes: &[(&str, Value)] = &[
        ("/schema", json!("mcp-guard/report/v2")),
        ("/tool/version", json!("one")),
        ("/files/0/status", json!("fine")),
        ("/files/0/scope", json!("world")),
        ("/files/0/format", json!("ini")),
        ("/files/0/path", json!("")),
        ("/files/0/servers/0/transport", json!("carrier pigeon")),
        ("/files/0/servers/0/pointer", json!("mcpServers")),
        ("/files/0/servers/0/pointer", json!("/~2")),
        ("/files/0/servers/0/package", json!({})),
        ("/files/0/servers/0/package/pin", json!("tight")),
        ("/files/0/servers/0/disabled", Value::Null),
        ("/files/0/servers/0/span/start/line", json!(0)),
        ("/files/0/servers/0/span/bytes", json!([1])),
        ("/files/0/servers/0/span/bytes", json!([1, 2, 3])),
        ("/findings/0/severity", json!("terrible")),
        ("/findings/0/fingerprint", json!("A".repeat(32))),
        ("/findings/0/fingerprint", json!("a".repeat(31))),
        ("/findings/0/rule", json!("Unpinned Package")),
        ("/findings/0/message", json!("two\nlines")),
        ("/findings/0/references/0", json!("https://example.com")),
        ("/findings/0/fix/kind", json!("maybe")),
        ("/summary/servers", json!(-1)),
    ];
    for (place, value) in changes {
        let mut bad = good.clone();
        let target = bad.pointer_mut(place);
        *target.unwrap_or_else(|| panic!("there is no {place}")) = value.clone();
        assert!(!validator.is_valid(&bad), "{place} = {value}");
    }
    // Nothing may be missing, and nothing may be there that is not described.
    for place in [
        "",
        "/tool",
        "/files/0",
        "/files/0/servers/0",
        "/files/0/servers/0/package",
        "/files/0/servers/0/span",
        "/files/0/servers/0/span/end",
        "/findings/0",
        "/findings/0/fix",
        "/summary",
        "/summary/findings_by_severity",
    ] {
        let keys: Vec<String> =
            good.pointer(place).unwrap().as_object().unwrap().keys().cloned().collect();
        for key in keys {
            let mut bad = good.clone();
            bad.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(&key);
            assert!(!validator.is_valid(&bad), "{place} without {key}");
        }
        let mut bad = good.clone();
        bad.pointer_mut(place).unwrap()["surprise"] = json!(1);
        assert!(!validator.is_valid(&bad), "{place} with a surprise");
    }
}

#[test]
fn the_words_of_the_schema_are_those_of_the_code() {
    let schema = schema();
    let words = |place: &str| -> BTreeSet<String> {
        let list = schema.pointer(place).and_then(Value::as_array);
        let list = list.unwrap_or_else(|| panic!("no words at {place}"));
        list.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let of =
        |names: Vec<&str>| -> BTreeSet<String> { names.into_iter().map(str::to_owned).collect() };
    assert_eq!(words("/$defs/severity/enum"), of(Severity::ALL.iter().map(|s| s.name()).collect()));
    assert_eq!(words("/$defs/scope/enum"), of(Scope::ALL.iter().map(|s| s.name()).collect()));
    let confidences = [Confidence::Low, Confidence::Medium, Confidence::High];
    assert_eq!(
        words("/$defs/finding/properties/confidence/enum"),
        of(confidences.iter().map(|c| c.name()).collect())
    );
}
