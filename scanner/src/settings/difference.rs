//! Which settings a change alters.

use super::{Ignore, Settings};
use crate::problem::Span;

impl Settings {
    /// The keys of section `scan` by which `other` differs. Where the files lie in different
    /// directories (`moved`), paths and their patterns mean something else although they are spelt
    /// alike.
    #[must_use]
    pub fn differences(&self, other: &Self, moved: bool) -> Vec<&'static str> {
        let elsewhere = |names_any: bool| moved && names_any;
        let table = [
            ("fail_on", self.fail_on != other.fail_on),
            ("min_severity", self.min_severity != other.min_severity),
            ("persona", self.persona != other.persona),
            ("select", self.select != other.select),
            (
                "ignore",
                !self.ignore.iter().map(said).eq(other.ignore.iter().map(said))
                    || elsewhere(!self.ignore.is_empty()),
            ),
            ("require_guard", self.require_guard != other.require_guard),
            ("exclude", self.exclude != other.exclude || elsewhere(!self.exclude.is_empty())),
            ("include", self.include != other.include || elsewhere(!self.include.is_empty())),
            ("rules", self.rules != other.rules || elsewhere(!self.rules.is_empty())),
            ("baseline", self.baseline != other.baseline || elsewhere(self.baseline.is_some())),
        ];
        table.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| key).collect()
    }
}

/// The entry without its place.
fn said(ignore: &Ignore) -> Ignore {
    Ignore { span: Span::default(), rule_span: Span::default(), ..ignore.clone() }
}

#[cfg(test)]
mod tests {
    use crate::settings::SettingsFile;
    use crate::syntax::Limits;

    fn keys(a: &str, b: &str, moved: bool) -> String {
        let read = |text: &str| {
            SettingsFile::read(text.as_bytes(), &Limits::default(), None).unwrap().settings
        };
        read(a).differences(&read(b), moved).join(" ")
    }

    #[test]
    fn keys_that_say_something_else() {
        let ignore = "scan: {ignore: [{rule: a, reason: x}]}";
        for (a, b, moved, wanted) in [
            ("", "scan: {}", false, ""),
            ("scan: {fail_on: high}", "scan: {fail-on: high}\nlisten: x", false, ""),
            ("scan: {fail_on: high}", "", false, "fail_on"),
            (
                "scan: {select: [a], persona: auditor}",
                "scan: {select: [b]}",
                false,
                "persona select",
            ),
            (ignore, "# x\n\nscan: {ignore: [{reason: x, rule: a}]}", false, ""),
            (ignore, "scan: {ignore: [{rule: a, reason: x, until: 2027-01-01}]}", false, "ignore"),
            (ignore, ignore, true, "ignore"),
            ("scan: {exclude: a/b, rules: [r]}", "scan: {rules: [r]}", true, "exclude rules"),
            ("scan: {min_severity: low}", "scan: {min_severity: low}", true, ""),
        ] {
            assert_eq!(keys(a, b, moved), wanted, "{a} {b}");
        }
    }
}
