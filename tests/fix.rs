//! `mcp-guard scan --fix`: what it writes, what it leaves alone, and what it says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on fails"
)]

mod support;

use support::expand;
use support::run::{Ran, World};

const FILE: &str = ".cursor/mcp.json";
const TEXT: &str = r#"{
  // what I use
  "mcpServers": {
    "docs": { "command": "npx", "args": ["-y", "docs-mcp", "--host", "0.0.0.0"] }, // local
    "gh": { "command": "/bin/gh-mcp", "env": { "GITHUB_TOKEN": "{{secret:github-pat}}" } }
  }
}
"#;

fn world() -> World {
    let world = World::new();
    world.file(FILE, TEXT);
    world
}

fn text(world: &World, file: &str) -> String {
    std::fs::read_to_string(world.work(file)).unwrap()
}

fn scan(world: &World, more: &[&str]) -> Ran {
    let mut arguments = vec!["scan", "--no-home"];
    arguments.extend(more);
    arguments.push(".");
    world.run(&arguments)
}

/// The token that stands for `{{secret:github-pat}}`.
fn secret() -> String {
    expand("{{secret:github-pat}}")
}

#[test]
fn safe_repairs_are_written_and_nothing_else_changes() {
    let world = world();
    let ran = scan(&world, &["--fix", "--pin", "docs-mcp=1.2.3"]);
    // The secret is still there.
    ran.ended(1).complains(&[
        "Repaired 2 findings:",
        ".cursor/mcp.json:4 unpinned-package (docs): Run version 1.2.3 of `docs-mcp`",
        "With --unsafe-fixes 1 finding more:",
        "from the variable GITHUB_TOKEN",
    ]);
    assert!(!ran.stdout.contains("unpinned-package"), "{}", ran.stdout);
    let wanted =
        expand(TEXT).replace("\"docs-mcp\"", "\"docs-mcp@1.2.3\"").replace("0.0.0.0", "127.0.0.1");
    assert_eq!(text(&world, FILE), wanted);
    scan(&world, &["--fix", "--pin", "docs-mcp=1.2.3"]).complains(&["Repaired nothing."]);
    assert_eq!(text(&world, FILE), wanted);
}

