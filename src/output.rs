//! Results on standard output.

use std::io::{ErrorKind, Write};

use crate::failure::Failure;

/// Prints a result. Colours in it are taken out where they are not wanted.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    write(anstream::stdout().lock(), text)
}

/// Prints a result for programs, byte for byte.
pub(crate) fn print_exactly(text: &str) -> Result<(), Failure> {
    write(std::io::stdout().lock(), text)
}

fn write(mut out: impl Write, text: &str) -> Result<(), Failure> {
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::BrokenPipe,
        _ => Failure::Output(error),
    })
}

/// Columns to write into: those of the terminal, or plenty.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size().map_or(140, |(width, _)| usize::from(width.0).clamp(60, 180))
}
