//! What a shell script does, as far as its form tells.

use std::ops::Range;

use super::known::{interpreter, prefix, shell};
use super::name;
use super::script::{Command, Lexeme, Script};
use super::token::Operator;

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
