//! Whatever arrives is read or refused, and an edit changes what it says and nothing else.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use mcp_guard_gateway::message::{Frame, Id, Message};

fuzz_target!(|raw: &[u8]| {
    let raw = Bytes::copy_from_slice(raw);
    let Ok(frame) = Frame::read(raw.clone()) else { return };
    match frame {
        Frame::One(message) => {
            assert_eq!(message.bytes(), &raw);
            hold(&message);
        }
        Frame::Batch(messages) => messages.iter().flatten().for_each(hold),
    }
});

fn hold(message: &Message) {
    let _ = message.members();
    if let Some(id) = message.id() {
        let other = message.with_id(Id::number(7));
        assert_eq!(other.body(), message.body());
        assert_eq!(other.with_id(id.clone()).bytes(), message.bytes());
        let again = Message::read(other.bytes().clone()).expect("an edit keeps it a message");
        assert_eq!(again.body(), message.body());
        assert_eq!((again.kind(), again.method()), (message.kind(), message.method()));
    }
    let Ok(meta) = message.meta() else { return };
    let kept: Vec<String> = meta
        .members()
        .filter(|member| !["api_key", "token"].contains(&&*member.name))
        .map(|member| format!("{:?}{}", member.name, member.value))
        .collect();
    let bare = message.without_meta(&["api_key", "token"]).expect("a cut keeps it a message");
    let left = bare.meta().expect("what is left is an object");
    let left: Vec<String> =
        left.members().map(|member| format!("{:?}{}", member.name, member.value)).collect();
    assert_eq!(left, kept);
}
