//! The clients that read a file: often more than the one whose file it is.

use std::sync::Arc;

use super::dialect::{Dialect, Scope};
use super::location::project_of;
use super::owner::{Origin, Owner, owner};
use crate::syntax::Document;

/// A client that reads a file, and in which of its views the file takes part.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The client.
    pub dialect: &'static Dialect,
    /// The directory of the project that the file belongs to; `None` for a file of the user, which
    /// is part of every view.
    pub project: Option<Arc<str>>,
    /// It is first of all another client's file.
    pub guest: bool,
}

/// Everyone who finds servers in the document: the client whose file it is first, then those whose
/// own locations fit the path. `of_user` says that the file was found where a user has it.
#[must_use]
pub fn readers(
    document: &Document,
    origin: &Origin<'_>,
    place: &str,
    of_user: bool,
) -> Vec<Reader> {
    let mut readers: Vec<Reader> = Vec::new();
    for root in document.roots() {
        let claims = origin.claims.iter().map(|claim| Owner {
            dialect: claim.dialect,
            scope: claim.location.scope,
            location: Some(claim.location),
        });
        let first = owner(root, origin);
        for owner in first.into_iter().chain(claims.filter(|_| origin.forced.is_none())) {
            if readers.iter().any(|reader| reader.dialect.id == owner.dialect.id) {
                continue;
            }
            if owner.reads(root) {
                let project = project(&owner, place, of_user).map(|project| {
                    // Most readers agree on it.
                    let known = readers.iter().filter_map(|reader| reader.project.as_ref());
                    known
                        .clone()
                        .find(|known| ***known == *project)
                        .cloned()
                        .unwrap_or_else(|| project.into())
                });
                let shared = owner.location.is_some_and(|location| location.shared);
                let guest = shared && !readers.is_empty();
                readers.push(Reader { dialect: owner.dialect, project, guest });
            }
        }
    }
    readers.shrink_to_fit();
    readers
}

/// The directory that `{project}` stands for; for other files of a tree the one they lie in.
fn project<'p>(owner: &Owner, place: &'p str, of_user: bool) -> Option<&'p str> {
    let of_project = owner.location.and_then(|location| project_of(location, place));
    if of_user && of_project.is_none() && owner.scope != Scope::Project {
        return None;
    }
    let beside = || place.rsplit_once('/').map_or("", |(above, _)| above);
    Some(of_project.unwrap_or_else(beside))
}
