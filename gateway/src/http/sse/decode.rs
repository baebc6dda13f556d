use std::str;

use bytes::{Buf, Bytes, BytesMut};
use compact_str::CompactString;
use memchr::memchr2;

use super::SseEvent;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// What a stream yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SseItem {
    /// An event with at least one field of the standard.
    Event(SseEvent),
    /// A comment line, which says no more than that the other side is alive.
    KeepAlive,
}

/// What makes one event unusable. The events after it are read as if nothing had been.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// The event has more bytes than allowed; the rest of it is skipped and not kept.
    #[error("a server-sent event is longer than {limit} bytes")]
    TooLong {
        /// How many bytes an event may have.
        limit: usize,
    },
    /// A field that counts is not UTF-8.
    #[error("a server-sent event is not UTF-8")]
    NotUtf8,
}

/// Reads a stream that comes in chunks of any size.
///
/// Feed a chunk, then take items until there are none. The data of an event that has one data line, whole in one
/// chunk, is a part of that chunk and not a copy. An event that the stream ends within is never yielded.
#[derive(Debug)]
pub struct SseDecoder {
    limit: usize,
    keep_alives: bool,
    input: Bytes,
    held: Held,
    /// The last line ended with CR: a LF right after it belongs to that end.
    after_cr: bool,
    first_line: bool,
    /// The event had an error: the rest of it is passed over.
    skipping: bool,
    /// Bytes of the lines of this event so far, without comments and line ends.
    size: usize,
    fields: Fields,
}

/// The start of a line whose end has not come yet.
#[derive(Debug)]
enum Held {
    Kept(BytesMut),
    Dropped { comment: bool },
}

#[derive(Debug, Default)]
struct Fields {
    event: Option<CompactString>,
    id: Option<CompactString>,
    retry: Option<u64>,
    data: Data,
}

#[derive(Debug, Default)]
enum Data {
    #[default]
    None,
    Line(Bytes),
    Lines(BytesMut),
}

