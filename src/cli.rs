//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use mcp_guard_scanner::report::USUAL_CATEGORY;
use mcp_guard_scanner::rules::{Persona, Severity};

use crate::ci::CiCommand;
use crate::format::Format;
use crate::pin::PinOptions;
use crate::token::TokenCommand;
use crate::validate::ValidateOptions;

/// Scans the MCP configuration of every client for what makes it unsafe.
#[derive(Debug, Parser)]
#[command(
    name = "mcp-guard",
    version,
    max_term_width = 100,
    after_help = "Examples:\n  \
        mcp-guard scan                 this user's clients and the current directory\n  \
        mcp-guard scan .               the current directory only\n  \
        mcp-guard rules pipe-to-shell  what a rule is about"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to use colours
    #[arg(long = "color", value_enum, default_value_t, global = true, value_name = "WHEN")]
    pub(crate) colour: Colour,
    /// Say nothing besides the result
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Explain every finding and list every file
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    verbose: bool,
}

/// How much to say besides the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Talk {
    /// Nothing.
    Quiet,
    /// What is worth saying.
    Normal,
    /// Everything.
    Verbose,
}

impl Cli {
    pub(crate) const fn talk(&self) -> Talk {
        match (self.quiet, self.verbose) {
            (true, _) => Talk::Quiet,
            (false, true) => Talk::Verbose,
            (false, false) => Talk::Normal,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan configuration files; starts no process and, without --online, opens no socket
    Scan(Box<ScanOptions>),
    /// Stand between clients and servers: who may call what, limits, and a log of every decision
    Serve(Box<crate::serve::ServeOptions>),
    /// Write down today's findings, so that only new ones are reported
    Baseline(Box<BaselineOptions>),
    /// Scan in a workflow of a code host, and report there
    Ci {
        #[command(subcommand)]
        command: CiCommand,
    },
    /// Record the servers that were reviewed in mcp-guard.lock
    Pin(PinOptions),
    /// List the rules, or explain one
    Rules(RulesOptions),
    /// Check settings and rule files
    Validate(ValidateOptions),
    /// Make, list and revoke the API keys of the gateway
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// List the known clients and which of their files are on this machine
    Clients(ClientsOptions),
    /// Print completions for a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or that of a command
    Man {
        /// The command
        command: Option<String>,
    },
}

#[derive(Args, Debug)]
#[command(after_help = "Exit codes:\n  \
    0  nothing at or above --fail-on\n  \
    1  findings at or above --fail-on\n  \
    2  wrong usage, or wrong settings\n  \
    3  something could not be read or understood, and nothing at or above --fail-on was found\n\n\
    Settings are read from section `scan` of the nearest mcp-guard.yaml, in the directory of what is \
    scanned or above it in its repository; options win over them. Findings can be accepted by a \
    comment, `mcp-guard: ignore[rule-id] reason`, on their line or the one above, or by scan.ignore \
    in the settings.\n\n\
    Examples:\n  \
    mcp-guard scan --format json --output text=report.txt .\n  \
    mcp-guard scan --base origin/main .\n  \
    mcp-guard scan --fail-on critical --ignore unguarded-server .\n  \
    mcp-guard scan --fix --dry-run .\n  \
    mcp-guard scan --fix --pin @scope/server=1.4.2 .\n  \
    cat mcp.json | mcp-guard scan --client cursor -")]
pub(crate) struct ScanOptions {
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Write one more format into a file; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output_file)]
    pub(crate) output: Vec<(Format, PathBuf)>,
    /// Tells several SARIF analyses of one commit apart, as of parts of a repository
    #[arg(long, value_name = "NAME", default_value = USUAL_CATEGORY, value_parser = category)]
    pub(crate) sarif_category: String,
    /// Write suppressed findings into SARIF, marked as such; GitHub shows them like all others
    #[arg(long)]
    pub(crate) sarif_include_suppressed: bool,
    /// Exit with 1 for findings of this severity or worse [default: high]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) fail_on: Option<FailOn>,
    /// Report findings of this severity or worse [default: low, info for other personas]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) min_severity: Option<Level>,
    /// Do not report again what stands in this file, which `mcp-guard baseline` writes
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Report only what is new since this git revision, such as main, v1.2 or HEAD~1; the settings
    /// that it has count, and not what the change makes of them
    #[arg(long, value_name = "REV", conflicts_with = "home")]
    pub(crate) base: Option<String>,
    /// Exit with 0 although something could not be read or understood
    #[arg(long)]
    pub(crate) allow_incomplete: bool,
    /// Repair what can be repaired without a look: pin packages to versions that are known, take
    /// approvals back, listen on loopback only; then report what is left
    #[arg(long)]
    pub(crate) fix: bool,
    /// Show what --fix would change, as a unified diff without secrets, and write nothing
    #[arg(long, requires = "fix")]
    pub(crate) dry_run: bool,
    /// Also make the repairs after which somebody has to do something, such as to put a secret
    /// where the file refers to it
    #[arg(long, requires = "fix")]
    pub(crate) unsafe_fixes: bool,
    /// The version that a package is pinned to; may be repeated. Without it the one in
    /// mcp-guard.lock
    #[arg(long = "pin", value_name = "NAME=VERSION")]
    pub(crate) pins: Vec<String>,
}

