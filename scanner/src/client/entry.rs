//! One entry of a server map, read by its client's dialect.

use std::borrow::Cow;
use std::collections::HashMap;

use mcp_guard_detect::secret::{ValueClass, classify};

use super::dialect::{ClientKind, Dialect, Scope, UrlOnly};
use super::field::Entry;
use super::server::{Located, Named, Server, Transport};
use super::shape::URL_KEYS;
use crate::problem::{Problem, ProblemKind, Span};
use crate::syntax::Node;

/// Where an entry stands.
#[derive(Clone)]
pub(super) struct Place<'d> {
    pub(super) dialect: &'static Dialect,
    pub(super) scope: Scope,
    pub(super) name: Cow<'d, str>,
    pub(super) name_span: Span,
    pub(super) pointer: String,
}

/// Keys by which an entry refers to a server that is defined elsewhere.
const ELSEWHERE: &[&str] = &["settings", "source", "uses", "ref", "$ref", "extension", "bundled"];

/// An entry is read at most that often for keys that stand in it more than once.
const MOST_LAYERS: usize = 8;

/// Reads an entry: nothing when it is no server but a mere switch or a reference, one server as a
/// rule, several where a key stands twice, because one client takes the first value and another
/// the last.
pub(super) fn read<'d>(
    node: &'d Node,
    place: &Place<'d>,
    problems: &mut Vec<Problem>,
) -> Vec<Server<'d>> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for entry in node.entries() {
        *times.entry(&entry.key).or_default() += 1;
    }
    let times = times.into_values().max().unwrap_or(1);
    if times > MOST_LAYERS {
        problems.push(
            Problem::new(
                ProblemKind::BadEntry,
                format!("a key stands {times} times in the entry; of its values {MOST_LAYERS} were analysed"),
            )
            .at(place.name_span)
            .on(place.pointer.clone()),
        );
    }
    let layers = (0..times.clamp(1, MOST_LAYERS)).rev();
    layers.filter_map(|layer| read_layer(node, place.clone(), layer, problems)).collect()
}

