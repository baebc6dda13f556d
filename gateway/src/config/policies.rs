//! Section `policies`: what may be called, and where decisions are written down.

use std::path::PathBuf;

use super::keys::{AuditKeys, PolicyKeys};
use super::reader::{Reader, no_server, shown, written};
use super::tree::{Node, Value};
use crate::policy::{Effect, Subject, ToolPolicyBuilder};

/// Adds the lists of section `policies` to the policy, and returns the path of the audit log.
/// `servers` are the names of those that are known.
pub(super) fn policies<'d>(
    reader: &mut Reader<'d>,
    node: &'d Node,
    tools: &mut ToolPolicyBuilder,
    servers: &[&str],
) -> Option<PathBuf> {
    let keys: PolicyKeys<'d> = reader.keys(node, "`policies`");
    for (effect, key, node) in
        [(Effect::Allow, "policies.allow", keys.allow), (Effect::Deny, "policies.deny", keys.deny)]
    {
        let Some(node) = node else { continue };
        let patterns = reader.patterns(node);
        let mut texts = Vec::new();
        for (text, item) in patterns {
            check_server(reader, item, &text, servers);
            texts.push(text);
        }
        let added = tools.globs(effect, key, Subject::Qualified, texts);
        if let Err(error) = added {
            reader.fault(node.at, format!("these are no patterns: {error}"));
        }
    }
    for (effect, key, node) in [
        (Effect::Allow, "policies.tool_allowlist", keys.tool_allowlist),
        (Effect::Deny, "policies.tool_denylist", keys.tool_denylist),
    ] {
        let Some(node) = node else { continue };
        let names = reader.names(node);
        for (text, item) in &names {
            if text.contains(['*', '?', '[', '{']) {
                let other = key.replace("tool_", "").replace("list", "");
                let message =
                    format!("this list takes names as they are; patterns stand in `{other}`");
                reader.fault(item.at, message);
            }
        }
        let names = names.into_iter().map(|(text, _)| text);
        if let Err(error) = tools.names(effect, key, names) {
            reader.fault(node.at, format!("these are no names: {error}"));
        }
    }
    let log = keys.audit_log?;
    if !matches!(log.value, Value::Map(_)) {
        return reader.path(log);
    }
    let keys: AuditKeys<'d> = reader.keys(log, "`audit_log`");
    if keys.path.is_none() {
        reader.fault(log.at, "`audit_log` needs a `path`");
    }
    reader.path(keys.path?)
}

/// A pattern speaks of `server.tool`; one that names a tool alone, or a server that is not there,
/// would never fit anything.
fn check_server<'d>(reader: &mut Reader<'d>, node: &'d Node, pattern: &str, servers: &[&str]) {
    if matches!(pattern, "*" | "**") {
        return;
    }
    let Some((server, _)) = pattern.split_once('.') else {
        let message = format!(
            "`{0}` names no server; write `SERVER.{0}`, or `*.{0}` for any",
            shown(written(node, pattern))
        );
        reader.fault(node.at, message);
        return;
    };
    // Of a value that holds a variable the message would tell what that is.
    let literal = written(node, pattern) == pattern && !server.contains(['*', '?', '[', '{', '\\']);
    if literal && !servers.is_empty() && !servers.contains(&server) {
        reader.warning(node.at, no_server(server, servers));
    }
}
