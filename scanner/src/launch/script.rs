//! What a shell script does, as far as its form tells.

use std::ops::Range;

use super::known::{interpreter, prefix, shell};
use super::name;
use super::token::{Operator, Shell, Token};
use super::word::Word;

/// A script given to a shell on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellScript {
    /// The shell, or the program that hands the script to one: `bash`, `su`, `doppler run`.
    pub shell: String,
    /// The words that hold the script.
    pub words: Range<usize>,
    /// Output of one command goes to another.
    pub pipe: bool,
    /// More than one command, joined by `;`, `&&`, `||` or line ends.
    pub sequence: bool,
    /// A variable that the shell replaces; variables of the client do not count.
    pub expansion: bool,
    /// A command whose output the shell inserts: `$(…)`, backticks, `<(…)`.
    pub substitution: bool,
    /// Input or output goes to a file.
    pub redirection: bool,
    /// A command is left running.
    pub background: bool,
    /// The number of commands.
    pub commands: usize,
    /// Something is downloaded.
    pub download: bool,
    /// What is downloaded is run: through a pipe, a substitution, or a file.
    pub pipes_download_to_interpreter: bool,
}

impl ShellScript {
    /// Whether the script is one command that the shell adds nothing to but variables.
    #[must_use]
    pub const fn is_simple(&self) -> bool {
        self.commands <= 1
            && !(self.pipe
                || self.sequence
                || self.substitution
                || self.redirection
                || self.background)
    }

    pub(super) fn of(shell: &str, words: Range<usize>, script: &Script<'_>) -> Self {
        let has = |operator| script.operators.contains(&operator);
        let every = || script.commands.iter().flat_map(|c| c.assignments.iter().chain(&c.words));
        let count = script.commands.len();
        Self {
            shell: shell.to_owned(),
            words,
            pipe: has(Operator::Pipe),
            sequence: has(Operator::And)
                || has(Operator::Or)
                || has(Operator::Group)
                || (has(Operator::Next) && count > 1),
            expansion: every().any(|l| l.expansion),
            substitution: every().any(|l| l.substitution),
            redirection: has(Operator::Redirect) || has(Operator::Duplicate),
            background: has(Operator::Background),
            commands: count,
            download: every().any(|l| mentions_download(&l.word.text))
                || script.commands.iter().any(reads_network),
            pipes_download_to_interpreter: runs_download(script),
        }
    }
}

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
        let mut words: Vec<_> = self.words.iter().map(|l| l.word.clone()).collect();
        let starts = |words: &[Word<'_>], names: &[&str]| {
            words.first().is_some_and(|w| names.iter().any(|n| w.text.eq_ignore_ascii_case(n)))
        };
        while words.len() > 1 {
            let skip = match shell {
                Shell::Posix if starts(&words, &["exec", "command", "builtin"]) => {
                    match words.get(1).map(|w| w.text.as_ref()) {
                        Some("-a") => 3,
                        Some(option) if option.starts_with('-') => 2,
                        _ => 1,
                    }
                }
                Shell::Cmd if starts(&words, &["call", "@call"]) => 1,
                Shell::Cmd if starts(&words, &["start"]) => {
                    1 + words
                        .iter()
                        .skip(1)
                        .take_while(|w| w.text.is_empty() || w.text.starts_with('/'))
                        .count()
                }
                Shell::PowerShell if starts(&words, &["."]) => 1,
                _ => break,
            };
            words.drain(..skip.min(words.len()));
        }
        words
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

const DOWNLOADERS: &[&str] = &[
    "curl",
    "wget",
    "iwr",
    "irm",
    "invoke-webrequest",
    "invoke-restmethod",
    "aria2c",
    "bitsadmin",
    "start-bitstransfer",
    "downloadstring",
    "downloadfile",
    "downloaddata",
    "certutil",
    "httpie",
];

/// Whether a program of this name downloads and does nothing else.
pub(super) fn is_downloader(name: &str) -> bool {
    DOWNLOADERS.contains(&name)
}

