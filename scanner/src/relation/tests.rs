use super::*;
use crate::client::{Catalogue, DIALECTS};
use crate::rules::{Persona, RULES, Severity};
use crate::scan::{Input, Scanner};
use crate::syntax::Limits;

/// What is told of these files. Those at `~` are the user's.
fn told(files: &[(&str, &str)]) -> Vec<String> {
    let scanner = Scanner {
        judge: Judge::new(&RULES, Persona::Auditor, Severity::Info),
        catalogue: Catalogue::new(&DIALECTS),
        limits: Limits::default(),
        keeps_lines: false,
    };
    let scanned = files.iter().map(|(path, text)| {
        let below = path.strip_prefix("~/");
        let claims = scanner.catalogue.claims(path);
        let mut claims = claims.into_iter().filter(|_| below.is_some());
        let claim = claims.find(|claim| !claim.location.path.starts_with("{project}"));
        let input = Input { claim, ..Input::named(path, text.as_bytes()) };
        scanner.scan(&input).expect("a file that was named is reported")
    });
    let mut reports: Vec<FileReport> = scanned.collect();
    for report in &mut reports {
        report.findings.clear();
    }
    judge(&scanner.judge, &mut reports);
    let findings = reports.iter().flat_map(|file| {
        file.findings.iter().map(move |finding| {
            let server = finding.server.as_deref().unwrap_or_default();
            let related: Vec<String> = finding
                .related
                .iter()
                .map(|other| {
                    format!("{}:{}", other.path, other.server.as_deref().unwrap_or_default())
                })
                .collect();
            let severity = finding.severity.name();
            format!("{} {severity} {}:{server} {}", finding.rule.id, file.path, related.join(" "))
        })
    });
    findings.collect()
}

fn stdio(servers: &[(&str, &str)]) -> String {
    let servers: Vec<String> = servers
        .iter()
        .map(|(name, line)| {
            let words: Vec<String> = line.split(' ').map(|word| format!("{word:?}")).collect();
            let (command, args) = words.split_first().expect("a command");
            format!("{name:?}: {{\"command\": {command}, \"args\": [{}]}}", args.join(", "))
        })
        .collect();
    format!("{{\"mcpServers\": {{{}}}}}", servers.join(", "))
}

#[test]
fn a_name_is_shadowed_by_another_target_only() {
    for (user, project, expected) in [
        ("npx a@1.0.0", "npx b@1.0.0", Some("high")),
        ("npx a@1.0.0", "npx A@1.0.0", None),
        ("npx a@1.0.0", "npx a@2.0.0", Some("info")),
        ("npx a@1.0.0 /x", "npx a@1.0.0 /y", Some("info")),
        ("npx a@1.0.0", "cmd /c npx a@1.0.0", None),
        ("npx a@1.0.0", "mcp-guard serve --server s -- npx a@1.0.0", None),
        ("npx mcp-remote@0.1.38 https://a.example.com/mcp", "npx a@1.0.0", Some("high")),
        ("docker run a/b:1", "docker run docker.io/a/b:1", None),
        ("python a.py", "python b.py", Some("high")),
        ("python a.py", "/usr/bin/python3.12 a.py", None),
        ("npx a@1.0.0", GITHUB.1, Some("low")),
        (GITHUB.1, "npx a@1.0.0", Some("high")),
        // Anybody can call a program that.
        ("npx a@1.0.0", "/tmp/playwright-mcp", Some("high")),
        ("node -e a()", "node -e a()", None),
        ("node -e a()", "node -e b()", Some("high")),
    ] {
        let (user, project) = (stdio(&[("s", user)]), stdio(&[("s", project)]));
        let found = told(&[("~/.cursor/mcp.json", &user), ("app/.cursor/mcp.json", &project)]);
        let expected: Vec<String> = expected
            .iter()
            .map(|severity| {
                format!("shadowed-server {severity} app/.cursor/mcp.json:s ~/.cursor/mcp.json:s")
            })
            .collect();
        let shadows: Vec<_> =
            found.into_iter().filter(|line| line.starts_with("shadowed")).collect();
        assert_eq!(shadows, expected, "{user} {project}");
    }
}

