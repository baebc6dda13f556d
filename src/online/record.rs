//! What a record of the OSV schema says of one release (<https://ossf.github.io/osv-schema/>).

use mcp_guard_scanner::advisory;
use mcp_guard_scanner::catalog::name::normalised;
use mcp_guard_scanner::catalog::server::Registry;
use mcp_guard_scanner::online::{Release, Reported};
use mcp_guard_scanner::rules::Severity;
use mcp_guard_scanner::version::{Scheme, Version};
use serde_json::Value;

use super::{cvss, words};

/// OSV's word for an ecosystem.
pub(super) fn ecosystem(ours: &str) -> Option<&'static str> {
    match ours {
        "npm" => Some("npm"),
        "pypi" => Some("PyPI"),
        "golang" => Some("Go"),
        "cargo" => Some("crates.io"),
        "nuget" => Some("NuGet"),
        _ => None,
    }
}

/// An identifier goes into a path and into reports.
pub(super) fn is_identifier(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// What a record says; `None` for one that was withdrawn.
pub(super) fn reported(id: &str, record: &Value, release: &Release) -> Option<Reported> {
    if record.get("withdrawn").is_some_and(|withdrawn| !withdrawn.is_null()) {
        return None;
    }
    let text = |key: &str| record.get(key).and_then(Value::as_str);
    let aliases = record.get("aliases").and_then(Value::as_array).into_iter().flatten();
    let aliases: Vec<String> = aliases
        .filter_map(Value::as_str)
        .filter(|id| is_identifier(id))
        .map(str::to_owned)
        .collect();
    let first_line = || text("details")?.lines().find(|line| !line.trim().is_empty());
    let summary = words::line(text("summary").or_else(first_line).unwrap_or_default());
    let summary = summary.trim_end_matches('.');
    let malicious = id.starts_with("MAL-") || aliases.iter().any(|id| id.starts_with("MAL-"));
    let own: Vec<&Value> = affected(record, release).collect();
    Some(Reported {
        id: id.to_owned(),
        aliases,
        severity: if malicious { Severity::Critical } else { severity(record, &own) },
        summary: if summary.is_empty() { "no summary" } else { summary }.to_owned(),
        malicious,
        fixed: fixed(&own, release),
    })
}

/// What is said of an advisory whose record was not served.
pub(super) fn unread(id: &str) -> Reported {
    let malicious = id.starts_with("MAL-");
    Reported {
        id: id.to_owned(),
        aliases: Vec::new(),
        severity: if malicious { Severity::Critical } else { Severity::Medium },
        summary: "details could not be read".to_owned(),
        malicious,
        fixed: None,
    }
}

/// What the record says of the release's package.
fn affected<'r>(record: &'r Value, release: &'r Release) -> impl Iterator<Item = &'r Value> {
    let all = record.get("affected").and_then(Value::as_array).into_iter().flatten();
    all.filter(|affected| is_package(affected, release).unwrap_or(false))
}

fn is_package(affected: &Value, release: &Release) -> Option<bool> {
    let name = affected.pointer("/package/name")?.as_str()?;
    let theirs = affected.pointer("/package/ecosystem")?.as_str()?;
    let registry = Registry::of(release.ecosystem)?;
    Some(
        ecosystem(release.ecosystem)? == theirs
            && normalised(registry, name).eq(normalised(registry, &release.name)),
    )
}

/// The word of the database, else the score, else medium.
fn severity(record: &Value, own: &[&Value]) -> Severity {
    let word = record.pointer("/database_specific/severity").and_then(Value::as_str);
    match word.map(str::to_ascii_uppercase).as_deref() {
        Some("CRITICAL") => return Severity::Critical,
        Some("HIGH") => return Severity::High,
        Some("MODERATE" | "MEDIUM") => return Severity::Medium,
        Some("LOW") => return Severity::Low,
        _ => {}
    }
    let vectors = std::iter::once(record)
        .chain(own.iter().copied())
        .filter_map(|holder| holder.get("severity")?.as_array())
        .flatten()
        .filter_map(|rating| rating.get("score")?.as_str());
    vectors
        .filter_map(cvss::base_score)
        .map(|score| match score {
            9.0.. => Severity::Critical,
            7.0.. => Severity::High,
            4.0.. => Severity::Medium,
            _ => Severity::Low,
        })
        .max()
        .unwrap_or(Severity::Medium)
}

/// The lowest version that the record calls fixed and that follows on the release's own: the end of
/// the stretch that holds it. `None` where one of its stretches has no fix.
fn fixed(own: &[&Value], release: &Release) -> Option<String> {
    let scheme = scheme(Registry::of(release.ecosystem)?, &release.name);
    let ranges: Vec<Vec<Event>> = own
        .iter()
        .filter_map(|affected| affected.get("ranges")?.as_array())
        .flatten()
        .filter(|range| range.get("type").and_then(Value::as_str) != Some("GIT"))
        .map(|range| events(range, scheme))
        .collect();
    let mut at = scheme.version(release.version.as_deref()?)?;
    let mut fix = None;
    // What ends one stretch may lie in another.
    for _ in 0..=ranges.len() {
        let mut ends = ranges.iter().filter_map(|range| end(range, &at)).peekable();
        if ends.peek().is_none() {
            return fix;
        }
        let ends: Option<Vec<(&Version, &str)>> = ends.collect();
        let (version, text) = ends?.into_iter().max_by_key(|(version, _)| *version)?;
        fix = Some(text.to_owned());
        at = version.clone();
    }
    None
}

/// How the package's versions are ordered; a few do not order them as their registry does.
fn scheme(registry: Registry, name: &str) -> Scheme {
    let known = advisory::known(registry, name).next();
    known.map_or_else(|| Scheme::of(registry), |known| known.scheme())
}

/// Something that happens at a version of a range.
struct Event<'a> {
    /// `None` for the beginning of all versions.
    at: Option<Version>,
    kind: Kind,
    text: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Fixed,
    Introduced,
    LastAffected,
}

