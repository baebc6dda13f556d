use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use super::assignment::assignments;
use super::check::Verdict;
use super::classify::{ValueClass, classify, literal};
use super::format::Format;
use super::name::names_a_secret;
use super::placeholder::placeholder;
use super::prefilter::Called;
use super::reference::refers;
use super::{context, entropy};
use crate::Confidence;

/// A secret in a text.
#[derive(Clone, Copy, Debug)]
pub struct Match {
    /// What it is.
    pub format: &'static Format,
    /// Where it starts, in bytes of the text.
    pub start: usize,
    /// Where it ends, in bytes of the text.
    pub end: usize,
    /// That of the format, or one step lower when a checksum in the secret does not fit.
    pub confidence: Confidence,
}

/// The secrets in the text, in the order they stand, none over another. Where several formats cover
/// the same text, the most specific wins. References and placeholders are no secrets.
///
/// `name` is the key, variable, header or flag that the text is the value of, if any. It alone makes
/// a secret of shapes that also identify harmless things, such as UUIDs and hex digits.
pub fn find(name: Option<&str>, text: &str) -> Vec<Match> {
    look(name, text, false)
}

/// The same, but also what is joined to a longer word, as in `tracker-ghp_…`. That is no certain
/// secret, and nothing to show either.
pub fn find_joined(text: &str) -> Vec<Match> {
    look(None, text, true)
}

/// Where values stand in a text that it gives to names of secrets, as in `--db password:falcon`,
/// whatever they look like. Nothing tells them for sure, but they are not to be shown.
pub fn assigned(text: &str) -> impl Iterator<Item = Range<usize>> {
    assignments(text).filter_map(|assignment| {
        let given = text.get(assignment.value.clone())?;
        let inner = literal(given).unwrap_or(0..given.len());
        let place = assignment.value.start + inner.start..assignment.value.start + inner.end;
        let value = text.get(place.clone())?;
        let secret = classify(value) == ValueClass::Literal && !value.contains("://");
        secret.then_some(place)
    })
}

fn look(name: Option<&str>, text: &str, with_joined: bool) -> Vec<Match> {
    let mut found = Vec::new();
    let called = Called::by(name.into_iter().chain([text]));
    let mut named = false;
    for format in called.formats() {
        if format.named {
            named = true;
        } else {
            search(format, name, text, with_joined, &mut found);
        }
    }
    if let Some(name) = name.filter(|name| names_a_secret(name)) {
        search_value(name, text, 0..text.len(), Confidence::Low, &mut found);
    }
    if named {
        for assignment in assignments(text) {
            search_value(assignment.name, text, assignment.value, Confidence::Medium, &mut found);
        }
    }
    best(found)
}

/// Looks for a format that may stand anywhere in a text.
fn search(
    format: &'static Format,
    name: Option<&str>,
    text: &str,
    with_joined: bool,
    found: &mut Vec<Match>,
) {
    let wanted = format.context;
    if !wanted.is_empty()
        && !context::anywhere(wanted, name)
        && !context::anywhere(wanted, Some(text))
    {
        return;
    }
    let Some(regex) = format.regex_for(text) else { return };
    for groups in regex.captures_iter(text.as_bytes()) {
        let (Some(whole), Some(secret)) = (groups.get(1), groups.get(1 + format.group)) else {
            continue;
        };
        if !with_joined && joined(text.as_bytes(), format, &whole.range()) {
            continue;
        }
        if !wanted.is_empty() && !context::near(wanted, name, text, &whole.range()) {
            continue;
        }
        found.extend(accept(format, text, secret.range()));
    }
}

/// Whether the match is a piece of a longer word: hyphens join words too, and so do the signs of base64.
fn joined(text: &[u8], format: &Format, whole: &Range<usize>) -> bool {
    let byte =
        |place: Option<usize>| place.and_then(|place| text.get(place)).copied().unwrap_or(b' ');
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let (before, after) = (byte(whole.start.checked_sub(1)), byte(Some(whole.end)));
    let (far_before, far_after) =
        (byte(whole.start.checked_sub(2)), byte(whole.end.checked_add(1)));
    let hyphened = before == b'-' && word(far_before) || after == b'-' && word(far_after);
    let base64 = format.pattern.contains("+/]")
        && (b"+/".contains(&before) || b"+/".contains(&after))
        && format.pattern.starts_with('[');
    hyphened || base64
}

/// Looks for a format that is known by the name of its value. The first that fits is taken: those
/// that ask for a certain name come first.
fn search_value(
    name: &str,
    text: &str,
    value: Range<usize>,
    least: Confidence,
    found: &mut Vec<Match>,
) {
    let Some(inner) = text.get(value.clone()).and_then(literal) else { return };
    let secret = value.start + inner.start..value.start + inner.end;
    let Some(content) = text.get(secret.clone()).filter(|content| !content.contains("://")) else {
        return;
    };
    if refers(content) || is_working_directory(name, content) {
        return;
    }
    let called = Called::by([name]);
    let fits = |format: &&'static Format| {
        format.regex_for(content).is_some_and(|regex| regex.is_match(content.as_bytes()))
    };
    let all = || called.formats().filter(|format| format.named);
    let certain = all().filter(|format| {
        !format.context.is_empty() && context::anywhere(format.context, Some(name))
    });
    let any = all().filter(|format| format.context.is_empty());
    let candidates = certain.chain(any).filter(|format| format.confidence >= least);
    found.extend(candidates.filter(fits).find_map(|format| accept(format, text, secret.clone())));
}

