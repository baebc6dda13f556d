//! `mcp-guard baseline`, and scanning against one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use mcp_guard_scanner::baseline::{Baseline, Entry};
use mcp_guard_scanner::finding::{Because, Finding};
use mcp_guard_scanner::known::{Before, Known};
use mcp_guard_scanner::report::{AlteredBaseline, InBaseline};
use mcp_guard_scanner::scanned::FileReport;
use mcp_guard_scanner::source::{self, STDIN};

use crate::against::{Against, Standing};
use crate::agreed::says_the_same;
use crate::cli::{BaselineOptions, Talk};
use crate::failure::{Failure, one_line, output_line};
use crate::named::Named;
use crate::session::{Scanned, Session};
use crate::settings::shown;
use crate::unread::Unread;
use crate::{output, replace, sources};

/// Bytes of a baseline, about half a million findings.
pub(crate) const LARGEST: usize = 128 << 20;

pub(crate) fn run(options: &BaselineOptions, talk: Talk) -> Result<ExitCode, Failure> {
    let session =
        Session::of(&options.scope, sources::is_of_user(&options.scope), Against::Nothing)?;
    let Scanned { files, answers, .. } = session.scan(talk, false)?;
    let unanswered = answers.map(|answers| answers.unanswered).unwrap_or_default();
    let names = Names::of(options.output.as_deref(), &session);
    let entry = |file: &FileReport, finding: &Finding| Entry {
        path: names.of_file(file),
        rule: finding.rule.id.to_string(),
        severity: finding.severity,
        fingerprint: finding.fingerprint.clone(),
        parts: finding.parts.to_vec(),
    };
    let findings = files
        .iter()
        .flat_map(|file| file.findings.iter().map(move |finding| entry(file, finding)))
        .collect();
    let baseline = Baseline::new(session.persona, findings);
    let text = baseline.to_string();
    match &options.output {
        Some(path) => replace::file(path, text.as_bytes())
            .map_err(|source| Failure::Write { path: path.clone(), source })?,
        None => output::print(&text)?,
    }
    let whole = files.iter().all(FileReport::is_whole) && unanswered.is_empty();
    if talk != Talk::Quiet {
        let count = baseline.findings.len();
        let plural = if count == 1 { "" } else { "s" };
        output_line(&format!("{count} finding{plural} written down"));
        unanswered
            .iter()
            .for_each(|line| output_line(&format!("not found out: {}", one_line(line))));
        if !whole {
            output_line("not everything could be analysed; `mcp-guard scan` says what");
        }
    }
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

/// A baseline that was read.
pub(crate) struct Read {
    named: Named,
    baseline: Baseline,
}

/// The baseline that the command line names, or the settings, and what a change makes of the former
/// if it alters it.
pub(crate) fn named(
    option: Option<&Path>,
    session: &Session<'_>,
    against: Against<'_>,
) -> Result<(Option<Read>, Option<AlteredBaseline>), Failure> {
    let Some(path) = option else {
        let named = session.settings.baseline();
        return Ok((named.map(read).transpose()?, None));
    };
    let altered = |counts: Option<&Path>, unusable: Option<String>| AlteredBaseline {
        file: source::slashed(path),
        counts: counts.map(source::slashed),
        unusable,
    };
    let must_be_there = || match path.exists() {
        true => Ok(()),
        false => Err(Failure::NoSuchPath(path.to_owned())),
    };
    match against.standing(path, LARGEST) {
        Standing::OnDisk => Ok((Some(read(Named::from(path))?), None)),
        Standing::AtBase { shown, bytes } => {
            let is_same = bytes.as_ref().is_ok_and(|then| {
                source::read(path, LARGEST).is_ok_and(|(now, _)| says_the_same(&now, then))
            });
            let known = bytes.map_err(|problem| problem.message).and_then(|bytes| {
                let baseline = parse(bytes)?;
                Ok(Read { named: Named { shown: shown.clone(), ..Named::from(path) }, baseline })
            });
            match known {
                Ok(known) => Ok((Some(known), (!is_same).then(|| altered(Some(&shown), None)))),
                // Without it more is told, and a change may repair it.
                Err(reason) if !is_same => Ok((None, Some(altered(None, Some(reason))))),
                Err(message) => Err(Failure::Unusable { path: shown, message }),
            }
        }
        Standing::Absent => {
            must_be_there()?;
            Ok((None, Some(altered(None, None))))
        }
        Standing::Lost => {
            must_be_there()?;
            Ok((None, Some(altered(None, Some("it is not at hand".to_owned())))))
        }
    }
}

fn read(named: Named) -> Result<Read, Failure> {
    let unusable = |message| Failure::Unusable { path: named.shown.clone(), message };
    let bytes = if let Some((_, bytes)) = named.held.iter().flatten().next() {
        bytes.clone()
    } else {
        named.allows(&named.path, &named.shown)?;
        source::read(&named.path, LARGEST).map_err(|problem| unusable(problem.message))?.0
    };
    let baseline = parse(bytes).map_err(unusable)?;
    Ok(Read { named, baseline })
}

/// The baseline in these bytes, or why there is none.
pub(crate) fn parse(bytes: Vec<u8>) -> Result<Baseline, String> {
    let text = String::from_utf8(bytes).map_err(|_| "it is no baseline: it is no text")?;
    Baseline::read(&text).map_err(|error| error.to_string())
}

/// How many doubts about a baseline are told.
const TOLD: usize = 5;

impl Read {
    /// Tells what in it can fit no finding.
    pub(crate) fn tell_doubts(&self, session: &Session<'_>) {
        let doubts = self.baseline.doubts(|rule| session.knows(rule));
        let file = shown(&self.named.shown);
        for doubt in doubts.iter().take(TOLD) {
            output_line(&one_line(&format!("warning: {file}: {doubt}")));
        }
        if let Some(more) = doubts.len().checked_sub(TOLD).filter(|more| *more > 0) {
            output_line(&one_line(&format!(
                "warning: {file}: and {more} more entries fit nothing"
            )));
        }
    }

    /// Sets aside what stands in the baseline and has not become worse.
    pub(crate) fn set_aside(&self, files: &mut [FileReport], session: &Session<'_>) -> InBaseline {
        let names = Names::of(Some(&self.named.path), session);
        let entries = &self.baseline.findings;
        let mut known =
            Known::new(entries.iter().map(|e| (e.path.as_str(), e.fingerprint.as_str())));
        let paths: Vec<String> = files.iter().map(|file| names.of_file(file)).collect();
        known.set_aside(files, &paths, &Because::Baseline, |index| {
            let entry = entries.get(index)?;
            Some(Before { severity: entry.severity, parts: &entry.parts })
        });
        let unread = Unread::of(files, &paths);
        let left = entries.iter().zip(known.met()).filter(|(_, met)| !**met);
        // Someone else sees more, and would take it for missing now.
        let same = self.baseline.persona == session.persona;
        let fixed = left
            .filter(|(entry, _)| same && session.scanner.judge.applies(&entry.rule))
            .filter(|(entry, _)| !unread.holds(&entry.path))
            .filter(|(entry, _)| is_in_scope(&entry.path, &paths, &names, session))
            .count();
        InBaseline { file: shown(&self.named.shown), fixed }
    }
}

/// Whether the file of a known finding was looked at, or would have been if it were there.
fn is_in_scope(name: &str, paths: &[String], names: &Names, session: &Session<'_>) -> bool {
    if paths.iter().any(|path| path == name) {
        return true;
    }
    let Some(place) = names.place(name) else { return false };
    let options = session.options;
    let here = [PathBuf::from(".")];
    let roots = if options.paths.is_empty() { &here[..] } else { &options.paths };
    let mut roots = roots.iter().filter_map(|root| root.canonicalize().ok());
    roots.any(|root| root.is_dir() && place.starts_with(root))
}

/// How a baseline calls files.
struct Names {
    /// The directory it lies in.
    directory: PathBuf,
    home: Option<PathBuf>,
}

impl Names {
    /// `path` is the baseline; standard output lies in the working directory.
    fn of(path: Option<&Path>, session: &Session<'_>) -> Self {
        let directory = path.unwrap_or(Path::new("baseline"));
        Self {
            directory: source::directory(directory).unwrap_or_default(),
            home: session.environment.home.as_deref().map(PathBuf::from),
        }
    }

    fn of_file(&self, file: &FileReport) -> String {
        let place = Path::new(&file.place);
        if file.place == STDIN || file.place.starts_with("~/") {
            return file.place.clone();
        }
        if let Ok(below) = place.strip_prefix(&self.directory) {
            return source::slashed(below);
        }
        match self.home.as_deref().map(|home| place.strip_prefix(home)) {
            Some(Ok(below)) => format!("~/{}", source::slashed(below)),
            _ => source::slashed(place),
        }
    }

    /// Where a file lies.
    fn place(&self, name: &str) -> Option<PathBuf> {
        match name.strip_prefix("~/") {
            Some(below) => Some(self.home.as_deref()?.join(below)),
            None => Some(self.directory.join(name)),
        }
    }
}