/// Reads an entry with those values of keys that have so many others of the same key behind them.
fn read_layer<'d>(
    node: &'d Node,
    place: Place<'d>,
    layer: usize,
    problems: &mut Vec<Problem>,
) -> Option<Server<'d>> {
    let Place { dialect, scope, name, name_span, pointer } = place;
    if !node.is_map() {
        problems.push(
            Problem::new(
                ProblemKind::BadEntry,
                format!("the entry is {} and not an object with a command or a URL", node.kind()),
            )
            .at(node.span)
            .on(pointer),
        );
        return None;
    }
    let is_switch = |key: &str| dialect.off.iter().any(|off| off.key == key);
    if !node.entries().is_empty() && node.entries().iter().all(|entry| is_switch(&entry.key)) {
        return None;
    }
    let mut faults = Vec::new();
    let entry = Entry { node, pointer: &pointer, layer };
    let fields = &dialect.fields;
    let (command, mut args) = entry.command(dialect, &mut faults);
    args.extend(entry.list(&fields.args, &["args", "arguments", "command.args"], &mut faults));
    let url =
        entry.text(&fields.url, URL_KEYS, &mut faults).filter(|url| !url.text.trim().is_empty());
    faults.extend(url.as_ref().and_then(unusable));
    let declared = entry.declared(dialect);
    let in_process = matches!(declared, Some((_, None)));
    let declared = declared.and_then(|(word, transport)| Some((word, transport?)));
    let transport = match &declared {
        _ if in_process => Transport::Unknown,
        Some((_, Transport::Stdio)) if command.is_none() && url.is_some() => Transport::Http,
        Some((_, transport)) => *transport,
        None if command.is_some() => Transport::Stdio,
        None => url.as_ref().map_or(Transport::Unknown, |url| by_url(&url.text, dialect)),
    };
    let nothing = command.is_none() && url.is_none() && !in_process;
    if nothing && dialect.kind == ClientKind::Gateway {
        return None;
    }
    if nothing && faults.is_empty() && !ELSEWHERE.iter().any(|key| node.get(key).is_some()) {
        faults.push(
            Problem::new(
                ProblemKind::BadEntry,
                "the entry has neither a command nor a URL, so what it starts is not known",
            )
            .at(name_span)
            .on(pointer.clone()),
        );
    }
    if let Some(url) = &url
        && command.is_none()
        && declared.is_none()
        && dialect.transport.url_only == Some(UrlOnly::Unread)
    {
        let message = format!("{} reads no URL here, so the entry starts nothing", dialect.name);
        let problem = Problem::new(ProblemKind::BadEntry, message);
        faults.push(problem.at(url.node.span).on(url.pointer.clone()));
    }
    let disabled = dialect.off.iter().any(|off| {
        entry.own(&off.key).and_then(Node::as_bool).is_some_and(|value| value == off.when)
    });
    let credential_elsewhere =
        [&fields.header_env, &fields.bearer_env, &fields.headers_command].iter().any(|names| {
            names.iter().any(|name| entry.at(name).is_some_and(|(node, _)| !node.is_null()))
        });
    let oauth = fields
        .oauth
        .iter()
        .find_map(|name| entry.at(name))
        .filter(|(node, _)| !node.is_null() && node.as_bool() != Some(false));
    let prose_names: Vec<&str> = fields
        .description
        .iter()
        .map(AsRef::as_ref)
        .chain(["description", "instructions", "serverInstructions", "server_instructions"])
        .collect();
    let mut prose: Vec<Named<'d>> = Vec::new();
    for name in prose_names {
        if let Some(found) = node.entry(name)
            && let Some(value) = entry.located(&found.value, name)
            && found.value.as_str().is_some()
            && !prose.iter().any(|known| known.name == *found.key)
        {
            let name_span = found.key_span;
            prose.push(Named { name: Cow::Borrowed(&found.key), name_span, value });
        }
    }
    let (env, headers) = (
        entry.named(&fields.env, &["env", "envs", "environment", "command.env"], &mut faults),
        entry.named(
            &fields.headers,
            &["headers", "http_headers", "requestInit.headers"],
            &mut faults,
        ),
    );
    let env_file = entry.text(&fields.env_file, &["envFile", "env_file"], &mut faults);
    let cwd = entry.text(&fields.cwd, &["cwd", "working_directory"], &mut faults);
    for fault in faults {
        // The values of an entry that is read twice are told once.
        if !problems.contains(&fault) {
            problems.push(fault);
        }
    }
    Some(Server {
        dialect,
        scope,
        name: name.into_owned(),
        name_span,
        transport,
        declared,
        command,
        args,
        env,
        env_file,
        cwd,
        url,
        headers,
        credential_elsewhere,
        oauth,
        prose,
        package: None,
        disabled,
        node,
        pointer,
    })
}

/// What is wrong with a URL that no client can use.
fn unusable(url: &Located<'_>) -> Option<Problem> {
    const SCHEMES: &[&str] =
        &["http:", "https:", "ws:", "wss:", "sse:", "unix:", "npipe:", "pipe:"];
    let text = url.text.trim().to_ascii_lowercase();
    let known = SCHEMES.iter().any(|scheme| text.starts_with(scheme));
    let literal = classify(&url.text) == ValueClass::Literal
        && !url.text.contains(['$', '{', '<', '%'])
        && url.node.as_str().is_some();
    (literal && !known).then(|| {
        Problem::new(ProblemKind::BadEntry, "the URL has no scheme that a client could use")
            .at(url.node.span)
            .on(url.pointer.clone())
    })
}

fn by_url(url: &str, dialect: &Dialect) -> Transport {
    let lower = url.to_ascii_lowercase();
    if lower.starts_with("ws://") || lower.starts_with("wss://") {
        return Transport::Ws;
    }
    match dialect.transport.url_only {
        Some(UrlOnly::Sse) => Transport::Sse,
        _ => Transport::Http,
    }
}
