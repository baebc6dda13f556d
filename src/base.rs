//! `scan --base`: the same scan over the tree of a git revision, and what differs.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, PoisonError};

use mcp_guard_scanner::batch::{self, Ready, World};
use mcp_guard_scanner::finding::Because;
use mcp_guard_scanner::known::{Before, Known};
use mcp_guard_scanner::lock;
use mcp_guard_scanner::locks;
use mcp_guard_scanner::online::Answers;
use mcp_guard_scanner::report::{AtBase, Fixed};
use mcp_guard_scanner::scanned::FileReport;
use mcp_guard_scanner::source::{self, Candidate, Filter, Finder, Missing, Part, Tree};

use crate::cli::Scope;
use crate::failure::Failure;
use crate::git::{Git, Repository, Revision, Unknown, repository};
use crate::session::Session;
use crate::sources;
use crate::unread::Unread;

/// How many reasons why the base is not whole are told.
const TOLD: usize = 3;

/// A revision to compare with.
pub(crate) struct Base {
    /// By what git knows it: how the user called it.
    pub(crate) name: String,
    /// How it is called in the report.
    pub(crate) called: String,
    parts: Vec<Part>,
    /// The real directory of the work tree.
    pub(crate) root: PathBuf,
    pub(crate) repository: Repository,
}

/// In a revision, what is in its tree is tracked. What else is on the machine, of what kind and with
/// which rights, git does not keep: today's answers are given, so that they make no difference.
struct Committed<'a> {
    root: &'a Path,
    /// Asks the thread that may read the repository.
    questions: Mutex<Sender<Question>>,
    today: Git,
}

/// Whether a path of the tree is a file of it, and where to answer.
type Question = (String, Sender<bool>);

impl World for Committed<'_> {
    fn is_tracked(&self, path: &Path) -> bool {
        let Some(path) = whole(path) else { return false };
        if repository(&path).is_some_and(|(root, _)| root != self.root) {
            return self.today.is_tracked(&path);
        }
        let Ok(below) = path.strip_prefix(self.root) else { return false };
        let (answer, answered) = mpsc::channel();
        // A thread that panicked here left the sender as it was.
        let questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = questions.send((source::slashed(below), answer));
        drop(questions);
        asked.is_ok() && answered.recv().unwrap_or(false)
    }

    fn work_tree(&self, path: &Path) -> Option<PathBuf> {
        repository(&std::path::absolute(path).ok()?).map(|(root, _)| root)
    }
}

