//! The entries of `scan.ignore` of one settings file.

use globset::{Glob, GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};

use crate::facts::kinds::{Context, Suppression};
use crate::facts::{Blots, discreet};
use crate::finding::{Anchor, Because, Finding};
use crate::problem::Span;
use crate::scanned::FileReport;
use crate::settings::{Date, Ignore, SettingsFile};
use crate::source::STDIN;

/// The identifier of the client whose file the settings are.
const CLIENT: &str = "mcp-guard";

/// For which files the entries of a settings file count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// For those in its directory and below: a repository's own.
    Tree,
    /// For all: the user's own, and one that was named.
    All,
}

/// The entries of one settings file.
#[derive(Debug)]
pub struct IgnoreList {
    /// How the file is called.
    path: String,
    /// The whole path of the file.
    place: String,
    reach: Reach,
    /// Everything was scanned that the entries may be about.
    pub(super) whole: bool,
    pub(super) context: Context,
    pub(super) entries: Vec<Entry>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) ignore: Ignore,
    pub(super) place: Anchor,
    rule: GlobMatcher,
    path: Option<GlobSet>,
    server: Option<GlobMatcher>,
}

/// A pattern that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("`{pattern}` is no pattern: {error}")]
pub struct BadList {
    pattern: String,
    /// Where its entry stands.
    pub span: Span,
    error: globset::Error,
}

impl IgnoreList {
    /// The entries of a settings file. `path` is how it is called, `place` its whole path, `home`
    /// what `~` stands for; `whole` says that everything was scanned that they may be about.
    ///
    /// # Errors
    /// A pattern that becomes none together with the directory of the file.
    pub fn new(
        file: &SettingsFile,
        path: &str,
        place: &str,
        home: Option<&str>,
        reach: Reach,
        whole: bool,
    ) -> Result<Self, BadList> {
        let directory = place.rsplit_once('/').map_or("", |(directory, _)| directory);
        let entries = file.settings.ignore.iter().enumerate().map(|(index, ignore)| {
            let bad = |pattern: &str, error| BadList {
                pattern: pattern.to_owned(),
                span: ignore.span,
                error,
            };
            let plain = |pattern: &str| {
                Glob::new(pattern)
                    .map(|glob| glob.compile_matcher())
                    .map_err(|error| bad(pattern, error))
            };
            let pointer = format!("/scan/ignore/{index}");
            Ok(Entry {
                place: Anchor::of(&file.document, ignore.span, &pointer, &Blots::default()),
                rule: plain(&ignore.rule)?,
                path: match &ignore.path {
                    None => None,
                    Some(pattern) => {
                        Some(paths(pattern, directory, home).map_err(|error| bad(pattern, error))?)
                    }
                },
                server: ignore.server.as_deref().map(plain).transpose()?,
                ignore: ignore.clone(),
            })
        });
        let entries = entries.collect::<Result<_, _>>()?;
        let file_name = place.rsplit('/').next().unwrap_or_default().to_owned();
        let context = Context {
            transport: "unknown",
            client: CLIENT,
            scope: if reach == Reach::Tree { "project" } else { "user" },
            file_name,
            ..Context::default()
        };
        Ok(Self { path: path.to_owned(), place: place.to_owned(), reach, whole, context, entries })
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether its entries count for a file of this whole path.
    pub(super) fn reaches(&self, place: &str) -> bool {
        let directory = self.place.rsplit_once('/').map_or("", |(directory, _)| directory);
        // What is piped into the command comes from whoever stands in the directory.
        self.reach == Reach::All
            || place == STDIN
            || place.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
    }

    pub(super) fn because(&self, entry: &Entry) -> Because {
        Because::Settings {
            reason: entry
                .ignore
                .reason
                .chars()
                .map(crate::finding::visible)
                .collect::<String>()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
            file: self.path.clone(),
            line: entry.place.region.start().0,
        }
    }

    /// The index of the settings file's own report, which is added if there is none.
    pub(super) fn file(&self, files: &mut Vec<FileReport>) -> usize {
        if let Some(index) = files.iter().position(|file| file.place == self.place) {
            return index;
        }
        files.push(FileReport::without_servers(
            &self.path,
            &self.place,
            self.context.client,
            self.context.scope,
            "yaml",
        ));
        files.len() - 1
    }
}

impl Entry {
    pub(super) fn fits(&self, finding: &Finding, path: &str, place: &str) -> bool {
        self.rule.is_match(finding.rule.id.as_ref())
            && self.may_be_about(path, place)
            && self.server.as_ref().is_none_or(|pattern| {
                finding.server.as_ref().is_some_and(|server| pattern.is_match(server))
            })
    }

    pub(super) fn may_be_about(&self, path: &str, place: &str) -> bool {
        self.path.as_ref().is_none_or(|set| set.is_match(place) || set.is_match(path))
    }

    /// Whether it counts on a day: up to and with the one it names.
    pub(super) fn counts_on(&self, today: Option<Date>) -> bool {
        match (self.ignore.until, today) {
            (Some(until), Some(today)) => today <= until,
            _ => true,
        }
    }

    pub(super) fn unused(&self) -> Suppression {
        self.fact("unused")
    }

    pub(super) fn expired(&self) -> Suppression {
        let until = self.ignore.until.map(|until| until.to_string().into());
        Suppression { until, ..self.fact("expired") }
    }

    fn fact(&self, state: &'static str) -> Suppression {
        Suppression {
            source: Some("settings".into()),
            state: Some(state.into()),
            rule: Some(discreet(&self.ignore.rule).into_owned().into()),
            ..Suppression::default()
        }
    }
}

/// A pattern of paths: below the directory of its file, or from `~` or the root; without a slash it
/// is about a name anywhere. What names a directory means all in it.
fn paths(pattern: &str, directory: &str, home: Option<&str>) -> Result<GlobSet, globset::Error> {
    let trimmed = pattern.trim_end_matches('/').trim_start_matches("./");
    let mut texts = Vec::new();
    if let Some(below) = trimmed.strip_prefix("~/") {
        texts.push(trimmed.to_owned());
        texts.extend(home.map(|home| format!("{}/{below}", globset::escape(home))));
    } else if !trimmed.contains('/') {
        texts.push(format!("**/{trimmed}"));
        // Standard input lies nowhere.
        texts.push(trimmed.to_owned());
    } else if trimmed.starts_with(['/', '*']) || trimmed.contains(":/") {
        texts.push(trimmed.to_owned());
    } else {
        texts.push(format!("{}/{trimmed}", globset::escape(directory)));
    }
    let mut set = GlobSetBuilder::new();
    for text in texts {
        for text in [format!("{text}/**"), text] {
            set.add(GlobBuilder::new(&text).literal_separator(true).build()?);
        }
    }
    set.build()
}

/// Whether a pattern of rules names one of these.
pub(super) fn names_any<'a>(pattern: &str, mut ids: impl Iterator<Item = &'a str>) -> bool {
    let matcher = Glob::new(pattern).map(|glob| glob.compile_matcher());
    matcher.is_ok_and(|matcher| ids.any(|id| matcher.is_match(id)))
}
