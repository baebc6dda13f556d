//! How far a command line has been peeled, and what layers do to it.

use std::ops::Range;

use super::command_line::Launch;
use super::name;
use super::package::PackageRef;
use super::part::Part;
use super::script::Script;
use super::target::Assignment;
use super::token::Shell;
use super::word::Word;
use super::wrapper::{Wrapper, WrapperKind};

/// What a layer turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Not this kind of layer.
    Unknown,
    /// Peeled off; the next layer is at the head.
    Peeled,
    /// A script was opened; what is next stands in it.
    Opened,
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

/// A script that is left to be gone through, command by command.
#[derive(Debug)]
pub(super) struct Opened<'a> {
    pub(super) shell: Shell,
    /// The shell, or the program that hands the script to one.
    pub(super) name: String,
    pub(super) script: Script<'a>,
    /// The command that matters.
    pub(super) main: Option<usize>,
    /// The words behind the script: `$0`, `$1`, ….
    pub(super) positional: Range<usize>,
    /// Packages fetched for the command that matters.
    pub(super) packages: Vec<PackageRef>,
}

/// How far a command line has been peeled.
#[derive(Debug)]
pub(super) struct Peeler<'a> {
    pub(super) launch: Launch<'a>,
    pub(super) head: Option<Head>,
    /// The words after the head.
    pub(super) rest: Range<usize>,
    /// A script that the last layer left behind.
    pub(super) opened: Option<Opened<'a>>,
    /// How many scripts this command stands beside the main command of.
    pub(super) depth: usize,
    /// How much of scripts may still be read.
    pub(super) left: Left,
}

/// How much of the scripts of one command line may still be read. A script within a script counts
/// as part of both.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    /// Bytes.
    pub(super) text: usize,
    /// Commands.
    pub(super) commands: usize,
}

impl Left {
    const ALL: Self = Self { text: 128 << 10, commands: 2_000 };
}

/// More variables than anybody sets.
const MAX_ASSIGNMENTS: usize = 2_000;

impl<'a> Peeler<'a> {
    pub(super) fn new(words: Vec<Word<'a>>) -> Self {
        let range = 0..words.len();
        let mut peeler = Self {
            launch: Launch { words, ..Launch::default() },
            head: None,
            rest: 0..0,
            opened: None,
            depth: 0,
            left: Left::ALL,
        };
        peeler.enter(range);
        peeler
    }

    /// A peeler for a command beside the one peeled here. All words are its own until
    /// [`Self::rejoin`] brings them back.
    pub(super) fn beside(&mut self, words: Vec<Word<'a>>) -> Self {
        let mut all = std::mem::take(&mut self.launch.words);
        let start = all.len();
        all.extend(words);
        let end = all.len();
        let mut inner = Self {
            launch: Launch { words: all, ..Launch::default() },
            head: None,
            rest: 0..0,
            opened: None,
            depth: self.depth + 1,
            left: self.left,
        };
        inner.enter(start..end);
        inner
    }

    /// Takes the words back, and the packages that the command fetches.
    pub(super) fn rejoin(&mut self, launch: Launch<'a>, left: Left) {
        self.launch.words = launch.words;
        self.launch.cut |= launch.cut;
        self.left = left;
        let target = launch.target;
        self.launch.wrapper_packages.extend(target.package);
        self.launch.wrapper_packages.extend(target.extra_packages);
        self.launch.wrapper_packages.extend(launch.wrapper_packages);
    }

    /// The result, with the head as what is started.
    pub(super) fn finish(mut self) -> Launch<'a> {
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
        self.leave_head();
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
        let main = packages.iter().position(|p| p.program() == name).unwrap_or(0);
        let package = (main < packages.len()).then(|| packages.remove(main));
        self.enter_head(Head { word, name, package, extras: packages }, rest);
    }

    /// Goes on with a head; `rest` are the words after it.
    pub(super) fn enter_head(&mut self, head: Head, rest: Range<usize>) {
        self.leave_head();
        self.head = Some(head);
        self.rest = rest;
    }

    /// What is peeled off keeps its packages.
    fn leave_head(&mut self) {
        if let Some(head) = self.head.take() {
            self.launch.wrapper_packages.extend(head.package);
            self.launch.wrapper_packages.extend(head.extras);
        }
    }

    /// Notes packages that make programs available to what is next: the script just opened, or
    /// the head.
    pub(super) fn provide(&mut self, mut packages: Vec<PackageRef>) {
        if let Some(opened) = &mut self.opened {
            opened.packages.extend(packages);
            return;
        }
        match self.head.as_mut().filter(|head| head.package.is_none()) {
            Some(head) => {
                let main = packages.iter().position(|p| p.program() == head.name).unwrap_or(0);
                if main < packages.len() {
                    head.package = Some(packages.remove(main));
                }
                head.extras.extend(packages);
            }
            None => self.launch.wrapper_packages.extend(packages),
        }
    }

    /// The first `length` bytes of a script, or fewer if no more may be read.
    pub(super) fn read(&mut self, text: &str, length: usize) -> usize {
        let read = text.floor_char_boundary(length.min(self.left.text));
        self.left.text -= read.min(self.left.text);
        self.launch.cut |= read < length;
        read
    }

    /// Notes the variable `name`, written in `part`, whose value starts at byte `value` of it.
    pub(super) fn assign(&mut self, name: &str, part: &Part, value: Option<usize>) {
        if self.launch.target.assignments.len() >= MAX_ASSIGNMENTS {
            self.launch.cut = true;
            return;
        }
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
}
