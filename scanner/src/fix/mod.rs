//! What can be done about a finding by program: edits of the file, computed where they are asked
//! for.

mod approval;
mod bind;
mod merge;
mod names;
mod part;
mod pin;
mod refer;
mod swap;
mod tls;
mod versions;

pub use merge::{Merged, merge};
pub(crate) use names::Names;
pub use versions::Versions;

use crate::client;
use crate::edit::{self, Change, Edit};
use crate::facts::discreet;
use crate::facts::kinds::Context;
use crate::facts::{Blots, Fact};
use crate::lock::FileLock;
use crate::region::Region;
use crate::rules::{Confidence, Repair};
use crate::syntax::{Document, Node};

/// How sure it is that everything works afterwards as it did before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Safety {
    /// For certain.
    Safe,
    /// Only if somebody does his part, or nobody relied on what goes.
    Unsafe,
    /// Nobody can tell from the file; the edits show what is meant and are never made.
    Display,
}

/// What can be done about a finding.
#[derive(Clone, Debug)]
pub struct Fix {
    /// Whether it can be applied without a look.
    pub safety: Safety,
    /// What it does. Holds no secret.
    pub title: String,
    /// What somebody has to do then, so that everything works again.
    pub then: Option<&'static str>,
    /// The edits, in the order of the text and apart from each other.
    pub edits: Vec<Replacement>,
    /// What stands in place of a secret then: it may be shown wherever it stands.
    pub(crate) reference: Option<String>,
    /// The same as changes of values.
    changes: Vec<Change>,
}

/// An edit and where in the file it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// What is replaced, as a place in the file.
    pub region: Region,
    /// The edit of the decoded text.
    pub edit: Edit,
}

/// A fact that a rule has something to say about.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) document: &'a Document,
    pub(crate) fact: &'a Fact,
    pub(crate) context: &'a Context,
    pub(crate) confidence: Confidence,
    /// What must never be shown of the document.
    pub(crate) blots: &'a Blots,
    /// Versions that the user named.
    pub(crate) versions: &'a Versions,
    /// The names given to its secrets so far.
    pub(crate) names: &'a Names<'a>,
    /// What was reviewed of the file.
    pub(crate) lock: Option<&'a FileLock<'a>>,
}

impl<'a> Case<'a> {
    /// The value that the fact is about.
    fn node(&self) -> Option<&'a Node> {
        let [root] = self.document.roots() else { return None };
        root.at(&self.fact.pointer)
    }

    /// The string that the fact stands in, and which part of it that is.
    fn part(&self) -> Option<(&'a Node, std::ops::Range<usize>)> {
        let node = self.node()?;
        Some((node, part::range_at(node, self.fact.span)?))
    }

    fn dialect(&self) -> Option<&'static client::Dialect> {
        client::dialect(self.context.client)
    }
}

/// What a kind of repair wants to change.
struct Proposal {
    safety: Safety,
    title: String,
    then: Option<&'static str>,
    changes: Vec<Change>,
    reference: Option<String>,
}

/// For how many findings of a document a fix is worked out: fewer in a very large one, because each
/// looks at much of it.
pub(crate) fn most(document: &Document) -> usize {
    const MOST: usize = 1000;
    const ROOM: usize = 256 << 10;
    (MOST * ROOM / document.text().len().max(ROOM)).max(16)
}

/// Takes back every fix that is not certain to change what it should and nothing else.
pub(crate) fn verify(document: &Document, fixes: &mut [&mut Option<Box<Fix>>]) {
    let mut open: Vec<usize> =
        fixes.iter().enumerate().filter(|(_, fix)| fix.is_some()).map(|(at, _)| at).collect();
    // All that do not touch each other are tried at once, then those that were left.
    for _ in 0..ROUNDS {
        if open.is_empty() {
            return;
        }
        let tried: Vec<&Fix> = open.iter().filter_map(|at| fixes.get(*at)?.as_deref()).collect();
        let made = merge(document, &tried).made;
        if !made.contains(&true) {
            break;
        }
        let mut made = made.into_iter();
        open.retain(|_| !made.next().unwrap_or(false));
    }
    for at in open {
        if let Some(fix) = fixes.get_mut(at) {
            **fix = None;
        }
    }
}

/// So often the fixes that touch others are tried again.
const ROUNDS: usize = 8;

/// The fix for a fact. It is not verified yet.
pub(crate) fn of(repair: Repair, case: &Case<'_>) -> Option<Fix> {
    let Proposal { mut safety, title, then, changes, reference } = match repair {
        Repair::Pin => pin::propose(case),
        Repair::Upgrade => pin::upgrade(case),
        Repair::RemoveApproval => approval::propose(case),
        Repair::BindLoopback => bind::propose(case),
        Repair::Refer => refer::propose(case),
        Repair::SwapRunner => swap::propose(case),
        Repair::UseTls => tls::propose(case),
    }?;
    // What is not certain to be wrong is not certain to be put right.
    if case.confidence < Confidence::High {
        safety = safety.max(Safety::Unsafe);
    }
    let mut edits: Vec<Edit> = Vec::new();
    for change in &changes {
        edits.extend(edit::plan(case.document, change).ok()?);
    }
    edits.sort_by_key(|edit| edit.span);
    if edits.is_empty() || edits.iter().any(|edit| case.blots.occurs_in(case.document, &edit.text))
    {
        return None;
    }
    let replacement =
        |edit: Edit| Replacement { region: Region::of(case.document, edit.span), edit };
    Some(Fix {
        safety,
        title: discreet(&title).into_owned(),
        then,
        edits: edits.into_iter().map(replacement).collect(),
        reference,
        changes,
    })
}
