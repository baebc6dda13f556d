//! The commands of a shell script.

use super::name;
use super::token::{Operator, Shell, Token};
use super::word::Word;

/// A word or operator of a script, with its place.
#[derive(Clone, Debug)]
pub(super) struct Lexeme<'a> {
    pub(super) operator: Option<Operator>,
    pub(super) word: Word<'a>,
    pub(super) expansion: bool,
    pub(super) substitution: bool,
}

impl<'a> Lexeme<'a> {
    /// A token of `outer`'s text.
    pub(super) fn of(token: &Token, outer: &Word<'a>) -> Self {
        Self {
            operator: token.operator,
            word: outer.piece(token),
            expansion: token.expansion,
            substitution: token.substitution,
        }
    }
}

/// One simple command of a script.
#[derive(Clone, Debug, Default)]
pub(super) struct Command<'a> {
    /// The operator between the command before and this one.
    pub(super) before: Option<Operator>,
    /// `NAME=value` in front of the program.
    pub(super) assignments: Vec<Lexeme<'a>>,
    pub(super) words: Vec<Lexeme<'a>>,
    /// Files that output goes to or input comes from.
    pub(super) files: Vec<Lexeme<'a>>,
}

impl<'a> Command<'a> {
    /// The program's name.
    pub(super) fn name(&self) -> String {
        self.words.first().map(|l| name::program(&l.word.text)).unwrap_or_default()
    }

    /// The words from the program on, with builtins that only start it left out.
    pub(super) fn program_words(&self, shell: Shell) -> Vec<Word<'a>> {
        let mut words = self.words.as_slice();
        let starts = |words: &[Lexeme<'_>], names: &[&str]| {
            words.first().is_some_and(|l| names.iter().any(|n| l.word.text.eq_ignore_ascii_case(n)))
        };
        while words.len() > 1 {
            let skip = match shell {
                Shell::Posix if starts(words, &["exec", "command", "builtin"]) => {
                    match words.get(1).map(|l| l.word.text.as_ref()) {
                        Some("-a") => 3,
                        Some(option) if option.starts_with('-') => 2,
                        _ => 1,
                    }
                }
                Shell::Cmd if starts(words, &["call", "@call"]) => 1,
                Shell::Cmd if starts(words, &["start"]) => {
                    1 + words
                        .iter()
                        .skip(1)
                        .take_while(|l| l.word.text.is_empty() || l.word.text.starts_with('/'))
                        .count()
                }
                Shell::PowerShell if starts(words, &["."]) => 1,
                _ => break,
            };
            words = words.get(skip..).unwrap_or_default();
        }
        words.iter().map(|l| l.word.clone()).collect()
    }
}

/// A script's commands in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Script<'a> {
    pub(super) commands: Vec<Command<'a>>,
    pub(super) operators: Vec<Operator>,
}

/// Groups lexemes to commands.
pub(super) fn parse(lexemes: Vec<Lexeme<'_>>, shell: Shell) -> Script<'_> {
    const KEYWORDS: &[&str] = &[
        "if", "then", "elif", "else", "fi", "while", "until", "do", "done", "{", "}", "!", "time",
        "esac",
    ];
    let mut script = Script::default();
    let mut command = Command::default();
    let mut file_follows = false;
    for lexeme in lexemes {
        if let Some(operator) = lexeme.operator {
            script.operators.push(operator);
            match operator {
                Operator::Redirect => file_follows = true,
                Operator::Duplicate => {}
                _ => {
                    script.push(&mut command);
                    command.before = Some(operator);
                }
            }
            continue;
        }
        if std::mem::take(&mut file_follows) {
            command.files.push(lexeme);
            continue;
        }
        let text = lexeme.word.text.as_ref();
        if command.words.is_empty() {
            if shell == Shell::Posix && KEYWORDS.contains(&text) {
                continue;
            }
            let assigns = match shell {
                Shell::Posix => name::assignment(text).is_some(),
                Shell::PowerShell => {
                    text.strip_prefix("$env:").is_some_and(|t| name::assignment(t).is_some())
                }
                Shell::Cmd => false,
            };
            if assigns {
                command.assignments.push(lexeme);
                continue;
            }
        }
        command.words.push(lexeme);
    }
    script.push(&mut command);
    script
}

impl<'a> Script<'a> {
    fn push(&mut self, command: &mut Command<'a>) {
        let command = std::mem::take(command);
        if !(command.words.is_empty() && command.assignments.is_empty()) {
            self.commands.push(command);
        }
    }
}
