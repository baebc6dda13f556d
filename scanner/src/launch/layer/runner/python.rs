//! `uvx`, `uv tool run`, `uv run`, `pipx run`, `uvenv run`, `pixi exec`.

use crate::launch::options::{self, Given, gnu};
use crate::launch::package::{Ecosystem, PackageRef, PackageSource};
use crate::launch::part::Part;
use crate::launch::peeler::{Head, Peeler, Step};
use crate::launch::target::{Script, ScriptKind};
use crate::launch::wrapper::WrapperKind::PackageRunner;
use crate::launch::{name, pypi};

/// Options of uv that take a value.
const UV_VALUES: &[&str] = &[
    "--from",
    "--with",
    "-w",
    "--with-editable",
    "--with-requirements",
    "-p",
    "--python",
    "-i",
    "--index-url",
    "--extra-index-url",
    "--index",
    "--default-index",
    "-f",
    "--find-links",
    "--cache-dir",
    "--directory",
    "--project",
    "--config-file",
    "--env-file",
    "-c",
    "--constraints",
    "--constraint",
    "-b",
    "--build-constraints",
    "--build-constraint",
    "--overrides",
    "--override",
    "-P",
    "--upgrade-package",
    "--reinstall-package",
    "--refresh-package",
    "--index-strategy",
    "--keyring-provider",
    "--resolution",
    "--prerelease",
    "--fork-strategy",
    "--exclude-newer",
    "--exclude-newer-package",
    "--link-mode",
    "-C",
    "--config-setting",
    "--config-settings",
    "--no-build-package",
    "--no-binary-package",
    "--no-build-isolation-package",
    "--color",
    "--python-preference",
    "--python-platform",
    "--allow-insecure-host",
    "--trusted-host",
    "--torch-backend",
    "--extra",
    "--no-extra",
    "--group",
    "--no-group",
    "--only-group",
    "--package",
];
const APP_VALUES: &[&str] = &[
    "--spec",
    "--python",
    "-i",
    "--index-url",
    "--pip-args",
    "--with",
    "--fetch-python",
    "--backend",
];

/// `uv [options] tool run` and `uv [options] run`.
pub(super) fn uv(peeler: &mut Peeler<'_>) -> Step {
    let end = peeler.rest.end;
    let syntax = gnu(UV_VALUES);
    let (given, at) = options::leading(&peeler.launch.words, peeler.rest.clone(), syntax);
    env_files(peeler, &given);
    match (peeler.word(at), peeler.word(at + 1)) {
        _ if at >= end => Step::Unknown,
        ("x", _) => tool_run(peeler, "uvx", at + 1),
        ("tool", "run") if at + 1 < end => tool_run(peeler, "uv tool run", at + 2),
        ("run", _) => project_run(peeler, at + 1),
        _ => Step::Unknown,
    }
}

fn env_files(peeler: &mut Peeler<'_>, given: &[Given]) {
    let files = given.iter().filter(|o| o.name == "--env-file").filter_map(|o| o.value.clone());
    peeler.launch.target.env_files.extend(files);
}

/// The requirements given by `names`; one value may list several.
fn requirements(peeler: &Peeler<'_>, given: &[Given], names: &[&str]) -> Vec<PackageRef> {
    given
        .iter()
        .filter(|option| names.contains(&option.name.as_str()))
        .filter_map(|option| option.value.clone())
        .flat_map(|part| {
            let text = peeler.text(&part);
            let mut start = part.range.start;
            let mut found = Vec::new();
            for piece in split_list(&text) {
                let range = start..start + piece.len();
                start = range.end + 1;
                let piece = piece.trim();
                if !piece.is_empty() {
                    let part = Part { word: part.word, range };
                    found.push(pypi::package(piece, part));
                }
            }
            found
        })
        .collect()
}

/// `a,b==1` lists two requirements; `a>=1,<2` and `a[b,c]` are one.
fn split_list(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                let rest = text.get(at + 1..).unwrap_or_default().trim_start();
                if rest.starts_with(|c: char| c.is_alphabetic()) {
                    pieces.push(text.get(start..at).unwrap_or_default());
                    start = at + 1;
                }
            }
            _ => {}
        }
    }
    pieces.push(text.get(start..).unwrap_or_default());
    pieces
}

/// `uvx [--from spec] [--with spec] command …`
pub(super) fn tool_run(peeler: &mut Peeler<'_>, wrapper: &str, start: usize) -> Step {
    let end = peeler.rest.end;
    let (given, at) = options::leading(&peeler.launch.words, start..end, gnu(UV_VALUES));
    let from = requirements(peeler, &given, &["--from"]);
    let with = requirements(peeler, &given, &["--with", "-w", "--with-editable"]);
    if at >= end && from.is_empty() {
        return Step::Target;
    }
    env_files(peeler, &given);
    peeler.wrap(PackageRunner, wrapper);
    let at_word = at.min(end.saturating_sub(1));
    let text = if at < end { peeler.word(at).to_owned() } else { String::new() };
    let command = name::program(&text);
    // `uvx python` starts an interpreter that comes with uv.
    let interpreter = from.is_empty() && name::without_version(&command) == "python";
    let arguments = (at + 1).min(end)..end;
    if interpreter {
        peeler.enter_package(at_word, command, with, arguments);
        return Step::Peeled;
    }
    let mut from = from.into_iter();
    let (package, command) = match from.next() {
        Some(package) => {
            let program = if command.is_empty() { package.program() } else { command };
            (package, program)
        }
        None => {
            let package = pypi::package(&text, peeler.whole(at));
            let program = package.program();
            (package, program)
        }
    };
    let mut extras: Vec<_> = from.collect();
    extras.extend(with);
    peeler.enter_head(
        Head { word: at_word, name: command, package: Some(package), extras },
        arguments,
    );
    Step::Peeled
}

