//! Names and values of whoever wrote the change.

use serde_json::json;

use crate::job::{CLEAN, Job};

const NAMES: [&str; 12] = [
    "::error::x",
    "  ::set-output name=result::pass",
    "a\n::error::x",
    "a\r\n::add-mask::pass",
    "##[error]x",
    "##[group]",
    "@somebody #1 https://evil.example",
    "<img src=x onerror=alert(1)><!-- ",
    "`](javascript:x) | **b** ```",
    "\u{202e}gnp.x\u{200b}",
    "\u{1b}[2J\u{1b}]0;x\u{7}",
    "😀 é 文",
];

/// Servers of these names that run packages without a version, each named elsewhere, too.
fn file(names: &[&str]) -> String {
    let servers: serde_json::Map<String, serde_json::Value> = names
        .iter()
        .map(|name| {
            let server = json!({
                "command": "npx",
                "args": ["-y", format!("{name}-mcp"), *name],
                "env": { *name: *name },
                "cwd": name,
            });
            ((*name).to_owned(), server)
        })
        .collect();
    json!({ "mcpServers": servers }).to_string()
}

/// No line of the log is a command, but for annotations and notices of ours.
#[track_caller]
fn nothing_acts(log: &str) {
    for line in log.split(['\n', '\r']) {
        let Some(command) = line.trim_start().strip_prefix("::") else {
            assert!(!line.contains("##["), "{line:?}");
            continue;
        };
        // A runner looks for the older form only where it did not find this one.
        let levels = ["error", "warning", "notice"].iter();
        let mut ours = levels
            .flat_map(|level| [format!("{level} file="), format!("{level} title=mcp-guard::")]);
        assert!(ours.any(|ours| command.starts_with(&ours)), "{line:?}");
    }
    for sign in ['\u{1b}', '\u{202e}', '\u{7}'] {
        assert!(!log.contains(sign), "{log:?}");
    }
}

#[test]
fn names_of_servers() {
    let job = Job::pull(&[(".mcp.json", CLEAN)], &[(".mcp.json", &file(&NAMES))]);
    let done = job.run(&["--persona", "auditor", "--fail-on", "none"]);
    done.ran.ended(0);
    nothing_acts(&done.ran.stdout);
    nothing_acts(&done.ran.stderr);
    assert_eq!(done.output("result"), "pass");
    assert_eq!(done.outputs.len(), 11);
    let ours = job.github.ours();
    assert_eq!(ours.len(), 1);
    for text in [&ours[0], &done.summary] {
        assert!(!text.contains('\u{202e}') && !text.contains('\u{1b}'), "{text}");
    }
    // Each of them was found.
    assert!(done.output("findings").parse::<usize>().unwrap() >= NAMES.len());
}

/// Names of files that a system other than Windows allows.
#[cfg(unix)]
#[test]
fn names_of_files() {
    let names: Vec<String> =
        NAMES.iter().map(|name| format!("{}/.mcp.json", name.replace('/', "_"))).collect();
    let text = crate::job::servers(&["a"]);
    let files: Vec<(&str, &str)> =
        names.iter().map(|name| (name.as_str(), text.as_str())).collect();
    let job = Job::pull(&[("x", "x")], &files);
    let done = job.run(&["--persona", "auditor", "--fail-on", "none"]);
    done.ran.ended(0);
    nothing_acts(&done.ran.stdout);
    nothing_acts(&done.ran.stderr);
    assert_eq!(done.outputs.len(), 11);
}

/// A settings file below such a directory, whose faults are told on lines of their own.
#[cfg(unix)]
#[test]
fn names_in_errors() {
    for directory in ["::error file=x::y", "##[error]x"] {
        let settings = format!("{directory}/mcp-guard.yaml");
        let text = "scan:\n  ignore:\n    - rule: nope\n      reason: x\n    - rule: nopf\n      reason: x\n";
        let job = Job::pull(&[("x", "x")], &[(&settings, text)]);
        let done = job.run(&["--paths", directory, "--new-only", "false"]);
        done.ran.ended(2);
        nothing_acts(&done.ran.stdout);
        assert!(done.ran.stdout.contains("mcp-guard.yaml"), "{}", done.ran.stdout);
        // Each fault is told.
        assert!(done.ran.stdout.contains("`nope`") && done.ran.stdout.contains("`nopf`"));
        job.run(&["--config", &settings, "--paths", "x"]).ran.ended(2);
    }
}

#[test]
fn secrets_are_nowhere() {
    let secret = crate::support::expand("{{secret:github-pat}}");
    let (before, after) = secret.split_at(secret.len() / 2);
    let text = json!({ "mcpServers": {
        "a": { "command": "npx", "args": ["-y", "a-mcp", "--token", secret], "env": { "TOKEN": secret } },
        "b": { "url": format!("https://user:{secret}@mcp.acme.dev/?key={secret}") },
        secret.clone(): { "command": format!("/bin/{secret}") },
    } });
    let text = serde_json::to_string_pretty(&text).unwrap();
    let job = Job::pull(&[(".mcp.json", CLEAN)], &[(".mcp.json", &text)]);
    let done = job.run(&["--persona", "auditor", "--suggestions", "true"]);
    assert_eq!(done.output("result"), "fail");
    let all =
        format!("{}{:?}{:?}", done.everything(), job.github.ours(), job.github.state().reviews);
    assert!(!all.contains(&secret), "the secret is shown");
    assert!(!all.contains(after) || after.len() < 8, "half of {before} is shown");
}

#[test]
fn ten_thousand_findings() {
    let names: Vec<String> = (0..10_000).map(|n| format!("server-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let job = Job::pull(&[(".mcp.json", CLEAN)], &[(".mcp.json", &crate::job::servers(&names))]);
    let done = job.run(&["--fail-on", "low"]);
    done.ran.ended(1);
    done.is_quiet();
    assert!(done.output("findings").parse::<usize>().unwrap() >= 10_000);
    let ours = job.github.ours();
    assert_eq!(ours.len(), 1);
    assert!(ours[0].encode_utf16().count() <= 60_000);
    assert!(ours[0].len() > 20_000);
    assert!(done.summary.len() <= 1 << 20);
    let annotations = done.ran.stdout.lines().filter(|line| line.starts_with("::")).count();
    assert!(annotations <= 30, "{annotations}");
}

/// What stands in the summary already counts.
#[test]
fn a_summary_that_is_full() {
    let names: Vec<String> = (0..2000).map(|n| format!("server-{n}-😀文")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let job = Job::pull(&[(".mcp.json", CLEAN)], &[(".mcp.json", &crate::job::servers(&names))]);
    for there in [0, 900_000, 1_040_000, 1_048_576] {
        let mut command = job.world.command(&["ci", "github", "--comment", "never"]);
        command.envs(&job.variables);
        std::fs::write(job.path("event.json"), job.event.to_string()).unwrap();
        std::fs::write(job.path("summary"), "x".repeat(there)).unwrap();
        let ran = crate::support::run::finish(command, b"");
        ran.ended(0);
        let length = std::fs::metadata(job.path("summary")).unwrap().len();
        assert!(length <= 1 << 20, "{there}: {length}");
        let is_left_out = ran.stdout.contains("summary of this step is full");
        assert_eq!(is_left_out, there == 1_048_576, "{there}: {length}");
    }
}
