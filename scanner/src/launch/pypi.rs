//! Package specifications of Python's runners.

use super::name;
use super::package::{Ecosystem, PackageRef, PackageSource, Pin, git};
use super::part::Part;
use super::placeholder::{has_placeholder, placeholder};

/// Reads a requirement (PEP 508), with the `name@version` of `uvx`.
pub(super) fn package(spec: &str, part: Part) -> PackageRef {
    let pypi = Ecosystem::Pypi;
    // A marker says when the requirement holds, not what it is.
    let text = match spec.split_once(';') {
        Some((requirement, _)) if !spec.contains("://") => requirement.trim(),
        _ => spec.trim(),
    };
    if let Some(source) = source(text) {
        let egg = text.split_once("#egg=").or_else(|| text.split_once("&egg="));
        let egg = egg.and_then(|(_, egg)| egg.split(['&', '[']).next());
        return PackageRef::from_source(pypi, spec, egg, source, part);
    }
    let name_end = if let Some(rest) = placeholder(text) {
        text.len() - rest.len()
    } else {
        // No name of the index has a scope; one of npm does, and whose it is tells the runner.
        let scope = text.find('/').filter(|_| text.starts_with('@')).map_or(0, |slash| slash + 1);
        let base = text.get(scope..).unwrap_or_default();
        base.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.')))
            .map_or(text.len(), |end| scope + end)
    };
    let (name, rest) = text.split_at(name_end);
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
        Some((_, rest)) => rest.trim_start(),
        None => rest,
    };
    if let Some(address) = rest.strip_prefix('@').map(str::trim) {
        if let Some(source) = source(address) {
            return PackageRef::from_source(pypi, spec, Some(name), source, part);
        }
        let version = Some(address).filter(|v| !v.is_empty());
        let pin = version_pin(address);
        return PackageRef::registry(pypi, spec, name, version, pin, part);
    }
    let rest = rest.trim_start_matches('(').trim_end_matches(')').trim();
    let exact = pin(rest) == Pin::Exact;
    let version = if exact { rest.trim_start_matches('=').trim() } else { rest };
    let version = Some(version).filter(|v| !v.is_empty());
    let named = if placeholder(name).is_some() { Pin::Reference } else { Pin::None };
    let pin = if rest.is_empty() { named } else { pin(rest) };
    PackageRef::registry(pypi, spec, name, version, pin, part)
}

