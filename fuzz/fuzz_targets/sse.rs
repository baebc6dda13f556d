//! Reading an event stream: where it is cut does not matter, and what is read can be written and read again.
//!
//! The first byte is the length of the chunks, the rest the stream.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use mcp_guard_gateway::http::sse::{SseDecoder, SseError, SseItem, encode};

const LIMIT: usize = 512;

fuzz_target!(|data: &[u8]| {
    let Some((length, stream)) = data.split_first() else { return };
    let whole = read(LIMIT, [stream]);
    assert_eq!(read(LIMIT, stream.chunks(usize::from(*length).max(1))), whole);
    for item in whole {
        let Ok(SseItem::Event(event)) = item else { continue };
        assert!(event.data.len() <= LIMIT && std::str::from_utf8(&event.data).is_ok());
        let Ok(written) = encode(&event) else {
            assert!(event.event.is_some_and(|kind| kind.contains('\0')));
            continue;
        };
        assert_eq!(read(usize::MAX, [&*written]), [Ok(SseItem::Event(event))]);
    }
});

fn read<'c>(
    limit: usize,
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> Vec<Result<SseItem, SseError>> {
    let mut decoder = SseDecoder::new(limit).with_keep_alives();
    let mut items = Vec::new();
    for chunk in chunks {
        decoder.feed(Bytes::copy_from_slice(chunk));
        items.extend(std::iter::from_fn(|| decoder.next_item()));
    }
    items
}
