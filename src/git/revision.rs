//! The tree of a git revision, read from the object database by a library. Nothing is checked out,
//! no process is started, and of the configuration only the repository's own is read.

use std::path::Path;

use gix::bstr::ByteSlice;
use gix::object::Kind;
use gix::objs::tree::EntryKind as Mode;
use mcp_guard_scanner::nearest;
use mcp_guard_scanner::problem::Problem;
use mcp_guard_scanner::source::{self, Entry, EntryKind, Missing, Snapshot};

/// Bytes of a directory, about half a million entries.
const LARGEST_DIRECTORY: u64 = 32 << 20;

/// How many references one may lead through.
const REFERENCES: usize = 8;

/// A repository that was opened for reading.
pub(crate) struct Repository {
    repository: gix::Repository,
}

/// Why a revision cannot be compared with.
#[derive(Debug)]
pub(crate) enum Unknown {
    /// There is none of that name.
    NoSuchRevision(String),
    /// It may well exist, but it was not fetched.
    NotFetched(String),
}

/// The tree of a revision.
pub(crate) struct Revision<'r> {
    repository: &'r gix::Repository,
    tree: gix::ObjectId,
    /// The beginning of the identifier of its commit or, if it is none, of its tree.
    pub(crate) short: String,
}

impl Repository {
    /// Opens the repository whose work tree has this root.
    pub(crate) fn open(root: &Path) -> Result<Self, String> {
        if let Some((_, git_directory)) = super::repository(&root.join("_")) {
            super::sane::check(&git_directory)?;
        }
        let mut repository =
            gix::open_opts(root, gix::open::Options::isolated()).map_err(|error| cause(&error))?;
        // Directories are looked into more than once when links are followed.
        repository.object_cache_size(16 << 20);
        Ok(Self { repository })
    }

    /// The revision: a branch, a tag, a hash, `HEAD~1` or the like.
    pub(crate) fn revision(&self, name: &str) -> Result<Revision<'_>, Unknown> {
        let repository = &self.repository;
        let id =
            repository.rev_parse_single(name).map_err(|error| self.unknown(name, &error))?.detach();
        let object = repository.find_object(id).map_err(|error| self.unknown(name, &error))?;
        let object = object.peel_tags_to_end().map_err(|error| self.unknown(name, &error))?;
        if object.kind == Kind::Blob {
            let message = format!("`{name}` is a file and not a revision");
            return Err(Unknown::NoSuchRevision(message));
        }
        let id = object.id;
        let tree = object.peel_to_tree().map_err(|error| self.unknown(name, &error))?.id;
        let short = id.to_hex_with_len(10).to_string();
        Ok(Revision { repository, tree, short })
    }

    /// Whether the commit of that hash is there.
    pub(crate) fn holds(&self, hash: &str) -> bool {
        self.commit(hash).is_some()
    }

    /// The hash of the commit that a name stands for, if it is there.
    pub(crate) fn commit(&self, name: &str) -> Option<String> {
        let id = self.repository.rev_parse_single(name).ok()?.detach();
        let object = self.repository.find_object(id).ok()?.peel_tags_to_end().ok()?;
        (object.kind == Kind::Commit).then(|| object.id.to_string())
    }

    /// The hashes of the parents that the checked out commit names, whether they are there or not.
    pub(crate) fn parents_of_head(&self) -> Vec<String> {
        let head = self.repository.head_commit().ok();
        head.iter().flat_map(gix::Commit::parent_ids).map(|id| id.to_string()).collect()
    }

    /// Where two commits parted, if the history at hand tells.
    pub(crate) fn merge_base(&self, one: &str, other: &str) -> Option<String> {
        let id = |hash: &str| gix::ObjectId::from_hex(hash.as_bytes()).ok();
        let (one, other) = (id(one)?, id(other)?);
        self.repository.merge_base(one, other).ok().flatten().map(|id| id.to_string())
    }

    /// Tells a misspelt name from a revision that lies beyond what was fetched.
    fn unknown(&self, name: &str, error: &gix::Error) -> Unknown {
        let no_reference =
            error.downcast_any_ref::<gix::revision::spec::parse::Error>().is_some_and(|error| {
                matches!(error, gix::revision::spec::parse::Error::MissingReference { .. })
            });
        let begin = name.split(['~', '^', '@', ':']).next().unwrap_or(name);
        let is_hash = begin.len() >= 4 && begin.bytes().all(|byte| byte.is_ascii_hexdigit());
        let partial = self.is_partial();
        if !is_hash && self.lacks_target(begin) {
            return Unknown::NotFetched(format!("the objects of `{name}` are missing"));
        }
        match partial {
            Some(how) if !no_reference || is_hash => Unknown::NotFetched(format!(
                "this is a {how} clone, and `{name}` lies beyond what was fetched"
            )),
            _ => Unknown::NoSuchRevision(self.no_such(name, begin, error, no_reference, partial)),
        }
    }

    fn no_such(
        &self,
        name: &str,
        begin: &str,
        error: &gix::Error,
        no_reference: bool,
        partial: Option<&str>,
    ) -> String {
        let names = self.names();
        let near = nearest(begin, names.iter().map(String::as_str)).filter(|near| *near != begin);
        let tail = name.get(begin.len()..).unwrap_or_default();
        match (near, partial) {
            (Some(near), _) => {
                format!("there is no revision `{name}`; did you mean `{near}{tail}`?")
            }
            (None, Some(how)) => format!(
                "there is no revision `{name}` in this {how} clone; fetch it first, as with `git fetch origin {begin}`"
            ),
            (None, None) if no_reference => format!("there is no revision `{name}`"),
            (None, None) => format!("there is no revision `{name}`: {}", cause(error)),
        }
    }

    /// Whether there is a branch or tag of that name, but not what it names.
    fn lacks_target(&self, name: &str) -> bool {
        let name = if name.is_empty() { "HEAD" } else { name };
        let mut found = self.repository.find_reference(name).ok();
        for _ in 0..REFERENCES {
            let Some(reference) = found else { return false };
            if let Some(id) = reference.try_id() {
                return !self.repository.has_object(id);
            }
            found = reference.follow().and_then(Result::ok);
        }
        false
    }

    /// Names of branches, remote branches and tags.
    fn names(&self) -> Vec<String> {
        let mut names = vec!["HEAD".to_owned()];
        if let Ok(references) = self.repository.references()
            && let Ok(all) = references.all()
        {
            names.extend(
                all.flatten()
                    .map(|reference| reference.name().shorten().to_str_lossy().into_owned()),
            );
        }
        names
    }

    /// Whether the history is cut off somewhere.
    pub(crate) fn is_shallow(&self) -> bool {
        self.repository.is_shallow().unwrap_or(false)
    }

    /// Whether the repository holds only a part of the history or of its objects, and which.
    pub(crate) fn is_partial(&self) -> Option<&'static str> {
        if self.is_shallow() {
            return Some("shallow");
        }
        let config = self.repository.config_snapshot();
        let promises = config.string("extensions.partialClone").is_some();
        promises.then_some("partial")
    }
}

