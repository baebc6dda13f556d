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
fn links_lead_somewhere() {
    for page in [
        "README.md",
        "CONTRIBUTING.md",
        "docs/advisories.md",
        "docs/writing-rules.md",
        "docs/facts.md",
        "docs/formats.md",
    ] {
        let path = root().join(page);
        let text = std::fs::read_to_string(&path).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.starts_with("https://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let other = if file.is_empty() { path.clone() } else { path.with_file_name(file) };
            assert!(other.exists(), "{page} links to {target}");
            // The pages of facts and of rules are made from the same rules.
            if anchor.is_empty() || file == "rules.md" {
                continue;
            }
            let other = std::fs::read_to_string(&other).unwrap();
            assert!(anchors(&other).any(|known| known == anchor), "{page} links to {target}");
        }
    }
}

/// The anchors that headings of a page have on the hosting site.
fn anchors(page: &str) -> impl Iterator<Item = String> {
    page.lines().filter(|line| line.starts_with('#')).map(|line| {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    })
}
