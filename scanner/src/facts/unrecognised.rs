//! Values that no format tells, under names that say they are secret. Nothing is told of them, but
//! they are not to be shown.

use std::ops::Range;

use mcp_guard_detect::secret::{self, ValueClass};

use super::collect::Collector;
use super::command_line::CommandLine;
use super::discretion::is_switch;
use super::hidden::Hidden;
use super::secret::hide as hide_part;
use crate::client::Server;

/// Hides those in the command lines and addresses of an entry, which reports repeat.
pub(super) fn hide(collector: &mut Collector, server: &Server<'_>, hidden: &mut Hidden) {
    let values = server.command.iter().chain(&server.args).chain(&server.url);
    let paths = server.cwd.iter().chain(&server.env_file);
    for value in values.chain(&server.headers_command).chain(paths) {
        for place in assigned(&value.text) {
            hide_part(collector, value, place, hidden);
        }
    }
    let Some(command) = &server.headers_command else { return };
    let line = CommandLine::of_shell(command);
    for option in line.options() {
        let named = option.value.is_some() && option.name().is_some_and(secret::names_a_secret);
        let place = line.locate(&option.value_part()).filter(|_| named);
        let literal = |text| secret::classify(text) == ValueClass::Literal && !is_switch(text);
        if let Some((value, range)) = place
            && value.text.get(range.clone()).is_some_and(literal)
        {
            hide_part(collector, value, range, hidden);
        }
    }
}

/// Where such values stand in a text that assigns them, as in `password:falcon`.
pub(super) fn assigned(text: &str) -> impl Iterator<Item = Range<usize>> {
    secret::assigned(text).filter(|place| text.get(place.clone()).is_some_and(|t| !is_switch(t)))
}
