//! What `--online` asks, whom, and what becomes of the answers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on fails"
)]

mod support;

use serde_json::{Value, json};
use support::run::{Ran, World, finish};
use tokio::runtime::Runtime;
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// The services and servers of a test, all on this machine.
struct Net {
    runtime: Runtime,
    server: MockServer,
}

impl Net {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let server = runtime.block_on(MockServer::start());
        Self { runtime, server }
    }

    fn on(&self, mock: Mock) -> &Self {
        self.runtime.block_on(mock.mount(&self.server));
        self
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.uri())
    }

    /// Method, path, headers and body of everything that was asked.
    fn asked(&self) -> Vec<String> {
        let requests = self.runtime.block_on(self.server.received_requests()).unwrap();
        let line = |request: &wiremock::Request| {
            let body = String::from_utf8_lossy(&request.body);
            format!("{} {} {:?} {body}", request.method, request.url, request.headers)
        };
        requests.iter().map(line).collect()
    }

    /// A scan of the working directory that asks here, private addresses too.
    fn scan(&self, world: &World, more: &[&str]) -> Ran {
        let mut command = world.command(&["scan", "--no-home", "--online", "--format", "json"]);
        command
            .args(more)
            .arg(".")
            .env("MCP_GUARD_OSV_URL", self.url("/osv"))
            .env("MCP_GUARD_NPM_URL", self.url("/npm"))
            .env("MCP_GUARD_PYPI_URL", self.url("/pypi"))
            .env("MCP_GUARD_PROBE_PRIVATE", "1");
        finish(command, b"")
    }
}

fn answer(value: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(value)
}

fn events(value: &Value) -> ResponseTemplate {
    let body = format!(": keep-alive\n\nevent: message\ndata: {value}\n\n");
    ResponseTemplate::new(200).set_body_raw(body, "text/event-stream")
}

fn opened() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "result": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": { "name": "x", "version": "1" },
    } })
}

fn tools(id: u64) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": { "tools": [{ "name": "a" }, { "name": "b" }] } })
}

/// An OSV that knows nothing.
fn no_advisories(count: usize) -> Mock {
    let results = vec![json!({}); count];
    Mock::given(path("/osv/v1/querybatch")).respond_with(answer(&json!({ "results": results })))
}

fn remote(url: &str) -> World {
    let world = World::new();
    let servers = json!({ "mcpServers": { "crm": { "type": "http", "url": url } } });
    world.file(".mcp.json", &servers.to_string());
    world
}

fn rules(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let findings = json["findings"].as_array().unwrap().iter();
    let rules = findings.map(|finding| finding["rule"].as_str().unwrap().to_owned());
    rules.filter(|rule| !matches!(rule.as_str(), "unguarded-server" | "plaintext-http")).collect()
}

fn message(ran: &Ran, rule: &str) -> String {
    let json = ran.json();
    let finding = json["findings"].as_array().unwrap().iter().find(|f| f["rule"] == rule);
    finding.unwrap_or_else(|| panic!("{}", ran.stdout))["message"].as_str().unwrap().to_owned()
}

