//! `mcp-guard scan`.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use mcp_guard_scanner::batch::{self, Ready};
use mcp_guard_scanner::client::{Catalogue, DIALECTS, Dialect};
use mcp_guard_scanner::finding::Judge;
use mcp_guard_scanner::nearest;
use mcp_guard_scanner::report::{self, Outcome, Report, TextStyle};
use mcp_guard_scanner::rules::{Persona, Severity};
use mcp_guard_scanner::scan::Scanner;
use mcp_guard_scanner::source::{self, Candidate, Filter, Tree};
use mcp_guard_scanner::syntax::Limits;

use crate::cli::{Format, ScanOptions, Talk};
use crate::failure::Failure;
use crate::git::Git;
use crate::progress::Progress;
use crate::{environment, output, rulebook};

pub(crate) fn run(options: &ScanOptions, talk: Talk) -> Result<ExitCode, Failure> {
    let rules = rulebook::all(&options.rules)?;
    let rules = rulebook::chosen(rules, &options.select, &options.ignore)?;
    let persona = Persona::from(options.persona);
    let least = match (options.min_severity, persona) {
        (Some(level), _) => level.into(),
        (None, Persona::Default) => Severity::Low,
        (None, Persona::Pedantic | Persona::Auditor) => Severity::Info,
    };
    let scanner = Scanner {
        judge: Judge::new(rules, persona, Severity::Info),
        catalogue: Catalogue::new(&DIALECTS).on(environment::of_user().os),
        limits: Limits::default(),
    };
    if let Some(jobs) = options.jobs {
        // Fails only where a pool exists already, and nothing before this line uses one.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(usize::from(jobs)).build_global();
    }
    let progress = Progress::start(talk);
    let sources = collect(options, &scanner, &progress)?;
    let files =
        batch::scan_all(&scanner, &sources.files, &sources.ready, &Git::default(), &progress.files);
    drop(progress);
    let report = Report::new("mcp-guard", env!("CARGO_PKG_VERSION"), files, least);
    deliver(&report, options, talk)?;
    Ok(exit_code(&report, options))
}

fn exit_code(report: &Report, options: &ScanOptions) -> ExitCode {
    match report.outcome(options.fail_on.severity()) {
        Outcome::Clean => ExitCode::SUCCESS,
        Outcome::Findings => ExitCode::from(1),
        Outcome::Incomplete if options.allow_incomplete => ExitCode::SUCCESS,
        Outcome::Incomplete => ExitCode::from(3),
    }
}

fn deliver(report: &Report, options: &ScanOptions, talk: Talk) -> Result<(), Failure> {
    let verbose = talk == Talk::Verbose;
    for (format, path) in &options.output {
        let style = TextStyle { colour: false, width: 140, verbose };
        save(report, *format, style, path)
            .map_err(|source| Failure::Write { path: path.clone(), source })?;
    }
    match options.format {
        Format::Text => {
            let choice = anstream::AutoStream::choice(&io::stdout());
            let colour = choice != anstream::ColorChoice::Never;
            let style = TextStyle { colour, width: output::width(), verbose };
            output::print(&report::text(report, style))
        }
        Format::Json => output::print_exactly(|out| report::write_json(report, out)),
    }
}

fn save(report: &Report, format: Format, style: TextStyle, path: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    match format {
        Format::Text => out.write_all(report::text(report, style).as_bytes())?,
        Format::Json => report::write_json(report, &mut out)?,
    }
    out.flush()
}

/// What is scanned.
struct Sources {
    files: Vec<Candidate>,
    ready: Vec<Ready>,
}

