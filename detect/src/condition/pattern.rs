//! Right-hand sides that are made ready when they are first needed.

use std::borrow::Cow;
use std::str::FromStr;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

/// A regular expression in the syntax of the `regex` crate, without Unicode classes. It matches
/// anywhere in the text unless it is anchored.
#[derive(Debug)]
pub struct Pattern {
    source: Cow<'static, str>,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// A pattern that was checked before, at build time or by [`Pattern::check`].
    #[must_use]
    pub const fn new(source: Cow<'static, str>) -> Self {
        Self { source, compiled: OnceLock::new() }
    }

    /// The pattern, or what is wrong with it.
    ///
    /// # Errors
    /// When the text is no regular expression or compiles to more than a mebibyte.
    pub fn check(source: String) -> Result<Self, String> {
        let compiled = compile(&source).map_err(|error| fault(&source, &error))?;
        Ok(Self { source: Cow::Owned(source), compiled: OnceLock::from(Some(compiled)) })
    }

    /// The text of the expression.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the expression matches somewhere in `text`. One that does not compile matches
    /// nothing.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.compiled
            .get_or_init(|| compile(&self.source).ok())
            .as_ref()
            .is_some_and(|regex| regex.is_match(text.as_bytes()))
    }
}

impl Clone for Pattern {
    fn clone(&self) -> Self {
        Self { source: self.source.clone(), compiled: self.compiled.clone() }
    }
}

fn compile(source: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(source).unicode(false).size_limit(1 << 20).build()
}

fn fault(source: &str, error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(limit) => {
            format!(
                "the regular expression grows beyond {limit} bytes: repeat less, or fewer times"
            )
        }
        // The parser draws the place over several lines; the last one says what is wrong.
        error => {
            let told = error.to_string();
            let last = told.lines().next_back().unwrap_or_default();
            let why = last.strip_prefix("error: ").unwrap_or(last);
            format!("`{source}` is no regular expression: {why}")
        }
    }
}

/// A list of texts, each of which stands for a `T`.
#[derive(Debug)]
pub struct Parsed<T> {
    sources: Cow<'static, [Cow<'static, str>]>,
    values: OnceLock<Vec<T>>,
}

impl<T: FromStr> Parsed<T> {
    /// A list that was checked before, at build time or by [`Parsed::check`].
    #[must_use]
    pub const fn new(sources: Cow<'static, [Cow<'static, str>]>) -> Self {
        Self { sources, values: OnceLock::new() }
    }

    /// The list, or the first text that is no `T` and why.
    ///
    /// # Errors
    /// When a text cannot be parsed.
    pub fn check(sources: Cow<'static, [Cow<'static, str>]>) -> Result<Self, String>
    where
        T::Err: std::fmt::Display,
    {
        for source in sources.iter() {
            source.parse::<T>().map_err(|error| format!("`{source}`: {error}"))?;
        }
        Ok(Self::new(sources))
    }

    /// The texts.
    #[must_use]
    pub fn sources(&self) -> &[Cow<'static, str>] {
        &self.sources
    }

    /// What the texts stand for.
    #[must_use]
    pub fn values(&self) -> &[T] {
        self.values.get_or_init(|| self.sources.iter().filter_map(|s| s.parse().ok()).collect())
    }
}

impl<T: Clone> Clone for Parsed<T> {
    fn clone(&self) -> Self {
        Self { sources: self.sources.clone(), values: self.values.clone() }
    }
}