#[test]
fn well_known_servers_of_two_clients_are_no_surprise() {
    let package = stdio(&[GITHUB]);
    let address = r#"{"servers": {"github": {"url": "https://api.githubcopilot.com/mcp/"}}}"#;
    let found = told(&[("app/.cursor/mcp.json", &package), ("app/.vscode/mcp.json", address)]);
    let shadows: Vec<_> = found.iter().filter(|line| line.starts_with("shadowed")).collect();
    assert_eq!(
        shadows,
        ["shadowed-server info app/.cursor/mcp.json:github app/.vscode/mcp.json:github"]
    );
}

#[test]
fn one_server_by_any_of_its_addresses_is_no_other() {
    let remote = "https://mcp.figma.com/mcp";
    for (one, other, expected) in [
        (remote, "http://127.0.0.1:3845/mcp", None),
        (remote, "http://localhost:3845/sse", None),
        ("http://[::1]:3845/mcp", "http://127.0.0.1:3845/sse", None),
        ("http://localhost:8931/mcp", "http://127.0.0.1:8931/mcp/", None),
        ("http://LOCALHOST:8931/mcp", "http://[::1]:8931/mcp", None),
        ("http://localhost:8931/mcp", "http://127.0.0.2:8931/mcp", Some("medium")),
        (remote, "http://127.0.0.1:3846/mcp", Some("medium")),
        (remote, "http://10.0.0.1:3845/mcp", Some("medium")),
        // Whoever listens there is not Figma for sure.
        ("https://mcp.linear.app/mcp", "http://127.0.0.1:3845/mcp", Some("medium")),
        ("https://mcp.linear.app/mcp", remote, Some("info")),
    ] {
        let server = |url: &str| format!(r#"{{"mcpServers": {{"s": {{"url": "{url}"}}}}}}"#);
        let (one, other) = (server(one), server(other));
        let found = told(&[("app/.cursor/mcp.json", &one), ("app/.roo/mcp.json", &other)]);
        let shadows = found.iter().filter(|line| line.starts_with("shadowed"));
        let severities: Vec<_> = shadows.filter_map(|line| line.split(' ').nth(1)).collect();
        assert_eq!(severities, Vec::from_iter(expected), "{one} {other}");
    }
}

#[test]
fn one_pair_is_told_once_however_many_clients_see_it() {
    let (one, other) = (stdio(&[("s", "npx a@1.0.0")]), stdio(&[("s", "npx b@1.0.0")]));
    // Several clients read `.mcp.json`, and one of them the other file as well.
    let found = told(&[("app/.mcp.json", &one), ("app/.cursor/mcp.json", &other)]);
    assert_eq!(found, ["shadowed-server medium app/.mcp.json:s app/.cursor/mcp.json:s"]);
    // Other places are other views.
    assert!(told(&[("app/.mcp.json", &one), ("lib/.cursor/mcp.json", &other)]).is_empty());
}

#[test]
fn a_gateway_is_bypassed_within_one_view() {
    let gated = stdio(&[("g", "mcp-guard serve --server g -- uvx a_b==1.0"), ("x", "uvx c==1.0")]);
    let direct = stdio(&[("d", "uvx A-B==1.0")]);
    let found = told(&[("~/.cursor/mcp.json", &gated), ("app/.cursor/mcp.json", &direct)]);
    assert_eq!(found, ["gateway-bypass medium app/.cursor/mcp.json:d ~/.cursor/mcp.json:g"]);
    assert!(told(&[("~/.cursor/mcp.json", &gated), ("app/.roo/mcp.json", &direct)]).is_empty());
}

#[test]
fn servers_that_are_switched_off_take_no_part() {
    let off = r#"{"mcpServers": {"s": {"command": "a", "disabled": true}}}"#;
    let on = stdio(&[("s", "b")]);
    assert!(told(&[("~/.roo/mcp.json", off), ("app/.roo/mcp.json", &on)]).is_empty());
}

#[test]
fn a_client_that_is_a_guest_everywhere_has_no_view_of_its_own() {
    let one = stdio(&[("s", "npx a@1.0.0")]);
    let other = "[mcp_servers.s]\ncommand = 'npx'\nargs = ['b@1.0.0']\n";
    // Warp may read both, and is not there.
    let both = [("~/.claude.json", one.as_str()), ("app/.codex/config.toml", other)];
    assert!(told(&both).is_empty());
    // With a file of its own it is.
    let own = stdio(&[("t", "npx c@1.0.0")]);
    assert_eq!(
        told(&[both[0], both[1], ("~/.warp/.mcp.json", &own)]),
        ["shadowed-server high app/.codex/config.toml:s ~/.claude.json:s"]
    );
}

const FETCH: (&str, &str) = ("fetch", "uvx mcp-server-fetch==2025.4.7");
const GITHUB: (&str, &str) = ("github", "npx -y @modelcontextprotocol/server-github@2025.4.8");

fn flows(servers: &[(&str, &str)]) -> Vec<String> {
    let found = told(&[("app/.cursor/mcp.json", &stdio(servers))]);
    let line = |line: String| line.replace("app/.cursor/mcp.json:", "");
    found.into_iter().map(line).collect()
}

#[test]
fn the_shortest_toxic_flow_is_told_once() {
    let memory = ("memory", "npx -y @modelcontextprotocol/server-memory@2025.8.4");
    assert_eq!(flows(&[memory]), [""; 0]);
    let found = flows(&[FETCH, memory]);
    assert!(found.iter().filter(|line| line.starts_with("toxic-flow")).count() <= 1, "{found:?}");
    // One server can be all of it, which makes what others do together no better.
    let toxic = |servers: &[(&str, &str)]| {
        let found = flows(servers).into_iter();
        found.filter(|line| line.starts_with("toxic-flow")).collect::<Vec<_>>()
    };
    let notes = ("notes", "npx -y @modelcontextprotocol/server-filesystem@2025.8.21 /srv/notes");
    let alone = toxic(&[GITHUB]);
    assert!(matches!(alone.as_slice(), [only] if only.contains(" info ")), "{alone:?}");
    let together = toxic(&[FETCH, notes]);
    assert!(matches!(together.as_slice(), [only] if only.contains(" medium ")), "{together:?}");
    let all = toxic(&[FETCH, GITHUB, notes]);
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(all.contains(&alone[0]) && all.contains(&together[0]), "{all:?}");
}

#[test]
fn a_flow_that_is_commands_beside_strangers_text_is_told_once() {
    let serena = ("serena", "uvx --from serena-agent==2.1.0 serena start-mcp-server");
    let playwright = ("playwright", "npx -y @playwright/mcp@0.0.40");
    let shell = "untrusted-input-to-shell high serena playwright";
    assert_eq!(flows(&[playwright, serena]), [shell]);
    let symbols = format!("{} --context ide-assistant", serena.1);
    let found = flows(&[playwright, (serena.0, &symbols)]);
    assert!(!found.iter().any(|line| line.starts_with("untrusted")), "{found:?}");
    // A third server that the flow needs is worth its own word.
    let notes = ("notes", "npx -y @modelcontextprotocol/server-filesystem@2025.8.21 /home/ada");
    let found = flows(&[playwright, notes]);
    let told: Vec<_> = found.iter().map(|line| line.split(' ').next().unwrap_or("")).collect();
    assert_eq!(told, ["toxic-flow", "untrusted-input-to-shell"], "{found:?}");
    assert!(found.iter().all(|line| line.contains(" medium ")), "{found:?}");
}

#[test]
fn who_runs_commands_stands_before_who_writes_files() {
    let notes = ("notes", "npx -y @modelcontextprotocol/server-filesystem@2025.8.21 /home/ada");
    let fetch = ("fetch", "uvx mcp-server-fetch==2026.11.11");
    let serena = ("serena", "uvx --from serena-agent==2.1.0 serena start-mcp-server");
    let found = flows(&[notes, fetch, serena]);
    let shell = "untrusted-input-to-shell high serena fetch".to_owned();
    assert!(found.contains(&shell), "{found:?}");
}

#[test]
fn a_gateway_or_a_switch_takes_a_server_out_of_a_flow() {
    let guarded =
        "mcp-guard serve --server g -- npx -y @modelcontextprotocol/server-github@2025.4.8";
    assert_eq!(flows(&[("github", guarded)]), [""; 0]);
    assert!(!flows(&[GITHUB]).is_empty());
}
