//! Package specifications of npm and its relatives.

use super::name;
use super::package::{Ecosystem, PackageRef, PackageSource, Pin, git};
use super::part::Part;
use super::placeholder::has_placeholder;

/// Reads what npm calls a package specification (`npm help package-spec`).
pub(super) fn package(spec: &str, part: Part) -> PackageRef {
    let npm = Ecosystem::Npm;
    if let Some(source) = source(spec) {
        return PackageRef::from_source(npm, spec, None, source, part);
    }
    let (name, version) = split_version(spec);
    let Some(version) = version else {
        let pin = if has_placeholder(name) { Pin::Reference } else { Pin::None };
        return PackageRef::registry(npm, spec, name, None, pin, part);
    };
    if let Some(target) = version.strip_prefix("npm:")
        && !target.contains("npm:")
    {
        let mut package = package(target, part);
        spec.clone_into(&mut package.spec);
        return package;
    }
    if let Some(source) = source(version) {
        return PackageRef::from_source(npm, spec, Some(name), source, part);
    }
    let version = Some(version.trim()).filter(|v| !v.is_empty());
    let pin = if has_placeholder(name) { Pin::Reference } else { version.map_or(Pin::None, pin) };
    PackageRef::registry(npm, spec, name, version, pin, part)
}

/// Name and version of `name@version`; the `@` of a scope is part of the name.
fn split_version(spec: &str) -> (&str, Option<&str>) {
    let at = spec.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at);
    match at.and_then(|at| spec.split_at_checked(at)) {
        Some((name, version)) => (name, version.get(1..)),
        None => (spec, None),
    }
}

/// A source other than the registry.
fn source(spec: &str) -> Option<PackageSource> {
    for scheme in ["file:", "link:", "portal:", "workspace:"] {
        if let Some(path) = spec.strip_prefix(scheme) {
            return Some(PackageSource::Local(path.to_owned()));
        }
    }
    if name::is_path(spec) {
        return Some(PackageSource::Local(spec.to_owned()));
    }
    let (address, fragment) = match spec.split_once('#') {
        Some((address, fragment)) => (address, Some(fragment)),
        None => (spec, None),
    };
    for (scheme, host) in [
        ("github:", "github.com"),
        ("gitlab:", "gitlab.com"),
        ("bitbucket:", "bitbucket.org"),
        ("gist:", "gist.github.com"),
    ] {
        if let Some(path) = address.strip_prefix(scheme) {
            return Some(git(&format!("https://{host}/{path}"), fragment));
        }
    }
    let has_scheme = ["git+", "git:", "git@", "ssh:"].iter().any(|s| address.starts_with(s));
    if has_scheme || address.ends_with(".git") {
        return Some(git(address, fragment));
    }
    if address.starts_with("https://") || address.starts_with("http://") {
        return Some(if is_hosted_repository(address) {
            git(address, fragment)
        } else {
            PackageSource::Archive(spec.to_owned())
        });
    }
    let mut parts = address.split('/');
    let shorthand = matches!(
        (parts.next(), parts.next(), parts.next()),
        (Some(owner), Some(repository), None)
            if !owner.is_empty() && !repository.is_empty() && !owner.contains(['@', ':', ' '])
                && !repository.contains('@')
    );
    shorthand.then(|| git(&format!("https://github.com/{address}"), fragment))
}

/// Whether npm clones this URL instead of downloading it: the page of a repository at a host it
/// knows.
fn is_hosted_repository(url: &str) -> bool {
    let Some((_, address)) = url.split_once("://") else { return false };
    let mut parts = address.trim_end_matches('/').split('/');
    let host = parts.next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or(host).trim_start_matches("www.");
    let known = ["github.com", "gitlab.com", "bitbucket.org"].contains(&host);
    known && (parts.clone().count() == 2 || parts.nth(2) == Some("tree"))
}

/// How exactly a version of node's semantic versioning is fixed: `1.2.3`, `v1.2.3` and `=1.2.3`
/// name one version, `1.2` and `1.x` are ranges, other words are tags.
pub(super) fn pin(version: &str) -> Pin {
    let version = version.trim();
    if version.is_empty() {
        return Pin::None;
    }
    if has_placeholder(version) {
        return Pin::Reference;
    }
    let number = version.trim_start_matches('=').trim_start().trim_start_matches('v');
    if is_semver(number) {
        return Pin::Exact;
    }
    let partial = number.split('.').all(|p| {
        matches!(p, "x" | "X" | "*") || (!p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
    });
    let operators = version.starts_with(['^', '~', '<', '>', '=']) || version.contains([' ', '|']);
    // `1.x-beta`, `1.2.*+build`: starts like a version, so no tag may be called so.
    let wild = number.starts_with(|c: char| c.is_ascii_digit()) && number.contains('.');
    if partial || operators || wild { Pin::Range } else { Pin::Tag }
}

/// Whether the text is a full version of Semantic Versioning 2.0.0.
pub(super) fn is_semver(text: &str) -> bool {
    let core_end = text.find(['-', '+']).unwrap_or(text.len());
    let (core, suffix) = text.split_at(core_end);
    let numbers = core.split('.').collect::<Vec<_>>();
    let numeric = |n: &&str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
    let identifier = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'+');
    numbers.len() == 3
        && numbers.iter().all(numeric)
        && suffix.len() != 1
        && suffix.bytes().all(identifier)
}

