//! Scripts given to shells: opened, and gone on with in the command that matters.

use std::ops::Range;

use crate::launch::inline::InlineCode;
use crate::launch::lexer;
use crate::launch::main_command::main_command;
use crate::launch::name;
use crate::launch::part::Part;
use crate::launch::peeler::{Opened, Peeler, Step};
use crate::launch::script::{self, Command, Lexeme};
use crate::launch::shell_script::{ShellScript, runs_decoded};
use crate::launch::split::split_command;
use crate::launch::token::{Operator, Shell, Token};
use crate::launch::word::Word;
use crate::launch::wrapper::WrapperKind;

/// Script blocks in one another that are opened.
const MAX_BLOCKS: usize = 8;

/// Peels a shell whose script is the word at `word` (a part of it, if given). `positional` are the
/// words behind it: `$0`, `$1`, ….
pub(in crate::launch::layer) fn run_script(
    peeler: &mut Peeler<'_>,
    name: &str,
    shell: Shell,
    word: usize,
    part: Option<Range<usize>>,
    positional: Range<usize>,
) -> Step {
    let Some(outer) = peeler.launch.words.get(word).cloned() else { return Step::Target };
    let part = part.unwrap_or(0..outer.text.len());
    let text = outer.text.get(part.clone()).unwrap_or_default();
    let text = text.get(..peeler.read(text, text.len())).unwrap_or_default();
    let lexemes = lexer::lex(text, shell)
        .into_iter()
        .map(|mut token| {
            token.raw = token.raw.start + part.start..token.raw.end + part.start;
            Lexeme::of(&token, &outer)
        })
        .collect();
    open(peeler, name, shell, lexemes, word..word + 1, positional)
}

/// Peels a shell that takes all words of `range` as one line.
pub(in crate::launch::layer) fn run_words(
    peeler: &mut Peeler<'_>,
    name: &str,
    shell: Shell,
    range: Range<usize>,
) -> Step {
    if range.len() == 1 {
        // A path with spaces is a program for the command processor, no line.
        let path = peeler.launch.words.get(range.start).is_some_and(|word| {
            shell == Shell::Cmd
                && name::is_windows_path(&word.text)
                && split_command(word.clone(), true, shell).len() == 1
        });
        if !path {
            // The command processor takes the outer pair of `""program" arguments"` away.
            let text = peeler.word(range.start);
            let quoted = shell == Shell::Cmd && text.starts_with("\"\"") && text.ends_with('"');
            let part = (quoted && text.len() > 2).then(|| 1..text.len() - 1);
            return run_script(peeler, name, shell, range.start, part, range.end..range.end);
        }
    }
    let mut lexemes = Vec::new();
    for at in range.clone() {
        let length = peeler.word(at).len();
        if peeler.left.text < length {
            peeler.launch.cut = true;
            break;
        }
        peeler.left.text -= length;
        let Some(word) = peeler.launch.words.get(at) else { break };
        if shell != Shell::Cmd {
            let tokens = lexer::lex(&word.text, shell);
            lexemes.extend(tokens.iter().map(|token| Lexeme::of(token, word)));
        } else if lexemes.is_empty() {
            let parts = split_command(word.clone(), false, shell);
            lexemes.extend(parts.into_iter().map(|word| plain(word, shell)));
        } else {
            lexemes.extend(glued(word.clone(), shell));
        }
    }
    open(peeler, name, shell, lexemes, range.clone(), range.end..range.end)
}

/// A word of the command processor that may end with an operator: `A=b&&`.
fn glued<'a>(word: Word<'a>, shell: Shell) -> Vec<Lexeme<'a>> {
    let bare = word.text.trim_end_matches(['&', '|']);
    let (length, whole) = (bare.len(), word.text.len());
    if length == 0 || length == whole {
        return vec![plain(word, shell)];
    }
    let part = |range: Range<usize>| {
        let text = word.text.get(range.clone()).unwrap_or_default().to_owned();
        let token = Token::word(text, range);
        plain(word.piece(&token), shell)
    };
    vec![part(0..length), part(length..whole)]
}