/// Whether a program that downloads is named in the text.
fn mentions_download(text: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .any(|word| DOWNLOADERS.contains(&name::program(word).to_ascii_lowercase().as_str()))
}

/// Whether the command, behind prefixes such as `sudo`, reads code from its input or arguments.
fn runs_code(command: &Command<'_>) -> bool {
    command
        .words
        .iter()
        .map(|l| name::program(&l.word.text))
        .find(|name| {
            !(name.starts_with('-')
                || name.contains('=')
                || prefix::is_prefix(name)
                || name == "exec")
        })
        .is_some_and(|name| is_code_runner(&name))
}

pub(super) fn is_code_runner(name: &str) -> bool {
    shell::is_shell(name)
        || interpreter::is_interpreter(name)
        || matches!(name, "eval" | "source" | "." | "iex" | "invoke-expression" | "bun" | "deno")
}

/// Whether base64 is decoded and the result run.
pub(super) fn runs_decoded(script: &Script<'_>) -> bool {
    let mut decoded = false;
    for command in &script.commands {
        decoded &= command.before == Some(Operator::Pipe);
        let runs = runs_code(command);
        let inserted = |l: &Lexeme<'_>| {
            l.substitution && l.word.text.contains("base64") && l.word.text.contains(" -d")
        };
        if runs && (decoded || command.words.iter().any(inserted)) {
            return true;
        }
        let decodes = |l: &Lexeme<'_>| matches!(l.word.text.as_ref(), "-d" | "-D" | "--decode");
        let name = command.name();
        decoded |= matches!(name.as_str(), "base64" | "openssl" | "gbase64")
            && command.words.iter().any(decodes);
    }
    false
}

/// Files of one script that are followed.
const MAX_DOWNLOADS: usize = 64;

fn runs_download(script: &Script<'_>) -> bool {
    let commands = &script.commands;
    let mut downloaded = Vec::new();
    let mut piping = false;
    for command in commands {
        piping &= command.before == Some(Operator::Pipe);
        let runs = runs_code(command);
        if runs && (piping || reads_network(command)) {
            return true;
        }
        for (at, lexeme) in command.words.iter().enumerate() {
            let text = lexeme.word.text.as_ref();
            let called = at == 0 && text.starts_with(['$', '`', '(']);
            if lexeme.substitution && mentions_download(text) && (runs || called) {
                return true;
            }
            let base = name::program(text);
            if (runs || at == 0) && downloaded.contains(&base) {
                return true;
            }
        }
        let downloads = command.words.iter().any(|l| mentions_download(&l.word.text));
        piping |= downloads;
        if downloads {
            downloaded.extend(outputs(command));
            downloaded.truncate(MAX_DOWNLOADS);
        }
    }
    false
}

/// Whether input or output of the command is a connection that bash opens.
fn reads_network(command: &Command<'_>) -> bool {
    let devices = ["/dev/tcp/", "/dev/udp/"];
    command.files.iter().any(|l| devices.iter().any(|device| l.word.text.starts_with(device)))
}

/// Names of the files that a download is written to.
fn outputs(command: &Command<'_>) -> Vec<String> {
    const OPTIONS: &[&str] = &["-o", "--output", "-outfile", "--output-document", "-destination"];
    let texts = || command.words.iter().map(|l| l.word.text.as_ref());
    let mut files: Vec<_> = texts()
        .zip(texts().skip(1))
        .filter(|(option, _)| {
            *option == "-O" || OPTIONS.contains(&option.to_ascii_lowercase().as_str())
        })
        .map(|(_, file)| name::program(file))
        .collect();
    if texts().any(|t| t == "-O" || t == "--remote-name" || t == "wget") {
        files.extend(texts().filter(|t| t.contains("://")).map(name::program));
    }
    files.extend(command.files.iter().map(|l| name::program(&l.word.text)));
    files.retain(|file| !file.is_empty() && !file.starts_with('-'));
    files
}
