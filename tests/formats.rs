//! Formats that other programs read, over all fixtures and over the worst names.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use support::run::{Ran, World};
use support::{files, root};

/// Ends a CDATA section, an attribute, a line and an escape sequence, and turns the text around.
const HOSTILE: &str = "a]]>\"'<b>&\n\u{1b}[31m\u{9b}31m\u{202e}\u{200b}\u{fffe}::error::é😀";

/// All fixtures with their secrets filled in, and some of the worst files.
fn world() -> World {
    let world = World::new();
    for (below, path) in files(&root().join("fixtures")) {
        match std::fs::read_to_string(&path) {
            Ok(text) => world.file(&below, &text),
            Err(_) => world.bytes(&below, &std::fs::read(&path).unwrap()),
        };
    }
    hostile(&world);
    let entry = r#"{"mcpServers":{"é😀":{"command":"npx","args":["x"],"autoApprove":["*"]}}}"#;
    world
        .bytes("odd/empty/.mcp.json", b"")
        .bytes("odd/binary/.mcp.json", b"\0\xff")
        .bytes("odd/broken/.mcp.json", br#"{"mcpServers":{"a/b~c":{"command":"npx","args":["x"}"#)
        .file("odd/mark/.mcp.json", &format!("\u{feff}{entry}"))
        .file("odd/returns/.mcp.json", &entry.replace(',', ",\r\n"));
    let wide: Vec<u8> =
        format!("\u{feff}{entry}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    world.bytes("odd/wide/.mcp.json", &wide);
    world
}

/// A file in which every text is hostile.
fn hostile(world: &World) {
    let server = json!({
        "command": format!("npx{HOSTILE}"),
        "args": ["-y", HOSTILE, format!("--token={HOSTILE}")],
        "env": { HOSTILE: HOSTILE, "API_KEY": "{{secret:github-pat}}" },
    });
    let package = json!({ "command": "npx", "args": ["-y", format!("@a/b{HOSTILE}@1 2")] });
    let image =
        json!({ "command": "docker", "args": ["run", format!("Host:1/a{HOSTILE}:t@sha256:x")] });
    let remote = json!({ "url": format!("http://u:{HOSTILE}@h{HOSTILE}/{HOSTILE}?a={HOSTILE}") });
    let port = json!({ "url": "http://${HOST}:${PORT}/mcp" });
    let names = ["", HOSTILE, "\n", "\u{9b}"];
    let mut servers = serde_json::Map::new();
    for (nth, name) in names.iter().enumerate() {
        for (kind, entry) in
            [("s", &server), ("p", &package), ("i", &image), ("r", &remote), ("u", &port)]
        {
            servers.insert(format!("{name}{kind}{nth}"), entry.clone());
        }
    }
    let text = json!({ "mcpServers": servers }).to_string();
    world.file("hostile/.mcp.json", &text);
    #[cfg(unix)]
    world.file(&format!("hostile/{}/.mcp.json", HOSTILE.replace('/', "")), &text);
}

const SCAN: [&str; 6] = ["scan", "--persona", "auditor", "--fail-on", "none", "--allow-incomplete"];

/// Everything the scanner has to say of the working directory, in this format.
fn scan(world: &World, format: &str) -> Ran {
    let ran = world.run(&[&SCAN[..], &["--no-home", "--format", format, "."]].concat());
    ran.ended(0);
    for character in ran.stdout.chars() {
        let acts = character.is_control() && character != '\n';
        assert!(!acts && !"\u{202e}\u{200b}".contains(character), "{format}: {character:?}");
    }
    let secret = support::expand("{{secret:github-pat}}");
    assert!(!ran.stdout.contains(&secret), "{format} shows a secret");
    ran
}

/// The same as JSON.
fn report(world: &World) -> Value {
    world.run(&[&SCAN[..], &["--no-home", "--format", "json", "."]].concat()).ended(0).json()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, place: &str) -> &'a str {
    value.pointer(place).and_then(Value::as_str).unwrap_or_else(|| panic!("{place}: {value:#}"))
}

/// One tree for snapshots.
fn small() -> World {
    let world = World::new();
    world.file(
        ".mcp.json",
        "{\n  \"mcpServers\": {\n    \"time\": { \"command\": \"uvx\", \"args\": [\"mcp-server-time\"] },\n    \
         \"docs\": { \"command\": \"npx\", \"args\": [\"-y\", \"@contoso/docs-mcp@1.4.2\"] },\n    \
         \"far\": { \"url\": \"http://mcp.contoso.com/mcp\" }\n  }\n}\n",
    );
    world.file(".vscode/mcp.json", "{ \"servers\": {} }\n");
    world.file(".cursor/mcp.json", "{ \"mcpServers\": { \"docs\": { \"command\": \"npx\", \"args\": [\"-y\", \"@contoso/docs-mcp@1.4.2\"] } }");
    world
}

fn snapshot(format: &str) {
    let shown = scan(&small(), format).stdout.replace(
        &format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION")),
        "\"version\": \"[version]\"",
    );
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!(format, shown);
    });
}