/// `uv run [--with spec] command …`: the command is local, unless it is the program of a package
/// named by `--with`, or a script at a URL.
fn project_run(peeler: &mut Peeler<'_>, start: usize) -> Step {
    let end = peeler.rest.end;
    let (given, at) = options::leading(&peeler.launch.words, start..end, gnu(UV_VALUES));
    if at >= end {
        return Step::Target;
    }
    env_files(peeler, &given);
    let mut with = requirements(peeler, &given, &["--with", "-w", "--with-editable"]);
    peeler.wrap(PackageRunner, "uv run");
    let text = peeler.word(at).to_owned();
    let mut command = name::program(&text);
    let module = given.iter().any(|o| matches!(o.name.as_str(), "-m" | "--module"));
    let behaves = if command == "python" && peeler.word(at + 1) == "-m" && at + 2 < end {
        peeler.word(at + 2).to_owned()
    } else {
        command.clone()
    };
    let behaves = normal(behaves.split('.').next().unwrap_or(&behaves));
    let package = if text.starts_with("https://") || text.starts_with("http://") {
        let source = PackageSource::Archive(text.clone());
        Some(PackageRef::from_source(Ecosystem::Pypi, &text, None, source, peeler.whole(at)))
    } else {
        with.iter().position(|p| normal(&p.name) == behaves).map(|main| with.remove(main))
    };
    if module {
        "python".clone_into(&mut command);
        peeler.launch.target.script = Some(Script { kind: ScriptKind::Module, word: at });
    }
    peeler.enter_head(Head { word: at, name: command, package, extras: with }, at + 1..end);
    if module || text.to_ascii_lowercase().ends_with(".py") {
        if !module {
            peeler.launch.target.script = Some(Script { kind: ScriptKind::File, word: at });
        }
        return Step::Target;
    }
    Step::Peeled
}

/// A name of PyPI in its normal form (PEP 503).
fn normal(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.chars() {
        if !matches!(c, '-' | '_' | '.') {
            normal.extend(c.to_lowercase());
        } else if !normal.ends_with('-') {
            normal.push('-');
        }
    }
    normal
}

/// `pipx run [--spec spec] app …`, `uvenv run spec …`
pub(super) fn app_run(peeler: &mut Peeler<'_>, manager: &str) -> Step {
    let end = peeler.rest.end;
    let syntax = gnu(APP_VALUES);
    let (_, at) = options::leading(&peeler.launch.words, peeler.rest.clone(), syntax);
    if at >= end || peeler.word(at) != "run" {
        return Step::Unknown;
    }
    let (given, at) = options::leading(&peeler.launch.words, at + 1..end, syntax);
    if at >= end {
        return Step::Target;
    }
    let spec = requirements(peeler, &given, &["--spec"]).into_iter().next();
    let with = requirements(peeler, &given, &["--with"]);
    peeler.wrap(PackageRunner, format!("{manager} run"));
    let text = peeler.word(at).to_owned();
    let (package, program) = match spec {
        Some(package) => (package, name::program(&text)),
        None => {
            let package = pypi::package(&text, peeler.whole(at));
            let program = package.program();
            (package, program)
        }
    };
    let behind = at + 1;
    let arguments = if behind < end && peeler.word(behind) == "--" { behind + 1 } else { behind };
    peeler.enter_head(
        Head { word: at, name: program, package: Some(package), extras: with },
        arguments..end,
    );
    Step::Peeled
}

/// `pixi exec [-s spec] command …`: packages of conda-forge, which follow PyPI's form of names.
/// `pixi run` is local.
pub(super) fn pixi(peeler: &mut Peeler<'_>) -> Step {
    const VALUES: &[&str] =
        &["-s", "--spec", "-w", "--with", "-c", "--channel", "-p", "--platform"];
    let end = peeler.rest.end;
    let (_, at) = options::leading(&peeler.launch.words, peeler.rest.clone(), gnu(VALUES));
    if at >= end || !matches!(peeler.word(at), "exec" | "x") {
        return Step::Unknown;
    }
    let (_, command) = options::leading(&peeler.launch.words, at + 1..end, gnu(VALUES));
    if command >= end {
        return Step::Target;
    }
    peeler.wrap(PackageRunner, "pixi exec");
    peeler.enter(command..end);
    Step::Peeled
}
