//! Settings of a server: flags, environment variables, assignments on the way.

use std::borrow::Cow;
use std::ops::Range;

use mcp_guard_detect::secret::{self, ValueClass};

use super::collect::Collector;
use super::command_line::CommandLine;
use super::hidden::Hidden;
use super::kinds::Setting;
use super::paths::form;
use super::reference;
use crate::catalog::{self, server::KnownServer};
use crate::client::{Located, Server};
use crate::launch::{Part, ScriptKind};
use crate::problem::Span;
use crate::sensitive;
use crate::syntax::Node;

/// A setting and where it stands, for the extractors that look at settings.
pub(super) struct Placed {
    pub(super) setting: Setting,
    pub(super) span: Span,
    pub(super) pointer: String,
    /// Where the value stands, if it is not the same place.
    pub(super) value: Option<(Span, String)>,
}

/// Facts about each setting; gives them back for further use.
pub(super) fn facts(
    collector: &mut Collector,
    server: &Server<'_>,
    line: &CommandLine<'_>,
    hidden: &Hidden,
    known: Option<&KnownServer>,
) -> Vec<Placed> {
    let mut found = Vec::new();
    for option in line.options() {
        let name = option.flag_name().unwrap_or_default();
        let Some((value, range)) = line.locate(&option.value_part()) else { continue };
        // The flag itself is what a reader wants to see, together with its value if they are one
        // word.
        let whole = Part { word: option.word, range: 0..usize::MAX };
        let Some((flag_value, flag_range)) = line.locate(&whole) else { continue };
        let shown = |text: Option<&str>| {
            text.map(|text| Cow::Owned(hidden.taken(text, flag_value, flag_range.clone())))
        };
        let text = option.value.as_ref().and_then(|_| value.text.get(range.clone()));
        let range_of_value = range.clone();
        let mut setting = Setting {
            source: Some("argument".into()),
            flag: shown(option.flag.as_deref()),
            name: Some(shown(option.flag_name()).unwrap_or_default()),
            container_option: line.is_containerised() && line.is_launchers(option.word),
            launcher_option: line.is_launchers(option.word),
            ..setting(name, text, value, range, hidden)
        };
        reference::describe(&mut setting, option.name().unwrap_or_default(), server, line);
        let at = (value.span_of(range_of_value), value.pointer.clone());
        let value = option.value.is_some().then_some(at);
        let span = flag_value.span_of(flag_range.clone());
        found.push(Placed { setting, span, pointer: flag_value.pointer.clone(), value });
    }
    for variable in &server.env {
        let value = &variable.value;
        let range = 0..value.text.len();
        let mut setting = Setting {
            source: Some("environment".into()),
            ..setting(&variable.name, Some(&value.text), value, range.clone(), hidden)
        };
        reference::describe(&mut setting, &variable.name, server, line);
        let (span, pointer) = (value.span_of(range), value.pointer.clone());
        found.push(Placed { setting, span, pointer, value: None });
    }
    for assignment in &line.launch.target.assignments {
        let Some(part) = &assignment.value else { continue };
        let Some((value, range)) = line.locate(part) else { continue };
        let text = line.launch.text(part);
        let setting = Setting {
            source: Some("environment".into()),
            ..setting(&assignment.name, Some(text), value, range.clone(), hidden)
        };
        let (span, pointer) = (value.span_of(range), value.pointer.clone());
        found.push(Placed { setting, span, pointer, value: None });
    }
    let starts = starts(server, line);
    for Placed { setting, .. } in &mut found {
        whose(setting, known);
        let of_environment = setting.source.as_deref() == Some("environment");
        let value = setting.value.as_deref().filter(|_| of_environment);
        setting.holds_program = value.is_some_and(|value| {
            starts.iter().any(|start| is_within(start, value) && !is_root(value))
        });
    }
    let http = found.iter().any(|placed| tells_http(&placed.setting));
    let (flags, variables) = names(server, line, &found);
    let context = collector.context();
    context.serves_http = server.command.is_some() && http;
    context.env_file = server.env_file.is_some() || !line.launch.target.env_files.is_empty();
    (context.flags, context.variables) = (flags, variables);
    for Placed { setting, span, pointer, .. } in &found {
        collector.add(setting.clone(), *span, pointer);
    }
    found
}

/// The paths from which an entry says that its code comes: the script, and where it is started.
fn starts<'a>(server: &'a Server<'_>, line: &'a CommandLine<'_>) -> Vec<&'a str> {
    let script = line.launch.target.script.as_ref();
    let script =
        script.filter(|script| script.kind == ScriptKind::File && !line.is_containerised());
    let script = script.map(|script| line.launch.text(&line.whole(script.word)));
    let cwd = server.cwd.as_ref().map(|cwd| cwd.text.as_ref());
    script.into_iter().chain(cwd).filter(|path| form(path) == "absolute").collect()
}

