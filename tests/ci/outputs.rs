//! Options, outputs, files and exit codes.

use serde_json::json;

use crate::job::{CLEAN, Job, servers};

const FILE: &str = ".mcp.json";

/// The outputs that `action.yml` and the documentation promise.
const NAMES: [&str; 11] = [
    "accepted-findings",
    "comment-url",
    "findings",
    "fixed-findings",
    "highest-severity",
    "json-file",
    "new-findings",
    "reason",
    "result",
    "sarif-file",
    "version",
];

fn job() -> Job {
    Job::pull(&[(FILE, CLEAN)], &[(FILE, &servers(&["a"]))])
}

#[test]
fn every_output_and_no_other() {
    for options in [&[][..], &["--fail-on", "low"], &["--paths", "x"]] {
        let job = job();
        job.world.file("x", "x");
        let done = job.run(options);
        let names: Vec<&str> = done.outputs.keys().map(String::as_str).collect();
        assert_eq!(names, NAMES, "{options:?}");
        assert_eq!(done.output("version"), env!("CARGO_PKG_VERSION"));
        for name in ["sarif-file", "json-file"] {
            let text = std::fs::read_to_string(done.output(name)).unwrap();
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
        }
    }
}

#[test]
fn what_is_fixed_is_counted() {
    let job = Job::pull(&[(FILE, &servers(&["a"]))], &[(FILE, CLEAN)]);
    let done = job.run(&[]);
    done.ran.ended(0);
    done.is("pass", "0", "0");
    assert_ne!(done.output("fixed-findings"), "0");
    assert_eq!(done.output("highest-severity"), "none");
}

#[test]
fn a_repository_without_configuration_is_quiet() {
    let job = Job::pull(&[("x", "x")], &[("y", "y")]);
    let done = job.run(&[]);
    done.ran.ended(0);
    done.is("pass", "0", "0");
    assert_eq!(done.summary.lines().count(), 1, "{}", done.summary);
    assert_eq!(job.github.writes(), 0);
    assert!(!done.ran.stdout.contains("::"), "{}", done.ran.stdout);
    assert!(
        done.ran.stdout.ends_with("\nmcp-guard: pass: no new finding of severity high or worse\n")
    );
}

#[test]
fn empty_options_are_not_given() {
    let names = [
        "paths",
        "config",
        "baseline",
        "persona",
        "fail-on",
        "min-severity",
        "new-only",
        "base-ref",
        "allow-incomplete",
        "comment",
        "comment-id",
        "comment-author",
        "suggestions",
        "annotations",
        "summary",
        "category",
        "sarif-file",
        "json-file",
        "allow-pull-request-target",
    ];
    let options: Vec<String> =
        names.iter().flat_map(|name| [format!("--{name}"), String::new()]).collect();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let job = job();
    let (plain, empty) = (job.run(&[]), job.run(&options));
    empty.ran.ended(0);
    assert_eq!(plain.ran.stdout, empty.ran.stdout);
    assert_eq!(plain.outputs, empty.outputs);
}

#[test]
fn options_that_are_wrong() {
    let job = job();
    for (name, value) in [
        ("--persona", "me"),
        ("--fail-on", "bad"),
        ("--fail-on", "HIGH"),
        ("--min-severity", "none"),
        ("--new-only", "yes"),
        ("--comment", "true"),
        ("--suggestions", "1"),
        ("--annotations", "no"),
        ("--summary", "False"),
        ("--allow-incomplete", "x"),
        ("--allow-pull-request-target", "x"),
        ("--config", "none.yaml"),
        ("--baseline", "none.json"),
        ("--paths", "none"),
        ("--paths", "-"),
        ("--category", "a\nb"),
        ("--category", " / "),
        ("--category", &"a".repeat(201)),
        ("--comment-author", "a b"),
        ("--comment-author", "[bot]"),
        ("--comment-author", "a[bot][bot]"),
        ("--comment-author", &"a".repeat(81)),
        ("--sarif-file", "../temp/mcp-guard/default.json"),
        ("--sarif-file", "a\nresult=pass"),
        ("--json-file", "a\rb"),
    ] {
        let done = job.run(&[name, value, "--no-gate"]);
        done.refuses(&[]);
        assert!(job.github.state().asked.is_empty(), "{name}");
    }
}