impl SseDecoder {
    /// A decoder for one stream. An event may have `limit` bytes, its line ends and comments not counted.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            keep_alives: false,
            input: Bytes::new(),
            held: Held::Kept(BytesMut::new()),
            after_cr: false,
            first_line: true,
            skipping: false,
            size: 0,
            fields: Fields::default(),
        }
    }

    /// Has comment lines reported too.
    #[must_use]
    pub fn with_keep_alives(mut self) -> Self {
        self.keep_alives = true;
        self
    }

    /// Takes the next bytes of the stream.
    pub fn feed(&mut self, chunk: Bytes) {
        if self.input.is_empty() {
            self.input = chunk;
        } else {
            let mut joined = BytesMut::with_capacity(self.input.len() + chunk.len());
            joined.extend_from_slice(&self.input);
            joined.extend_from_slice(&chunk);
            self.input = joined.freeze();
        }
    }

    /// The next item of what was fed, `None` when more bytes are needed.
    pub fn next_item(&mut self) -> Option<Result<SseItem, SseError>> {
        loop {
            let first = *self.input.first()?;
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                self.input.advance(1);
                continue;
            }
            let Some(end) = line_end(&self.input) else {
                let start = std::mem::take(&mut self.input);
                return self.hold(&start).err().map(Err);
            };
            let head = self.input.split_to(end);
            self.after_cr = self.input.first() == Some(&b'\r');
            self.input.advance(1);
            let item = match std::mem::replace(&mut self.held, Held::Kept(BytesMut::new())) {
                Held::Dropped { comment } => Ok(comment.then_some(SseItem::KeepAlive)),
                Held::Kept(start) if start.is_empty() => self.line(head),
                Held::Kept(mut start) => {
                    start.extend_from_slice(&head);
                    self.line(start.freeze())
                }
            };
            match item {
                Ok(None) => {}
                Ok(Some(SseItem::KeepAlive)) if !self.keep_alives => {}
                Ok(Some(item)) => return Some(Ok(item)),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// Whether an event has begun that has not ended. At the end of the stream it is lost.
    #[must_use]
    pub fn is_within_event(&self) -> bool {
        self.skipping
            || self.size > 0
            || matches!(&self.held, Held::Kept(start) if !start.is_empty())
            || matches!(&self.held, Held::Dropped { comment: false })
    }

    fn hold(&mut self, mut more: &[u8]) -> Result<(), SseError> {
        let Held::Kept(start) = &mut self.held else { return Ok(()) };
        if self.first_line {
            start.extend_from_slice(more);
            more = &[];
            if start.len() < BOM.len() && BOM.starts_with(start) {
                return Ok(());
            }
            self.first_line = false;
            if start.starts_with(BOM) {
                start.advance(BOM.len());
            }
        }
        let comment = start.first().or(more.first()) == Some(&b':');
        if comment || self.skipping {
            self.held = Held::Dropped { comment };
        } else if self.size.saturating_add(start.len()).saturating_add(more.len()) > self.limit {
            self.held = Held::Dropped { comment };
            return Err(self.fail(SseError::TooLong { limit: self.limit }));
        } else {
            start.extend_from_slice(more);
        }
        Ok(())
    }

    fn line(&mut self, mut line: Bytes) -> Result<Option<SseItem>, SseError> {
        if std::mem::take(&mut self.first_line) && line.starts_with(BOM) {
            line.advance(BOM.len());
        }
        match line.first() {
            None => return Ok(self.dispatch()),
            Some(b':') => return Ok(Some(SseItem::KeepAlive)),
            Some(_) if self.skipping => return Ok(None),
            Some(_) => {}
        }
        self.size = self.size.saturating_add(line.len());
        if self.size > self.limit {
            return Err(self.fail(SseError::TooLong { limit: self.limit }));
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let name = line.split_to(colon);
        let _ = line.try_get_u8();
        if line.first() == Some(&b' ') {
            line.advance(1);
        }
        self.fields.set(&name, line).map_err(|error| self.fail(error))?;
        Ok(None)
    }

    fn dispatch(&mut self) -> Option<SseItem> {
        self.size = 0;
        if std::mem::take(&mut self.skipping) {
            return None;
        }
        let Fields { event, id, retry, data } = std::mem::take(&mut self.fields);
        let (data, has_data) = match data {
            Data::None => (Bytes::new(), false),
            Data::Line(line) => (line, true),
            Data::Lines(lines) => (lines.freeze(), true),
        };
        let said_something = has_data || event.is_some() || id.is_some() || retry.is_some();
        said_something.then_some(SseItem::Event(SseEvent { event, data, id, retry, has_data }))
    }

    fn fail(&mut self, error: SseError) -> SseError {
        self.skipping = true;
        self.fields = Fields::default();
        error
    }
}

impl Fields {
    fn set(&mut self, name: &[u8], value: Bytes) -> Result<(), SseError> {
        let text = |value: &Bytes| {
            str::from_utf8(value).map(CompactString::from).map_err(|_| SseError::NotUtf8)
        };
        match name {
            b"data" => {
                str::from_utf8(&value).map_err(|_| SseError::NotUtf8)?;
                self.data.push(value);
            }
            b"event" => self.event = Some(text(&value)?).filter(|event| !event.is_empty()),
            // The standard ignores an id with NUL, and a delay that is not all digits.
            b"id" if !value.contains(&0) => self.id = Some(text(&value)?),
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                self.retry = str::from_utf8(&value).ok().and_then(|digits| digits.parse().ok());
            }
            _ => {}
        }
        Ok(())
    }
}

impl Data {
    fn push(&mut self, line: Bytes) {
        *self = match std::mem::take(self) {
            Self::None => Self::Line(line),
            Self::Line(first) => {
                let mut lines = BytesMut::with_capacity(first.len() + 1 + line.len());
                lines.extend_from_slice(&first);
                Self::joined(lines, &line)
            }
            Self::Lines(lines) => Self::joined(lines, &line),
        };
    }

    fn joined(mut lines: BytesMut, line: &[u8]) -> Self {
        lines.extend_from_slice(b"\n");
        lines.extend_from_slice(line);
        Self::Lines(lines)
    }
}

/// Where the first line end is.
pub(super) fn line_end(bytes: &[u8]) -> Option<usize> {
    memchr2(b'\n', b'\r', bytes)
}
