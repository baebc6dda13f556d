//! The one comment on a pull request.

use serde_json::json;

use crate::github::TOKEN;
use crate::job::{CLEAN, Job, servers};

const FILE: &str = ".mcp.json";

fn job() -> Job {
    Job::pull(&[(FILE, CLEAN)], &[(FILE, &servers(&["a"]))])
}

#[test]
fn it_is_written_renewed_and_settled() {
    let mut job = job();
    let done = job.run(&[]);
    done.ran.ended(0);
    done.is_quiet();
    let first = job.github.ours();
    assert_eq!(first.len(), 1, "{}", done.everything());
    assert!(
        first[0].starts_with("<!-- mcp-guard:v1:default -->\n<!-- mcp-guard-state: {\"sha\":\"")
    );
    assert!(first[0].contains(FILE), "{first:?}");
    let url = done.output("comment-url").to_owned();
    assert!(url.starts_with("https://github.com/o/r/pull/7#issuecomment-"), "{url}");

    // The same once more, as by a re-run, leaves it alone.
    job.github.forget();
    job.set("GITHUB_RUN_ATTEMPT", "2");
    assert_eq!(job.run(&[]).output("comment-url"), url);
    assert_eq!(job.github.writes(), 0);

    // Other findings renew it in place.
    job.push(&[(FILE, &servers(&["a", "b"]))]);
    assert_eq!(job.run(&[]).output("comment-url"), url);
    let second = job.github.ours();
    assert_eq!(second.len(), 1);
    assert_ne!(first, second);
    assert_eq!(job.github.asked("PATCH").len(), 1);

    // None are left.
    job.push(&[(FILE, CLEAN)]);
    let done = job.run(&[]);
    done.is("pass", "0", "0");
    let settled = job.github.ours();
    let short: String = job.github.state().head.chars().take(7).collect();
    assert!(settled[0].contains(&format!("no new findings at {short}.")), "{settled:?}");
    assert_eq!(settled[0].lines().count(), 3, "{settled:?}");
    assert_eq!(done.output("comment-url"), url);

    // Nor after another commit, which is nothing new.
    job.github.forget();
    job.push(&[("x.txt", "x")]);
    job.run(&[]);
    assert_eq!(job.github.writes(), 0);
    assert_eq!(job.github.ours(), settled);
}

#[test]
fn when_there_is_one() {
    for (comment, clean, expected) in [
        ("auto", true, 0),
        ("auto", false, 1),
        ("", false, 1),
        ("always", true, 1),
        ("always", false, 1),
        ("never", false, 0),
    ] {
        let after = if clean { CLEAN.to_owned() } else { servers(&["a"]) };
        let job = Job::pull(&[(FILE, CLEAN)], &[(FILE, &after), ("x", "x")]);
        let done = job.run(&["--comment", comment]);
        done.ran.ended(0);
        assert_eq!(job.github.ours().len(), expected, "{comment} {clean}");
        if comment == "never" {
            assert!(job.github.state().asked.is_empty());
        }
        // What it said first stays, for nothing has changed.
        job.github.forget();
        job.run(&["--comment", comment]);
        assert_eq!(job.github.writes(), 0, "{comment} {clean}");
    }
}

#[test]
fn findings_that_were_there_before_are_no_reason() {
    let job = Job::pull(&[(FILE, &servers(&["a"]))], &[("x", "x")]);
    let done = job.run(&["--fail-on", "low"]);
    done.ran.ended(0);
    done.is_quiet();
    assert_eq!(job.github.writes(), 0);
    assert_ne!(done.output("findings"), "0");
    assert_eq!(done.output("new-findings"), "0");
    assert!(!done.ran.stdout.contains("::warning"), "{}", done.ran.stdout);
    assert!(done.files.contains("unpinned-package"), "{}", done.files);
}

#[test]
fn it_is_found_among_many_others() {
    let job = job();
    for number in 0..130 {
        job.github.comment(&format!("comment {number}"), "User");
    }
    job.run(&[]);
    assert_eq!(job.github.ours().len(), 1);
    job.github.forget();
    job.github.state().comments[130]["body"] = json!("<!-- mcp-guard:v1:default -->\nold");
    job.run(&[]);
    assert_eq!(job.github.asked("POST"), [""; 0]);
    assert_eq!(job.github.asked("PATCH").len(), 1);
    let pages: Vec<String> = job.github.asked("GET");
    assert!(pages.iter().any(|path| path.ends_with("per_page=100&page=2")), "{pages:?}");
    assert_eq!(job.github.ours().len(), 1);
}