#[cfg(test)]
mod tests {
    use super::super::package::GitReference;
    use super::*;

    fn read(spec: &str) -> PackageRef {
        package(spec, Part { word: 0, range: 0..spec.len() })
    }

    #[test]
    fn registry_specs() {
        let cases = [
            ("name", "name", None, Pin::None),
            ("@scope/name", "@scope/name", None, Pin::None),
            ("name@1.2.3", "name", Some("1.2.3"), Pin::Exact),
            ("name@v1.2.3", "name", Some("v1.2.3"), Pin::Exact),
            ("name@=1.2.3", "name", Some("=1.2.3"), Pin::Exact),
            ("name@1.2.3-beta.1+b", "name", Some("1.2.3-beta.1+b"), Pin::Exact),
            ("@scope/name@2025.8.21", "@scope/name", Some("2025.8.21"), Pin::Exact),
            ("name@1.2", "name", Some("1.2"), Pin::Range),
            ("name@1", "name", Some("1"), Pin::Range),
            ("name@1.x", "name", Some("1.x"), Pin::Range),
            ("name@*", "name", Some("*"), Pin::Range),
            ("name@^1", "name", Some("^1"), Pin::Range),
            ("name@~1.2.3", "name", Some("~1.2.3"), Pin::Range),
            ("name@>=1", "name", Some(">=1"), Pin::Range),
            ("name@1.2.3 - 2", "name", Some("1.2.3 - 2"), Pin::Range),
            ("name@1.2.3 || 2", "name", Some("1.2.3 || 2"), Pin::Range),
            ("name@latest", "name", Some("latest"), Pin::Tag),
            ("@scope/name@next-2", "@scope/name", Some("next-2"), Pin::Tag),
            ("name@", "name", None, Pin::None),
            ("name@${VERSION}", "name", Some("${VERSION}"), Pin::Reference),
            ("${PACKAGE}", "${PACKAGE}", None, Pin::Reference),
            ("@s/${NAME}@1.0.0", "@s/${NAME}", Some("1.0.0"), Pin::Reference),
            ("x@npm:y@1.0.0", "y", Some("1.0.0"), Pin::Exact),
            ("x@npm:@s/y", "@s/y", None, Pin::None),
            ("", "", None, Pin::None),
        ];
        for (spec, name, version, pin) in cases {
            let package = read(spec);
            assert_eq!(package.name, name, "{spec}");
            assert_eq!(package.version.as_deref(), version, "{spec}");
            assert_eq!(package.pin, pin, "{spec}");
            assert_eq!(package.source, PackageSource::Registry, "{spec}");
            assert_eq!(package.spec, spec);
        }
    }

    #[test]
    fn git_specs() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let cases = [
            ("github:o/r", "github.com/o/r", None, GitReference::None, Pin::None),
            ("github:o/r#main", "github.com/o/r", Some("main"), GitReference::Branch, Pin::Tag),
            ("o/r#v1.2.0", "github.com/o/r", Some("v1.2.0"), GitReference::Tag, Pin::Tag),
            ("o/r", "github.com/o/r", None, GitReference::None, Pin::None),
            ("n@github:o/r", "github.com/o/r", None, GitReference::None, Pin::None),
            ("git+ssh://git@h.x/o/r.git#a", "h.x/o/r", Some("a"), GitReference::Branch, Pin::Tag),
            ("git@github.com:o/r.git", "github.com/o/r", None, GitReference::None, Pin::None),
            ("https://github.com/o/r", "github.com/o/r", None, GitReference::None, Pin::None),
            ("o/r#semver:^1", "github.com/o/r", Some("semver:^1"), GitReference::Tag, Pin::Tag),
            (
                "o/r#${REF}",
                "github.com/o/r",
                Some("${REF}"),
                GitReference::Placeholder,
                Pin::Reference,
            ),
        ];
        for (spec, repository, reference, kind, pin) in cases {
            let package = read(spec);
            let expected = PackageSource::Git {
                repository: repository.to_owned(),
                reference: reference.map(str::to_owned),
                kind,
            };
            assert_eq!(package.source, expected, "{spec}");
            assert_eq!(package.pin, pin, "{spec}");
        }
        assert_eq!(read(&format!("git+https://h.x/o/r.git#{commit}")).pin, Pin::Exact);
        assert_eq!(read("github:o/r#abcdef1").pin, Pin::Tag);
    }

    #[test]
    fn archives_and_paths() {
        for url in [
            "https://h.x/a.tgz",
            "http://h.x/a",
            "https://github.com/o/r/archive/main.tar.gz",
            "https://codeload.github.com/o/r/tar.gz/main",
        ] {
            assert_eq!(read(url).source, PackageSource::Archive(url.to_owned()));
        }
        assert_eq!(read("n@https://h.x/a.tgz").name, "n");
        for (spec, path) in [
            ("./x", "./x"),
            ("file:../x", "../x"),
            (".", "."),
            ("C:\\x", "C:\\x"),
            ("${workspaceFolder}/x", "${workspaceFolder}/x"),
        ] {
            assert_eq!(read(spec).source, PackageSource::Local(path.to_owned()), "{spec}");
        }
    }
}
