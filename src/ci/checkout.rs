//! Whether what is scanned is what the event is about.

use std::path::{Path, PathBuf};

use super::context::Context;
use super::event::PullRequest;
use crate::failure::Failure;
use crate::git::{Repository, repository};

/// What is scanned lies in the workspace of the job.
///
/// # Errors
/// A path does not.
pub(super) fn stays_inside(paths: &[PathBuf], context: &Context) -> Result<(), Failure> {
    let Some(workspace) = &context.workspace else { return Ok(()) };
    let real = workspace.canonicalize().map_err(|error| {
        Failure::Usage(format!("GITHUB_WORKSPACE is no directory that can be used: {error}"))
    })?;
    for path in paths {
        // One that does not exist is told elsewhere.
        let Ok(found) = path.canonicalize() else { continue };
        if !found.starts_with(&real) {
            let path = path.display();
            let message = format!("--paths: `{path}` lies outside of the workspace of the job");
            return Err(Failure::Usage(message));
        }
    }
    Ok(())
}

/// A pull request is checked out as its newest commit, or as one that merges that: what is said about
/// anything else would be said about the wrong change.
///
/// # Errors
/// Something else is checked out.
pub(super) fn is_of(pull: &PullRequest, paths: &[PathBuf]) -> Result<(), Failure> {
    let Some(root) = root(paths) else { return Ok(()) };
    // Why it cannot be read is told where it is compared.
    let Ok(repository) = Repository::open(&root) else { return Ok(()) };
    let head = pull.head.whole();
    let is_it = repository.commit("HEAD").is_some_and(|commit| commit == head);
    if is_it || repository.parents_of_head().iter().any(|parent| parent == head) {
        return Ok(());
    }
    let (number, short) = (pull.number, pull.head.short());
    Err(Failure::Usage(format!(
        "what is checked out is not the pull request {number}, whose newest commit is {short}: use \
         actions/checkout without `ref`, or with `ref: ${{{{ github.event.pull_request.head.sha }}}}`"
    )))
}

/// The root of the work tree of what is scanned first.
pub(super) fn root(paths: &[PathBuf]) -> Option<PathBuf> {
    let real = paths.first().map_or(Path::new("."), PathBuf::as_path).canonicalize().ok()?;
    let inside = if real.is_dir() { real.join("_") } else { real };
    repository(&inside).map(|(root, _)| root)
}
