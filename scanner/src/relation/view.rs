//! Which servers one client has at once: those of the user, and for each project also its own.

use std::collections::{BTreeMap, HashSet};

use crate::client::dialect::ClientKind;
use crate::scanned::{FileReport, ScannedServer};

/// A server within a view.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    /// Where it is among all files of the run.
    pub(super) place: (usize, usize),
    pub(super) file: &'a FileReport,
    pub(super) server: &'a ScannedServer,
}

/// The servers that are there at the same time.
pub(super) struct View<'a> {
    /// Name of the client that has them; of none in particular at a place.
    pub(super) client: &'static str,
    pub(super) members: Vec<Member<'a>>,
}

/// All views of a run.
pub(super) struct Views<'a> {
    /// What one client has at one place.
    pub(super) of_clients: Vec<View<'a>>,
    /// What all clients together have at one place.
    pub(super) of_places: Vec<View<'a>>,
}

type ByProject<'a> = BTreeMap<Option<&'a str>, Vec<Member<'a>>>;

/// The views in a fixed order. One with a single server is left out where it could hold nothing
/// that another does not.
pub(super) fn views(files: &[FileReport]) -> Views<'_> {
    // A client that only reads what others have need not be installed at all.
    let all = files.iter().flat_map(|file| &file.readers);
    let hosts: HashSet<&str> =
        all.filter(|reader| !reader.guest).map(|reader| reader.dialect.id.as_ref()).collect();
    let mut clients: BTreeMap<&str, (&'static str, ByProject<'_>)> = BTreeMap::new();
    let mut places: ByProject<'_> = BTreeMap::new();
    for (index, file) in files.iter().enumerate() {
        for (rank, reader) in file.readers.iter().enumerate() {
            // Descriptions of packages and configurations of gateways are nobody's servers.
            if matches!(reader.dialect.kind, ClientKind::Bundle | ClientKind::Gateway)
                || !hosts.contains(reader.dialect.id.as_ref())
            {
                continue;
            }
            let name: &'static str = &reader.dialect.name;
            let (_, client) =
                clients.entry(&reader.dialect.id).or_insert_with(|| (name, BTreeMap::new()));
            for (number, server) in file.servers.iter().enumerate() {
                if server.shown.disabled {
                    continue;
                }
                let project = server.sameness.project.as_deref().or(reader.project.as_deref());
                let member = Member { place: (index, number), file, server };
                client.entry(project).or_default().push(member);
                if rank == 0 {
                    places.entry(project).or_default().push(member);
                }
            }
        }
    }
    let of_clients = clients.into_values();
    let of_clients = of_clients.flat_map(|(name, projects)| joined(name, projects)).collect();
    // The user's own files of different clients are a place, too; joining them to every project
    // would only tell the same again.
    let of_places = places.into_values().filter(|members| members.len() > 1);
    Views { of_clients, of_places: of_places.map(|members| View { client: "", members }).collect() }
}

/// The user's servers alone, then each project's with the user's.
fn joined<'a>(client: &'static str, mut projects: ByProject<'a>) -> impl Iterator<Item = View<'a>> {
    let of_user = projects.remove(&None).unwrap_or_default();
    let alone = (!of_user.is_empty()).then(|| View { client, members: of_user.clone() });
    alone.into_iter().chain(projects.into_values().map(move |mut members| {
        members.extend(of_user.iter().copied());
        View { client, members }
    }))
}
