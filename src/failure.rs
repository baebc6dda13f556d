//! What ends the command with exit code 2, and how it is told.

use std::io;
use std::path::PathBuf;

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
    #[error("{}: {message}", .path.display())]
    Rule {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column where they are known.
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
    /// Standard output could not be written.
    #[error("cannot write the result: {0}")]
    Output(#[source] io::Error),
    /// Whoever read standard output has seen enough.
    #[error("nobody reads the result")]
    BrokenPipe,
}

/// Tells about a failure on standard error.
pub(crate) fn report(failure: &Failure) {
    // A name of a file can hold anything, a line end too.
    let line: String = failure
        .to_string()
        .chars()
        .map(
            |character| {
                if character.is_control() && character != '\n' { '\u{fffd}' } else { character }
            },
        )
        .collect();
    output_line(&format!("error: {line}"));
}

/// A line on standard error; one that cannot be written is lost with it.
pub(crate) fn output_line(line: &str) {
    use io::Write as _;
    let _ = writeln!(anstream::stderr(), "{line}");
}
