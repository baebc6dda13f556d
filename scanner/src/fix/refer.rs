//! A reference in place of a secret, as the client of the file writes one.

use std::borrow::Cow;

use super::{Case, Proposal, Safety, part};
use crate::client::Dialect;
use crate::client::dialect::Interpolation;
use crate::compiled::Text;
use crate::edit::{Change, Content};
use crate::facts::carries_credential;
use crate::facts::kinds::{Detail, Secret};
use crate::syntax::{Format, Node, pointer};

pub(super) fn propose(case: &Case<'_>) -> Option<Proposal> {
    let Detail::Secret(secret) = &case.fact.detail else { return None };
    let dialect = case.dialect()?;
    let place = Place::of(case, secret, dialect)?;
    let by_name = || by_name(case, dialect, &place).map(|(changes, how)| (changes, how, None));
    let (changes, how, reference) = by_placeholder(case, dialect, &place).or_else(by_name)?;
    let title = format!("Take it from {how}");
    // The server works again once the value is where the reference leads.
    Some(Proposal { safety: Safety::Unsafe, title, then: Some(THEN), changes, reference })
}

/// A reference alone leads nowhere, and what was in a file may be elsewhere too.
const THEN: &str = "Put the secret there, or the server does not get it. If the file was ever \
     committed or shared, revoke it and put a new one there.";

/// Where a secret stands.
struct Place<'a> {
    node: &'a Node,
    /// Which of its bytes.
    range: std::ops::Range<usize>,
    /// The field, as dialects call it.
    field: &'static str,
    /// Pointer of the entry, if the value stands right below one of its fields.
    entry: String,
    /// The variable that is to hold it.
    variable: String,
}

impl<'a> Place<'a> {
    fn of(case: &Case<'a>, secret: &Secret, dialect: &Dialect) -> Option<Self> {
        let (node, range) = case.part()?;
        let fields = &dialect.fields;
        let field = match secret.location.as_deref()? {
            "environment" => "env",
            "header" => "headers",
            "url" => "url",
            // Where the program's list holds the arguments too, it is one field.
            "argument" if fields.args.is_empty() => "command",
            "argument" if ends_in(&case.fact.pointer, &fields.command) => "command",
            "argument" => "args",
            _ => return None,
        };
        let server = case.context.server.as_deref()?;
        let text = node.as_str()?;
        let whole = range == (0..text.len());
        let within = || name_before(text.get(..range.start)?);
        let said = secret.name.as_deref().filter(|name| says_something(name));
        let of_format = || of_format(secret.format.as_deref().unwrap_or_default());
        let named = match field {
            // The name of the whole value would say of its part what it is not.
            "env" if !whole => within(),
            "command" | "args" => within().or(said),
            _ => said,
        };
        let name = named.map_or_else(of_format, Cow::Borrowed);
        let of_server = of_server(server, &name);
        let own = field == "env" && whole || named.is_some_and(is_variable);
        let first = if own { shouted(&name) } else { of_server.clone() };
        let free = |name: &str| is_free(case, dialect, name);
        let variable = case.names.take(text.get(range.clone())?, [first, of_server], free)?;
        // Two levels up from a value in a map or list: its entry.
        let entry = case.fact.pointer.rsplitn(3, '/').nth(2)?.to_owned();
        (!variable.is_empty()).then_some(Self { node, range, field, entry, variable })
    }
}

/// Whether a variable can get that name: none is referred to by it yet, and no input that the
/// client shows while it is typed in has it.
fn is_free(case: &Case<'_>, dialect: &Dialect, variable: &str) -> bool {
    let id = input_id(variable);
    let text = case.document.text();
    let mut known = dialect.interpolation.iter().filter_map(|known| Some((way(known)?, known)));
    let referred = known.any(|(way, known)| {
        let name = if way == Way::Input { &id } else { variable };
        // `$NAME` runs into what follows it.
        known.syntax.ends_with('}') && text.contains(&known.syntax.replace("NAME", name))
    });
    let [root] = case.document.roots() else { return false };
    let inputs = dialect.maps.iter().filter_map(|map| root.at(map.inputs.as_deref()?));
    let mut inputs = inputs.flat_map(Node::items);
    !referred && !inputs.any(|input| is_called(input, &id) && !is_hidden(input))
}

