//! Server-sent events: the format `text/event-stream` of the WHATWG HTML standard, section 9.2.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

use std::fmt;

use bytes::Bytes;
use compact_str::CompactString;

pub use decode::{SseDecoder, SseError, SseItem};
pub use encode::{InvalidField, encode, keep_alive};

/// One event of a stream, as its own lines say it: no id is inherited from an earlier event.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SseEvent {
    /// The event type. `None` and `message` mean the same; an empty type is `None`.
    pub event: Option<CompactString>,
    /// The data lines, joined by line feeds. UTF-8 when decoded.
    pub data: Bytes,
    /// The id to resume after. An empty one takes back the last id.
    pub id: Option<CompactString>,
    /// How long a client waits before it connects again, in milliseconds.
    pub retry: Option<u64>,
    /// Whether there was a data line. An event without one is no message; it only carries an id or a delay.
    pub has_data: bool,
}

impl SseEvent {
    /// An event that carries a message and nothing else.
    #[must_use]
    pub fn message(data: Bytes) -> Self {
        Self { data, has_data: true, ..Self::default() }
    }
}

/// The data may hold secrets, so only its length is shown.
impl fmt::Debug for SseEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SseEvent")
            .field("event", &self.event)
            .field("data_bytes", &self.has_data.then_some(self.data.len()))
            .field("id", &self.id)
            .field("retry", &self.retry)
            .finish()
    }
}
