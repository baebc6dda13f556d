//! `mcp-guard scan`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use mcp_guard_scanner::report::{
    self, AtBase, MarkdownStyle, Outcome, Report, SarifStyle, TextStyle,
};
use mcp_guard_scanner::rules::{Persona, Severity};
use mcp_guard_scanner::source;

use crate::against::Against;
use crate::cli::{FailOn, Level, ScanOptions, Talk};
use crate::failure::{Failure, one_line, output_line};
use crate::format::{Format, Styles};
use crate::git::repository;
use crate::session::{Scanned, Session};
use crate::{base, baseline, fix, output, sources};

pub(crate) fn run(options: &ScanOptions, talk: Talk) -> Result<ExitCode, Failure> {
    if options.fix && options.scope.paths.iter().any(|path| path.as_os_str() == "-") {
        let message = "`--fix` edits files; what comes from standard input is none";
        return Err(Failure::Usage(message.to_owned()));
    }
    for (at, (_, path)) in options.output.iter().enumerate() {
        let mut before = options.output.iter().take(at);
        if before.any(|(_, other)| output::is_same(path, other)) {
            let path = path.display();
            let message = format!("--output: two results would be written to `{path}`");
            return Err(Failure::Usage(message));
        }
    }
    // A revision knows no files of the user.
    let of_user = options.base.is_none() && sources::is_of_user(&options.scope);
    let base = options.base.as_deref().map(|name| base::open(name, &options.scope)).transpose()?;
    let against = base.as_ref().map_or(Against::Nothing, Against::Base);
    let mut session = Session::of(&options.scope, of_user, against)?;
    session.scanner.keeps_lines = options.formats().any(Format::is_for_hosts);
    let versions = fix::versions(options)?;
    if fix::is_wanted(options) {
        let judge = session.scanner.judge.clone();
        session.scanner.judge = judge.fixing(versions.clone());
    }
    let wanted = Wanted {
        baseline: options.baseline.as_deref(),
        least: least(options.min_severity, &session),
        keep: options.fix,
    };
    let (mut report, scanned) = look(&wanted, &session, against, talk)?;
    if talk != Talk::Quiet {
        for name in versions.names().filter(|name| !fix::is_started(name, &report)) {
            let message = format!("warning: --pin: no server here starts the package `{name}`");
            output_line(&one_line(&message));
        }
    }
    let limit = fail_on(options.fail_on, &session);
    let mut refused = false;
    if options.fix {
        let answers = scanned.answers.as_ref();
        let repair = fix::run(&session.scanner, &scanned.candidates, &report, answers, options);
        if options.dry_run {
            output::print(&repair.diff)?;
        } else {
            if repair.wrote {
                report = look(&wanted, &session, against, Talk::Quiet)?.0;
            }
            deliver(&report, options, limit, talk)?;
        }
        repair.tell(&report, options, talk);
        refused = !repair.refused.is_empty();
    } else {
        deliver(&report, options, limit, talk)?;
    }
    let outcome = report.outcome(limit);
    // The process ends here; taking thousands of findings apart first would only take time.
    std::mem::forget((report, scanned));
    Ok(match outcome {
        _ if refused => ExitCode::from(2),
        Outcome::Clean => ExitCode::SUCCESS,
        Outcome::Findings => ExitCode::from(1),
        Outcome::Incomplete if options.allow_incomplete => ExitCode::SUCCESS,
        Outcome::Incomplete => ExitCode::from(3),
    })
}

/// From which severity on a scan fails, as an option says, or the settings.
pub(crate) fn fail_on(option: Option<FailOn>, session: &Session<'_>) -> Option<Severity> {
    match (option, session.settings.said.fail_on) {
        (Some(level), _) => level.severity(),
        (None, Some(level)) => level.0,
        (None, None) => FailOn::USUAL,
    }
}

