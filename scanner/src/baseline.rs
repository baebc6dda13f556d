//! A baseline: the findings that were there on the day it was written, by what identifies them.
//! It holds no message and no value of a file.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::fault::without_text;
use crate::rules::{Persona, Severity};

/// What a baseline says it is.
const SCHEMA: &str = "mcp-guard/baseline/v1";
const FAMILY: &str = "mcp-guard/baseline/";

/// The findings of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// For whom they were told: someone else sees more or fewer.
    pub persona: Persona,
    /// The findings, sorted. One that was there twice stands here twice.
    pub findings: Vec<Entry>,
}

/// A finding as a baseline knows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Path of the file, from the directory of the baseline, with forward slashes; from `~` or from
    /// the root for one that does not lie there.
    pub path: String,
    /// Identifier of the rule.
    pub rule: String,
    /// How bad it was: what has become worse is not what was accepted.
    #[serde(serialize_with = "word")]
    pub severity: Severity,
    /// The fingerprint.
    pub fingerprint: String,
    /// What identifies each of the several servers that it is about, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
}

#[derive(Serialize)]
struct Written<'a> {
    schema: &'static str,
    persona: &'static str,
    findings: &'a [Entry],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    #[serde(rename = "schema")]
    _schema: String,
    persona: Persona,
    findings: Vec<Entry>,
}

/// Why a file is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It is of a version that is not known here.
    #[error(
        "it is of `{0}`, and this mcp-guard reads `{SCHEMA}`; write it again with `mcp-guard baseline`"
    )]
    Version(String),
    /// It is none.
    #[error("it is no baseline: {0}")]
    Broken(String),
}

impl Baseline {
    /// A baseline of these findings, in whatever order.
    #[must_use]
    pub fn new(persona: Persona, mut findings: Vec<Entry>) -> Self {
        // Somebody may have written one by hand.
        findings.iter_mut().for_each(|entry| entry.parts.sort_unstable());
        findings.sort_unstable();
        Self { persona, findings }
    }

    /// Reads one.
    ///
    /// # Errors
    /// When the text is no baseline, or one of another version.
    pub fn read(text: &str) -> Result<Self, Unusable> {
        let text = text.trim_start_matches('\u{feff}');
        let value: serde_json::Value = serde_json::from_str(text).map_err(broken)?;
        match value.get("schema").and_then(serde_json::Value::as_str) {
            Some(SCHEMA) => {}
            Some(other) if other.starts_with(FAMILY) => {
                return Err(Unusable::Version(other.to_owned()));
            }
            _ => return Err(Unusable::Broken(format!("its `schema` is not `{SCHEMA}`"))),
        }
        // Read from the text once more, so that a fault has a line.
        let Read { persona, findings, .. } = serde_json::from_str(text).map_err(broken)?;
        Ok(Self::new(persona, findings))
    }

    /// What in it can fit no finding, a sentence each: entries of rules that nobody knows, and
    /// fingerprints that are none. `knows` tells whether there is a rule.
    #[must_use]
    pub fn doubts(&self, knows: impl Fn(&str) -> bool) -> Vec<String> {
        let unknown: BTreeSet<&str> =
            self.findings.iter().map(|e| e.rule.as_str()).filter(|rule| !knows(rule)).collect();
        let unknown = unknown.iter().map(|rule| format!("there is no rule `{rule}`"));
        let is_fingerprint = |text: &str| {
            text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        let wrong = self.findings.iter().filter(|entry| !is_fingerprint(&entry.fingerprint));
        let wrong = wrong.map(|Entry { path, rule, .. }| {
            format!("the fingerprint of {rule} in {path} is not 32 hexadecimal digits")
        });
        unknown.chain(wrong).collect()
    }
}

fn word<S: Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(severity.name())
}

fn broken(error: impl fmt::Display) -> Unusable {
    Unusable::Broken(without_text(&error.to_string()).into_owned())
}