/// The whole path, links on the way resolved as far as its directories exist today, and `..`.
fn whole(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in std::path::absolute(path).ok()?.components() {
        match part {
            Component::ParentDir => {
                plain = plain.canonicalize().unwrap_or(plain);
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    let found = plain
        .ancestors()
        .skip(1)
        .find_map(|above| Some(above.canonicalize().ok()?.join(plain.strip_prefix(above).ok()?)));
    found.or(Some(plain))
}

/// Finds the repository that holds all of what is scanned, and asks it for the revision.
pub(crate) fn open(name: &str, options: &Scope) -> Result<Base, Failure> {
    let here = [PathBuf::from(".")];
    let paths = if options.paths.is_empty() { &here[..] } else { &options.paths };
    let mut root: Option<PathBuf> = None;
    let mut parts = Vec::new();
    for path in paths {
        let (of_path, part, above) = part(path, name)?;
        match &root {
            Some(root) if *root != of_path => {
                let message = "`--base` compares within one repository, and the paths lie in two; \
                               scan them one after the other";
                return Err(Failure::Usage(message.to_owned()));
            }
            _ => root = Some(of_path),
        }
        parts.push(part);
        parts.push(above);
    }
    let Some(root) = root else {
        return Err(Failure::Usage("there is nothing to compare".to_owned()));
    };
    let repository = Repository::open(&root).map_err(|error| {
        Failure::Usage(format!("the git repository `{}` cannot be read: {error}", root.display()))
    })?;
    // A name that does not exist is told before anything is scanned.
    if let Err(Unknown::NoSuchRevision(message)) = repository.revision(name) {
        return Err(Failure::Usage(message));
    }
    Ok(Base { name: name.to_owned(), called: name.to_owned(), parts, root, repository })
}

/// The repository of a path, what stands for the path in its trees, and for the lock file above it.
fn part(path: &Path, name: &str) -> Result<(PathBuf, Part, Part), Failure> {
    if path.as_os_str() == "-" {
        let message = "`--base` compares files, and standard input is none";
        return Err(Failure::Usage(message.to_owned()));
    }
    let is_directory = path.is_dir();
    let real = match is_directory {
        true => path.canonicalize().ok(),
        false => source::directory(path).zip(path.file_name()).map(|(d, file)| d.join(file)),
    };
    let real = real.ok_or_else(|| Failure::NoSuchPath(path.to_owned()))?;
    let inside = if is_directory { real.join("_") } else { real.clone() };
    let (root, _) = repository(&inside).ok_or_else(|| {
        let path = path.display();
        Failure::Usage(format!(
            "`{path}` lies in no git repository, so there is nothing to compare with `{name}`"
        ))
    })?;
    let below = source::slashed(real.strip_prefix(&root).unwrap_or(&real));
    let above = Part::Above { root: root.clone(), below: below.clone(), name: lock::FILE_NAME };
    let part = if is_directory {
        Part::Directory { tree: sources::tree(path), below }
    } else {
        Part::File { candidate: Box::new(Candidate::named(path.to_owned())), below }
    };
    Ok((root, part, above))
}

impl Base {
    /// How a path of the revision is called.
    pub(crate) fn shown(&self, below: &str) -> PathBuf {
        PathBuf::from(format!("{}:{below}", self.called))
    }

    /// Sets aside what was there before and has not become worse, and tells what is gone.
    pub(crate) fn set_aside(
        &self,
        files: &mut Vec<FileReport>,
        session: &Session<'_>,
        answers: Option<&Answers>,
    ) -> Result<AtBase, Failure> {
        let (before, commit, missing) = match self.repository.revision(&self.name) {
            Ok(revision) => {
                let (before, missing) = self.findings(&revision, session, answers)?;
                (before, Some(revision.short), missing)
            }
            Err(Unknown::NoSuchRevision(message)) => return Err(Failure::Usage(message)),
            Err(Unknown::NotFetched(message)) => (Vec::new(), None, vec![Missing(message)]),
        };
        // What was suppressed was there as well, and is not told when it is gone.
        let told = before.iter().flat_map(|file| file.findings.iter().map(move |f| (file, f)));
        let aside = before
            .iter()
            .flat_map(|file| file.set_aside.iter().map(move |aside| (file, &aside.finding)));
        let count = before.iter().map(|file| file.findings.len()).sum::<usize>();
        let all: Vec<_> = told.chain(aside).collect();
        let mut known = Known::new(
            all.iter().map(|(file, finding)| (file.path.as_str(), finding.fingerprint.as_str())),
        );
        // What was accepted at one place is not accepted at another, and a file that is still there
        // was not moved: a link to it or a copy of it is new.
        let is_there = |path: &str| Path::new(path).symlink_metadata().is_ok();
        let there: HashSet<&str> =
            before.iter().map(|file| file.path.as_str()).filter(|path| is_there(path)).collect();
        known.hold(|index| {
            let path = all.get(index).map(|(file, _)| file.path.as_str());
            index >= count || path.is_some_and(|path| there.contains(path))
        });
        let paths: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
        known.set_aside(files, &paths, &Because::Base, |index| {
            let (_, finding) = all.get(index)?;
            Some(Before { severity: finding.severity, parts: &finding.parts })
        });
        let left = all.iter().zip(known.met()).take(count).filter(|(_, met)| !**met);
        locks::tell_gone(&session.scanner.judge, &before, files);
        let unread = Unread::of(files, &paths);
        let fixed = left
            .filter(|((file, _), _)| !unread.holds(&file.path))
            // It is scanned under another name.
            .filter(|((file, _), _)| {
                paths.contains(&file.path) || !there.contains(file.path.as_str())
            })
            .map(|((file, finding), _)| Fixed {
                rule: finding.rule,
                severity: finding.severity,
                message: finding.message.clone(),
                file: file.path.clone(),
                server: finding.server.as_ref().map(ToString::to_string),
                fingerprint: finding.fingerprint.clone(),
            })
            .collect();
        let more = missing.len().saturating_sub(TOLD);
        let mut missing: Vec<String> =
            missing.into_iter().take(TOLD).map(|Missing(reason)| reason).collect();
        if more > 0 {
            missing.push(format!("and {more} more"));
        }
        let altered = session.settings.altered.clone();
        Ok(AtBase { revision: self.called.clone(), commit, missing, fixed, altered })
    }

    /// What a scan of the revision finds, by the same settings.
    fn findings(
        &self,
        revision: &Revision<'_>,
        session: &Session<'_>,
        answers: Option<&Answers>,
    ) -> Result<(Vec<FileReport>, Vec<Missing>), Failure> {
        let mut parts = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let mut part = part.clone();
            if let Part::File { candidate, .. } = &mut part {
                candidate.forced =
                    session.options.client.as_deref().map(sources::client).transpose()?;
            }
            parts.push(part);
        }
        // The patterns are those of the scan itself, which they did not stop.
        let none = Filter::default();
        let filter = |tree: &Tree| session.filter(tree).unwrap_or_else(|_| none.clone());
        let scanner = &session.scanner;
        let found =
            source::found_in(revision, &parts, &scanner.catalogue, &filter, scanner.limits.bytes);
        let ready: Vec<Ready> =
            found.files.into_iter().map(|(candidate, bytes)| Ready { candidate, bytes }).collect();
        let (questions, asked) = mpsc::channel::<Question>();
        let committed =
            Committed { root: &self.root, questions: Mutex::new(questions), today: Git::default() };
        // The repository stays on this thread, and answers what the others ask.
        let scanned = std::thread::scope(|scope| {
            let scan = scope.spawn(move || {
                let done = AtomicUsize::new(0);
                batch::scan_all(scanner, Vec::new(), &ready, &committed, answers, &done)
            });
            let finder = Finder::new(revision);
            for (path, answer) in asked {
                // Nobody waits any longer if that thread panicked.
                let _ = answer.send(finder.holds(&path));
            }
            scan.join()
        });
        let mut files = scanned.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        session.suppressions().apply(&mut files);
        Ok((files, found.missing))
    }
}
