//! By what servers are compared, whatever they are called and whoever has them.

use std::hash::{DefaultHasher, Hash, Hasher};

use compact_str::CompactString;
use mcp_guard_detect::host;

use super::command_line::CommandLine;
use super::kinds::Context;
use crate::catalog::server::Capability;
use crate::client::Server;
use crate::launch::{Ecosystem, ImageRef, PackageRef, PackageSource, WrapperKind, without_version};

/// By what a server is compared with others. May hold secrets and is never shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sameness {
    /// The package, image, address or program; `None` where the entry does not tell.
    pub target: Option<CompactString>,
    /// The version of the package or image as written.
    pub version: Option<CompactString>,
    /// A hash over the arguments and the names of variables and headers.
    pub settings: u64,
    /// It runs behind a gateway, this one or another.
    pub gated: bool,
    /// It is given the whole home directory, a whole drive or more.
    pub broad_root: bool,
    /// Identifier of the server in the catalogue.
    pub known_server: Option<&'static str>,
    /// What the known server can do.
    pub can: Can,
    /// The directory of the project, for an entry that a user's file has for one project only.
    pub project: Option<CompactString>,
}

/// What a server can do, as far as dangers of several servers together go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a yes or no of its own")]
pub struct Can {
    /// It reads text that strangers can write.
    pub read_strangers: bool,
    /// It reads data of the user or of the company.
    pub read_private: bool,
    /// It sends to a place that a stranger can read.
    pub send_out: bool,
    /// It runs commands or code.
    pub run_commands: bool,
    /// It writes files of this machine.
    pub write_files: bool,
}

impl Can {
    fn of(context: &Context) -> Self {
        let has = |word: Capability| context.capabilities.iter().any(|own| own == word.name());
        Self {
            read_strangers: has(Capability::UntrustedContent),
            read_private: has(Capability::PrivateData),
            send_out: has(Capability::SendOut),
            run_commands: has(Capability::RunCommands),
            write_files: has(Capability::WriteFiles),
        }
    }
}

pub(super) fn of(server: &Server<'_>, line: &CommandLine<'_>, context: &Context) -> Sameness {
    let (target, version) = target(server, line);
    Sameness {
        target: target.map(Into::into),
        version: version.map(Into::into),
        settings: settings(server, line),
        gated: context.guarded || line.launch.is_wrapped(WrapperKind::Gateway),
        broad_root: false,
        known_server: context.known_server,
        can: Can::of(context),
        project: project(server).map(Into::into),
    }
}

fn target(server: &Server<'_>, line: &CommandLine<'_>) -> (Option<String>, Option<String>) {
    if let Some(declared) = &server.package {
        let version = declared.version.as_ref().map(|version| version.text.to_string());
        return (Some(format!("{}:{}", declared.registry.text, declared.identifier.text)), version);
    }
    let launch = &line.launch;
    let bridged = launch.target.remote_url.as_ref().map(|part| launch.text(part));
    if let Some(url) = bridged.or(server.url.as_ref().map(|url| url.text.as_ref())) {
        return (Some(address(url)), None);
    }
    if launch.cut {
        return (None, None);
    }
    if let Some(image) = &launch.target.image {
        return of_image(image);
    }
    if let Some(package) = &launch.target.package {
        return of_package(package);
    }
    let name = &launch.target.program_name;
    let Some(script) = launch.target.script else {
        if launch.target.inline.is_none() && !name.is_empty() {
            return (Some(format!("program:{name}")), None);
        }
        // An inline program or a whole script is what it says.
        let words: Vec<&str> = launch.words.iter().map(|word| word.text.as_ref()).collect();
        return ((!words.is_empty()).then(|| format!("script:{}", words.join(" "))), None);
    };
    // Which release of the interpreter runs a script is no other server.
    (Some(format!("program:{} {}", without_version(name), launch.word(script.word))), None)
}

fn of_image(image: &ImageRef) -> (Option<String>, Option<String>) {
    let registry = image.registry.as_deref().unwrap_or("docker.io");
    let version = image.digest.clone().or_else(|| image.tag.clone());
    (Some(format!("oci:{registry}/{}", image.name)), version)
}

fn of_package(package: &PackageRef) -> (Option<String>, Option<String>) {
    let ecosystem = package.ecosystem.name();
    match &package.source {
        PackageSource::Registry => {
            let name = match package.ecosystem {
                Ecosystem::Pypi => normalised(&package.name),
                _ => package.name.to_ascii_lowercase(),
            };
            (Some(format!("{ecosystem}:{name}")), package.version.clone())
        }
        _ => (Some(format!("{ecosystem}:{}", package.spec)), None),
    }
}

/// A PyPI name as the index compares it (PEP 503).
fn normalised(name: &str) -> String {
    let words = name.split(['-', '_', '.']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

/// Host, port and path of a URL; this machine by any of its usual names.
fn address(url: &str) -> String {
    let Some(parsed) = host::parse(url) else { return format!("url:{url}") };
    let host = parsed.host.to_ascii_lowercase();
    let host = match host.as_str() {
        "127.0.0.1" | "::1" | "[::1]" => "localhost",
        other => other,
    };
    let port = parsed.port.map(|port| format!(":{port}")).unwrap_or_default();
    format!("url:{host}{port}{}", parsed.path.trim_end_matches('/'))
}

fn settings(server: &Server<'_>, line: &CommandLine<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    let arguments = &line.launch.target.arguments;
    for word in arguments.clone() {
        line.launch.word(word).hash(&mut hasher);
    }
    let names = server.env.iter().chain(&server.headers).map(|named| &named.name);
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names.hash(&mut hasher);
    hasher.finish()
}

/// The key of the dialect's pattern that stands for the project's directory.
fn project(server: &Server<'_>) -> Option<String> {
    let maps = server.dialect.maps.iter();
    let mut within = maps.filter(|map| map.scope.is_some() && map.at.contains("/*/"));
    within.find_map(|map| {
        let mut keys = server.pointer.split('/');
        let mut project = None;
        for wanted in map.at.split('/') {
            let key = keys.next()?;
            match wanted {
                "*" => project = Some(key),
                wanted if wanted == key => {}
                _ => return None,
            }
        }
        project.map(|key| crate::syntax::pointer::unescape(key).into_owned())
    })
}