/// A word that was given apart from others: only when it is nothing but an operator is it one.
fn plain<'a>(word: Word<'a>, shell: Shell) -> Lexeme<'a> {
    let operator = Operator::of(&word.text, shell);
    let expansion = lexer::lex(&word.text, shell).iter().any(|token| token.expansion);
    Lexeme { operator, word, expansion, substitution: false }
}

fn open<'a>(
    peeler: &mut Peeler<'a>,
    name: &str,
    shell: Shell,
    lexemes: Vec<Lexeme<'a>>,
    words: Range<usize>,
    positional: Range<usize>,
) -> Step {
    let mut script = script::parse(lexemes, shell);
    peeler.launch.cut |= script.commands.len() > peeler.left.commands;
    script.commands.truncate(peeler.left.commands);
    peeler.left.commands -= script.commands.len();
    if runs_decoded(&script) {
        peeler.launch.target.inline = Some(InlineCode {
            interpreter: name.to_owned(),
            flag: words.start,
            word: words.start,
            encoded: true,
            fetches: false,
        });
    }
    peeler.launch.scripts.push(ShellScript::of(name, words, &script));
    peeler.opened = Some(Opened {
        shell,
        name: name.to_owned(),
        main: main_command(&script),
        script,
        positional,
        packages: Vec::new(),
    });
    Step::Opened
}

/// Goes on with the command that an opened script is for.
pub(in crate::launch) fn enter_main<'a>(peeler: &mut Peeler<'a>, opened: Opened<'a>) -> Step {
    let Opened { shell, name, script, main, positional, packages } = opened;
    let step = match main.and_then(|at| script.commands.get(at)) {
        Some(command) => enter(peeler, &name, shell, command.program_words(shell), positional),
        None => Step::Target,
    };
    peeler.provide(packages);
    step
}

fn enter<'a>(
    peeler: &mut Peeler<'a>,
    name: &str,
    shell: Shell,
    words: Vec<Word<'a>>,
    positional: Range<usize>,
) -> Step {
    // Programs that hand the script to a shell have noted themselves.
    let head = peeler.head.as_ref().map(|head| head.word);
    let noted = peeler.launch.wrappers.last().map(|wrapper| wrapper.word);
    if head != noted {
        peeler.wrap(WrapperKind::Shell, name);
    }
    match words.first().map(|word| word.text.as_ref()) {
        // `sh -c 'exec "$@"' name npx …`: the command stands behind the script.
        Some("$@" | "$*" | "${@}") => {
            peeler.enter((positional.start + 1).min(positional.end)..positional.end);
        }
        Some("$0") => peeler.enter(positional),
        // A script block is a script of its own.
        Some(block)
            if shell == Shell::PowerShell
                && block.starts_with('{')
                && block.ends_with('}')
                && peeler.launch.scripts.len() < MAX_BLOCKS =>
        {
            let (at, end) = (peeler.launch.words.len(), block.len().saturating_sub(1).max(1));
            peeler.launch.words.extend(words);
            let rest = peeler.launch.words.len();
            return run_script(peeler, name, shell, at, Some(1..end), rest..rest);
        }
        _ => peeler.enter_words(words),
    }
    Step::Peeled
}

/// Variables that a command of the script sets for the commands behind it.
pub(in crate::launch) fn note_assignments<'a>(peeler: &mut Peeler<'a>, command: &Command<'a>) {
    let name = command.name();
    let exported = matches!(name.as_str(), "export" | "set" | "setx");
    let words =
        command.assignments.iter().chain(if exported { command.words.as_slice() } else { &[] });
    for lexeme in words {
        let text = lexeme.word.text.as_ref();
        let bare = text.strip_prefix("$env:").unwrap_or(text);
        let Some((variable, value)) = name::assignment(bare) else { continue };
        let skipped = text.len() - bare.len();
        let variable = variable.to_owned();
        let index = peeler.launch.words.len();
        let range = skipped..text.len();
        peeler.launch.words.push(lexeme.word.clone());
        peeler.assign(&variable, &Part { word: index, range }, Some(value));
    }
}
