//! The loop that peels wrappers off.

use std::ops::Range;

use super::command_line::Launch;
use super::package::PackageRef;
use super::part::Part;
use super::target::Assignment;
use super::word::Word;
use super::wrapper::{Wrapper, WrapperKind};
use super::{bridge, container, gateway, install, interpreter, name, prefix, runner, shell};

/// More layers than anybody writes by hand.
const MAX_LAYERS: usize = 16;
/// Scripts within commands of scripts that are followed for their packages.
const MAX_DEPTH: usize = 3;

impl<'a> Launch<'a> {
    /// Takes a command line apart.
    #[must_use]
    pub fn of(words: Vec<Word<'a>>) -> Self {
        Peeler::new(words).run()
    }
}

/// What a layer turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Not this kind of layer.
    Unknown,
    /// Peeled off; the next layer is at the head.
    Peeled,
    /// The head is the target.
    Target,
}

/// The outermost layer not yet peeled.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// The word that names it.
    pub(super) word: usize,
    /// The name it is known by.
    pub(super) name: String,
    /// The package it comes from.
    pub(super) package: Option<PackageRef>,
    /// Packages fetched beside it.
    pub(super) extras: Vec<PackageRef>,
}

pub(super) struct Peeler<'a> {
    pub(super) launch: Launch<'a>,
    pub(super) head: Option<Head>,
    /// The words after the head.
    pub(super) rest: Range<usize>,
    depth: usize,
}

impl<'a> Peeler<'a> {
    pub(super) fn new(words: Vec<Word<'a>>) -> Self {
        let range = 0..words.len();
        let mut peeler = Self {
            launch: Launch { words, ..Launch::default() },
            head: None,
            rest: 0..0,
            depth: 0,
        };
        peeler.enter(range);
        peeler
    }

    pub(super) fn run(mut self) -> Launch<'a> {
        for _ in 0..MAX_LAYERS {
            if self.step() != Step::Peeled {
                break;
            }
        }
        let target = &mut self.launch.target;
        if let Some(head) = self.head {
            target.program = Some(head.word);
            target.program_name = head.name;
            target.package = head.package;
            target.extra_packages = head.extras;
        }
        target.arguments = self.rest;
        self.launch
    }

    fn step(&mut self) -> Step {
        let Some(head) = &self.head else { return Step::Target };
        let name = head.name.clone();
        let layers = [
            gateway::peel,
            prefix::peel,
            shell::peel,
            runner::peel,
            container::peel,
            bridge::peel,
            interpreter::peel,
        ];
        layers
            .iter()
            .map(|layer| layer(self, &name))
            .find(|step| *step != Step::Unknown)
            .unwrap_or(Step::Target)
    }

    /// Whether the head was fetched by a package runner.
    pub(super) fn is_package(&self) -> bool {
        self.head.as_ref().is_some_and(|head| head.package.is_some())
    }

    /// The text of the word at `index`; empty behind the end.
    pub(super) fn word(&self, index: usize) -> &str {
        self.launch.word(index)
    }

    pub(super) fn text(&self, part: &Part) -> String {
        self.launch.text(part).to_owned()
    }

    /// The whole word at `index` as a part.
    pub(super) fn whole(&self, index: usize) -> Part {
        Part { word: index, range: 0..self.word(index).len() }
    }

    /// The first word in `range` that is `text`.
    pub(super) fn find(&self, range: Range<usize>, text: &str) -> Option<usize> {
        range.into_iter().find(|at| self.word(*at) == text)
    }

    /// Notes the head as a wrapper of this kind.
    pub(super) fn wrap(&mut self, kind: WrapperKind, name: impl Into<String>) {
        if let Some(head) = &self.head {
            self.launch.wrappers.push(Wrapper { kind, name: name.into(), word: head.word });
        }
    }

    /// Goes on with the command line in `range`.
    pub(super) fn enter(&mut self, range: Range<usize>) {
        if let Some(head) = self.head.take() {
            self.launch.wrapper_packages.extend(head.package);
            self.launch.wrapper_packages.extend(head.extras);
        }
        let mut start = range.start;
        while start < range.end
            && let Some((variable, value)) = name::assignment(self.word(start))
        {
            let variable = variable.to_owned();
            self.assign(&variable, &self.whole(start), Some(value));
            start += 1;
        }
        if start < range.end {
            let name = name::program(self.word(start));
            self.head = Some(Head { word: start, name, package: None, extras: Vec::new() });
            self.rest = start + 1..range.end;
        } else {
            self.rest = range.end..range.end;
        }
    }

    /// Goes on with these words, which are added to those known.
    pub(super) fn enter_words(&mut self, words: Vec<Word<'a>>) {
        let start = self.launch.words.len();
        self.launch.words.extend(words);
        self.enter(start..self.launch.words.len());
    }

    /// Goes on with what a package runner fetched; `rest` are its arguments.
    pub(super) fn enter_package(
        &mut self,
        word: usize,
        name: String,
        mut packages: Vec<PackageRef>,
        rest: Range<usize>,
    ) {
        if let Some(head) = self.head.take() {
            self.launch.wrapper_packages.extend(head.package);
            self.launch.wrapper_packages.extend(head.extras);
        }
        let main = packages.iter().position(|p| p.program() == name).unwrap_or(0);
        let package = (main < packages.len()).then(|| packages.remove(main));
        self.head = Some(Head { word, name, package, extras: packages });
        self.rest = rest;
    }

    /// Notes the variable `name`, written in `part`, whose value starts at byte `value` of it.
    pub(super) fn assign(&mut self, name: &str, part: &Part, value: Option<usize>) {
        let range = &part.range;
        let end = value.map_or(range.end, |at| (range.start + at).saturating_sub(1));
        self.launch.target.assignments.push(Assignment {
            name: name.to_owned(),
            part: Part { word: part.word, range: range.start..end.max(range.start) },
            value: value.map(|at| Part {
                word: part.word,
                range: (range.start + at).min(range.end)..range.end,
            }),
        });
    }

    /// Looks for packages in another command of a script.
    pub(super) fn note_packages(&mut self, words: Vec<Word<'a>>) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        let mut all = std::mem::take(&mut self.launch.words);
        let start = all.len();
        all.extend(words);
        let end = all.len();
        let mut inner = Self {
            launch: Launch { words: all, ..Launch::default() },
            head: None,
            rest: 0..0,
            depth: self.depth + 1,
        };
        inner.enter(start..end);
        if let Some(head) = &inner.head {
            let name = name::without_version(&head.name).to_owned();
            let module = name == "python" && inner.word(start + 1) == "-m";
            if module {
                inner.enter((start + 2).min(end)..end);
            }
            let name =
                if module { inner.head.as_ref().map(|h| h.name.clone()) } else { Some(name) };
            let installed = install::packages(&inner, name.as_deref().unwrap_or_default());
            inner.launch.wrapper_packages.extend(installed);
        }
        let mut launch = inner.run();
        self.launch.words = std::mem::take(&mut launch.words);
        let target = launch.target;
        self.launch.wrapper_packages.extend(target.package);
        self.launch.wrapper_packages.extend(target.extra_packages);
        self.launch.wrapper_packages.extend(launch.wrapper_packages);
    }
}
