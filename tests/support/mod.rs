//! What the tests share: fixture trees, secret templates, scanning a text.
#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

pub(crate) mod run;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use mcp_guard_detect::secret::template;
use mcp_guard_scanner::client::{Catalogue, Claim, DIALECTS};
use mcp_guard_scanner::finding::{Judge, Tracked};
use mcp_guard_scanner::rules::{Persona, RULES, Severity};
use mcp_guard_scanner::scan::{FileReport, Input, Scanner};
use mcp_guard_scanner::syntax::Limits;
use serde::Deserialize;

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

/// The first example of each secret format, as a template.
static EXAMPLES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct Format {
        id: String,
        examples: Vec<serde_yaml::Value>,
    }
    files(&root().join("rules/secrets"))
        .into_iter()
        .flat_map(|(_, path)| {
            let text = std::fs::read_to_string(&path).unwrap();
            serde_yaml::from_str::<Vec<Format>>(&text).unwrap_or_else(|e| panic!("{path:?}: {e}"))
        })
        .filter_map(|format| Some((format.id, format.examples.first()?.as_str()?.to_owned())))
        .collect()
});

/// Replaces `{{secret:FORMAT}}` by a made-up token of that format, so that none stands in the
/// repository.
pub(crate) fn expand(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{secret:") {
        let (id, behind) = after.split_once("}}").expect("the template is closed");
        let example = EXAMPLES.get(id).unwrap_or_else(|| panic!("no secret format `{id}`"));
        out.push_str(before);
        out.push_str(&template::expand(example, id));
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[derive(Debug)]
struct Untracked;

impl Tracked for Untracked {
    fn is_tracked(&self) -> bool {
        false
    }
}

/// A scanner with all built-in rules.
pub(crate) fn scanner(persona: Persona, least: Severity) -> Scanner {
    Scanner {
        judge: Judge::new(&RULES, persona, least),
        catalogue: Catalogue::new(&DIALECTS),
        limits: Limits::default(),
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
    scanner.scan(&Input {
        path,
        place: None,
        bytes: Ok(bytes),
        oddity: None,
        claim,
        forced: None,
        named: true,
        gateway_beside: false,
        gateways: &[],
        tracked: &Untracked,
    })
}
