//! Deno: `deno run npm:…`, `jsr:…` or a URL.

use crate::launch::known::interpreter::DENO_VALUES;
use crate::launch::name;
use crate::launch::npm;
use crate::launch::options::{self, gnu};
use crate::launch::package::{Ecosystem, PackageRef, PackageSource};
use crate::launch::part::Part;
use crate::launch::peeler::{Peeler, Step};
use crate::launch::wrapper::WrapperKind::PackageRunner;

pub(super) fn peel(peeler: &mut Peeler<'_>) -> Step {
    let end = peeler.rest.end;
    let (_, at) = options::leading(&peeler.launch.words, peeler.rest.clone(), gnu(DENO_VALUES));
    let subcommand = if at < end { peeler.word(at).to_owned() } else { String::new() };
    match subcommand.as_str() {
        "run" | "serve" | "x" => execute(peeler, &format!("deno {subcommand}"), at + 1),
        // The subcommand may be left out.
        _ if is_remote(&subcommand) => execute(peeler, "deno", at),
        _ => Step::Unknown,
    }
}

fn is_remote(word: &str) -> bool {
    ["npm:", "jsr:", "https://", "http://"].iter().any(|scheme| word.starts_with(scheme))
}

pub(super) fn execute(peeler: &mut Peeler<'_>, wrapper: &str, start: usize) -> Step {
    let end = peeler.rest.end;
    let (_, at) = options::leading(&peeler.launch.words, start..end, gnu(DENO_VALUES));
    let text = if at < end { peeler.word(at).to_owned() } else { String::new() };
    // `deno x name` means npm.
    let short = !wrapper.ends_with("run") && !wrapper.ends_with("serve") && !text.is_empty();
    if !is_remote(&text) && (!short || name::is_path(&text) || wrapper == "deno") {
        return Step::Unknown;
    }
    let package = package(&text, Part { word: at, range: 0..text.len() });
    peeler.wrap(PackageRunner, wrapper);
    let name = package.program();
    peeler.enter_package(at, name, vec![package], at + 1..end);
    Step::Peeled
}

/// `npm:/@scope/name@1/path` and the like.
fn package(spec: &str, part: Part) -> PackageRef {
    if spec.starts_with("https://") || spec.starts_with("http://") {
        let source = PackageSource::Archive(spec.to_owned());
        return PackageRef::from_source(Ecosystem::Deno, spec, None, source, part);
    }
    let (scheme, rest) = spec.split_once(':').unwrap_or(("npm", spec));
    let rest = rest.trim_start_matches('/');
    // A path into the package may follow.
    let slashes = if rest.starts_with('@') { 2 } else { 1 };
    let end = rest.match_indices('/').nth(slashes - 1).map_or(rest.len(), |(at, _)| at);
    let mut package = npm::package(rest.get(..end).unwrap_or(rest), part);
    if scheme == "jsr" {
        package.ecosystem = Ecosystem::Jsr;
    }
    spec.clone_into(&mut package.spec);
    package
}
