//! `mcp-guard pin`: records the servers that somebody has reviewed.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicUsize;

use clap::Args;
use mcp_guard_scanner::batch;
use mcp_guard_scanner::client::dialect::ClientKind;
use mcp_guard_scanner::client::{Catalogue, DIALECTS, dialect};
use mcp_guard_scanner::finding::Judge;
use mcp_guard_scanner::lock::{FILE_NAME, Lock, Reviewed};
use mcp_guard_scanner::nearest;
use mcp_guard_scanner::online::{Answers, Questions};
use mcp_guard_scanner::rules::{Persona, RULES, Severity};
use mcp_guard_scanner::scan::Scanner;
use mcp_guard_scanner::scanned::{FileReport, Status};
use mcp_guard_scanner::source::{self, Candidate, Filter, Tree};
use mcp_guard_scanner::syntax::Limits;

use crate::failure::{Failure, one_line, output_line};
use crate::git::Git;
use crate::online::Places;
use crate::{environment, online, output, replace};

#[derive(Args, Debug)]
#[command(
    after_help = "The lock file holds command, arguments, URL, helper, directory, names of variables and headers of each \
    server, and no secret that it recognises. From then on `mcp-guard scan` reports every server below its directory \
    that differs or is missing in it (rule config-drift). Where a server or a key of its entry stands twice, nothing is \
    recorded: clients differ in which of the two they run.\n\n\
    Examples:\n  \
    mcp-guard pin                    record all servers of the current directory\n  \
    mcp-guard pin --server github    renew one, keep the others as they were reviewed\n  \
    mcp-guard pin --home             record this user's own servers"
)]
pub(crate) struct PinOptions {
    /// The directory that the lock file speaks for and lies in
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) path: PathBuf,
    /// This user's own files instead of a directory
    #[arg(long, conflicts_with = "path")]
    pub(crate) home: bool,
    /// Renew only servers of this name; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) server: Vec<String>,
    /// Ask the registries which release and which contents are served now, and record them
    #[arg(long)]
    pub(crate) online: bool,
    /// Say what would be recorded, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Where the lock file is, and which files it speaks for.
struct Reach {
    lock: PathBuf,
    files: Vec<Candidate>,
    /// The real directory that names of files start from; `None` for those of the user.
    root: Option<PathBuf>,
}

type Key = (String, String);

