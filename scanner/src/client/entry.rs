//! One entry of a server map, read by its client's dialect.

use std::borrow::Cow;
use std::collections::HashMap;

use mcp_guard_detect::host::reach;
use mcp_guard_detect::nearest::nearest;
use mcp_guard_detect::secret::{ValueClass, classify};

use super::approval;
use super::dialect::{ClientKind, Dialect, OffSwitch, TextItem, UrlOnly};
use super::field::Entry;
use super::server::{DeclaredPackage, Located, Named, Place, Server, Transport, located};
use super::shape::URL_KEYS;
use crate::problem::{Problem, ProblemKind, Span};
use crate::syntax::{Node, pointer};

/// Keys by which an entry refers to a server that is defined elsewhere.
const ELSEWHERE: &[&str] =
    &["settings", "source", "uses", "ref", "$ref", "extension", "bundled", "socket", "tcp"];

/// Names that some client uses for the arguments, the environment, headers, the working directory
/// and a file with variables.
pub(super) const ARGS_KEYS: &[&str] = &["args", "arguments", "command.args"];
pub(super) const ENV_KEYS: &[&str] = &["env", "envs", "environment", "command.env"];
pub(super) const HEADER_KEYS: &[&str] = &["headers", "http_headers", "requestInit.headers"];
pub(super) const CWD_KEYS: &[&str] = &["cwd", "working_directory"];
pub(super) const ENV_FILE_KEYS: &[&str] = &["envFile", "env_file"];

/// An entry is read at most that often for keys that stand in it more than once.
const MOST_LAYERS: usize = 8;

/// So few keys are compared one by one.
const FEW: usize = 16;

/// Reads an entry: nothing when it is no server but a mere switch or a reference, one server as a
/// rule, several where a key stands twice, because one client takes the first value and another
/// the last.
pub(super) fn read<'d>(
    node: &'d Node,
    place: &Place<'d>,
    problems: &mut Vec<Problem>,
) -> Vec<Server<'d>> {
    let times = most_times(node);
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

/// How often the key stands in the entry that stands there most often.
fn most_times(node: &Node) -> usize {
    let entries = node.entries();
    if entries.len() <= FEW {
        let times = |key: &str| entries.iter().filter(|other| &*other.key == key).count();
        return entries.iter().map(|entry| times(&entry.key)).max().unwrap_or(1);
    }
    let mut times: HashMap<&str, usize> = HashMap::new();
    for entry in entries {
        *times.entry(&entry.key).or_default() += 1;
    }
    times.into_values().max().unwrap_or(1)
}

/// Reads an entry with those values of keys that have so many others of the same key behind them.
fn read_layer<'d>(
    node: &'d Node,
    place: Place<'d>,
    layer: usize,
    problems: &mut Vec<Problem>,
) -> Option<Server<'d>> {
    let Place { dialect, scope, name, name_span, pointer, transport: told, offered } = place;
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
    let (mut command, mut args) = entry.command(dialect, &mut faults);
    let image = entry.text(&fields.image, &[], &mut faults);
    if image.is_some()
        && let Some(first) = command.take()
    {
        args.insert(0, first);
    }
    args.extend(entry.list(&fields.args, ARGS_KEYS, &mut faults));
    let url =
        entry.text(&fields.url, URL_KEYS, &mut faults).filter(|url| !url.text.trim().is_empty());
    let declared = entry.declared(dialect);
    let in_process = matches!(declared, Some((_, None)));
    let declared = declared.and_then(|(word, transport)| Some((word, transport?)));
    let remote = matches!(declared, Some((_, Transport::Http | Transport::Sse | Transport::Ws)));
    if command.is_some() && !remote && args.is_empty() {
        args = entry.words(&fields.arg_line);
    }
    let url = url.filter(|url| args.first().is_none_or(|arg| arg.pointer != url.pointer));
    faults.extend(url.as_ref().and_then(unusable));
    let transport = match &declared {
        _ if in_process => Transport::Unknown,
        Some((_, Transport::Stdio)) if command.is_none() && url.is_some() => Transport::Http,
        Some((_, transport)) => *transport,
        None if command.is_some() || image.is_some() => Transport::Stdio,
        None => url.as_ref().map_or(Transport::Unknown, |url| match told {
            Some(told) if !is_web_socket(&url.text) => told,
            _ => by_url(url, &pointer, dialect),
        }),
    };
    let nothing = command.is_none() && url.is_none() && image.is_none() && !in_process;
    if nothing && dialect.kind == ClientKind::Gateway {
        return None;
    }
    if nothing && faults.is_empty() && !ELSEWHERE.iter().any(|key| node.get(key).is_some()) {
        faults.push(starts_nothing(node, name_span, &pointer, dialect));
    }
    if let Some(url) = &url
        && command.is_none()
        && declared.is_none()
        && told.is_none()
        && dialect.transport.url_only == Some(UrlOnly::Unread)
    {
        let message = format!("{} reads no URL here, so the entry starts nothing", dialect.name);
        let problem = Problem::new(ProblemKind::BadEntry, message);
        faults.push(problem.at(url.node.span).on(url.pointer.clone()));
    }
    let is_off = |off: &OffSwitch| {
        entry.at(&off.key).is_some_and(|(value, _)| approval::is(value, &off.when))
    };
    let disabled = offered || dialect.off.iter().any(is_off);
    let credential_elsewhere =
        [&fields.header_env, &fields.bearer_env, &fields.headers_command].iter().any(|names| {
            names.iter().any(|name| entry.at(name).is_some_and(|(node, _)| !node.is_null()))
        });
    let oauth = fields.oauth.iter().find_map(|name| entry.at(name)).filter(|(node, _)| {
        let blank = node.as_str().is_some_and(|text| text.trim().is_empty());
        !node.is_null() && node.as_bool() != Some(false) && !blank
    });
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
        entry.named(&fields.env, ENV_KEYS, &mut faults),
        entry.named(&fields.headers, HEADER_KEYS, &mut faults),
    );
    let env_file = entry.text(&fields.env_file, ENV_FILE_KEYS, &mut faults);
    let cwd = entry.text(&fields.cwd, CWD_KEYS, &mut faults);
    let headers_command = entry.text(&fields.headers_command, &[], &mut faults);
    let python = entry.text(&fields.python, &[], &mut faults).filter(|_| in_process);
    let python_packages = match python {
        Some(_) => entry.list(&fields.python_packages, &[], &mut faults),
        None => Vec::new(),
    };
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
        headers_command,
        python,
        python_packages,
        url,
        headers,
        credential_elsewhere,
        oauth,
        prose,
        package: image.map(declared_image),
        disabled,
        offered,
        node,
        pointer,
    })
}

