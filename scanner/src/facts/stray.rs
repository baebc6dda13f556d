//! Secrets beside the values of servers: under keys that no client reads, in what a file asks its
//! user for, in variables of the client itself.

use std::borrow::Cow;
use std::collections::HashSet;

use super::collect::Collector;
use super::elsewhere::called;
use super::hidden::Hidden;
use super::secret::{Whereabouts, look};
use crate::client::{Located, Server};
use crate::compiled::Text;
use crate::syntax::{Node, find, pointer};

/// Secrets under keys that no client is known to read, such as `apiKey` or `auth`: somebody put
/// them there to be used.
pub(super) fn under_other_keys(
    collector: &mut Collector,
    server: &Server<'_>,
    host_class: Option<&'static str>,
    hidden: &mut Hidden,
) {
    let values = server.command.iter().chain(&server.args).chain(&server.url);
    let named = server.env.iter().chain(&server.headers).chain(&server.prose);
    let mut seen: HashSet<&str> = values.map(|value| value.pointer.as_str()).collect();
    seen.extend(named.map(|named| named.value.pointer.as_str()));
    seen.extend(server.oauth.iter().map(|(_, pointer)| pointer.as_str()));
    if let Some(package) = &server.package {
        seen.insert(&package.identifier.pointer);
        seen.extend(package.version.iter().map(|version| version.pointer.as_str()));
    }
    let mut unseen = |value: &Located<'_>, name: Option<&str>| {
        let at = Whereabouts { location: "other", name, host_class };
        look(collector, at, value, 0..value.text.len(), hidden);
    };
    each_text(server.node, None, &mut server.pointer.clone(), &seen, &mut unseen);
}

/// Calls `found` with each text below the node, and the key it stands under, but for what stands at
/// one of these pointers. The depth of a document is limited.
fn each_text<'d>(
    node: &'d Node,
    key: Option<&'d str>,
    pointer: &mut String,
    except: &HashSet<&str>,
    found: &mut impl FnMut(&Located<'d>, Option<&'d str>),
) {
    if except.contains(pointer.as_str()) {
        return;
    }
    let length = pointer.len();
    for entry in node.entries() {
        pointer::push(pointer, &entry.key);
        each_text(&entry.value, Some(called(key, &entry.key)), pointer, except, found);
        pointer.truncate(length);
    }
    for (index, item) in node.items().iter().enumerate() {
        pointer::push_index(pointer, index);
        each_text(item, key, pointer, except, found);
        pointer.truncate(length);
    }
    if let Some(text) = node.as_str() {
        let text = Cow::Borrowed(text);
        found(&Located { text, node, begin: 0, pointer: pointer.clone() }, key);
    }
}

/// Secrets that stand as defaults of the inputs that a file asks its user for.
pub(super) fn inputs(collector: &mut Collector, root: &Node) {
    let inputs = root.get("inputs").map(Node::items).unwrap_or_default();
    for (index, input) in inputs.iter().enumerate() {
        let Some(default) = input.get("default") else { continue };
        let Some(text) = default.as_str() else { continue };
        let pointer = format!("/inputs/{index}/default");
        let value = Located { text: Cow::Borrowed(text), node: default, begin: 0, pointer };
        let name = input.get("id").and_then(Node::as_str);
        let at = Whereabouts { location: "input", name, host_class: None };
        look(collector, at, &value, 0..value.text.len(), &mut Hidden::default());
    }
}

/// Secrets in the variables that a client sets for all its processes, which stand in maps at these
/// places.
pub(super) fn variables(collector: &mut Collector, root: &Node, places: &[Text]) {
    for (place, map) in places.iter().flat_map(|place| find(root, place)) {
        for entry in map.entries() {
            let Some(text) = entry.value.as_str() else { continue };
            let mut pointer = place.clone().into_owned();
            pointer::push(&mut pointer, &entry.key);
            let value =
                Located { text: Cow::Borrowed(text), node: &entry.value, begin: 0, pointer };
            let at = Whereabouts { location: "client", name: Some(&entry.key), host_class: None };
            look(collector, at, &value, 0..value.text.len(), &mut Hidden::default());
        }
    }
}