/// Whether `path` is `directory` or lies below it, by the spelling alone.
fn is_within(path: &str, directory: &str) -> bool {
    let alike = |a: u8, b: u8| a == b || matches!((a, b), (b'/', b'\\') | (b'\\', b'/'));
    let directory = directory.trim_end_matches(['/', '\\']).as_bytes();
    let mut rest = path.bytes();
    directory.iter().all(|&byte| rest.next().is_some_and(|other| alike(byte, other)))
        && matches!(rest.next(), None | Some(b'/' | b'\\'))
        && !path.contains("..")
}

/// Whether a path is the root of the file system or of a drive.
fn is_root(path: &str) -> bool {
    let path = path.trim_end_matches(['/', '\\']);
    path.is_empty() || path.len() == 2 && path.ends_with(':')
}

/// The names of the flags and of the variables, those without a value among them.
fn names(
    server: &Server<'_>,
    line: &CommandLine<'_>,
    settings: &[Placed],
) -> (Vec<String>, Vec<String>) {
    let (mut flags, mut variables) = (Vec::new(), Vec::new());
    for Placed { setting, .. } in settings {
        let Some(name) = setting.name.as_deref() else { continue };
        if setting.source.as_deref() == Some("environment") {
            variables.push(name.to_owned());
        } else if setting.flag.is_some() && !setting.container_option {
            flags.push(name.to_owned());
        }
    }
    let passed_on = line.launch.target.assignments.iter().filter(|other| other.value.is_none());
    variables.extend(passed_on.map(|assignment| assignment.name.clone()));
    let listed = server.dialect.fields.env_names.iter().filter_map(|key| server.node.get(key));
    let listed = listed.flat_map(Node::items).filter_map(Node::as_str);
    variables.extend(listed.map(str::to_owned));
    (flags, variables)
}

/// Whether a local server is told to listen for HTTP.
fn tells_http(setting: &Setting) -> bool {
    let name = setting.name.as_deref().unwrap_or_default().to_ascii_lowercase().replace('_', "-");
    let value = setting.value.as_deref().unwrap_or_default().to_ascii_lowercase();
    let transport = name == "transport" || name.ends_with("-transport");
    let http = ["http", "sse", "streamable-http", "streamable_http", "streamablehttp"];
    !setting.container_option
        && (transport && http.contains(&value.as_str())
            || setting.flag.is_some()
                && ["http", "sse", "streamable-http"].contains(&name.as_str()))
}

/// Fills in whose credential a variable holds, and whether the server has a use for it.
fn whose(setting: &mut Setting, known: Option<&KnownServer>) {
    let of_environment = setting.source.as_deref() == Some("environment");
    let name = setting.name.as_deref().filter(|_| of_environment);
    if let Some(credential) = name.and_then(catalog::credential) {
        setting.provider = Some(credential.provider.clone());
        setting.broad = credential.broad;
        setting.unused = known.is_some_and(|server| server.has_no_use_for(credential));
    }
}

fn setting(
    name: &str,
    text: Option<&str>,
    value: &Located<'_>,
    range: Range<usize>,
    hidden: &Hidden,
) -> Setting {
    let secret_name = secret::names_a_secret(name);
    let class = text.map_or(ValueClass::Empty, secret::classify);
    let plain = text.filter(|_| !secret_name && !hidden.touches(value, &range));
    let place = text.and_then(sensitive::holding);
    Setting {
        name: Some(Cow::Owned(name.to_owned())),
        sensitive: place.map(|places| places.class.name().into()),
        holds: place.map(|places| places.title.clone()),
        value: text.map(|text| Cow::Owned(text.to_owned())),
        plain_value: plain.map(|text| Cow::Owned(text.to_owned())),
        value_class: Some(class.name().into()),
        secret_name,
        ..Setting::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{is_root, is_within};

    #[test]
    fn directories_hold_what_lies_below() {
        for (path, directory, expected) in [
            ("/opt/notes/src/server.py", "/opt/notes", true),
            ("/opt/notes/src/server.py", "/opt/notes/", true),
            ("/opt/notes", "/opt/notes", true),
            (r"C:\tools\notes\server.py", "C:/tools/notes", true),
            ("/opt/notes-2/server.py", "/opt/notes", false),
            ("/opt/notes/server.py", "/opt/notes/src", false),
            ("/opt/notes/../other/server.py", "/opt/notes", false),
            ("/opt/notes/server.py", "/opt/notes:/opt/other", false),
        ] {
            assert_eq!(is_within(path, directory), expected, "{path} {directory}");
        }
        assert!(is_root("/") && is_root("C:\\") && is_root("") && !is_root("/opt"));
    }
}
