//! What servers can do together that none of them should be able to do.

use super::Told;
use super::view::{Member, View};
use crate::facts::kinds::Relation;

/// What a server can do that matters here, as bits.
const UNTRUSTED: u8 = 1;
const PRIVATE: u8 = 2;
const SEND: u8 = 4;
const WHOLE: u8 = UNTRUSTED | PRIVATE | SEND;

/// A server that reads what strangers write, reads private data and sends it out, and the shortest
/// set of others that does so together; and a server that reads what strangers write beside one that runs commands. What stands
/// behind a gateway is left out: there somebody decides about each call.
pub(super) fn within(view: &View<'_>) -> Vec<Told> {
    let open = || view.members.iter().filter(|member| !member.server.sameness.gated);
    // Of servers that can do the same the first stands for all, which bounds the search.
    let mut able: Vec<(u8, &Member<'_>)> = Vec::new();
    for member in open() {
        let legs = legs(member);
        if legs != 0 && !able.iter().any(|(known, _)| *known == legs) {
            able.push((legs, member));
        }
    }
    let shell = to_shell(&open());
    // One that is all of it by itself is what many people need; beside it several may be all of it
    // together, which nobody asked for.
    let (whole, partly): (Vec<_>, Vec<_>) = able.into_iter().partition(|(legs, _)| *legs == WHOLE);
    let toxic = [toxic(&whole), toxic(&partly)].into_iter().flatten();
    // Who runs commands can read and send what he likes: of the same servers that is said already.
    let says_less = |toxic: &Told| shell.as_ref().is_some_and(|shell| says_more(shell, toxic));
    let toxic: Vec<Told> = toxic.filter(|toxic| !says_less(toxic)).collect();
    toxic.into_iter().chain(shell).collect()
}

/// Whether strangers' text beside commands is all that a flow needs.
fn says_more(shell: &Told, toxic: &Told) -> bool {
    let mut places = [toxic.of].into_iter().chain(toxic.others.iter().map(|(place, _)| *place));
    let told = |place| place == shell.of || shell.others.iter().any(|(other, _)| *other == place);
    shell.fact.runs_commands && places.all(told)
}

fn legs(member: &Member<'_>) -> u8 {
    let can = member.server.sameness.can;
    let bit = |has, bit| if has { bit } else { 0 };
    bit(can.read_strangers, UNTRUSTED) | bit(can.read_private, PRIVATE) | bit(can.send_out, SEND)
}

fn toxic(able: &[(u8, &Member<'_>)]) -> Option<Told> {
    let indices = 0..able.len();
    let whole = |set: &[usize]| {
        let legs = set.iter().filter_map(|index| able.get(*index)).fold(0, |all, (l, _)| all | l);
        legs == WHOLE
    };
    let singles = indices.clone().map(|a| vec![a]);
    let pairs = indices.clone().flat_map(|b| (0..b).map(move |a| vec![a, b]));
    let triples =
        indices.flat_map(|c| (0..c).flat_map(move |b| (0..b).map(move |a| vec![a, b, c])));
    let set = singles.chain(pairs).chain(triples).find(|set| whole(set))?;
    let set: Vec<(u8, &Member<'_>)> =
        set.iter().filter_map(|index| able.get(*index)).copied().collect();
    let who = |bit| set.iter().find(|(legs, _)| legs & bit != 0).map(|(_, member)| *member);
    let (untrusted, private, send) = (who(UNTRUSTED)?, who(PRIVATE)?, who(SEND)?);
    #[expect(clippy::cast_precision_loss, reason = "at most three")]
    let fact = Relation {
        relation: Some("toxic-flow".into()),
        same_client: true,
        count: Some(set.len() as f64),
        untrusted: Some(name(untrusted)),
        private: Some(name(private)),
        send_out: Some(name(send)),
        ..Relation::default()
    };
    // The finding stands where the untrusted text comes in.
    let others = set
        .iter()
        .filter(|(_, member)| member.place != untrusted.place)
        .map(|(legs, member)| (member.place, what(*legs)))
        .collect();
    Some(Told { of: untrusted.place, fact, others })
}

fn what(legs: u8) -> String {
    match (legs & PRIVATE != 0, legs & SEND != 0) {
        (true, true) => "reads private data and can send it out",
        (true, false) => "reads private data",
        (false, true) => "can send data out",
        (false, false) => "reads what strangers write",
    }
    .to_owned()
}

fn to_shell<'a>(open: &(impl Iterator<Item = &'a Member<'a>> + Clone)) -> Option<Told> {
    // If the first is itself the only one that runs commands, the second is beside it.
    let readers = open.clone().filter(|member| legs(member) & UNTRUSTED != 0).take(2);
    let runs = |member: &Member<'_>| member.server.sameness.can.run_commands;
    let writes = |member: &Member<'_>| {
        let own = &member.server.sameness;
        own.can.write_files && own.broad_root
    };
    let pair = |is: &dyn Fn(&Member<'_>) -> bool| {
        readers.clone().find_map(|reader| {
            let mut beside = open.clone().filter(|member| member.place != reader.place);
            Some((reader, beside.find(|member| is(member))?))
        })
    };
    // Who runs commands is worse than who writes files, wherever it stands in the file.
    let (first, shell) = pair(&runs).or_else(|| pair(&writes))?;
    let fact = Relation {
        relation: Some("untrusted-to-shell".into()),
        same_client: true,
        untrusted: Some(name(first)),
        shell: Some(name(shell)),
        runs_commands: runs(shell),
        ..Relation::default()
    };
    let others = vec![(first.place, "reads what strangers write".to_owned())];
    Some(Told { of: shell.place, fact, others })
}

fn name(member: &Member<'_>) -> std::borrow::Cow<'static, str> {
    member.server.shown.name.clone().into()
}
