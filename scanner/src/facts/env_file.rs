//! Files that variables are read from.

use std::borrow::Cow;
use std::ops::Range;

use super::collect::Collector;
use super::command_line::CommandLine;
use super::fact::Surroundings;
use super::hidden::Hidden;
use super::kinds::EnvFile;
use super::paths::Paths;
use crate::catalog::server::KnownServer;
use crate::client::{Located, Server};
use crate::problem::Span;

/// One fact for each file that the entry's own key, a launcher's option or an option of the server
/// names.
pub(super) fn facts(
    collector: &mut Collector,
    server: &Server<'_>,
    line: &CommandLine<'_>,
    surroundings: &Surroundings<'_>,
    hidden: &Hidden,
    known: Option<&KnownServer>,
) {
    let parts = line.launch.target.env_files.iter().cloned();
    let named = line.options().iter().filter(|option| {
        matches!(option.flag.as_deref(), Some("--env-file" | "--env-file-if-exists"))
    });
    let parts: Vec<_> = parts.chain(named.filter_map(|option| option.value.clone())).collect();
    if parts.is_empty() && server.env_file.is_none() {
        return;
    }
    let paths = Paths::of(server, line, surroundings);
    let mut seen: Vec<Span> = Vec::new();
    let mut add = |reader: Option<&str>, value: &Located<'_>, range: Range<usize>| {
        let span = value.span_of(range.clone());
        let path = value.text.get(range.clone()).unwrap_or_default();
        if path.is_empty() || seen.contains(&span) {
            return;
        }
        seen.push(span);
        let vicinity = surroundings.vicinity;
        let resolved = vicinity.and_then(|vicinity| Some((vicinity, paths.resolve(path)?)));
        let fact = EnvFile {
            path: Some(hidden.show(value, range).into()),
            reader: reader.map(|reader| Cow::Owned(reader.to_owned())),
            tracked: resolved.is_some_and(|(vicinity, path)| vicinity.tracks(&path)),
            outside: paths.is_outside(path),
            unused: known.is_some_and(KnownServer::reads_no_variable),
        };
        collector.add(fact, span, &value.pointer);
    };
    if let Some(value) = &server.env_file {
        add(None, value, 0..value.text.len());
    }
    for part in parts {
        let wrappers = line.launch.wrappers.iter().rev();
        let reader = wrappers.clone().find(|wrapper| wrapper.word < part.word);
        if let Some((value, range)) = line.locate(&part) {
            add(reader.map(|reader| reader.name.as_str()), value, range);
        }
    }
}
