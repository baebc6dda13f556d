//! The known server that an entry is, and what it is told not to do.

use super::collect::Collector;
use super::command_line::CommandLine;
use super::kinds::{KnownServer as Fact, Setting};
use super::setting::Placed;
use crate::catalog::server::{Capability, KnownServer, Switches};
use crate::client::Server;

/// A fact where the entry names the server: at its package, image, command or address.
pub(super) fn facts(
    collector: &mut Collector,
    server: &Server<'_>,
    line: &CommandLine<'_>,
    known: Option<&'static KnownServer>,
    settings: &[Placed],
) {
    let Some(known) = known else { return };
    let target = &line.launch.target;
    let remote = server.command.is_none() || target.remote_url.is_some();
    if let Some(switches) = known.read_only.as_ref().filter(|_| !remote) {
        let context = collector.context();
        context.read_only = match judge(switches, settings, &context.variables) {
            // The file may say it.
            "missing" if context.env_file => None,
            word => Some(word),
        };
    }
    if !remote {
        let context = collector.context();
        for limit in known.limits.iter() {
            if judge(&limit.by, settings, &context.variables) == "given" {
                leave_out(&mut context.capabilities, &limit.without);
            }
        }
        // Who changes nothing publishes nothing.
        if context.read_only == Some("given") {
            leave_out(&mut context.capabilities, &[Capability::SendOut]);
        }
    }
    let part = target.package.as_ref().map(|package| &package.part);
    let part =
        part.or(target.image.as_ref().map(|image| &image.part)).or(target.remote_url.as_ref());
    let declared = server.package.as_ref().map(|package| &package.identifier);
    let whole = declared.or(server.command.as_ref()).or(server.url.as_ref());
    let place = match part.and_then(|part| line.locate(part)) {
        Some((value, range)) => Some((value.span_of(range), &value.pointer)),
        None => whole.map(|value| (value.span_of(0..value.text.len()), &value.pointer)),
    };
    let Some((span, pointer)) = place else { return };
    let fact = Fact {
        title: Some(known.title.clone()),
        vendor: Some(known.vendor.clone()),
        official: Some(known.official.name().into()),
    };
    collector.add(fact, span, pointer);
}

fn leave_out(capabilities: &mut Vec<String>, without: &[Capability]) {
    capabilities.retain(|word| without.iter().all(|other| other.name() != word));
}

/// Whether one of the switches is `given`, or `refused` with another value, or all are `missing`. A
/// value that is only known later may be the right one.
fn judge(switches: &Switches, settings: &[Placed], variables: &[String]) -> &'static str {
    let mut there = false;
    let mut given = |environment: bool, name: &str, wanted: &str| {
        let name = name.trim_start_matches('-');
        let named = settings.iter().map(|placed| &placed.setting).filter(|setting| {
            (setting.source.as_deref() == Some("environment")) == environment
                && !setting.container_option
                && setting.name.as_deref().is_some_and(|other| same(other, name))
        });
        let mut says_so = false;
        for setting in named {
            there = true;
            // A flag is a switch by itself; what follows it may be an argument of its own.
            let alone = !environment && wanted == "true";
            says_so |= if alone { !says(setting, "false") } else { says(setting, wanted) };
        }
        says_so
    };
    let flag = switches.args.iter().any(|switch| {
        let (name, wanted) = switch.split_once('=').unwrap_or((switch, "true"));
        given(false, name, wanted)
    });
    let variable = switches.env.iter().any(|switch| {
        let (name, wanted) = switch.split_once('=').unwrap_or((switch, "true"));
        given(true, name, wanted)
    });
    let passed_on = || {
        let names = switches.env.iter().map(|switch| switch.split('=').next().unwrap_or(switch));
        names.into_iter().any(|name| variables.iter().any(|other| same(other, name)))
    };
    match (flag || variable, there) {
        (true, _) => "given",
        (false, true) => "refused",
        (false, false) if passed_on() => "given",
        (false, false) => "missing",
    }
}

/// Whether two names are the same but for letter case and the sign between words.
fn same(one: &str, other: &str) -> bool {
    let letters = |name: &str| {
        name.bytes()
            .filter(|byte| !matches!(byte, b'-' | b'_'))
            .map(|byte| byte.to_ascii_lowercase())
            .collect::<Vec<_>>()
    };
    letters(one) == letters(other)
}

fn says(setting: &Setting, wanted: &str) -> bool {
    if setting.value_class.as_deref() == Some("reference") {
        return wanted != "false";
    }
    let value = setting.value.as_deref().unwrap_or_default();
    let switch = |text: &str| match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    };
    match switch(wanted) {
        Some(wanted) => switch(value) == Some(wanted),
        None => value.eq_ignore_ascii_case(wanted),
    }
}
