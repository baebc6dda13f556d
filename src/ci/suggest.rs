//! Suggestions: repairs of one line that are safe, in a review of the pull request.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use mcp_guard_scanner::facts::discreet;
use mcp_guard_scanner::finding::{Finding, visible};
use mcp_guard_scanner::fix::{Fix, Safety};
use mcp_guard_scanner::report::Report;
use mcp_guard_scanner::scanned::FileReport;
use mcp_guard_scanner::source;
use reqwest::Method;
use serde_json::{Value, json};

use super::api::Refusal;
use super::context::Sha;
use super::diff;
use super::event::PullRequest;
use super::place::{Place, is_by, is_current};
use super::render::{code, digest, longest_run};

/// Comments of a review: more at once count as abuse.
const MOST: usize = 30;
/// Bytes of a file that are read again.
const LARGEST: usize = 16 << 20;
/// What a suggestion begins with, before a hash of its path and the fingerprint of its finding.
const MARKER: &str = "<!-- mcp-guard-suggestion:v1:";

/// A line and what it should be.
#[derive(Debug, PartialEq, Eq)]
struct Suggestion {
    path: String,
    line: u32,
    /// The line as it is.
    before: String,
    after: String,
    fingerprint: String,
    /// What it is about.
    words: String,
}

/// Posts what has not been suggested yet; tells what went wrong.
pub(super) async fn post(place: &Place<'_>, report: &Report, pull: &PullRequest) -> Option<String> {
    let suggestions = all(report);
    if suggestions.is_empty() {
        return None;
    }
    let refusal = send(place, suggestions, &pull.head).await.err()?;
    Some(place.explain("the repairs were not suggested", &refusal))
}

/// Whether there is something to suggest.
pub(super) fn is_any(report: &Report) -> bool {
    !all(report).is_empty()
}

async fn send(place: &Place<'_>, suggestions: Vec<Suggestion>, head: &Sha) -> Result<(), Refusal> {
    let pull = format!("/pulls/{}", place.number);
    let files = place.api.list(&format!("{pull}/files")).await?;
    let added = lines(&files);
    let mut left: Vec<Suggestion> = suggestions
        .into_iter()
        .filter(|one| {
            let lines = added.get(one.path.as_str());
            lines.and_then(|lines| lines.get(&one.line)).is_some_and(|line| *line == one.before)
        })
        .collect();
    let mut tries = 1;
    loop {
        if left.is_empty() {
            return Ok(());
        }
        let known = made(&place.api.list(&format!("{pull}/comments")).await?, place.author);
        left.retain(|one| !known.contains(&one.key()));
        if left.is_empty() || !is_current(place, head).await? {
            return Ok(());
        }
        let comments: Vec<Value> = left.iter().take(MOST).map(Suggestion::comment).collect();
        let more = left.len().saturating_sub(MOST);
        let more = if more == 0 { String::new() } else { format!(" {more} more are left out.") };
        let review = json!({
            "commit_id": head.whole(),
            "event": "COMMENT",
            "body": format!("mcp-guard suggests repairs that are safe to make.{more}"),
            "comments": comments,
        });
        match place.api.write(Method::POST, &format!("{pull}/reviews"), Some(&review)).await {
            Ok(_) => return Ok(()),
            Err(refusal) if place.api.pauses(&refusal, tries).await => tries += 1,
            Err(refusal) => return Err(refusal),
        }
    }
}

/// The lines that the pull request adds, by file.
fn lines(files: &[Value]) -> BTreeMap<&str, BTreeMap<u32, &str>> {
    files.iter().filter_map(lines_of).collect()
}

fn lines_of(file: &Value) -> Option<(&str, BTreeMap<u32, &str>)> {
    let text = |key: &str| file.get(key)?.as_str();
    // Of a large file there is no diff.
    Some((text("filename")?, diff::added(text("patch")?)))
}

/// The keys of what has been suggested already.
fn made(comments: &[Value], author: &str) -> BTreeSet<String> {
    let one = |comment: &Value| {
        let body = comment.get("body")?.as_str()?;
        let (key, _) = body.strip_prefix(MARKER)?.split_once(" -->")?;
        Some(key.to_owned())
    };
    comments.iter().filter(|comment| is_by(comment, author)).filter_map(one).collect()
}

impl Suggestion {
    /// Tells it from others: the same may stand in two files.
    fn key(&self) -> String {
        format!("{}:{}", digest(&self.path), self.fingerprint)
    }

    fn comment(&self) -> Value {
        json!({ "path": self.path, "line": self.line, "side": "RIGHT", "body": self.body() })
    }

    fn body(&self) -> String {
        let (key, Self { words, after, .. }) = (self.key(), self);
        let fence = "`".repeat(longest_run(after).max(2) + 1);
        format!("{MARKER}{key} -->\n{words}\n\n{fence}suggestion\n{after}\n{fence}\n")
    }
}

