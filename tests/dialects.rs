//! Each client's way of writing holds in both directions: what is read from its files can be
//! written, and is read again as it was.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use mcp_guard_scanner::client::dialect::ServerMap;
use mcp_guard_scanner::client::write::{add, rewrite};
use mcp_guard_scanner::client::{Claim, Draft, Origin, Reading, Server, WriteError, read};
use mcp_guard_scanner::edit;
use mcp_guard_scanner::rules::{Persona, Severity};
use mcp_guard_scanner::syntax::{Document, Format, Limits};
use support::{directories, files, root, scanner};

/// A fixture as its client reads it.
struct Fixture {
    file: String,
    path: String,
    claims: Vec<Claim>,
    document: Document,
}

impl Fixture {
    fn origin(&self) -> Origin<'_> {
        Origin { path: &self.path, claims: self.claims.clone(), forced: None }
    }

    fn read<'d>(&self, document: &'d Document) -> Reading<'d> {
        read(document, &self.origin())
    }
}

/// The fixtures of all clients, those of the home directory with the claim of their place first.
fn fixtures() -> Vec<Fixture> {
    let catalogue = scanner(Persona::Auditor, Severity::Info).catalogue;
    let mut found = Vec::new();
    for id in directories(&root().join("fixtures/clients")) {
        for (file, place) in files(&root().join("fixtures/clients").join(&id)) {
            let Some((side, path)) = file.split_once('/') else { continue };
            let mut claims = catalogue.claims(path);
            claims
                .retain(|claim| side == "project" || !claim.location.path.starts_with("{project}"));
            claims.sort_by_key(|claim| claim.dialect.id != id);
            let format = Format::of_path(path).unwrap_or(Format::Json);
            let bytes = std::fs::read(place).unwrap();
            let document = Document::parse(&bytes, format, &Limits::default());
            let (file, path) = (format!("{id}/{file}"), path.to_owned());
            found.push(Fixture { file, path, claims, document });
        }
    }
    found
}

/// The map of its dialect that a server stands in, and that map's pointer.
fn home(server: &Server<'_>, document: &Document) -> Option<(&'static ServerMap, String)> {
    let segments: Vec<&str> = server.pointer.split('/').collect();
    let fits = |map: &&ServerMap, length: usize| {
        let pattern: Vec<&str> = map.at.split('/').collect();
        pattern.len() == length && pattern.iter().zip(&segments).all(|(p, s)| *p == "*" || p == s)
    };
    // An entry stands in its map, one level down from a list, or is the map.
    (segments.len().saturating_sub(2)..=segments.len()).rev().find_map(|length| {
        let at = segments[..length].join("/");
        let node = document.roots()[0].at(&at)?;
        let holds = |map: &&ServerMap| match map.shape.name() {
            "single" => length == segments.len(),
            "object" | "flat" => length + 1 == segments.len() && node.is_map(),
            _ => node.is_list(),
        };
        let map = server.dialect.maps.iter().find(|map| fits(map, length) && holds(map))?;
        Some((map, at))
    })
}

fn named<'r, 'd>(reading: &'r Reading<'d>, name: &str) -> Vec<&'r Server<'d>> {
    reading.servers.iter().filter(|server| server.name == name).collect()
}

#[test]
fn an_entry_that_is_written_over_itself_changes_no_byte() {
    for fixture in fixtures() {
        for server in &fixture.read(&fixture.document).servers {
            let draft = Draft::from(server);
            let written = rewrite(&fixture.document, server, &draft)
                .unwrap_or_else(|error| panic!("{}: {}: {error}", fixture.file, server.name));
            assert_eq!(written.text(), fixture.document.text(), "{}", fixture.file);
        }
    }
}

#[test]
fn an_entry_that_is_written_into_an_empty_file_is_read_again() {
    let mut faults = Vec::new();
    let mut written = 0;
    for fixture in fixtures() {
        for server in &fixture.read(&fixture.document).servers {
            let mut draft = Draft::from(server);
            let Some((map, at)) = home(server, &fixture.document) else {
                faults.push(format!("{}: {} stands nowhere", fixture.file, server.pointer));
                continue;
            };
            // What must stand beside such entries is not in an empty file.
            if !map.given.is_empty() {
                continue;
            }
            // Keys of other clients that the reader understands all the same.
            let fields = &server.dialect.fields;
            draft.cwd = draft.cwd.filter(|_| !fields.cwd.is_empty());
            draft.env_file = draft.env_file.filter(|_| !fields.env_file.is_empty());
            let blank = edit::blank(fixture.document.format());
            let document = match add(&blank, server.dialect, map, &at, &draft) {
                Ok(document) => document,
                Err(WriteError::Published | WriteError::OneText) => continue,
                Err(WriteError::Nothing) if server.command.is_none() && server.url.is_none() => {
                    continue;
                }
                Err(error) => {
                    faults.push(format!("{}: {}: {error}", fixture.file, server.name));
                    continue;
                }
            };
            let reading = fixture.read(&document);
            let again = reading.servers.first().map(Draft::from);
            if again.as_ref() != Some(&draft) || reading.servers.len() != 1 {
                faults.push(format!(
                    "{}: wrote {draft:?}\n  read {again:?}\n{}",
                    fixture.file,
                    document.text()
                ));
            }
            written += 1;
        }
    }
    assert!(faults.is_empty(), "{} entries differ:\n{}", faults.len(), faults.join("\n"));
    assert!(written > 50, "only {written}");
}

