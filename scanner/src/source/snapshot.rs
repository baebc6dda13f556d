//! A tree that lies on no disk, such as that of a git revision: the same files that a walk over it
//! would find, links followed within it.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::path::{Path, PathBuf};

use super::walk::{DANGLING, DIRECTORY_OUTSIDE, FILE_OUTSIDE, IS_DIRECTORY, Tree, is_told};
use super::{Candidate, Filter, slashed};
use crate::client::Catalogue;
use crate::problem::{Problem, ProblemKind};

/// How many links one path may lead through, as on Linux.
const LINKS: usize = 40;
/// How deep directories nest. No file system takes a path as long as this would be.
const DEPTH: usize = 1000;
/// How many entries are looked at: a tree can hold the same subtree very often.
const ENTRIES: usize = 5_000_000;

/// How many entries of directories that links lead through are kept by name.
const KEPT: usize = 100_000;
/// Bytes of all files together that are kept.
const TOTAL: usize = 64 << 20;

const TOO_DEEP: &str = "directories are nested too deep";
const TOO_MANY: &str = "the tree has too many entries";
const TOO_MUCH: &str = "its files are too large together";

/// Directories and files by identifiers of some kind.
pub trait Snapshot {
    /// What names a directory or file.
    type Id: Clone + Eq + Hash;

    /// The directory at the top.
    fn root(&self) -> Self::Id;

    /// What is in a directory.
    ///
    /// # Errors
    /// Why it is not at hand.
    fn entries(&self, directory: &Self::Id) -> Result<Vec<Entry<Self::Id>>, Missing>;

    /// The bytes of a file, or of what a link says; if there are more than `limit` of them, the
    /// problem that the file is too large.
    ///
    /// # Errors
    /// Why they are not at hand.
    fn read(&self, file: &Self::Id, limit: usize) -> Result<Result<Vec<u8>, Problem>, Missing>;
}

/// An entry of a directory.
#[derive(Clone, Debug)]
pub struct Entry<I> {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// By what it can be read.
    pub id: I,
}

/// What an entry of a directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A directory.
    Directory,
    /// A file.
    File,
    /// A symbolic link.
    Link,
    /// Something that is not followed, such as a submodule.
    Other,
}

/// A part of a snapshot that is not at hand, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing(pub String);

/// The part of a snapshot that stands for something the user named.
#[derive(Clone, Debug)]
pub enum Part {
    /// A directory.
    Directory {
        /// The directory on disk.
        tree: Tree,
        /// Where it lies in the snapshot; empty for all of it.
        below: String,
    },
    /// A file.
    File {
        /// The file on disk.
        candidate: Box<Candidate>,
        /// Where it lies in the snapshot.
        below: String,
    },
    /// The nearest file of a name in a directory that holds something the user named.
    Above {
        /// The directory on disk that the snapshot is of.
        root: PathBuf,
        /// Where that which was named lies in the snapshot.
        below: String,
        /// The name.
        name: &'static str,
    },
}

/// What was found in a snapshot.
#[derive(Debug, Default)]
pub struct Found {
    /// The files and their bytes; none where the candidate has a problem.
    pub files: Vec<(Candidate, Vec<u8>)>,
    /// What could not be looked at.
    pub missing: Vec<Missing>,
}

