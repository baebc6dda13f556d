//! Cuts a stream into lines of bounded length.

/// Keeps the beginning of each line and drops what is above the limit.
#[derive(Debug)]
pub(super) struct Cutter {
    line: Vec<u8>,
    /// The most of a line that is kept, in bytes.
    max: usize,
    /// How much of the line was dropped, in bytes.
    dropped: usize,
}

impl Cutter {
    pub(super) fn new(max: usize) -> Self {
        Self { line: Vec::new(), max, dropped: 0 }
    }

    /// Hands out the lines that end in `bytes`.
    pub(super) fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(&[u8])) {
        let mut pieces = bytes.split(|byte| *byte == b'\n');
        if let Some(first) = pieces.next() {
            self.take(first);
        }
        for piece in pieces {
            self.end(&mut each);
            self.take(piece);
        }
    }

    /// Ends the line.
    pub(super) fn end(&mut self, mut each: impl FnMut(&[u8])) {
        if self.dropped > 0 {
            self.line.extend_from_slice(format!(" … {} bytes more", self.dropped).as_bytes());
        } else if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        if !self.line.is_empty() {
            each(&self.line);
        }
        self.line.clear();
        self.dropped = 0;
    }

    fn take(&mut self, piece: &[u8]) {
        let room = self.max - self.line.len();
        let (kept, dropped) = piece.split_at(room.min(piece.len()));
        self.line.extend_from_slice(kept);
        self.dropped = self.dropped.saturating_add(dropped.len());
    }
}

#[cfg(test)]
mod tests {
    use super::Cutter;

    fn lines(pieces: &[&str]) -> Vec<String> {
        let mut cutter = Cutter::new(5);
        let mut lines = Vec::new();
        let mut each = |line: &[u8]| lines.push(String::from_utf8(line.to_vec()).unwrap());
        for piece in pieces {
            cutter.feed(piece.as_bytes(), &mut each);
        }
        cutter.end(&mut each);
        lines
    }

    #[test]
    fn lines_are_found_across_pieces() {
        assert_eq!(lines(&["one\ntw", "o\r\n\n", "\nthree"]), ["one", "two", "three"]);
        assert_eq!(lines(&[]), [""; 0]);
    }

    #[test]
    fn a_long_line_is_cut() {
        assert_eq!(
            lines(&["12345\n123", "456789", "0\n1"]),
            ["12345", "12345 … 5 bytes more", "1"]
        );
    }
}