#[test]
fn a_second_entry_stands_beside_the_first() {
    let mut faults = Vec::new();
    for fixture in fixtures() {
        let before = fixture.read(&fixture.document);
        for server in &before.servers {
            let mut draft = Draft::from(server);
            draft.name = "one-more".to_owned();
            let Some((map, at)) = home(server, &fixture.document) else { continue };
            if map.shape.name() == "single" {
                continue;
            }
            let document = match add(&fixture.document, server.dialect, map, &at, &draft) {
                Ok(document) => document,
                // Not for want of a way to edit the file.
                Err(WriteError::Edit(refusal)) => {
                    faults.push(format!("{}: {refusal}", fixture.file));
                    continue;
                }
                Err(_) => continue,
            };
            let after = fixture.read(&document);
            let found = named(&after, "one-more").first().map(|server| Draft::from(*server));
            let comments = |document: &Document| -> Vec<String> {
                let comments = document.comments().iter();
                comments.map(|comment| document.slice(*comment).to_owned()).collect()
            };
            if found.as_ref() != Some(&draft)
                || after.servers.len() != before.servers.len() + 1
                || comments(&document) != comments(&fixture.document)
            {
                faults.push(format!(
                    "{}: {draft:?}\n  {found:?}\n{}",
                    fixture.file,
                    document.text()
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{} entries differ:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn an_entry_can_become_any_other_of_its_file() {
    let mut faults = Vec::new();
    let mut changed = 0;
    for fixture in fixtures() {
        let reading = fixture.read(&fixture.document);
        for server in &reading.servers {
            for other in &reading.servers {
                if other.dialect.id != server.dialect.id {
                    continue;
                }
                let draft = Draft { name: server.name.clone(), ..Draft::from(other) };
                let document = match rewrite(&fixture.document, server, &draft) {
                    Ok(document) => document,
                    Err(WriteError::Nothing | WriteError::Published | WriteError::OneText) => {
                        continue;
                    }
                    Err(WriteError::NoField("switch" | "transport")) => continue,
                    Err(WriteError::NoField(_)) if server.dialect.id == "generic" => continue,
                    Err(error) => {
                        let (one, two) = (&server.name, &other.name);
                        faults.push(format!("{}: {one} as {two}: {error}", fixture.file));
                        continue;
                    }
                };
                let after = fixture.read(&document);
                let mut entries = after.servers.iter();
                let found = entries.find(|found| found.pointer == server.pointer).map(Draft::from);
                if found.as_ref() != Some(&draft) {
                    let text = document.text();
                    faults.push(format!("{}: {draft:?}\n  {found:?}\n{text}", fixture.file));
                }
                changed += 1;
            }
        }
    }
    assert!(faults.is_empty(), "{} entries differ:\n{}", faults.len(), faults.join("\n"));
    assert!(changed > 100, "only {changed}");
}

#[test]
fn a_wrapped_command_is_unwrapped_again() {
    for fixture in fixtures() {
        for server in &fixture.read(&fixture.document).servers {
            let draft = Draft::from(server);
            let Some(command) = draft.command.clone().filter(|_| server.package.is_none()) else {
                continue;
            };
            let mut args = vec!["serve".to_owned(), "--".to_owned(), command];
            args.extend(draft.args.clone());
            let wrapped = Draft { command: Some("mcp-guard".to_owned()), args, ..draft.clone() };
            let Ok(document) = rewrite(&fixture.document, server, &wrapped) else {
                // A client without arguments takes a whole command line, or none.
                continue;
            };
            let reading = fixture.read(&document);
            let mut entries = reading.servers.iter();
            let found = entries.find(|found| found.pointer == server.pointer).unwrap();
            assert_eq!(Draft::from(found), wrapped, "{}\n{}", fixture.file, document.text());
            let back = rewrite(&document, found, &draft).unwrap();
            let again = fixture.read(&back);
            let mut entries = again.servers.iter();
            let found = entries.find(|found| found.pointer == server.pointer).unwrap();
            assert_eq!(Draft::from(found), draft, "{}\n{}", fixture.file, back.text());
        }
    }
}
