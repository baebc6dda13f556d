//! What is said at the pull request itself. None of it decides whether the job passes.

use std::time::Duration;

use mcp_guard_scanner::report::Report;

use super::api::Api;
use super::comment::{self, Content, Outcome, Place};
use super::context::{Context, Token};
use super::event::PullRequest;
use super::options::{Commenting, GithubOptions};
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
}

/// Comments and suggests, as far as that is wanted and allowed.
pub(super) fn report(about: &About<'_>) -> Outcome {
    let options = about.options;
    if options.comment() == Commenting::Never && !options.suggestions() {
        return Outcome::default();
    }
    let Some(token) = &about.context.token else {
        let notice = "there is no comment on the pull request, because GITHUB_TOKEN is not set";
        return Outcome { url: None, notices: vec![notice.to_owned()] };
    };
    ask(about, token).unwrap_or_else(|error| {
        let notice = format!("nothing was written at the pull request: {error}");
        Outcome { url: None, notices: vec![notice] }
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
    let place = Place { api, server: &about.context.server, number: about.pull.number };
    let mut outcome = Outcome::default();
    if about.options.comment() != Commenting::Never {
        let content = Content {
            page: about.page,
            has_findings: about.report.findings().next().is_some(),
            head: &about.pull.head,
            id: about.options.comment_id(),
            wanted: about.options.comment(),
        };
        outcome = comment::post(&place, &content, about.pull.is_restricted).await;
    }
    if about.options.suggestions() {
        let notice = suggest::post(&place, about.report, about.pull).await;
        outcome.notices.extend(notice);
    }
    outcome
}
