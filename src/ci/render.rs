//! The report as the summary and the comment show it.

use mcp_guard_scanner::report::{self, MarkdownStyle, Report};
use sha2::{Digest, Sha256};

use super::context::{Context, Sha};
use super::event::PullRequest;

/// What a text of Markdown is made of.
pub(super) struct Page<'a> {
    report: &'a Report,
    /// What came of it, as one sentence.
    verdict: String,
    /// What links to files begin with.
    blob: Option<String>,
    run: Option<String>,
}

impl<'a> Page<'a> {
    pub(super) fn new(
        report: &'a Report,
        verdict: String,
        context: &Context,
        pull: Option<&PullRequest>,
    ) -> Self {
        let sha = pull.map(|pull| &pull.head).or(context.sha.as_ref());
        let blob = sha.map(|sha: &Sha| format!("{}/blob/{}/", context.page(), sha.whole()));
        Self { report, verdict, blob, run: context.run_page() }
    }

    /// One without links.
    #[cfg(test)]
    pub(super) fn plain(report: &'a Report, verdict: &str) -> Self {
        Self { report, verdict: verdict.to_owned(), blob: None, run: None }
    }

    /// The text of the summary, in at most so many UTF-16 code units.
    pub(super) fn summary(&self, most: usize) -> String {
        self.with(self.blob.clone(), self.run.clone(), most, true)
    }

    /// The text of the comment, in at most so many UTF-16 code units.
    pub(super) fn comment(&self, most: usize) -> String {
        self.with(self.blob.clone(), self.run.clone(), most, false)
    }

    /// What tells the comment from another, but for what changes with every commit and run.
    pub(super) fn digest(&self, most: usize) -> String {
        digest(&format!("{}\n{}", self.verdict, self.with(None, None, most, false)))
    }

    fn with(
        &self,
        blob: Option<String>,
        run: Option<String>,
        most: usize,
        lists_known: bool,
    ) -> String {
        let verdict = Some(self.verdict.clone());
        let style = MarkdownStyle { blob, run, most: Some(most), verdict, lists_known };
        report::markdown(self.report, &style)
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
