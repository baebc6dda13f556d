//! Suggestions in a review.

use serde_json::{Value, json};

use crate::github::Fault;
use crate::job::{CLEAN, Job};

/// Cursor's approval of everything, which is taken back without a look.
const PATH: &str = ".gemini/settings.json";
const LINE: &str = "    \"a\": {\"command\": \"/bin/a\", \"trust\": true}";

fn text(line: &str) -> String {
    format!("{{\n  \"mcpServers\": {{\n{line}\n  }}\n}}\n")
}

/// A pull request that adds a file of this line, and the diff of it.
fn job(line: &str) -> Job {
    let text = text(line);
    let job = Job::pull(&[("x", CLEAN)], &[(PATH, &text)]);
    let count = text.lines().count();
    let added: Vec<String> = text.split_terminator('\n').map(|line| format!("+{line}")).collect();
    let patch = format!("@@ -0,0 +1,{count} @@\n{}", added.join("\n"));
    job.github.state().files = vec![
        json!({ "filename": "large", "status": "added" }),
        json!({ "filename": PATH, "status": "added", "patch": patch }),
    ];
    job
}

const OPTIONS: [&str; 6] = ["--suggestions", "true", "--comment", "never", "--fail-on", "none"];

fn comments(job: &Job) -> Vec<Value> {
    let state = job.github.state();
    state.reviews.iter().flat_map(|r| r["comments"].as_array().unwrap().clone()).collect()
}

#[test]
fn a_safe_repair_is_suggested_once() {
    let job = job(LINE);
    let done = job.run(&OPTIONS);
    done.ran.ended(0);
    done.is_quiet();
    {
        let state = job.github.state();
        assert_eq!(state.reviews.len(), 1, "{}", done.everything());
        let review = &state.reviews[0];
        assert_eq!(review["event"], "COMMENT");
        assert_eq!(review["commit_id"], state.head.as_str());
    }
    let comments = self::comments(&job);
    assert_eq!(comments.len(), 1);
    let comment = &comments[0];
    assert_eq!(
        (&comment["path"], &comment["line"], &comment["side"]),
        (&json!(PATH), &json!(3), &json!("RIGHT"))
    );
    let body = comment["body"].as_str().unwrap();
    let suggested =
        body.split("```suggestion\n").nth(1).and_then(|rest| rest.split("\n```").next());
    assert_eq!(suggested, Some("    \"a\": {\"command\": \"/bin/a\"}"), "{body}");
    // The scanner has nothing more to repair there.
    job.world.file(PATH, &text(suggested.unwrap()));
    let again = job.world.run(&["scan", "--fix", "--dry-run", "."]);
    assert_eq!(again.stdout, "", "{}", again.stderr);
    job.world.file(PATH, &text(LINE));
    job.run(&OPTIONS).ran.ended(0);
    assert_eq!(job.github.state().reviews.len(), 1);
}

#[test]
fn lines_that_the_change_does_not_add_are_left() {
    for change in [
        |file: &mut Value| file["patch"] = json!("@@ -1,5 +1,5 @@\n {\n   \"mcpServers\": {"),
        |file: &mut Value| file["patch"] = Value::Null,
        |file: &mut Value| file["filename"] = json!("other"),
        // The line is another one there.
        |file: &mut Value| file["patch"] = json!("@@ -0,0 +1,3 @@\n+{\n+  \"mcpServers\": {\n+x"),
    ] {
        let job = job(LINE);
        change(&mut job.github.state().files[1]);
        let done = job.run(&OPTIONS);
        done.ran.ended(0);
        done.is_quiet();
        assert_eq!(job.github.writes(), 0);
    }
}

#[test]
fn a_line_that_holds_a_secret_is_not_repeated() {
    let known = crate::support::expand("{{secret:github-pat}}");
    // The one by its form, the other by its name only.
    for (name, secret) in [("GITHUB_TOKEN", known.as_str()), ("DB_PASSWORD", "Tr0ub4dor-and-3")] {
        let env = format!("\"env\": {{\"{name}\": \"{secret}\"}}");
        let line = LINE.replace("\"trust\"", &format!("{env}, \"trust\""));
        let job = job(&line);
        let done = job.run(&["--suggestions", "true"]);
        assert!(done.ran.stdout.contains("auto-approve-server"), "{}", done.ran.stdout);
        assert!(comments(&job).is_empty(), "{:?}", comments(&job));
        let all = format!("{}{:?}", done.everything(), job.github.ours());
        assert!(!all.contains(secret), "{all}");
    }
}

#[test]
fn a_line_that_is_not_plain_is_left() {
    for line in [
        LINE.replace("/bin/a", "/bin/\u{202e}a"),
        LINE.replace("/bin/a", &format!("/bin/{}", "a".repeat(600))),
        format!("{LINE}\r"),
    ] {
        let job = job(&line);
        let done = job.run(&OPTIONS);
        done.ran.ended(0);
        assert!(done.ran.stdout.contains("auto-approve-server"), "{line}");
        assert!(comments(&job).is_empty(), "{line}");
    }
    // A tab is.
    let job = job(&LINE.replace("    ", "\t"));
    job.run(&OPTIONS).ran.ended(0);
    assert_eq!(comments(&job).len(), 1);
}

#[test]
fn a_refusal_is_told() {
    for (status, path) in [(422, "/reviews"), (403, "/reviews"), (404, "/files")] {
        let job = job(LINE);
        let method = if path == "/files" { "GET" } else { "POST" };
        job.github.fails_often(method, path, Fault::Status(status, "no", &[]), 9);
        let done = job.run(&OPTIONS);
        done.ran.ended(0);
        done.notes(&["the repairs were not suggested", &format!("{status}: no")]);
        assert!(job.github.asked("POST").len() <= 1);
    }
    let job = job(LINE);
    job.github.state().head = "f".repeat(40);
    job.run(&OPTIONS).ran.ended(0);
    assert_eq!(job.github.writes(), 0);
}

#[test]
fn thirty_at_once() {
    let lines: Vec<String> = (0..35).map(|n| LINE.replace("\"a\"", &format!("\"a{n}\""))).collect();
    let job = job(&lines.join(",\n"));
    job.run(&OPTIONS).ran.ended(0);
    assert_eq!(comments(&job).len(), 30);
    job.run(&OPTIONS).ran.ended(0);
    assert_eq!(comments(&job).len(), 35);
}

/// The same line in two files is two repairs.
#[test]
fn the_same_in_two_files() {
    let text = text(LINE);
    let paths = [PATH, "sub/.gemini/settings.json"];
    let job = Job::pull(&[("x", CLEAN)], &[(paths[0], &text), (paths[1], &text)]);
    let added: Vec<String> = text.split_terminator('\n').map(|line| format!("+{line}")).collect();
    let patch = format!("@@ -0,0 +1,{} @@\n{}", added.len(), added.join("\n"));
    let file = |path: &str| json!({ "filename": path, "status": "added", "patch": patch });
    // First only one of them has a diff.
    job.github.state().files = vec![file(paths[0])];
    job.run(&OPTIONS).ran.ended(0);
    assert_eq!(comments(&job).len(), 1);
    job.github.state().files = paths.map(file).to_vec();
    job.run(&OPTIONS).ran.ended(0);
    let comments = comments(&job);
    assert_eq!(comments.len(), 2);
    assert_eq!(comments[1]["path"], paths[1]);
    let marks: Vec<&str> =
        comments.iter().map(|c| c["body"].as_str().unwrap().lines().next().unwrap()).collect();
    assert_ne!(marks[0], marks[1]);
}
