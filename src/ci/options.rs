//! What `mcp-guard ci` takes on its command line.

use std::path::PathBuf;

use clap::builder::TypedValueParser;
use clap::{Args, Subcommand, ValueEnum};

use crate::cli::{Audience, FailOn, Level, Scope};

/// Where the command runs.
#[derive(Debug, Subcommand)]
pub(crate) enum CiCommand {
    /// Scan in a GitHub workflow: annotations, summary, comment on the pull request, outputs
    Github(Box<GithubOptions>),
}

/// The value of an option. The empty text counts as none: so an input that nobody set arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given<T>(pub(crate) Option<T>);

impl<T: Copy> Given<T> {
    /// The value, if there is one.
    pub(crate) fn of(option: Option<&Self>) -> Option<T> {
        option.and_then(|given| given.0)
    }
}

/// The value of an option that is a text or a path.
fn inner<T>(option: Option<&Given<T>>) -> Option<&T> {
    option.and_then(|given| given.0.as_ref())
}

fn given<T>(text: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Result<Given<T>, String> {
    if text.is_empty() { Ok(Given(None)) } else { read(text).map(|value| Given(Some(value))) }
}

fn path(text: &str) -> Result<Given<PathBuf>, String> {
    given(text, |text| Ok(PathBuf::from(text)))
}

fn text(text: &str) -> Result<Given<String>, String> {
    given(text, |text| Ok(text.to_owned()))
}

fn yes_or_no(text: &str) -> Result<Given<bool>, String> {
    given(text, |text| text.parse().map_err(|_| "it is either `true` or `false`".to_owned()))
}

/// A choice whose names appear in the help and in errors.
fn choice<T: ValueEnum + Send + Sync + 'static>() -> impl TypedValueParser<Value = Given<T>> {
    let read = |text: &str| {
        given(text, |text| {
            T::from_str(text, false).map_err(|_| format!("it is one of {}", names::<T>()))
        })
    };
    clap::builder::StringValueParser::new().try_map(move |text| read(&text).map_err(Unfit))
}

/// Why a value is none of the choices.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unfit(String);

fn names<T: ValueEnum>() -> String {
    let names: Vec<String> = T::value_variants()
        .iter()
        .filter_map(ValueEnum::to_possible_value)
        .map(|value| value.get_name().to_owned())
        .collect();
    names.join(", ")
}

fn category(text: &str) -> Result<Given<String>, String> {
    given(text, crate::cli::category)
}

fn author(text: &str) -> Result<Given<String>, String> {
    given(text, |text| {
        let name = text.strip_suffix("[bot]").unwrap_or(text);
        let fits = (1..=80).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        fits.then(|| text.to_owned())
            .ok_or_else(|| "give a login such as github-actions[bot]".to_owned())
    })
}

fn comment_id(text: &str) -> Result<Given<String>, String> {
    given(text, |text| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let fits = text.len() <= 64 && text.bytes().all(allowed);
        // Files are called after it.
        let names_nothing = text.bytes().all(|byte| byte == b'.');
        if fits && !names_nothing {
            Ok(text.to_owned())
        } else {
            Err("at most 64 letters, digits, `.`, `_` and `-`".to_owned())
        }
    })
}

/// What only new findings are told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum NewOnly {
    /// Pull requests and merge queues
    #[default]
    Auto,
    /// Everything
    True,
    /// Nothing
    False,
}

/// When there is a comment on the pull request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Commenting {
    /// When there is something to say
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Args, Debug)]
#[command(after_help = "An option whose value is empty counts as not given.\n\n\
    The event, the repository and the files for outputs and summary come from the variables that a \
    GitHub runner sets; the token for the comment, suggestions and fetching the base from \
    GITHUB_TOKEN.\n\n\
    Outputs:\n  \
    result             pass, fail or error\n  \
    reason             why, in one sentence\n  \
    findings           all findings, those known before included\n  \
    new-findings       those that count: without a comparison all\n  \
    fixed-findings     those that are gone\n  \
    accepted-findings  new ones that a comment of the change accepts\n  \
    highest-severity   the worst of those that count, or none\n  \
    sarif-file, json-file, comment-url, version\n\n\
    Exit codes:\n  \
    0  nothing at or above --fail-on and nothing unread, or --no-gate\n  \
    1  findings at or above --fail-on\n  \
    2  wrong usage or settings, or a result that cannot be written\n  \
    3  something could not be read or understood, and nothing at or above --fail-on was found\n\n\
    Examples:\n  \
    mcp-guard ci github --fail-on medium\n  \
    mcp-guard ci github --paths packages/app --comment-id app --comment always\n  \
    mcp-guard ci github --new-only true --base-ref main --comment never")]
