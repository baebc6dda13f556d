//! What the README shows is what its command prints.

mod support;

use std::process::Command;

use support::root;

#[test]
fn the_sample_is_real() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let sample = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next());
    let sample = sample.expect("the README shows a sample");
    let run = Command::new(env!("CARGO_BIN_EXE_mcp-guard"))
        .args(["scan", "fixtures/demo"])
        .current_dir(root())
        .output()
        .unwrap();
    let printed = String::from_utf8(run.stdout).unwrap();
    let (finding, summary) = sample.split_once("\n…\n").expect("the sample is cut");
    assert!(printed.contains(finding), "{printed}");
    // Outside of a checkout git tracks nothing, and two findings are less severe.
    if root().join(".git").exists() {
        assert!(printed.contains(summary.trim()), "{printed}");
    }
    assert_eq!(run.status.code(), Some(1));
}

#[test]
fn its_links_lead_somewhere() {
    for page in ["README.md", "CONTRIBUTING.md"] {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let there = target.starts_with("https://") || root().join(target).exists();
            assert!(there, "{page} links to {target}");
        }
    }
}