fn is_called(input: &Node, id: &str) -> bool {
    input.get("id").and_then(Node::as_str) == Some(id)
}

/// Whether the client hides what is typed into it.
fn is_hidden(input: &Node) -> bool {
    let prompts = input.get("type").and_then(Node::as_str) == Some("promptString");
    prompts && input.get("password").and_then(Node::as_bool) == Some(true)
}

fn input_id(variable: &str) -> String {
    variable.to_ascii_lowercase().replace('_', "-")
}

/// Whether it is more than a letter, such as that of `-p`.
fn says_something(name: &str) -> bool {
    name.bytes().filter(u8::is_ascii_alphanumeric).count() > 2
}

/// Whether it is written as the variables of a service are: `GITHUB_TOKEN`.
fn is_variable(name: &str) -> bool {
    let inner = name.trim_matches('_');
    let letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    inner.contains('_') && inner.bytes().all(letter)
}

/// What the text before a secret calls it: the key in `"token":"` and `TOKEN=`, the flag in
/// `--token `, the header in `Authorization: Bearer `.
fn name_before(before: &str) -> Option<&str> {
    let gap = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\');
    let text = before.trim_end_matches(gap);
    let word = text.rsplit(gap).next().unwrap_or_default();
    let scheme = ["basic", "bearer", "token"].iter().any(|known| word.eq_ignore_ascii_case(known));
    let text = match text.strip_suffix(word) {
        Some(rest) if scheme => rest.trim_end_matches(gap),
        _ => text,
    };
    let of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let last = |text: &'_ str| text.len() - text.trim_end_matches(of_name).len();
    let name = if let Some(key) = text.strip_suffix('=') {
        let key = key.trim_end_matches(gap);
        key.get(key.len() - last(key)..)?
    } else if let Some(key) = text.strip_suffix(':') {
        let key = key.trim_end_matches(gap);
        let name = key.get(key.len() - last(key)..)?;
        // Without a space it may be a user and what he is known by.
        let sure = text.len() < before.len() || carries_credential(name);
        Some(name).filter(|_| sure)?
    } else {
        let flag = text.get(text.len() - last(text)..)?;
        Some(flag).filter(|flag| flag.starts_with('-') && text.len() < before.len())?
    };
    Some(name.trim_start_matches('-')).filter(|name| says_something(name))
}

/// What a secret of that format is for a server: `github-pat` is a `GITHUB_TOKEN`.
fn of_format(id: &str) -> Cow<'static, str> {
    const KINDS: [&str; 9] =
        ["TOKEN", "KEY", "SECRET", "PASSWORD", "CREDENTIALS", "WEBHOOK", "URL", "ID", "JWT"];
    let name = shouted(id);
    let name = name.trim_end_matches("_LEGACY").trim_end_matches("_ENCRYPTED");
    match name.split_once('_') {
        // All of them are given to servers under one name.
        Some(("GITHUB", _)) => "GITHUB_TOKEN".into(),
        // Where a password stands says nothing about whose it is.
        Some(("GENERIC" | "DSN" | "CURL", "PASSWORD")) => "PASSWORD".into(),
        Some(("GENERIC", _)) => "TOKEN".into(),
        _ if KINDS.iter().any(|kind| name.ends_with(kind)) => name.to_owned().into(),
        Some((owner, "PAT")) => format!("{owner}_TOKEN").into(),
        _ if name.is_empty() => "TOKEN".into(),
        _ => format!("{name}_TOKEN").into(),
    }
}

fn ends_in(at: &str, names: &[Text]) -> bool {
    at.rsplit('/').next().is_some_and(|last| names.iter().any(|name| name == last))
}

/// A name as variables are written: `api-key` becomes `API_KEY`.
fn shouted(name: &str) -> String {
    let mut out = String::new();
    for character in name.chars() {
        match character {
            c if c.is_ascii_alphanumeric() || c == '_' => out.push(c.to_ascii_uppercase()),
            _ if out.is_empty() || out.ends_with('_') => {}
            _ => out.push('_'),
        }
    }
    let out = out.trim_end_matches('_').to_owned();
    if out.starts_with(|c: char| c.is_ascii_digit()) { format!("_{out}") } else { out }
}

