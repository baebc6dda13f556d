//! Which revision the scan is compared with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mcp_guard_scanner::report::Report;
use mcp_guard_scanner::scanned::FileReport;
use mcp_guard_scanner::source::{self, Finder};

use super::checkout::root;
use super::context::{Context, Sha};
use super::event::{Event, PullRequest};
use super::fetch;
use super::log::told;
use super::options::{GithubOptions, NewOnly};
use crate::against::Against;
use crate::agreed::says_the_same;
use crate::base::{self, Base};
use crate::cli::Scope;
use crate::failure::Failure;
use crate::git::{Repository, Unknown};
use crate::output;

/// What the scan is compared with.
pub(super) enum Comparison {
    /// Nothing, as is wanted.
    None,
    /// A revision.
    With(Box<Base>),
    /// A revision that is not at hand, so that everything counts as new.
    Gap {
        revision: String,
        reason: String,
        /// What lies below this directory may be of the change.
        root: PathBuf,
    },
}

impl Comparison {
    pub(super) fn against(&self) -> Against<'_> {
        match self {
            Self::None => Against::Nothing,
            Self::With(base) => Against::Base(base),
            Self::Gap { root, .. } => Against::Lost(root),
        }
    }

    /// Whether only what is new is to count.
    pub(super) const fn is_wanted(&self) -> bool {
        !matches!(self, Self::None)
    }
}

/// Bytes of a file that is compared with what it was.
const LARGEST: usize = 64 << 20;

impl Comparison {
    /// The files that could not be analysed whole and were the same before, byte for byte but for line
    /// ends, as the report calls them. One that a link leads to is taken to be another.
    pub(super) fn same(&self, report: &Report) -> BTreeSet<String> {
        let Self::With(base) = self else { return BTreeSet::new() };
        let Ok(revision) = base.repository.revision(&base.name) else { return BTreeSet::new() };
        let finder = Finder::new(&revision);
        let is_same = |file: &FileReport| -> Option<bool> {
            let below = Path::new(&file.place).strip_prefix(&base.root).ok()?;
            let real = Path::new(&file.place).canonicalize().ok()?;
            if real.strip_prefix(&base.root).ok()? != below {
                return None;
            }
            let then = finder.file(&source::slashed(below), LARGEST).ok()??.ok()?;
            let (now, problem) = source::read(&real, LARGEST).ok()?;
            Some(problem.is_none() && says_the_same(&now, &then))
        };
        let same = report.incomplete().filter(|file| is_same(file) == Some(true));
        same.map(|file| file.path.clone()).collect()
    }
}

/// The revision as it is looked for.
enum Wanted {
    Commit(Sha),
    Name(String),
}

