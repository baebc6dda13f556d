//! What ends the command with exit code 2, and how it is told.

use std::io;
use std::path::PathBuf;

use mcp_guard_gateway::state::StateError;
use mcp_guard_scanner::facts::discreet;
use mcp_guard_scanner::fault::Fault;
use mcp_guard_scanner::finding::visible;

use crate::ci::log::inert;

/// Wrong usage, or a result that could not be delivered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A path that does not exist.
    #[error("there is no file or directory `{}`", .0.display())]
    NoSuchPath(PathBuf),
    /// An option that does not go with the others.
    #[error("{0}")]
    Usage(String),
    /// A rule file that is wrong.
    #[error("{}:{fault}", .path.display())]
    Rule {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        fault: Fault,
    },
    /// Several at once.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\nerror: "))]
    Several(Vec<Failure>),
    /// A settings file that is wrong.
    #[error("{}", .faults.iter().map(|fault| format!("{path}:{fault}")).collect::<Vec<_>>().join("\n       "))]
    Settings {
        /// How the file is called.
        path: String,
        /// What is wrong with it.
        faults: Vec<Fault>,
    },
    /// A file that cannot be used for what it was named for.
    #[error("{}: {message}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why not.
        message: String,
    },
    /// A file or directory of the user that could not be read.
    #[error("{}: {source}", .path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An output file that could not be written.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The state of the gateway cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// Nothing can be asked over the network.
    #[error("--online: {0}; without --online nothing is asked")]
    Online(String),
    /// Standard output could not be written.
    #[error("cannot write the result: {0}")]
    Output(#[source] io::Error),
    /// Whoever read standard output has seen enough.
    #[error("nobody reads the result")]
    BrokenPipe,
}

/// Tells about a failure on standard error.
pub(crate) fn report(failure: &Failure) {
    output_line(&format!("error: {failure}"));
}

/// A line on standard error, or several; one that cannot be written is lost with it. Of what it
/// holds only line ends act on a terminal, and secrets that a format tells are cut down.
pub(crate) fn output_line(line: &str) {
    use io::Write as _;
    let _ = writeln!(anstream::stderr(), "{}", lines(&discreet(line)));
}

/// One line, whatever a file, a server or somebody else's answer holds.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// In the log of a workflow a line could be a command.
fn lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| inert(&one_line(line))).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{lines, one_line};

    #[test]
    fn nothing_acts_on_the_terminal() {
        for (text, shown, on_one_line) in [
            ("a b: é…", "a b: é…", "a b: é…"),
            ("a\nb", "a\nb", "a\u{fffd}b"),
            ("a\n ::error::b", "a\n : :error::b", "a\u{fffd} ::error::b"),
            ("\u{1b}[2Ja\rb", "\u{fffd}[2Ja\u{fffd}b", "\u{fffd}[2Ja\u{fffd}b"),
            ("\u{9b}31m\u{202e}x", "\u{fffd}31m\u{fffd}x", "\u{fffd}31m\u{fffd}x"),
        ] {
            assert_eq!(lines(text), shown, "{text:?}");
            assert_eq!(one_line(text), on_one_line, "{text:?}");
        }
    }
}
