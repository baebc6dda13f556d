//! What each step from bytes to findings costs: reading each format, finding the servers, facts,
//! conditions, and all of it together.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what cannot be set up cannot be measured"
)]

use std::fmt::Write;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mcp_guard_detect::secret::template;
use mcp_guard_scanner::client::{self, Catalogue, DIALECTS, Origin};
use mcp_guard_scanner::facts::kinds::View;
use mcp_guard_scanner::facts::{self, Facts, Surroundings};
use mcp_guard_scanner::finding::{Judge, Subject};
use mcp_guard_scanner::rules::{Block, Persona, RULES, Severity};
use mcp_guard_scanner::scan::{Input, Scanner};
use mcp_guard_scanner::syntax::{Document, Format, Limits};

const PATH: &str = "project/.mcp.json";

/// Entries that between them have every part that facts are taken from.
const ENTRIES: [&str; 11] = [
    r#"{"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/home/me"]}"#,
    r#"{"command": "npx", "args": ["-y", "@acme/tickets@1.2.3"], "env": {"ACME_TOKEN": "${ACME_TOKEN}", "LOG_LEVEL": "info"}}"#,
    r#"{"command": "uvx", "args": ["mcp-server-git==2025.1.14", "--repository", "/srv/app"]}"#,
    r#"{"command": "uvx", "args": ["--from", "git+https://github.com/acme/search", "search"], "env": {"ACME_API_KEY": "SECRET"}}"#,
    r#"{"command": "docker", "args": ["run", "-i", "--rm", "-v", "/var/run/docker.sock:/var/run/docker.sock", "-e", "TOKEN", "acme/shell:latest"]}"#,
    r#"{"command": "docker", "args": ["run", "-i", "--rm", "-p", "127.0.0.1:9000:9000", "acme/web@sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"]}"#,
    r#"{"type": "http", "url": "https://mcp.acme.dev/mcp", "headers": {"Authorization": "Bearer ${ACME_TOKEN}", "X-Team": "search"}}"#,
    r#"{"type": "sse", "url": "http://mcp.acme.dev:8080/sse?team=search"}"#,
    r#"{"type": "http", "url": "https://mcp.linear.app/mcp"}"#,
    r#"{"command": "sh", "args": ["-c", "curl -s https://acme.dev/i.sh | sh"], "alwaysAllow": ["search", "read"]}"#,
    r#"{"command": "python", "args": ["-m", "acme.server", "--host", "0.0.0.0"], "env": {"DATABASE_URL": "postgres://app:SECRET@db.acme.dev/app"}, "autoApprove": ["*"]}"#,
];

/// A file of 22 servers, its secrets filled in.
fn servers() -> String {
    let secret = template::expand("{hex:32}", "bench");
    let mut text = String::from("{\n  \"mcpServers\": {\n");
    for (index, entry) in ENTRIES.iter().chain(&ENTRIES).enumerate() {
        let separator = if index == 0 { "" } else { ",\n" };
        let entry = entry.replace("SECRET", &secret).replace(", \"", ",\n      \"");
        write!(text, "{separator}    \"server-{index}\": {entry}").unwrap();
    }
    text.push_str("\n  }\n}\n");
    text
}

fn minified(text: &str) -> String {
    serde_json::from_str::<serde_json::Value>(text).unwrap().to_string()
}

/// A file of plain servers of about that many bytes.
fn written(format: Format, bytes: usize) -> String {
    let (mut text, end) = match format {
        Format::Toml => ("model = \"large\"\n\n".to_owned(), ""),
        Format::Yaml => ("# Servers.\nmcpServers:\n".to_owned(), ""),
        Format::Jsonc => ("{\n  // Servers.\n  \"mcpServers\": {\n".to_owned(), "  },\n}\n"),
        Format::Json5 => ("{\n  // Servers.\n  mcpServers: {\n".to_owned(), "  },\n}\n"),
        _ => ("{\n  \"mcpServers\": {\n".to_owned(), "    \"last\": {}\n  }\n}\n"),
    };
    let mut index = 0;
    while text.len() + end.len() < bytes {
        let entry = match format {
            Format::Toml => format!(
                "[mcp_servers.server-{index}]\ncommand = \"npx\"\nargs = [\"-y\", \"@acme/tickets\"]\nenv = {{ LOG_LEVEL = \"info\" }}\n\n"
            ),
            Format::Yaml => format!(
                "  server-{index}:\n    command: npx\n    args: [-y, \"@acme/tickets\"]\n    env:\n      LOG_LEVEL: info\n"
            ),
            Format::Json5 => format!(
                "    'server-{index}': {{\n      command: 'npx',\n      args: ['-y', '@acme/tickets'],\n      env: {{ LOG_LEVEL: 'info' }},\n    }},\n"
            ),
            _ => format!(
                "    \"server-{index}\": {{\n      \"command\": \"npx\",\n      \"args\": [\"-y\", \"@acme/tickets\"],\n      \"env\": {{ \"LOG_LEVEL\": \"info\" }}\n    }},\n"
            ),
        };
        text.push_str(&entry);
        index += 1;
    }
    text + end
}

