//! Shells, and where on their command line the script is.

use std::ops::Range;

use super::script::{run_script, run_words};
use crate::launch::inline::InlineCode;
use crate::launch::known::shell::flavour;
use crate::launch::options::{self, gnu};
use crate::launch::peeler::{Peeler, Step};
use crate::launch::target::{Script, ScriptKind};
use crate::launch::token::{Shell, Token};

const POSIX_VALUES: &[&str] = &["-o", "-O", "--rcfile", "--init-file"];

/// Peels a shell off that is given a script.
pub(super) fn peel(peeler: &mut Peeler<'_>, name: &str) -> Step {
    if peeler.is_package() {
        return Step::Unknown;
    }
    match flavour(name) {
        None => Step::Unknown,
        Some(Shell::Posix) => posix(peeler, name),
        Some(Shell::Cmd) => cmd(peeler, name),
        Some(Shell::PowerShell) => powershell(peeler, name),
    }
}

fn posix(peeler: &mut Peeler<'_>, name: &str) -> Step {
    let Range { start, end } = peeler.rest;
    if name == "busybox" && start < end {
        peeler.enter(start..end);
        return Step::Peeled;
    }
    let (given, operand) = options::leading(&peeler.launch.words, start..end, gnu(POSIX_VALUES));
    let attached = given.iter().find(|o| o.name == "--command").and_then(|o| o.value.clone());
    if let Some(script) = attached {
        return run_script(
            peeler,
            name,
            Shell::Posix,
            script.word,
            Some(script.range),
            operand..end,
        );
    }
    // `+o option` switches options off.
    let mut operand = operand;
    while peeler.word(operand).starts_with("+") && operand < end {
        operand += if peeler.word(operand) == "+o" { 2 } else { 1 };
    }
    if operand >= end {
        return Step::Target;
    }
    if given.iter().any(|o| matches!(o.name.as_str(), "-c" | "--command")) {
        run_script(peeler, name, Shell::Posix, operand, None, operand + 1..end)
    } else {
        peeler.launch.target.script = Some(Script { kind: ScriptKind::File, word: operand });
        Step::Target
    }
}

fn cmd(peeler: &mut Peeler<'_>, name: &str) -> Step {
    let Range { start, end } = peeler.rest;
    for at in start..end {
        let text = peeler.word(at).to_ascii_lowercase();
        if !text.starts_with('/') {
            break;
        }
        let runs = text.split('/').any(|switch| matches!(switch, "c" | "k" | "r"));
        if runs {
            return run_words(peeler, name, Shell::Cmd, at + 1..end);
        }
        // `/cnpx`: the switch and the command in one word.
        if matches!(text.as_bytes(), [b'/', b'c' | b'k', next, ..] if *next != b':' && *next != b'/')
        {
            let Some(word) = peeler.launch.words.get(at).cloned() else { break };
            let token =
                Token::word(word.text.get(2..).unwrap_or_default().to_owned(), 2..word.text.len());
            let first = peeler.launch.words.len();
            let rest = peeler.launch.words.get(at + 1..end).map(<[_]>::to_vec).unwrap_or_default();
            peeler.launch.words.push(word.piece(&token));
            peeler.launch.words.extend(rest);
            return run_words(peeler, name, Shell::Cmd, first..peeler.launch.words.len());
        }
    }
    Step::Target
}

fn powershell(peeler: &mut Peeler<'_>, name: &str) -> Step {
    const VALUES: &[&str] = &[
        "executionpolicy",
        "ep",
        "ex",
        "version",
        "psconsolefile",
        "inputformat",
        "outputformat",
        "windowstyle",
        "w",
        "configurationname",
        "configurationfile",
        "workingdirectory",
        "wd",
        "settingsfile",
        "custompipename",
    ];
    let Range { start, end } = peeler.rest;
    let mut at = start;
    while at < end {
        let text = peeler.word(at).to_ascii_lowercase();
        let Some(parameter) = text.strip_prefix(['-', '/']).filter(|p| !p.is_empty()) else {
            break;
        };
        // Parameters may be shortened to any prefix.
        let is = |full: &str| full.starts_with(parameter);
        if parameter == "ec" || (is("encodedcommand") && parameter != "ex" && parameter != "ep") {
            let code = (at + 1).min(end.saturating_sub(1));
            peeler.launch.target.inline = Some(InlineCode {
                interpreter: name.to_owned(),
                flag: at,
                word: code,
                encoded: true,
                fetches: false,
            });
            return Step::Target;
        }
        if is("command") || parameter == "commandwithargs" || parameter == "cwa" {
            return run_words(peeler, name, Shell::PowerShell, at + 1..end);
        }
        if is("file") {
            return powershell_file(peeler, at + 1, end);
        }
        let valued = VALUES
            .iter()
            .any(|v| *v == parameter || (parameter.len() > 2 && v.starts_with(parameter)));
        at += if valued { 2 } else { 1 };
    }
    if at < end && peeler.word(at).to_ascii_lowercase().ends_with(".ps1") {
        return powershell_file(peeler, at, end);
    }
    if at < end { run_words(peeler, name, Shell::PowerShell, at..end) } else { Step::Target }
}

fn powershell_file(peeler: &mut Peeler<'_>, at: usize, end: usize) -> Step {
    if at < end {
        peeler.launch.target.script = Some(Script { kind: ScriptKind::File, word: at });
    }
    Step::Target
}