impl Revision<'_> {
    /// Finds an object, unless it is larger than the limit.
    fn object(
        &self,
        id: gix::ObjectId,
        limit: u64,
    ) -> Result<Result<gix::Object<'_>, u64>, Missing> {
        let gap = |error: gix::Error| Missing(format!("object {id}: {}", cause(&error)));
        let size = self.repository.find_header(id).map_err(gap)?.size();
        if size > limit {
            return Ok(Err(size));
        }
        self.repository.find_object(id).map(Ok).map_err(gap)
    }
}

impl Snapshot for Revision<'_> {
    type Id = gix::ObjectId;

    fn root(&self) -> gix::ObjectId {
        self.tree
    }

    fn entries(&self, directory: &gix::ObjectId) -> Result<Vec<Entry<gix::ObjectId>>, Missing> {
        let object = self
            .object(*directory, LARGEST_DIRECTORY)?
            .map_err(|size| Missing(format!("object {directory}: a directory of {size} bytes")))?;
        let tree = object
            .try_into_tree()
            .map_err(|error| Missing(format!("object {directory}: {}", cause(&error))))?;
        let decoded = tree
            .decode()
            .map_err(|error| Missing(format!("object {directory}: {}", cause(&error))))?;
        let entries = decoded.entries.iter().map(|entry| Entry {
            name: entry.filename.to_str_lossy().into_owned(),
            kind: match entry.mode.kind() {
                Mode::Tree => EntryKind::Directory,
                Mode::Blob | Mode::BlobExecutable => EntryKind::File,
                Mode::Link => EntryKind::Link,
                Mode::Commit => EntryKind::Other,
            },
            id: entry.oid.to_owned(),
        });
        Ok(entries.collect())
    }

    fn read(
        &self,
        file: &gix::ObjectId,
        limit: usize,
    ) -> Result<Result<Vec<u8>, Problem>, Missing> {
        match self.object(*file, u64::try_from(limit).unwrap_or(u64::MAX))? {
            Ok(mut object) => Ok(Ok(std::mem::take(&mut object.data))),
            Err(size) => Ok(Err(source::too_large(size, limit))),
        }
    }
}

/// What an error comes down to, on one line.
fn cause(error: &gix::Error) -> String {
    error.probable_cause().to_string().lines().next().unwrap_or_default().to_owned()
}
