//! Where packages are fetched from, when it is not the usual place.

use std::borrow::Cow;
use std::ops::Range;

use mcp_guard_detect::host::{self, classify};

use super::collect::Collector;
use super::command_line::CommandLine;
use super::kinds::Registry;
use crate::client::{Located, Server};
use crate::launch::WrapperKind;
use crate::vendor;
use crate::vendor::host::HostKind;

/// What an option or variable says about a registry.
#[derive(Clone, Copy)]
struct Meaning {
    ecosystem: &'static str,
    effect: &'static str,
}

const fn meaning(ecosystem: &'static str, effect: &'static str) -> Meaning {
    Meaning { ecosystem, effect }
}

/// Flags of package runners and installers, without dashes.
const FLAGS: &[(&str, Meaning)] = &[
    ("add-source", meaning("nuget", "adds")),
    ("allow-insecure-host", meaning("pypi", "trusts")),
    ("default-index", meaning("pypi", "replaces")),
    ("extra-index-url", meaning("pypi", "adds")),
    ("find-links", meaning("pypi", "adds")),
    ("index", meaning("pypi", "adds")),
    ("index-url", meaning("pypi", "replaces")),
    ("registry", meaning("npm", "replaces")),
    ("source", meaning("nuget", "replaces")),
    ("trusted-host", meaning("pypi", "trusts")),
];

/// One-letter flags, which mean this only to runners of Python packages.
const PYTHON_FLAGS: &[(&str, Meaning)] =
    &[("-f", meaning("pypi", "adds")), ("-i", meaning("pypi", "replaces"))];

/// Variables in upper case.
const VARIABLES: &[(&str, Meaning)] = &[
    ("BUN_CONFIG_REGISTRY", meaning("npm", "replaces")),
    ("COREPACK_NPM_REGISTRY", meaning("npm", "replaces")),
    ("GOINSECURE", meaning("golang", "trusts")),
    ("GOPROXY", meaning("golang", "replaces")),
    ("JSR_URL", meaning("jsr", "replaces")),
    ("NPM_CONFIG_REGISTRY", meaning("npm", "replaces")),
    ("PIP_EXTRA_INDEX_URL", meaning("pypi", "adds")),
    ("PIP_FIND_LINKS", meaning("pypi", "adds")),
    ("PIP_INDEX_URL", meaning("pypi", "replaces")),
    ("PIP_TRUSTED_HOST", meaning("pypi", "trusts")),
    ("UV_DEFAULT_INDEX", meaning("pypi", "replaces")),
    ("UV_EXTRA_INDEX_URL", meaning("pypi", "adds")),
    ("UV_FIND_LINKS", meaning("pypi", "adds")),
    ("UV_INDEX", meaning("pypi", "adds")),
    ("UV_INDEX_URL", meaning("pypi", "replaces")),
    ("UV_INSECURE_HOST", meaning("pypi", "trusts")),
    ("YARN_NPM_REGISTRY_SERVER", meaning("npm", "replaces")),
    ("YARN_REGISTRY", meaning("npm", "replaces")),
];

/// One fact for each address that an option of a launcher, or a variable, names.
pub(super) fn facts(collector: &mut Collector, server: &Server<'_>, line: &CommandLine<'_>) {
    for option in line.options() {
        let Some(flag) = option.flag.as_deref().filter(|_| option.value.is_some()) else {
            continue;
        };
        // Behind the package they are the server's own.
        let Some(meaning) = of_flag(flag, line).filter(|_| line.is_launchers(option.word)) else {
            continue;
        };
        let Some((value, range)) = line.locate(&option.value_part()) else { continue };
        let name = flag.trim_start_matches('-');
        addresses(collector, meaning, "argument", name, value, range);
    }
    for variable in &server.env {
        if let Some(meaning) = of_variable(&variable.name) {
            let range = 0..variable.value.text.len();
            let name = variable.name.as_ref();
            addresses(collector, meaning, "environment", name, &variable.value, range);
        }
    }
    for assignment in &line.launch.target.assignments {
        let Some(meaning) = of_variable(&assignment.name) else { continue };
        let place = assignment.value.as_ref().and_then(|part| line.locate(part));
        let Some((value, range)) = place else { continue };
        addresses(collector, meaning, "environment", &assignment.name, value, range);
    }
}

