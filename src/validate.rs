//! `mcp-guard validate`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use mcp_guard_gateway::config::{ConfigFile, Uses};
use mcp_guard_scanner::client::Environment;
use mcp_guard_scanner::fault::Fault;
use mcp_guard_scanner::problem::ProblemKind;
use mcp_guard_scanner::settings::FILE_NAME;
use mcp_guard_scanner::source;
use mcp_guard_scanner::suppression::Reach;
use mcp_guard_scanner::syntax::{Document, Format, Limits, Node};

use crate::cli::Talk;
use crate::failure::{Failure, one_line, output_line};
use crate::named::Named;
use crate::serve::open_to_strangers;
use crate::settings::{Source, usual};
use crate::{environment, output, rulebook};

#[derive(Args, Debug)]
#[command(
    after_help = "Everything that is wrong is told with line, column and the nearest right word. Variables need not be \
    set where the file is checked; those that are not are noted.\n\n\
    Exit codes:\n  \
    0  all files are right\n  \
    2  something is wrong with one, or wrong usage\n\n\
    Examples:\n  \
    mcp-guard validate\n  \
    mcp-guard validate --resolve deploy/mcp-guard.yaml\n  \
    mcp-guard validate rules/house-list.yaml"
)]
pub(crate) struct ValidateOptions {
    /// Settings files, rule files, or directories with either [default: the nearest mcp-guard.yaml,
    /// or else this user's own]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Replace the variables of the gateway's part by their values here, and check those too
    #[arg(long)]
    pub(crate) resolve: bool,
}

/// Keys that a rule has and settings have not.
const OF_RULES: [&str; 3] = ["id", "detect", "title"];

