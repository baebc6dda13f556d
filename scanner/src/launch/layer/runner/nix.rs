//! `nix run flake#attribute`, `nix shell … -c command`, `nix-shell --run`.

use crate::launch::layer::script;
use crate::launch::name;
use crate::launch::options::{self, gnu};
use crate::launch::package::{Ecosystem, PackageRef, PackageSource, Pin, git};
use crate::launch::part::Part;
use crate::launch::peeler::{Peeler, Step};
use crate::launch::placeholder::has_placeholder;
use crate::launch::token::Shell;
use crate::launch::wrapper::WrapperKind::{PackageRunner, VersionManager};

const VALUES: &[&str] = &[
    "--extra-experimental-features",
    "--experimental-features",
    "--inputs-from",
    "-f",
    "--file",
    "--expr",
    "--override-flake",
    "--system",
    "-j",
    "--max-jobs",
    "--store",
    "--profile",
    "-p",
    "--packages",
    "-I",
    "--run",
    "--command",
    "--attr",
    "-A",
];

pub(super) fn peel(peeler: &mut Peeler<'_>, program: &str) -> Step {
    let end = peeler.rest.end;
    if program == "nix-shell" {
        return nix_shell(peeler);
    }
    let (_, at) = options::leading(&peeler.launch.words, peeler.rest.clone(), gnu(VALUES));
    match peeler.word(at) {
        _ if at >= end => Step::Unknown,
        "run" => run(peeler, at + 1),
        "shell" | "develop" => environment(peeler, at),
        _ => Step::Unknown,
    }
}

fn run(peeler: &mut Peeler<'_>, start: usize) -> Step {
    let end = peeler.rest.end;
    let at = operand(peeler, start);
    if at >= end || peeler.word(at.saturating_sub(1)) == "--" {
        return Step::Target;
    }
    let spec = peeler.word(at).to_owned();
    let package = flake(&spec, peeler.whole(at));
    peeler.wrap(PackageRunner, "nix run");
    let (_, arguments) = options::leading(&peeler.launch.words, at + 1..end, gnu(VALUES));
    let program = name::program(&package.name);
    peeler.enter_package(at, program, vec![package], arguments..end);
    Step::Peeled
}

/// The first operand; `--option` and `--override-input` take two values.
fn operand(peeler: &Peeler<'_>, start: usize) -> usize {
    let end = peeler.rest.end;
    let mut at = start;
    loop {
        let (given, next) = options::leading(&peeler.launch.words, at..end, gnu(VALUES));
        let two = given.last().is_some_and(|o| {
            matches!(o.name.as_str(), "--option" | "--override-input" | "--arg" | "--argstr")
                && o.word + 1 == next
        });
        if !two || next >= end {
            return next;
        }
        at = (next + 2).min(end);
    }
}

/// `nix shell a b -c command …`: the flakes make programs available to the command.
fn environment(peeler: &mut Peeler<'_>, subcommand: usize) -> Step {
    let end = peeler.rest.end;
    let command = (subcommand + 1..end).find(|at| matches!(peeler.word(*at), "-c" | "--command"));
    let Some(command) = command.filter(|at| at + 1 < end) else { return Step::Unknown };
    let first = operand(peeler, subcommand + 1);
    let flakes: Vec<_> = (first..command)
        .filter(|at| !peeler.word(*at).starts_with('-'))
        .map(|at| flake(peeler.word(at), peeler.whole(at)))
        .collect();
    peeler.wrap(VersionManager, format!("nix {}", peeler.word(subcommand)));
    peeler.launch.wrapper_packages.extend(flakes);
    peeler.enter(command + 1..end);
    Step::Peeled
}

fn nix_shell(peeler: &mut Peeler<'_>) -> Step {
    let end = peeler.rest.end;
    let option = peeler.rest.clone().find(|at| matches!(peeler.word(*at), "--run" | "--command"));
    let Some(script) = option.map(|at| at + 1).filter(|at| *at < end) else { return Step::Unknown };
    peeler.wrap(VersionManager, "nix-shell");
    script::run_script(peeler, "nix-shell", Shell::Posix, script, None, end..end)
}

/// A flake reference (nix manual, `nix flake`, "Flake references").
fn flake(spec: &str, part: Part) -> PackageRef {
    let nix = Ecosystem::Nix;
    let (address, attribute) = match spec.split_once('#') {
        Some((address, attribute)) => (address, Some(attribute).filter(|a| !a.is_empty())),
        None => (spec, None),
    };
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let parameter = |key: &str| {
        query.split('&').find_map(|p| p.split_once('=').filter(|(k, _)| *k == key)).map(|(_, v)| v)
    };
    let asked = parameter("rev").or_else(|| parameter("ref"));
    for (scheme, host) in
        [("github:", "github.com"), ("gitlab:", "gitlab.com"), ("sourcehut:", "git.sr.ht")]
    {
        if let Some(path) = path.strip_prefix(scheme) {
            let mut parts = path.splitn(3, '/');
            let repository = [parts.next(), parts.next()].map(Option::unwrap_or_default).join("/");
            let reference = parts.next().or(asked);
            let source = git(&format!("https://{host}/{repository}"), reference);
            return PackageRef::from_source(nix, spec, attribute, source, part);
        }
    }
    if path.starts_with("git+") {
        return PackageRef::from_source(nix, spec, attribute, git(path, asked), part);
    }
    if path.contains("://") || path.starts_with("tarball+") {
        let source = PackageSource::Archive(address.to_owned());
        return PackageRef::from_source(nix, spec, attribute, source, part);
    }
    if path.is_empty() || path.starts_with("path:") || name::is_path(path) {
        let source = PackageSource::Local(path.to_owned());
        return PackageRef::from_source(nix, spec, attribute, source, part);
    }
    // An entry of the flake registry: `nixpkgs/nixos-24.05#name`.
    let path = path.strip_prefix("flake:").unwrap_or(path);
    let (registry, reference) = match path.split_once('/') {
        Some((registry, reference)) => (registry, Some(reference)),
        None => (path, asked),
    };
    let pin = match reference {
        None => Pin::None,
        Some(r) if has_placeholder(r) => Pin::Reference,
        Some(r) if r.len() == 40 && r.bytes().all(|b| b.is_ascii_hexdigit()) => Pin::Exact,
        Some(r) if r.split_once('/').is_some_and(|(_, rev)| rev.len() == 40) => Pin::Exact,
        Some(_) => Pin::Tag,
    };
    PackageRef::registry(nix, spec, attribute.unwrap_or(registry), reference, pin, part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flake_references() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        for (spec, name, pin) in [
            ("nixpkgs#mcp-nixos", "mcp-nixos", Pin::None),
            ("nixpkgs/nixos-24.05#x", "x", Pin::Tag),
            ("github:o/r", "r", Pin::None),
            ("github:o/r/main#x", "x", Pin::Tag),
            ("git+https://h.x/r?ref=main", "r", Pin::Tag),
            (".#x", "x", Pin::None),
            ("", "", Pin::None),
        ] {
            let package = flake(spec, Part { word: 0, range: 0..0 });
            assert_eq!((package.name.as_str(), package.pin), (name, pin), "{spec}");
        }
        let exact = flake(&format!("github:o/r/{commit}"), Part { word: 0, range: 0..0 });
        assert_eq!(exact.pin, Pin::Exact);
    }
}
