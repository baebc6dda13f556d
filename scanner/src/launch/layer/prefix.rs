//! Programs that are put in front of a command: `env`, `sudo`, `nice`, `op run`, `mise exec`.

use std::ops::Range;

use super::script;
use crate::launch::known::prefix::{Operands, PREFIXES, Prefix};
use crate::launch::name;
use crate::launch::options::{self, gnu};
use crate::launch::peeler::{Peeler, Step};
use crate::launch::split::split_command;
use crate::launch::token::Shell;
use crate::launch::wrapper::WrapperKind;

const SU_VALUES: &[&str] = &["-c", "--command", "-s", "--shell", "-g", "--group", "-G", "-w"];
const SSH_VALUES: &[&str] = &[
    "-B", "-b", "-c", "-D", "-E", "-e", "-F", "-I", "-i", "-J", "-L", "-l", "-m", "-O", "-o", "-p",
    "-Q", "-R", "-S", "-W", "-w",
];

/// Peels a prefix command off.
pub(super) fn peel(peeler: &mut Peeler<'_>, name: &str) -> Step {
    match name {
        "su" => return su(peeler),
        "runas" => return runas(peeler),
        "ssh" => return ssh(peeler),
        "sops" => return sops(peeler),
        _ => {}
    }
    // What a package runner fetched under the name of a system program is not that program.
    let system = |kind| {
        use WrapperKind::{Elevation, Remote, Scheduling};
        matches!(kind, Elevation | Remote | Scheduling)
    };
    let is_package = peeler.is_package();
    PREFIXES
        .iter()
        .filter(|prefix| prefix.names.contains(&name) && !(is_package && system(prefix.kind)))
        .map(|prefix| peel_prefix(peeler, name, prefix))
        .find(|step| *step != Step::Unknown)
        .unwrap_or(Step::Unknown)
}

fn peel_prefix(peeler: &mut Peeler<'_>, name: &str, prefix: &Prefix) -> Step {
    let end = peeler.rest.end;
    let syntax = gnu(prefix.values);
    let mut at = peeler.rest.start;
    let mut wrapper = name.to_owned();
    if !prefix.subcommands.is_empty() {
        (_, at) = options::leading(&peeler.launch.words, at..end, syntax);
        let word = if at < end { peeler.word(at) } else { "" };
        let Some(subcommand) = prefix.subcommands.iter().find(|s| **s == word) else {
            return Step::Unknown;
        };
        wrapper = format!("{name} {subcommand}");
        at += 1;
    }
    let (mut given, mut next) = options::leading(&peeler.launch.words, at..end, syntax);
    let skipped = match prefix.operands {
        Operands::None => 0,
        Operands::Count(count) => count,
        Operands::Version => usize::from(next < end && is_version(peeler.word(next))),
        Operands::Assignments => {
            // A lone dash is `-i`.
            let mut count = usize::from(next < end && peeler.word(next) == "-");
            while next + count < end
                && let Some((variable, value)) = name::assignment(peeler.word(next + count))
            {
                let variable = variable.to_owned();
                let part = peeler.whole(next + count);
                peeler.assign(&variable, &part, Some(value));
                count += 1;
            }
            count
        }
        Operands::UntilDashes => {
            let behind = peeler.word(next.saturating_sub(1)) == "--" && next > at;
            match peeler.find(next..end, "--") {
                _ if behind => 0,
                Some(dashes) => dashes - next,
                None => {
                    let option = (next..end).find(|at| prefix.scripts.contains(&peeler.word(*at)));
                    option.unwrap_or(end) - next
                }
            }
        }
    };
    if skipped > 0 {
        let (more, after) =
            options::leading(&peeler.launch.words, (next + skipped).min(end)..end, syntax);
        given.extend(more);
        next = after;
    }
    for option in &given {
        if let Some(value) = &option.value
            && prefix.env_files.contains(&option.name.as_str())
        {
            peeler.launch.target.env_files.push(value.clone());
        }
    }
    let script = given
        .iter()
        .find(|option| prefix.scripts.contains(&option.name.as_str()))
        .and_then(|option| option.value.clone());
    if next >= end && script.is_none() {
        return Step::Unknown;
    }
    peeler.wrap(prefix.kind, wrapper.clone());
    match script {
        Some(script) => script::run_script(
            peeler,
            &wrapper,
            Shell::Posix,
            script.word,
            Some(script.range),
            next..end,
        ),
        None => {
            peeler.enter(next..end);
            Step::Peeled
        }
    }
}

fn is_version(word: &str) -> bool {
    let word = word.trim_start_matches('v');
    word.starts_with(|c: char| c.is_ascii_digit())
        || word.starts_with("lts/")
        || matches!(word, "node" | "default" | "lts" | "latest" | "stable")
}

/// `su [-] [user] -c script`: options may stand behind the user.
fn su(peeler: &mut Peeler<'_>) -> Step {
    let end = peeler.rest.end;
    let mut at = peeler.rest.start;
    while at < end {
        let (given, next) = options::leading(&peeler.launch.words, at..end, gnu(SU_VALUES));
        let script = given.into_iter().find(|o| matches!(o.name.as_str(), "-c" | "--command"));
        if let Some(script) = script.and_then(|option| option.value) {
            peeler.wrap(WrapperKind::Elevation, "su");
            let rest = next..end;
            return script::run_script(
                peeler,
                "su",
                Shell::Posix,
                script.word,
                Some(script.range),
                rest,
            );
        }
        at = next + 1;
    }
    Step::Unknown
}

/// `runas /user:NAME "command line"`.
fn runas(peeler: &mut Peeler<'_>) -> Step {
    let end = peeler.rest.end;
    let command = peeler.rest.clone().find(|at| !peeler.word(*at).starts_with(['/', '-']));
    let Some(command) = command else { return Step::Unknown };
    peeler.wrap(WrapperKind::Elevation, "runas");
    let Some(word) = peeler.launch.words.get(command).cloned() else { return Step::Target };
    if command + 1 == end {
        peeler.enter_words(split_command(word, true, Shell::Cmd));
    } else {
        peeler.enter(command..end);
    }
    Step::Peeled
}

/// `ssh [options] host command…`: the words are joined and given to a shell over there.
fn ssh(peeler: &mut Peeler<'_>) -> Step {
    let end = peeler.rest.end;
    let syntax = gnu(SSH_VALUES);
    let (_, host) = options::leading(&peeler.launch.words, peeler.rest.clone(), syntax);
    let host = host.min(end);
    let (_, command) = options::leading(&peeler.launch.words, (host + 1).min(end)..end, syntax);
    if command >= end || peeler.is_package() {
        return Step::Unknown;
    }
    peeler.wrap(WrapperKind::Remote, "ssh");
    script::run_words(peeler, "ssh", Shell::Posix, command..end)
}

/// `sops exec-env file script`.
fn sops(peeler: &mut Peeler<'_>) -> Step {
    let Range { start, end } = peeler.rest;
    if start >= end || !matches!(peeler.word(start), "exec-env" | "exec-file") {
        return Step::Unknown;
    }
    let syntax = gnu(&["--filename", "--user"]);
    let (_, file) = options::leading(&peeler.launch.words, start + 1..end, syntax);
    if file + 1 >= end {
        return Step::Unknown;
    }
    peeler.wrap(WrapperKind::Secrets, format!("sops {}", peeler.word(start)));
    script::run_script(peeler, "sops", Shell::Posix, file + 1, None, file + 2..end)
}
