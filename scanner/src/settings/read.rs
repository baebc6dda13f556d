//! From the text of a settings file to what it says.

use globset::Glob;
use mcp_guard_detect::nearest::nearest;

use super::variables::expand;
use super::{Date, FailOn, Ignore, NamedPath, Settings, Variables};
use crate::fault::Fault;
use crate::problem::{ProblemKind, Span};
use crate::rules::{Persona, Severity};
use crate::syntax::{Document, Entry, Node, Value};

/// The sections of the file. All but `version` and `scan` belong to the gateway.
const SECTIONS: &[&str] = &[
    "version", "scan", "listen", "auth", "roles", "servers", "routes", "policies", "state",
    "refusals", "http", "limits",
];
const KEYS: &[&str] = &[
    "fail_on",
    "min_severity",
    "persona",
    "select",
    "ignore",
    "require_guard",
    "exclude",
    "include",
    "rules",
    "baseline",
];
const IGNORE_KEYS: &[&str] = &["rule", "path", "server", "reason", "until"];

/// A fault of what stands at the span.
pub(super) fn fault_at(document: &Document, span: Span, message: String) -> Fault {
    let place = document.position(span.start);
    Fault { line: place.line, column: place.column, message }
}

/// What section `scan` of the document says.
pub(super) fn settings(
    document: &Document,
    variables: Option<&Variables<'_>>,
) -> Result<Settings, Vec<Fault>> {
    let mut reader = Reader { document, variables, faults: Vec::new() };
    let settings = reader.file();
    let mut faults = reader.faults;
    if faults.is_empty() {
        return Ok(settings);
    }
    faults.sort_by_key(|fault| (fault.line, fault.column));
    Err(faults)
}

struct Reader<'d> {
    document: &'d Document,
    variables: Option<&'d Variables<'d>>,
    faults: Vec<Fault>,
}

impl<'d> Reader<'d> {
    fn fault(&mut self, span: Span, message: impl Into<String>) {
        self.faults.push(fault_at(self.document, span, message.into()));
    }

    fn file(&mut self) -> Settings {
        let document = self.document;
        // A file that says nothing is in order, and two equal keys are told where they matter.
        let says_something = !document.text().trim().is_empty() && !document.roots().is_empty();
        for problem in document.problems() {
            if says_something && problem.kind != ProblemKind::DuplicateKey {
                self.fault(problem.span.unwrap_or_default(), problem.message.clone());
            }
        }
        let mut settings = Settings::default();
        let root = match document.roots() {
            [] => return settings,
            [root] => root,
            [_, second, ..] => {
                self.fault(second.span, "a settings file is one document");
                return settings;
            }
        };
        if root.is_null() {
            return settings;
        }
        for (key, entry) in self.entries(root, "the file", SECTIONS) {
            match key {
                "version" => self.version(&entry.value),
                "scan" => settings = self.scan(&entry.value),
                _ => {}
            }
        }
        settings
    }

