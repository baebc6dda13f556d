//! Clients explained: for the terminal and as Markdown.

use std::fmt::Write;

use super::dialect::{ApprovalKey, Dialect, Location, ServerMap, Wraps};

/// A line a client, with the files of it that were found: pairs of client and path.
#[must_use]
pub fn list(dialects: &[Dialect], found: &[(&str, &str)]) -> String {
    let width = dialects.iter().map(|dialect| dialect.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for dialect in dialects {
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{:width$}  {} ({}, {} locations)",
            dialect.id,
            dialect.name,
            dialect.kind.name(),
            dialect.locations.len(),
        );
        for path in files(dialect, found) {
            let _ = writeln!(out, "{:width$}    found {path}", "");
        }
    }
    out
}

fn files<'a>(dialect: &Dialect, found: &'a [(&str, &str)]) -> impl Iterator<Item = &'a str> {
    let id = dialect.id.clone();
    found.iter().filter(move |(client, _)| *client == id).map(|(_, path)| *path)
}

/// Everything about one client, for the terminal.
#[must_use]
pub fn explained(dialect: &Dialect, found: &[(&str, &str)]) -> String {
    let mut out =
        format!("{}: {} ({})\n\nLocations\n", dialect.id, dialect.name, dialect.kind.name());
    for location in dialect.locations.iter() {
        let _ = writeln!(out, "  {}  {}", location.path, qualities(location));
    }
    out.push_str("\nServers stand at\n");
    for map in dialect.maps.iter() {
        let at = if map.at.is_empty() { "the root" } else { &map.at };
        let _ = writeln!(out, "  {at} ({})", shape_of(map));
    }
    if !dialect.approvals.is_empty() {
        out.push_str("\nKeys that approve or widen trust\n");
        for key in dialect.approvals.iter() {
            let _ = writeln!(out, "  {}: {}", where_of(key), key.note);
        }
    }
    if let Some(precedence) = &dialect.precedence {
        let _ = write!(out, "\nPrecedence\n  {precedence}\n");
    }
    for (title, lines) in [("Out of reach", &dialect.out_of_reach), ("Notes", &dialect.notes)] {
        if !lines.is_empty() {
            let _ = write!(out, "\n{title}\n");
            for line in lines.iter() {
                let _ = writeln!(out, "  {line}");
            }
        }
    }
    out.push_str("\nOn this machine\n");
    let mut files = files(dialect, found).peekable();
    if files.peek().is_none() {
        out.push_str("  no file at a known location\n");
    }
    for path in files {
        let _ = writeln!(out, "  {path}");
    }
    out
}

fn qualities(location: &Location) -> String {
    let mut words = vec![location.scope.name().to_owned()];
    if !location.os.is_empty() {
        let names: Vec<&str> = location.os.iter().map(|os| os.name()).collect();
        words.push(names.join("/"));
    }
    words.push(location.format.name().to_owned());
    if location.maps.as_ref().is_some_and(|maps| maps.is_empty()) {
        words.push("settings only".to_owned());
    }
    if let Some(gate) = &location.gate {
        words.push(format!("if {gate}"));
    }
    words.join(", ")
}

fn where_of(key: &ApprovalKey) -> String {
    let at = key.at.trim_start_matches('/').replace('/', ".");
    format!("{at} ({}{})", key.place.name(), heeded(key))
}

/// How the servers of a place are arranged, and what makes the place one of this client.
fn shape_of(map: &ServerMap) -> String {
    let mut out = map.shape.name().to_owned();
    if map.offered {
        out.push_str(", on offer only");
    }
    for given in map.given.iter() {
        let word = if given.is.is_empty() { "with" } else { "where" };
        let values: Vec<String> = given.is.iter().map(|value| format!("`{value}`")).collect();
        let is = if values.is_empty() { "" } else { " is " };
        // Writing to a String cannot fail.
        let _ = write!(out, ", {word} `{}`{is}{}", given.at, values.join(" or "));
    }
    out
}

/// In whose configuration the client heeds the key, if not in everybody's.
fn heeded(key: &ApprovalKey) -> String {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.name()).collect();
    if scopes.is_empty() { String::new() } else { format!(", {}", scopes.join("/")) }
}

/// The reference page of all clients, as Markdown.
#[must_use]
pub fn markdown(dialects: &[Dialect]) -> String {
    let mut out = String::from(
        "# Clients\n\nMade from `rules/clients/`; do not edit. In paths, `~` is the home directory, \
         `{config}` the platform's configuration directory, `{project}` any directory of a scanned \
         tree, `{any}` a file that the user names to the program. Keys with the effect `execution` are read; what a `headers_command`, a `$(…)` in a value or Python text in an entry runs is judged, the others are not yet.\n",
    );
    for dialect in dialects {
        section(&mut out, dialect);
    }
    out
}

