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

/// Files by their index, each with the directory of the project that it belongs to.
type Read<'a> = Vec<(usize, Option<&'a str>)>;

/// All views of a run, made one after the other.
pub(super) struct Views<'a> {
    files: &'a [FileReport],
    /// By client its name and the files that it reads, each with the project.
    of_clients: BTreeMap<&'a str, (&'static str, Read<'a>)>,
    /// All files, each with the project that it has for its own client.
    of_places: Read<'a>,
}

/// A client and what it reads.
pub(super) struct Client<'v, 'a> {
    name: &'static str,
    read: &'v Read<'a>,
}

type ByProject<'a> = BTreeMap<Option<&'a str>, Vec<Member<'a>>>;

impl<'a> Views<'a> {
    pub(super) fn of(files: &'a [FileReport]) -> Self {
        // A client that only reads what others have need not be installed at all.
        let all = files.iter().flat_map(|file| &file.readers);
        let hosts: HashSet<&str> =
            all.filter(|reader| !reader.guest).map(|reader| reader.dialect.id.as_ref()).collect();
        let mut views = Self { files, of_clients: BTreeMap::new(), of_places: Vec::new() };
        for (index, file) in files.iter().enumerate() {
            for (rank, reader) in file.readers.iter().enumerate() {
                // Descriptions of packages and configurations of gateways are nobody's servers.
                if matches!(reader.dialect.kind, ClientKind::Bundle | ClientKind::Gateway)
                    || !hosts.contains(reader.dialect.id.as_ref())
                {
                    continue;
                }
                let read = (index, reader.project.as_deref());
                let name: &'static str = &reader.dialect.name;
                let client = views.of_clients.entry(&reader.dialect.id);
                client.or_insert_with(|| (name, Vec::new())).1.push(read);
                if rank == 0 {
                    views.of_places.push(read);
                }
            }
        }
        views
    }

    /// The clients, in a fixed order.
    pub(super) fn clients(&self) -> Vec<Client<'_, 'a>> {
        self.of_clients.values().map(|(name, read)| Client { name, read }).collect()
    }

    /// What a client has at one place, in a fixed order.
    pub(super) fn of_client(&self, client: &Client<'_, 'a>) -> impl Iterator<Item = View<'a>> {
        joined(client.name, by_project(self.files, client.read))
    }

    /// What all clients together have at one place, in a fixed order. The user's own files of
    /// different clients are a place, too; joining them to every project would only tell the same
    /// again. A single server holds nothing that no client's view does.
    pub(super) fn of_places(&self) -> impl Iterator<Item = View<'a>> {
        let places = by_project(self.files, &self.of_places).into_values();
        places.filter(|members| members.len() > 1).map(|members| View { client: "", members })
    }
}

fn by_project<'a>(files: &'a [FileReport], read: &[(usize, Option<&'a str>)]) -> ByProject<'a> {
    let mut projects: ByProject<'_> = BTreeMap::new();
    for (index, project) in read {
        let Some(file) = files.get(*index) else { continue };
        let on = |(_, server): &(usize, &ScannedServer)| !server.shown.disabled;
        for (number, server) in file.servers.iter().enumerate().filter(on) {
            let project = server.sameness.project.as_deref().or(*project);
            let member = Member { place: (*index, number), file, server };
            projects.entry(project).or_default().push(member);
        }
    }
    projects
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