/// A variable for a header, flag or parameter of a server.
fn of_server(server: &str, name: &str) -> String {
    let name = shouted(name.trim_start_matches('-'));
    let name = name.strip_prefix("X_").unwrap_or(&name);
    let name = if name == "AUTHORIZATION" { "TOKEN" } else { name };
    let server = shouted(server);
    match name.starts_with(&server) {
        true => name.to_owned(),
        false => format!("{server}_{name}"),
    }
}

/// The ways to refer to a value that is kept elsewhere, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// The client asks for it once and keeps it.
    Input,
    /// An environment variable.
    Variable,
    /// The client's own store.
    Store,
}

fn way(known: &Interpolation) -> Option<Way> {
    match known.syntax.as_ref() {
        _ if known.store => Some(Way::Store),
        syntax if syntax.contains("input:NAME") => Some(Way::Input),
        syntax if syntax.contains("env:NAME") || matches!(syntax, "${NAME}" | "$NAME") => {
            Some(Way::Variable)
        }
        _ => None,
    }
}

/// Whether the client replaces it in files of that format.
fn is_read_in(known: &Interpolation, format: Format) -> bool {
    let mut formats = known.formats.iter();
    known.formats.is_empty() || formats.any(|known| known.name() == format.name())
}

/// The secret replaced by a placeholder that the client fills in.
fn by_placeholder(
    case: &Case<'_>,
    dialect: &Dialect,
    place: &Place<'_>,
) -> Option<(Vec<Change>, String, Option<String>)> {
    let mut ways: Vec<(Way, usize, &str)> = dialect
        .interpolation
        .iter()
        .filter(|known| known.fields.iter().any(|field| field == place.field))
        .filter(|known| is_read_in(known, case.document.format()))
        // `$NAME` runs into what follows it.
        .filter_map(|known| {
            Some((way(known)?, usize::from(known.syntax == "$NAME"), &*known.syntax))
        })
        .collect();
    ways.sort_unstable();
    ways.into_iter().find_map(|(way, _, syntax)| {
        let variable = &place.variable;
        let id = input_id(variable);
        let name = if way == Way::Input { &id } else { variable };
        let reference = syntax.replace("NAME", name);
        let set = part::replace(place.node, &case.fact.pointer, place.range.clone(), &reference)?;
        let mut changes = vec![set];
        let how = match way {
            Way::Input => {
                changes.extend(input(case, dialect, &id)?);
                format!("the input `{id}`, which the client asks for once and keeps")
            }
            Way::Variable => format!("the variable {variable} of the client's environment"),
            Way::Store => format!("`{variable}` in the client's store of secrets"),
        };
        Some((changes, how, Some(reference)))
    })
}

/// A new input where the client looks for those of the server; nothing inside if there is one of
/// that name.
fn input(case: &Case<'_>, dialect: &Dialect, id: &str) -> Option<Option<Change>> {
    let [root] = case.document.roots() else { return None };
    let below = |at: &str| {
        let rest = case.fact.pointer.strip_prefix(at);
        rest.is_some_and(|rest| rest.starts_with('/'))
    };
    let map = dialect.maps.iter().find(|map| below(&map.at))?;
    let at = map.inputs.as_deref()?.to_owned();
    let item = Content::Map(vec![
        ("type".into(), Content::from("promptString")),
        ("id".into(), Content::from(id)),
        ("description".into(), Content::from(id)),
        ("password".into(), Content::Bool(true)),
    ]);
    let inputs = root.at(&at);
    let mut known = inputs.map(Node::items).unwrap_or_default().iter();
    if known.any(|input| is_called(input, id)) {
        return Some(None);
    }
    match inputs {
        Some(list) if list.is_list() => {
            Some(Some(Change::Insert { at, index: list.items().len(), value: item }))
        }
        Some(_) => None,
        None => Some(Some(Change::Set { at, value: Content::List(vec![item]) })),
    }
}

/// Whether a comment stands behind the value in its line.
fn has_comment_behind(case: &Case<'_>, node: &Node) -> bool {
    let document = case.document;
    let rest = document.text().get(node.span.end..).unwrap_or_default();
    let end = node.span.end + rest.find('\n').unwrap_or(rest.len());
    document.comments().iter().any(|comment| (node.span.end..end).contains(&comment.start))
}