impl fmt::Display for Baseline {
    /// The text of the file, the same for the same findings. Each finding is a line, so that a
    /// difference between two baselines can be read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = Written { schema: SCHEMA, persona: self.persona.name(), findings: &[] };
        let head = serde_json::to_string_pretty(&head).map_err(|_| fmt::Error)?;
        let Some(head) = head.strip_suffix("[]\n}").filter(|_| !self.findings.is_empty()) else {
            return writeln!(f, "{head}");
        };
        writeln!(f, "{head}[")?;
        for (index, entry) in self.findings.iter().enumerate() {
            let line = serde_json::to_string(entry).map_err(|_| fmt::Error)?;
            let comma = if index + 1 < self.findings.len() { "," } else { "" };
            writeln!(f, "    {line}{comma}")?;
        }
        f.write_str("  ]\n}\n")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Baseline, Entry, Persona, Severity};

    fn entry(path: &str, rule: &str, fingerprint: &str) -> Entry {
        let severity = Severity::High;
        let parts = if fingerprint == "2" { vec!["a".into(), "b".into()] } else { Vec::new() };
        let (path, rule, fingerprint) = (path.into(), rule.into(), fingerprint.into());
        Entry { path, rule, severity, fingerprint, parts }
    }

    #[test]
    fn what_fits_no_finding_is_doubted() {
        let good = "0123456789abcdef0123456789abcdef";
        let findings = vec![
            entry("a", "r", good),
            entry("a", "old", good),
            entry("b", "r", &good.to_uppercase()),
            entry("c", "r", "12"),
        ];
        let doubts = Baseline::new(Persona::Default, findings).doubts(|rule| rule == "r");
        let starts =
            ["there is no rule `old`", "the fingerprint of r in b", "the fingerprint of r in c"];
        assert_eq!(doubts.len(), 3);
        assert!(
            doubts.iter().zip(starts).all(|(doubt, start)| doubt.starts_with(start)),
            "{doubts:?}"
        );
    }

    #[test]
    fn it_is_sorted_and_has_a_finding_a_line() {
        let findings = vec![entry("b", "r", "2"), entry("a", "r", "3"), entry("a", "r", "1")];
        let baseline = Baseline::new(Persona::Default, findings);
        let text = baseline.to_string();
        assert_eq!(
            text,
            "{\n  \"schema\": \"mcp-guard/baseline/v1\",\n  \"persona\": \"default\",\n  \"findings\": [\n    \
             {\"path\":\"a\",\"rule\":\"r\",\"severity\":\"high\",\"fingerprint\":\"1\"},\n    \
             {\"path\":\"a\",\"rule\":\"r\",\"severity\":\"high\",\"fingerprint\":\"3\"},\n    \
             {\"path\":\"b\",\"rule\":\"r\",\"severity\":\"high\",\"fingerprint\":\"2\",\"parts\":[\"a\",\"b\"]}\n  ]\n}\n"
        );
        assert_eq!(Baseline::read(&text).unwrap(), baseline);
        let none = Baseline::new(Persona::Auditor, Vec::new());
        assert_eq!(Baseline::read(&none.to_string()).unwrap(), none);
    }

    #[test]
    fn what_is_no_baseline_is_told() {
        for (text, wanted) in [
            ("", "no baseline: EOF"),
            ("[]", "its `schema` is not"),
            ("{}", "its `schema` is not"),
            (r#"{"schema":"mcp-guard/report/v1"}"#, "its `schema` is not"),
            (r#"{"schema":"mcp-guard/baseline/v2"}"#, "it is of `mcp-guard/baseline/v2`"),
            (
                r#"{"schema":"mcp-guard/baseline/v1","persona":"default"}"#,
                "missing field `findings`",
            ),
            (
                r#"{"schema":"mcp-guard/baseline/v1","persona":"boss","findings":[]}"#,
                "unknown variant `boss`",
            ),
            (
                r#"{"schema":"mcp-guard/baseline/v1","persona":"default","findings":[{"path":"a"}]}"#,
                "missing field `rule`",
            ),
            (
                r#"{"schema":"mcp-guard/baseline/v1","persona":"default","findings":[],"x":1}"#,
                "unknown field `x`",
            ),
        ] {
            let error = Baseline::read(text).expect_err(text).to_string();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_can_be_read(
            entries in prop::collection::vec(("\\PC{0,8}", "[a-z-]{1,8}", "[0-9a-f]{2}"), 0..6),
        ) {
            let findings = entries.iter().map(|(path, rule, print)| entry(path, rule, print));
            let baseline = Baseline::new(Persona::Pedantic, findings.collect());
            prop_assert_eq!(Baseline::read(&baseline.to_string()).unwrap(), baseline);
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,60}") {
            let _ = Baseline::read(&text);
        }
    }
}