/// Reads a text that stands in the place of an entry; nothing if it only names a server.
pub(super) fn read_text<'d>(
    node: &'d Node,
    place: Place<'d>,
    what: TextItem,
    problems: &mut Vec<Problem>,
) -> Option<Server<'d>> {
    let text = node.as_str().filter(|text| !text.trim().is_empty())?;
    let mut value = located(node, place.pointer.clone())?;
    let mut server = Server::blank(node, place);
    if what == TextItem::Reference {
        return None;
    }
    if what == TextItem::Line
        && let Some((name, rest)) = text.split_once('=')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte))
        && !name.is_empty()
    {
        server.name = name.to_owned();
        server.name_span = node.span_of(0..name.len());
        value.begin = name.len() + 1;
        value.text = Cow::Borrowed(rest);
    }
    let is_url = match what {
        TextItem::Line => value.text.trim_start().starts_with("http"),
        what => what == TextItem::Url,
    };
    if is_url && (what == TextItem::Url || value.text.contains("://")) {
        problems.extend(unusable(&value));
        let by_url = by_url(&value, &server.pointer, server.dialect);
        server.transport = match server.transport {
            Transport::Unknown => by_url,
            told => told,
        };
        server.url = Some(value);
    } else {
        server.transport = Transport::Stdio;
        server.command = Some(value);
    }
    Some(server)
}

/// The image of an entry, as the registry's schema would name it.
fn declared_image(identifier: Located<'_>) -> DeclaredPackage<'_> {
    let registry = Located { text: Cow::Borrowed("oci"), ..identifier.clone() };
    DeclaredPackage { registry, identifier, version: None }
}

/// An entry that says neither what to run nor where to go, perhaps because of a slip.
fn starts_nothing(node: &Node, name: Span, pointer: &str, dialect: &Dialect) -> Problem {
    let message = "the entry has neither a command nor a URL, so what it starts is not known";
    let fields = &dialect.fields;
    let wanted = || [&fields.command, &fields.url].into_iter().filter_map(|names| names.first());
    let meant = node.entries().iter().find_map(|entry| {
        let near = nearest(&entry.key, wanted().map(AsRef::as_ref))?;
        (*entry.key != *near).then_some((entry, near))
    });
    match meant {
        Some((entry, near)) => {
            let mut at = pointer.to_owned();
            pointer::push(&mut at, &entry.key);
            let message = format!("{message}; `{}` may be a misspelt `{near}`", entry.key);
            Problem::new(ProblemKind::BadEntry, message).at(entry.key_span).on(at)
        }
        None => Problem::new(ProblemKind::BadEntry, message).at(name).on(pointer.to_owned()),
    }
}

/// What is wrong with a URL that no client can use.
fn unusable(url: &Located<'_>) -> Option<Problem> {
    let known = reach(&url.text).is_some();
    let literal = classify(&url.text) == ValueClass::Literal
        && !url.text.contains(['$', '{', '<', '%'])
        && url.node.as_str().is_some();
    (literal && !known).then(|| {
        Problem::new(ProblemKind::BadEntry, "the URL has no scheme that a client could use")
            .at(url.node.span)
            .on(url.pointer.clone())
    })
}

fn is_web_socket(url: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    lower.starts_with("ws://") || lower.starts_with("wss://")
}

/// What the URL of the entry at `base` means where nothing declares the transport.
fn by_url(url: &Located<'_>, base: &str, dialect: &Dialect) -> Transport {
    let key = url.pointer.strip_prefix(base).and_then(|key| key.strip_prefix('/'));
    implied_by(&url.text, &key.unwrap_or_default().replace('/', "."), dialect)
}

/// What a URL under that key means where nothing declares the transport.
pub(super) fn implied_by(url: &str, key: &str, dialect: &Dialect) -> Transport {
    if is_web_socket(url) {
        return Transport::Ws;
    }
    let told = dialect.transport.by_url_key.iter().find(|(known, _)| known == key);
    if let Some(transport) = told.and_then(|(_, word)| Transport::of(*word)) {
        return transport;
    }
    match dialect.transport.url_only {
        Some(UrlOnly::Sse) => Transport::Sse,
        _ => Transport::Http,
    }
}