/// The value taken out, and the name of a variable put where the client looks for names.
fn by_name(case: &Case<'_>, dialect: &Dialect, place: &Place<'_>) -> Option<(Vec<Change>, String)> {
    let [root] = case.document.roots() else { return None };
    let text = place.node.as_str()?;
    let whole = place.range == (0..text.len());
    let fields = &dialect.fields;
    let variable = &place.variable;
    let at = |name: &Text| {
        let mut at = place.entry.clone();
        pointer::push(&mut at, name);
        at
    };
    // A comment behind the value would go with it.
    if has_comment_behind(case, place.node) {
        return None;
    }
    let remove = Change::Remove { at: case.fact.pointer.clone() };
    let header = case.fact.pointer.rsplit('/').next().map(pointer::unescape)?;
    let how = format!("the variable {variable} of the client's environment");
    match place.field {
        "env" if whole => {
            let at = at(fields.env_names.first()?);
            let value = Content::from(variable.as_str());
            let add = match root.at(&at) {
                Some(list) if list.is_list() => {
                    Change::Insert { at, index: list.items().len(), value }
                }
                Some(_) => return None,
                None => Change::Set { at, value: Content::List(vec![value]) },
            };
            (*header == **variable).then_some((vec![remove, add], how))
        }
        "headers" if header.eq_ignore_ascii_case("authorization") => {
            let bearer = text.get(..place.range.start)?.trim_end().eq_ignore_ascii_case("bearer");
            let at = at(fields.bearer_env.first()?);
            let free = bearer && place.range.end == text.len() && root.at(&at).is_none();
            let set = Change::Set { at, value: Content::from(variable.as_str()) };
            free.then_some((vec![remove, set], how))
        }
        "headers" if whole => {
            let outer = at(fields.header_env.first()?);
            let set = match root.at(&outer) {
                Some(_) => {
                    let mut at = outer;
                    pointer::push(&mut at, &header);
                    Change::Set { at, value: Content::from(variable.as_str()) }
                }
                None => {
                    let entry = (Box::from(header.as_ref()), Content::from(variable.as_str()));
                    Change::Set { at: outer, value: Content::Map(vec![entry]) }
                }
            };
            Some((vec![remove, set], how))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{name_before, of_format, of_server, shouted};

    #[test]
    fn a_secret_in_a_text_is_called_as_the_text_calls_it() {
        for (before, name) in [
            (r#"{"token":""#, Some("token")),
            (r#"{"a":1,"apiKey" : ""#, Some("apiKey")),
            (r#"{\"token\":\""#, Some("token")),
            ("GITHUB_TOKEN=", Some("GITHUB_TOKEN")),
            ("export GITHUB_TOKEN='", Some("GITHUB_TOKEN")),
            ("exec gh-mcp --token ", Some("token")),
            ("exec gh-mcp --api-key=\"", Some("api-key")),
            ("curl -H 'Authorization: Bearer ", Some("Authorization")),
            ("gh-mcp -t ", None),
            ("gh-mcp ", None),
            ("gh-mcp password:", Some("password")),
            ("https://me:", None),
            ("Bearer ", None),
            ("", None),
        ] {
            assert_eq!(name_before(before), name, "{before}");
        }
        assert_eq!(of_format("github-pat"), "GITHUB_TOKEN");
        assert_eq!(of_format("openai-api-key"), "OPENAI_API_KEY");
        assert_eq!(of_format("generic-token"), "TOKEN");
        assert_eq!(of_format("gitlab-pat"), "GITLAB_TOKEN");
    }

    #[test]
    fn variables_are_named_after_what_they_hold() {
        assert_eq!(shouted("api-key"), "API_KEY");
        assert_eq!(shouted("GITHUB_TOKEN"), "GITHUB_TOKEN");
        assert_eq!(shouted("2fa"), "_2FA");
        assert_eq!(of_server("my docs", "Authorization"), "MY_DOCS_TOKEN");
        assert_eq!(of_server("docs", "X-API-Key"), "DOCS_API_KEY");
        assert_eq!(of_server("docs", "--docs-token"), "DOCS_TOKEN");
    }
}