#[test]
fn unsafe_repairs_take_the_secret_out_and_say_what_to_do() {
    let world = world();
    let ran = scan(&world, &["--fix", "--unsafe-fixes", "--fail-on", "medium"]);
    ran.complains(&["Repaired 2 findings:", "Put the secret there"]);
    let after = text(&world, FILE);
    assert!(after.contains(r#""GITHUB_TOKEN": "${env:GITHUB_TOKEN}""#), "{after}");
    assert!(!after.contains(&secret()) && !ran.whole().contains(&secret()));
    for entry in std::fs::read_dir(world.work(".cursor")).unwrap() {
        assert_eq!(entry.unwrap().file_name(), "mcp.json", "nothing else is left behind");
    }
    // A package without a version that anybody named is left.
    ran.ended(1).says(&["unpinned-package"]);
}

#[test]
fn a_dry_run_shows_the_difference_without_secrets_and_writes_nothing() {
    let world = world();
    let ran = scan(&world, &["--fix", "--dry-run", "--unsafe-fixes"]);
    ran.ended(1).complains(&["Would repair 2 findings:"]).says(&[
        "--- a/.cursor/mcp.json\n+++ b/.cursor/mcp.json\n@@",
        "-    \"docs\": { \"command\": \"npx\", \"args\": [\"-y\", \"docs-mcp\", \"--host\", \"0.0.0.0\"] }, // local\n",
        "+    \"docs\": { \"command\": \"npx\", \"args\": [\"-y\", \"docs-mcp\", \"--host\", \"127.0.0.1\"] }, // local\n",
        "****",
        "+    \"gh\": { \"command\": \"/bin/gh-mcp\", \"env\": { \"GITHUB_TOKEN\": \"${env:GITHUB_TOKEN}\" } }",
    ]);
    assert!(!ran.whole().contains(&secret()));
    assert_eq!(text(&world, FILE), expand(TEXT));
}

#[test]
fn a_dry_run_shows_the_reference_in_a_script() {
    let world = World::new();
    let entry = |value: &str| {
        format!(
            "{{\"mcpServers\": {{\"gh\": {{\n  \"command\": \"sh\",\n  \"args\": [\"-c\", \"gh-mcp {value}\"]\n}}}}}}\n"
        )
    };
    for (before, after) in [
        ("--token {{secret:github-pat}}", "--token ${env:GH_TOKEN}"),
        ("--token={{secret:github-pat}} x", "--token=${env:GH_TOKEN} x"),
        ("token:{{secret:github-pat}}", "token:${env:GH_TOKEN}"),
    ] {
        world.file(FILE, &entry(before));
        let ran = scan(&world, &["--fix", "--dry-run", "--unsafe-fixes"]);
        ran.says(&[&format!("+  \"args\": [\"-c\", \"gh-mcp {after}\"]")]);
        assert!(!ran.whole().contains(&secret()));
    }
    // The script may hold more that is secret, but not what leads to it.
    world.file(
        FILE,
        r#"{"mcpServers": {"gh": {"command": "sh", "args": ["-c", "GITHUB_TOKEN={{secret:github-pat}} exec gh-mcp"]}}}"#,
    );
    let ran = scan(&world, &["--fix", "--dry-run", "--unsafe-fixes"]);
    ran.says(&["GITHUB_TOKEN=${env:GITHUB_TOKEN}"]);
    assert!(!ran.whole().contains(&secret()));
}

#[test]
fn the_lock_file_tells_the_version() {
    let world = World::new();
    let server = |version: &str| {
        format!(
            r#"{{"mcpServers":{{"docs":{{"command":"npx","args":["-y","docs-mcp{version}"]}}}}}}"#
        )
    };
    world.file(".mcp.json", &server("@3.1.4"));
    world.run(&["pin"]).ended(0);
    world.file(".mcp.json", &server(""));
    scan(&world, &["--fix"]).complains(&["Run version 3.1.4"]);
    assert_eq!(text(&world, ".mcp.json"), server("@3.1.4"));
}

#[test]
fn edits_of_the_json_report_are_what_is_written() {
    let world = world();
    let bom = ["\u{feff}", &expand(TEXT).replace('\n', "\r\n")].concat();
    world.bytes(FILE, bom.as_bytes());
    let report = scan(&world, &["--format", "json", "--pin", "docs-mcp=1.2.3"]).json();
    assert!(!report.to_string().contains(&secret()));
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for finding in report["findings"].as_array().unwrap() {
        let fix = &finding["fix"];
        if fix["kind"] == "safe" {
            for edit in fix["edits"].as_array().unwrap() {
                let at = |index: usize| {
                    usize::try_from(edit["span"]["bytes"][index].as_u64().unwrap()).unwrap()
                };
                edits.push((at(0), at(1), edit["text"].as_str().unwrap().to_owned()));
            }
        }
    }
    assert_eq!(edits.len(), 2, "{report:#}");
    edits.sort();
    let mut wanted = bom;
    for (start, end, text) in edits.iter().rev() {
        wanted.replace_range(*start..*end, text);
    }
    scan(&world, &["--fix", "--pin", "docs-mcp=1.2.3"]);
    assert_eq!(text(&world, FILE), wanted);
    assert!(wanted.starts_with('\u{feff}') && !wanted.replace("\r\n", "").contains('\n'));
}

#[test]
fn what_cannot_be_repaired_is_refused_before_anything_is_done() {
    let world = world();
    for (arguments, message) in [
        (vec!["scan", "--fix", "--pin", "docs-mcp=latest", "."], "no exact version"),
        (vec!["scan", "--fix", "-"], "standard input"),
        (vec!["scan", "--dry-run", "."], "--fix"),
    ] {
        world.run(&arguments).ended(2).complains(&[message]);
    }
    assert_eq!(text(&world, FILE), expand(TEXT));
}

#[test]
fn a_broken_file_is_left_alone() {
    let world = World::new();
    let broken = r#"{"mcpServers":{"docs":{"command":"npx","args":["-y","docs-mcp"]"#;
    world.file(FILE, broken);
    scan(&world, &["--fix", "--pin", "docs-mcp=1.2.3"]).complains(&["Repaired nothing."]);
    assert_eq!(text(&world, FILE), broken);
}

#[test]
fn findings_that_are_not_reported_are_not_repaired() {
    let world = world();
    scan(&world, &["--fix", "--ignore", "exposed-bind"]).complains(&["Repaired nothing."]);
    scan(&world, &["--fix", "--select", "secret-*"]).complains(&["Repaired nothing."]);
    assert_eq!(text(&world, FILE), expand(TEXT));
}

#[test]
fn what_somebody_accepted_is_not_repaired() {
    let world = World::new();
    let accepted = TEXT.replace(
        "\"mcpServers\": {\n",
        "\"mcpServers\": {\n    // mcp-guard: ignore[exposed-bind] only in the lab\n",
    );
    world.file(FILE, &accepted);
    scan(&world, &["--fix"]).complains(&["Repaired nothing."]);
    assert_eq!(text(&world, FILE), expand(&accepted));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    #[test]
    fn the_mode_stays_and_a_link_stays_one() {
        let world = World::new();
        world.file("dotfiles/cursor.json", TEXT);
        let real = world.work("dotfiles/cursor.json");
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::fs::create_dir_all(world.home(".cursor")).unwrap();
        let link = world.home(".cursor/mcp.json");
        symlink(&real, &link).unwrap();
        world.run(&["scan", "--fix"]).complains(&["Repaired 1 finding:"]);
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(std::fs::read_to_string(&real).unwrap().contains("127.0.0.1"));
        assert_eq!(real.metadata().unwrap().mode() & 0o777, 0o640);
    }

    #[test]
    fn a_link_out_of_the_tree_is_not_followed() {
        let world = World::new();
        std::fs::write(world.outside("mcp.json"), TEXT).unwrap();
        std::fs::create_dir_all(world.work(".cursor")).unwrap();
        symlink(world.outside("mcp.json"), world.work(FILE)).unwrap();
        scan(&world, &["--fix"]).complains(&["Repaired nothing."]);
        assert_eq!(std::fs::read_to_string(world.outside("mcp.json")).unwrap(), TEXT);
    }

    #[test]
    fn a_file_that_must_not_be_replaced_is_refused_and_the_others_are_not() {
        let world = world();
        world.file("a/.cursor/mcp.json", TEXT).file("b/.cursor/mcp.json", TEXT);
        let read_only = world.work("a/.cursor/mcp.json");
        std::fs::set_permissions(&read_only, std::fs::Permissions::from_mode(0o444)).unwrap();
        std::fs::hard_link(world.work("b/.cursor/mcp.json"), world.work("b/copy")).unwrap();
        let ran = scan(&world, &["--fix", "--fail-on", "none"]);
        ran.ended(2).complains(&[
            "error: not repaired: a/.cursor/mcp.json: it is read-only",
            "error: not repaired: b/.cursor/mcp.json: it has other names",
            "Repaired 1 finding:",
        ]);
        assert!(text(&world, FILE).contains("127.0.0.1"));
        assert!(!text(&world, "a/.cursor/mcp.json").contains("127.0.0.1"));
        assert!(!text(&world, "b/copy").contains("127.0.0.1"));
    }
}