#[test]
fn options_that_choose() {
    let job = job();
    job.world.file("a/.mcp.json", &servers(&["x"])).file("b/.mcp.json", &servers(&["y"]));
    let done = job.run(&["--paths", "a\n\n b\r\n", "--annotations", "false", "--summary", "false"]);
    done.ran.ended(0).says(&["a/.mcp.json", "b/.mcp.json"]);
    assert!(!done.ran.stdout.contains(" .mcp.json"), "{}", done.ran.stdout);
    assert!(!done.ran.stdout.contains("::warning"), "{}", done.ran.stdout);
    assert_eq!(done.summary, "");
    let files = ["out/deep/s.sarif", "r.json"];
    let done = job.run(&["--sarif-file", files[0], "--json-file", files[1], "--category", " one "]);
    assert_eq!((done.output("sarif-file"), done.output("json-file")), (files[0], files[1]));
    let sarif = std::fs::read_to_string(job.world.work(files[0])).unwrap();
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    assert_eq!(sarif["runs"][0]["automationDetails"]["id"], "one/");
    let severe = job.run(&["--min-severity", "critical", "--new-only", "false"]);
    severe.is("pass", "0", "0");
}

/// A change can bring a link along in the place of a result.
#[cfg(unix)]
#[test]
fn a_link_is_replaced_and_not_followed() {
    let job = job();
    let precious = job.path("precious");
    std::fs::write(&precious, "precious").unwrap();
    std::os::unix::fs::symlink(&precious, job.world.work("s.sarif")).unwrap();
    job.run(&["--sarif-file", "s.sarif"]).ran.ended(0);
    assert_eq!(std::fs::read_to_string(precious).unwrap(), "precious");
    assert!(!job.world.work("s.sarif").is_symlink());
}

#[test]
fn the_files_of_a_runner_may_be_missing() {
    let mut job = job();
    for name in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_RUN_ID"] {
        job.set(name, "");
    }
    let done = job.run(&[]);
    done.ran.ended(0);
    assert_eq!(job.github.ours().len(), 1);
    job.set("RUNNER_TEMP", "");
    job.run(&[]).refuses(&["RUNNER_TEMP", "--sarif-file"]);
    job.run(&["--sarif-file", "s", "--json-file", "j"]).ran.ended(0);
}

#[test]
fn it_needs_a_workflow() {
    for (name, value, said) in [
        ("GITHUB_ACTIONS", "", "GitHub workflow"),
        ("GITHUB_REPOSITORY", "", "GITHUB_REPOSITORY"),
        ("GITHUB_REPOSITORY", "../../x", "GITHUB_REPOSITORY"),
        ("GITHUB_EVENT_NAME", "", "GITHUB_EVENT_NAME"),
        ("GITHUB_EVENT_PATH", "/nowhere/event.json", "/nowhere/event.json"),
        ("GITHUB_API_URL", "http://api.example.com", "GITHUB_API_URL"),
    ] {
        let mut job = job();
        job.set(name, value);
        let done = job.run(&["--no-gate"]);
        done.refuses(&[said]);
        // Told once, where it is seen.
        let shown = done.ran.stdout.starts_with("::error title=mcp-guard::");
        assert_eq!(shown, name != "GITHUB_ACTIONS", "{}", done.ran.stdout);
        assert_eq!(done.ran.stdout.lines().count(), usize::from(shown));
        assert!(job.github.state().asked.is_empty());
    }
    let job = job();
    for text in ["", "{", "[]", "{}", "{\"pull_request\":{\"number\":\"7\"}}", "\u{0}"] {
        std::fs::write(job.path("event.json"), text).unwrap();
        let mut command = job.world.command(&["ci", "github"]);
        command.envs(&job.variables);
        let ran = crate::support::run::finish(command, b"");
        ran.ended(2).says(&["event.json", "pull_request"]);
    }
}

#[test]
fn the_event_with_the_rights_of_the_base_is_refused() {
    let mut job = job();
    job.set("GITHUB_EVENT_NAME", "pull_request_target");
    let done = job.run(&["--no-gate"]);
    done.refuses(&["the event is pull_request_target", "use pull_request"]);
    assert!(job.github.state().asked.is_empty());
    job.run(&["--allow-pull-request-target", "true"]).ran.ended(0);
    assert_eq!(job.github.ours().len(), 1);
}

