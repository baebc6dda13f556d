//! One server behind a gateway and the same beside it.

use std::collections::BTreeMap;

use super::view::{Member, View};
use super::{Told, target};
use crate::facts::kinds::Relation;

/// Each server that is reached directly although the client has it behind a gateway, too.
pub(super) fn within(view: &View<'_>) -> Vec<Told> {
    let mut gated: BTreeMap<&str, &Member<'_>> = BTreeMap::new();
    for member in view.members.iter().filter(|member| member.server.sameness.gated) {
        if let Some(target) = &member.server.sameness.target {
            gated.entry(target).or_insert(member);
        }
    }
    if gated.is_empty() {
        return Vec::new();
    }
    let direct = view.members.iter().filter(|member| !member.server.sameness.gated);
    direct
        .filter_map(|member| {
            let other = gated.get(member.server.sameness.target.as_deref()?)?;
            let fact = Relation {
                relation: Some("bypasses".into()),
                target: Some(target(member).into()),
                other: Some(other.server.shown.name.clone().into()),
                other_target: Some(target(other).into()),
                other_file: Some(other.file.path.clone().into()),
                other_scope: Some(other.server.shown.scope.into()),
                other_client: Some(other.file.client.into()),
                same_client: true,
                ..Relation::default()
            };
            let others = vec![(other.place, "the same server behind a gateway".to_owned())];
            Some(Told { of: member.place, fact, others })
        })
        .collect()
}
