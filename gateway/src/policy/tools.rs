//! Which tools may be called: lists of patterns, of which a denial always wins.

use std::borrow::Cow;
use std::fmt;

use globset::{Candidate, Glob, GlobSet, GlobSetBuilder};

use super::pattern::{PatternError, literal, pattern};

/// Whether a tool may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Allowed,
    /// It may not.
    Denied {
        /// The list that says so and the pattern in it, as `policies.deny: files.delete_*`; of a
        /// list of what is allowed its name alone.
        rule: String,
    },
}

/// What a list does to the tools that fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// No others may be called.
    Allow,
    /// They may not be called.
    Deny,
}

/// What the patterns of a list are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// `server.tool`.
    Qualified,
    /// The names of tools on any server.
    Tool,
    /// The names of the tools of this server.
    ToolOf(String),
}

/// The lists of a file.
///
/// Names are compared exactly where something is allowed. Where something is denied, letter case
/// and what cannot be seen around a name do not count: servers differ in what they take for the
/// same name.
#[derive(Clone, Default)]
pub struct ToolPolicy {
    denies: Vec<List>,
    allows: Vec<List>,
}

#[derive(Clone)]
struct List {
    name: String,
    subject: Subject,
    patterns: Vec<String>,
    exact: GlobSet,
    /// The patterns in lower case, of a list that denies.
    folded: GlobSet,
}

impl fmt::Debug for ToolPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lists = self.denies.iter().chain(&self.allows);
        f.debug_map().entries(lists.map(|list| (&list.name, &list.patterns))).finish()
    }
}

impl ToolPolicy {
    /// A policy without lists, which allows everything, to add some to.
    #[must_use]
    pub fn builder() -> ToolPolicyBuilder {
        ToolPolicyBuilder::default()
    }

    /// Whether a tool of a server may be called.
    #[must_use]
    pub fn decision(&self, server: &str, tool: &str) -> Decision {
        let call = Call::new(server, tool);
        for list in &self.denies {
            if let Some(pattern) = list.denies(&call) {
                return Decision::Denied { rule: format!("{}: {pattern}", list.name) };
            }
        }
        match self.allows.iter().find(|list| list.concerns(server) && !list.allows(&call)) {
            Some(list) => Decision::Denied { rule: list.name.clone() },
            None => Decision::Allowed,
        }
    }

    /// Whether everything is allowed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.denies.is_empty() && self.allows.is_empty()
    }

    /// The same, its lists said to be those of `place`.
    #[must_use]
    pub(crate) fn of(mut self, place: &str) -> Self {
        for list in self.denies.iter_mut().chain(&mut self.allows) {
            list.name = format!("{place}, {}", list.name);
        }
        self
    }
}

/// Policies of several files, each of which must allow a call.
#[derive(Clone, Debug, Default)]
pub struct Layers(Vec<ToolPolicy>);

impl Layers {
    /// The layers. Their order is that in which they are asked.
    #[must_use]
    pub const fn new(layers: Vec<ToolPolicy>) -> Self {
        Self(layers)
    }

    /// Whether a tool of a server may be called.
    #[must_use]
    pub fn decision(&self, server: &str, tool: &str) -> Decision {
        let denied = |layer: &ToolPolicy| match layer.decision(server, tool) {
            Decision::Allowed => None,
            denied @ Decision::Denied { .. } => Some(denied),
        };
        self.0.iter().find_map(denied).unwrap_or(Decision::Allowed)
    }
}

/// A pattern as it is written, compiled, and compiled in lower case.
type Pattern = (String, Glob, Glob);

/// A policy in the making.
#[derive(Debug, Default)]
pub struct ToolPolicyBuilder {
    lists: Vec<(Effect, String, Subject, Vec<Pattern>)>,
}

impl ToolPolicyBuilder {
    /// Adds a list of patterns, in which `*` stands for anything.
    ///
    /// # Errors
    /// One of them is none.
    pub fn globs(
        &mut self,
        effect: Effect,
        list: impl Into<String>,
        subject: Subject,
        patterns: impl IntoIterator<Item = String>,
    ) -> Result<(), PatternError> {
        let compiled = |text: String| {
            let folded = pattern(&folded(&text))?;
            Ok((text.clone(), pattern(&text)?, folded))
        };
        let patterns = patterns.into_iter().map(compiled).collect::<Result<_, PatternError>>()?;
        self.lists.push((effect, list.into(), subject, patterns));
        Ok(())
    }

