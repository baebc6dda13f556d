use std::collections::BTreeSet;

use super::record::{Advisory, AdvisoryKind, AdvisoryList, Evidence, Package};
use super::{Known, LISTS, known};
use crate::catalog::server::Registry;
use crate::rules::Severity;
use crate::version::{Interval, Scheme, Version, covers};

fn rows() -> impl Iterator<Item = (&'static AdvisoryList, &'static Package, &'static Advisory)> {
    LISTS.iter().flat_map(|list| {
        list.packages.iter().flat_map(move |package| {
            package.advisories.iter().map(move |advisory| (list, package, advisory))
        })
    })
}

fn scheme(list: &AdvisoryList, package: &Package) -> Scheme {
    package.scheme.unwrap_or_else(|| Scheme::of(list.ecosystem))
}

/// CVE-2025-6514, GHSA-6xpm-ggf7-wc3p, PYSEC-2026-1622, MAL-2025-47604, ZDI-25-930, and the
/// releases that only their authors or reporters speak of.
fn is_well_formed(id: &str) -> bool {
    let digits = |text: &str, least: usize| {
        text.len() >= least && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let parts: Vec<&str> = id.split('-').collect();
    match parts.as_slice() {
        ["CVE", year, number] => year.len() == 4 && digits(year, 4) && digits(number, 4),
        ["PYSEC" | "MAL", year, number] => year.len() == 4 && digits(year, 4) && digits(number, 1),
        ["GHSA", parts @ ..] => {
            let part = |part: &&str| {
                part.len() == 4
                    && part.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
            };
            parts.len() == 3 && parts.iter().all(part)
        }
        ["ZDI", group, number] => (*group == "CAN" || digits(group, 2)) && digits(number, 3),
        ["MCP", "CODE", "EXECUTOR", version] => Scheme::Semver.version(version).is_some(),
        ["MCP", "SERVERS", version, package] => {
            Scheme::Semver.version(version).is_some()
                && package.bytes().all(|byte| byte.is_ascii_uppercase())
        }
        _ => false,
    }
}

#[test]
fn every_row_is_well_formed() {
    let mut seen = BTreeSet::new();
    for (list, package, advisory) in rows() {
        let Advisory { id, severity, severity_source, summary, source, evidence, .. } = advisory;
        let place = format!("{}, {id}", package.name);
        let ids: Vec<&str> = advisory.ids().map(AsRef::as_ref).collect();
        for id in &ids {
            assert!(is_well_formed(id), "{place}: `{id}`");
        }
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{place}: an id twice");
        assert!(
            !advisory
                .aliases
                .iter()
                .any(|alias| alias.starts_with("CVE-") && id.starts_with("CVE-")),
            "{place}: two CVE identifiers are two faults"
        );
        assert!(seen.insert((list.ecosystem, &package.name, id)), "{place}: twice");
        let url = mcp_guard_detect::host::parse(source);
        assert!(url.is_some_and(|url| url.scheme == "https"), "{place}: source");
        assert!(!summary.is_empty() && !summary.ends_with('.'), "{place}: summary is a clause");
        assert!(summary.len() <= 120, "{place}: summary of {} bytes", summary.len());
        assert!(!summary.contains(['{', '}', '`']), "{place}: summary");
        assert!(*severity > Severity::Info, "{place}: severity");
        let judged_by_another = severity_source.map(super::record::SeveritySource::name);
        assert!(
            judged_by_another != Some("secondary") || *evidence == Evidence::Secondary,
            "{place}: the severity of a row that was checked is its record's, or ours"
        );
        match list.kind {
            AdvisoryKind::Malicious => {
                assert!(id.starts_with("MAL-") && advisory.is_firm(), "{place}");
                assert_eq!(*severity, Severity::Critical, "{place}");
            }
            AdvisoryKind::Vulnerable => assert!(!id.starts_with("MAL-"), "{place}"),
        }
    }
    assert!(seen.len() >= 350, "{} rows", seen.len());
}

#[test]
fn names_are_those_that_are_looked_up() {
    for (list, package, advisory) in rows() {
        let mut found = known(list.ecosystem, &package.name);
        assert!(found.any(|known| known.kind == list.kind), "{}, {}", package.name, advisory.id);
    }
    for (registry, name, wanted) in [
        (Registry::Npm, "mcp-remote", 1),
        (Registry::Npm, "mcp-remot", 0),
        (Registry::Npm, "", 0),
        (Registry::Pypi, "mcp-remote", 0),
        (Registry::Cargo, "mcp-remote", 0),
        (Registry::Pypi, "MCP_Atlassian", 1),
        (Registry::Pypi, "awslabs.aws_api--MCP-server", 1),
        (Registry::Oci, "docker.io/grafana/mcp-grafana", 1),
        (Registry::Golang, "github.com/docker/mcp-gateway/cmd/docker-mcp", 1),
        (Registry::Golang, "github.com/docker", 0),
        (Registry::Git, "github.com/Toowiredd/chatgpt-mcp-server", 1),
        (Registry::Git, "github.com/toowiredd", 0),
    ] {
        assert_eq!(known(registry, name).count(), wanted, "{registry:?} {name}");
    }
}

#[test]
fn bounds_are_versions_in_their_order() {
    for (list, package, advisory) in rows() {
        let scheme = scheme(list, package);
        let read = |text: &str| -> Version {
            let place = format!("{}, {}: `{text}`", package.name, advisory.id);
            scheme.version(text).unwrap_or_else(|| panic!("{place} is no version"))
        };
        for entry in advisory.affected.iter() {
            let first = entry.introduced.as_deref().filter(|first| *first != "0").map(read);
            let (fixed, last) = (entry.fixed.as_deref(), entry.last_affected.as_deref());
            let bounds: Vec<Version> =
                first.into_iter().chain(last.map(read)).chain(fixed.map(read)).collect();
            assert!(bounds.is_sorted(), "{}, {}: out of order", package.name, advisory.id);
            for version in entry.versions.iter() {
                read(version);
            }
        }
    }
}

fn ids(ecosystem: &'static str, name: &str, version: &str) -> Vec<&'static str> {
    known(Registry::of(ecosystem).unwrap(), name)
        .flat_map(|known| known.against(&admitted(&known, version)).collect::<Vec<_>>())
        .filter(|advisory| advisory.when.is_none() && advisory.is_firm())
        .map(|advisory| advisory.id.as_ref())
        .collect()
}

fn admitted(known: &Known, version: &str) -> Vec<Interval> {
    let scheme = known.scheme();
    match scheme.version(version) {
        Some(version) => vec![Interval::only(version)],
        None if version.is_empty() => scheme.all(),
        None => scheme.range(version).unwrap(),
    }
}

#[test]
fn versions_with_and_without_advisories() {
    for (ecosystem, name, version, wanted) in [
        // The comparison with other scanners: what is vulnerable or malicious …
        ("npm", "mcp-remote", "0.1.12", &["CVE-2025-6514"][..]),
        ("npm", "postmark-mcp", "1.0.16", &["MAL-2025-47604"]),
        ("npm", "mcp-server-git", "0.0.1", &["MAL-2026-5478"]),
        ("npm", "@upstashed/context7-mcp", "1.0.2", &["MAL-2026-1642"]),
        ("npm", "@browserbasehq/mcp", "2.1.1", &["MAL-2025-191195"]),
        ("npm", "figma-developer-mcp", "0.6.2", &["CVE-2025-53967"]),
        ("pypi", "excel-mcp-server", "0.1.7", &["CVE-2026-40576"]),
        (
            "npm",
            "@modelcontextprotocol/server-filesystem",
            "2026.8.31",
            &[
                "GHSA-53mr-w429-c597",
                "GHSA-7rgq-gccq-qphx",
                "GHSA-4gxg-m5jx-9j57",
                "GHSA-p9cv-8g75-4xcg",
                "GHSA-7m4x-rv66-mxhh",
            ],
        ),
        ("npm", "@modelcontextprotocol/server-slack", "2025.4.25", &["CVE-2025-34072"]),
        ("npm", "mcp-server-kubernetes", "3.8.0", &["CVE-2026-61459"]),
        ("pypi", "mcp-atlassian", "0.21.0", &["CVE-2026-77258"]),
        // … and what is fixed.
        ("npm", "mcp-remote", "0.15.1", &[]),
        ("npm", "@modelcontextprotocol/server-filesystem", "2.3.0", &[]),
        // Dates are older than 1.0.0, whatever their numbers.
        (
            "npm",
            "@modelcontextprotocol/server-filesystem",
            "2.2.0",
            &["GHSA-p9cv-8g75-4xcg", "GHSA-7m4x-rv66-mxhh"],
        ),
        (
            "npm",
            "@modelcontextprotocol/server-everything",
            "2025.9.24",
            &["MCP-SERVERS-2.1.0-EVERYTHING"],
        ),
        ("npm", "@modelcontextprotocol/server-everything", "2025.7.1", &[]),
        ("npm", "@modelcontextprotocol/server-everything", "2.0.1", &[]),
        // One name, two registries.
        ("pypi", "mcp-server-kubernetes", "2.4.0", &[]),
        ("pypi", "mcp-kubernetes-server", "0.1.11", &["CVE-2025-59377"]),
        ("npm", "mcp-kubernetes-server", "0.1.11", &[]),
        ("npm", "marimo", "0.23.0", &[]),
        ("npm", "postgres-mcp", "0.3.0", &[]),
        ("pypi", "browse-mcp", "0.8.0", &[]),
        ("pypi", "mcp-server-git", "2026.11.11", &[]),
        ("pypi", "mcp-server-git", "2026.1.14", &["MCP-SERVERS-2.4.0-GIT"]),
        // Borders of ranges.
        ("npm", "postmark-mcp", "1.0.15", &[]),
        ("npm", "figma-developer-mcp", "0.6.3", &[]),
        ("npm", "@azure/mcp", "2.0.0-beta.16", &["CVE-2026-26118"]),
        ("npm", "@azure/mcp", "2.0.0-beta.17", &[]),
        (
            "pypi",
            "mcp",
            "1.9.3",
            &[
                "CVE-2025-53366",
                "CVE-2025-53365",
                "CVE-2025-66416",
                "CVE-2026-52869",
                "CVE-2026-59951",
            ],
        ),
        ("pypi", "mcp", "2.2.0", &[]),
        ("pypi", "aws-mcp-server", "1.3", &["CVE-2026-5058"]),
        // Ranges: only if all that they admit is affected.
        ("npm", "figma-developer-mcp", "^0.5.0", &["CVE-2025-53967"]),
        ("npm", "figma-developer-mcp", "^0.6.0", &[]),
        ("npm", "figma-developer-mcp", "<0.6.3 || 0.5.x", &["CVE-2025-53967"]),
        ("npm", "figma-developer-mcp", "<0.6.3 || 1.x", &[]),
        ("npm", "@modelcontextprotocol/server-filesystem", ">=0.6.0", &[]),
        (
            "npm",
            "@modelcontextprotocol/server-filesystem",
            "~2025.1.14",
            &[
                "CVE-2025-53109",
                "CVE-2025-53110",
                "GHSA-53mr-w429-c597",
                "GHSA-7rgq-gccq-qphx",
                "GHSA-p9cv-8g75-4xcg",
                "GHSA-7m4x-rv66-mxhh",
            ],
        ),
        ("pypi", "mcp-atlassian", "~=0.21.0", &["CVE-2026-77258"]),
        ("pypi", "mcp-atlassian", ">=0.21", &[]),
        ("npm", "@modelcontextprotocol/server-slack", "", &["CVE-2025-34072"]),
        ("npm", "mcp-remote", "", &[]),
    ] {
        assert_eq!(ids(ecosystem, name, version), wanted, "{ecosystem} {name} {version}");
    }
}

#[test]
fn the_lowest_version_without_any_of_the_faults() {
    for (ecosystem, name, version, wanted) in [
        // Not 0.1.16, which mends one fault and has others.
        ("npm", "mcp-remote", "0.1.12", Some("0.1.39")),
        ("npm", "@modelcontextprotocol/server-filesystem", "0.6.2", Some("2.3.0")),
        ("npm", "@modelcontextprotocol/server-filesystem", "2026.8.31", Some("2.3.0")),
        ("npm", "mcp-server-kubernetes", "2.4.0", Some("3.9.0")),
        ("npm", "@azure/mcp", "1.0.1", Some("1.0.2")),
        ("npm", "@azure/mcp", "2.0.0-beta.3", Some("2.0.0-beta.17")),
        ("pypi", "mcp", "1.9.3", Some("1.30.0")),
        ("pypi", "mcp", "2.0.0", Some("2.2.0")),
        ("pypi", "aws-mcp-server", "1.2.0", None),
        ("npm", "@modelcontextprotocol/server-slack", "", None),
    ] {
        let registry = Registry::of(ecosystem).unwrap();
        let known = known(registry, name).find(|known| known.kind == AdvisoryKind::Vulnerable);
        let known = known.unwrap();
        assert_eq!(known.lowest_fix(&admitted(&known, version)), wanted, "{name} {version}");
    }
}

/// No advisory is about the version that another row of the package, or its own, calls fixed on
/// the same line and above.
#[test]
fn a_fix_is_not_affected_by_its_own_advisory() {
    for (list, package, advisory) in rows() {
        let scheme = scheme(list, package);
        let known = known(list.ecosystem, &package.name).find(|known| known.kind == list.kind);
        let place = package.advisories.iter().position(|other| other.id == advisory.id).unwrap();
        let affected = &known.unwrap().reading.affected[place];
        for fixed in advisory.affected.iter().filter_map(|entry| entry.fixed.as_deref()) {
            let fixed = [Interval::only(scheme.version(fixed).unwrap())];
            assert!(!covers(affected, &fixed), "{}, {}", package.name, advisory.id);
        }
    }
}