#[test]
fn versions_are_looked_up_at_osv_and_registries() {
    let net = Net::new();
    net.on(Mock::given(path("/osv/v1/querybatch")).respond_with(answer(&json!({ "results": [
        { "vulns": [{ "id": "GHSA-aaaa-bbbb-cccc", "modified": "2026-01-01T00:00:00Z" }] },
        {},
    ] }))));
    net.on(Mock::given(path("/osv/v1/vulns/GHSA-aaaa-bbbb-cccc")).respond_with(answer(&json!({
        "id": "GHSA-aaaa-bbbb-cccc",
        "aliases": ["CVE-2026-99999"],
        "summary": "Paths are not checked.",
        "database_specific": { "severity": "HIGH" },
        "affected": [{
            "package": { "ecosystem": "npm", "name": "contoso-crm-mcp" },
            "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "0" }, { "fixed": "1.4.0" }] }],
        }],
    }))));
    let npm = json!({ "version": "1.4.0", "dist": { "integrity": "sha512-x" } });
    net.on(Mock::given(path("/npm/contoso-crm-mcp/latest")).respond_with(answer(&npm)));
    let npm = json!({ "version": "1.2.0", "dist": { "integrity": "sha512-y" } });
    net.on(Mock::given(path("/npm/contoso-crm-mcp/1.2.0")).respond_with(answer(&npm)));
    let world = World::new();
    world.file(
        ".mcp.json",
        r#"{"mcpServers":{
            "crm":{"command":"npx","args":["-y","contoso-crm-mcp@1.2.0"],"env":{"CRM_TOKEN":"{{secret:gitlab-pat}}"}},
            "gone":{"command":"uvx","args":["contoso-gone-mcp==3.0.0"]}
        }}"#,
    );
    let ran = net.scan(&world, &["--persona", "pedantic"]);
    assert_eq!(
        message(&ran, "known-vulnerable-package"),
        "Server `crm` runs contoso-crm-mcp 1.2.0, which has GHSA-aaaa-bbbb-cccc (fixed in 1.4.0): \
         Paths are not checked."
    );
    assert!(ran.stdout.contains("\"CVE-2026-99999\""), "{}", ran.stdout);
    assert!(message(&ran, "outdated-package").ends_with("the newest release is 1.4.0."));
    assert!(message(&ran, "missing-package").contains("no package contoso-gone-mcp"));
    assert_eq!(ran.code, Some(1));
    let token = support::expand("{{secret:gitlab-pat}}");
    assert!(net.asked().iter().all(|request| !request.contains(&token)), "{:?}", net.asked());
}

#[test]
fn a_server_that_lists_its_tools_to_anyone_is_found() {
    for stream in [false, true] {
        let net = Net::new();
        let wrap = if stream { events } else { answer };
        net.on(no_advisories(0));
        let start = Mock::given(method("POST")).and(body_string_contains("initialize\""));
        net.on(start.respond_with(wrap(&opened()).insert_header("mcp-session-id", "s1")));
        let list = Mock::given(method("POST"))
            .and(body_string_contains("tools/list"))
            .and(header("mcp-session-id", "s1"))
            .and(header("mcp-protocol-version", "2025-11-25"));
        net.on(list.respond_with(wrap(&tools(2))));
        let ran = net.scan(&remote(&net.url("/mcp?key=x")), &[]);
        assert!(message(&ran, "unauthenticated-endpoint").contains("(2 tools)"));
        let asked = net.asked();
        assert!(asked.iter().any(|request| request.starts_with("DELETE")), "{asked:?}");
        assert!(asked.iter().all(|request| !request.contains("key=x")), "{asked:?}");
    }
}

#[test]
fn a_server_without_sessions_is_asked_in_its_own_way() {
    let net = Net::new();
    net.on(no_advisories(0));
    let list = Mock::given(method("POST"))
        .and(header("mcp-protocol-version", "2026-07-28"))
        .and(header("mcp-method", "tools/list"));
    net.on(list.respond_with(answer(&tools(1))));
    let start = Mock::given(method("POST")).and(body_string_contains("initialize\""));
    net.on(start.respond_with(ResponseTemplate::new(400)));
    let ran = net.scan(&remote(&net.url("/mcp")), &[]);
    assert!(message(&ran, "unauthenticated-endpoint").contains("(2 tools)"));
}

#[test]
fn a_server_that_demands_authorization_is_left_in_peace() {
    let net = Net::new();
    net.on(no_advisories(0));
    let challenge = format!(
        "Bearer resource_metadata=\"{}\"",
        net.url("/.well-known/oauth-protected-resource/mcp")
    );
    net.on(Mock::given(method("POST")).and(path("/mcp")).respond_with(
        ResponseTemplate::new(401).insert_header("www-authenticate", challenge.as_str()),
    ));
    let metadata = json!({ "resource": net.url("/mcp"), "authorization_servers": ["https://x"] });
    net.on(Mock::given(path("/.well-known/oauth-protected-resource/mcp"))
        .respond_with(answer(&metadata)));
    let ran = net.scan(&remote(&net.url("/mcp")), &[]);
    assert_eq!(rules(&ran), [""; 0], "{}", ran.stdout);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
}

#[test]
fn private_addresses_are_not_asked_unless_wanted() {
    let net = Net::new();
    net.on(no_advisories(0));
    let world = remote(&net.url("/mcp"));
    let mut command = world.command(&["scan", "--no-home", "--online", "."]);
    command.env("MCP_GUARD_OSV_URL", net.url("/osv"));
    finish(command, b"").ended(0);
    assert_eq!(net.asked(), [""; 0]);
}

