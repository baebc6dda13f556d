//! `go run package@version`, `dnx Package@version`, `dotnet tool exec`.

use crate::launch::nuget;
use crate::launch::options::{self, gnu, single_dash};
use crate::launch::package::{Ecosystem, PackageRef, Pin};
use crate::launch::peeler::{Peeler, Step};
use crate::launch::placeholder::has_placeholder;
use crate::launch::wrapper::WrapperKind::{PackageRunner, VersionManager};
use crate::launch::{name, npm};

const GO_VALUES: &[&str] = &[
    "-C",
    "-p",
    "-asmflags",
    "-buildmode",
    "-buildvcs",
    "-compiler",
    "-covermode",
    "-coverpkg",
    "-exec",
    "-gccgoflags",
    "-gcflags",
    "-installsuffix",
    "-ldflags",
    "-mod",
    "-modfile",
    "-overlay",
    "-pgo",
    "-pkgdir",
    "-tags",
    "-toolexec",
];
const DNX_VALUES: &[&str] = &[
    "--version",
    "--source",
    "--add-source",
    "--configfile",
    "-v",
    "--verbosity",
    "--framework",
    "-a",
    "--arch",
];

/// `go run module@version …` fetches; without a version the code is local.
pub(super) fn go(peeler: &mut Peeler<'_>) -> Step {
    let end = peeler.rest.end;
    let start = peeler.rest.start;
    if start >= end || peeler.word(start) != "run" {
        return Step::Unknown;
    }
    let (_, at) = options::leading(&peeler.launch.words, start + 1..end, single_dash(GO_VALUES));
    let spec = if at < end { peeler.word(at).to_owned() } else { String::new() };
    let Some((module, version)) = spec.rsplit_once('@') else { return Step::Unknown };
    let part = peeler.whole(at);
    let version = Some(version).filter(|v| !v.is_empty());
    let pin = version.map_or(Pin::None, go_pin);
    let package = PackageRef::registry(Ecosystem::Go, &spec, module, version, pin, part);
    peeler.wrap(PackageRunner, "go run");
    // `…/cmd/server/v2`: a major version is no name.
    let path = module.trim_end_matches('/');
    let last = path.rsplit('/').find(|p| !is_major(p)).unwrap_or(path);
    let program = name::program(last);
    peeler.enter_package(at, program, vec![package], at + 1..end);
    Step::Peeled
}

fn is_major(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Module versions (`go help versions`): `v1.2.3` and full commits are exact, `v1` and `<v2` are
/// queries for a range, other names move.
fn go_pin(version: &str) -> Pin {
    if has_placeholder(version) {
        return Pin::Reference;
    }
    let number = version.strip_prefix('v').unwrap_or(version);
    let commit = version.len() == 40 && version.bytes().all(|b| b.is_ascii_hexdigit());
    if commit || npm::is_semver(number) {
        Pin::Exact
    } else if version.starts_with(['<', '>'])
        || number.starts_with(|c: char| c.is_ascii_digit())
            && number.split('.').all(|n| n.bytes().all(|b| b.is_ascii_digit()))
    {
        Pin::Range
    } else {
        Pin::Tag
    }
}

/// `dotnet dnx`, `dotnet tool exec` fetch; `dotnet tool run` uses the local manifest.
pub(super) fn dotnet(peeler: &mut Peeler<'_>) -> Step {
    let start = peeler.rest.start;
    let end = peeler.rest.end;
    let word = |at: usize| if at < end { peeler.word(at) } else { "" };
    match (word(start), word(start + 1)) {
        ("dnx", _) => dnx(peeler, "dotnet dnx", start + 1),
        ("tool", "exec" | "execute") => dnx(peeler, "dotnet tool exec", start + 2),
        ("tool", "run") if start + 2 < end => {
            peeler.wrap(VersionManager, "dotnet tool run");
            peeler.enter(start + 2..end);
            Step::Peeled
        }
        _ => Step::Unknown,
    }
}

/// `dnx Package[@version] [--version version] …`
pub(super) fn dnx(peeler: &mut Peeler<'_>, wrapper: &str, start: usize) -> Step {
    let end = peeler.rest.end;
    let syntax = gnu(DNX_VALUES);
    let (mut given, at) = options::leading(&peeler.launch.words, start..end, syntax);
    if at >= end {
        return Step::Target;
    }
    // Its own options may stand behind the package, up to `--`.
    let (more, arguments) = options::leading(&peeler.launch.words, at + 1..end, syntax);
    given.extend(more);
    let apart = given
        .into_iter()
        .find(|option| option.name == "--version")
        .and_then(|option| option.value)
        .map(|part| peeler.text(&part));
    let spec = peeler.word(at).to_owned();
    let package = nuget::package(&spec, apart.as_deref(), peeler.whole(at));
    peeler.wrap(PackageRunner, wrapper);
    let program = package.program();
    peeler.enter_package(at, program, vec![package], arguments..end);
    Step::Peeled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for (version, pin) in [
            ("v1.2.3", Pin::Exact),
            ("v0.0.0-20240101000000-abcdefabcdef", Pin::Exact),
            ("0123456789abcdef0123456789abcdef01234567", Pin::Exact),
            ("v1", Pin::Range),
            ("v1.2", Pin::Range),
            ("<v2", Pin::Range),
            ("latest", Pin::Tag),
            ("main", Pin::Tag),
            ("$V", Pin::Reference),
        ] {
            assert_eq!(go_pin(version), pin, "{version}");
        }
    }
}