/// Finds the revision, and fetches it where it lies beyond what was checked out.
///
/// # Errors
/// The option names a revision that does not exist.
pub(super) fn choose(
    options: &GithubOptions,
    context: &Context,
    event: &Event,
    scope: &Scope,
) -> Result<Comparison, Failure> {
    let is_wanted = match options.new_only() {
        NewOnly::True => true,
        NewOnly::False => false,
        NewOnly::Auto => matches!(event, Event::PullRequest(_) | Event::MergeGroup { .. }),
    };
    if !is_wanted {
        return Ok(Comparison::None);
    }
    let found = root(&scope.paths);
    let around = context.workspace.as_ref().and_then(|path| path.canonicalize().ok());
    let around = around.or_else(|| found.clone());
    let around = around.or_else(|| std::env::current_dir().ok()?.canonicalize().ok());
    let gap = |revision: &str, reason: String| {
        let root = around.clone().unwrap_or_default();
        Ok(Comparison::Gap { revision: revision.to_owned(), reason: told(&reason), root })
    };
    let unnamed = options.base_ref().unwrap_or("the base");
    let Some(root) = found else {
        return gap(unnamed, "what is scanned lies in no git repository".to_owned());
    };
    let repository = match Repository::open(&root) {
        Ok(repository) => repository,
        Err(error) => return gap(unnamed, format!("the git repository cannot be read: {error}")),
    };
    let wanted = match (options.base_ref(), event) {
        (Some(name), _) => named(name, &repository)?,
        (None, Event::PullRequest(pull)) => Ok(Wanted::Commit(of_pull(pull, &repository))),
        (None, Event::MergeGroup { base }) => Ok(Wanted::Commit(base.clone())),
        (None, Event::Push { before: Some(before), .. }) => Ok(Wanted::Commit(before.clone())),
        (None, Event::Push { default_branch, .. } | Event::Other { default_branch }) => {
            of_branch(default_branch.as_deref(), &repository)
        }
    };
    // A hash says little to people.
    let called = match (options.base_ref(), event, &wanted) {
        (None, Event::PullRequest(pull), _) if pull.base_branch.is_some() => {
            pull.base_branch.clone()
        }
        (_, _, Ok(Wanted::Commit(sha))) => Some(sha.short().to_owned()),
        _ => None,
    };
    let name = match wanted {
        Err(reason) => return gap(unnamed, reason),
        Ok(Wanted::Name(name)) => name,
        Ok(Wanted::Commit(sha)) => {
            if !repository.holds(sha.whole()) {
                output::print(&format!("mcp-guard: fetching the base {}\n", sha.short()))?;
                let is_shallow = repository.is_shallow();
                if let Err(reason) = fetch::fetch(&root, &sha, is_shallow, context) {
                    return gap(called.as_deref().unwrap_or(sha.short()), reason);
                }
            }
            sha.whole().to_owned()
        }
    };
    match base::open(&name, scope) {
        Ok(mut base) => {
            if let Some(called) = called {
                base.called = called;
            }
            Ok(Comparison::With(Box::new(base)))
        }
        // Paths in two repositories, a damaged one, or a commit that was not fetched after all.
        Err(Failure::Usage(reason)) => gap(&name, reason),
        Err(other) => Err(other),
    }
}

/// The revision that an option names, also as a branch of the remote repository. In a clone without
/// history it may well exist, and only that is known for sure where the history is whole.
fn named(name: &str, repository: &Repository) -> Result<Result<Wanted, String>, Failure> {
    if let Some(sha) = Sha::of(name) {
        return Ok(Ok(Wanted::Commit(sha)));
    }
    let Err(reason) = repository.revision(name) else {
        return Ok(Ok(Wanted::Name(name.to_owned())));
    };
    let remote = format!("origin/{name}");
    if repository.revision(&remote).is_ok() {
        return Ok(Ok(Wanted::Name(remote)));
    }
    match reason {
        Unknown::NoSuchRevision(message) if repository.is_partial().is_none() => {
            Err(Failure::Usage(format!("--base-ref: {message}")))
        }
        Unknown::NoSuchRevision(message) | Unknown::NotFetched(message) => Ok(Err(message)),
    }
}

/// What a pull request is compared with. A checkout is the commit that would merge it, whose parents
/// are the newest base and the change: their numbers stand in it, although they may not be there.
/// In any other checkout it is where the change began, or what the event says if that lies beyond
/// the history at hand.
fn of_pull(pull: &PullRequest, repository: &Repository) -> Sha {
    let parents = repository.parents_of_head();
    if let [base, head] = parents.as_slice()
        && *head == pull.head.whole()
        && let Some(base) = Sha::of(base)
    {
        return base;
    }
    let began = repository.merge_base(pull.base.whole(), pull.head.whole());
    began.as_deref().and_then(Sha::of).unwrap_or_else(|| pull.base.clone())
}

/// The default branch. The commit that is scanned is no base: nothing would ever be new.
fn of_branch(branch: Option<&str>, repository: &Repository) -> Result<Wanted, String> {
    let branch = branch.ok_or("the event names neither a commit before nor a default branch")?;
    let name = format!("origin/{branch}");
    let commit = repository.commit(&name).ok_or_else(|| format!("`{name}` was not fetched"))?;
    if repository.commit("HEAD").is_some_and(|head| head == commit) {
        return Err(format!("`{name}` is the commit that is scanned"));
    }
    Ok(Wanted::Name(name))
}
