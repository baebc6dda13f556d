//! Servers that are not as they were reviewed.

use super::changes::{Change, changes, published_change};
use super::collect::Collector;
use super::command_line::CommandLine;
use super::digest::digest;
use super::fact::Surroundings;
use super::kinds::Drift;
use super::question;
use super::shown::ShownServer;
use crate::client::Server;
use crate::client::dialect::ClientKind;
use crate::problem::Span;

/// One fact for a server that differs from what the lock file has, or that it does not have.
pub(super) fn fact(
    collector: &mut Collector,
    server: &Server<'_>,
    line: &CommandLine<'_>,
    shown: &ShownServer,
    surroundings: &Surroundings<'_>,
) {
    // What a package says of itself is not run from here.
    let Some(lock) = surroundings.lock.filter(|_| server.dialect.kind != ClientKind::Bundle) else {
        return;
    };
    let Some(reviewed) = lock.find(&shown.pointer, &shown.name) else {
        let fact = Drift {
            change: Some("added".into()),
            digest: Some(entry_digest(shown).into()),
            ..Drift::default()
        };
        collector.add(fact, server.name_span, &server.pointer);
        return;
    };
    let mut changes = changes(reviewed, shown);
    let published = surroundings.answers.and_then(|answers| {
        answers.packages.get(&question::release(line.launch.target.package.as_ref()?)?)
    });
    if let (Some(package), Some(published)) = (&reviewed.package, published) {
        changes.extend(published_change(package, published));
    }
    let Some(first) = changes.first() else { return };
    let (span, pointer) = match (first.field, &line.launch.target.package) {
        ("version" | "integrity", Some(package)) => match line.locate(&package.part) {
            Some((value, range)) => (value.span_of(range), value.pointer.clone()),
            None => place(server, first),
        },
        _ => place(server, first),
    };
    let fact = Drift {
        change: Some("changed".into()),
        fields: changes.iter().map(|change| change.field.to_owned()).collect(),
        reviewed: Some(worded(&first.reviewed).into()),
        present: Some(worded(&first.present).into()),
        digest: Some(entry_digest(shown).into()),
    };
    collector.add(fact, span, &pointer);
}

/// Over everything of the entry that is recorded.
fn entry_digest(shown: &ShownServer) -> String {
    let others = [&shown.url, &shown.env_file, &shown.headers_command, &shown.cwd];
    let others = others.into_iter().map(|text| text.as_deref());
    let single =
        [shown.command.as_deref()].into_iter().chain(others).map(Option::unwrap_or_default);
    let many = shown.args.iter().chain(&shown.env).chain(&shown.headers).map(AsRef::as_ref);
    digest(single.chain(many))
}

fn worded(text: &str) -> String {
    if text.is_empty() { "nothing".to_owned() } else { format!("`{text}`") }
}

/// Where a change is to be seen; the name of the server where something is missing.
fn place(server: &Server<'_>, change: &Change) -> (Span, String) {
    let whole = |value: &crate::client::Located<'_>| {
        (value.span_of(0..value.text.len()), value.pointer.clone())
    };
    let named = |list: &[crate::client::Named<'_>]| {
        let found = list.iter().find(|named| named.name == change.present);
        found.map(|named| (named.name_span, named.value.pointer.clone()))
    };
    let found = match change.field {
        "command" => server.command.as_ref().map(whole),
        "args" => change.index.and_then(|index| server.args.get(index)).map(whole),
        "url" => server.url.as_ref().map(whole),
        "env" => named(&server.env),
        "headers" => named(&server.headers),
        "env_file" => server.env_file.as_ref().map(whole),
        "headers_command" => server.headers_command.as_ref().map(whole),
        _ => server.cwd.as_ref().map(whole),
    };
    found.unwrap_or_else(|| (server.name_span, server.pointer.clone()))
}
