//! An exact version for a package, if one is known.

use super::versions::is_exact;
use super::{Case, Proposal, Safety, part};
use crate::facts::kinds::Detail;

pub(super) fn propose(case: &Case<'_>) -> Option<Proposal> {
    let Detail::Package(package) = &case.fact.detail else { return None };
    let ecosystem = package.ecosystem.as_deref()?;
    let name = package.name.as_deref()?;
    let version = chosen(case, ecosystem, name)?;
    proposal(case, Safety::Safe, ecosystem, name, &version)
}

/// The lowest version without the faults of this one: safe if releases in between promise to break
/// nothing.
pub(super) fn upgrade(case: &Case<'_>) -> Option<Proposal> {
    let Detail::Advisory(advisory) = &case.fact.detail else { return None };
    let fixed = advisory.fixed.as_deref().filter(|fixed| is_exact(fixed))?;
    let present = advisory.version.as_deref().filter(|version| is_exact(version));
    let same = present.is_some_and(|present| line_of(present) == line_of(fixed));
    let safety = if same { Safety::Safe } else { Safety::Unsafe };
    proposal(case, safety, advisory.ecosystem.as_deref()?, advisory.name.as_deref()?, fixed)
}

/// What stays the same in releases that promise to break nothing (Semantic Versioning 2.0.0, 4 and
/// 8): the first number, below 1.0 the second too.
fn line_of(version: &str) -> (&str, &str) {
    let mut numbers = version.strip_prefix('v').unwrap_or(version).split('.');
    match numbers.next() {
        Some("0") => ("0", numbers.next().unwrap_or_default()),
        first => (first.unwrap_or_default(), ""),
    }
}

fn proposal(
    case: &Case<'_>,
    safety: Safety,
    ecosystem: &str,
    name: &str,
    version: &str,
) -> Option<Proposal> {
    // A package that is declared by fields of its own has its version elsewhere.
    if case.dialect()?.describes_packages() {
        return None;
    }
    let (node, range) = case.part()?;
    let text = node.as_str()?;
    // In a command line the word may go on where the specification was taken to end.
    let rest = text.get(range.end..)?;
    if !rest.is_empty() && !rest.starts_with([' ', '\t', '\n', '"', '\'', ';', '&', '|', ')']) {
        return None;
    }
    let spec = text.get(range.clone())?;
    let new = pinned(ecosystem, name, spec, version)?;
    let changes = vec![part::replace(node, &case.fact.pointer, range, &new)?];
    let title = format!("Run version {version} of `{name}`");
    Some(Proposal { safety, title, then: None, changes, reference: None })
}

/// The version that the user named, else the one that was reviewed.
fn chosen(case: &Case<'_>, ecosystem: &str, name: &str) -> Option<String> {
    if let Some(named) = case.versions.get(ecosystem, name) {
        return Some(named.to_owned());
    }
    let server = case.context.server.as_deref()?;
    let reviewed = case.lock?.around(&case.fact.pointer, server)?.package.as_ref()?;
    let version = reviewed.version.as_ref().filter(|version| is_exact(version))?;
    let same = reviewed.ecosystem == ecosystem && reviewed.name == name;
    same.then(|| version.clone())
}

/// A specification with another version.
fn pinned(ecosystem: &str, name: &str, spec: &str, version: &str) -> Option<String> {
    let start = spec.find(name)?;
    let (before, after) = (spec.get(..start)?, spec.get(start + name.len()..)?);
    let bare = version.strip_prefix('v').unwrap_or(version);
    match ecosystem {
        "npm" | "deno" | "jsr" => {
            let known = ["", "npm:", "jsr:"].contains(&before);
            let fits = after.is_empty() || after.starts_with('@') && !after.contains('/');
            (known && fits).then(|| format!("{before}{name}@{bare}"))
        }
        "pypi" => {
            let (extras, rest) = match after.find(']').filter(|_| after.starts_with('[')) {
                Some(close) => (after.get(..=close)?, after.get(close + 1..)?),
                None => ("", after),
            };
            let fits = rest.is_empty() || rest.starts_with(['@', '=', '>', '<', '~', '!', ' ']);
            let url = rest.contains("://") || rest.contains(';');
            (before.is_empty() && fits && !url).then(|| format!("{name}{extras}=={bare}"))
        }
        "golang" => {
            let fits = after.is_empty() || after.starts_with('@');
            (before.is_empty() && fits).then(|| format!("{name}@v{bare}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{line_of, pinned};

    #[test]
    fn a_line_of_releases_breaks_nothing() {
        for (one, other, same) in [
            ("1.2.3", "1.9.0", true),
            ("1.2.3", "2.0.0", false),
            ("0.1.2", "0.1.9", true),
            ("0.1.2", "0.2.0", false),
            ("v1.2", "1.3", true),
        ] {
            assert_eq!(line_of(one) == line_of(other), same, "{one} {other}");
        }
    }

    #[test]
    fn a_specification_keeps_what_is_no_version() {
        for (ecosystem, name, spec, version, expected) in [
            ("npm", "@a/b", "@a/b", "1.2.3", Some("@a/b@1.2.3")),
            ("npm", "b", "b@latest", "1.2.3", Some("b@1.2.3")),
            ("npm", "b", "b@^1", "v1.2.3", Some("b@1.2.3")),
            ("npm", "b", "x@npm:b@1", "1.2.3", None),
            ("npm", "b", "b@github:c/d", "1.2.3", None),
            ("deno", "@a/b", "npm:@a/b", "1.0.0", Some("npm:@a/b@1.0.0")),
            ("deno", "b", "npm:b/cli", "1.0.0", None),
            ("pypi", "b", "b[cli,x]>=1", "1.2", Some("b[cli,x]==1.2")),
            ("pypi", "b", "b@latest", "1.2", Some("b==1.2")),
            ("pypi", "b", "b @ https://x/b.whl", "1.2", None),
            (
                "golang",
                "example.com/b",
                "example.com/b@latest",
                "1.2.0",
                Some("example.com/b@v1.2.0"),
            ),
            ("cargo", "b", "b", "1.2.0", None),
        ] {
            assert_eq!(pinned(ecosystem, name, spec, version).as_deref(), expected, "{spec}");
        }
    }
}