impl ScanOptions {
    /// The formats that the report is wanted in.
    pub(crate) fn formats(&self) -> impl Iterator<Item = Format> {
        let files = self.output.iter().map(|(format, _)| *format);
        std::iter::once(self.format).chain(files)
    }
}

/// What is scanned, and by which rules.
#[derive(Args, Debug)]
pub(crate) struct Scope {
    /// Files or directories; `-` for standard input. Without any: the known client locations of
    /// this user and the current directory
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How much to say [default: default]
    #[arg(long, value_enum)]
    pub(crate) persona: Option<Audience>,
    /// Only these rules, by id or pattern
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub(crate) select: Vec<String>,
    /// Not these rules, by id or pattern
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub(crate) ignore: Vec<String>,
    /// A directory with more rules; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,
    /// Settings file [default: the nearest mcp-guard.yaml, section scan]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Read no settings file, neither a repository's nor this user's
    #[arg(long, conflicts_with = "config")]
    pub(crate) no_config: bool,
    /// Report what comments and settings suppress like anything else
    #[arg(long)]
    pub(crate) no_ignores: bool,
    /// Read the files as this client's
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<String>,
    /// Look at this user's client locations too, although paths are given
    #[arg(long, overrides_with = "no_home")]
    pub(crate) home: bool,
    /// Leave this user's client locations out
    #[arg(long)]
    pub(crate) no_home: bool,
    /// Leave out paths like this; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Look into what is left out by default (`node_modules`, `target`, …); may be repeated
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// Ask OSV about versions, registries about packages, and remote servers whether they answer to
    /// anyone; without it no socket is opened
    #[arg(long)]
    pub(crate) online: bool,
    /// Number of threads, at most 256 [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
}

#[derive(Args, Debug)]
#[command(
    after_help = "A baseline holds path, rule, severity and fingerprint of each finding, and neither a message nor a \
    value. `mcp-guard scan --baseline FILE` then reports what is new or has become worse. What \
    comments and settings suppress does not stand in it.\n\n\
    Exit codes:\n  \
    0  the baseline is written\n  \
    2  wrong usage\n  \
    3  it is written, but something could not be read or understood\n\n\
    Examples:\n  \
    mcp-guard baseline . -o mcp-guard-baseline.json\n  \
    mcp-guard scan . --baseline mcp-guard-baseline.json"
)]
pub(crate) struct BaselineOptions {
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// The file to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

fn output_file(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, file) =
        text.split_once('=').ok_or("give a format and a file, as in json=report.json")?;
    let format = Format::from_str(format, true)
        .map_err(|_| format!("there is no format `{format}`; there are {}", Format::names()))?;
    if file.is_empty() {
        return Err("the name of the file is missing".to_owned());
    }
    if file == "-" {
        return Err("`-` is no file; --format writes to standard output".to_owned());
    }
    Ok((format, PathBuf::from(file)))
}

/// A category of code scanning. What stands behind its last slash would be taken for a run.
pub(crate) fn category(text: &str) -> Result<String, String> {
    let category = text.trim_matches(|c| c == ' ' || c == '/');
    if category.is_empty() || category.len() > 200 || category.chars().any(char::is_control) {
        let message = "give a name of at most 200 bytes, such as mcp-guard or mcp-guard/backend";
        return Err(message.to_owned());
    }
    Ok(category.to_owned())
}

#[derive(Args, Debug)]
pub(crate) struct RulesOptions {
    /// The rule to explain, or a pattern of rules to list
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
    /// A directory with more rules, which are tried on their examples; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct ClientsOptions {
    /// The client to explain
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Colour {
    /// Makes the choice the one that output streams go by.
    pub(crate) fn apply(self) {
        let choice = match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// A severity on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Level {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Info => Self::Info,
            Level::Low => Self::Low,
            Level::Medium => Self::Medium,
            Level::High => Self::High,
            Level::Critical => Self::Critical,
        }
    }
}

/// From which severity on a scan fails.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FailOn {
    None,
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl FailOn {
    /// What counts where nobody says anything.
    pub(crate) const USUAL: Option<Severity> = Some(Severity::High);

    pub(crate) const fn severity(self) -> Option<Severity> {
        match self {
            Self::None => None,
            Self::Info => Some(Severity::Info),
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
        }
    }
}

/// A persona on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Audience {
    /// Low severity and medium confidence, or more
    Default,
    /// Also information and guesses
    Pedantic,
    /// Everything
    Auditor,
}

impl From<Audience> for Persona {
    fn from(audience: Audience) -> Self {
        match audience {
            Audience::Default => Self::Default,
            Audience::Pedantic => Self::Pedantic,
            Audience::Auditor => Self::Auditor,
        }
    }
}