pub(crate) struct GithubOptions {
    /// Files and directories, one a line [default: .]
    #[arg(long, value_name = "TEXT", value_parser = text, allow_hyphen_values = true)]
    paths: Option<Given<String>>,
    /// Settings file [default: the nearest mcp-guard.yaml, section scan]
    #[arg(long, value_name = "FILE", value_parser = path, allow_hyphen_values = true)]
    config: Option<Given<PathBuf>>,
    /// Count as known what stands in this file, which `mcp-guard baseline` writes
    #[arg(long, value_name = "FILE", value_parser = path, allow_hyphen_values = true)]
    baseline: Option<Given<PathBuf>>,
    /// How much to say: default, pedantic or auditor
    #[arg(long, value_name = "PERSONA", value_parser = choice::<Audience>())]
    persona: Option<Given<Audience>>,
    /// Fail for findings of this severity or worse, or `none` [default: high]
    #[arg(long, value_name = "LEVEL", value_parser = choice::<FailOn>())]
    fail_on: Option<Given<FailOn>>,
    /// Report findings of this severity or worse, and in any case what fails [default: low, info for
    /// other personas]
    #[arg(long, value_name = "LEVEL", value_parser = choice::<Level>())]
    min_severity: Option<Given<Level>>,
    /// Judge, annotate and comment new findings only: auto (for pull requests and merge queues),
    /// true or false [default: auto]
    #[arg(long, value_name = "WHEN", value_parser = choice::<NewOnly>())]
    new_only: Option<Given<NewOnly>>,
    /// The git revision to compare with [default: told by the event]
    #[arg(long, value_name = "REV", value_parser = text, allow_hyphen_values = true)]
    base_ref: Option<Given<String>>,
    /// Pass although something could not be read or understood: true or false [default: false]
    #[arg(long, value_name = "BOOL", value_parser = yes_or_no)]
    allow_incomplete: Option<Given<bool>>,
    /// Comment on the pull request: auto (when new findings are medium or worse, the check is red, or
    /// the change accepts findings or alters settings), always or never [default: auto]
    #[arg(long, value_name = "WHEN", value_parser = choice::<Commenting>())]
    comment: Option<Given<Commenting>>,
    /// Tells this comment from others of the same pull request [default: default]
    #[arg(long, value_name = "TEXT", value_parser = comment_id, allow_hyphen_values = true)]
    comment_id: Option<Given<String>>,
    /// Who writes with the token: only comments of this author are renewed
    /// [default: github-actions[bot]]
    #[arg(long, value_name = "LOGIN", value_parser = author, allow_hyphen_values = true)]
    comment_author: Option<Given<String>>,
    /// Suggest repairs that are safe in a review: true or false [default: false]
    #[arg(long, value_name = "BOOL", value_parser = yes_or_no)]
    suggestions: Option<Given<bool>>,
    /// Show annotations of all findings that count: true or false [default: true]
    #[arg(long, value_name = "BOOL", value_parser = yes_or_no)]
    annotations: Option<Given<bool>>,
    /// Write the summary of the job: true or false [default: true]
    #[arg(long, value_name = "BOOL", value_parser = yes_or_no)]
    summary: Option<Given<bool>>,
    /// Category in code scanning [default: mcp-guard]
    #[arg(long, value_name = "TEXT", value_parser = category, allow_hyphen_values = true)]
    category: Option<Given<String>>,
    /// Where the SARIF file goes [default: $RUNNER_TEMP/mcp-guard/<comment-id>.sarif]
    #[arg(long, value_name = "FILE", value_parser = path, allow_hyphen_values = true)]
    sarif_file: Option<Given<PathBuf>>,
    /// Where the JSON report goes [default: $RUNNER_TEMP/mcp-guard/<comment-id>.json]
    #[arg(long, value_name = "FILE", value_parser = path, allow_hyphen_values = true)]
    json_file: Option<Given<PathBuf>>,
    /// Run for the event `pull_request_target`, which gives changes of strangers a token that may
    /// write: true or false [default: false]
    #[arg(long, value_name = "BOOL", value_parser = yes_or_no)]
    allow_pull_request_target: Option<Given<bool>>,
    /// Exit with 0 whatever the result is: findings and gaps do not change the exit code
    #[arg(long)]
    pub(crate) no_gate: bool,
}

