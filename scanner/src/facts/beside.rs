//! What a client runs beside the program of a server: for headers, for values, as a tool of its
//! own.

use std::borrow::Cow;

use super::collect::Collector;
use super::command_line::CommandLine;
use super::digest::digest;
use super::fact::Surroundings;
use super::hidden::Hidden;
use super::kinds::{InlineCode, Shell};
use super::process;
use crate::client::{Located, Server};

/// Of an entry so many values that run something are looked at.
const MOST: usize = 100;

/// Facts about all of it.
pub(super) fn facts(
    collector: &mut Collector,
    server: &Server<'_>,
    hidden: &Hidden,
    surroundings: &Surroundings<'_>,
) {
    if let Some(command) = &server.headers_command {
        let line = CommandLine::of_shell(command);
        download(collector, &line, command, hidden);
        code(collector, &line, command, hidden, true);
    }
    for command in substitutions(server).iter().take(MOST) {
        let line = CommandLine::of_shell(command);
        download(collector, &line, command, hidden);
        code(collector, &line, command, hidden, false);
        process::packages(collector, server, &line, hidden, surroundings);
    }
    if let Some(text) = &server.python {
        code(collector, &CommandLine::of_python(text), text, hidden, false);
    }
    for package in server.python_packages.iter().take(MOST) {
        let line = CommandLine::of_python_package(package);
        process::packages(collector, server, &line, hidden, surroundings);
    }
}

/// The fact that it runs what it downloads. It is a line for a shell by right, so that it has
/// several commands or variables tells nothing.
fn download(
    collector: &mut Collector,
    line: &CommandLine<'_>,
    command: &Located<'_>,
    hidden: &Hidden,
) {
    let mut scripts = line.launch.scripts.iter();
    let Some(script) = scripts.find(|script| script.pipes_download_to_interpreter) else { return };
    #[expect(clippy::cast_precision_loss, reason = "a script has few commands")]
    let fact = Shell {
        shell: Some(script.shell.clone().into()),
        commands: Some(script.commands as f64),
        downloads: true,
        runs_download: true,
        digest: Some(digest([hidden.shown(command).as_str()]).into()),
        ..Shell::default()
    };
    collector.add(fact, command.span_of(0..command.text.len()), &command.pointer);
}

/// The fact that it holds program text; of what may be a short script by right only if that
/// downloads what it runs.
fn code(
    collector: &mut Collector,
    line: &CommandLine<'_>,
    command: &Located<'_>,
    hidden: &Hidden,
    by_right: bool,
) {
    let Some(code) = &line.launch.target.inline else { return };
    if by_right && !code.fetches {
        return;
    }
    // The flag of what stands in the file; an entry of program text has none.
    let flag = line.locate(&line.whole(code.flag));
    let flag = flag.and_then(|_| process::inline_flag(line.launch.word(code.flag)));
    let fact = InlineCode {
        interpreter: Some(code.interpreter.clone().into()),
        flag: flag.filter(|_| !by_right),
        encoded: code.encoded,
        fetches: code.fetches,
        digest: Some(digest([hidden.shown(command).as_str()]).into()),
    };
    collector.add(fact, command.span_of(0..command.text.len()), &command.pointer);
}

/// What stands in `$(…)` in values in which the client runs it.
fn substitutions<'d>(server: &Server<'d>) -> Vec<Located<'d>> {
    let runs = |field: &str| {
        server.dialect.interpolation.iter().any(|known| {
            known.syntax == "$(COMMAND)" && known.fields.iter().any(|name| name == field)
        })
    };
    let env = server.env.iter().map(|named| ("env", &named.value));
    let headers = server.headers.iter().map(|named| ("headers", &named.value));
    let values = server.command.iter().map(|value| ("command", value));
    let values = values.chain(server.args.iter().map(|value| ("args", value)));
    let values = values.chain(server.url.iter().map(|value| ("url", value)));
    let mut found = Vec::new();
    for (field, value) in values.chain(env).chain(headers) {
        if !value.text.contains("$(") || !runs(field) {
            continue;
        }
        let mut at = 0;
        while let Some(start) = value.text.get(at..).and_then(|rest| rest.find("$(")) {
            let start = at + start + 2;
            let inside = inside(value.text.get(start..).unwrap_or_default());
            at = start + inside.len();
            found.push(Located {
                text: Cow::Owned(inside.to_owned()),
                node: value.node,
                begin: value.begin + start,
                pointer: value.pointer.clone(),
            });
        }
    }
    found
}

/// The text up to the bracket that closes one before it, or all of it.
fn inside(text: &str) -> &str {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quote != Some('\'') => escaped = true,
            _ if quote == Some(character) => quote = None,
            _ if quote == Some('\'') => {}
            '"' | '\'' if quote.is_none() => quote = Some(character),
            '(' if quote.is_none() => depth += 1,
            ')' if quote.is_none() && depth == 0 => return text.get(..at).unwrap_or(text),
            ')' if quote.is_none() => depth -= 1,
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn a_substitution_ends_at_its_own_bracket() {
        for (text, wanted) in [
            ("op read x) y)", "op read x"),
            ("a $(b) c) d", "a $(b) c"),
            ("a ')' \")\" \\) b) c", "a ')' \")\" \\) b"),
            ("a 'b", "a 'b"),
            ("", ""),
        ] {
            assert_eq!(inside(text), wanted, "{text}");
        }
    }
}