fn of_flag(flag: &str, line: &CommandLine<'_>) -> Option<Meaning> {
    let name = flag.trim_start_matches('-');
    // `--@scope:registry=…` is about the packages of one scope.
    if name.starts_with('@') && name.ends_with(":registry") {
        return Some(meaning("npm", "adds"));
    }
    let python = || {
        line.launch.wrappers.iter().any(|wrapper| {
            wrapper.kind == WrapperKind::PackageRunner
                && (wrapper.name.starts_with("uv") || wrapper.name.starts_with("pip"))
        })
    };
    let long = flag.starts_with("--").then(|| find(FLAGS, name)).flatten();
    long.or_else(|| find(PYTHON_FLAGS, flag).filter(|_| python()))
}

fn of_variable(name: &str) -> Option<Meaning> {
    let is_ours = |c: u8| {
        matches!(c.to_ascii_uppercase(), b'B' | b'C' | b'G' | b'J' | b'N' | b'P' | b'U' | b'Y')
    };
    if !name.bytes().next().is_some_and(is_ours) {
        return None;
    }
    let upper = name.to_ascii_uppercase();
    let scoped = upper.starts_with("NPM_CONFIG_@") && upper.ends_with(":REGISTRY");
    if scoped { Some(meaning("npm", "adds")) } else { find(VARIABLES, &upper) }
}

fn find(table: &[(&str, Meaning)], name: &str) -> Option<Meaning> {
    table.iter().find(|(known, _)| *known == name).map(|(_, meaning)| *meaning)
}

/// A value may list several, separated by white space or commas, each perhaps behind a name and `=`.
fn addresses(
    collector: &mut Collector,
    meaning: Meaning,
    source: &'static str,
    name: &str,
    value: &Located<'_>,
    range: Range<usize>,
) {
    let text = value.text.get(range.clone()).unwrap_or_default();
    let separator = |c: char| c.is_whitespace() || matches!(c, ',' | '|');
    let mut at = 0;
    for piece in text.split(separator) {
        let start = at;
        at += piece.len() + 1;
        let named =
            piece.split_once('=').filter(|(name, url)| !name.contains(':') && url.contains("://"));
        let address = named.map_or(piece, |(_, url)| url);
        let start = range.start + start + piece.len() - address.len();
        let trusts = meaning.effect == "trusts";
        let (scheme, host, path) = match host::parse(address) {
            Some(url) => (Some(url.scheme.to_ascii_lowercase()), url.host, url.path),
            None if trusts && !address.is_empty() => {
                (None, address.split('/').next().unwrap_or(address), "")
            }
            // A directory, `direct`, `off`, the name of a configured one.
            None => continue,
        };
        if scheme.as_deref() == Some("file") {
            continue;
        }
        let known = vendor::known(HostKind::Registry, host, path);
        let operator = known.map(|known| if known.severity.is_some() { "hosted" } else { "known" });
        let fact = Registry {
            ecosystem: Some(meaning.ecosystem.into()),
            source: Some(source.into()),
            name: Some(Cow::Owned(name.to_owned())),
            effect: Some(meaning.effect.into()),
            scheme: scheme.map(Cow::Owned),
            host: Some(Cow::Owned(host.to_owned())),
            host_class: Some(classify(host).name().into()),
            operator: operator.map(Cow::Borrowed),
            operator_name: known.map(|known| known.name.clone()),
        };
        collector.add(fact, value.span_of(start..start + address.len()), &value.pointer);
    }
}