/// The files of these parts of a snapshot that some client may read, each once, as [`super::walk`]
/// finds them on disk. `filter` tells what is left out of a directory the user named.
#[must_use]
pub fn found_in<S: Snapshot>(
    snapshot: &S,
    parts: &[Part],
    catalogue: &Catalogue,
    filter: &dyn Fn(&Tree) -> Filter,
    limit: usize,
) -> Found {
    let mut items: Vec<Item<S::Id>> = Vec::new();
    let mut missing = Vec::new();
    let finder = Finder::new(snapshot);
    for part in parts {
        match part {
            Part::Directory { tree, below } => {
                let filter = filter(tree);
                let mut walk = Walk {
                    finder: &finder,
                    tree,
                    place: tree.place().trim_end_matches('/').to_owned(),
                    inside: below,
                    catalogue,
                    filter: &filter,
                    linked: HashSet::new(),
                    found: Vec::new(),
                    missing: Vec::new(),
                    seen: 0,
                };
                match walk.finder.follow(below) {
                    Ok(Target::There { kind: EntryKind::Directory, id, path }) => {
                        walk.below(&id, "", &path, &mut vec![path.clone()]);
                    }
                    Ok(_) => {}
                    Err(gap) => walk.missing.push(gap),
                }
                walk.found.sort_by(|a, b| a.candidate.path.cmp(&b.candidate.path));
                items.append(&mut walk.found);
                missing.append(&mut walk.missing);
            }
            Part::File { candidate, below } => match finder.follow(below) {
                Ok(Target::There { kind: EntryKind::File, id, path }) => {
                    let mut candidate = Candidate::clone(candidate);
                    candidate.real = Some(PathBuf::from(&candidate.place));
                    items.push(Item { candidate, id: Some(id), real: path });
                }
                Ok(_) => {}
                Err(gap) => missing.push(gap),
            },
            Part::Above { root, below, name } => match finder.above(below, name) {
                Ok(Some((id, real))) => {
                    let path = root.join(&real);
                    let mut candidate = Candidate::new(path.clone(), slashed(&path));
                    candidate.real = Some(path);
                    items.push(Item { candidate, id: Some(id), real });
                }
                Ok(None) => {}
                Err(gap) => missing.push(gap),
            },
        }
    }
    read(snapshot, items, missing, limit, TOTAL.max(limit))
}

/// Reads each file once, and no more once there are more than `total` bytes.
fn read<S: Snapshot>(
    snapshot: &S,
    items: Vec<Item<S::Id>>,
    missing: Vec<Missing>,
    limit: usize,
    total: usize,
) -> Found {
    let mut left = Some(total);
    let readable = items.iter().filter(|item| item.candidate.problem.is_none());
    let readable: HashSet<String> = readable.map(|item| item.real.clone()).collect();
    let mut seen = HashSet::new();
    let mut found = Found { files: Vec::new(), missing };
    for Item { mut candidate, id, real } in items {
        let superseded = candidate.problem.is_some() && readable.contains(&real);
        if superseded || !seen.insert(real) {
            continue;
        }
        let bytes = match id {
            None => Vec::new(),
            Some(_) if left.is_none() => continue,
            Some(id) => match snapshot.read(&id, limit) {
                Ok(Ok(bytes)) => {
                    left = left.and_then(|left| left.checked_sub(bytes.len()));
                    if left.is_none() {
                        found.missing.push(Missing(TOO_MUCH.to_owned()));
                        continue;
                    }
                    bytes
                }
                Ok(Err(problem)) => {
                    candidate.problem = Some(problem);
                    Vec::new()
                }
                Err(gap) => {
                    found.missing.push(gap);
                    continue;
                }
            },
        };
        found.files.push((candidate, bytes));
    }
    found
}

struct Item<I> {
    candidate: Candidate,
    id: Option<I>,
    /// Where it lies in the snapshot, links resolved.
    real: String,
}

/// Where a path of the snapshot leads.
enum Target<I> {
    There { kind: EntryKind, id: I, path: String },
    Outside,
    Nowhere,
}

/// The entries of a directory by name.
type Names<I> = HashMap<String, (EntryKind, I)>;

/// Follows paths within a snapshot, links included.
pub struct Finder<'s, S: Snapshot> {
    snapshot: &'s S,
    /// Directories that paths led through: many links lead through the same ones.
    kept: RefCell<HashMap<S::Id, Names<S::Id>>>,
    /// How many entries those have.
    size: Cell<usize>,
    /// How many entries were listed in all.
    listed: Cell<usize>,
}

impl<'s, S: Snapshot> Finder<'s, S> {
    /// A finder that has followed nothing yet.
    pub fn new(snapshot: &'s S) -> Self {
        let (kept, size, listed) = (RefCell::default(), Cell::new(0), Cell::new(0));
        Self { snapshot, kept, size, listed }
    }

    /// Whether a path leads to a file of the snapshot. What is not at hand is none.
    pub fn holds(&self, path: &str) -> bool {
        matches!(self.follow(path), Ok(Target::There { kind: EntryKind::File, .. }))
    }

