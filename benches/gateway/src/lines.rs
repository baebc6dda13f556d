//! Lines from a pipe, as many at a time as one read brings.

#![expect(clippy::indexing_slicing, reason = "given ≤ filled ≤ buffer.len() at every step")]

use std::io::{self, Read};

use memchr::memrchr;

const FIRST_SIZE: usize = 256 * 1024;

/// Reads blocks of whole lines. The buffer grows to the longest line.
pub(crate) struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    /// Bytes that came from the source.
    filled: usize,
    /// Bytes handed out by the last call.
    given: usize,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source, buffer: vec![0; FIRST_SIZE], filled: 0, given: 0 }
    }

    /// The next block: one line or more, each with its line feed. Only the last one of a source may
    /// lack it. `None` at the end.
    pub(crate) fn block(&mut self) -> io::Result<Option<&[u8]>> {
        self.buffer.copy_within(self.given..self.filled, 0);
        self.filled -= self.given;
        self.given = 0;
        loop {
            if self.filled == self.buffer.len() {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
            let read = match self.source.read(&mut self.buffer[self.filled..]) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let from = self.filled;
            self.filled += read;
            if read == 0 {
                self.given = self.filled;
            } else if let Some(at) = memrchr(b'\n', &self.buffer[from..self.filled]) {
                self.given = from + at + 1;
            } else {
                continue;
            }
            return Ok((self.given > 0).then(|| &self.buffer[..self.given]));
        }
    }
}

/// The lines of a block, without line ends; empty ones are left out.
pub(crate) fn of_block(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = block;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let (line, after) = match memchr::memchr(b'\n', rest) {
                Some(at) => (&rest[..at], &rest[at + 1..]),
                None => (rest, &rest[rest.len()..]),
            };
            rest = after;
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !line.is_empty() {
                return Some(line);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{Lines, of_block};

    /// A source that hands out its pieces one a read.
    struct Pieces(Vec<Vec<u8>>);

    impl io::Read for Pieces {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let mut piece = self.0.remove(0);
            let rest = piece.split_off(piece.len().min(into.len()));
            into[..piece.len()].copy_from_slice(&piece);
            if !rest.is_empty() {
                self.0.insert(0, rest);
            }
            Ok(piece.len())
        }
    }

    fn all(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut lines = Lines::new(Pieces(pieces.iter().map(|piece| piece.to_vec()).collect()));
        let mut found = Vec::new();
        while let Some(block) = lines.block().unwrap() {
            found.extend(of_block(block).map(<[u8]>::to_vec));
        }
        found
    }

    #[test]
    fn lines_do_not_depend_on_where_reads_end() {
        let text = b"one\ntwo\r\n\nthree\nfour";
        let expected: Vec<Vec<u8>> =
            ["one", "two", "three", "four"].iter().map(|line| line.as_bytes().to_vec()).collect();
        for cut in 0..text.len() {
            let (left, right) = text.split_at(cut);
            let pieces: Vec<&[u8]> =
                [left, right].into_iter().filter(|piece| !piece.is_empty()).collect();
            assert_eq!(all(&pieces), expected, "cut at {cut}");
        }
    }

    #[test]
    fn a_line_may_be_longer_than_the_first_buffer() {
        let long = vec![b'x'; super::FIRST_SIZE * 3 + 1];
        assert_eq!(all(&[b"a\n", &long, b"\nb\n"]), [b"a".to_vec(), long, b"b".to_vec()]);
    }
}
