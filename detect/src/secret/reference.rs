//! References to a value that is kept elsewhere: `${VAR}`, `%VAR%`, `${{ secrets.X }}`, `op://…`.

use std::ops::Range;

/// One reference inside a text, as byte ranges in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) span: Range<usize>,
    /// The default of `${VAR:-default}` and its relatives, if there is one.
    pub(super) default: Option<Range<usize>>,
}

/// The references in the text, from left to right, none inside another.
pub(super) fn references(text: &str) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(step) = text.get(from..).and_then(|rest| rest.find(['$', '%', '{', '`', '<'])) {
        let at = from + step;
        from = match at_start(text, at) {
            Some(reference) => {
                let end = reference.span.end;
                found.push(reference);
                end
            }
            None => at + 1,
        };
    }
    found
}

/// Whether a value that begins with something else refers to a variable or a command, even one that
/// is cut off. A `$` or `%` before anything but three capitals may be a sign of a password.
pub(super) fn refers(text: &str) -> bool {
    if ["${", "$(", "%(", "{{", "$env:"].iter().any(|open| text.contains(open)) {
        return true;
    }
    let capitals = |reference: Reference| {
        let name = text.get(reference.span).unwrap_or_default().trim_matches(['$', '%']);
        name.len() >= 3 && !name.bytes().any(|byte| byte.is_ascii_lowercase())
    };
    text.contains(['$', '%', '`', '<']) && references(text).into_iter().any(capitals)
}

/// No reference is longer: a text of nothing but opening braces is read in linear time.
const LONGEST: usize = 1024;

fn at_start(text: &str, at: usize) -> Option<Reference> {
    let rest = text.get(at..text.floor_char_boundary(at.saturating_add(LONGEST)))?;
    let whole = |length: usize| Reference { span: at..at + length, default: None };
    if rest.starts_with("${{") {
        return Some(whole(rest.find("}}")? + 2));
    }
    if rest.starts_with("${") {
        let end = matching_brace(rest, 1)?;
        let inner = rest.get(2..end)?;
        let default = default_of(inner).map(|start| at + 2 + start..at + end);
        return Some(Reference { span: at..at + end + 1, default });
    }
    if rest.starts_with("$(") {
        return Some(whole(rest.find(')')? + 1));
    }
    if let Some(name) = rest.strip_prefix("$env:") {
        return Some(whole(5 + name_length(name)?));
    }
    if let Some(name) = rest.strip_prefix('$') {
        return Some(whole(1 + variable_length(name)?));
    }
    if let Some(name) = rest.strip_prefix('%') {
        let length = name_length(name)?;
        return name.get(length..)?.starts_with('%').then(|| whole(length + 2));
    }
    if rest.starts_with("{{") {
        return Some(whole(rest.find("}}")? + 2));
    }
    if let Some(inner) = rest.strip_prefix('{') {
        let (inner, _) = inner.split_once('}')?;
        let (kind, name) = inner.split_once(':')?;
        let known = [
            "env", "file", "input", "secret", "secrets", "vault", "keyring", "keychain", "command",
            "cmd",
        ];
        return (known.contains(&kind) && !name.is_empty()).then(|| whole(inner.len() + 2));
    }
    if let Some(inner) = rest.strip_prefix('`') {
        let (command, _) = inner.split_once('`')?;
        return command.contains(' ').then(|| whole(command.len() + 2));
    }
    rest.starts_with("<%").then(|| rest.find("%>")).flatten().map(|end| whole(end + 2))
}

