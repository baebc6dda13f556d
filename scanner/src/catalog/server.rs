//! The entries of `rules/catalog/`: MCP servers that are known, and what is known of them.

use crate::compiled::{List, Text, compiled};

compiled! {
    /// One file of the catalogue: the servers of an area.
    pub struct Area {
        /// The area; the file's name.
        pub area: Text,
        /// Its servers, by identifier.
        pub servers: List<KnownServer>,
    }

    /// A server that is known.
    pub struct KnownServer {
        /// Kebab-case identifier; stable.
        pub id: Text,
        /// Its name in words.
        pub title: Text,
        /// Who publishes it.
        pub vendor: Text,
        /// Whose server it is, seen from what it gives access to.
        pub official: Official,
        /// What it is published as. Empty for a server that is only reached by its address.
        #[serde(default)]
        pub packages: List<KnownPackage>,
        /// Repositories that hold this server and no other: `github.com/owner/name`.
        #[serde(default)]
        pub repositories: List<Text>,
        /// Programs, modules and directories by which no other server is called. The names of
        /// packages need not be repeated here.
        #[serde(default)]
        pub programs: List<Text>,
        /// Addresses at which its vendor runs it.
        #[serde(default)]
        pub remotes: List<Remote>,
        /// Ports of this machine at which its vendor's program answers.
        #[serde(default)]
        pub ports: List<u16>,
        /// What it can do. `[none]` if it is nothing of the list.
        pub capabilities: List<Capability>,
        /// The variables that it reads.
        #[serde(default)]
        pub variables: Option<Variables>,
        /// How it is told to change nothing.
        #[serde(default)]
        pub read_only: Option<Switches>,
        /// How it is told to leave out something that it can do in its usual set-up.
        #[serde(default)]
        pub limits: List<Limit>,
        /// Whether it is looked after.
        #[serde(default = "maintained")]
        pub status: Status,
        /// Identifier of the server that takes its place.
        #[serde(default)]
        pub successor: Option<Text>,
        /// Where all of this comes from.
        pub sources: List<Source>,
    }

    /// Whose server it is.
    pub enum Official {
        /// Of whom it gives access to.
        Vendor = "vendor",
        /// Of the Model Context Protocol project, as an example for others.
        Reference = "reference",
        /// Of somebody else.
        Community = "community",
    }

    /// A name in a registry.
    pub struct KnownPackage {
        /// The registry.
        pub ecosystem: Registry,
        /// The name there: of an image with its registry unless that is Docker Hub, of a module of
        /// Go its path.
        pub name: Text,
    }

    /// Where a package is published; the words are those of the fact `package`.
    pub enum Registry {
        /// npmjs.com.
        Npm = "npm",
        /// pypi.org.
        Pypi = "pypi",
        /// An image registry.
        Oci = "oci",
        /// Go modules.
        Golang = "golang",
        /// nuget.org.
        Nuget = "nuget",
        /// crates.io.
        Cargo = "cargo",
        /// No registry: repositories that a package is fetched from, as `host/owner/name`.
        Git = "git",
    }

    /// An address of a server.
    pub struct Remote {
        /// The host; `*.` in front stands for the hosts below it.
        pub host: Text,
        /// What the path begins with, if only a part of the host is the server.
        #[serde(default)]
        pub path: Option<Text>,
    }

    /// What a server can do.
    pub enum Capability {
        /// Reads text that strangers can write: web pages, mail, issues, chats.
        UntrustedContent = "untrusted-content",
        /// Reads data of the user or of the company.
        PrivateData = "private-data",
        /// Sends to a place that a stranger can read.
        SendOut = "send-out",
        /// Runs commands or code that the model writes.
        RunCommands = "run-commands",
        /// Writes files of this machine.
        WriteFiles = "write-files",
        /// Runs queries on a database.
        Database = "database",
        /// Drives a web browser.
        Browser = "browser",
        /// None of these.
        None = "none",
    }

    /// The environment variables that a server reads.
    pub struct Variables {
        /// The list is known to hold every one that could be a credential.
        #[serde(default)]
        pub complete: bool,
        /// Those that hold a credential.
        #[serde(default)]
        pub secret: List<Text>,
        /// The others, as far as they are worth knowing.
        #[serde(default)]
        pub plain: List<Text>,
    }

    /// How a server is told something: any one of these does it.
    pub struct Switches {
        /// Flags.
        #[serde(default)]
        pub args: List<Text>,
        /// Variables as `NAME=value`.
        #[serde(default)]
        pub env: List<Text>,
    }

    /// Something that a server can do, and how it is told not to.
    pub struct Limit {
        /// How it is told.
        pub by: Switches,
        /// What it then cannot do.
        pub without: List<Capability>,
    }

    /// Whether a server is looked after.
    pub enum Status {
        /// It is.
        Maintained = "maintained",
        /// Its authors have put it away; nothing will be mended.
        Archived = "archived",
        /// Its authors say not to use it any more.
        Deprecated = "deprecated",
        /// It is published under another name.
        Renamed = "renamed",
    }

    /// A public page, and what of an entry stands there.
    pub struct Source {
        /// The page.
        pub url: Text,
        /// The release that was read, where it was one.
        #[serde(default)]
        pub version: Option<Text>,
        /// What stands there.
        pub says: List<Aspect>,
    }

    /// What a source can say of a server.
    pub enum Aspect {
        /// That the name is published, and by whom.
        Package = "package",
        /// The address of the remote server, or the port of the local one.
        Remote = "remote",
        /// What it can do.
        Capabilities = "capabilities",
        /// Which variables it reads.
        Variables = "variables",
        /// How it is told to change nothing.
        ReadOnly = "read-only",
        /// Whether it is looked after, and what takes its place.
        Status = "status",
    }
}

const fn maintained() -> Status {
    Status::Maintained
}

impl Area {
    /// Reads a file of the catalogue.
    ///
    /// # Errors
    /// A message with line and column: malformed YAML, a missing or unknown key, a wrong value.
    pub fn read(yaml: &str) -> Result<Self, String> {
        serde_yaml::from_str(yaml).map_err(|error| error.to_string())
    }
}

impl Registry {
    /// The registry of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|registry| registry.name() == name)
    }
}