/// `PWD=/workspace` says where a process runs; of other names one segment may be base64.
fn is_working_directory(name: &str, value: &str) -> bool {
    let named = ["pwd", "oldpwd"].iter().any(|pwd| name.eq_ignore_ascii_case(pwd));
    named
        && (value.starts_with(['/', '\\', '~', '.'])
            || value.get(1..).is_some_and(|rest| rest.starts_with(":\\")))
}

/// The match, if what it covers passes the check of the format and is no placeholder.
fn accept(format: &'static Format, text: &str, mut range: Range<usize>) -> Option<Match> {
    let covered = text.get(range.clone())?;
    let mut confidence = format.confidence;
    match format.check.map_or(Verdict::Holds, |check| check.run(covered)) {
        Verdict::Fails => return None,
        Verdict::Holds => {}
        Verdict::Doubtful => confidence = confidence.lower(),
        Verdict::Part(part) => range = range.start + part.start..range.start + part.end,
    }
    let secret = text.get(range.clone())?;
    if entropy(secret.as_bytes()) < format.entropy
        || placeholder(secret)
        || literal(secret).is_none()
    {
        return None;
    }
    Some(Match { format, start: range.start, end: range.end, confidence })
}

/// Drops what a better match covers, and sorts by place.
fn best(mut found: Vec<Match>) -> Vec<Match> {
    found.sort_by_key(|found| {
        let order = (!found.format.vendor, found.format.named && found.format.context.is_empty());
        (order, Reverse(found.confidence), Reverse(found.end - found.start), found.start)
    });
    let mut kept: BTreeMap<usize, Match> = BTreeMap::new();
    for candidate in found {
        let before = kept.range(..candidate.end).next_back();
        if before.is_none_or(|(_, other)| other.end <= candidate.start) {
            kept.insert(candidate.start, candidate);
        }
    }
    kept.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::find;

    fn ids(name: &str, value: &str) -> Vec<&'static str> {
        find(Some(name), value).iter().map(|found| found.format.id).collect()
    }

    #[test]
    fn signs_of_references_are_part_of_a_password() {
        for (name, value, expected) in [
            ("DB_PASSWORD", "Falcon2024$", "generic-password"),
            ("DB_PASSWORD", "P@ss$word99", "generic-password"),
            ("DB_PASSWORD", "Falcon$horse", "generic-password"),
            ("DB_PASSWORD", "Pa%word12", "generic-password"),
            ("DB_PASSWORD", "100%Falcon", "generic-password"),
            ("DB_PASSWORD", "$F@lcon2024", "generic-password"),
            ("DB_PASS", "S3cr3t!pass", "generic-password"),
            ("DB_PASS", "Winter!Pass", "generic-password"),
            ("PWD_ADMIN", "Falcon-2024", "generic-password"),
            ("PASSWORD_ROOT", "Falcon$24", "generic-password"),
            ("PWD", "Falcon2024$", "generic-password"),
            ("ACME_SECRET", "Falcon2024$", "generic-weak-secret"),
            ("ACME_TOKEN", "fal$con%7", "generic-weak-secret"),
            ("API_KEY", "9f8g7h6j5k4l3q2w", "generic-token"),
            ("API_KEY", "q7$Kd93mZx!4Lw2pRt", "generic-token"),
        ] {
            assert_eq!(ids(name, value), [expected], "{name} {value}");
        }
    }

    #[test]
    fn references_and_harmless_names_stay_silent() {
        for value in [
            "${FALCON}",
            "$FALCON",
            "$falcon",
            "%FALCON%",
            "{{falcon}}",
            "${env:FALCON}",
            "$(pass show falcon)",
            "`pass show falcon`",
            "<your-password>",
            "changeme",
            "changeme!",
            "xxx",
            "prod-$FALCON",
            "prod-${FALCON}9",
            "prod-%FALCON%9",
            "%(falcon9)s",
            "$falcon.Password9",
            "Password$(falcon9)",
        ] {
            for name in ["DB_PASSWORD", "DB_PASS", "ACME_TOKEN"] {
                assert_eq!(ids(name, value), [""; 0], "{name} {value}");
            }
        }
        for (name, value) in [
            ("PASS_THROUGH", "Falcon2024$"),
            ("PWD", "/workspace"),
            ("PWD", "/srv/a-directory-with-a-long-name-2024/app"),
            ("OLDPWD", "/workspace"),
            ("PWD", r"C:\work"),
            ("TOKEN_LIMIT", "4096"),
            ("MAX_TOKENS", "4096"),
            ("PASSWORD_FILE", "/run/secrets/db9"),
            ("API_KEY_HEADER", "X-Api-Key9"),
            ("AUTH_ADMIN", "falcon@acme.dev"),
            ("PASSWORD_ADMIN_URL", "Falcon2024$"),
        ] {
            assert_eq!(ids(name, value), [""; 0], "{name} {value}");
        }
    }
}
