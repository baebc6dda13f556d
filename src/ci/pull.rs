//! What is said at the pull request itself. None of it decides whether the job passes.

use std::time::Duration;

use mcp_guard_scanner::report::Report;
use mcp_guard_scanner::rules::Severity;

use super::api::Api;
use super::comment::{self, Content, Outcome};
use super::context::{Context, Token};
use super::event::PullRequest;
use super::gate::{Numbers, Verdict};
use super::options::{Commenting, GithubOptions};
use super::place::{Place, independent};
use super::render::Page;
use super::suggest;

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// What there is to say, and where.
pub(super) struct About<'a> {
    pub(super) context: &'a Context,
    pub(super) pull: &'a PullRequest,
    pub(super) options: &'a GithubOptions,
    pub(super) report: &'a Report,
    pub(super) page: &'a Page<'a>,
    pub(super) numbers: Numbers,
    pub(super) verdict: Verdict,
}

impl About<'_> {
    /// Whether there is something that everybody at the pull request should see. What is less severe
    /// stands in the summary and at the files.
    fn is_news(&self) -> bool {
        let Numbers { worst, severe, accepted, .. } = self.numbers;
        let base = self.report.base.as_ref().filter(|base| base.commit.is_some());
        worst.is_some_and(|worst| worst >= Severity::Medium)
            || severe > 0
            || self.verdict != Verdict::Pass
            || accepted > 0
            || base.is_some_and(|base| base.altered.is_some())
    }

    fn content(&self) -> Content<'_> {
        Content {
            page: self.page,
            is_news: self.is_news(),
            numbers: self.numbers,
            head: &self.pull.head,
            id: self.options.comment_id(),
            wanted: self.options.comment(),
        }
    }
}

/// Comments and suggests, as far as that is wanted and allowed.
pub(super) fn report(about: &About<'_>) -> Outcome {
    let options = about.options;
    if options.comment() == Commenting::Never && !options.suggestions() {
        return Outcome::default();
    }
    let nothing = |notice: String| Outcome { url: None, notices: vec![notice] };
    let Some(token) = &about.context.token else {
        let would =
            about.content().creates() || (options.suggestions() && suggest::is_any(about.report));
        let notice = "nothing was written at the pull request, because GITHUB_TOKEN is not set";
        return if would { nothing(notice.to_owned()) } else { Outcome::default() };
    };
    ask(about, token).unwrap_or_else(|error| {
        let clause = independent(options.summary());
        nothing(format!("nothing was written at the pull request: {error}. {clause}"))
    })
}

fn ask(about: &About<'_>, token: &Token) -> Result<Outcome, String> {
    let api = Api::of(about.context, token)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let done = runtime.block_on(async { tokio::time::timeout(PATIENCE, write(about, &api)).await });
    // A name that is still being resolved is not waited for.
    runtime.shutdown_background();
    done.map_err(|_| format!("the API took longer than {} s", PATIENCE.as_secs()))
}

async fn write(about: &About<'_>, api: &Api) -> Outcome {
    let place = Place {
        api,
        server: &about.context.server,
        number: about.pull.number,
        author: about.options.comment_author(),
        is_restricted: about.pull.is_restricted,
        has_summary: about.options.summary() && about.context.summary.is_some(),
    };
    let mut outcome = Outcome::default();
    if about.options.comment() != Commenting::Never {
        outcome = comment::post(&place, &about.content()).await;
    }
    if about.options.suggestions() {
        let notice = suggest::post(&place, about.report, about.pull).await;
        outcome.notices.extend(notice);
    }
    outcome
}
