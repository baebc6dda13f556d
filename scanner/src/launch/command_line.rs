//! The result: a command line taken apart, and what can be asked of it.

use std::ops::Range;

use super::package::PackageRef;
use super::part::Part;
use super::shell_script::ShellScript;
use super::target::Target;
use super::word::Word;
use super::wrapper::{Wrapper, WrapperKind};

/// A command line, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Launch<'a> {
    /// The words given, and behind them those of the scripts inside of them.
    pub words: Vec<Word<'a>>,
    /// What was peeled off, outermost first.
    pub wrappers: Vec<Wrapper>,
    /// Packages that wrappers themselves come from (`npx dotenvx run -- …`), or that other
    /// commands of a script fetch.
    pub wrapper_packages: Vec<PackageRef>,
    /// Shell scripts on the way, outermost first, simple ones included.
    pub scripts: Vec<ShellScript>,
    /// What is started in the end.
    pub target: Target,
    /// It was too long to be taken apart as a whole.
    pub cut: bool,
}

impl Launch<'_> {
    /// The text of a part. Empty if there is no such part.
    #[must_use]
    pub fn text(&self, part: &Part) -> &str {
        self.word(part.word).get(part.range.clone()).unwrap_or_default()
    }

    /// The text of a word. Empty if there is no such word.
    #[must_use]
    pub fn word(&self, index: usize) -> &str {
        self.words.get(index).map_or("", |word| word.text.as_ref())
    }

    /// The configuration value (0 is the command, n the n-th argument) and the bytes of it that
    /// hold a part.
    #[must_use]
    pub fn place(&self, part: &Part) -> Option<(usize, Range<usize>)> {
        self.words.get(part.word).map(|word| (word.source, word.place(&part.range)))
    }

    /// All packages that are fetched: the target's, those beside it, those of wrappers.
    pub fn packages(&self) -> impl Iterator<Item = &PackageRef> {
        let target = &self.target;
        target.package.iter().chain(&target.extra_packages).chain(&self.wrapper_packages)
    }

    /// Whether a layer of this kind was peeled off.
    #[must_use]
    pub fn is_wrapped(&self, kind: WrapperKind) -> bool {
        self.wrappers.iter().any(|wrapper| wrapper.kind == kind)
    }
}