#[test]
fn what_is_not_answered_is_told_and_changes_the_exit_code() {
    let world = World::new();
    world.file(
        ".mcp.json",
        r#"{"mcpServers":{"crm":{"command":"npx","args":["-y","crm-mcp@1.2.0"]}}}"#,
    );
    let run = |more: &[&str]| {
        let mut command = world.command(&["scan", "--no-home", "--online"]);
        // A port that nobody listens on.
        let nobody = "http://127.0.0.1:9";
        for name in ["MCP_GUARD_OSV_URL", "MCP_GUARD_NPM_URL", "MCP_GUARD_PYPI_URL"] {
            command.env(name, nobody);
        }
        command.args(more).arg(".");
        finish(command, b"")
    };
    run(&[]).ended(3).says(&[
        "Not found out: ",
        "crm-mcp",
        "known vulnerabilities",
        "no connection",
    ]);
    run(&["--allow-incomplete"]).ended(0);
    let json = run(&["--format", "json"]).json();
    assert!(!json["summary"]["unanswered"].as_array().unwrap().is_empty(), "{json}");
    world.run(&["scan", "--no-home", "."]).ended(0);
}

#[test]
fn a_lock_file_holds_what_the_registry_served() {
    let net = Net::new();
    net.on(no_advisories(0));
    let npm = |version: &str, hash: &str| {
        let body = json!({ "version": version, "dist": { "integrity": hash } });
        Mock::given(path("/npm/crm-mcp/latest")).respond_with(answer(&body))
    };
    net.on(npm("1.2.0", "sha512-first"));
    let world = World::new();
    world.file(".mcp.json", r#"{"mcpServers":{"crm":{"command":"npx","args":["-y","crm-mcp"]}}}"#);
    let mut command = world.command(&["pin", "--online"]);
    command.env("MCP_GUARD_OSV_URL", net.url("/osv")).env("MCP_GUARD_NPM_URL", net.url("/npm"));
    finish(command, b"").ended(0);
    let lock = std::fs::read_to_string(world.work("mcp-guard.lock")).unwrap();
    assert!(lock.contains("1.2.0") && lock.contains("sha512-first"), "{lock}");
    let drift = || net.scan(&world, &["--select", "config-drift"]);
    assert_eq!(rules(&drift()), [""; 0]);
    net.runtime.block_on(net.server.reset());
    net.on(no_advisories(0)).on(npm("1.3.0", "sha512-second"));
    let found = drift();
    assert_eq!(
        message(&found, "config-drift"),
        "Server `crm` differs from what was reviewed (version): `1.3.0` instead of `1.2.0`."
    );
    net.runtime.block_on(net.server.reset());
    net.on(no_advisories(0)).on(npm("1.2.0", "sha512-second"));
    assert!(message(&drift(), "config-drift").contains("(integrity)"));
}

#[test]
fn a_remote_server_that_is_not_reached_is_told() {
    let net = Net::new();
    net.on(no_advisories(0));
    let ran = net.scan(&remote("http://127.0.0.1:9/mcp"), &[]);
    assert_eq!(ran.code, Some(3), "{}", ran.stdout);
    let unanswered = ran.json()["summary"]["unanswered"][0].to_string();
    assert!(unanswered.contains("127.0.0.1:9: no connection"), "{unanswered}");
}

#[test]
fn a_mirror_may_know_releases_only_from_the_project() {
    let net = Net::new();
    net.on(no_advisories(1));
    let project = json!({
        "info": { "version": "2.0" },
        "releases": { "1.0": [{ "digests": { "sha256": "ab" } }] },
        "urls": [],
    });
    net.on(Mock::given(path("/pypi/pypi/crm-mcp/json")).respond_with(answer(&project)));
    let world = World::new();
    world.file(".mcp.json", r#"{"mcpServers":{"crm":{"command":"uvx","args":["crm-mcp==1.0"]}}}"#);
    assert_eq!(rules(&net.scan(&world, &[])), [""; 0]);
}

#[test]
fn a_service_that_talks_nonsense_is_told() {
    for (status, body) in [(500, "{}"), (200, "<html>"), (200, "{\"results\": [1, 2, 3]}")] {
        let net = Net::new();
        net.on(Mock::given(path("/osv/v1/querybatch"))
            .respond_with(ResponseTemplate::new(status).set_body_string(body)));
        let npm = Mock::given(path("/npm/crm-mcp/latest"));
        net.on(npm.respond_with(ResponseTemplate::new(status).set_body_string(body)));
        let world = World::new();
        let text = r#"{"mcpServers":{"crm":{"command":"npx","args":["-y","crm-mcp@1.2.0"]}}}"#;
        world.file(".mcp.json", text);
        let ran = net.scan(&world, &[]);
        assert_eq!(ran.code, Some(3), "{status} {body}: {}", ran.stdout);
        assert!(ran.stdout.contains("OSV answers with status"), "{}", ran.stdout);
    }
}

#[test]
fn an_advisory_without_its_record_is_told_beside_the_others() {
    let net = Net::new();
    net.on(Mock::given(path("/osv/v1/querybatch")).respond_with(answer(&json!({ "results": [
        { "vulns": [{ "id": "GHSA-aaaa-bbbb-cccc" }] },
        { "vulns": [{ "id": "GHSA-dddd-eeee-ffff" }] },
    ] }))));
    net.on(Mock::given(path("/osv/v1/vulns/GHSA-aaaa-bbbb-cccc"))
        .respond_with(ResponseTemplate::new(503)));
    net.on(Mock::given(path("/osv/v1/vulns/GHSA-dddd-eeee-ffff")).respond_with(answer(&json!({
        "id": "GHSA-dddd-eeee-ffff",
        "summary": "Anyone\nis let in\u{1b}[2J.",
        "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
        "affected": [{
            "package": { "ecosystem": "npm", "name": "contoso-two-mcp" },
            "ranges": [
                { "type": "SEMVER", "events": [{ "introduced": "0" }, { "fixed": "1.4.0" }] },
                { "type": "SEMVER", "events": [{ "introduced": "2.0.0" }, { "fixed": "2.5.0" }] },
            ],
        }],
    }))));
    for package in ["contoso-one-mcp", "contoso-two-mcp"] {
        let npm = json!({ "version": "2.1.0", "dist": { "integrity": "sha512-x" } });
        net.on(Mock::given(path(format!("/npm/{package}/latest"))).respond_with(answer(&npm)));
    }
    let world = World::new();
    world.file(
        ".mcp.json",
        r#"{"mcpServers":{
            "one":{"command":"npx","args":["-y","contoso-one-mcp@2.1.0"]},
            "two":{"command":"npx","args":["-y","contoso-two-mcp@2.1.0"]}
        }}"#,
    );
    let ran = net.scan(&world, &["--select", "known-vulnerable-package"]);
    let json = ran.json();
    let told: Vec<(&str, &str)> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["severity"].as_str().unwrap(), one["message"].as_str().unwrap()))
        .collect();
    assert!(
        told.contains(&(
            "medium",
            "Server `one` runs contoso-one-mcp 2.1.0, which has GHSA-aaaa-bbbb-cccc (no fixed \
             release known): details could not be read."
        )),
        "{told:?}"
    );
    assert!(
        told.contains(&(
            "critical",
            "Server `two` runs contoso-two-mcp 2.1.0, which has GHSA-dddd-eeee-ffff (fixed in \
             2.5.0): Anyone is let in\u{fffd}[2J."
        )),
        "{told:?}"
    );
    let unanswered = json["summary"]["unanswered"].to_string();
    assert!(
        unanswered.contains("GHSA-aaaa-bbbb-cccc: OSV answers with status 503"),
        "{unanswered}"
    );
}

#[test]
fn a_host_is_not_asked_without_end() {
    let net = Net::new();
    net.on(no_advisories(0));
    net.on(Mock::given(method("POST")).respond_with(ResponseTemplate::new(403)));
    let server =
        |n: usize| (format!("s{n}"), json!({ "type": "http", "url": net.url(&format!("/{n}")) }));
    let servers: serde_json::Map<String, Value> = (0..25).map(server).collect();
    let world = World::new();
    world.file(".mcp.json", &json!({ "mcpServers": servers }).to_string());
    let ran = net.scan(&world, &[]);
    assert_eq!(net.asked().iter().filter(|asked| asked.starts_with("POST")).count(), 20);
    let unanswered = ran.json()["summary"]["unanswered"].clone();
    assert_eq!(unanswered.as_array().unwrap().len(), 1, "{unanswered}");
    assert!(unanswered.to_string().contains("5 addresses are not asked"), "{unanswered}");
}