/// The events of a range in the order of their versions.
fn events(range: &Value, scheme: Scheme) -> Vec<Event<'_>> {
    let events = range.get("events").and_then(Value::as_array).into_iter().flatten();
    let mut events: Vec<Event<'_>> = events.filter_map(|event| read(event, scheme)).collect();
    events.sort_by(|a, b| a.at.cmp(&b.at).then(a.kind.cmp(&b.kind)));
    events
}

fn read(event: &Value, scheme: Scheme) -> Option<Event<'_>> {
    let of = |key: &str| event.get(key).and_then(Value::as_str);
    let (kind, text) = None
        .or_else(|| Some((Kind::Introduced, of("introduced")?)))
        .or_else(|| Some((Kind::Fixed, of("fixed")?)))
        .or_else(|| Some((Kind::LastAffected, of("last_affected")?)))?;
    if kind == Kind::Introduced && text == "0" {
        return Some(Event { at: None, kind, text });
    }
    let at = scheme.version(text).filter(|_| words::is_version(text))?;
    Some(Event { at: Some(at), kind, text })
}

/// The fix that ends the stretch in which the version lies: `Some(None)` if none does, `None` if
/// the version lies in no stretch of the range.
fn end<'a>(range: &'a [Event<'_>], version: &Version) -> Option<Option<(&'a Version, &'a str)>> {
    let past = |event: &Event<'_>| match (&event.at, event.kind) {
        (None, _) => true,
        (Some(at), Kind::LastAffected) => at < version,
        (Some(at), _) => at <= version,
    };
    let last = range.iter().rfind(|event| past(event))?;
    if last.kind != Kind::Introduced {
        return None;
    }
    let next = range.iter().find(|event| !past(event) && event.kind != Kind::Introduced);
    Some(
        next.filter(|next| next.kind == Kind::Fixed)
            .and_then(|next| Some((next.at.as_ref()?, next.text))),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn release(ecosystem: &'static str, name: &str, version: &str) -> Release {
        Release { ecosystem, name: name.to_owned(), version: Some(version.to_owned()) }
    }

    fn npm(version: &str) -> Release {
        release("npm", "crm-mcp", version)
    }

    fn read(record: &Value, release: &Release) -> Reported {
        reported("GHSA-aaaa-bbbb-cccc", record, release).unwrap()
    }

    #[test]
    fn the_fix_ends_the_stretch_that_holds_the_version() {
        let stretch = |from: &str, to: &str| json!({ "type": "SEMVER", "events": [{ "introduced": from }, { "fixed": to }] });
        let record = json!({ "affected": [
            { "package": { "ecosystem": "npm", "name": "other" }, "ranges": [stretch("0", "9.9.9")] },
            { "package": { "ecosystem": "PyPI", "name": "crm-mcp" }, "ranges": [stretch("0", "8.8.8")] },
            { "package": { "ecosystem": "npm", "name": "crm-mcp" }, "ranges": [
                { "type": "GIT", "events": [{ "introduced": "0" }, { "fixed": "7.7.7" }] },
                stretch("0", "1.4.0"),
                stretch("2.0.0", "2.3.1"),
                { "type": "SEMVER", "events": [
                    { "fixed": "4.2.0" }, { "introduced": "4.0.0" },
                    { "introduced": "3.0.0" }, { "fixed": "3.0.5" },
                ] },
                { "type": "SEMVER", "events": [{ "introduced": "5.0.0" }, { "last_affected": "5.1.0" }] },
                stretch("6.0.0", "6.1.0"),
                stretch("6.0.5", "6.2.0"),
                stretch("7.0.0", "latest\u{1b}[2J"),
            ] },
        ] });
        for (version, expected) in [
            ("1.2.0", Some("1.4.0")),
            ("1.4.0", None),
            ("2.1.0", Some("2.3.1")),
            ("3.0.0", Some("3.0.5")),
            ("4.1.0", Some("4.2.0")),
            ("5.1.0", None),
            ("6.0.1", Some("6.2.0")),
            ("7.0.0", None),
            ("8.0.0", None),
            ("nonsense", None),
        ] {
            assert_eq!(read(&record, &npm(version)).fixed.as_deref(), expected, "{version}");
        }
    }

    #[test]
    fn names_of_python_are_compared_as_python_does() {
        let record = json!({ "affected": [{
            "package": { "ecosystem": "PyPI", "name": "Crm.MCP" },
            "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": "1.0.post1" }] }],
        }] });
        let fixed = |release| read(&record, &release).fixed;
        assert_eq!(fixed(release("pypi", "crm_mcp", "1.0")).as_deref(), Some("1.0.post1"));
        assert_eq!(fixed(release("npm", "crm_mcp", "1.0.0")), None);
    }

    #[test]
    fn a_date_is_no_fix_of_what_came_after_the_dates() {
        let name = "@modelcontextprotocol/server-filesystem";
        let record = json!({ "affected": [{
            "package": { "ecosystem": "npm", "name": name },
            "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "0" }, { "fixed": "2025.7.1" }] }],
        }] });
        let fixed = |version| read(&record, &release("npm", name, version)).fixed;
        assert_eq!(fixed("0.6.2").as_deref(), Some("2025.7.1"));
        assert_eq!(fixed("2025.3.28").as_deref(), Some("2025.7.1"));
        assert_eq!(fixed("2.0.1"), None);
    }

    #[test]
    fn severity_comes_from_the_database_or_the_score() {
        let critical = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
        let low = "CVSS:3.0/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N";
        let four = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
        let rated = |kind: &str, score: &str| json!([{ "type": kind, "score": score }]);
        let package = json!({ "ecosystem": "npm", "name": "crm-mcp" });
        let other = json!({ "ecosystem": "npm", "name": "other" });
        for (record, expected) in [
            (json!({ "severity": rated("CVSS_V3", critical) }), Severity::Critical),
            (json!({ "severity": rated("CVSS_V3", low) }), Severity::Low),
            (json!({ "severity": rated("CVSS_V4", four) }), Severity::Medium),
            (
                json!({ "severity": rated("CVSS_V4", four), "database_specific": { "severity": "HIGH" } }),
                Severity::High,
            ),
            (
                json!({ "severity": rated("CVSS_V3", critical), "database_specific": { "severity": "moderate" } }),
                Severity::Medium,
            ),
            (
                json!({ "affected": [{ "package": package, "severity": rated("CVSS_V3", critical) }] }),
                Severity::Critical,
            ),
            (
                json!({ "affected": [{ "package": other, "severity": rated("CVSS_V3", critical) }] }),
                Severity::Medium,
            ),
            (json!({ "severity": "x" }), Severity::Medium),
            (json!({}), Severity::Medium),
        ] {
            assert_eq!(read(&record, &npm("1.0.0")).severity, expected, "{record}");
        }
    }

    #[test]
    fn a_summary_is_one_visible_line() {
        let summary = |record: Value| read(&record, &npm("1.0.0")).summary;
        assert_eq!(summary(json!({ "summary": "a\n b\t\u{1b}[2Jc.." })), "a b \u{fffd}[2Jc");
        assert_eq!(summary(json!({ "details": "\n\nFirst.\nSecond." })), "First");
        assert_eq!(summary(json!({ "summary": " ." })), "no summary");
        assert_eq!(summary(json!({ "summary": "é".repeat(500) })).chars().count(), 200);
    }
}
