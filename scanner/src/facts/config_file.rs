//! The file itself: whose it is, who can read it, and whether it travels with a repository.

use super::collect::Collector;
use super::fact::Surroundings;
use super::kinds::{ConfigFile, Detail};
use crate::client::Reading;
use crate::world::Tracked as _;

/// One fact, for the file of a user. What a project shares is meant to be read.
pub(super) fn fact(
    collector: &mut Collector,
    reading: &Reading<'_>,
    surroundings: &Surroundings<'_>,
) {
    let Some(vicinity) = surroundings.vicinity.filter(|_| surroundings.user_file) else { return };
    let is_secret = |detail: &Detail| match detail {
        Detail::Secret(secret) => secret.certainty.as_deref() != Some("low"),
        Detail::Dsn(_) => true,
        _ => false,
    };
    let secret = collector.facts().iter().find(|fact| is_secret(&fact.detail));
    let approval = collector.facts().iter().find(|fact| matches!(fact.detail, Detail::Approval(_)));
    let in_work_tree = vicinity.work_tree().is_some();
    let first = reading.servers.first().map(|server| server.name_span);
    let span = secret.or(approval).map(|fact| fact.span).or(first).unwrap_or_default();
    let fact = ConfigFile {
        holds_secret: secret.is_some(),
        holds_approval: approval.is_some(),
        tracked: in_work_tree && vicinity.is_tracked(),
        in_work_tree,
        readable: secret.is_some() && !in_work_tree && vicinity.is_readable_by_others(),
        writers: vicinity.own_writers().filter(|_| !in_work_tree).map(Into::into),
    };
    collector.add_to(0, fact, span, "");
}