    /// Adds a list of names of tools on any server, in which no sign stands for another.
    ///
    /// # Errors
    /// The names are too long.
    pub fn names(
        &mut self,
        effect: Effect,
        list: impl Into<String>,
        names: impl IntoIterator<Item = String>,
    ) -> Result<(), PatternError> {
        let compiled = |name: String| {
            let exact = literal(&name)?;
            let folded = literal(&folded(&name))?;
            Ok((name, exact, folded))
        };
        let names = names.into_iter().map(compiled).collect::<Result<_, PatternError>>()?;
        self.lists.push((effect, list.into(), Subject::Tool, names));
        Ok(())
    }

    /// The policy.
    ///
    /// # Errors
    /// The patterns are too many or too long.
    pub fn build(self) -> Result<ToolPolicy, PatternError> {
        let mut policy = ToolPolicy::default();
        for (effect, name, subject, patterns) in self.lists {
            let mut exact = GlobSetBuilder::new();
            let mut folded = GlobSetBuilder::new();
            for (_, glob, lower) in &patterns {
                exact.add(glob.clone());
                if effect == Effect::Deny {
                    folded.add(lower.clone());
                }
            }
            let list = List {
                name,
                subject,
                patterns: patterns.into_iter().map(|(text, ..)| text).collect(),
                exact: exact.build()?,
                folded: folded.build()?,
            };
            match effect {
                Effect::Allow => policy.allows.push(list),
                Effect::Deny => policy.denies.push(list),
            }
        }
        Ok(policy)
    }
}

/// A call as lists look at it.
struct Call<'c> {
    server: &'c str,
    tool: &'c str,
    /// `server.tool`.
    qualified: String,
    /// The tool without what cannot be seen around it.
    trimmed: &'c str,
    /// That in lower case.
    folded: Cow<'c, str>,
}

impl<'c> Call<'c> {
    fn new(server: &'c str, tool: &'c str) -> Self {
        let qualified = format!("{server}.{tool}");
        Self { server, tool, qualified, trimmed: trimmed(tool), folded: folded(tool) }
    }
}

impl List {
    fn concerns(&self, server: &str) -> bool {
        !matches!(&self.subject, Subject::ToolOf(name) if name != server)
    }

    fn allows(&self, call: &Call<'_>) -> bool {
        let subject = match self.subject {
            Subject::Qualified => &call.qualified,
            Subject::Tool | Subject::ToolOf(_) => call.tool,
        };
        self.exact.is_match_candidate(&candidate(subject))
    }

    /// The first pattern that a call fits.
    fn denies(&self, call: &Call<'_>) -> Option<&str> {
        if !self.concerns(call.server) {
            return None;
        }
        let spelt = |tool: &str| match self.subject {
            Subject::Qualified => format!("{}.{tool}", call.server),
            Subject::Tool | Subject::ToolOf(_) => tool.to_owned(),
        };
        let first =
            |set: &GlobSet, text: &str| set.matches_candidate(&candidate(text)).into_iter().min();
        let plain = match self.subject {
            Subject::Qualified => first(&self.exact, &call.qualified),
            Subject::Tool | Subject::ToolOf(_) => first(&self.exact, call.tool),
        };
        let index = plain
            .or_else(|| {
                let differs = call.trimmed.len() != call.tool.len();
                differs.then(|| first(&self.exact, &spelt(call.trimmed))).flatten()
            })
            .or_else(|| first(&self.folded, &spelt(&call.folded)))
            .or_else(|| {
                // Patterns see bytes; to `?` each other letter is to be one.
                let bytewise = |name: &str| name.replace(|c: char| !c.is_ascii(), "\u{1}");
                let differs = !call.folded.is_ascii();
                differs.then(|| first(&self.folded, &spelt(&bytewise(&call.folded)))).flatten()
            })?;
        self.patterns.get(index).map(String::as_str)
    }
}

fn candidate(text: &str) -> Candidate<'_> {
    Candidate::new(text)
}

/// A name without white space and characters that cannot be seen at its ends.
fn trimmed(name: &str) -> &str {
    name.trim_matches(|character: char| {
        character.is_whitespace()
            || character.is_control()
            || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    })
}

fn folded(name: &str) -> Cow<'_, str> {
    let name = trimmed(name);
    if name.chars().any(|character| !character.to_lowercase().eq([character])) {
        Cow::Owned(name.to_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests;