fn section(out: &mut String, dialect: &Dialect) {
    let _ = write!(
        out,
        "\n## {}\n\nId `{}`, {}.\n\n| Location | Facts |\n|---|---|\n",
        dialect.name,
        dialect.id,
        dialect.kind.name()
    );
    for location in dialect.locations.iter() {
        let path = location.path.replace('|', "\\|");
        let _ = writeln!(out, "| `{path}` | {} |", qualities(location));
    }
    let maps: Vec<String> = dialect
        .maps
        .iter()
        .map(|map| match map.at.as_ref() {
            "" => format!("the root ({})", shape_of(map)),
            at => format!("`{at}` ({})", shape_of(map)),
        })
        .collect();
    let _ = write!(out, "\nServers stand at {}.\n", maps.join(", "));
    let off: Vec<String> =
        dialect.off.iter().map(|off| format!("`{}: {}`", off.key, off.when)).collect();
    if !off.is_empty() {
        let _ = write!(out, "\nSwitched off by {}.\n", off.join(" or "));
    }
    let names: Vec<String> = dialect.off_names.iter().map(|at| format!("`{at}`")).collect();
    if !names.is_empty() {
        let _ = write!(out, "\nSwitched off by name in {}.\n", names.join(" or "));
    }
    let variables: Vec<String> = dialect.variables.iter().map(|at| format!("`{at}`")).collect();
    if !variables.is_empty() {
        let _ =
            write!(out, "\nVariables of all its processes stand at {}.\n", variables.join(", "));
    }
    if !dialect.approvals.is_empty() {
        out.push_str("\n| Key | Effect | What it does |\n|---|---|---|\n");
        for key in dialect.approvals.iter() {
            let (at, place) = (key.at.trim_start_matches('/').replace('/', "."), key.place.name());
            let (effect, note, scopes) = (key.effect.name(), &key.note, heeded(key));
            let _ = writeln!(out, "| `{at}` in the {place}{scopes} | {effect} | {note} |");
        }
    }
    if !dialect.interpolation.is_empty() {
        out.push_str("\n| Placeholder | Fields | If unset |\n|---|---|---|\n");
        for placeholder in dialect.interpolation.iter() {
            let syntax = placeholder.syntax.replace('|', "\\|");
            let unset = placeholder.unset.as_deref().unwrap_or("unknown");
            let fields = placeholder.fields.join(", ");
            let formats: Vec<&str> = placeholder.formats.iter().map(|one| one.name()).collect();
            let files = match formats.as_slice() {
                [] => String::new(),
                formats => format!(" (in {} files)", formats.join(" and ")),
            };
            let _ = writeln!(out, "| `{syntax}` | {fields}{files} | {unset} |");
        }
    }
    match (dialect.interpolation.is_empty(), dialect.interpolation_unknown) {
        (true, true) => out.push_str("\nWhether placeholders are replaced is not known.\n"),
        (true, false) => out.push_str("\nNo placeholder is replaced.\n"),
        (false, true) => out.push_str("\nOther placeholders may be replaced as well.\n"),
        (false, false) => {}
    }
    if let Some(timeout) = &dialect.timeout {
        let _ = write!(out, "\nTime limit: `{}`, in {}.\n", timeout.key, timeout.unit.name());
    }
    let write = &dialect.write;
    out.push_str(match write.wraps {
        Wraps::Entry => "",
        Wraps::Url => "\nOf an entry only the URL can be pointed at a gateway.\n",
        Wraps::Nothing => "\nEntries are not put behind a gateway here.\n",
    });
    if !write.remove_with_command.is_empty() || !write.set_with_command.is_empty() {
        let removed: Vec<String> =
            write.remove_with_command.iter().map(|key| format!("`{key}`")).collect();
        let set: Vec<String> =
            write.set_with_command.iter().map(|(key, value)| format!("`{key}: {value}`")).collect();
        out.push_str("\nA remote entry becomes a local one");
        if !removed.is_empty() {
            let _ = write!(out, " without {}", removed.join(", "));
        }
        if !set.is_empty() {
            let _ = write!(out, " with {}", set.join(", "));
        }
        out.push_str(".\n");
    }
    for line in dialect.notes.iter().chain(dialect.out_of_reach.iter()).chain(write.notes.iter()) {
        let _ = write!(out, "\n- {line}");
    }
    let sources: Vec<String> = dialect.sources.iter().map(|source| format!("<{source}>")).collect();
    if !sources.is_empty() {
        let _ = write!(out, "\n\nSources: {}.", sources.join(", "));
    }
    out.push('\n');
}