/// The least severity that is reported, as an option says, or the settings, or else the persona.
pub(crate) fn least(option: Option<Level>, session: &Session<'_>) -> Severity {
    match (option, session.settings.said.min_severity, session.persona) {
        (Some(level), _, _) => level.into(),
        (None, Some(severity), _) => severity,
        (None, None, Persona::Default) => Severity::Low,
        (None, None, Persona::Pedantic | Persona::Auditor) => Severity::Info,
    }
}

/// What a scan is to tell.
pub(crate) struct Wanted<'a> {
    /// The baseline that the command line names.
    pub(crate) baseline: Option<&'a Path>,
    /// The least severity that is reported.
    pub(crate) least: Severity,
    /// What was looked at will still be needed.
    pub(crate) keep: bool,
}

/// Scans, sets aside what is known, and reports what counts.
pub(crate) fn look(
    wanted: &Wanted<'_>,
    session: &Session<'_>,
    against: Against<'_>,
    talk: Talk,
) -> Result<(Report, Scanned), Failure> {
    let (known, altered) = baseline::named(wanted.baseline, session, against)?;
    if let Some(known) = known.as_ref().filter(|_| talk != Talk::Quiet) {
        known.tell_doubts(session);
    }
    let mut scanned = session.scan(talk, wanted.keep)?;
    let mut files = std::mem::take(&mut scanned.files);
    let answers = scanned.answers.as_ref();
    let known = known.map(|known| known.set_aside(&mut files, session));
    let mut base = match against {
        Against::Base(base) => Some(base.set_aside(&mut files, session, answers)?),
        Against::Lost(_) => Some(AtBase {
            revision: "the base".to_owned(),
            commit: None,
            missing: Vec::new(),
            fixed: Vec::new(),
            altered: session.settings.altered.clone(),
        }),
        Against::Nothing => None,
    };
    if let Some((base, altered)) = base.as_mut().zip(altered) {
        base.altered.get_or_insert_default().baseline = Some(altered);
    }
    let mut report = Report::new("mcp-guard", env!("CARGO_PKG_VERSION"), files, wanted.least);
    report.rules = session.rules().to_vec();
    report.settings = session.settings.names();
    report.baseline = known;
    report.base = base;
    if session.scanner.keeps_lines {
        report.root = root(&session.options.paths);
    }
    report.unanswered = answers.map(|answers| answers.unanswered.clone()).unwrap_or_default();
    Ok((report, scanned))
}

/// The directory that code hosts count paths from: the root of the repository that the first path
/// lies in, else the current directory.
fn root(paths: &[PathBuf]) -> Option<String> {
    let here = Path::new(".");
    let path = paths.first().map_or(here, PathBuf::as_path).canonicalize().ok();
    let root = path.and_then(|path| repository(&path.join("_"))).map(|(root, _)| root);
    root.or_else(|| here.canonicalize().ok()).map(|root| source::slashed(&root))
}

fn deliver(
    report: &Report,
    options: &ScanOptions,
    fail_on: Option<Severity>,
    talk: Talk,
) -> Result<(), Failure> {
    let verbose = talk == Talk::Verbose;
    let plain = Styles {
        fail_on,
        text: TextStyle { colour: false, width: 140, verbose },
        sarif: SarifStyle {
            category: options.sarif_category.clone(),
            include_suppressed: options.sarif_include_suppressed,
        },
        markdown: MarkdownStyle { lists_known: true, ..MarkdownStyle::default() },
    };
    for (format, path) in &options.output {
        save(report, *format, &plain, path)
            .map_err(|source| Failure::Write { path: path.clone(), source })?;
    }
    if options.format != Format::Text {
        return output::print_exactly(|out| options.format.write(report, &plain, out));
    }
    let choice = anstream::AutoStream::choice(&io::stdout());
    let colour = choice != anstream::ColorChoice::Never;
    let style = TextStyle { colour, width: output::width(), verbose };
    let write = |out: &mut dyn Write| report::write_text(report, style, out);
    if colour { output::print_coloured(write) } else { output::print_exactly(write) }
}

fn save(report: &Report, format: Format, styles: &Styles, path: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    format.write(report, styles, &mut out)?;
    out.flush()
}