pub(crate) fn run(options: &PinOptions) -> Result<ExitCode, Failure> {
    let environment = environment::of_user();
    let scanner = Scanner {
        judge: Judge::new(
            RULES.iter().filter(|rule| rule.id == "incomplete-analysis"),
            Persona::Auditor,
            Severity::Info,
        ),
        catalogue: Catalogue::new(&DIALECTS).on(environment.os),
        limits: Limits::default(),
        keeps_lines: false,
    };
    let reach = if options.home { of_user(&environment)? } else { of_tree(options, &scanner)? };
    let asked = Answers::default();
    let asked = options.online.then_some(&asked);
    let files = reach.files.clone();
    let reports =
        batch::scan_all(&scanner, files, &[], &Git::default(), asked, &AtomicUsize::new(0));
    let is_lock = |report: &FileReport| report.path.ends_with(FILE_NAME);
    let unread: Vec<&str> = reports
        .iter()
        .filter(|report| report.status != Status::Ok && !is_lock(report))
        .map(|report| report.path.as_str())
        .collect();
    if !unread.is_empty() {
        output_line(&format!(
            "error: nothing was recorded, because not all of {} could be read; `mcp-guard scan` \
             says why",
            one_line(&unread.join(", "))
        ));
        return Ok(ExitCode::from(3));
    }
    let twice: Vec<String> =
        reports.iter().filter(|report| !is_lock(report)).flat_map(twice).collect();
    if !twice.is_empty() {
        let lines = one_line(&twice.join(" "));
        output_line(&format!("error: nothing was recorded, for one of two would be: {lines}"));
        return Ok(ExitCode::from(3));
    }
    let before = existing(&reach.lock)?;
    let mut found = servers(&reports, &reach);
    if options.online && !add_published(&reports, &mut found)? {
        return Ok(ExitCode::from(3));
    }
    let after = chosen(&options.server, &before, found)?;
    if after.is_empty() && before.is_empty() {
        output::print("There is no server to record; nothing was written.\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    let text = Lock::new(after.values().cloned().collect())
        .write()
        .map_err(|error| Failure::Usage(error.to_string()))?;
    if !options.dry_run {
        replace::file(&reach.lock, text.as_bytes())
            .map_err(|source| Failure::Write { path: reach.lock.clone(), source })?;
    }
    output::print(&summary(&reach.lock, &before, &after, options.dry_run))?;
    Ok(ExitCode::SUCCESS)
}

/// What stands twice in a file and is about its servers. Which of the two runs depends on the
/// client, so that a record of one would pass the other off as reviewed.
fn twice(report: &FileReport) -> Vec<String> {
    let about_servers = report.findings.iter().filter(|finding| {
        // Where something stands twice nothing is left out. Of a server that is switched off it is
        // told as less severe.
        !finding.incomplete && (finding.server.is_some() || finding.severity >= Severity::Medium)
    });
    about_servers.map(|finding| format!("{}: {}", report.path, finding.message)).collect()
}

fn of_user(environment: &mcp_guard_scanner::client::Environment) -> Result<Reach, Failure> {
    let own = dialect("mcp-guard").map(|dialect| dialect.locations.iter()).into_iter().flatten();
    let lock = own
        .flat_map(|location| environment.resolve(location))
        .find(|path| path.ends_with(FILE_NAME));
    let lock = lock.ok_or_else(|| {
        Failure::Usage("there is no home directory to keep the lock file in".to_owned())
    })?;
    let files = source::user_files(&DIALECTS, environment);
    Ok(Reach { lock: PathBuf::from(lock), files, root: None })
}

fn of_tree(options: &PinOptions, scanner: &Scanner) -> Result<Reach, Failure> {
    let path = &options.path;
    let root = path.canonicalize().map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => Failure::NoSuchPath(path.clone()),
        _ => Failure::Read { path: path.clone(), source },
    })?;
    if !root.is_dir() {
        let message = format!(
            "`{}` is no directory; a lock file speaks for the directory that it lies in",
            path.display()
        );
        return Err(Failure::Usage(message));
    }
    let filter = Filter::new(&[], &[]).map_err(|error| Failure::Usage(error.to_string()))?;
    let tree = Tree { path: path.clone(), shown: String::new() };
    let files = source::walk(&tree, &scanner.catalogue, &filter, || {});
    let here = path.as_os_str() == ".";
    let lock = if here { PathBuf::from(FILE_NAME) } else { path.join(FILE_NAME) };
    Ok(Reach { lock, files, root: Some(root) })
}

fn existing(path: &Path) -> Result<BTreeMap<Key, Reviewed>, Failure> {
    let exists = path.try_exists();
    if !exists.map_err(|source| Failure::Read { path: path.to_owned(), source })? {
        return Ok(BTreeMap::new());
    }
    let read = |source| Failure::Read { path: path.to_owned(), source };
    replace::stays(path, &path.canonicalize().map_err(read)?).map_err(read)?;
    let unusable = |message| Failure::Unusable { path: path.to_owned(), message };
    let (bytes, _) =
        source::read(path, Limits::default().bytes).map_err(|problem| unusable(problem.message))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| unusable("it is no text; repair or delete it first".to_owned()))?;
    let lock = Lock::read(&text).map_err(|error| {
        Failure::Usage(format!("{}: {error}; repair or delete it first", path.display()))
    })?;
    Ok(lock.servers.into_iter().map(|server| (key(&server), server)).collect())
}

fn key(server: &Reviewed) -> Key {
    (server.file.clone(), server.pointer.clone())
}

/// The servers as they are now, by the name of their file and their pointer.
fn servers(reports: &[FileReport], reach: &Reach) -> BTreeMap<Key, Reviewed> {
    let bundle = |id: &str| dialect(id).is_some_and(|client| client.kind == ClientKind::Bundle);
    let candidates: HashMap<&str, &Candidate> =
        reach.files.iter().rev().map(|file| (file.shown.as_str(), file)).collect();
    let mut found = BTreeMap::new();
    for report in reports.iter().filter(|report| !bundle(report.client)) {
        let name = match &reach.root {
            Some(root) => real_name(&report.path, &candidates, root),
            None => report.path.clone(),
        };
        for server in &report.servers {
            let reviewed = server.shown.reviewed(&name);
            found.insert(key(&reviewed), reviewed);
        }
    }
    found
}

