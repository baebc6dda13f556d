//! Servers as reports show them: without secrets.

use compact_str::CompactString;
use mcp_guard_detect::host;

use super::command_line::CommandLine;
use super::discretion::SecretValues;
use super::hidden::Hidden;
use crate::client::{Named, Server};
use crate::launch::{PackageSource, Pin, declared_pin};
use crate::lock::{Reviewed, ReviewedPackage};

/// A server as a report lists it.
#[derive(Clone, Debug, Default)]
pub struct ShownServer {
    /// Its name.
    pub name: CompactString,
    /// JSON Pointer (RFC 6901) of its entry.
    pub pointer: String,
    /// Its transport.
    pub transport: &'static str,
    /// Whose configuration it is.
    pub scope: &'static str,
    /// The command, secrets blotted out.
    pub command: Option<CompactString>,
    /// The arguments, secrets blotted out.
    pub args: Box<[CompactString]>,
    /// The package that it starts.
    pub package: Option<ShownPackage>,
    /// The container image that it runs.
    pub image: Option<Box<str>>,
    /// The URL, secrets blotted out.
    pub url: Option<Box<str>>,
    /// Names of the variables that it is given.
    pub env: Box<[CompactString]>,
    /// The file that it is given variables from.
    pub env_file: Option<Box<str>>,
    /// Names of the headers that it is sent.
    pub headers: Box<[CompactString]>,
    /// The command that the client runs for more headers.
    pub headers_command: Option<Box<str>>,
    /// Its working directory.
    pub cwd: Option<Box<str>>,
    /// It is switched off.
    pub disabled: bool,
    /// It runs behind mcp-guard.
    pub guarded: bool,
}

/// A package as a report shows it.
#[derive(Clone, Debug)]
pub struct ShownPackage {
    /// Where it comes from.
    pub ecosystem: CompactString,
    /// Its name.
    pub name: CompactString,
    /// The version as written.
    pub version: Option<CompactString>,
    /// `exact`, `range` or `none`.
    pub pin: &'static str,
}

impl ShownServer {
    /// What a lock file records of the server, in the file of that name.
    #[must_use]
    pub fn reviewed(&self, file: &str) -> Reviewed {
        let all = |texts: &[CompactString]| texts.iter().map(CompactString::to_string).collect();
        let one = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
        Reviewed {
            file: file.to_owned(),
            server: self.name.to_string(),
            pointer: self.pointer.clone(),
            command: self.command.as_ref().map(CompactString::to_string),
            args: all(&self.args),
            url: one(&self.url),
            env: all(&self.env),
            env_file: one(&self.env_file),
            headers: all(&self.headers),
            headers_command: one(&self.headers_command),
            cwd: one(&self.cwd),
            package: self.package.as_ref().map(|package| ReviewedPackage {
                ecosystem: package.ecosystem.to_string(),
                name: package.name.to_string(),
                version: package
                    .version
                    .as_ref()
                    .filter(|_| package.pin == "exact")
                    .map(CompactString::to_string),
                integrity: Vec::new(),
            }),
        }
    }
}

pub(super) fn server(
    server: &Server<'_>,
    line: &CommandLine<'_>,
    guarded: bool,
    hidden: &Hidden,
    secrets: &SecretValues,
) -> ShownServer {
    let target = &line.launch.target;
    let bridge = target.remote_url.as_ref().and_then(|part| line.locate(part));
    let url = match (&server.url, bridge) {
        (Some(url), _) => Some(hidden.shown(url)),
        (None, Some((value, range))) => Some(hidden.show(value, range)),
        (None, None) => None,
    };
    ShownServer {
        name: secrets.hidden(server.name.clone()).into(),
        pointer: secrets.hidden(server.pointer.clone()),
        transport: server.transport.name(),
        scope: server.scope.name(),
        command: server
            .command
            .as_ref()
            .map(|command| secrets.hidden(hidden.shown(command)).into()),
        args: server.args.iter().map(|arg| secrets.hidden(hidden.shown(arg)).into()).collect(),
        package: package(server, line, hidden, secrets),
        image: target.image.as_ref().and_then(|image| {
            let (value, range) = line.locate(&image.part)?;
            Some(secrets.hidden(hidden.show(value, range)).into())
        }),
        url: url.map(|url| secrets.hidden(without_user(&url)).into()),
        env: names(&server.env, secrets),
        env_file: server.env_file.as_ref().map(|file| secrets.hidden(hidden.shown(file)).into()),
        headers: names(&server.headers, secrets),
        headers_command: server
            .headers_command
            .as_ref()
            .map(|command| secrets.hidden(hidden.shown(command)).into()),
        cwd: server.cwd.as_ref().map(|cwd| secrets.hidden(hidden.shown(cwd)).into()),
        disabled: server.disabled,
        guarded,
    }
}

fn names(named: &[Named<'_>], secrets: &SecretValues) -> Box<[CompactString]> {
    let mut names: Vec<CompactString> =
        named.iter().map(|named| secrets.hide(&named.name).into()).collect();
    names.sort_unstable();
    names.dedup();
    names.into()
}

fn package(
    server: &Server<'_>,
    line: &CommandLine<'_>,
    hidden: &Hidden,
    secrets: &SecretValues,
) -> Option<ShownPackage> {
    if let Some(declared) = &server.package {
        let version =
            declared.version.as_ref().map(|version| secrets.hidden(hidden.shown(version)).into());
        return Some(ShownPackage {
            ecosystem: secrets.hidden(hidden.shown(&declared.registry)).into(),
            name: secrets.hidden(hidden.shown(&declared.identifier)).into(),
            pin: shown_pin(declared_pin(
                &declared.registry.text,
                declared.version.as_ref().map(|version| version.text.as_ref()),
            )),
            version,
        });
    }
    let package = line.launch.target.package.as_ref()?;
    let local = matches!(package.source, PackageSource::Local(_));
    (!local).then(|| ShownPackage {
        ecosystem: CompactString::const_new(package.ecosystem.name()),
        name: secrets.hidden(line.taken(&package.name, &package.part, hidden)).into(),
        version: package
            .version
            .as_ref()
            .map(|text| secrets.hidden(line.taken(text, &package.part, hidden)).into()),
        pin: shown_pin(package.pin),
    })
}

/// Reports tell a version that may change, whatever the way, from one in a range.
const fn shown_pin(pin: Pin) -> &'static str {
    match pin {
        Pin::Exact | Pin::Range => pin.name(),
        Pin::Tag | Pin::Reference | Pin::None => "none",
    }
}

/// The URL without a password that no format was found in.
fn without_user(url: &str) -> String {
    match host::parse(url).and_then(|parsed| parsed.spans.password) {
        Some(password) => {
            let mut out = url.to_owned();
            out.replace_range(password, "…");
            out
        }
        None => url.to_owned(),
    }
}
