//! TLS for a remote server, if it offers that.

use super::{Case, Proposal, Safety, part};
use crate::facts::kinds::Detail;

pub(super) fn propose(case: &Case<'_>) -> Option<Proposal> {
    let Detail::Url(url) = &case.fact.detail else { return None };
    let (old, new) = match url.scheme.as_deref()? {
        "http" => ("http", "https"),
        "ws" => ("ws", "wss"),
        _ => return None,
    };
    let (node, range) = case.part()?;
    let (text, start) = (node.as_str()?, range.start);
    // A port of its own belongs to the plain protocol.
    if url.port.is_some_and(|port| port != 80.0) {
        return None;
    }
    let at = start..start + old.len();
    if !text.get(at.clone())?.eq_ignore_ascii_case(old) {
        return None;
    }
    let changes = vec![part::replace(node, &case.fact.pointer, at, new)?];
    let title = format!("Use {new}, if the host offers it");
    Some(Proposal { safety: Safety::Display, title, then: None, changes, reference: None })
}
