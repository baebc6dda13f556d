//! Approvals in force.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::collect::Collector;
use super::fact::Surroundings;
use super::kinds::Approval;
use crate::catalog::{self, server::Capability};
use crate::client::dialect::ApprovalEffect;
use crate::client::{self, Reading};
use crate::syntax::pointer;

/// Words in a tool's name that say it changes, sends or runs something.
const WRITES: &[&str] = &[
    "add",
    "append",
    "apply",
    "archive",
    "assign",
    "book",
    "buy",
    "call",
    "cancel",
    "click",
    "close",
    "commit",
    "create",
    "delete",
    "deploy",
    "destroy",
    "disable",
    "download",
    "drop",
    "edit",
    "enable",
    "eval",
    "evaluate",
    "exec",
    "execute",
    "fill",
    "fork",
    "grant",
    "import",
    "insert",
    "install",
    "invite",
    "kill",
    "merge",
    "modify",
    "move",
    "patch",
    "pay",
    "post",
    "press",
    "publish",
    "purge",
    "push",
    "put",
    "remove",
    "rename",
    "replace",
    "reply",
    "restart",
    "restore",
    "revoke",
    "run",
    "save",
    "schedule",
    "send",
    "set",
    "shell",
    "start",
    "stop",
    "submit",
    "terminal",
    "terminate",
    "transfer",
    "trigger",
    "type",
    "update",
    "upload",
    "upsert",
    "write",
];

/// One fact an approval.
pub(super) fn facts(
    collector: &mut Collector,
    reading: &Reading<'_>,
    surroundings: &Surroundings<'_>,
) {
    for approval in &reading.approvals {
        if approval.effect == ApprovalEffect::Permission && approval.value.node.is_list() {
            each_item(collector, approval, surroundings);
            continue;
        }
        let value = &approval.value;
        let span = approval.wildcard.unwrap_or(value.node.span);
        #[expect(clippy::cast_precision_loss, reason = "lists are short")]
        let fact = Approval {
            effect: Some(approval.effect.name().into()),
            key: Some(approval.key.clone().into()),
            value: (!value.text.is_empty()).then(|| Cow::Owned(value.text.to_string())),
            count: Some(approval.items.len() as f64),
            wildcard: approval.wildcard.is_some(),
            writes: approval.items.iter().any(|item| writes(item)),
            items: approval.items.clone(),
            project_file: surroundings.project_file,
            explanation: Some(approval.note.into()),
        };
        collector.add_to(approval.server.map_or(0, |index| index + 1), fact, span, &value.pointer);
    }
}

/// A list of permissions approves by each of its items, so each is a fact where it stands.
fn each_item(
    collector: &mut Collector,
    approval: &client::server::Approval<'_>,
    surroundings: &Surroundings<'_>,
) {
    let counted: BTreeSet<&str> = approval.items.iter().map(String::as_str).collect();
    for (index, node) in approval.value.node.items().iter().enumerate() {
        let Some(item) = node.as_str().filter(|item| counted.contains(item)) else { continue };
        let mut pointer = approval.value.pointer.clone();
        pointer::push_index(&mut pointer, index);
        let fact = Approval {
            effect: Some(approval.effect.name().into()),
            key: Some(approval.key.clone().into()),
            count: Some(1.0),
            wildcard: approval.wildcard == Some(node.span),
            writes: writes(item) || of_writing_server(item),
            items: vec![item.to_owned()],
            project_file: surroundings.project_file,
            explanation: Some(approval.note.into()),
            ..Approval::default()
        };
        let context = approval.server.map_or(0, |index| index + 1);
        collector.add_to(context, fact, node.span, &pointer);
    }
}

/// Whether a permission is for every tool of a server whose name is that of a known one which can
/// write, send or run something: `mcp__github__*`, `Mcp(github:*)`, `github:*`.
fn of_writing_server(item: &str) -> bool {
    let claude = item.strip_prefix("mcp__").map(|rest| rest.strip_suffix("__*").unwrap_or(rest));
    let cursor = item.strip_prefix("Mcp(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(item);
    let name = claude.unwrap_or_else(|| cursor.strip_suffix(":*").unwrap_or(cursor));
    let known = catalog::get(name).or_else(|| catalog::get(&format!("reference-{name}")));
    known.is_some_and(|server| {
        server.capabilities.iter().any(|capability| {
            use Capability::{RunCommands, SendOut, WriteFiles};
            matches!(capability, SendOut | RunCommands | WriteFiles)
        })
    })
}

/// Verbs in front that say that a tool only looks.
const READS: &[&str] = &[
    "check",
    "compare",
    "count",
    "describe",
    "explain",
    "fetch",
    "find",
    "get",
    "inspect",
    "list",
    "lookup",
    "preview",
    "query",
    "read",
    "resolve",
    "retrieve",
    "search",
    "show",
    "status",
    "summarize",
    "validate",
    "view",
];

/// Whether one of the words of a tool's name is a verb that does more than read.
fn writes(tool: &str) -> bool {
    // What stands before a slash is the server.
    let tool = tool.rsplit('/').next().unwrap_or(tool);
    let mut word = String::new();
    let mut first = true;
    let mut previous_lower = false;
    for character in tool.chars().chain(['_']) {
        let boundary = !character.is_alphanumeric() || character.is_uppercase() && previous_lower;
        if boundary && !word.is_empty() {
            if first && READS.contains(&word.as_str()) {
                return false;
            }
            first = false;
            if WRITES.binary_search(&word.as_str()).is_ok() {
                return true;
            }
            word.clear();
        }
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        }
        previous_lower = character.is_lowercase();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{WRITES, writes};

    #[test]
    fn verbs_are_words_of_the_name() {
        assert!(WRITES.is_sorted());
        assert!(writes("delete_file"));
        assert!(writes("createIssue"));
        assert!(writes("browser-click"));
        assert!(writes("@git/delete_branch"));
        assert!(!writes("get_settings"));
        assert!(!writes("get_commit"));
        assert!(!writes("describeUpdate"));
        assert!(!writes("list_updates"));
        assert!(!writes("resolve-library-id"));
    }
}
