//! Which files are scanned.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use mcp_guard_scanner::batch::Ready;
use mcp_guard_scanner::client::{DIALECTS, Dialect, Environment};
use mcp_guard_scanner::lock;
use mcp_guard_scanner::nearest;
use mcp_guard_scanner::scan::Scanner;
use mcp_guard_scanner::source::{self, Candidate, Filter, Tree};

use crate::cli::Scope;
use crate::failure::Failure;
use crate::progress::Progress;

/// What is scanned.
pub(crate) struct Sources {
    pub(crate) files: Vec<Candidate>,
    pub(crate) ready: Vec<Ready>,
}

/// Whether this user's own client locations are looked at.
pub(crate) fn is_of_user(options: &Scope) -> bool {
    options.home || (options.paths.is_empty() && !options.no_home)
}

/// How the user named a directory, as reports show what lies below it.
pub(crate) fn tree(path: &Path) -> Tree {
    let shown = source::slashed(path);
    Tree { path: path.to_owned(), shown: if shown == "." { String::new() } else { shown } }
}

/// Collects them. `of_user` says whether this user's own locations are looked at, `filter` what is
/// left out of a directory.
pub(crate) fn collect(
    options: &Scope,
    of_user: bool,
    scanner: &Scanner,
    environment: &Environment,
    filter: &dyn Fn(&Tree) -> Result<Filter, Failure>,
    progress: &Progress,
) -> Result<Sources, Failure> {
    let forced = options.client.as_deref().map(client).transpose()?;
    let mut files = Vec::new();
    let mut ready = Vec::new();
    if of_user {
        files.extend(source::user_files(&DIALECTS, environment));
    }
    let walk = |path: &Path| -> Result<Vec<Candidate>, Failure> {
        let tree = tree(path);
        let seen = || {
            progress.entries.fetch_add(1, Ordering::Relaxed);
        };
        Ok(source::walk(&tree, &scanner.catalogue, &filter(&tree)?, seen))
    };
    if options.paths.is_empty() {
        if forced.is_some() {
            let message = "`--client` says whose a file is: name the file, or `-`";
            return Err(Failure::Usage(message.to_owned()));
        }
        files.extend(walk(Path::new("."))?);
    }
    for path in &options.paths {
        if path.as_os_str() == "-" {
            ready.push(standard_input(forced, scanner.limits.bytes));
        } else if path.is_dir() {
            if forced.is_some() {
                let path = path.display();
                let message = format!("`--client` says whose a file is; `{path}` is a directory");
                return Err(Failure::Usage(message));
            }
            files.extend(walk(path)?);
        } else {
            path.symlink_metadata().map_err(|source| match source.kind() {
                io::ErrorKind::NotFound => Failure::NoSuchPath(path.clone()),
                _ => Failure::Read { path: path.clone(), source },
            })?;
            let mut candidate = Candidate::named(path.clone());
            candidate.forced = forced;
            files.push(candidate);
        }
    }
    let starts = options.paths.iter().filter(|path| path.as_os_str() != "-").map(PathBuf::as_path);
    let here = options.paths.is_empty().then_some(Path::new("."));
    for start in starts.chain(here) {
        files.extend(source::above(start, lock::FILE_NAME));
    }
    Ok(Sources { files: once(files), ready })
}

/// Each file once, where it is mentioned first. One that was named is read, although a link to it
/// was found before and not followed.
fn once(files: Vec<Candidate>) -> Vec<Candidate> {
    let keep = {
        let real: Vec<Cow<'_, Path>> = files.iter().map(real).collect();
        let paths = || real.iter().map(|path| path.as_os_str()).zip(&files);
        let is_read = |(_, candidate): &(&OsStr, &Candidate)| candidate.problem.is_none();
        let unread = files.iter().any(|candidate| candidate.problem.is_some());
        let read: HashSet<&OsStr> =
            paths().filter(|_| unread).filter(is_read).map(|(path, _)| path).collect();
        let mut seen: HashSet<&OsStr> = HashSet::with_capacity(files.len());
        paths()
            .map(|(path, candidate)| {
                (candidate.problem.is_none() || !read.contains(path)) && seen.insert(path)
            })
            .collect::<Vec<bool>>()
    };
    let kept = files.into_iter().zip(keep).filter(|(_, keep)| *keep);
    kept.map(|(candidate, _)| candidate).collect()
}

fn real(candidate: &Candidate) -> Cow<'_, Path> {
    match &candidate.real {
        Some(real) => Cow::Borrowed(real),
        None => candidate.path.canonicalize().map_or(Cow::Borrowed(&candidate.path), Cow::Owned),
    }
}

fn standard_input(forced: Option<&'static Dialect>, limit: usize) -> Ready {
    let mut candidate = Candidate::named(PathBuf::from(source::STDIN));
    candidate.forced = forced;
    match source::stdin(io::stdin().lock(), limit) {
        Ok(bytes) => Ready { candidate, bytes },
        Err(problem) => {
            candidate.problem = Some(Box::new(problem));
            Ready { candidate, bytes: Vec::new() }
        }
    }
}

/// The client of that identifier.
pub(crate) fn client(id: &str) -> Result<&'static Dialect, Failure> {
    mcp_guard_scanner::client::dialect(id).ok_or_else(|| {
        let ids = DIALECTS.iter().map(|dialect| dialect.id.as_ref());
        Failure::Usage(match nearest(id, ids) {
            Some(near) => format!("there is no client `{id}`; did you mean `{near}`?"),
            None => format!("there is no client `{id}`; `mcp-guard clients` lists them"),
        })
    })
}
