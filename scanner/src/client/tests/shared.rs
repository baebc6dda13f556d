//! Files that several clients read.

use super::{Catalogue, DIALECTS, approvals, check, dialect, under};
use crate::client::dialect::Sureness;
use crate::client::owner::Owner;
use crate::syntax::{Document, Format, Limits};

const ONE: &str = super::ONE;

/// A file, how its servers stand in it, and who reads them there.
fn shared() -> Vec<(&'static str, String, &'static [&'static str])> {
    vec![
        (
            ".mcp.json",
            under("mcpServers"),
            &[
                "claude-code",
                "copilot-cli",
                "vscode",
                "cursor",
                "windsurf",
                "grok-build",
                "pi-mcp-adapter",
                "codebuddy",
                "deepagents",
                "mcphost",
            ],
        ),
        (".mcp.json", under("servers"), &["visual-studio"]),
        (".mcp.json", ONE.to_owned(), &["copilot-cli"]),
        (".claude/plugins/cache/a/b/c/.mcp.json", ONE.to_owned(), &["claude-code"]),
        (".vscode/mcp.json", under("servers"), &["vscode", "visual-studio"]),
        (".cursor/mcp.json", under("mcpServers"), &["cursor", "visual-studio", "grok-build"]),
        (".claude.json", under("mcpServers"), &["claude-code", "grok-build"]),
        (".codex/config.toml", "[mcp_servers.a]\ncommand = 'x'\n".to_owned(), &["codex"]),
        (".copilot/mcp-config.json", under("mcpServers"), &["copilot-cli", "vscode"]),
        (
            ".github/agents/a.md",
            "---\nmcp-servers: {a: {command: x}}\n---\n".to_owned(),
            &["copilot-cli", "vscode"],
        ),
        ("mcp.json", under("mcpServers"), &["generic", "agent-plugins-spec"]),
        (".agents/mcp.json", under("mcpServers"), &["generic", "zcode", "pi-mcp-adapter"]),
    ]
}

#[test]
fn each_reader_of_a_shared_file_finds_its_servers_there() {
    for (path, text, readers) in shared() {
        let format = Format::of_path(path).unwrap_or(Format::Json);
        let document = Document::parse(text.as_bytes(), format, &Limits::default());
        let claims = Catalogue::new(&DIALECTS).claims(path);
        for reader in readers {
            assert!(dialect(reader).is_some(), "{reader}");
            let own = claims.iter().filter(|claim| claim.dialect.id == *reader);
            let reads =
                own.map(Owner::of).any(|owner| !owner.places(&document.roots()[0]).is_empty());
            assert!(reads, "{reader} reads no servers in {path}: {text}");
        }
    }
}

#[test]
fn the_report_of_a_shared_file_names_its_owner() {
    check(&[
        (".mcp.json", &under("mcpServers"), "claude-code: a=/mcpServers/a"),
        (".mcp.json", &under("servers"), "visual-studio: a=/servers/a"),
        (".mcp.json", ONE, "copilot-cli: a=/a"),
        (".vscode/mcp.json", &under("servers"), "vscode: a=/servers/a"),
        (".cursor/mcp.json", &under("mcpServers"), "cursor: a=/mcpServers/a"),
        (".cursor/mcp.json", &under("servers"), "visual-studio: a=/servers/a"),
        (".copilot/mcp-config.json", &under("mcpServers"), "copilot-cli: a=/mcpServers/a"),
        (".agents/mcp.json", &under("mcpServers"), "generic: a=/mcpServers/a"),
    ]);
}

#[test]
fn what_any_reader_takes_for_an_approval_is_one() {
    let entry = |inner: &str| format!(r#"{{"mcpServers": {{"a": {{"command": "x", {inner}}}}}}}"#);
    // Of Claude Code itself, and of the adapter that reads its file too.
    assert_eq!(
        approvals(".mcp.json", &entry(r#""headersHelper": "x.sh", "requestHeadersCommand": "y""#)),
        ["execution requestHeadersCommand []", "execution headersHelper []"]
    );
    assert_eq!(
        approvals(".mcp.json", r#"{"settings": {"samplingAutoApprove": true}, "mcpServers": {}}"#),
        ["permission settings.samplingAutoApprove []"]
    );
    // One reader approves in other places than this one.
    let servers = r#"{"servers": {"a": {"command": "x", "requestHeadersCommand": "y"}}}"#;
    assert!(approvals(".mcp.json", servers).is_empty());
    // Two clients that mean the same by a key say so once.
    assert_eq!(approvals("mcp.json", &entry(r#""autoApprove": ["b"]"#)), ["tools autoApprove [b]"]);
    // A client that is only guessed to read the file approves nothing, nor does one whose file of
    // that name lies in another folder.
    let guessed =
        dialect("kiro").unwrap().locations.iter().find(|l| l.path == "{project}/.mcp.json");
    assert_eq!(guessed.map(|location| location.confidence), Some(Sureness::Low));
    assert!(approvals(".mcp.json", &entry(r#""autoApprove": ["b"]"#)).is_empty());
    assert!(approvals(".cursor/mcp.json", &entry(r#""autoApprove": ["b"]"#)).is_empty());
}
