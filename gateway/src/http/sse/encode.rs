use bytes::{BufMut, Bytes, BytesMut};

use super::SseEvent;
use super::decode::line_end;

/// A field that would end its own line, or that a reader would ignore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidField {
    /// The event type is empty, or holds CR, LF or NUL.
    #[error("the type of a server-sent event is empty or holds a line end or NUL")]
    Event,
    /// The id holds CR, LF or NUL.
    #[error("the id of a server-sent event holds a line end or NUL")]
    Id,
}

/// The event as it goes on the wire. Data with line ends of any kind becomes several data lines.
///
/// # Errors
///
/// If the event type or the id cannot be told in one line. Nothing can be injected by them.
pub fn encode(event: &SseEvent) -> Result<Bytes, InvalidField> {
    let kind = event.event.as_deref();
    if kind.is_some_and(|kind| kind.is_empty() || breaks(kind)) {
        return Err(InvalidField::Event);
    }
    let id = event.id.as_deref();
    if id.is_some_and(breaks) {
        return Err(InvalidField::Id);
    }
    let mut text = BytesMut::with_capacity(
        event.data.len() + kind.map_or(0, str::len) + id.map_or(0, str::len) + 64,
    );
    if let Some(kind) = kind {
        line(&mut text, "event", kind.as_bytes());
    }
    if let Some(id) = id {
        line(&mut text, "id", id.as_bytes());
    }
    if let Some(retry) = event.retry {
        line(&mut text, "retry", retry.to_string().as_bytes());
    }
    if event.has_data || !event.data.is_empty() {
        let mut rest: &[u8] = &event.data;
        while let Some((head, tail)) = line_end(rest).and_then(|end| rest.split_at_checked(end)) {
            line(&mut text, "data", head);
            rest = tail.strip_prefix(b"\r\n").or_else(|| tail.get(1..)).unwrap_or_default();
        }
        line(&mut text, "data", rest);
    }
    text.put_u8(b'\n');
    Ok(text.freeze())
}

/// A comment, which keeps a quiet connection open and which every reader skips.
#[must_use]
pub fn keep_alive() -> Bytes {
    Bytes::from_static(b":\n\n")
}

fn breaks(text: &str) -> bool {
    text.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0))
}

fn line(text: &mut BytesMut, field: &str, value: &[u8]) {
    text.put_slice(field.as_bytes());
    text.put_slice(b": ");
    text.put_slice(value);
    text.put_u8(b'\n');
}
