//! Gateways for MCP servers: `mcp-guard serve`, and those of others.

use crate::launch::known::gateway::{GATEWAYS, Inner};
use crate::launch::options::{self, gnu};
use crate::launch::peeler::{Peeler, Step};
use crate::launch::split::split_command;
use crate::launch::token::Shell;
use crate::launch::wrapper::WrapperKind::{Gateway, Guard};

const GUARD_VALUES: &[&str] =
    &["--server", "--config", "-c", "-s", "--log-level", "--log-format", "--listen", "--state"];

/// Peels a gateway off.
pub(super) fn peel(peeler: &mut Peeler<'_>, name: &str) -> Step {
    if name == "mcp-guard" {
        return guard(peeler);
    }
    let end = peeler.rest.end;
    let (_, first) = options::leading(
        &peeler.launch.words,
        peeler.rest.clone(),
        gnu(&["--config", "-c", "--context"]),
    );
    let follows = |path: &str| {
        path.split(' ')
            .enumerate()
            .all(|(i, word)| first + i < end && peeler.word(first + i) == word)
    };
    let found = GATEWAYS.iter().filter(|g| g.names.contains(&name)).find_map(|gateway| {
        let subcommand = gateway.subcommands.iter().find(|path| follows(path));
        (gateway.subcommands.is_empty() || subcommand.is_some())
            .then_some((gateway.inner, subcommand))
    });
    let Some((inner, subcommand)) = found else { return Step::Unknown };
    let line = matches!(inner, Inner::Line(_));
    let inner = match inner {
        Inner::Configured => None,
        Inner::AfterDashes => peeler.find(first..end, "--"),
        Inner::AfterOption(option) | Inner::Line(option) => {
            peeler.find(peeler.rest.clone(), option)
        }
    };
    let wrapper = subcommand.map_or_else(|| name.to_owned(), |path| format!("{name} {path}"));
    peeler.wrap(Gateway, wrapper);
    match inner.filter(|at| at + 1 < end) {
        Some(at) if line => {
            let value = peeler.launch.words.get(at + 1).cloned();
            let words = value.map(|word| split_command(word, true, Shell::Posix));
            peeler.enter_words(words.unwrap_or_default());
            Step::Peeled
        }
        Some(at) => {
            peeler.enter(at + 1..end);
            Step::Peeled
        }
        None => Step::Target,
    }
}

/// `mcp-guard serve [options] [-- command]`. A package of this name from a registry is not taken
/// for it: whoever owns the name there would be trusted to guard.
fn guard(peeler: &mut Peeler<'_>) -> Step {
    let end = peeler.rest.end;
    let (_, at) = options::leading(&peeler.launch.words, peeler.rest.clone(), gnu(GUARD_VALUES));
    if peeler.is_package()
        || at >= end
        || peeler.word(at) != "serve"
        || peeler.word(at.saturating_sub(1)) == "--"
    {
        return Step::Unknown;
    }
    peeler.wrap(Guard, "mcp-guard serve");
    match peeler.find(at + 1..end, "--") {
        Some(dashes) if dashes + 1 < end => {
            peeler.enter(dashes + 1..end);
            Step::Peeled
        }
        _ => Step::Target,
    }
}
