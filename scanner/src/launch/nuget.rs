//! Package specifications of .NET's runners.

use super::package::{Ecosystem, PackageRef, Pin};
use super::part::Part;
use super::placeholder::has_placeholder;

/// Reads `Package@version`, or a package whose version stands apart.
pub(super) fn package(spec: &str, apart: Option<&str>, part: Part) -> PackageRef {
    let (name, version) = match spec.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (spec, apart),
    };
    let version = version.filter(|v| !v.is_empty());
    let pin = version.map_or(Pin::None, pin);
    PackageRef::registry(Ecosystem::Nuget, spec, name, version, pin, part)
}

/// How exactly a version is fixed (`NuGet` package versioning): `1.2.3` and `[1.2.3]` are exact,
/// floating versions and intervals are ranges.
pub(super) fn pin(version: &str) -> Pin {
    let single =
        version.strip_prefix('[').and_then(|v| v.strip_suffix(']')).filter(|v| !v.contains(','));
    let number = single.unwrap_or(version);
    let core = number.split(['-', '+']).next().unwrap_or(number);
    let numeric = (1..=4).contains(&core.split('.').count())
        && core.split('.').all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    if has_placeholder(version) {
        Pin::Reference
    } else if numeric && !number.contains('*') {
        Pin::Exact
    } else if version.contains(['*', ',', '[', '(']) {
        Pin::Range
    } else {
        Pin::Tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for (spec, pin) in [
            ("A@1.2.3", Pin::Exact),
            ("A@1.2.3-beta.1", Pin::Exact),
            ("A@[1.2.3]", Pin::Exact),
            ("A@1.*", Pin::Range),
            ("A@[1.0,2.0)", Pin::Range),
            ("A", Pin::None),
            ("A@${V}", Pin::Reference),
        ] {
            assert_eq!(package(spec, None, Part { word: 0, range: 0..0 }).pin, pin, "{spec}");
        }
    }
}
