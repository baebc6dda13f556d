//! What the tests share: fixture trees, secret templates, scanning a text.
#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

pub(crate) mod answers;
pub(crate) mod repository;
pub(crate) mod run;

use std::path::{Path, PathBuf};

use mcp_guard_detect::secret::template;
use mcp_guard_scanner::client::{Catalogue, Claim, DIALECTS};
use mcp_guard_scanner::finding::Judge;
use mcp_guard_scanner::rules::{Persona, RULES, Scene, Severity};
use mcp_guard_scanner::scan::{Input, Scanner};
use mcp_guard_scanner::scanned::FileReport;
use mcp_guard_scanner::syntax::Limits;
use mcp_guard_scanner::trial::Tree;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a directory, in order, with their paths below it.
pub(crate) fn files(directory: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&next) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let below = path.strip_prefix(directory).unwrap();
                found.push((below.to_string_lossy().replace('\\', "/"), path));
            }
        }
    }
    found.sort();
    found
}

/// Names of the directories in a directory, in order.
pub(crate) fn directories(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Replaces `{{secret:FORMAT}}` by a made-up token of that format, so that none stands in the
/// repository.
pub(crate) fn expand(text: &str) -> String {
    template::fill(text).unwrap_or_else(|fault| panic!("{fault}: {text}"))
}

/// A scanner with all built-in rules.
pub(crate) fn scanner(persona: Persona, least: Severity) -> Scanner {
    Scanner {
        judge: Judge::new(&RULES, persona, least),
        catalogue: Catalogue::new(&DIALECTS),
        limits: Limits::default(),
        keeps_lines: false,
    }
}

/// What a scan of this file says, as if it lay in a project at that path.
pub(crate) fn scan(scanner: &Scanner, path: &str, bytes: &[u8]) -> Option<FileReport> {
    scan_as(scanner, path, bytes, None)
}

/// The same for a file whose location says whose it is.
pub(crate) fn scan_as(
    scanner: &Scanner,
    path: &str,
    bytes: &[u8],
    claim: Option<Claim>,
) -> Option<FileReport> {
    scanner.scan(&Input { claim, ..Input::named(path, bytes) })
}

/// What a scan says of several files together; see [`Tree`].
pub(crate) fn scan_together(
    scanner: &Scanner,
    files: &[(String, Vec<u8>)],
    scene: Option<&Scene>,
) -> Vec<FileReport> {
    let is_answer = |path: &str| path.ends_with(answers::FILE_NAME);
    let answers = files.iter().find(|(path, _)| is_answer(path));
    let answers = answers.map(|(_, bytes)| answers::read(bytes));
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .filter(|(path, _)| !is_answer(path))
        .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
        .collect();
    let tree = Tree { files: &files, scene, answers: answers.as_ref() };
    tree.scanned(scanner, &RULES).unwrap()
}
