//! Settings of a server: flags, environment variables, assignments on the way.

use std::borrow::Cow;
use std::ops::Range;

use mcp_guard_detect::secret::{self, ValueClass};

use super::collect::Collector;
use super::command_line::CommandLine;
use super::hidden::Hidden;
use super::kinds::Setting;
use crate::client::{Located, Server};
use crate::launch::Part;
use crate::problem::Span;

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
        let setting = Setting {
            source: Some("argument".into()),
            flag: shown(option.flag.as_deref()),
            name: Some(shown(option.flag_name()).unwrap_or_default()),
            container_option: line.is_containerised() && line.is_launchers(option.word),
            ..setting(name, text, value, range, hidden)
        };
        let at = (value.span_of(range_of_value), value.pointer.clone());
        let value = option.value.is_some().then_some(at);
        let span = flag_value.span_of(flag_range.clone());
        found.push(Placed { setting, span, pointer: flag_value.pointer.clone(), value });
    }
    for variable in &server.env {
        let value = &variable.value;
        let range = 0..value.text.len();
        let setting = Setting {
            source: Some("environment".into()),
            ..setting(&variable.name, Some(&value.text), value, range.clone(), hidden)
        };
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
    let http = found.iter().any(|placed| tells_http(&placed.setting));
    collector.context().serves_http = server.command.is_some() && http;
    for Placed { setting, span, pointer, .. } in &found {
        collector.add(setting.clone(), *span, pointer);
    }
    found
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

fn setting(
    name: &str,
    text: Option<&str>,
    value: &Located<'_>,
    range: Range<usize>,
    hidden: &Hidden,
) -> Setting {
    let secret_name = secret::names_a_secret(name);
    let class = text.map_or(ValueClass::Empty, secret::classify);
    let plain = text.filter(|_| !secret_name && !hidden.touches(&value.pointer, &range));
    Setting {
        name: Some(Cow::Owned(name.to_owned())),
        value: text.map(|text| Cow::Owned(text.to_owned())),
        plain_value: plain.map(|text| Cow::Owned(text.to_owned())),
        value_class: Some(class.name().into()),
        secret_name,
        ..Setting::default()
    }
}
