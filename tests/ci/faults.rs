//! An API that refuses, fails, or is none. The job goes on: only the scan decides.

use crate::github::Fault;
use crate::job::{CLEAN, Done, Job, servers};

const FILE: &str = ".mcp.json";

fn job() -> Job {
    Job::pull(&[(FILE, CLEAN)], &[(FILE, &servers(&["a"]))])
}

#[track_caller]
fn goes_on(done: &Done) {
    done.ran.ended(0);
    assert_eq!(done.output("result"), "pass");
    assert!(done.summary.contains(FILE), "{}", done.summary);
}

#[test]
fn a_token_that_may_only_read() {
    for status in [403, 404] {
        let mut job = job();
        let message = "Resource not accessible by integration";
        job.github.fails("POST", "/comments", Fault::Status(status, message, &[]));
        let done = job.run(&[]);
        goes_on(&done);
        let clause = "The check does not depend on it, and the summary of the job holds the same";
        done.notes(&[message, "pull-requests: write", "forks", clause]);
        assert_eq!(job.github.asked("POST").len(), 1);
        // Of a fork it is said as what it is.
        job.github.fails("POST", "/comments", Fault::Status(status, message, &[]));
        job.event["pull_request"]["head"]["repo"]["full_name"] = "stranger/r".into();
        let done = job.run(&[]);
        goes_on(&done);
        done.notes(&["forks", "Dependabot", "only read", clause]);
    }
}

#[test]
fn a_token_that_is_not_accepted() {
    let mut job = job();
    job.set("GITHUB_TOKEN", "ghs_another");
    let done = job.run(&[]);
    goes_on(&done);
    done.notes(&["401: Bad credentials", "not accepted"]);
    assert_eq!(job.github.state().asked.len(), 1);
}

#[test]
fn limits_are_waited_for() {
    for status in [403, 429] {
        let job = job();
        let limit = Fault::Status(status, "secondary rate limit", &[("retry-after", "1")]);
        job.github.fails("GET", "/comments", limit).fails("POST", "/comments", limit);
        let done = job.run(&[]);
        goes_on(&done);
        done.is_quiet();
        assert_eq!(job.github.ours().len(), 1);
        // Before it is posted again, it is looked for again.
        assert_eq!(job.github.asked("POST").len(), 2);
        assert!(job.github.asked("GET").len() >= 4);
    }
}

#[test]
fn limits_that_last_are_not() {
    for headers in [&[("retry-after", "61")][..], &[("retry-after", "3600")]] {
        let job = job();
        job.github.fails_often("GET", "/comments", Fault::Status(429, "slow", headers), 9);
        let done = job.run(&[]);
        goes_on(&done);
        done.notes(&["429: slow"]);
        assert_eq!(job.github.state().asked.len(), 1);
    }
}

/// Where it is not said, or as a date, five seconds are waited.
#[test]
fn limits_that_do_not_say_how_long() {
    let date = &[("retry-after", "Wed, 21 Oct 2099 07:28:00 GMT")][..];
    for headers in [&[("x-ratelimit-remaining", "0")][..], date] {
        let job = job();
        job.github.fails("GET", "/comments", Fault::Status(403, "spent", headers));
        let done = job.run(&[]);
        goes_on(&done);
        done.is_quiet();
        assert_eq!(job.github.ours().len(), 1);
    }
}

#[test]
fn errors_of_the_server_pass() {
    for method in ["GET", "POST"] {
        let job = job();
        job.github.fails_often(method, "/comments", Fault::Status(500, "oops", &[]), 2);
        let done = job.run(&[]);
        goes_on(&done);
        done.is_quiet();
        assert_eq!(job.github.ours().len(), 1, "{method}");
    }
    let job = job();
    job.github.fails_often("GET", "/comments", Fault::Status(502, "oops", &[]), 9);
    let done = job.run(&[]);
    goes_on(&done);
    done.notes(&["502: oops", "The check does not depend on it, and the summary"]);
    assert_eq!(job.github.asked("GET").len(), 3);
}

/// It was written, but the answer did not arrive whole: there is one all the same.
#[test]
fn an_answer_that_breaks_off() {
    let job = job();
    job.github.fails("POST", "/comments", Fault::Truncated);
    let done = job.run(&[]);
    goes_on(&done);
    done.is_quiet();
    assert_eq!(job.github.ours().len(), 1);
    assert_eq!(job.github.asked("POST").len(), 1);
    assert!(done.output("comment-url").contains("issuecomment"));
    job.github.fails_often("GET", "/comments", Fault::Truncated, 9);
    let done = job.run(&[]);
    goes_on(&done);
    done.notes(&["no whole answer"]);
}

#[test]
fn an_answer_that_is_none() {
    for (method, path) in [("GET", "/comments"), ("GET", "/pulls/7"), ("POST", "/comments")] {
        let job = job();
        job.github.fails_often(method, path, Fault::Html, 9);
        let done = job.run(&[]);
        goes_on(&done);
        done.notes(&["not what its API answers"]);
        assert_eq!(job.github.ours().len(), 0, "{method} {path}");
    }
}

