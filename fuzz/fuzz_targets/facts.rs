//! A whole scan: nothing panics, places lie inside of the file, what is shown is fit to be shown.
//!
//! The first byte picks the path, the rest is the file.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mcp_guard_scanner::client::{Catalogue, DIALECTS};
use mcp_guard_scanner::finding::{Judge, Region};
use mcp_guard_scanner::rules::{Persona, RULES, Severity};
use mcp_guard_scanner::scan::{Input, Scanner};
use mcp_guard_scanner::syntax::Limits;

/// Paths that between them lead to every format and to most dialects.
const PATHS: [&str; 16] = [
    ".mcp.json",
    ".codex/config.toml",
    ".config/goose/config.yaml",
    ".vscode/settings.json",
    ".claude/agents/helper.md",
    ".claude/settings.json",
    "opencode.json",
    ".zed/settings.json",
    "server.json",
    "manifest.json",
    "smithery.yaml",
    "librechat.yaml",
    ".continue/config.yaml",
    ".gemini/settings.json",
    "mcp-guard.yaml",
    "stdin",
];

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| Scanner {
    judge: Judge::new(&RULES, Persona::Auditor, Severity::Info),
    catalogue: Catalogue::new(&DIALECTS),
    limits: Limits { yaml_nodes: 20_000, ..Limits::default() },
    keeps_lines: false,
});

fuzz_target!(|data: &[u8]| {
    let Some((pick, bytes)) = data.split_first() else { return };
    let path = PATHS[usize::from(*pick) % PATHS.len()];
    let report = SCANNER.scan(&Input { tracked: &true, ..Input::named(path, bytes) });
    let report = report.expect("a file that was named gives a report");
    for server in &report.servers {
        inside(&server.region, bytes);
        inside(&server.name, bytes);
    }
    for finding in &report.findings {
        inside(&finding.region, bytes);
        assert!(!finding.message.chars().any(char::is_control), "{:?}", finding.message);
        assert_eq!(finding.fingerprint.len(), 32);
        if let Some(excerpt) = &finding.excerpt {
            assert!(excerpt.text.get(excerpt.mark.clone()).is_some(), "{excerpt:?}");
            assert!(!excerpt.text.chars().any(char::is_control), "{excerpt:?}");
            assert_eq!(excerpt.line, finding.region.start().0);
        }
    }
});

fn inside(region: &Region, bytes: &[u8]) {
    assert!(region.bytes.start <= region.bytes.end, "{region:?}");
    assert!(region.bytes.end <= bytes.len(), "{region:?} of {}", bytes.len());
    let (start, end) =
        ((region.start_line, region.start_column), (region.end_line, region.end_column));
    assert!(start >= (1, 1) && start <= end, "{region:?}");
}