/// The place of the brace that closes the one at `open`.
fn matching_brace(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Where the default begins in the inside of `${…}`. `:?` names an error text, not a value.
fn default_of(inner: &str) -> Option<usize> {
    let name = name_length(inner)?;
    let rest = inner.get(name..)?;
    let operator = [":-", ":=", ":+", "-", "=", "+"]
        .into_iter()
        .find(|operator| rest.starts_with(operator))?;
    Some(name + operator.len())
}

fn name_length(text: &str) -> Option<usize> {
    let length =
        text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    (length > 0 && !text.starts_with(|first: char| first.is_ascii_digit())).then_some(length)
}

/// Length of an unbraced shell variable. `$ecret1` is rather a password than a variable, so the name
/// has capital letters only, or small ones without a digit.
fn variable_length(text: &str) -> Option<usize> {
    let length = name_length(text)?;
    let name = text.get(..length)?;
    let upper = !name.bytes().any(|byte| byte.is_ascii_lowercase());
    let lower = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    (upper || lower).then_some(length)
}

/// Whether the whole value points at a secret store, an environment variable or a file.
pub(super) fn points_elsewhere(value: &str) -> bool {
    const STORES: [&str; 30] = [
        "op://",
        "vault:",
        "keyring:",
        "keychain:",
        "keychain://",
        "secret:",
        "secrets:",
        "secret://",
        "sm://",
        "ssm:",
        "ssm://",
        "aws-sm:",
        "awssm:",
        "aws-secretsmanager:",
        "secretsmanager:",
        "arn:aws:secretsmanager:",
        "arn:aws:ssm:",
        "gcp-sm:",
        "gcpsm:",
        "azkv:",
        "akv:",
        "azurekeyvault:",
        "doppler:",
        "infisical:",
        "bws:",
        "bw:",
        "lastpass:",
        "env:",
        "env.",
        "file:",
    ];
    const CODE: [&str; 8] = [
        "process.env.",
        "process.env[",
        "os.environ",
        "os.getenv(",
        "env(",
        "secrets.",
        "vars.",
        "ENV[",
    ];
    STORES.iter().chain(&CODE).any(|prefix| starts_with_ignore_case(value, prefix))
        || is_path(value)
        || is_file(value)
}

/// The name of a file that holds a key: `credentials.json`.
fn is_file(value: &str) -> bool {
    const FILES: [&str; 11] =
        ["json", "pem", "key", "txt", "p8", "p12", "pfx", "crt", "yaml", "yml", "env"];
    value.rsplit_once('.').is_some_and(|(stem, extension)| {
        FILES.contains(&extension)
            && stem.len() <= 60
            && stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
    })
}

fn starts_with_ignore_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// A path to a file. Base64 may begin with a slash too, so an absolute path has short segments.
fn is_path(value: &str) -> bool {
    if value.contains(char::is_whitespace) {
        return false;
    }
    let drive = matches!(value.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    if drive || ["~/", "./", "../", r".\", r"..\"].iter().any(|start| value.starts_with(start)) {
        return true;
    }
    let Some(segments) = value.strip_prefix('/') else { return false };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@".contains(&byte);
    segments.contains('/')
        && segments.split('/').all(|segment| segment.len() <= 24 && segment.bytes().all(plain))
}

/// A variable or input that a text refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable<'a> {
    /// Its name: `TOKEN` of `${env:TOKEN:-none}`.
    pub name: &'a str,
    /// The reference with `NAME` for the name and without its default: `${env:NAME}`.
    pub form: String,
}

/// The variables and inputs that a text refers to, from left to right. Commands (`$(…)`) and
/// addresses of secret stores (`op://…`) are none.
#[must_use]
pub fn variables(text: &str) -> Vec<Variable<'_>> {
    if !text.contains(['$', '%', '{']) {
        return Vec::new();
    }
    let spans = references(text).into_iter();
    spans.filter_map(|reference| variable(text.get(reference.span)?)).collect()
}

fn variable(reference: &str) -> Option<Variable<'_>> {
    let open = reference.len() - reference.trim_start_matches(['$', '{', '%', ' ']).len();
    let inner = reference.get(open..)?;
    let end = inner.find([' ', '}', '%']).unwrap_or(inner.len());
    let inner = inner.get(..end)?;
    let default = [":-", ":=", ":+", ":?"].iter().filter_map(|sign| inner.find(sign)).min();
    let plain = inner.get(..default.unwrap_or(inner.len()))?;
    let start = plain.rfind([':', '.', '/']).map_or(0, |at| at + 1);
    let name = plain.get(start..)?;
    let named = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    named.then(|| {
        let before = reference.get(..open + start).unwrap_or_default();
        let after = reference.get(open + end..).unwrap_or_default();
        Variable { name, form: format!("{before}NAME{after}") }
    })
}