/// The same files give the same bytes.
#[track_caller]
fn repeats(world: &World, format: &str) {
    assert!(scan(world, format).stdout == scan(world, format).stdout, "{format} changes");
}

#[test]
fn gitlab_gets_every_finding_under_a_fingerprint_of_its_own() {
    let world = world();
    let (issues, report) = (scan(&world, "gitlab").json(), report(&world));
    let issues = issues.as_array().unwrap();
    let findings = list(&report, "findings");
    assert!(findings.len() > 300);
    assert_eq!(issues.len(), findings.len());
    let mut fingerprints = BTreeSet::new();
    for (issue, finding) in issues.iter().zip(findings) {
        assert_eq!(issue["check_name"], finding["rule"]);
        assert_eq!(issue["description"], finding["message"]);
        let severity = match text(finding, "/severity") {
            "critical" => "blocker",
            "high" => "critical",
            "medium" => "major",
            "low" => "minor",
            other => other,
        };
        assert_eq!(issue["severity"], severity);
        let path = text(issue, "/location/path");
        assert!(!path.starts_with("./") && !path.starts_with('/'), "{path}");
        let line = finding["span"]["start"]["line"].as_u64().unwrap();
        assert_eq!(issue["location"]["lines"]["begin"], line.max(1));
        let keys: Vec<&String> = issue.as_object().unwrap().keys().collect();
        assert_eq!(keys.len(), 5, "{keys:?}");
        assert!(fingerprints.insert(text(issue, "/fingerprint")), "{issue:#}");
    }
    repeats(&world, "gitlab");
}

#[test]
fn gitlab_knows_a_finding_again_on_another_line() {
    let world = World::new();
    let server = r#""a":{"command":"npx","args":["-y","a-mcp"]}"#;
    let fingerprints = |between: &str| -> Vec<String> {
        world.file(".mcp.json", &format!("{{{between}\"mcpServers\":{{{between}{server}}}}}"));
        let issues = scan(&world, "gitlab").json();
        let issues = issues.as_array().unwrap();
        issues.iter().map(|issue| text(issue, "/fingerprint").to_owned()).collect()
    };
    let before = fingerprints("");
    assert!(!before.is_empty());
    assert_eq!(before, fingerprints("\n\n"));
}

#[test]
fn gitlab_gets_an_empty_list_where_nothing_is_found() {
    assert_eq!(scan(&World::new(), "gitlab").json(), json!([]));
}

#[test]
fn gitlab_looks_like_this() {
    snapshot("gitlab");
}

/// Elements of that name below another, and not deeper.
fn elements<'a, 'b: 'a>(
    parent: roxmltree::Node<'a, 'b>,
    name: &'static str,
) -> impl Iterator<Item = roxmltree::Node<'a, 'b>> {
    parent.children().filter(move |child| child.has_tag_name(name))
}

