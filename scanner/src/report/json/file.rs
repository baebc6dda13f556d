//! Files and the servers in them.

use serde::Serialize;

use super::finding::Place;
use crate::facts::ShownServer;
use crate::finding::Region;
use crate::scanned::FileReport;

#[derive(Serialize)]
pub(super) struct File<'a> {
    path: &'a str,
    client: &'static str,
    scope: &'static str,
    format: &'static str,
    status: &'static str,
    servers: Vec<Server<'a>>,
}

impl<'a> File<'a> {
    pub(super) fn of(file: &'a FileReport) -> Self {
        Self {
            path: &file.path,
            client: file.client,
            scope: file.scope,
            format: file.format,
            status: file.status.name(),
            servers: file
                .servers
                .iter()
                .map(|server| Server::of(&server.shown, server.region))
                .collect(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Server<'a> {
    name: &'a str,
    pointer: &'a str,
    span: Place,
    scope: &'static str,
    transport: &'static str,
    command: Option<&'a str>,
    args: Vec<&'a str>,
    package: Option<Package<'a>>,
    image: Option<&'a str>,
    url: Option<&'a str>,
    disabled: bool,
    guarded: bool,
}

#[derive(Serialize)]
pub(super) struct Package<'a> {
    ecosystem: &'a str,
    name: &'a str,
    version: Option<&'a str>,
    pin: &'static str,
}

impl<'a> Server<'a> {
    pub(super) fn of(server: &'a ShownServer, region: Region) -> Self {
        Self {
            name: &server.name,
            pointer: &server.pointer,
            span: Place::of(region),
            scope: server.scope,
            transport: server.transport,
            command: server.command.as_deref(),
            args: server.args.iter().map(AsRef::as_ref).collect(),
            package: server.package.as_ref().map(|package| Package {
                ecosystem: &package.ecosystem,
                name: &package.name,
                version: package.version.as_deref(),
                pin: package.pin,
            }),
            image: server.image.as_deref(),
            url: server.url.as_deref(),
            disabled: server.disabled,
            guarded: server.guarded,
        }
    }
}