#[test]
fn somebody_elses_is_left_alone() {
    let job = job();
    let marked = "<!-- mcp-guard:v1:default -->\nhaha";
    job.github.comment(marked, "User");
    job.github.comment("<!-- mcp-guard:v1:other -->\nanother job", "Bot");
    job.github.comment(&format!("> {marked}"), "Bot");
    job.run(&[]);
    let state = job.github.state();
    assert_eq!(state.comments.len(), 4);
    assert_eq!(state.comments[0]["body"], marked);
    assert!(state.comments[1]["body"].as_str().unwrap().ends_with("another job"));
    assert!(state.comments[2]["body"].as_str().unwrap().ends_with("haha"));
}

#[test]
fn of_several_the_oldest_stays() {
    let job = job();
    let oldest = job.github.comment("<!-- mcp-guard:v1:default -->\none", "Bot");
    job.github.comment("something else", "Bot");
    job.github.comment("<!-- mcp-guard:v1:default -->\ntwo", "Bot");
    job.github.comment("<!-- mcp-guard:v1:default -->\nthree", "Bot");
    job.github.comment("<!-- mcp-guard:v1:default -->\nby hand", "User");
    job.run(&[]).is_quiet();
    assert_eq!(job.github.asked("DELETE").len(), 2);
    let state = job.github.state();
    let left: Vec<u64> = state.comments.iter().map(|c| c["id"].as_u64().unwrap()).collect();
    assert_eq!(left.len(), 3);
    assert_eq!(left[0], oldest);
    assert!(state.comments[0]["body"].as_str().unwrap().contains(FILE));
}

#[test]
fn comments_of_several_jobs() {
    let job = job();
    for id in ["", "one", "two.x_y-z"] {
        job.run(&["--comment-id", id]).ran.ended(0);
    }
    let ours = job.github.ours();
    let heads: Vec<&str> = ours.iter().filter_map(|body| body.lines().next()).collect();
    let wanted = ["default", "one", "two.x_y-z"].map(|id| format!("<!-- mcp-guard:v1:{id} -->"));
    assert_eq!(heads, wanted);
    assert!(job.path("temp/mcp-guard/two.x_y-z.sarif").exists());
    for id in ["a/b", "..", "a -->", "a\nb", &"a".repeat(65)] {
        job.run(&["--comment-id", id]).refuses(&[]).ran.complains(&["--comment-id"]);
    }
}

#[test]
fn an_older_run_does_not_overwrite() {
    let job = job();
    job.github.state().head = "f".repeat(40);
    let done = job.run(&[]);
    done.ran.ended(0);
    done.notes(&["moved on"]);
    assert_eq!(job.github.writes(), 0);
    assert_eq!(done.output("comment-url"), "");
}

#[test]
fn only_pull_requests_have_one() {
    let sha = "a".repeat(40);
    for (name, event) in [
        ("push", json!({ "before": sha, "repository": { "default_branch": "main" } })),
        ("schedule", json!({ "schedule": "0 0 * * *" })),
        ("workflow_dispatch", json!({ "inputs": null })),
        ("merge_group", json!({ "merge_group": { "base_sha": sha } })),
    ] {
        let job = job().event(name, event);
        let done = job.run(&["--comment", "always", "--suggestions", "true"]);
        done.ran.ended(0);
        let told =
            done.notices().iter().filter(|notice| notice.contains("no pull request")).count();
        assert_eq!(told, 1, "{}", done.everything());
        assert!(job.github.state().asked.is_empty(), "{name}");
        assert_eq!(done.output("comment-url"), "");
        assert!(done.summary.contains(FILE), "{name}: {}", done.summary);
    }
}

