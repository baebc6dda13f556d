//! An approval taken back.

use super::{Case, Proposal, Safety};
use crate::edit::Change;
use crate::facts::kinds::Detail;
use crate::syntax::pointer;

/// What approves everything goes: of a list the item that does, else the key with its value. A list
/// of chosen tools stays: which of them were meant, only its author knows.
pub(super) fn propose(case: &Case<'_>) -> Option<Proposal> {
    let Detail::Approval(approval) = &case.fact.detail else { return None };
    let node = case.node()?;
    let key = approval.key.as_deref().unwrap_or_default();
    let effect = approval.effect.as_deref()?;
    let mut at = case.fact.pointer.clone();
    let title =
        if let Some(index) = node.items().iter().position(|item| item.span == case.fact.span) {
            pointer::push_index(&mut at, index);
            format!("Remove the item of `{key}` that approves everything")
        } else if node.is_list() || node.is_map() || effect == "tools" && !approval.wildcard {
            return None;
        } else if at.rsplit('/').next().is_some_and(|last| last.parse::<usize>().is_ok()) {
            format!("Remove the item from `{key}`")
        } else {
            format!("Remove `{key}`, so that the client asks as it does by default")
        };
    let safety = match effect {
        "tools" | "server" | "permission" => Safety::Safe,
        // A mode of the whole client means more than the question before a call.
        _ => Safety::Unsafe,
    };
    Some(Proposal {
        safety,
        title,
        then: None,
        changes: vec![Change::Remove { at }],
        reference: None,
    })
}
