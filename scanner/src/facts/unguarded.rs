//! The servers of a file that no gateway stands in front of.

use super::collect::Collector;
use super::fact::Surroundings;
use super::kinds::Unguarded;
use crate::client::dialect::ClientKind;
use crate::client::{Reading, Server};

/// How many names a sentence lists.
const LISTED: usize = 5;

/// One fact for the file. Descriptions of packages are no configuration and have nothing to guard.
pub(super) fn facts(
    collector: &mut Collector,
    reading: &Reading<'_>,
    surroundings: &Surroundings<'_>,
) {
    let is_configuration = |server: &Server<'_>| {
        !matches!(server.dialect.kind, ClientKind::Bundle | ClientKind::Gateway)
    };
    let unguarded: Vec<&Server<'_>> = reading
        .servers
        .iter()
        .enumerate()
        .filter(|(index, server)| {
            !collector.is_guarded(index + 1) && !server.disabled && is_configuration(server)
        })
        .filter(|(_, server)| server.command.is_some() || server.url.is_some())
        .map(|(_, server)| server)
        .collect();
    let Some(first) = unguarded.first() else { return };
    let names: Vec<String> = unguarded.iter().map(|server| server.name.clone()).collect();
    #[expect(clippy::cast_precision_loss, reason = "files hold few servers")]
    let fact = Unguarded {
        count: Some(names.len() as f64),
        listed: Some(listed(&names).into()),
        names,
        gateway_beside: surroundings.gateway_beside,
    };
    let map = first.pointer.rsplit_once('/').map_or("", |(map, _)| map).to_owned();
    collector.add_to(0, fact, first.name_span, &map);
}

fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    match (quoted.as_slice(), names.len().saturating_sub(LISTED)) {
        ([only], 0) => only.clone(),
        ([head @ .., last], 0) => format!("{} and {last}", head.join(", ")),
        (_, more) => format!("{} and {more} more", quoted.join(", ")),
    }
}