/// Checks a document against what is known of the format, and gives its failures and errors.
#[track_caller]
fn bad_cases(xml: &str) -> Vec<(String, String)> {
    let document = roxmltree::Document::parse(xml).unwrap();
    let suites = document.root_element();
    assert_eq!(suites.tag_name().name(), "testsuites");
    let number = |node: roxmltree::Node<'_, '_>, name: &str| -> usize {
        node.attribute(name).unwrap().parse().unwrap()
    };
    let mut bad = Vec::new();
    let mut sums = [0; 4];
    for suite in elements(suites, "testsuite") {
        let mut names = BTreeSet::new();
        let mut counts = [0; 4];
        for case in elements(suite, "testcase") {
            assert_eq!(case.attribute("classname"), suite.attribute("name"));
            assert!(names.insert(case.attribute("name").unwrap()), "{case:?}");
            counts[0] += 1;
            for result in case.children().filter(roxmltree::Node::is_element) {
                let kind = result.tag_name().name();
                let kinds = ["failure", "error", "skipped"];
                let place = kinds.iter().position(|known| *known == kind);
                counts[1 + place.unwrap_or_else(|| panic!("{kind}"))] += 1;
                let told = result.attribute("message").unwrap();
                assert!(result.text().unwrap().contains(told), "{result:?}");
                bad.push((result.attribute("type").unwrap().to_owned(), told.to_owned()));
            }
        }
        assert!(counts[0] > 0, "a suite without a test");
        for (at, name) in ["tests", "failures", "errors", "skipped"].into_iter().enumerate() {
            assert_eq!(number(suite, name), counts[at], "{suite:?}");
            sums[at] += counts[at];
        }
    }
    for (at, name) in ["tests", "failures", "errors"].into_iter().enumerate() {
        assert_eq!(number(suites, name), sums[at]);
    }
    bad
}

#[test]
fn junit_has_a_test_for_every_finding_and_for_every_clean_file() {
    let world = world();
    let (xml, report) = (scan(&world, "junit").stdout, report(&world));
    let bad = bad_cases(&xml);
    let mut findings = list(&report, "findings").iter();
    for (rule, message) in &bad {
        let finding = findings.next().expect("a finding for each failure");
        assert_eq!(rule, text(finding, "/rule"));
        // XML cannot hold it.
        assert_eq!(*message, text(finding, "/message").replace('\u{fffe}', "\u{fffd}"));
    }
    assert!(findings.next().is_none());
    let document = roxmltree::Document::parse(&xml).unwrap();
    let suites: Vec<_> = elements(document.root_element(), "testsuite").collect();
    assert_eq!(suites.len(), list(&report, "files").len());
    let whole =
        |tag: &'static str| document.descendants().filter(|node| node.has_tag_name(tag)).count();
    let is_incomplete = |finding: &&Value| finding["rule"] == "incomplete-analysis";
    assert!(whole("error") > 0);
    assert!(whole("error") <= list(&report, "findings").iter().filter(is_incomplete).count());
    assert!(elements(suites[0], "testcase").count() > 0);
    repeats(&world, "junit");
}

#[test]
fn junit_fails_what_the_scan_fails_for() {
    let world = World::new();
    world.file(
        ".mcp.json",
        r#"{"mcpServers":{"a":{"command":"npx","args":["a-mcp"]},"b":{"url":"http://mcp.contoso.com/"}}}"#,
    );
    for (level, code, failures) in [("none", 0, 0), ("high", 1, 1), ("medium", 1, 3), ("low", 1, 4)]
    {
        let ran = world.run(&["scan", "--format", "junit", "--fail-on", level, "."]);
        let xml = ran.ended(code).stdout.clone();
        assert_eq!(xml.matches("<failure ").count(), failures, "{level}: {xml}");
        assert_eq!(xml.matches("<skipped ").count(), 4 - failures, "{level}: {xml}");
    }
}

