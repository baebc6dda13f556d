//! Whether a rule is what its examples say.

use mcp_guard_detect::secret::template;

use crate::client::{Catalogue, DIALECTS};
use crate::finding::{Judge, Tracked};
use crate::lock::{self, FileLock, Lock};
use crate::online::Answers;
use crate::relation;
use crate::rules::{Example, Persona, RULES, Rule, Scene, Severity, Step};
use crate::scan::{Examined, Input, Scanner};
use crate::scanned::FileReport;
use crate::suppression::Suppressions;
use crate::syntax::Limits;
use crate::world::Vicinity;

/// The name of a file with answers from a network. An example beside which it lies rests on them
/// and is not tried.
const ANSWERS: &str = "online-answers.yaml";

/// Tries rules on their examples.
#[derive(Debug)]
pub struct Trial {
    scanner: Scanner,
}

impl Default for Trial {
    fn default() -> Self {
        let scanner = Scanner {
            judge: Judge::new([], Persona::Auditor, Severity::Info),
            catalogue: Catalogue::new(&DIALECTS),
            limits: Limits::default(),
            keeps_lines: false,
        };
        Self { scanner }
    }
}

impl Trial {
    /// The examples that the rule does not find and the counter-examples that it does: the steps
    /// to each in the rule's file, and what is wrong with it.
    #[must_use]
    pub fn faults(&mut self, rule: &'static Rule) -> Vec<(Vec<Step>, String)> {
        // The others are in force too: some rules are about what others find.
        let others = RULES.iter().filter(|other| other.id != rule.id);
        self.scanner.judge = Judge::new(others.chain([rule]), Persona::Auditor, Severity::Info);
        let lists = [
            ("examples", &rule.examples, true),
            ("counter_examples", &rule.counter_examples, false),
        ];
        let mut faults = Vec::new();
        for (key, examples, wanted) in lists {
            for (index, example) in examples.iter().enumerate() {
                if example.beside.iter().any(|beside| beside.file.ends_with(ANSWERS)) {
                    continue;
                }
                if let Err(message) = tried(&self.scanner, rule, example, wanted) {
                    faults.push((vec![Step::Key(key), Step::Index(index)], message));
                }
            }
        }
        faults
    }
}

fn tried(
    scanner: &Scanner,
    rule: &'static Rule,
    example: &Example,
    wanted: bool,
) -> Result<(), String> {
    let mut files = vec![(example.file.as_ref(), template::fill(&example.text)?)];
    for beside in example.beside.iter() {
        files.push((beside.file.as_ref(), template::fill(&beside.text)?));
    }
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    let tree = Tree { files: &files, scene: example.scene.as_ref(), answers: None };
    let reports = tree.scanned(scanner, RULES.iter().chain([rule]))?;
    let findings = reports.iter().flat_map(|report| &report.findings);
    let mut findings = findings.filter(|finding| finding.rule.id == rule.id);
    let servers = reports.iter().map(|report| report.servers.len()).sum::<usize>();
    match (findings.next(), wanted) {
        (Some(_), true) | (None, false) => Ok(()),
        (None, true) if servers == 0 => Err(format!(
            "the rule finds nothing in this example: `{}` holds no server",
            example.file
        )),
        (None, true) => Err("the rule finds nothing in this example".to_owned()),
        (Some(finding), false) => {
            Err(format!("the rule finds something in this counter-example: {}", finding.message))
        }
    }
}

/// Files that lie together. What lies below a directory `home` is the user's, the rest is of
/// projects unless the scene says otherwise, and a lock file speaks for all of it.
#[derive(Clone, Copy, Debug)]
pub struct Tree<'a> {
    /// The files by their paths, with forward slashes.
    pub files: &'a [(&'a str, &'a [u8])],
    /// What the world around them is like.
    pub scene: Option<&'a Scene>,
    /// What was answered over a network.
    pub answers: Option<&'a Answers>,
}

impl Tree<'_> {
    /// Reports on the files and on what they are to one another, without what their comments
    /// accept.
    ///
    /// # Errors
    /// The lock file cannot be read.
    pub fn scanned(
        &self,
        scanner: &Scanner,
        rules: impl IntoIterator<Item = &'static Rule>,
    ) -> Result<Vec<FileReport>, String> {
        let lock = match self.files.iter().find(|(path, _)| path.ends_with(lock::FILE_NAME)) {
            None => None,
            Some((path, text)) => {
                let lock = Lock::read(&String::from_utf8_lossy(text))
                    .map_err(|error| format!("`{path}`: {error}"))?;
                Some((path.strip_suffix(lock::FILE_NAME).unwrap_or_default(), lock))
            }
        };
        let mut reports = Vec::new();
        for (path, text) in self.files {
            let lock = lock.as_ref().and_then(|(root, lock)| {
                let name = path.strip_prefix(root)?;
                let servers = lock.servers.iter().filter(|server| server.file == name);
                Some(FileLock { servers: servers.collect() })
            });
            if let Some(examined) = self.examined(scanner, path, text, lock.as_ref()) {
                reports.push(examined.report);
            }
        }
        relation::judge(&scanner.judge, &mut reports);
        let rules: Vec<&'static Rule> = rules.into_iter().collect();
        let suppressions = Suppressions {
            judge: &scanner.judge,
            rules: &rules,
            persona: Persona::Auditor,
            today: None,
            lists: &[],
            obeyed: true,
        };
        suppressions.apply(&mut reports);
        Ok(reports)
    }

    fn examined(
        &self,
        scanner: &Scanner,
        path: &str,
        text: &[u8],
        lock: Option<&FileLock<'_>>,
    ) -> Option<Examined> {
        let own = self.scene.is_some_and(|scene| scene.own);
        let of_user = own || path.split('/').any(|part| part == "home");
        let mut claims = scanner.catalogue.claims(path).into_iter().filter(|_| of_user);
        let claim = claims.find(|claim| !claim.location.path.starts_with("{project}"));
        let vicinity = self.scene.map(|scene| Vicinity::new(scene, path.as_ref(), path));
        let tracked: &dyn Tracked = match &vicinity {
            Some(vicinity) => vicinity,
            None => &false,
        };
        scanner.examine(&Input {
            claim,
            lock,
            answers: self.answers,
            tracked,
            vicinity: vicinity.as_ref(),
            ..Input::named(path, text)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Trial;
    use crate::rules::{RULES, Step};

    #[test]
    fn the_built_in_rules_are_what_their_examples_say() {
        let mut trial = Trial::default();
        for rule in &RULES {
            let faults = trial.faults(rule);
            assert!(faults.is_empty(), "{}: {faults:?}", rule.id);
        }
    }

    #[test]
    fn swapped_examples_are_faults() {
        let mut trial = Trial::default();
        let mut rule = RULES.iter().find(|rule| rule.id == "pipe-to-shell").unwrap().clone();
        std::mem::swap(&mut rule.examples, &mut rule.counter_examples);
        let wanted = rule.examples.len() + rule.counter_examples.len();
        let faults = trial.faults(Box::leak(Box::new(rule)));
        assert_eq!(faults.len(), wanted, "{faults:?}");
        assert!(matches!(faults[0].0[..], [Step::Key("examples"), Step::Index(0)]));
    }
}
