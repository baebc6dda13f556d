//! `mcp-guard ci github`: a scan in a GitHub workflow, and everything that is said about it there.

mod api;
mod base;
mod checkout;
mod comment;
mod context;
mod diff;
mod event;
mod fetch;
mod gate;
pub(crate) mod log;
mod options;
mod outputs;
mod place;
mod pull;
mod render;
mod retry;
mod say;
mod suggest;
mod summary;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use mcp_guard_scanner::fix::Versions;
use mcp_guard_scanner::report::{self, AtBase, Report, SarifStyle, TextStyle};

use crate::cli::Talk;
use crate::failure::Failure;
use crate::scan::{self, Wanted};
use crate::session::Session;
use crate::{output, replace};
use base::Comparison;
use context::Context;
use event::Event;
use gate::{Numbers, Verdict};
use log::{Inert, error, notice};
use options::Commenting;
pub(crate) use options::{CiCommand, GithubOptions};
use pull::About;
use render::Page;

pub(crate) fn run(command: &CiCommand, talk: Talk) -> Result<ExitCode, Failure> {
    match command {
        CiCommand::Github(options) => match github(options, talk) {
            // In the log alone it is easily missed. Outside of a workflow there is nothing else.
            Err(failure) if is_job() && !matches!(failure, Failure::BrokenPipe) => {
                output::print_exactly(|out| out.write_all(error(&failure.to_string()).as_bytes()))?;
                Ok(ExitCode::from(2))
            }
            done => done,
        },
    }
}

fn is_job() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

fn github(options: &GithubOptions, talk: Talk) -> Result<ExitCode, Failure> {
    let context = Context::of_environment()?;
    let event = Event::read(&context.event_name, &context.event_path)?;
    let pull = event.pull_request();
    if pull.is_some_and(|pull| pull.is_target) && !options.allow_pull_request_target() {
        let message = "the event is pull_request_target, which hands a token that may write to a \
                       job about a stranger's change: use pull_request. Whoever knows that this job \
                       runs nothing of the change can say so with `--allow-pull-request-target true`";
        return Err(Failure::Usage(message.to_owned()));
    }
    let sarif = result_file(options.sarif_file(), "sarif", options, &context)?;
    let json = result_file(options.json_file(), "json", options, &context)?;
    if output::is_same(&sarif, &json) {
        let path = sarif.display();
        let message = format!("--sarif-file and --json-file both name `{path}`");
        return Err(Failure::Usage(message));
    }
    let scope = options.scope();
    checkout::stays_inside(&scope.paths, &context)?;
    if let Some(pull) = pull {
        checkout::is_of(pull, &scope.paths)?;
    }
    let comparison = base::choose(options, &context, &event, &scope)?;
    let mut session = Session::of(&scope, false, comparison.against())?;
    session.scanner.keeps_lines = true;
    let judge = session.scanner.judge.clone();
    session.scanner.judge = judge.fixing(Versions::default());
    let fail_on = scan::fail_on(options.fail_on(), &session);
    // What makes the check red is shown.
    let least = scan::least(options.min_severity(), &session);
    let least = fail_on.map_or(least, |limit| least.min(limit));
    let wanted = Wanted { baseline: options.baseline(), least, keep: false };
    let (mut report, _) = scan::look(&wanted, &session, comparison.against(), talk)?;
    let note = note_gap(&comparison, &mut report);
    let compares = comparison.is_wanted();
    let numbers = Numbers::of(&report, (least, fail_on), compares, &comparison.same(&report));
    let verdict = gate::judge(&report, &numbers, options.allow_incomplete());
    let reason = numbers.reason(verdict);

    let style = SarifStyle { category: options.category().to_owned(), include_suppressed: false };
    replace::anew(&sarif, |out| report::write_sarif(&report, &style, out))?;
    replace::anew(&json, |out| report::write_json(&report, out))?;
    if talk != Talk::Quiet {
        print(&report, talk == Talk::Verbose || context.is_debug)?;
    }
    say(&notices(note, &report, &numbers))?;
    if options.annotations() {
        output::print(&say::alterations(&report))?;
        output::print_exactly(|out| report::write_github(&report, out))?;
        output::print(&say::accepted(&report))?;
    }
    let page = Page::new(&report, verdict.sentence(&reason), &context, pull);
    if let Some(path) = context.summary.as_deref().filter(|_| options.summary()) {
        say(&summary::write(path, &page, &report)?)?;
    }
    let mut comment_url = String::new();
    if let Some(pull) = pull {
        let about = About {
            context: &context,
            pull,
            options,
            report: &report,
            page: &page,
            numbers,
            verdict,
        };
        let outcome = pull::report(&about);
        say(&outcome.notices)?;
        comment_url = outcome.url.unwrap_or_default();
    } else if options.comment() == Commenting::Always {
        say(&["this event is about no pull request, so there is no comment".to_owned()])?;
    }
    if let Some(path) = &context.outputs {
        let values = outputs::lines([
            verdict.name(),
            &reason,
            &(numbers.new + numbers.existing).to_string(),
            &numbers.new.to_string(),
            &numbers.fixed.to_string(),
            &numbers.accepted.to_string(),
            numbers.worst.map_or("none", |severity| severity.name()),
            name_of(&sarif)?,
            name_of(&json)?,
            &comment_url,
            env!("CARGO_PKG_VERSION"),
        ])?;
        outputs::append(path, &values)?;
    }
    output::print(&format!("mcp-guard: {}: {reason}\n", verdict.name()))?;
    Ok(code(verdict, options))
}