pub(crate) fn run(options: &ValidateOptions, talk: Talk) -> Result<ExitCode, Failure> {
    let environment = environment::of_user();
    let mut right = true;
    let mut tell = |told: Told| {
        for fault in &told.faults {
            output_line(&one_line(fault));
        }
        if talk != Talk::Quiet {
            told.remarks.iter().for_each(|remark| output_line(&one_line(remark)));
        }
        if !told.faults.is_empty() {
            right = false;
            return Ok(());
        }
        output::print(&format!("{}: ok\n", one_line(&told.shown)))
    };
    if options.files.is_empty() {
        let Some((path, shown, reach)) = usual(&environment)? else {
            let message = format!("there is no {FILE_NAME} here; name the file to check");
            return Err(Failure::Usage(message));
        };
        tell(settings(&path, shown, reach, options, &environment))?;
    }
    for file in &options.files {
        tell(named(file, options, &environment))?;
    }
    Ok(if right { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// What there is to say about a file.
struct Told {
    /// How it is called.
    shown: String,
    /// What is wrong, one line each.
    faults: Vec<String>,
    /// What is worth a look.
    remarks: Vec<String>,
}

impl Told {
    fn of(shown: String, checked: Result<(), Failure>) -> Self {
        let faults = checked.err().map(lines).unwrap_or_default();
        Self { shown, faults, remarks: Vec::new() }
    }
}

/// A file that the command line names.
fn named(file: &Path, options: &ValidateOptions, environment: &Environment) -> Told {
    let of_directory = file.join(FILE_NAME);
    let (file, is_settings) = if of_directory.is_file() {
        (of_directory.as_path(), true)
    } else {
        (file, file.file_name().is_some_and(|name| name == FILE_NAME))
    };
    let shown = source::slashed(file);
    if file.is_dir() {
        return Told::of(shown, rulebook::tried(&[Named::from(file)]).map(drop));
    }
    if !is_settings && is_rule(file) {
        return Told::of(shown, rulebook::check(file));
    }
    settings(file, shown, Reach::All, options, environment)
}

/// Whether a file says things that only rules say.
fn is_rule(file: &Path) -> bool {
    let Ok((bytes, _)) = source::read(file, rulebook::LARGEST) else { return false };
    let document = Document::parse(&bytes, Format::Yaml, &Limits::default());
    let mut entries = document.roots().iter().flat_map(Node::entries);
    entries.any(|entry| OF_RULES.contains(&entry.key.as_ref()))
}

/// A settings file: section `scan` as the scan reads it, and all else as the gateway does.
fn settings(
    path: &Path,
    shown: String,
    reach: Reach,
    options: &ValidateOptions,
    environment: &Environment,
) -> Told {
    let limits = Limits::default();
    let (bytes, directory) = match source::read(path, limits.bytes) {
        Ok((bytes, _)) => (bytes, source::directory(path).unwrap_or_default()),
        Err(problem) => {
            let failure =
                Failure::Unusable { path: PathBuf::from(&shown), message: problem.message };
            return Told::of(shown, Err(failure));
        }
    };
    let scan = of_scan(&bytes, path, &shown, reach, environment, &limits);
    let home = environment.home.as_deref().map(Path::new);
    let variables = |name: &str| environment.variables.get(name).cloned();
    let mut remarks = Vec::new();
    let mut refused = None;
    let read = ConfigFile::read(&bytes, path, &directory, home).and_then(|file| {
        let mut warnings = file.warnings().to_vec();
        let resolved = file.resolve(&Uses::all(), &variables);
        // Where variables are not set, only `serve` can tell.
        refused = resolved.as_ref().ok().and_then(|config| {
            open_to_strangers(config.listen.as_ref(), config).map(|why| format!("{shown}: {why}"))
        });
        if options.resolve {
            warnings = resolved?.warnings;
        } else {
            let notes = file.unset(&variables).into_iter();
            remarks.extend(notes.map(|note| remark(&shown, "note", &of_scanner(note))));
        }
        let warnings = warnings.into_iter();
        remarks.extend(warnings.map(|warning| remark(&shown, "warning", &of_scanner(warning))));
        Ok(())
    });
    let of_gateway: Vec<Fault> = match read {
        // Where the text itself is broken, the scanner says it once.
        Err(_) if scan.is_err() && is_broken(&bytes, &limits) => Vec::new(),
        Err(faults) => faults.into_iter().map(of_scanner).collect(),
        Ok(()) => Vec::new(),
    };
    let (of_scan, others) = match scan {
        Ok(()) => (Vec::new(), Vec::new()),
        Err(Failure::Settings { path, faults }) if path == shown => (faults, Vec::new()),
        Err(other) => (Vec::new(), lines(other)),
    };
    // Both read the names of the sections.
    let is_new = |fault: &Fault| {
        !of_gateway.iter().any(|told| (told.line, told.column) == (fault.line, fault.column))
    };
    let mut faults: Vec<Fault> = of_scan.into_iter().filter(is_new).collect();
    faults.extend(of_gateway);
    faults.sort_by_key(|fault| (fault.line, fault.column));
    let faults = faults.iter().map(|fault| format!("{shown}:{fault}")).chain(others);
    let faults = faults.chain(refused).collect();
    Told { shown, faults, remarks }
}

/// Everything that a scan looks at before it begins: the section, its rules and what it accepts.
fn of_scan(
    bytes: &[u8],
    path: &Path,
    shown: &str,
    reach: Reach,
    environment: &Environment,
    limits: &Limits,
) -> Result<(), Failure> {
    let source = Source::parse(bytes, path, shown.to_owned(), reach, false, environment, limits)?;
    source.check_rules(&rulebook::tried(&source.rules())?)?;
    let home = environment.home.as_deref().map(|home| source::slashed(Path::new(home)));
    source.list(home.as_deref(), false).map(drop)
}

/// Whether the text of a file is no YAML.
fn is_broken(bytes: &[u8], limits: &Limits) -> bool {
    let document = Document::parse(bytes, Format::Yaml, limits);
    document.problems().iter().any(|problem| problem.kind != ProblemKind::DuplicateKey)
}

/// A fault of the gateway's as one of the scanner's.
pub(crate) fn of_scanner(fault: mcp_guard_gateway::config::Fault) -> Fault {
    Fault { line: fault.line, column: fault.column, message: fault.message }
}

fn remark(shown: &str, kind: &str, fault: &Fault) -> String {
    format!("{shown}:{}:{}: {kind}: {}", fault.line, fault.column, fault.message)
}

/// A failure, one line for each thing that is wrong.
fn lines(failure: Failure) -> Vec<String> {
    match failure {
        Failure::Several(failures) => failures.into_iter().flat_map(lines).collect(),
        Failure::Settings { path, faults } => {
            faults.iter().map(|fault| format!("{path}:{fault}")).collect()
        }
        other => vec![other.to_string()],
    }
}
