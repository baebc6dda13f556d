//! What has changed since a server was reviewed.

use compact_str::CompactString;

use super::discretion::without_tails;
use super::shown::ShownServer;
use crate::lock::{Reviewed, ReviewedPackage};
use crate::online::Published;

/// One thing that is not as it was reviewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// What it is: a field of [`Reviewed`], or `version` or `integrity` of its package.
    pub(super) field: &'static str,
    /// What was reviewed; empty if there was nothing.
    pub(super) reviewed: String,
    /// What is there now; empty if there is nothing.
    pub(super) present: String,
    /// Which of several: the index of an argument, variable or header as it is now.
    pub(super) index: Option<usize>,
}

/// What differs, in the order command, arguments, URL, variables, headers, directory. What is left
/// to see of a secret does not count, so that one that is replaced is no change.
#[must_use]
pub(super) fn changes(reviewed: &Reviewed, present: &ShownServer) -> Vec<Change> {
    let mut found = Vec::new();
    let one = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let mut field = |field, was: &Option<String>, is: Option<&str>| {
        if was.as_deref().map(without_tails) != is.map(without_tails) {
            found.push(Change {
                field,
                reviewed: one(was.as_deref()),
                present: one(is),
                index: None,
            });
        }
    };
    field("command", &reviewed.command, present.command.as_deref());
    field("url", &reviewed.url, present.url.as_deref());
    field("env_file", &reviewed.env_file, present.env_file.as_deref());
    field("headers_command", &reviewed.headers_command, present.headers_command.as_deref());
    field("cwd", &reviewed.cwd, present.cwd.as_deref());
    found.extend(first_difference("args", &reviewed.args, &present.args));
    found.extend(names("env", &reviewed.env, &present.env));
    found.extend(names("headers", &reviewed.headers, &present.headers));
    let rank = |change: &Change| {
        ["command", "args", "url", "env", "env_file", "headers", "headers_command", "cwd"]
            .iter()
            .position(|known| *known == change.field)
    };
    found.sort_by_key(rank);
    found
}

/// What the registry serves now for what was reviewed: another release where none is fixed, or other
/// contents under the same version.
#[must_use]
pub(super) fn published_change(
    reviewed: &ReviewedPackage,
    published: &Published,
) -> Option<Change> {
    let change = |field, was: &str, is: &str| {
        Some(Change { field, reviewed: was.to_owned(), present: is.to_owned(), index: None })
    };
    if published.version.is_none()
        && let (Some(was), Some(is)) = (&reviewed.version, &published.newest)
        && was != is
    {
        return change("version", was, is);
    }
    // PyPI adds files to a release; one that was there must stay as it was.
    let gone = reviewed.integrity.iter().find(|hash| !published.integrity.contains(hash));
    let first = published.integrity.first();
    gone.zip(first).and_then(|(gone, first)| change("integrity", gone, first))
}

fn first_difference(field: &'static str, was: &[String], is: &[CompactString]) -> Option<Change> {
    let at = |index: usize| (was.get(index).map(String::as_str), is.get(index).map(|is| &**is));
    let differ = |index: &usize| {
        let (was, is) = at(*index);
        was.map(without_tails) != is.map(without_tails)
    };
    let index = (0..was.len().max(is.len())).find(differ)?;
    let (was, is) = at(index);
    Some(Change {
        field,
        reviewed: was.unwrap_or_default().to_owned(),
        present: is.unwrap_or_default().to_owned(),
        index: Some(index),
    })
}

