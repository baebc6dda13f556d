//! What could be asked over a network about an entry, and what was answered.

use std::ops::Range;

use mcp_guard_detect::host;

use super::command_line::CommandLine;
use super::hidden::Hidden;
use crate::client::{Located, Server};
use crate::launch::{PackageRef, PackageSource, Pin, declared_pin};
use crate::online::{Questions, Release, address};

/// Adds what could be asked about the entry. An address that holds a secret itself is not asked.
pub(super) fn add(
    questions: &mut Questions,
    server: &Server<'_>,
    line: &CommandLine<'_>,
    hidden: &Hidden,
) {
    let bridge = line.launch.target.remote_url.as_ref().and_then(|part| line.locate(part));
    let url = server.url.as_ref().map(|url| (url, 0..url.text.len()));
    for (value, range) in url.into_iter().chain(bridge) {
        questions.addresses.extend(askable(value, range, hidden));
    }
    match &server.package {
        Some(declared) => {
            let version = declared.version.as_ref().map(|version| version.text.as_ref());
            let exact = declared_pin(&declared.registry.text, version) == Pin::Exact;
            let version = version.filter(|_| exact).map(str::trim);
            let name = &declared.identifier.text;
            questions.packages.extend(named(&declared.registry.text, name, version));
        }
        None => questions.packages.extend(line.launch.packages().filter_map(release)),
    }
}

/// The address to ask at for a URL in a value, unless its path is a secret.
pub(super) fn askable(value: &Located<'_>, range: Range<usize>, hidden: &Hidden) -> Option<String> {
    let text = value.text.get(range.clone())?;
    let path = host::parse(text)?.spans.path;
    let path = range.start + path.start..range.start + path.end;
    address(text).filter(|_| !hidden.touches(value, &path))
}

/// The package that a registry can be asked about.
pub(super) fn release(package: &PackageRef) -> Option<Release> {
    let is_named = package.source == PackageSource::Registry && package.pin != Pin::Reference;
    let plain = !package.name.is_empty() && !package.name.contains(['$', '{', '<', ' ']);
    if !is_named || !plain {
        return None;
    }
    let version = package.version.as_deref().filter(|_| package.pin == Pin::Exact);
    named(package.ecosystem.name(), &package.name, version)
}

/// The question about a package of that name.
pub(super) fn named(registry: &str, name: &str, version: Option<&str>) -> Option<Release> {
    let version = version.map(|version| version.trim_start_matches(['=', 'v']).to_owned());
    Some(Release { ecosystem: ecosystem(registry)?, name: name.to_owned(), version })
}

/// The ecosystems that are asked about.
fn ecosystem(name: &str) -> Option<&'static str> {
    ["npm", "pypi", "golang", "cargo", "nuget"].into_iter().find(|known| *known == name)
}