    /// The entry of that name in a directory.
    fn entry(&self, directory: &S::Id, name: &str) -> Result<Option<(EntryKind, S::Id)>, Missing> {
        let mut kept = self.kept.borrow_mut();
        if let Some(names) = kept.get(directory) {
            return Ok(names.get(name).cloned());
        }
        if self.listed.get() > ENTRIES {
            return Err(Missing(TOO_MANY.to_owned()));
        }
        let entries = self.snapshot.entries(directory)?;
        let mut names = Names::with_capacity(entries.len());
        for entry in entries {
            names.entry(entry.name).or_insert((entry.kind, entry.id));
        }
        self.listed.set(self.listed.get() + names.len());
        if self.size.get() + names.len() > KEPT {
            kept.clear();
            self.size.set(0);
        }
        self.size.set(self.size.get() + names.len());
        let found = names.get(name).cloned();
        kept.insert(directory.clone(), names);
        Ok(found)
    }

    fn follow(&self, path: &str) -> Result<Target<S::Id>, Missing> {
        let mut links = LINKS;
        self.resolve("", path, &mut links)
    }

    /// The nearest file of that name in the directories above a path.
    fn above(&self, below: &str, name: &str) -> Result<Option<(S::Id, String)>, Missing> {
        let mut directory = below;
        while !directory.is_empty() {
            directory = directory.rsplit_once('/').map_or("", |(above, _)| above);
            let target = self.follow(&join(directory, name))?;
            if let Target::There { kind: EntryKind::File, id, path } = target {
                return Ok(Some((id, path)));
            }
        }
        Ok(None)
    }

    /// Follows a path from a real directory, `..` and links on the way included.
    fn resolve(&self, from: &str, path: &str, links: &mut usize) -> Result<Target<S::Id>, Missing> {
        let mut at = vec![(String::new(), EntryKind::Directory, self.snapshot.root())];
        // The names still to go, the next one last. A directory that is real leads through no link.
        let mut left: Vec<String> =
            path.split('/').rev().chain(from.split('/').rev()).map(str::to_owned).collect();
        while let Some(name) = left.pop() {
            if name.is_empty() || name == "." {
                continue;
            }
            if name == ".." {
                at.pop();
                if at.is_empty() {
                    return Ok(Target::Outside);
                }
                continue;
            }
            let Some((above, kind, id)) = at.last() else { return Ok(Target::Outside) };
            if *kind != EntryKind::Directory {
                return Ok(Target::Nowhere);
            }
            let Some((kind, id)) = self.entry(id, &name)? else {
                return Ok(Target::Nowhere);
            };
            if kind == EntryKind::Link {
                if *links == 0 {
                    return Ok(Target::Nowhere);
                }
                *links -= 1;
                let target = self.target(&id)?;
                if target.starts_with('/') {
                    return Ok(Target::Outside);
                }
                left.extend(target.split('/').rev().map(str::to_owned));
                continue;
            }
            let path = join(above, &name);
            at.push((path, kind, id));
        }
        Ok(at.pop().map_or(Target::Outside, |(path, kind, id)| Target::There { kind, id, path }))
    }

    fn target(&self, link: &S::Id) -> Result<String, Missing> {
        let bytes = self.snapshot.read(link, 4096)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default())
    }
}

fn join(above: &str, name: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") }
}

/// Whether a path is a directory or lies below it.
fn is_within(path: &str, directory: &str) -> bool {
    directory.is_empty()
        || path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

struct Walk<'a, S: Snapshot> {
    finder: &'a Finder<'a, S>,
    tree: &'a Tree,
    /// The whole path of the directory the user named.
    place: String,
    /// The same in the snapshot.
    inside: &'a str,
    catalogue: &'a Catalogue,
    filter: &'a Filter,
    /// Directories that a link of that name led to.
    linked: HashSet<(String, String)>,
    found: Vec<Item<S::Id>>,
    missing: Vec<Missing>,
    seen: usize,
}

