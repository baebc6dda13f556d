//! Streams of events (HTML standard, section 9.2), read as they come.

use std::mem::take;

/// One event of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Event {
    /// What kind it is; empty for a plain message.
    pub(super) name: String,
    /// Its lines of data.
    pub(super) data: String,
}

/// The reader of a stream. It looks at each byte once.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    event: Event,
    after_return: bool,
    read: usize,
}

impl Events {
    /// Bytes of a stream that are read.
    pub(super) const LARGEST: usize = 256 << 10;

    /// The events that the next bytes complete. Nothing more once the limit is reached.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut whole = Vec::new();
        let room = Self::LARGEST - self.read;
        for &byte in bytes.iter().take(room) {
            self.read += 1;
            match byte {
                b'\n' if self.after_return => {}
                b'\n' | b'\r' => whole.extend(self.end_of_line()),
                _ => self.line.push(byte),
            }
            self.after_return = byte == b'\r';
        }
        whole
    }

    /// Whether the limit is reached.
    pub(super) const fn is_full(&self) -> bool {
        self.read >= Self::LARGEST
    }

    fn end_of_line(&mut self) -> Option<Event> {
        let line = take(&mut self.line);
        if line.is_empty() {
            return Some(take(&mut self.event)).filter(|event| *event != Event::default());
        }
        let line = String::from_utf8_lossy(&line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                if !self.event.data.is_empty() {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Events};

    fn event(name: &str, data: &str) -> Event {
        Event { name: name.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn events_are_the_same_however_they_come() {
        let text =
            ": hello\n\nevent: message\ndata: {\"ä\":1}\n\ndata:a\ndata:  b\nid: 3\n\n\ndata: open";
        let expected = vec![event("message", "{\"ä\":1}"), event("", "a\n b")];
        for text in [text.to_owned(), text.replace('\n', "\r\n"), text.replace('\n', "\r")] {
            for size in [1, 2, 3, 7, text.len()] {
                let mut events = Events::default();
                let found: Vec<Event> =
                    text.as_bytes().chunks(size).flat_map(|chunk| events.push(chunk)).collect();
                assert_eq!(found, expected, "{text:?} by {size}");
            }
        }
    }

    #[test]
    fn a_stream_without_end_is_left() {
        let mut events = Events::default();
        let chunk = [b'x'; 1000];
        let mut pushed = 0;
        while !events.is_full() {
            assert_eq!(events.push(&chunk), []);
            pushed += chunk.len();
        }
        assert_eq!(pushed.div_ceil(1000), Events::LARGEST.div_ceil(1000));
        assert_eq!(events.push(b"\n\ndata: late\n\n"), []);
    }
}