    /// The entries of a map by their names in `snake_case`. Unknown and repeated ones are told.
    fn entries(
        &mut self,
        node: &'d Node,
        what: &str,
        known: &'static [&'static str],
    ) -> Vec<(&'static str, &'d Entry)> {
        if !node.is_map() {
            self.fault(node.span, format!("{what} must be a map, and this is {}", node.kind()));
            return Vec::new();
        }
        let mut found: Vec<(&'static str, &'d Entry)> = Vec::new();
        for entry in node.entries() {
            let name = entry.key.replace('-', "_");
            match known.iter().find(|key| **key == name) {
                Some(key) if found.iter().any(|(seen, _)| seen == key) => {
                    self.fault(entry.key_span, format!("`{key}` stands here a second time"));
                }
                Some(key) => found.push((*key, entry)),
                None if name == "extends" => {
                    self.fault(entry.key_span, "`extends` is not supported yet");
                }
                None => {
                    let message = unknown("key", &entry.key, known);
                    self.fault(entry.key_span, message);
                }
            }
        }
        found
    }

    fn version(&mut self, node: &Node) {
        if node.as_number() != Some("1") {
            self.fault(node.span, "this mcp-guard reads version 1; write `version: 1`");
        }
    }

    fn scan(&mut self, node: &'d Node) -> Settings {
        let mut settings = Settings::default();
        if node.is_null() {
            return settings;
        }
        for (key, Entry { value, .. }) in self.entries(node, "`scan`", KEYS) {
            match key {
                "fail_on" => settings.fail_on = self.fail_on(value),
                "min_severity" => {
                    settings.min_severity = self.word(value, Severity::ALL, Severity::name);
                }
                "persona" => settings.persona = self.word(value, Persona::ALL, Persona::name),
                "select" => settings.select = self.patterns(value),
                "ignore" => settings.ignore = self.ignores(value),
                "require_guard" => settings.require_guard = self.flag(value),
                "exclude" => settings.exclude = self.patterns(value),
                "include" => settings.include = self.patterns(value),
                "rules" => settings.rules = self.paths(value),
                _ => settings.baseline = self.path(value),
            }
        }
        settings
    }

    fn fail_on(&mut self, node: &Node) -> Option<FailOn> {
        let levels: Vec<FailOn> = std::iter::once(FailOn(None))
            .chain(Severity::ALL.iter().map(|severity| FailOn(Some(*severity))))
            .collect();
        self.word(node, &levels, |FailOn(severity)| severity.map_or("none", Severity::name))
    }

    fn word<T: Copy>(
        &mut self,
        node: &Node,
        words: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let text = self.text(node)?;
        let found = words.iter().copied().find(|word| name(*word) == text);
        if found.is_none() {
            let names: Vec<&str> = words.iter().map(|word| name(*word)).collect();
            let message = unknown("value", &text, &names);
            self.fault(node.span, message);
        }
        found
    }

    fn flag(&mut self, node: &Node) -> bool {
        node.as_bool().unwrap_or_else(|| {
            self.fault(node.span, "this must be true or false");
            false
        })
    }

    /// A text. A number or truth value counts as it is spelt.
    fn text(&mut self, node: &Node) -> Option<String> {
        let text = match &node.value {
            Value::Text(text) => text.as_str(),
            Value::Number(_) | Value::Bool(_) => self.document.slice(node.span),
            Value::Null | Value::List(_) | Value::Map(_) => {
                self.fault(node.span, format!("this must be text, and is {}", node.kind()));
                return None;
            }
        };
        if text.trim().is_empty() {
            self.fault(node.span, "this is empty");
            return None;
        }
        Some(text.to_owned())
    }

    /// A path. Only in these are variables replaced.
    fn path(&mut self, node: &Node) -> Option<NamedPath> {
        let written = self.text(node)?;
        if !written.contains("${") {
            return Some(NamedPath { path: written.clone(), written });
        }
        let Some(variables) = self.variables else {
            let message = "`${` is replaced only in your own settings and in those that `--config` \
                           names; write the path itself";
            self.fault(node.span, message);
            return None;
        };
        match expand(&written, variables) {
            Ok(path) if path.trim().is_empty() => {
                self.fault(node.span, "this is empty");
                None
            }
            Ok(path) => Some(NamedPath { written, path }),
            Err(message) => {
                self.fault(node.span, message);
                None
            }
        }
    }

    /// A list of paths, or one alone.
    fn paths(&mut self, node: &Node) -> Vec<NamedPath> {
        let items = if node.is_list() { node.items() } else { std::slice::from_ref(node) };
        items.iter().filter_map(|item| self.path(item)).collect()
    }

    /// A list of texts, or one alone, each with its place.
    fn texts(&mut self, node: &Node) -> Vec<(String, Span)> {
        let items = if node.is_list() { node.items() } else { std::slice::from_ref(node) };
        items.iter().filter_map(|item| Some((self.text(item)?, item.span))).collect()
    }

    fn patterns(&mut self, node: &Node) -> Vec<String> {
        let texts = self.texts(node);
        for (text, span) in &texts {
            self.check_pattern(text, *span);
        }
        texts.into_iter().map(first).collect()
    }

    fn check_pattern(&mut self, text: &str, span: Span) {
        if let Err(error) = Glob::new(text) {
            self.fault(span, format!("`{text}` is no pattern: {}", error.kind()));
        }
    }

    fn ignores(&mut self, node: &'d Node) -> Vec<Ignore> {
        if !node.is_list() {
            let message = "`ignore` must be a list of `{ rule, path, server, reason, until }`";
            self.fault(node.span, message);
        }
        node.items().iter().filter_map(|item| self.ignore(item)).collect()
    }

    fn ignore(&mut self, node: &'d Node) -> Option<Ignore> {
        let before = self.faults.len();
        let (mut rule, mut path, mut server, mut reason, mut until) =
            (None, None, None, None, None);
        let mut rule_span = node.span;
        for (key, Entry { value, .. }) in self.entries(node, "an entry of `ignore`", IGNORE_KEYS) {
            match key {
                "until" => until = self.date(value),
                "reason" => reason = self.text(value),
                pattern => {
                    let text = self.text(value);
                    if let Some(text) = &text {
                        self.check_pattern(text, value.span);
                    }
                    match pattern {
                        "rule" => (rule, rule_span) = (text, value.span),
                        "path" => path = text,
                        _ => server = text,
                    }
                }
            }
        }
        if before < self.faults.len() {
            return None;
        }
        let mut required = |value: Option<String>, message: &str| {
            if value.is_none() {
                self.fault(node.span, message);
            }
            value
        };
        let rule = required(rule, "this entry needs a `rule`: an identifier or a pattern");
        let reason = required(reason, "this entry needs a `reason`: why the finding is accepted");
        Some(Ignore {
            rule: rule?,
            path,
            server,
            reason: reason?,
            until,
            span: node.span,
            rule_span,
        })
    }

    fn date(&mut self, node: &Node) -> Option<Date> {
        let text = self.text(node)?;
        let date = Date::strptime("%Y-%m-%d", &text).ok().filter(|_| text.len() == 10);
        if date.is_none() {
            self.fault(node.span, format!("`{text}` is no date; write it as 2027-01-31"));
        }
        date
    }
}

fn first(item: (String, Span)) -> String {
    item.0
}

fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("unknown {what} `{word}`; did you mean `{near}`?"),
        None => format!("unknown {what} `{word}`; there are {}", known.join(", ")),
    }
}