/// All that can be suggested, one for each line.
fn all(report: &Report) -> Vec<Suggestion> {
    let mut texts: BTreeMap<&str, Option<String>> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    let mut suggestions = Vec::new();
    for (file, finding) in report.findings() {
        let Some(fix) = finding.fix.as_deref().filter(|fix| fix.safety == Safety::Safe) else {
            continue;
        };
        let Some(path) = report.in_repository(file) else { continue };
        let text = texts.entry(path).or_insert_with(|| read(file)).as_deref();
        let Some(one) = text.and_then(|text| suggestion(path, text, finding, fix)) else {
            continue;
        };
        if taken.insert((path, one.line)) {
            suggestions.push(one);
        }
    }
    suggestions
}

fn read(file: &FileReport) -> Option<String> {
    let whole = file.real.as_deref().unwrap_or(&file.place);
    let (bytes, _) = source::read(Path::new(whole), LARGEST).ok()?;
    String::from_utf8(bytes).ok()
}

/// The suggestion for a finding, if its repair stays on one line of which nothing is to be hidden:
/// the line stands in the comment, and a reader of it sees what it becomes.
fn suggestion(path: &str, text: &str, finding: &Finding, fix: &Fix) -> Option<Suggestion> {
    let first = fix.edits.first()?;
    let number = first.region.start_line;
    let stays = fix
        .edits
        .iter()
        .all(|edit| edit.region.start_line == number && edit.region.end_line == number);
    let excerpt = finding.excerpt.as_ref().filter(|excerpt| !excerpt.cut)?;
    if !stays || excerpt.line != usize::try_from(number).ok()? {
        return None;
    }
    let (start, line) = line_of(text, number)?;
    let shown: String = line.chars().map(visible).collect();
    if shown != excerpt.text || !is_visible(line) {
        return None;
    }
    let mut after = String::new();
    let mut at = 0;
    for replacement in &fix.edits {
        let span = replacement.region.bytes;
        let (from, to) = (span.start.checked_sub(start)?, span.end.checked_sub(start)?);
        after.push_str(line.get(at..from)?);
        after.push_str(&replacement.edit.text);
        at = to;
    }
    after.push_str(line.get(at..)?);
    let shows_all = is_visible(&after) && discreet(&after) == after && after != line;
    shows_all.then(|| Suggestion {
        path: path.to_owned(),
        line: number,
        before: line.to_owned(),
        after,
        fingerprint: finding.fingerprint.clone(),
        words: format!(
            "{} {}: {}",
            finding.severity.name(),
            code(&finding.rule.id),
            code(&finding.message)
        ),
    })
}

/// A line, and how many bytes stand before it.
fn line_of(text: &str, number: u32) -> Option<(usize, &str)> {
    let mut start = 0;
    for (at, line) in (1..).zip(text.split('\n')) {
        if at == number {
            return Some((start, line));
        }
        start += line.len() + 1;
    }
    None
}

/// Whether every character of a line shows itself; tabs do. A return at its end does not: what
/// becomes of it when the suggestion is taken nobody says.
fn is_visible(line: &str) -> bool {
    line.chars().all(|c| c == '\t' || visible(c) == c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        let mut one = Suggestion {
            path: "a".to_owned(),
            line: 1,
            before: String::new(),
            after: "x".to_owned(),
            fingerprint: "f".to_owned(),
            words: "w".to_owned(),
        };
        for (after, fence) in [("x", 3), ("``", 3), ("a```b", 4), ("`````", 6)] {
            after.clone_into(&mut one.after);
            let fence = "`".repeat(fence);
            let end = format!("\n{fence}suggestion\n{after}\n{fence}\n");
            assert!(one.body().ends_with(&end), "{}", one.body());
        }
    }

    #[test]
    fn what_was_suggested_is_known_by_its_mark() {
        let comment = |body: &str, kind: &str| json!({ "body": body, "user": { "type": kind, "login": "a[bot]" } });
        let known = made(
            &[
                comment("<!-- mcp-guard-suggestion:v1:abc -->\nx", "Bot"),
                comment("<!-- mcp-guard-suggestion:v1:def -->\nx", "User"),
                comment("x <!-- mcp-guard-suggestion:v1:ghi -->", "Bot"),
                json!({ "body": 7 }),
                json!(null),
            ],
            "a[bot]",
        );
        assert_eq!(known.into_iter().collect::<Vec<_>>(), ["abc"]);
    }

    #[test]
    fn lines_of_a_text() {
        assert_eq!(line_of("a\r\nbc\n", 2), Some((3, "bc")));
        assert_eq!(line_of("a\r\nbc\n", 1), Some((0, "a\r")));
        assert_eq!(line_of("a\r\nbc\n", 4), None);
        assert!(is_visible("\ta é") && !is_visible("a\u{202e}") && !is_visible("a\rb"));
    }
}
