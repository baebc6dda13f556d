//! Files that the command line or the settings name, and where they may lie.

use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A file or directory that the command line or the settings name.
#[derive(Clone)]
pub(crate) struct Named {
    pub(crate) path: PathBuf,
    /// How it is called: never by the value of a variable.
    pub(crate) shown: PathBuf,
    /// The root of the repository whose settings name it, and which it may not leave.
    pub(crate) within: Option<PathBuf>,
    /// What it holds, by name, where that of a git revision is meant and not that on disk.
    pub(crate) held: Option<Vec<(String, Vec<u8>)>>,
}

impl From<&Path> for Named {
    fn from(path: &Path) -> Self {
        Self { path: path.to_owned(), shown: path.to_owned(), within: None, held: None }
    }
}

impl Named {
    /// The path, which may be that of a file of this directory, does not lead out of the
    /// repository.
    pub(crate) fn allows(&self, path: &Path, shown: &Path) -> Result<(), Failure> {
        let Some(root) = &self.within else { return Ok(()) };
        stays_below(root, path, shown, "name it on the command line")
    }
}

/// A repository cannot make the scanner read a file that lies elsewhere, whose lines would be told
/// as errors. `root` is a real path.
pub(crate) fn stays_below(
    root: &Path,
    path: &Path,
    shown: &Path,
    remedy: &str,
) -> Result<(), Failure> {
    match path.canonicalize() {
        Ok(real) if real.starts_with(root) => Ok(()),
        Ok(_) => Err(Failure::Unusable {
            path: shown.to_owned(),
            message: format!("this leads out of the repository; {remedy} if it is meant"),
        }),
        Err(source) => Err(Failure::Read { path: shown.to_owned(), source }),
    }
}