/// What is to be known about the comparison.
fn notices(gap: Option<String>, report: &Report, numbers: &Numbers) -> Vec<String> {
    let mut notices: Vec<String> = gap.into_iter().chain(note_partly(report)).collect();
    match numbers.old_gaps {
        0 => {}
        1 => notices.push("1 file could not be analysed whole, nor could it before".to_owned()),
        count => notices
            .push(format!("{count} files could not be analysed whole, nor could they before")),
    }
    notices
}

fn code(verdict: Verdict, options: &GithubOptions) -> ExitCode {
    if options.no_gate { ExitCode::SUCCESS } else { ExitCode::from(verdict.code()) }
}

/// Where a result goes, which is an output, too.
fn result_file(
    named: Option<&Path>,
    ending: &str,
    options: &GithubOptions,
    context: &Context,
) -> Result<PathBuf, Failure> {
    let path = match (named, &context.temporary) {
        (Some(named), _) => named.to_owned(),
        (None, Some(temporary)) => {
            temporary.join("mcp-guard").join(format!("{}.{ending}", options.comment_id()))
        }
        (None, None) => {
            let message =
                format!("RUNNER_TEMP is not set; say with `--{ending}-file` where to write");
            return Err(Failure::Usage(message));
        }
    };
    if name_of(&path)?.chars().any(char::is_control) {
        let message = format!("`--{ending}-file` holds a line end or control character");
        return Err(Failure::Usage(message));
    }
    Ok(path)
}

fn name_of(path: &Path) -> Result<&str, Failure> {
    path.to_str().ok_or_else(|| {
        Failure::Usage(format!(
            "the name `{}` is no Unicode, as outputs have to be",
            path.display()
        ))
    })
}

/// Puts down in the report that the base is not at hand, and says so.
fn note_gap(comparison: &Comparison, report: &mut Report) -> Option<String> {
    let Comparison::Gap { revision, reason, .. } = comparison else { return None };
    let altered = report.base.take().and_then(|base| base.altered);
    let missing = vec![
        reason.clone(),
        "no settings and no baseline of the repository count".to_owned(),
        "with fetch-depth: 0 at actions/checkout it can be compared".to_owned(),
    ];
    report.base = Some(AtBase {
        revision: revision.clone(),
        commit: None,
        missing,
        fixed: Vec::new(),
        altered,
    });
    Some(format!(
        "every finding counts as new, and no settings and no baseline of the repository count, for \
         {revision} is not at hand: {reason}; with `fetch-depth: 0` at actions/checkout it is"
    ))
}

/// Says that a part of the base could not be read.
fn note_partly(report: &Report) -> Option<String> {
    let base = report.base.as_ref().filter(|base| base.commit.is_some())?;
    let reason = base.missing.first()?;
    Some(format!(
        "some findings may count as new that are not, for a part of {} cannot be read: {reason}",
        base.revision
    ))
}

fn say(notices: &[String]) -> Result<(), Failure> {
    output::print_exactly(|out| {
        notices.iter().try_for_each(|text| out.write_all(notice(text).as_bytes()))
    })
}

/// The report for people, in the log.
fn print(report: &Report, verbose: bool) -> Result<(), Failure> {
    let style = TextStyle { colour: false, width: 140, verbose };
    output::print_exactly(|out| {
        let mut log = Inert::new(out);
        report::write_text(report, style, &mut log)?;
        log.finish()
    })
}