/// Names that came or went; the order of names is nothing.
fn names(field: &'static str, was: &[String], is: &[CompactString]) -> Option<Change> {
    let came = is.iter().position(|name| !was.iter().any(|was| *was == **name));
    let gone = was.iter().find(|name| !is.iter().any(|is| **is == ***name));
    match (came, gone) {
        (None, None) => None,
        (index, gone) => Some(Change {
            field,
            reviewed: gone.cloned().unwrap_or_default(),
            present: index
                .and_then(|index| is.get(index))
                .map(CompactString::to_string)
                .unwrap_or_default(),
            index,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(args: &[&str]) -> ShownServer {
        ShownServer {
            name: "s".into(),
            pointer: "/mcpServers/s".to_owned(),
            command: Some("npx".into()),
            args: args.iter().map(|arg| (*arg).into()).collect(),
            env: ["A".into(), "B".into()].into(),
            ..ShownServer::default()
        }
    }

    fn told(reviewed: &Reviewed, present: &ShownServer) -> Vec<String> {
        let changes = changes(reviewed, present);
        let line = |c: &Change| format!("{} {}>{} {:?}", c.field, c.reviewed, c.present, c.index);
        changes.iter().map(line).collect()
    }

    #[test]
    fn what_is_as_it_was_is_no_change() {
        let server = shown(&["-y", "p@1.0.0", "--token", "…abcd"]);
        let reviewed = server.reviewed("f");
        assert_eq!(told(&reviewed, &server), [""; 0]);
        let rotated = shown(&["-y", "p@1.0.0", "--token", "…wxyz"]);
        assert_eq!(told(&reviewed, &rotated), [""; 0]);
        let reordered = ShownServer { env: ["B".into(), "A".into()].into(), ..server };
        assert_eq!(told(&reviewed, &reordered), [""; 0]);
    }

    #[test]
    fn each_field_is_compared() {
        let server = shown(&["-y", "p@1.0.0"]);
        let reviewed = server.reviewed("f");
        for (present, expected) in [
            (shown(&["-y", "p@1.0.1"]), "args p@1.0.0>p@1.0.1 Some(1)"),
            (shown(&["-y"]), "args p@1.0.0> Some(1)"),
            (shown(&["-y", "p@1.0.0", "--x"]), "args >--x Some(2)"),
            (
                ShownServer { command: Some("node".into()), ..server.clone() },
                "command npx>node None",
            ),
            (ShownServer { command: None, ..server.clone() }, "command npx> None"),
            (ShownServer { url: Some("u".into()), ..server.clone() }, "url >u None"),
            (ShownServer { env: ["A".into()].into(), ..server.clone() }, "env B> None"),
            (
                ShownServer { env: ["A".into(), "C".into()].into(), ..server.clone() },
                "env B>C Some(1)",
            ),
            (ShownServer { headers: ["H".into()].into(), ..server.clone() }, "headers >H Some(0)"),
            (
                ShownServer { headers_command: Some("h".into()), ..server.clone() },
                "headers_command >h None",
            ),
            (ShownServer { cwd: Some("d".into()), ..server.clone() }, "cwd >d None"),
            (ShownServer { env_file: Some("e".into()), ..server.clone() }, "env_file >e None"),
        ] {
            assert_eq!(told(&reviewed, &present), [expected]);
        }
    }

    #[test]
    fn what_a_registry_serves_is_compared() {
        let package = ReviewedPackage {
            ecosystem: "npm".to_owned(),
            name: "p".to_owned(),
            version: Some("1.0.0".to_owned()),
            integrity: vec!["sha512-a".to_owned()],
        };
        let published = |version: Option<bool>, newest: &str, integrity: &[&str]| Published {
            version,
            newest: Some(newest.to_owned()),
            integrity: integrity.iter().map(|hash| (*hash).to_owned()).collect(),
            ..Published::default()
        };
        for (published, expected) in [
            (published(Some(true), "2.0.0", &["sha512-a"]), None),
            (published(Some(true), "2.0.0", &["sha512-b"]), Some("integrity")),
            (published(Some(true), "2.0.0", &["sha512-b", "sha512-a"]), None),
            (published(None, "1.0.0", &["sha512-a"]), None),
            (published(None, "1.1.0", &["sha512-c"]), Some("version")),
            (published(Some(false), "2.0.0", &[]), None),
        ] {
            let found = published_change(&package, &published);
            assert_eq!(found.map(|change| change.field), expected, "{published:?}");
        }
    }
}