#[test]
fn junit_passes_where_nothing_is_found() {
    let world = World::new();
    assert_eq!(bad_cases(&scan(&world, "junit").stdout), []);
    world.file(".mcp.json", r#"{"mcpServers":{}}"#);
    let xml = scan(&world, "junit").stdout;
    assert_eq!(bad_cases(&xml), []);
    assert!(xml.contains("<testcase classname=\".mcp.json\" name=\"no findings\"/>"), "{xml}");
}

/// What is not shown because of its severity is not passed either.
#[test]
fn junit_tells_of_a_file_that_was_not_analysed() {
    let world = World::new();
    world.bytes(".mcp.json", b"{\"mcpServers\":");
    let args = ["scan", "--no-home", "--min-severity", "critical", "--format", "junit", "."];
    let ran = world.run(&args);
    let bad = bad_cases(&ran.ended(3).stdout);
    assert_eq!(bad.len(), 1, "{}", ran.stdout);
    assert_eq!(bad[0].0, "incomplete-analysis");
}

#[test]
fn junit_looks_like_this() {
    snapshot("junit");
}

/// The bytes of a file that a range covers, as reviewdog counts.
fn slice(bytes: &[u8], range: &Value) -> Vec<u8> {
    let starts: Vec<usize> = std::iter::once(0)
        .chain(bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1))
        .collect();
    let at = |point: &Value| {
        let number = |key: &str| usize::try_from(point[key].as_u64().unwrap()).unwrap();
        starts[number("line") - 1] + number("column") - 1
    };
    bytes[at(&range["start"])..at(&range["end"])].to_owned()
}