fn document(text: &str) -> Document {
    Document::parse(text.as_bytes(), Format::Json, &Limits::default())
}

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    for bytes in [1_000, 20_000] {
        for format in [Format::Json, Format::Jsonc, Format::Json5, Format::Toml, Format::Yaml] {
            let text = written(format, bytes);
            let limits = Limits::default();
            let read = || Document::parse(black_box(text.as_bytes()), format, &limits);
            assert!(read().problems().is_empty(), "{}: {:?}", format.name(), read().problems());
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(BenchmarkId::new(format.name(), bytes), |bencher| {
                bencher.iter(read);
            });
        }
    }
    group.finish();
}

fn origin(catalogue: &Catalogue) -> Origin<'static> {
    Origin { path: PATH, claims: catalogue.claims(PATH), forced: None }
}

fn facts_of(document: &Document, origin: &Origin<'_>) -> Facts {
    let surroundings =
        Surroundings { file_name: ".mcp.json", project_file: true, ..Surroundings::default() };
    facts::extract(document, &client::read(document, origin), &[], &surroundings)
}

fn steps(criterion: &mut Criterion) {
    let catalogue = Catalogue::new(&DIALECTS);
    let text = servers();
    let document = document(&text);
    let origin = origin(&catalogue);
    let reading = client::read(&document, &origin);
    assert_eq!(reading.servers.len(), 22);
    let facts = facts_of(&document, &origin);
    let judge = Judge::new(&RULES, Persona::Auditor, Severity::Info);
    let subject = Subject { facts: &facts, document: Some(&document), tracked: &false, lock: None };
    assert!(!judge.findings(&subject).is_empty());

    let mut group = criterion.benchmark_group("22 servers");
    group.bench_function("client", |bencher| {
        bencher.iter(|| client::read(black_box(&document), &origin));
    });
    group.bench_function("client and facts", |bencher| {
        bencher.iter(|| facts_of(black_box(&document), &origin));
    });
    group.bench_function("conditions", |bencher| {
        bencher.iter(|| held(black_box(&facts)));
    });
    group.bench_function("findings", |bencher| {
        bencher.iter(|| judge.findings(black_box(&subject)));
    });
    group.finish();
}

/// How many conditions of all rules hold for some fact: nothing but their evaluation.
fn held(facts: &Facts) -> usize {
    let blocks = |fact: &facts::Fact| {
        let kind = fact.detail.kind();
        RULES.iter().flat_map(|rule| rule.detect.iter()).filter(move |block| block.fact == kind)
    };
    let views = facts.facts.iter().map(|fact| {
        let view = View { detail: &fact.detail, context: &facts.contexts[fact.context] };
        blocks(fact).filter(|block: &&Block| block.condition.holds(&view)).count()
    });
    views.sum()
}

fn whole(criterion: &mut Criterion) {
    let scanner = Scanner {
        judge: Judge::new(&RULES, Persona::Auditor, Severity::Info),
        catalogue: Catalogue::new(&DIALECTS),
        limits: Limits::default(),
        keeps_lines: false,
    };
    let scan = |text: &str| scanner.scan(&Input::named(PATH, text.as_bytes()));
    let pretty = servers();
    let small = minified(&pretty);
    let findings = |text: &str| scan(text).map_or(0, |report| report.findings.len());
    assert!(findings(&pretty) >= 22);
    assert_eq!(findings(&pretty), findings(&small));

    let mut group = criterion.benchmark_group("scan with every rule");
    let files = [
        ("22 servers", pretty.as_str()),
        ("22 servers, minified", small.as_str()),
        ("no servers", "{\n  \"mcpServers\": {}\n}\n"),
    ];
    for (name, text) in files {
        group.bench_function(name, |bencher| bencher.iter(|| scan(black_box(text))));
    }
    group.finish();
}

fn lookup(criterion: &mut Criterion) {
    let catalogue = Catalogue::new(&DIALECTS);
    let names = ["main.rs", "index.ts", "README.md", "package.json", "ci.yaml", "mcp.json"];
    let paths: Vec<String> = (0..1_000)
        .map(|index| format!("src/module-{}/part-{index}/{}", index % 40, names[index % 6]))
        .collect();
    let known =
        |paths: &[String]| paths.iter().filter(|path| catalogue.knows(path.as_str())).count();
    assert!((1..500).contains(&known(&paths)));
    let names: Vec<(&str, &str)> = paths
        .iter()
        .filter_map(|path| path.rsplit_once('/'))
        .map(|(above, name)| (above.rsplit('/').next().unwrap_or_default(), name))
        .collect();
    let may_know = |names: &[(&str, &str)]| {
        names.iter().filter(|(parent, name)| catalogue.may_know(name, parent)).count()
    };
    assert!(may_know(&names) >= known(&paths));
    let mut group = criterion.benchmark_group("catalogue");
    group.bench_function("may know 1,000 names", |b| b.iter(|| may_know(black_box(&names))));
    group.bench_function("knows 1,000 paths", |bencher| bencher.iter(|| known(black_box(&paths))));
    group.bench_function("build", |bencher| bencher.iter(|| Catalogue::new(black_box(&DIALECTS))));
    group.finish();
}

criterion_group!(benches, parse, steps, whole, lookup);
criterion_main!(benches);