/// Adds to each package the version that the registry gives now, where none is fixed, and the hash
/// of what it serves. Says so and tells `false` where a registry does not answer.
fn add_published(
    reports: &[FileReport],
    found: &mut BTreeMap<Key, Reviewed>,
) -> Result<bool, Failure> {
    let mut questions = Questions::default();
    for report in reports {
        questions.packages.extend(report.questions.packages.iter().cloned());
    }
    let answers = online::ask(&questions, &Places::of_environment())?;
    if !answers.unanswered.is_empty() {
        let lines = one_line(&answers.unanswered.join("; "));
        output_line(&format!("error: nothing was recorded, because not all was answered: {lines}"));
        return Ok(false);
    }
    let published: HashMap<_, _> = answers
        .packages
        .iter()
        .map(|(release, published)| {
            let version = release.version.as_deref();
            ((release.ecosystem, release.name.as_str(), version), published)
        })
        .collect();
    for server in found.values_mut() {
        let Some(package) = &mut server.package else { continue };
        let release =
            (package.ecosystem.as_str(), package.name.as_str(), package.version.as_deref());
        if let Some(published) = published.get(&release) {
            package.integrity.clone_from(&published.integrity);
            if package.version.is_none() {
                package.version.clone_from(&published.newest);
            }
        }
    }
    Ok(true)
}

/// How a lock file calls a file that was reached through links: by its real place.
fn real_name(path: &str, candidates: &HashMap<&str, &Candidate>, root: &Path) -> String {
    let real = candidates.get(path).and_then(|file| {
        let directory = source::directory(&file.path)?;
        let real = directory.join(file.path.file_name()?);
        Some(source::slashed(real.strip_prefix(root).ok()?))
    });
    real.unwrap_or_else(|| path.to_owned())
}

/// What is to be recorded: all, or what was recorded before with the named servers renewed.
fn chosen(
    names: &[String],
    before: &BTreeMap<Key, Reviewed>,
    mut found: BTreeMap<Key, Reviewed>,
) -> Result<BTreeMap<Key, Reviewed>, Failure> {
    for name in names {
        let mut known = found.values().chain(before.values()).map(|server| server.server.as_str());
        if !known.clone().any(|other| other == name) {
            let hint = nearest(name, &mut known).map_or_else(
                || "`mcp-guard scan --format json` lists them".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(Failure::Usage(format!("there is no server `{name}`; {hint}")));
        }
    }
    for (key, server) in &mut found {
        // A hash belongs to a version; while that stays, the hash does.
        if let Some(package) = &mut server.package
            && let Some(old) = before.get(key).and_then(|server| server.package.as_ref())
            && (&old.ecosystem, &old.name) == (&package.ecosystem, &package.name)
            && package.integrity.is_empty()
            && (package.version.is_none() || package.version == old.version)
        {
            package.clone_from(old);
        }
    }
    if names.is_empty() {
        return Ok(found);
    }
    let named = |server: &Reviewed| names.contains(&server.server);
    let kept = before.iter().filter(|(_, server)| !named(server));
    let renewed = found.into_iter().filter(|(_, server)| named(server));
    Ok(kept.map(|(key, server)| (key.clone(), server.clone())).chain(renewed).collect())
}

fn summary(
    path: &Path,
    before: &BTreeMap<Key, Reviewed>,
    after: &BTreeMap<Key, Reviewed>,
    dry_run: bool,
) -> String {
    let mut out = String::new();
    let mut line = |word: &str, server: &Reviewed| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{word:8} {}  {}", one_line(&server.server), one_line(&server.file));
    };
    for (key, server) in after {
        match before.get(key) {
            None => line("new", server),
            Some(old) if old != server => line("changed", server),
            Some(_) => {}
        }
    }
    for (_, server) in before.iter().filter(|(key, _)| !after.contains_key(*key)) {
        line("gone", server);
    }
    let changes = !out.is_empty();
    let count = match after.len() {
        1 => "1 server".to_owned(),
        many => format!("{many} servers"),
    };
    let verb = if dry_run { "would be" } else { "are" };
    let verb = if after.len() == 1 && !dry_run { "is" } else { verb };
    let shown = one_line(&path.display().to_string());
    let _ = match changes {
        true => writeln!(out, "{count} {verb} recorded in {shown}."),
        false => writeln!(out, "{count} {verb} recorded in {shown}, as before."),
    };
    out
}
