//! The report as the summary and the comment show it.

use mcp_guard_scanner::report::{self, MarkdownStyle, Outcome, Report};
use mcp_guard_scanner::rules::Severity;
use sha2::{Digest, Sha256};

use super::context::{Context, Sha};
use super::event::PullRequest;

/// What a text of Markdown is made of.
pub(super) struct Page<'a> {
    report: &'a Report,
    fail_on: Option<Severity>,
    /// What links to files begin with.
    blob: Option<String>,
    run: Option<String>,
    /// What is to be known before anything else.
    note: Option<String>,
}

impl<'a> Page<'a> {
    pub(super) fn new(
        report: &'a Report,
        fail_on: Option<Severity>,
        context: &Context,
        pull: Option<&PullRequest>,
        note: Option<&str>,
    ) -> Self {
        let sha = pull.map(|pull| &pull.head).or(context.sha.as_ref());
        let blob = sha.map(|sha: &Sha| format!("{}/blob/{}/", context.page(), sha.whole()));
        let note = note.map(|note| format!("> {}\n\n", code(note)));
        Self { report, fail_on, blob, run: context.run_page(), note }
    }

    /// One without links.
    #[cfg(test)]
    pub(super) const fn plain(report: &'a Report) -> Self {
        Self { report, fail_on: None, blob: None, run: None, note: None }
    }

    /// The text in at most so many UTF-16 code units.
    pub(super) fn text(&self, most: usize) -> String {
        self.with(self.blob.clone(), self.run.clone(), most)
    }

    /// What tells the text from another, but for what changes with every commit and run.
    pub(super) fn digest(&self, most: usize) -> String {
        digest(&self.with(None, None, most))
    }

    fn with(&self, blob: Option<String>, run: Option<String>, most: usize) -> String {
        let note = self.note.as_deref().unwrap_or_default();
        let most = most.saturating_sub(units(note));
        let most = Some(most);
        let is_red = |_: &Severity| self.report.outcome(self.fail_on) == Outcome::Findings;
        let verdict = self.fail_on.filter(is_red).map(|limit| {
            format!("The check is red for findings of severity {} or worse.", limit.name())
        });
        let style = MarkdownStyle { blob, run, most, verdict, lists_known: true };
        format!("{note}{}", report::markdown(self.report, &style))
    }
}

/// Length in UTF-16 code units, which is what GitHub counts.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A short digest of a text.
pub(super) fn digest(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// A text of one line in which no Markdown acts.
pub(super) fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    let text = text.replace(['\r', '\n'], " ");
    // One blank on each side is taken away again, so that a text may begin with a backtick.
    format!("{fence} {text} {fence}")
}

/// Length of the longest run of backticks.
pub(super) fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_stays_code() {
        for (text, shown) in [
            ("a", "` a `"),
            ("`a", "`` `a ``"),
            ("a```b``", "```` a```b`` ````"),
            ("@x <b>\n# y", "` @x <b> # y `"),
        ] {
            assert_eq!(code(text), shown);
        }
    }
}
