//! The runner of the registry that a server is really published on.

use super::{Case, Proposal, Safety};
use crate::edit::{Change, Content};
use crate::facts::kinds::Detail;
use crate::syntax::{Node, pointer};

/// Flags of npx and bunx that only say not to ask; uvx never does.
const UNASKED: [&str; 3] = ["-y", "--yes", "--bun"];

/// Another runner before the same name. The version goes, because releases of another registry are
/// others; one that the user named takes its place.
pub(super) fn propose(case: &Case<'_>) -> Option<Proposal> {
    let Detail::Package(package) = &case.fact.detail else { return None };
    let name = package.name.as_deref()?;
    let (runner, sign, ecosystem) = match package.published_on.as_deref()? {
        "PyPI" => ("uvx", "==", "pypi"),
        "npm" => ("npx", "@", "npm"),
        _ => return None,
    };
    let (node, range) = case.part()?;
    // A specification within a longer command line is left to its author.
    if range.len() != node.as_str()?.len() {
        return None;
    }
    let [root] = case.document.roots() else { return None };
    let (list, index) = case.fact.pointer.rsplit_once('/')?;
    let index: usize = index.parse().ok()?;
    let before = root.at(list)?.items().get(..index)?;
    let flags = before.iter().rev().take_while(|item| is_flag(item)).count();
    let spec = match case.versions.get(ecosystem, name) {
        Some(version) => format!("{name}{sign}{version}"),
        None => name.to_owned(),
    };
    // From the last to the first, so that no index moves before its turn.
    let mut changes = vec![set(case.fact.pointer.clone(), &spec)];
    for flag in (index - flags..index).rev() {
        let mut at = list.to_owned();
        pointer::push_index(&mut at, flag);
        changes.push(Change::Remove { at });
    }
    changes.push(set(old_runner(case, root, list, before, flags)?, runner));
    let title = format!("Run `{spec}` with {runner}");
    Some(Proposal { safety: Safety::Safe, title, then: None, changes, reference: None })
}

fn is_flag(item: &Node) -> bool {
    item.as_str().is_some_and(|text| UNASKED.contains(&text))
}

fn is_runner(node: &Node) -> bool {
    node.as_str().is_some_and(|text| ["npx", "bunx", "uvx"].contains(&text))
}

/// Where the runner stands: right before the flags, in the same list or as the command beside it.
fn old_runner(
    case: &Case<'_>,
    root: &Node,
    list: &str,
    before: &[Node],
    flags: usize,
) -> Option<String> {
    if let Some(at) = before.len().checked_sub(flags + 1) {
        let mut pointer = list.to_owned();
        pointer::push_index(&mut pointer, at);
        return before.get(at).filter(|item| is_runner(item)).map(|_| pointer);
    }
    let (entry, _) = list.rsplit_once('/')?;
    let keys = case.dialect()?.fields.command.iter();
    keys.filter(|key| !key.contains('.')).find_map(|key| {
        let mut pointer = entry.to_owned();
        pointer::push(&mut pointer, key);
        root.at(&pointer).filter(|node| is_runner(node)).map(|_| pointer)
    })
}

fn set(at: String, text: &str) -> Change {
    Change::Set { at, value: Content::Text(text.into()) }
}