#[test]
fn other_events_are_scanned() {
    let job = job().event("release", json!({ "action": "published" }));
    let done = job.run(&["--fail-on", "low"]);
    done.ran.ended(1);
    assert_eq!(done.output("result"), "fail");
    assert!(done.ran.stdout.contains("::warning file=.mcp.json"), "{}", done.ran.stdout);
}

/// What makes the check red is shown, whatever else is asked for.
#[test]
fn nothing_red_is_hidden() {
    let done = job().run(&["--fail-on", "medium", "--min-severity", "critical"]);
    done.ran.ended(1).says(&["[unpinned-package]"]);
    assert_ne!(done.output("new-findings"), "0");
    let reason = done.output("reason");
    assert!(reason.ends_with("new finding of severity medium or worse"), "{reason}");
    assert!(done.ran.stdout.ends_with(&format!("\nmcp-guard: fail: {reason}\n")));
    assert!(done.summary.contains(reason), "{}", done.summary);
}

#[test]
fn paths_lie_in_the_workspace() {
    let mut job = job();
    let workspace = job.world.work("").to_str().unwrap().to_owned();
    job.set("GITHUB_WORKSPACE", &workspace);
    job.run(&["--paths", "."]).ran.ended(0);
    for path in ["..", "/", "../temp"] {
        job.run(&["--paths", &format!(".\n{path}"), "--no-gate"])
            .refuses(&[&format!("`{path}` lies outside of the workspace")]);
    }
    assert!(job.run(&["-q"]).ran.stdout.contains("mcp-guard: pass"));
}

#[test]
fn the_report_is_left_out_of_the_log() {
    let text = "Compared with";
    let job = job();
    job.run(&[]).ran.says(&[text]);
    let mut command = job.world.command(&["-q", "ci", "github"]);
    command.envs(&job.variables);
    let ran = crate::support::run::finish(command, b"");
    ran.ended(0).says(&["::warning file=", "mcp-guard: pass: "]);
    assert!(!ran.stdout.contains(text), "{}", ran.stdout);
}

#[test]
fn what_a_change_alters_and_accepts_is_shown() {
    let path = ".vscode/mcp.json";
    let text = "{\"servers\": {\n  // mcp-guard: ignore[plaintext-http] inside the cluster\n  \"a\": {\"url\": \"http://board.acme.dev/mcp\"}\n}}\n";
    let lax = "scan: {fail_on: none, min_severity: high}\n";
    let job = Job::pull(&[("x", "x")], &[(path, text), ("mcp-guard.yaml", lax)]);
    let done = job.run(&[]);
    assert_eq!(done.output("accepted-findings"), "1");
    done.notes(&["New, but not counted: high[plaintext-http] .vscode/mcp.json:3: "]);
    let says = "::warning title=mcp-guard::this change alters scan.fail_on, scan.min_severity; it \
                does not count here, but will once merged";
    done.ran.says(&[says]);
    // What was agreed on beforehand is no news.
    let agreed = "scan: {ignore: [{rule: '*', reason: x}]}\n";
    let text = text.replace("// mcp-guard: ignore[plaintext-http] inside the cluster", "");
    let quiet = Job::pull(&[("mcp-guard.yaml", agreed)], &[(path, &text)]);
    let done = quiet.run(&[]);
    done.is_quiet();
    assert_eq!((done.output("accepted-findings"), quiet.github.writes()), ("0", 0));
    let quiet = job.run(&["--annotations", "false"]);
    quiet.is_quiet();
    assert!(!quiet.ran.stdout.contains("::warning"), "{}", quiet.ran.stdout);
}

#[test]
fn of_many_that_are_accepted_five_are_named() {
    let server = |n: usize| {
        format!(
            "  // mcp-guard: ignore[plaintext-http] inside\n  \"a{n}\": {{\"url\": \"http://board{n}.acme.dev/mcp\"}}"
        )
    };
    let servers: Vec<String> = (0..7).map(server).collect();
    let text = format!("{{\"servers\": {{\n{}\n}}}}\n", servers.join(",\n"));
    let job = Job::pull(&[("x", "x")], &[(".vscode/mcp.json", &text)]);
    let done = job.run(&[]);
    assert_eq!(done.output("accepted-findings"), "7");
    assert_eq!(done.notices().len(), 6);
    assert!(done.notices()[5].starts_with("And 2 more"), "{:?}", done.notices());
}