#[test]
fn a_comment_that_is_too_long() {
    let names: Vec<String> = (0..2000).map(|n| format!("server-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let job = Job::pull(&[(FILE, CLEAN)], &[(FILE, &servers(&names))]);
    let long = Fault::Status(422, "Validation Failed", &[]);
    job.github.fails("POST", "/comments", long);
    let done = job.run(&[]);
    goes_on(&done);
    done.is_quiet();
    let ours = job.github.ours();
    assert_eq!(ours.len(), 1);
    assert!((10_000..=30_000).contains(&ours[0].encode_utf16().count()));
    // What it says is the same, so that it stays.
    job.github.forget();
    job.run(&[]).is_quiet();
    assert_eq!(job.github.writes(), 0);
    // Only once: what is refused again is something else.
    job.github.state().comments.clear();
    job.github.forget();
    job.github.fails_often("POST", "/comments", long, 9);
    job.run(&[]).notes(&["422: Validation Failed"]);
    assert_eq!(job.github.asked("POST").len(), 2);
}

#[test]
fn nobody_is_there() {
    let mut job = job();
    job.set("GITHUB_API_URL", "http://127.0.0.1:9");
    let done = job.run(&[]);
    goes_on(&done);
    done.notes(&["no whole answer"]);
}

#[test]
fn a_redirect_is_followed_on_the_same_host_only() {
    let other = Job::plain();
    let elsewhere: &'static str = Box::leak(other.github.api().into_boxed_str());
    let job = job();
    job.github.fails_often("GET", "/comments", Fault::Redirect(301, elsewhere), 9);
    let done = job.run(&[]);
    goes_on(&done);
    done.notes(&["301", "the token is not sent"]);
    assert!(other.github.state().asked.is_empty());

    let job = self::job();
    let here: &'static str = Box::leak(job.github.api().into_boxed_str());
    job.github.fails("GET", "/comments", Fault::Redirect(301, here));
    job.github.fails("POST", "/comments", Fault::Redirect(307, here));
    job.run(&[]).is_quiet();
    assert_eq!(job.github.ours().len(), 1);
    job.github.state().comments.clear();
    job.github.fails_often("GET", "/comments", Fault::Redirect(302, here), 99);
    job.run(&[]).notes(&["redirects without end"]);
}

/// What the API says is not for the log to act on, nor does a secret in it get there.
#[test]
fn what_it_says_is_only_told() {
    let job = job();
    let message = "a\n::error::b\r\n##[error]c\u{1b}[2J\u{202e} ghs_MOCKtokenMOCKtokenMOCKtokenMOCKtoken %0A::error::d";
    job.github.fails("GET", "/comments", Fault::Status(400, message, &[]));
    let done = job.run(&[]);
    goes_on(&done);
    done.notes(&["400: a ::error::b", "***", "%250A"]);
    assert!(!done.ran.stdout.contains('\u{1b}') && !done.ran.stdout.contains('\u{202e}'));
    assert!(!done.ran.stdout.lines().any(|line| line.trim_start().starts_with("::error::")));
}

/// Whoever has so many comments might have ours among those that were not read.
#[test]
fn a_list_without_end() {
    let job = job();
    for _ in 0..5001 {
        job.github.comment("x", "User");
    }
    let done = job.run(&[]);
    goes_on(&done);
    done.notes(&["more than 50 pages"]);
    assert_eq!(job.github.asked("GET").len(), 50);
    assert_eq!(job.github.writes(), 0);
}

/// Who waits may be overtaken.
#[test]
fn after_a_pause_the_head_is_asked_for_again() {
    for method in ["POST", "PATCH"] {
        let job = job();
        if method == "PATCH" {
            job.github.comment("<!-- mcp-guard:v1:default -->\nold", "Bot");
        }
        let slow = Fault::Status(429, "slow", &[("retry-after", "1")]);
        job.github.fails(method, "/comments", slow);
        job.github.state().moves_to = Some("f".repeat(40));
        let done = job.run(&[]);
        goes_on(&done);
        done.notes(&["moved on"]);
        assert_eq!(job.github.asked(method).len(), 1);
        // Without that it is written.
        let sha = job.event["pull_request"]["head"]["sha"].as_str().unwrap();
        sha.clone_into(&mut job.github.state().head);
        job.github.fails(method, "/comments", slow);
        job.run(&[]).is_quiet();
        assert!(job.github.ours()[0].contains(FILE));
    }
}

/// Somebody deletes it between two requests.
#[test]
fn a_comment_that_is_gone() {
    let job = job();
    let id = job.github.comment("<!-- mcp-guard:v1:default -->\nold", "Bot");
    job.github.fails("PATCH", "/comments", Fault::Status(404, "Not Found", &[]));
    let done = job.run(&[]);
    goes_on(&done);
    done.is_quiet();
    // It was there all the same.
    assert_eq!(job.github.asked("PATCH").len(), 2);
    assert_eq!(job.github.ours().len(), 1);
    job.github.forget();
    job.github.state().comments[0]["body"] = "<!-- mcp-guard:v1:default -->\nold".into();
    job.github.state().forgets = Some(id);
    job.github.fails("PATCH", "/comments", Fault::Status(404, "Not Found", &[]));
    let done = job.run(&[]);
    goes_on(&done);
    done.is_quiet();
    assert_eq!(job.github.asked("POST").len(), 1);
    assert_eq!(job.github.ours().len(), 1);
    // A token that may not write gets the same answer, each time.
    job.github.state().comments[0]["body"] = "<!-- mcp-guard:v1:default -->\nold".into();
    job.github.fails_often("PATCH", "/comments", Fault::Status(404, "Not Found", &[]), 9);
    job.run(&[]).notes(&["404: Not Found", "pull-requests: write"]);
}
