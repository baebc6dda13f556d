//! What stands in one line or one HTTP body: a message, or a batch of them.

use bytes::Bytes;
use serde_json::value::RawValue;

use super::envelope::{Malformed, Message};

/// The most messages that a batch may hold.
pub const LARGEST_BATCH: usize = 1000;

/// A message or a batch (JSON-RPC 2.0, section 6; of MCP's revisions only 2025-03-26 has them).
#[derive(Clone, Debug)]
pub enum Frame {
    /// One message.
    One(Message),
    /// Several, each by itself good or bad; never none.
    Batch(Vec<Result<Message, Malformed>>),
}

impl Frame {
    /// Reads it.
    ///
    /// # Errors
    /// If the bytes are no JSON, no message, an empty batch, or one of more than [`LARGEST_BATCH`].
    pub fn read(raw: Bytes) -> Result<Self, Malformed> {
        let start = raw.iter().position(|byte| !byte.is_ascii_whitespace());
        if start.and_then(|start| raw.get(start)) != Some(&b'[') {
            return Message::read(raw).map(Self::One);
        }
        let items: Vec<&RawValue> =
            serde_json::from_slice(&raw).map_err(|error| Malformed::Syntax(error.to_string()))?;
        let shape = |reason: &str| Malformed::Shape { reason: reason.to_owned(), id: None };
        if items.is_empty() {
            return Err(shape("an empty batch"));
        }
        if items.len() > LARGEST_BATCH {
            return Err(shape("a batch of more than 1000 messages"));
        }
        let items = items.iter().map(|item| Message::read(raw.slice_ref(item.get().as_bytes())));
        Ok(Self::Batch(items.collect()))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Frame, LARGEST_BATCH};
    use crate::message::Malformed;

    fn read(json: &str) -> Result<Frame, Malformed> {
        Frame::read(Bytes::copy_from_slice(json.as_bytes()))
    }

    #[test]
    fn one_or_several() {
        assert!(matches!(read(" \t{\"method\":\"a\"}"), Ok(Frame::One(_))));
        let Ok(Frame::Batch(items)) = read(r#" [ {"method":"a"}, 5, {"id":1,"result":{}}]"#) else {
            panic!("no batch");
        };
        let good: Vec<bool> = items.iter().map(Result::is_ok).collect();
        assert_eq!(good, [true, false, true]);
    }

    #[test]
    fn empty_and_huge_batches_are_refused() {
        assert!(matches!(read("[]"), Err(Malformed::Shape { .. })));
        assert!(matches!(read("[1,"), Err(Malformed::Syntax(_))));
        let huge = format!("[{}]", vec!["0"; LARGEST_BATCH + 1].join(","));
        assert!(matches!(read(&huge), Err(Malformed::Shape { .. })));
    }
}