impl<S: Snapshot> Walk<'_, S> {
    /// Walks a directory. `below` is its path below the one that was named, `real` its path in the
    /// snapshot; `within` are the real directories that the links on the way led to.
    fn below(&mut self, directory: &S::Id, below: &str, real: &str, within: &mut Vec<String>) {
        if below.split('/').count() > DEPTH {
            self.gap(TOO_DEEP);
            return;
        }
        let entries = match self.finder.snapshot.entries(directory) {
            Ok(entries) => entries,
            Err(gap) => return self.missing.push(gap),
        };
        for entry in entries {
            self.seen += 1;
            if self.seen > ENTRIES {
                return self.gap(TOO_MANY);
            }
            let path = join(below, &entry.name);
            let real = join(real, &entry.name);
            match entry.kind {
                EntryKind::Directory => self.directory(&entry, &path, &real, within),
                EntryKind::File => {
                    if self.is_wanted(&entry.name, &path) {
                        self.add(&path, Some(entry.id), real, None);
                    }
                }
                EntryKind::Link => self.link(&entry, &path, &real, within),
                EntryKind::Other => {}
            }
        }
    }

    fn gap(&mut self, message: &str) {
        let gap = Missing(message.to_owned());
        if !self.missing.contains(&gap) {
            self.missing.push(gap);
        }
    }

    fn directory(
        &mut self,
        entry: &Entry<S::Id>,
        path: &str,
        real: &str,
        within: &mut Vec<String>,
    ) {
        if self.leaves_out(path, true) {
            return;
        }
        self.oddly_named(&entry.name, path, real);
        self.below(&entry.id, path, real, within);
    }

    fn oddly_named(&mut self, name: &str, path: &str, real: &str) {
        if is_told(name) && self.knows(name, path) {
            let problem = Problem::new(ProblemKind::NotAFile, IS_DIRECTORY);
            self.add(path, None, real.to_owned(), Some(problem));
        }
    }

    fn link(&mut self, entry: &Entry<S::Id>, path: &str, real: &str, within: &mut Vec<String>) {
        let parent = real.rsplit_once('/').map_or("", |(parent, _)| parent);
        let mut links = LINKS;
        let target = self.finder.target(&entry.id).and_then(|target| match target.as_str() {
            absolute if absolute.starts_with('/') => Ok(Target::Outside),
            relative => self.finder.resolve(parent, relative, &mut links),
        });
        let target = match target {
            Ok(target) => target,
            // Once there were too many entries, every link says so.
            Err(gap) if self.missing.last() == Some(&gap) => return,
            Err(gap) => return self.missing.push(gap),
        };
        let inside = |path: &str| is_within(path, self.inside);
        match target {
            Target::There { kind: EntryKind::Directory, id, path: target } => {
                if self.leaves_out(path, true) {
                    return;
                }
                self.oddly_named(&entry.name, path, real);
                if !is_within(&target, self.inside) {
                    if self.catalogue.may_hold(path) {
                        self.outside(path, real, DIRECTORY_OUTSIDE);
                    }
                    return;
                }
                let round = std::iter::once(parent)
                    .chain(within.iter().map(String::as_str))
                    .any(|above| is_within(above, &target));
                if round || !self.linked.insert((target.clone(), entry.name.clone())) {
                    return;
                }
                within.push(target.clone());
                self.below(&id, path, &target, within);
                within.pop();
            }
            Target::There { kind: EntryKind::File, id, path: target } if inside(&target) => {
                if self.is_wanted(&entry.name, path) {
                    self.add(path, Some(id), target, None);
                }
            }
            Target::There { .. } | Target::Outside => {
                if self.is_wanted(&entry.name, path) {
                    self.outside(path, real, FILE_OUTSIDE);
                }
            }
            Target::Nowhere => {
                if self.is_wanted(&entry.name, path) {
                    self.outside(path, real, DANGLING);
                }
            }
        }
    }

    fn outside(&mut self, path: &str, real: &str, message: &str) {
        let problem = Problem::new(ProblemKind::Symlink, message);
        self.add(path, None, real.to_owned(), Some(problem));
    }

    fn knows(&self, name: &str, path: &str) -> bool {
        let place = self.place(path);
        let parent = place.rsplit('/').nth(1).unwrap_or_default();
        self.catalogue.may_know(name, parent) && self.catalogue.knows(&place)
    }

    fn leaves_out(&self, path: &str, is_directory: bool) -> bool {
        self.filter.leaves_out(&self.tree.shown, Path::new(path), is_directory)
    }

    fn is_wanted(&self, name: &str, path: &str) -> bool {
        self.knows(name, path)
            && !self.filter.excludes(&self.tree.shown, Path::new(path))
            && !self.leaves_out(path, false)
    }

    fn place(&self, path: &str) -> String {
        format!("{}/{path}", self.place)
    }

    fn add(&mut self, path: &str, id: Option<S::Id>, real: String, problem: Option<Problem>) {
        let shown = self.tree.show(path.to_owned());
        let mut candidate = Candidate::new(self.tree.path.join(path), shown);
        candidate.place = self.place(path);
        candidate.real = Some(PathBuf::from(&candidate.place));
        candidate.problem = problem;
        self.found.push(Item { candidate, id, real });
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::client::DIALECTS;

    /// A tree by its paths; identifiers are paths too. `->` is a link, `!` what is missing.
    struct Paths(Vec<(&'static str, &'static str)>);

    /// The same, counting how often directories are listed.
    struct Counted(Paths, Cell<usize>);

    impl Snapshot for Counted {
        type Id = String;

        fn root(&self) -> String {
            self.0.root()
        }

        fn entries(&self, directory: &String) -> Result<Vec<Entry<String>>, Missing> {
            self.1.set(self.1.get() + 1);
            self.0.entries(directory)
        }

        fn read(&self, file: &String, limit: usize) -> Result<Result<Vec<u8>, Problem>, Missing> {
            self.0.read(file, limit)
        }
    }

    #[test]
    fn links_do_not_list_a_directory_each() {
        const LINKS: [&str; 6] = ["l0", "l1", "l2", "l3", "l4", "l5"];
        let mut paths = vec![("a/b/.mcp.json", "x")];
        paths.extend(LINKS.map(|name| (name, "->a/b/.mcp.json")));
        let snapshot = Counted(Paths(paths), Cell::new(0));
        let tree = Tree { path: PathBuf::from("."), shown: String::new() };
        let part = Part::Directory { tree, below: String::new() };
        let catalogue = Catalogue::new(&DIALECTS);
        let filter = |_: &Tree| Filter::new(&[], &[]).unwrap();
        let found = found_in(&snapshot, &[part], &catalogue, &filter, 100);
        assert_eq!(told(&found), ["a/b/.mcp.json = x"]);
        // Three for the walk and three for all links.
        assert_eq!(snapshot.1.get(), 6);
    }

    #[test]
    fn files_that_are_too_large_together_are_missing() {
        let snapshot = Paths(vec![("a", "four"), ("b", "four"), ("c", "x")]);
        let items = || {
            ["a", "b", "c"].map(|path| Item {
                candidate: Candidate::new(PathBuf::from(path), path.to_owned()),
                id: Some(path.to_owned()),
                real: path.to_owned(),
            })
        };
        let read = |total| told(&read(&snapshot, items().into(), Vec::new(), 100, total));
        assert_eq!(read(9), ["a = four", "b = four", "c = x"]);
        assert_eq!(read(7), ["a = four", "missing its files are too large together"]);
    }

    #[test]
    fn a_path_leads_to_a_file_or_not() {
        let snapshot = Paths(vec![("a/.env", "x"), ("b", "->a"), ("gone", "->nowhere")]);
        for (path, expected) in
            [("a/.env", true), ("b/.env", true), ("a", false), ("gone", false), ("../x", false)]
        {
            assert_eq!(Finder::new(&snapshot).holds(path), expected, "{path}");
        }
    }

    impl Snapshot for Paths {
        type Id = String;

        fn root(&self) -> String {
            String::new()
        }

        fn entries(&self, directory: &String) -> Result<Vec<Entry<String>>, Missing> {
            if self
                .0
                .iter()
                .any(|(path, text)| *text == "!" && path.trim_end_matches('/') == directory)
            {
                return Err(Missing(directory.clone()));
            }
            let mut entries: Vec<Entry<String>> = Vec::new();
            for (path, text) in &self.0 {
                let below = if directory.is_empty() {
                    Some(*path)
                } else {
                    path.strip_prefix(&format!("{directory}/"))
                };
                let Some(below) = below.filter(|below| !below.is_empty()) else { continue };
                let (name, kind) = match below.split_once('/') {
                    Some((name, _)) => (name, EntryKind::Directory),
                    None if text.starts_with("->") => (below, EntryKind::Link),
                    None if *text == "module" => (below, EntryKind::Other),
                    None => (below, EntryKind::File),
                };
                if !entries.iter().any(|entry| entry.name == name) {
                    let id = join(directory, name);
                    entries.push(Entry { name: name.to_owned(), kind, id });
                }
            }
            Ok(entries)
        }

        fn read(&self, file: &String, _: usize) -> Result<Result<Vec<u8>, Problem>, Missing> {
            let (_, text) = self.0.iter().find(|(path, _)| path == file).unwrap();
            match *text {
                "!" => Err(Missing(file.clone())),
                text => Ok(Ok(text.trim_start_matches("->").as_bytes().to_vec())),
            }
        }
    }

    fn found(paths: &[(&'static str, &'static str)], below: &str) -> Found {
        let tree = Tree { path: PathBuf::from("."), shown: String::new() };
        let part = Part::Directory { tree, below: below.to_owned() };
        let catalogue = Catalogue::new(&DIALECTS);
        let filter = |_: &Tree| Filter::new(&["left/**".to_owned()], &[]).unwrap();
        found_in(&Paths(paths.to_vec()), &[part], &catalogue, &filter, 100)
    }

    fn told(found: &Found) -> Vec<String> {
        let files = found.files.iter().map(|(candidate, bytes)| match &candidate.problem {
            Some(problem) => format!("{}: {}", candidate.shown, problem.kind),
            None => format!("{} = {}", candidate.shown, String::from_utf8_lossy(bytes)),
        });
        files.chain(found.missing.iter().map(|gap| format!("missing {}", gap.0))).collect()
    }

    #[test]
    fn files_are_found_as_on_disk() {
        let found = found(
            &[
                (".mcp.json", "a"),
                ("README.md", "no"),
                ("node_modules/x/.mcp.json", "no"),
                ("left/.mcp.json", "no"),
                ("sub/.cursor/mcp.json", "b"),
                ("sub/module", "module"),
                ("odd/mcp.json/x", "no"),
            ],
            "",
        );
        assert_eq!(
            told(&found),
            [".mcp.json = a", "odd/mcp.json: not-a-file", "sub/.cursor/mcp.json = b"]
        );
    }

    #[test]
    fn links_are_followed_within_the_tree() {
        let found = found(
            &[
                ("a/.mcp.json", "->../shared/real.json"),
                ("b/.mcp.json", "->../../outside.json"),
                ("c/.mcp.json", "->/etc/passwd"),
                ("d/.mcp.json", "->nowhere"),
                ("e/.mcp.json", "->.mcp.json"),
                ("f", "->shared/deep"),
                ("g/.mcp.json", "->../a/.mcp.json"),
                ("h/loop", "->.."),
                ("shared/deep/.mcp.json", "two"),
                ("shared/real.json", "one"),
            ],
            "",
        );
        assert_eq!(
            told(&found),
            [
                "a/.mcp.json = one",
                "b/.mcp.json: symlink",
                "c/.mcp.json: symlink",
                "d/.mcp.json: symlink",
                "e/.mcp.json: symlink",
                "f/.mcp.json = two",
            ]
        );
    }

    #[test]
    fn a_part_is_a_tree_of_its_own() {
        let paths =
            [("x/.mcp.json", "a"), ("x/y/.mcp.json", "->../../z"), ("z", "b"), (".mcp.json", "c")];
        assert_eq!(told(&found(&paths, "x")), [".mcp.json = a", "y/.mcp.json: symlink"]);
        assert!(told(&found(&paths, "nowhere")).is_empty());
        assert!(told(&found(&paths, "z")).is_empty());
    }

    #[test]
    fn what_is_missing_is_told() {
        let paths =
            [(".mcp.json", "!"), ("dir/", "!"), ("dir/.mcp.json", "x"), ("ok/.mcp.json", "y")];
        assert_eq!(
            told(&found(&paths, "")),
            ["ok/.mcp.json = y", "missing dir", "missing .mcp.json"]
        );
    }
}
