//! The file of the log, to which many processes append.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, IoSlice, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// A file that only grows, at its end. The system puts each `write` behind whatever is there (POSIX,
/// `O_APPEND`), so that the lines of several processes stay whole as long as each writes whole ones.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    file: File,
    looked: Instant,
}

impl LogFile {
    /// Opens the file, or makes it, readable and writable for its owner alone.
    ///
    /// # Errors
    /// Those of the system; `InvalidInput` when the path leads to something else than a regular
    /// file, which could keep a writer waiting for ever.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let regular = |metadata: &Metadata| {
            let error = || io::Error::new(ErrorKind::InvalidInput, "it is not a regular file");
            metadata.is_file().then_some(()).ok_or_else(error)
        };
        if let Ok(metadata) = fs::metadata(path) {
            regular(&metadata)?;
        }
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        let metadata = file.metadata()?;
        regular(&metadata)?;
        if is_open_to_others(&metadata) {
            tracing::warn!(path = %path.display(), "other users can read or write the audit log");
        }
        Ok(Self { path: path.to_owned(), file, looked: Instant::now() })
    }

    /// Appends lines with one call of the system, and says how many of their bytes were taken. Where
    /// the file ends within a line, because a disk was full or a process was killed, that line is
    /// ended first.
    pub(super) fn append(&mut self, lines: &[u8]) -> io::Result<usize> {
        let torn = self.is_torn()?;
        let end: &[u8] = if torn { b"\n" } else { b"" };
        loop {
            match self.file.write_vectored(&[IoSlice::new(end), IoSlice::new(lines)]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                written => return Ok(written?.saturating_sub(end.len())),
            }
        }
    }

    /// Whether the file ends within a line that nobody is writing just now. Where that is misjudged,
    /// because a writer was held up for long, the file gets an empty line, which readers pass over.
    fn is_torn(&mut self) -> io::Result<bool> {
        const MOMENT: Duration = Duration::from_millis(1);
        let Some(length) = self.unfinished()? else { return Ok(false) };
        thread::sleep(MOMENT);
        Ok(self.unfinished()? == Some(length))
    }

    /// The length of the file, where it ends within a line.
    fn unfinished(&mut self) -> io::Result<Option<u64>> {
        let length = self.file.metadata()?.len();
        let Some(last) = length.checked_sub(1) else { return Ok(None) };
        let mut byte = [0];
        self.file.seek(SeekFrom::Start(last))?;
        self.file.read_exact(&mut byte)?;
        Ok((byte != *b"\n").then_some(length))
    }

    /// Opens the file anew where the path leads to another one or to none: it was moved away or
    /// deleted. Looks only once in `interval`.
    pub(super) fn renew(&mut self, interval: Duration) -> io::Result<()> {
        if self.looked.elapsed() < interval {
            return Ok(());
        }
        let same = match fs::metadata(&self.path) {
            Ok(there) => is_same(&there, &self.file.metadata()?),
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        if !same {
            let renewed = Self::open(&self.path)?;
            self.file.sync_all()?;
            *self = renewed;
        }
        self.looked = Instant::now();
        Ok(())
    }

    /// Waits until what was written would outlast a loss of power.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

#[cfg(unix)]
fn is_same(there: &Metadata, here: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (there.dev(), there.ino()) == (here.dev(), here.ino())
}

/// Elsewhere an open file cannot be moved away, and has no number to compare.
#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

#[cfg(unix)]
fn is_open_to_others(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Metadata) -> bool {
    false
}