fn collect(
    options: &ScanOptions,
    scanner: &Scanner,
    progress: &Progress,
) -> Result<Sources, Failure> {
    let forced = options.client.as_deref().map(client).transpose()?;
    let filter = Filter {
        exclude: globs(&options.exclude)?,
        include: globs(&options.include)?,
        ways: globs(&source::ways(&options.include))?,
    };
    let mut files = Vec::new();
    let mut ready = Vec::new();
    let of_user = options.home || (options.paths.is_empty() && !options.no_home);
    if of_user {
        files.extend(source::user_files(&DIALECTS, &environment::of_user()));
    }
    let walk = |path: &Path, shown: &str| {
        let tree = Tree { path: path.to_owned(), shown: shown.to_owned() };
        let seen = || {
            progress.entries.fetch_add(1, Ordering::Relaxed);
        };
        source::walk(&tree, &scanner.catalogue, &filter, seen)
    };
    if options.paths.is_empty() {
        if forced.is_some() {
            let message = "`--client` says whose a file is: name the file, or `-`";
            return Err(Failure::Usage(message.to_owned()));
        }
        files.extend(walk(Path::new("."), ""));
    }
    for path in &options.paths {
        if path.as_os_str() == "-" {
            ready.push(standard_input(forced, scanner.limits.bytes));
        } else if path.is_dir() {
            if forced.is_some() {
                let path = path.display();
                let message = format!("`--client` says whose a file is; `{path}` is a directory");
                return Err(Failure::Usage(message));
            }
            let shown = source::slashed(path);
            let shown = if shown == "." { String::new() } else { shown };
            files.extend(walk(path, &shown));
        } else {
            path.symlink_metadata().map_err(|source| match source.kind() {
                io::ErrorKind::NotFound => Failure::NoSuchPath(path.clone()),
                _ => Failure::Read { path: path.clone(), source },
            })?;
            let mut candidate = Candidate::named(path.clone());
            candidate.forced = forced;
            files.push(candidate);
        }
    }
    Ok(Sources { files: once(files), ready })
}

/// Each file once, where it is mentioned first. One that was named is read, although a link to it
/// was found before and not followed.
fn once(files: Vec<Candidate>) -> Vec<Candidate> {
    let real = |candidate: &Candidate| {
        let known = candidate.real.clone().or_else(|| candidate.path.canonicalize().ok());
        known.unwrap_or_else(|| candidate.path.clone())
    };
    let files: Vec<(PathBuf, Candidate)> =
        files.into_iter().map(|candidate| (real(&candidate), candidate)).collect();
    let read: HashSet<&PathBuf> = files
        .iter()
        .filter(|(_, candidate)| candidate.problem.is_none())
        .map(|(path, _)| path)
        .collect();
    let mut seen: HashSet<&PathBuf> = HashSet::new();
    let keep: Vec<bool> = files
        .iter()
        .map(|(path, candidate)| {
            (candidate.problem.is_none() || !read.contains(path)) && seen.insert(path)
        })
        .collect();
    let kept = files.into_iter().zip(keep).filter(|(_, keep)| *keep);
    kept.map(|((_, candidate), _)| candidate).collect()
}

fn standard_input(forced: Option<&'static Dialect>, limit: usize) -> Ready {
    let mut candidate = Candidate::named(PathBuf::from(source::STDIN));
    candidate.forced = forced;
    match source::stdin(io::stdin().lock(), limit) {
        Ok(bytes) => Ready { candidate, bytes },
        Err(problem) => {
            candidate.problem = Some(problem);
            Ready { candidate, bytes: Vec::new() }
        }
    }
}

fn client(id: &str) -> Result<&'static Dialect, Failure> {
    mcp_guard_scanner::client::dialect(id).ok_or_else(|| {
        let ids = DIALECTS.iter().map(|dialect| dialect.id.as_ref());
        Failure::Usage(match nearest(id, ids) {
            Some(near) => format!("there is no client `{id}`; did you mean `{near}`?"),
            None => format!("there is no client `{id}`; `mcp-guard clients` lists them"),
        })
    })
}

fn globs(patterns: &[String]) -> Result<GlobSet, Failure> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let fault = |error| Failure::Usage(format!("`{pattern}` is no pattern: {error}"));
        // As in .gitignore: a pattern without a slash is about a name anywhere.
        let trimmed = pattern.trim_end_matches('/');
        let anywhere = format!("**/{trimmed}");
        let text = if trimmed.contains('/') { trimmed } else { anywhere.as_str() };
        set.add(GlobBuilder::new(text).literal_separator(true).build().map_err(fault)?);
    }
    set.build().map_err(|error| Failure::Usage(error.to_string()))
}
