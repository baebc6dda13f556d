//! `_meta`: what travels beside the parameters of a message.

use std::ops::Range;

use super::envelope::{Malformed, Message};
use super::object::{Object, ObjectFault, place};

/// The revision of a request (2026-07-28, `RequestMetaObject`).
pub const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
/// What the client can do, as of this request (2026-07-28).
pub const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
/// What the client calls itself (2026-07-28).
pub const CLIENT_INFO: &str = "io.modelcontextprotocol/clientInfo";
/// Which log messages the client wants with the answer (2026-07-28).
pub const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
/// What the server calls itself (2026-07-28).
pub const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
/// The `subscriptions/listen` request that a notification belongs to (2026-07-28).
pub const SUBSCRIPTION_ID: &str = "io.modelcontextprotocol/subscriptionId";
/// What progress notifications of a request refer to it by.
pub const PROGRESS_TOKEN: &str = "progressToken";

impl Message {
    /// The members of `_meta` in `params` or `result`; none if it is missing.
    ///
    /// # Errors
    /// If the body or `_meta` is no object, or one of them names a member twice. A body that is an
    /// array (JSON-RPC allows it, MCP does not) has no `_meta`.
    pub fn meta(&self) -> Result<Object<'_>, ObjectFault> {
        if self.body().is_none_or(|body| !body.starts_with('{')) {
            return Ok(Object::default());
        }
        self.members()?.get("_meta").map_or_else(|| Ok(Object::default()), Object::from_json)
    }

    /// The same without these members of `_meta`. The rest keeps its bytes; an object that loses its
    /// last member stays.
    ///
    /// # Errors
    /// As [`Message::meta`].
    pub fn without_meta(&self, names: &[&str]) -> Result<Self, Malformed> {
        let shape = |fault: ObjectFault| Malformed::Shape {
            reason: fault.to_string(),
            id: self.id().cloned(),
        };
        let meta = self.meta().map_err(shape)?;
        let whole = self.json();
        let values: Vec<(bool, Range<usize>)> = meta
            .members()
            .map(|member| (names.contains(&&*member.name), place(whole, member.value)))
            .collect();
        let cuts = cuts(whole, &values);
        let edits: Vec<(Range<usize>, &str)> = cuts.into_iter().map(|cut| (cut, "")).collect();
        self.with(&edits)
    }
}

/// The places to cut so that the marked members of an object go, each with one comma.
pub(crate) fn cuts(whole: &str, values: &[(bool, Range<usize>)]) -> Vec<Range<usize>> {
    let mut cuts: Vec<Range<usize>> = Vec::new();
    let mut kept: Option<usize> = None;
    for (index, (goes, value)) in values.iter().enumerate() {
        if !goes {
            kept = Some(value.end);
            continue;
        }
        let cut = match kept {
            // With the comma before it.
            Some(_) => {
                let before = index.checked_sub(1).and_then(|index| values.get(index));
                before.map_or(value.start, |(_, before)| before.end)..value.end
            }
            // Nothing stays before it: with the comma after it.
            None => {
                let start = match index.checked_sub(1).and_then(|index| values.get(index)) {
                    Some((_, before)) => after_comma(whole, before.end),
                    None => opening(whole, value.start),
                };
                start..after_comma(whole, value.end)
            }
        };
        match cuts.last_mut() {
            Some(last) if last.end >= cut.start => last.end = cut.end,
            _ => cuts.push(cut),
        }
    }
    cuts
}

/// Past the comma that follows a value, or the end of the value if none does.
fn after_comma(whole: &str, end: usize) -> usize {
    let rest = whole.get(end..).unwrap_or_default();
    let blank = rest.len() - rest.trim_start().len();
    if rest.trim_start().starts_with(',') { end + blank + 1 } else { end }
}

/// Past the brace before the first name of an object whose first value starts here.
fn opening(whole: &str, value: usize) -> usize {
    // Back over the colon and the name, whose quotes and braces may be escaped or quoted.
    let before = whole.get(..value).unwrap_or_default().trim_end();
    let before = before.strip_suffix(':').unwrap_or(before).trim_end();
    let name = before.strip_suffix('"').unwrap_or(before);
    let bytes = name.as_bytes();
    let mut at = bytes.len();
    while at > 0 {
        at -= 1;
        let quote = bytes.get(at) == Some(&b'"');
        let slashes = bytes.iter().take(at).rev().take_while(|byte| **byte == b'\\').count();
        if quote && slashes % 2 == 0 {
            break;
        }
    }
    name.get(..at).unwrap_or_default().trim_end().len()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use crate::message::Message;

    fn without(meta: &str, names: &[&str]) -> String {
        let json = format!(r#"{{"method":"a","params":{{"_meta":{meta} ,"x":1}}}}"#);
        let message = Message::read(Bytes::from(json)).unwrap().without_meta(names).unwrap();
        let json = message.json().strip_prefix(r#"{"method":"a","params":{"_meta":"#).unwrap();
        json.strip_suffix(r#" ,"x":1}}"#).unwrap().to_owned()
    }

    #[test]
    fn members_go_and_the_rest_stays() {
        for (meta, left) in [
            (r#"{"api_key":"k"}"#, "{}"),
            (r#"{ "api_key" : "k" }"#, "{ }"),
            (r#"{"api_key":"k", "a":1}"#, r#"{ "a":1}"#),
            (r#"{"a":1 , "api_key":"k"}"#, r#"{"a":1}"#),
            (r#"{"a":1,"api_key":"k","b":2}"#, r#"{"a":1,"b":2}"#),
            (r#"{"api_key":"k","token":"t","b":2}"#, r#"{"b":2}"#),
            (r#"{"a":[] ,"api_key":"k" ,"token":"t", "b":2}"#, r#"{"a":[], "b":2}"#),
            (r#"{"\u0061pi_key":"k","b\"{":2}"#, r#"{"b\"{":2}"#),
            (r#"{"b":2}"#, r#"{"b":2}"#),
            (r"{}", r"{}"),
        ] {
            assert_eq!(without(meta, &["api_key", "token"]), left, "{meta}");
        }
    }

    proptest! {
        #[test]
        fn what_is_left_is_what_was_not_named(
            names in prop::collection::hash_set("[a-d\"{:,\\\\]{1,3}", 0..6),
            goes in "[a-d\"{:,\\\\]{1,3}",
        ) {
            let object = |names: &[&String]| -> serde_json::Value {
                let members = names.iter().map(|name| ((*name).clone(), serde_json::Value::from(name.as_str())));
                serde_json::Value::Object(members.collect())
            };
            let all: Vec<&String> = names.iter().collect();
            let kept: Vec<&String> = names.iter().filter(|name| **name != goes).collect();
            let left = without(&object(&all).to_string(), &[&goes]);
            let left: serde_json::Value = serde_json::from_str(&left).unwrap();
            prop_assert_eq!(left, object(&kept));
        }
    }
}