/// A source other than the index.
fn source(spec: &str) -> Option<PackageSource> {
    if let Some(path) = spec.strip_prefix("file:") {
        return Some(PackageSource::Local(path.to_owned()));
    }
    if spec.starts_with("git+") || spec.starts_with("git@") || spec.starts_with("ssh://") {
        let (address, _) = spec.split_once('#').unwrap_or((spec, ""));
        // The `@` of a user name stands before the path, the one of a reference in it.
        let path = address.find("://").map_or(0, |at| at + 3);
        let path =
            address.get(path..).and_then(|a| a.find(['/'])).map_or(address.len(), |at| path + at);
        let at = address.get(path..).and_then(|p| p.find('@')).map(|at| path + at);
        return Some(match at.and_then(|at| address.split_at_checked(at)) {
            Some((url, reference)) => git(url, reference.get(1..)),
            None => git(address, None),
        });
    }
    if spec
        .split_once("://")
        .is_some_and(|(scheme, _)| scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+'))
    {
        return Some(PackageSource::Archive(spec.to_owned()));
    }
    let lower = spec.to_ascii_lowercase();
    let file = [".whl", ".tar.gz", ".zip"].iter().any(|e| lower.ends_with(e));
    let slash = spec.contains(['/', '\\']) && !spec.contains(['@', '=', '<', '>']);
    (name::is_path(spec) || file || slash).then(|| PackageSource::Local(spec.to_owned()))
}

/// How exactly a version without a name fixes one: `1.2.3`, `latest`, `>=1`.
pub(super) fn version_pin(version: &str) -> Pin {
    match version {
        "" => Pin::None,
        v if has_placeholder(v) => Pin::Reference,
        v if is_version(v) => Pin::Exact,
        v if v.starts_with(['=', '<', '>', '~', '!']) => pin(v),
        _ => Pin::Tag,
    }
}

/// How exactly version specifiers (PEP 440) fix the version: one `==` or `===` without a wildcard
/// does.
fn pin(specifiers: &str) -> Pin {
    if specifiers.is_empty() {
        return Pin::None;
    }
    if has_placeholder(specifiers) {
        return Pin::Reference;
    }
    let exact = specifiers.split(',').any(|clause| {
        clause
            .trim()
            .strip_prefix("==")
            .is_some_and(|v| is_version(v.trim_start_matches('=').trim()))
    });
    if exact { Pin::Exact } else { Pin::Range }
}

/// Whether the text is a version in the sense of PEP 440, near enough: digits first, then parts of
/// releases, pre-releases and local labels.
fn is_version(text: &str) -> bool {
    let text = text.trim_start_matches('v');
    text.starts_with(|c: char| c.is_ascii_digit())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-' | b'_' | b'!'))
}

#[cfg(test)]
mod tests {
    use super::super::package::GitReference;
    use super::*;

    fn read(spec: &str) -> PackageRef {
        package(spec, Part { word: 0, range: 0..spec.len() })
    }

    #[test]
    fn index_specs() {
        let cases = [
            ("name", "name", None, Pin::None),
            ("name==1.2", "name", Some("1.2"), Pin::Exact),
            ("name == 1.2.0", "name", Some("1.2.0"), Pin::Exact),
            ("name===1.2+local", "name", Some("1.2+local"), Pin::Exact),
            ("name==1.*", "name", Some("==1.*"), Pin::Range),
            ("name>=1,<2", "name", Some(">=1,<2"), Pin::Range),
            ("name~=1.2", "name", Some("~=1.2"), Pin::Range),
            ("name!=1.2", "name", Some("!=1.2"), Pin::Range),
            ("name@1.2.3", "name", Some("1.2.3"), Pin::Exact),
            ("name@latest", "name", Some("latest"), Pin::Tag),
            ("name@>=1", "name", Some(">=1"), Pin::Range),
            ("name[a,b]==1.0rc1", "name", Some("1.0rc1"), Pin::Exact),
            ("name[cli]", "name", None, Pin::None),
            ("awslabs.core-mcp-server@latest", "awslabs.core-mcp-server", Some("latest"), Pin::Tag),
            ("name==${V}", "name", Some("==${V}"), Pin::Reference),
            ("name@$V", "name", Some("$V"), Pin::Reference),
            ("${PACKAGE}", "${PACKAGE}", None, Pin::Reference),
            ("name==1.0; python_version>'3'", "name", Some("1.0"), Pin::Exact),
            ("", "", None, Pin::None),
        ];
        for (spec, name, version, pin) in cases {
            let package = read(spec);
            assert_eq!(package.name, name, "{spec}");
            assert_eq!(package.version.as_deref(), version, "{spec}");
            assert_eq!(package.pin, pin, "{spec}");
            assert_eq!(package.source, PackageSource::Registry, "{spec}");
        }
    }

    #[test]
    fn other_sources() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let cases = [
            ("git+https://github.com/o/r", "r", None, GitReference::None, Pin::None),
            (
                "git+https://github.com/o/r.git@main",
                "r",
                Some("main"),
                GitReference::Branch,
                Pin::Tag,
            ),
            ("git+ssh://git@github.com/o/r@v1.0", "r", Some("v1.0"), GitReference::Tag, Pin::Tag),
            (
                "git+https://github.com/o/r@a/b#subdirectory=c",
                "r",
                Some("a/b"),
                GitReference::Branch,
                Pin::Tag,
            ),
            ("n @ git+https://github.com/o/r", "n", None, GitReference::None, Pin::None),
            ("git+https://github.com/o/r#egg=n", "n", None, GitReference::None, Pin::None),
        ];
        for (spec, name, reference, kind, pin) in cases {
            let package = read(spec);
            assert_eq!(package.name, name, "{spec}");
            assert_eq!(package.pin, pin, "{spec}");
            let expected = PackageSource::Git {
                repository: "github.com/o/r".to_owned(),
                reference: reference.map(str::to_owned),
                kind,
            };
            assert_eq!(package.source, expected, "{spec}");
        }
        assert_eq!(read(&format!("git+https://h.x/r@{commit}")).pin, Pin::Exact);
        let wheel = "https://h.x/a-1.0-py3-none-any.whl";
        assert_eq!(read(wheel).source, PackageSource::Archive(wheel.to_owned()));
        assert_eq!(read(wheel).pin, Pin::None);
        assert_eq!(read(&format!("{wheel}#sha256={commit}{commit}")).pin, Pin::Exact);
        for path in [".", "./x", "/x", "a/b", "dist/a-1.0.whl", "C:\\x"] {
            assert_eq!(read(path).source, PackageSource::Local(path.to_owned()), "{path}");
        }
    }
}
