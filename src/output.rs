//! Results on standard output.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

use crate::failure::Failure;

/// Bytes that are written at once.
const CHUNK: usize = 64 << 10;

/// Prints a result. Colours in it are taken out where they are not wanted.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    write(anstream::stdout().lock(), text)
}

/// Prints a result with colours, as the terminal understands them, as it is written.
pub(crate) fn print_coloured(
    result: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut out = BufWriter::new(anstream::stdout().lock());
    result(&mut out).and_then(|()| out.flush()).map_err(fault)
}

/// Prints a result without colours, or for programs, as it is written, byte for byte.
pub(crate) fn print_exactly(
    result: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(CHUNK, io::stdout().lock());
    result(&mut out).and_then(|()| out.flush()).map_err(fault)
}

fn write(mut out: impl Write, text: &str) -> Result<(), Failure> {
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(fault)
}

fn fault(error: io::Error) -> Failure {
    match error.kind() {
        ErrorKind::BrokenPipe => Failure::BrokenPipe,
        _ => Failure::Output(error),
    }
}

/// Columns to write into: those of the terminal, or plenty.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size().map_or(140, |(width, _)| usize::from(width.0).clamp(60, 180))
}

/// Whether two results would be written to one file.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| {
        let here = std::env::current_dir().unwrap_or_default();
        let plain = crate::against::plain(&here.join(path));
        let parent = plain.parent().and_then(|parent| parent.canonicalize().ok());
        parent.zip(plain.file_name()).map_or(plain.clone(), |(parent, name)| parent.join(name))
    };
    // A device takes as much as there is.
    let is_device = |path: &Path| path.metadata().is_ok_and(|file| !file.is_file());
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| whole(path));
    (whole(one) == whole(other) || real(one) == real(other)) && !is_device(one)
}
