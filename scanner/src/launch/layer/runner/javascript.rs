//! `npx`, `npm exec`, `pnpm dlx`, `yarn dlx`, `bunx`.

use crate::launch::layer::script;
use crate::launch::name;
use crate::launch::npm;
use crate::launch::options::{self, Given, gnu};
use crate::launch::package::PackageRef;
use crate::launch::peeler::{Peeler, Step};
use crate::launch::token::Shell;
use crate::launch::wrapper::WrapperKind::PackageRunner;

/// Options of npm, pnpm, yarn and bun that take a value as a word of its own.
const VALUES: &[&str] = &[
    "-p",
    "--package",
    "-c",
    "--call",
    "-w",
    "--workspace",
    "--registry",
    "--cache",
    "--prefix",
    "-C",
    "--dir",
    "--cwd",
    "--userconfig",
    "--globalconfig",
    "--node-options",
    "--script-shell",
    "--shell",
    "--loglevel",
    "--otp",
    "--scope",
    "--tag",
    "--before",
    "--cert",
    "--cafile",
    "--proxy",
    "--https-proxy",
    "--fetch-timeout",
    "--fetch-retries",
    "--node-arg",
    "-n",
    "-F",
    "--filter",
    "--config",
    "--allow-build",
    "--reporter",
    "--store-dir",
    "--env-file",
    "--preload",
    "--require",
    "--min-release-age",
    "--omit",
    "--include",
];

/// `npm exec`, `pnpm dlx` and so on: the subcommand that fetches and runs.
pub(super) fn manager(peeler: &mut Peeler<'_>, name: &str) -> Step {
    let end = peeler.rest.end;
    let syntax = gnu(VALUES);
    let (given, at) = options::leading(&peeler.launch.words, peeler.rest.clone(), syntax);
    let subcommand = if at < end { peeler.word(at).to_owned() } else { String::new() };
    let executes = match name {
        "npm" => matches!(subcommand.as_str(), "exec" | "x"),
        "bun" => subcommand == "x",
        _ => subcommand == "dlx",
    };
    if executes {
        return run(peeler, &format!("{name} {subcommand}"), at + 1, given);
    }
    Step::Unknown
}

/// What stands from `start` on is options, specification, arguments.
pub(super) fn execute(peeler: &mut Peeler<'_>, name: &str, start: usize) -> Step {
    run(peeler, name, start, Vec::new())
}

fn run(peeler: &mut Peeler<'_>, wrapper: &str, start: usize, mut given: Vec<Given>) -> Step {
    let end = peeler.rest.end;
    let yarn = wrapper.starts_with("yarn");
    // In `pnpm dlx` and `bunx` a lone `-c` is a switch, and `-n` only npm's.
    let syntax = if wrapper.starts_with('n') { gnu(VALUES) } else { gnu(FOREIGN_VALUES) };
    let (more, next) = options::leading(&peeler.launch.words, start..end, syntax);
    given.extend(more);
    let is = |option: &Given, names: &[&str]| names.contains(&option.name.as_str());
    let mut packages: Vec<_> = given
        .iter()
        .filter(|option| is(option, &["-p", "--package"]))
        .filter_map(|option| option.value.clone())
        .map(|part| npm::package(&peeler.text(&part), part))
        .collect();
    let no_install = given.iter().any(|option| {
        is(option, &["--no-install", "--no"])
            || (is(option, &["--yes", "-y"])
                && option.value.as_ref().is_some_and(|v| peeler.text(v) == "false"))
    });
    let call = given
        .iter()
        .find(|option| is(option, &["-c", "--call"]) && !yarn)
        .and_then(|option| option.value.clone());
    installed_only(&mut packages, no_install);
    if let Some(script) = call {
        peeler.wrap(PackageRunner, wrapper);
        let step = script::run_script(
            peeler,
            wrapper,
            Shell::Posix,
            script.word,
            Some(script.range),
            end..end,
        );
        peeler.provide(packages);
        return step;
    }
    if next >= end {
        return Step::Target;
    }
    peeler.wrap(PackageRunner, wrapper);
    let part = peeler.whole(next);
    let text = peeler.text(&part);
    let name = if packages.is_empty() {
        let mut package = npm::package(&text, part);
        package.no_install = no_install;
        let name = package.program();
        packages.push(package);
        name
    } else {
        name::program(&text)
    };
    let behind = next + 1;
    let arguments = if behind < end && peeler.word(behind) == "--" { behind + 1 } else { behind };
    peeler.enter_package(next, name, packages, arguments..end);
    Step::Peeled
}

/// Marks packages that the runner may not fetch.
fn installed_only(packages: &mut [PackageRef], no_install: bool) {
    for package in packages {
        package.no_install = no_install;
    }
}

const FOREIGN_VALUES: &[&str] = &[
    "-p",
    "--package",
    "--registry",
    "-C",
    "--dir",
    "--cwd",
    "-F",
    "--filter",
    "--loglevel",
    "--allow-build",
    "--reporter",
    "--store-dir",
    "--env-file",
    "--config",
];
