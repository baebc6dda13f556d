use std::cell::Cell;
use std::path::PathBuf;

use super::finder::join;
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
        if self.0.iter().any(|(path, text)| *text == "!" && path.trim_end_matches('/') == directory)
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
    let paths = [(".mcp.json", "!"), ("dir/", "!"), ("dir/.mcp.json", "x"), ("ok/.mcp.json", "y")];
    assert_eq!(told(&found(&paths, "")), ["ok/.mcp.json = y", "missing dir", "missing .mcp.json"]);
}
