//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use mcp_guard_scanner::rules::{Persona, Severity};

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
    /// Scan configuration files; starts no process and opens no socket
    Scan(Box<ScanOptions>),
    /// List the rules, or explain one
    Rules(RulesOptions),
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
    2  wrong usage\n  \
    3  something could not be read or understood, and nothing at or above --fail-on was found\n\n\
    Examples:\n  \
    mcp-guard scan --format json --output text=report.txt .\n  \
    mcp-guard scan --fail-on critical --ignore unguarded-server .\n  \
    cat mcp.json | mcp-guard scan --client cursor -")]
pub(crate) struct ScanOptions {
    /// Files or directories; `-` for standard input. Without any: the known client locations of
    /// this user and the current directory
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Write one more format into a file; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output_file)]
    pub(crate) output: Vec<(Format, PathBuf)>,
    /// Exit with 1 for findings of this severity or worse
    #[arg(long, value_enum, default_value_t = FailOn::High, value_name = "LEVEL")]
    pub(crate) fail_on: FailOn,
    /// Report findings of this severity or worse [default: low, info for other personas]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) min_severity: Option<Level>,
    /// How much to say
    #[arg(long, value_enum, default_value_t = Audience::Default)]
    pub(crate) persona: Audience,
    /// Only these rules, by id or pattern
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub(crate) select: Vec<String>,
    /// Not these rules, by id or pattern
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub(crate) ignore: Vec<String>,
    /// A directory with more rules; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,
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
    /// Exit with 0 although something could not be read or understood
    #[arg(long)]
    pub(crate) allow_incomplete: bool,
    /// Number of threads, at most 256 [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
}

fn output_file(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, file) =
        text.split_once('=').ok_or("give a format and a file, as in json=report.json")?;
    let format = Format::from_str(format, true)
        .map_err(|_| format!("there is no format `{format}`; there are text and json"))?;
    if file.is_empty() {
        return Err("the name of the file is missing".to_owned());
    }
    Ok((format, PathBuf::from(file)))
}

#[derive(Args, Debug)]
pub(crate) struct RulesOptions {
    /// The rule to explain, or a pattern of rules to list
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
    /// A directory with more rules; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct ClientsOptions {
    /// The client to explain
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
}

/// An output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs; schema mcp-guard/report/v1
    Json,
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