#[test]
fn without_a_token_nothing_is_asked() {
    let mut job = job();
    job.set("GITHUB_TOKEN", "");
    let done = job.run(&[]);
    done.ran.ended(0);
    done.notes(&["GITHUB_TOKEN"]);
    assert!(job.github.state().asked.is_empty());
    job.run(&["--comment", "never"]).is_quiet();
    // Nothing would have been written.
    let mut clean = Job::pull(&[(FILE, CLEAN)], &[("x", "x")]);
    clean.set("GITHUB_TOKEN", "");
    clean.run(&[]).is_quiet();
    clean.run(&["--suggestions", "true"]).is_quiet();
    clean.run(&["--comment", "always"]).notes(&["GITHUB_TOKEN"]);
}

#[test]
fn the_token_goes_in_one_header_to_the_api() {
    let job = job();
    job.run(&[]);
    let state = job.github.state();
    assert!(!state.asked.is_empty());
    for asked in &state.asked {
        assert!(!asked.path.contains(TOKEN) && !asked.body.contains(TOKEN));
        let holds = asked.headers.iter().filter(|(_, value)| value.contains(TOKEN));
        let holds: Vec<&str> = holds.map(|(name, _)| name.as_str()).collect();
        assert_eq!(holds, ["authorization"]);
        assert!(asked.path.starts_with("/api/v3/repos/o/r/"), "{}", asked.path);
    }
}

/// A server that only lacks a gateway.
const MINOR: &str = "{\"mcpServers\": {\"a\": {\"command\": \"/bin/a\"}}}\n";

#[test]
fn what_is_minor_starts_none_and_renews_one() {
    let mut job = Job::pull(&[(FILE, CLEAN)], &[(FILE, MINOR)]);
    let done = job.run(&[]);
    assert_eq!(done.output("highest-severity"), "low");
    assert!(done.ran.stdout.contains("::notice file="), "{}", done.ran.stdout);
    assert!(done.summary.contains("unguarded-server"), "{}", done.summary);
    assert_eq!(job.github.writes(), 0);
    // Where it fails, it is no longer minor.
    job.run(&["--fail-on", "low"]).ran.ended(1);
    assert_eq!(job.github.ours().len(), 1);
    job.run(&["--comment-id", "other", "--allow-incomplete", "true"]);
    assert_eq!(job.github.ours().len(), 1);
    // What was said is not left standing.
    job.run(&[]);
    let ours = job.github.ours();
    assert!(
        ours[0].contains("unguarded-server") && ours[0].contains("The check passes"),
        "{ours:?}"
    );
    job.push(&[(FILE, CLEAN)]);
    job.run(&[]);
    assert!(job.github.ours()[0].contains("mcp-guard: no new findings at "));
}

#[test]
fn what_a_change_accepts_or_alters_is_said() {
    let text = "{\"servers\": {\n  // mcp-guard: ignore[*] x\n  // mcp-guard: ignore[plaintext-http, remote-no-auth, unguarded-server] ours\n  \"a\": {\"url\": \"http://board.acme.dev/mcp\"}\n}}\n";
    let text = text.replace("  // mcp-guard: ignore[*] x\n", "");
    for after in
        [(".vscode/mcp.json", text.as_str()), ("mcp-guard.yaml", "scan: {fail_on: none}\n")]
    {
        let job = Job::pull(&[("x", "x")], &[after]);
        let done = job.run(&[]);
        assert_eq!(done.output("new-findings"), "0", "{}", done.everything());
        assert_eq!(job.github.ours().len(), 1, "{}", done.everything());
    }
}

#[test]
fn another_bot_is_left_alone() {
    let job = job();
    let marked = "<!-- mcp-guard:v1:default -->\nhaha";
    job.github.comment(marked, "Bot");
    job.github.state().comments[0]["user"]["login"] = json!("other[bot]");
    job.run(&[]);
    assert_eq!(job.github.state().comments[0]["body"], marked);
    assert_eq!(job.github.ours().len(), 2);
    assert!(job.github.asked("PATCH").is_empty() && job.github.asked("DELETE").is_empty());
    job.run(&["--comment-author", "other[bot]"]);
    assert_ne!(job.github.state().comments[0]["body"], marked);
    // A person with a token of their own.
    job.github.state().comments[0]["user"] = json!({ "login": "somebody", "type": "User" });
    job.github.state().comments[0]["body"] = json!(marked);
    job.run(&["--comment-author", "somebody"]);
    assert_ne!(job.github.state().comments[0]["body"], marked);
}