impl GithubOptions {
    /// What is scanned. The files of whoever the runner belongs to are no part of it.
    pub(crate) fn scope(&self) -> Scope {
        let paths = inner(self.paths.as_ref()).map_or(".", String::as_str);
        let mut paths: Vec<PathBuf> = paths
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            // A file of that name: there is no standard input to read from.
            .map(|line| PathBuf::from(if line == "-" { "./-" } else { line }))
            .collect();
        if paths.is_empty() {
            paths.push(PathBuf::from("."));
        }
        Scope {
            paths,
            persona: Given::of(self.persona.as_ref()),
            select: Vec::new(),
            ignore: Vec::new(),
            rules: Vec::new(),
            config: inner(self.config.as_ref()).cloned(),
            no_config: false,
            no_ignores: false,
            client: None,
            home: false,
            no_home: true,
            exclude: Vec::new(),
            include: Vec::new(),
            online: false,
            jobs: None,
        }
    }

    pub(crate) fn baseline(&self) -> Option<&std::path::Path> {
        inner(self.baseline.as_ref()).map(PathBuf::as_path)
    }

    pub(crate) fn fail_on(&self) -> Option<FailOn> {
        Given::of(self.fail_on.as_ref())
    }

    pub(crate) fn min_severity(&self) -> Option<Level> {
        Given::of(self.min_severity.as_ref())
    }

    pub(crate) fn new_only(&self) -> NewOnly {
        Given::of(self.new_only.as_ref()).unwrap_or_default()
    }

    pub(crate) fn base_ref(&self) -> Option<&str> {
        inner(self.base_ref.as_ref()).map(String::as_str)
    }

    pub(crate) fn allow_incomplete(&self) -> bool {
        Given::of(self.allow_incomplete.as_ref()).unwrap_or(false)
    }

    pub(crate) fn comment(&self) -> Commenting {
        Given::of(self.comment.as_ref()).unwrap_or_default()
    }

    pub(crate) fn comment_id(&self) -> &str {
        inner(self.comment_id.as_ref()).map_or("default", String::as_str)
    }

    pub(crate) fn comment_author(&self) -> &str {
        inner(self.comment_author.as_ref()).map_or("github-actions[bot]", String::as_str)
    }

    pub(crate) fn suggestions(&self) -> bool {
        Given::of(self.suggestions.as_ref()).unwrap_or(false)
    }

    pub(crate) fn annotations(&self) -> bool {
        Given::of(self.annotations.as_ref()).unwrap_or(true)
    }

    pub(crate) fn summary(&self) -> bool {
        Given::of(self.summary.as_ref()).unwrap_or(true)
    }

    pub(crate) fn category(&self) -> &str {
        inner(self.category.as_ref()).map_or("mcp-guard", String::as_str)
    }

    pub(crate) fn sarif_file(&self) -> Option<&std::path::Path> {
        inner(self.sarif_file.as_ref()).map(PathBuf::as_path)
    }

    pub(crate) fn json_file(&self) -> Option<&std::path::Path> {
        inner(self.json_file.as_ref()).map(PathBuf::as_path)
    }

    pub(crate) fn allow_pull_request_target(&self) -> bool {
        Given::of(self.allow_pull_request_target.as_ref()).unwrap_or(false)
    }
}