#[test]
fn rdjson_fits_its_schema_and_points_at_the_right_bytes() {
    let schema = std::fs::read_to_string(root().join("tests/schemas/rdjson.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::draft4::new(&schema).unwrap();
    let world = world();
    let (found, report) = (scan(&world, "rdjson").json(), report(&world));
    let faults: Vec<String> = validator.iter_errors(&found).map(|f| f.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    let (diagnostics, findings) = (list(&found, "diagnostics"), list(&report, "findings"));
    assert_eq!(diagnostics.len(), findings.len());
    let (mut ranges, mut suggestions, mut lines) = (0, 0, 0);
    for (diagnostic, finding) in diagnostics.iter().zip(findings) {
        let message = text(diagnostic, "/message");
        assert!(message.starts_with(text(finding, "/message")), "{message}");
        assert_eq!(diagnostic["code"]["value"], finding["rule"]);
        let Ok(bytes) = std::fs::read(world.work(text(finding, "/file"))) else { continue };
        let span = |of: &Value| {
            let at = |end: usize| usize::try_from(of["bytes"][end].as_u64().unwrap()).unwrap();
            bytes[at(0)..at(1)].to_owned()
        };
        let range = &diagnostic["location"]["range"];
        if range["start"]["column"].is_u64() {
            ranges += 1;
            assert_eq!(slice(&bytes, range), span(&finding["span"]), "{diagnostic:#}");
        } else {
            assert!(range["end"]["column"].is_null());
            lines += 1;
        }
        let edits = list(&finding["fix"], "edits");
        for suggestion in list(diagnostic, "suggestions") {
            assert_eq!(edits.len(), 1);
            suggestions += 1;
            assert_eq!(suggestion["text"], edits[0]["text"]);
            assert_eq!(slice(&bytes, &suggestion["range"]), span(&edits[0]["span"]));
        }
    }
    assert!(ranges > 300 && suggestions > 20 && lines > 0, "{ranges} {suggestions} {lines}");
    let first = |part: &str| {
        let of = |d: &&Value| d["location"]["path"].as_str().is_some_and(|p| p.starts_with(part));
        diagnostics.iter().find(of).unwrap_or_else(|| panic!("nothing in {part}")).clone()
    };
    assert!(first("odd/wide")["location"]["range"]["start"]["column"].is_null());
    assert!(first("odd/mark")["location"]["range"]["start"]["column"].is_u64());
    repeats(&world, "rdjson");
}

/// A suggestion that is taken by a program gives the file that `--fix` gives.
#[test]
fn rdjson_suggests_what_is_repaired() {
    let world = World::new();
    let before = r#"{"mcpServers":{"é😀":{"command":"/bin/a","args":["--host","0.0.0.0"]}}}"#;
    world.file(".mcp.json", before);
    let found = scan(&world, "rdjson").json();
    let suggested: Vec<&Value> =
        list(&found, "diagnostics").iter().flat_map(|d| list(d, "suggestions")).collect();
    let [only] = suggested.as_slice() else { panic!("{found:#}") };
    let taken = before.replacen(
        std::str::from_utf8(&slice(before.as_bytes(), &only["range"])).unwrap(),
        text(only, "/text"),
        1,
    );
    world.run(&["scan", "--no-home", "--fix", "."]);
    assert_eq!(std::fs::read_to_string(world.work(".mcp.json")).unwrap(), taken);
    assert_ne!(taken, before);
}

#[test]
fn rdjson_says_so_where_nothing_is_found() {
    let found = scan(&World::new(), "rdjson").json();
    assert_eq!(found["diagnostics"], json!([]));
    assert_eq!(found["source"]["name"], "mcp-guard");
}

#[test]
fn rdjson_looks_like_this() {
    snapshot("rdjson");
}

fn property<'a>(of: &'a Value, name: &str) -> Vec<&'a str> {
    let named = |property: &&Value| property["name"] == format!("mcp-guard:{name}");
    list(of, "properties").iter().filter(named).map(|property| text(property, "/value")).collect()
}

#[test]
fn cyclonedx_lists_every_server_once_with_all_its_places() {
    let world = world();
    let (bom, report) = (scan(&world, "cyclonedx").json(), report(&world));
    assert_eq!((&bom["bomFormat"], &bom["specVersion"]), (&json!("CycloneDX"), &json!("1.6")));
    let (components, services) = (list(&bom, "components"), list(&bom, "services"));
    let mut references = BTreeSet::new();
    for one in components.iter().chain(services) {
        assert!(references.insert(text(one, "/bom-ref")), "{one:#}");
        assert!(!text(one, "/name").is_empty());
        assert!(!property(one, "client").is_empty() && !property(one, "file").is_empty());
    }
    let mut purls = 0;
    for component in components {
        if let Some(purl) = component["purl"].as_str() {
            purl.parse::<packageurl::PackageUrl<'_>>().unwrap_or_else(|e| panic!("{purl}: {e}"));
            purls += 1;
        }
    }
    assert!(purls > 30, "{purls}");
    let occurrences: usize =
        components.iter().map(|component| list(&component["evidence"], "occurrences").len()).sum();
    let servers: Vec<&Value> =
        list(&report, "files").iter().flat_map(|file| list(file, "servers")).collect();
    let started = |server: &&&Value| {
        let only_reached = ["package", "image", "command"].iter().all(|key| server[key].is_null());
        !(only_reached && server["url"].is_string())
    };
    assert_eq!(occurrences, servers.iter().filter(started).count());
    let named: BTreeSet<&str> =
        components.iter().chain(services).flat_map(|one| property(one, "server")).collect();
    assert!(named.len() > 50);
    for vulnerability in list(&bom, "vulnerabilities") {
        for affected in list(vulnerability, "affects") {
            assert!(references.contains(text(affected, "/ref")), "{vulnerability:#}");
        }
    }
    assert!(list(&bom, "vulnerabilities").len() > 3);
    repeats(&world, "cyclonedx");
}

#[test]
fn cyclonedx_tells_packages_images_services_and_commands_apart() {
    let world = World::new();
    let digest = format!("sha256:{}", "0a".repeat(32));
    let servers = json!({ "mcpServers": {
        "exact": { "command": "npx", "args": ["-y", "@contoso/docs-mcp@1.4.2"] },
        "loose": { "command": "uvx", "args": ["mcp-server-time"] },
        "image": { "command": "docker", "args": ["run", format!("ghcr.io/contoso/a:1@{digest}")] },
        "far": { "url": "https://u:{{secret:github-pat}}@mcp.contoso.com/mcp?k={{secret:github-pat}}" },
        "near": { "url": "http://localhost:8080/mcp" },
        "later": { "url": "https://${HOST}/mcp" },
        "plain": { "command": "/opt/mcp/server", "args": ["--stdio"] },
        "faulty": { "command": "npx", "args": ["-y", "mcp-remote@0.1.10", "https://mcp.contoso.com/mcp"] },
    }})
    .to_string();
    let off = json!({ "mcpServers": { "off": { "command": "/opt/off", "disabled": true } } });
    world
        .file(".mcp.json", &servers)
        .file("b/.mcp.json", &servers)
        .file(".roo/mcp.json", &off.to_string());
    let bom = scan(&world, "cyclonedx").json();
    let named = |list_name: &str, name: &str| -> Value {
        let all = list(&bom, list_name);
        let found: Vec<&Value> = all.iter().filter(|one| one["name"] == name).collect();
        assert_eq!(found.len(), 1, "{name}: {bom:#}");
        found[0].clone()
    };
    let exact = named("components", "@contoso/docs-mcp");
    assert_eq!(exact["purl"], "pkg:npm/%40contoso/docs-mcp@1.4.2");
    assert_eq!(exact["bom-ref"], exact["purl"]);
    assert_eq!(exact["version"], "1.4.2");
    let places = list(&exact["evidence"], "occurrences");
    let locations: Vec<&str> = places.iter().map(|place| text(place, "/location")).collect();
    assert_eq!(locations, [".mcp.json", "b/.mcp.json"]);
    assert_eq!(property(&exact, "file"), locations);
    assert_eq!(places[0]["line"], 1);
    let loose = named("components", "mcp-server-time");
    assert_eq!(loose["purl"], "pkg:pypi/mcp-server-time");
    assert!(loose["version"].is_null());
    let image = named("components", "ghcr.io/contoso/a");
    assert_eq!((&image["type"], &image["version"]), (&json!("container"), &json!(digest)));
    let plain = named("components", "/opt/mcp/server");
    assert!(plain["purl"].is_null());
    assert_eq!(property(&plain, "disabled"), ["false"]);
    assert_eq!(property(&named("components", "/opt/off"), "disabled"), ["true"]);
    let far = named("services", "far");
    assert!(text(&far, "/endpoints/0").starts_with("https://mcp.contoso.com/mcp?k="), "{far:#}");
    assert_eq!(far["x-trust-boundary"], true);
    let near = named("services", "near");
    assert_eq!(near["endpoints"], json!(["http://localhost:8080/mcp"]));
    assert_eq!(near["x-trust-boundary"], false);
    let later = named("services", "later");
    assert!(later["endpoints"].is_null() && later["x-trust-boundary"].is_null());
    assert_eq!(property(&later, "url"), ["https://${HOST}/mcp"]);
    // A bridge is started, and what it leads to is talked to.
    let bridge = named("components", "mcp-remote");
    named("services", "faulty");
    let known = named_vulnerability(&bom, "CVE-2025-6514");
    assert_eq!(known["affects"], json!([{ "ref": bridge["bom-ref"] }]));
    assert_eq!(known["ratings"], json!([{ "severity": "critical" }]));
    assert_eq!(known["source"]["name"], "NVD");
}

fn named_vulnerability<'a>(bom: &'a Value, id: &str) -> &'a Value {
    let mut all = list(bom, "vulnerabilities").iter();
    all.find(|one| one["id"] == id).unwrap_or_else(|| panic!("no {id}: {bom:#}"))
}

#[test]
fn cyclonedx_is_empty_where_nothing_is_found() {
    let bom = scan(&World::new(), "cyclonedx").json();
    for key in ["components", "services", "vulnerabilities"] {
        assert_eq!(bom[key], json!([]));
    }
}

#[test]
fn cyclonedx_looks_like_this() {
    snapshot("cyclonedx");
}

/// The second would take the place of the first.
#[test]
fn two_results_are_two_files() {
    let world = World::new();
    world.file("there", "x");
    for (one, other) in [("r", "r"), ("r", "./x/../r"), ("there", "./there")] {
        let (one, other) = (format!("json={one}"), format!("sarif={other}"));
        let ran = world.run(&["scan", "--output", &one, "--output", &other, "."]);
        ran.ended(2).complains(&["two results would be written"]);
        assert!(!world.work("r").exists());
    }
    world.run(&["scan", "--output", "json=r", "--output", "sarif=s", "."]).ended(0);
    if cfg!(unix) {
        let nowhere = ["json=/dev/null", "sarif=/dev/null"];
        world.run(&["scan", "--output", nowhere[0], "--output", nowhere[1], "."]).ended(0);
    }
}
