//! What a scan works with: the settings that count, the rules in force and the scanner.

use mcp_guard_scanner::batch;
use mcp_guard_scanner::client::{Catalogue, DIALECTS, Environment};
use mcp_guard_scanner::finding::Judge;
use mcp_guard_scanner::online::{Answers, Questions};
use mcp_guard_scanner::rules::{Persona, Rule, Severity};
use mcp_guard_scanner::scan::Scanner;
use mcp_guard_scanner::scanned::FileReport;
use mcp_guard_scanner::settings::Date;
use mcp_guard_scanner::source::{Candidate, Filter, Tree};
use mcp_guard_scanner::suppression::{IgnoreList, Suppressions};
use mcp_guard_scanner::syntax::Limits;

use crate::against::Against;
use crate::cli::{Scope, Talk};
use crate::failure::Failure;
use crate::git::Git;
use crate::online::Places;
use crate::progress::Progress;
use crate::settings::{InForce, directories};
use crate::sources::Sources;
use crate::{environment, online, rulebook, sources};

/// One run of a command that scans.
pub(crate) struct Session<'o> {
    pub(crate) options: &'o Scope,
    pub(crate) settings: InForce,
    pub(crate) persona: Persona,
    pub(crate) scanner: Scanner,
    pub(crate) environment: Environment,
    /// This user's own client locations are looked at.
    of_user: bool,
    rules: Vec<&'static Rule>,
    lists: Vec<IgnoreList>,
}

/// What a scan brought.
pub(crate) struct Scanned {
    /// The files, without what is suppressed.
    pub(crate) files: Vec<FileReport>,
    /// What was found out over the network, if it was asked.
    pub(crate) answers: Option<Answers>,
    /// The files that were looked at, if they were to be kept.
    pub(crate) candidates: Vec<Candidate>,
}

impl<'o> Session<'o> {
    /// `against` is what the scan is compared with.
    pub(crate) fn of(
        options: &'o Scope,
        of_user: bool,
        against: Against<'_>,
    ) -> Result<Self, Failure> {
        let environment = environment::of_user();
        let limits = Limits::default();
        let settings = InForce::of(options, &environment, &limits, against)?;
        let rules = rulebook::all(&directories(options, settings.rules()))?;
        settings.check_rules(&rules, options)?;
        let select =
            if options.select.is_empty() { &settings.said.select } else { &options.select };
        let chosen = rulebook::chosen(rules.clone(), select, &options.ignore)?;
        if chosen.is_empty() {
            let message = "no rule is left: what is selected is ignored as well";
            return Err(Failure::Usage(message.to_owned()));
        }
        let persona = match (options.persona, settings.said.persona) {
            (Some(audience), _) => audience.into(),
            (None, Some(persona)) => persona,
            (None, None) => Persona::Default,
        };
        let lists = settings.lists(options, of_user, &environment)?;
        // An entry may accept what this persona is not told.
        let sees = if lists.iter().all(IgnoreList::is_empty) { persona } else { Persona::Auditor };
        let mut judge = Judge::new(chosen, sees, Severity::Info);
        if settings.said.require_guard {
            judge = judge.raising("unguarded-server", Severity::Medium);
        }
        let catalogue = Catalogue::new(&DIALECTS).on(environment.os);
        let scanner = Scanner { judge, catalogue, limits, keeps_lines: false };
        if let Some(jobs) = options.jobs {
            // Fails only where a pool exists already, and nothing before this line uses one.
            let _ = rayon::ThreadPoolBuilder::new().num_threads(usize::from(jobs)).build_global();
        }
        Ok(Self { options, settings, persona, scanner, environment, of_user, rules, lists })
    }

    /// What is left out of a directory that the user named.
    pub(crate) fn filter(&self, tree: &Tree) -> Result<Filter, Failure> {
        let mut exclude = self.options.exclude.clone();
        let mut include = self.options.include.clone();
        exclude.extend(self.settings.below(tree, |settings| &settings.exclude));
        include.extend(self.settings.below(tree, |settings| &settings.include));
        Filter::new(&exclude, &include).map_err(|error| Failure::Usage(error.to_string()))
    }

    /// Scans what the options name, and sets aside what is suppressed. `keep` says whether the
    /// candidates will still be needed.
    pub(crate) fn scan(&self, talk: Talk, keep: bool) -> Result<Scanned, Failure> {
        let files = &self.options.paths;
        if !files.is_empty() && files.iter().all(|path| !path.is_dir()) {
            return self.scan_here(talk, keep);
        }
        // The allocator keeps what a thread gives back for the same thread: what is found on this
        // one could not be used again by those that scan.
        rayon::scope(|_| self.scan_here(talk, keep))
    }

    fn scan_here(&self, talk: Talk, keep: bool) -> Result<Scanned, Failure> {
        let progress = Progress::start(talk);
        let filter = |tree: &Tree| self.filter(tree);
        let found = sources::collect(
            self.options,
            self.of_user,
            &self.scanner,
            &self.environment,
            &filter,
            &progress,
        )?;
        let world = Git::default();
        let Sources { files: candidates, ready } = found;
        let kept = if keep { candidates.clone() } else { Vec::new() };
        let scan = |candidates: Vec<Candidate>, answers: Option<&Answers>| {
            batch::scan_all(&self.scanner, candidates, &ready, &world, answers, &progress.files)
        };
        let (mut files, answers) = if self.options.online {
            // First what there is to ask, then the same again with the answers.
            let mut questions = Questions::default();
            for file in scan(candidates.clone(), Some(&Answers::default())) {
                questions.extend(file.questions);
            }
            let answers = online::ask(&questions, &Places::of_environment())?;
            (scan(candidates, Some(&answers)), Some(answers))
        } else {
            (scan(candidates, None), None)
        };
        drop(progress);
        self.suppressions().apply(&mut files);
        Ok(Scanned { files, answers, candidates: kept })
    }

    /// All rules that there are, in force or not.
    pub(crate) fn rules(&self) -> &[&'static Rule] {
        &self.rules
    }

    /// Whether there is such a rule, in force or not.
    pub(crate) fn knows(&self, rule: &str) -> bool {
        self.rules.iter().any(|known| *known.id == *rule)
    }

    /// What may suppress findings.
    pub(crate) fn suppressions(&self) -> Suppressions<'_> {
        Suppressions {
            judge: &self.scanner.judge,
            rules: &self.rules,
            persona: self.persona,
            today: Some(today()),
            lists: &self.lists,
            obeyed: !self.options.no_ignores,
        }
    }
}

/// Today, in Greenwich: the same day for everybody.
fn today() -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}
