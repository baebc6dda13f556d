//! What a package runner is asked to fetch.

use super::name;
use super::part::Part;
use super::placeholder::has_placeholder;

/// A package named on a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageRef {
    /// Whose naming and version rules hold.
    pub ecosystem: Ecosystem,
    /// The name without version, in the spelling of the configuration. For sources other than a
    /// registry, the name given beside the source, or the last part of its path.
    pub name: String,
    /// The whole specification as written.
    pub spec: String,
    /// What follows the name: a version, range or tag, without `@` or `==`; for other operators
    /// with them.
    pub version: Option<String>,
    /// How exactly the version is fixed.
    pub pin: Pin,
    /// Where the content comes from.
    pub source: PackageSource,
    /// The place of the specification.
    pub part: Part,
    /// The runner was told to use an installed copy only (`npx --no-install`).
    pub no_install: bool,
}

impl PackageRef {
    /// A package that a registry serves.
    pub(super) fn registry(
        ecosystem: Ecosystem,
        spec: &str,
        name: &str,
        version: Option<&str>,
        pin: Pin,
        part: Part,
    ) -> Self {
        Self {
            ecosystem,
            name: name.to_owned(),
            spec: spec.to_owned(),
            version: version.map(str::to_owned),
            pin,
            source: PackageSource::Registry,
            part,
            no_install: false,
        }
    }

    /// A package from somewhere else; its pin follows from the source.
    pub(super) fn from_source(
        ecosystem: Ecosystem,
        spec: &str,
        name: Option<&str>,
        source: PackageSource,
        part: Part,
    ) -> Self {
        let name = match name {
            Some(name) => name.to_owned(),
            None => source.base_name(spec),
        };
        let (version, pin) = match &source {
            PackageSource::Git { reference, kind, .. } => (
                reference.clone(),
                match (kind, reference) {
                    (GitReference::Commit, _) => Pin::Exact,
                    (GitReference::Placeholder, _) => Pin::Reference,
                    (_, Some(_)) => Pin::Tag,
                    (_, None) => Pin::None,
                },
            ),
            PackageSource::Archive(url) if has_digest(url) => (None, Pin::Exact),
            _ => (None, Pin::None),
        };
        let spec = spec.to_owned();
        Self { ecosystem, name, spec, version, pin, source, part, no_install: false }
    }

    /// The program that the package is run by, as far as its name tells: the last part of it.
    /// Packages whose program is called otherwise and matters here are listed.
    pub(super) fn program(&self) -> String {
        const PROGRAMS: &[(&str, &str)] = &[
            ("@1mcp/agent", "1mcp"),
            ("@dotenvx/dotenvx", "dotenvx"),
            ("@infisical/cli", "infisical"),
            ("@smithery/cli", "smithery"),
            ("dotenv-cli", "dotenv"),
            ("python-dotenv", "dotenv"),
            ("mcp-contextforge-gateway", "mcpgateway"),
        ];
        if let Some((_, program)) = PROGRAMS.iter().find(|(name, _)| *name == self.name) {
            return (*program).to_owned();
        }
        match self.source {
            PackageSource::Registry => {
                let name = self.name.split('@').next_back().unwrap_or(&self.name);
                name::program(name)
            }
            _ => name::program(&self.name),
        }
    }
}

/// A registry together with its rules for names and versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecosystem {
    /// npmjs.com.
    Npm,
    /// jsr.io.
    Jsr,
    /// A module that Deno loads by its URL.
    Deno,
    /// pypi.org.
    Pypi,
    /// Go modules.
    Go,
    /// nuget.org.
    Nuget,
    /// Nix flakes.
    Nix,
}

impl Ecosystem {
    /// The name used in rules, reports and package URLs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Jsr => "jsr",
            Self::Deno => "deno",
            Self::Pypi => "pypi",
            Self::Go => "golang",
            Self::Nuget => "nuget",
            Self::Nix => "nix",
        }
    }
}

/// How exactly a version is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pin {
    /// One version, commit or digest.
    Exact,
    /// A range of versions.
    Range,
    /// A name that moves: `latest`, `next`, a branch or tag.
    Tag,
    /// Filled in later: `${VERSION}`.
    Reference,
    /// Nothing said. Always so for local paths, and for archives without a digest.
    None,
}

impl Pin {
    /// The name used in rules and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Range => "range",
            Self::Tag => "tag",
            Self::Reference => "reference",
            Self::None => "none",
        }
    }
}

/// Where a package's content comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackageSource {
    /// The ecosystem's registry, or the one configured in its place.
    Registry,
    /// A git repository.
    Git {
        /// Host and path without scheme, user and `.git`: `github.com/owner/repository`.
        repository: String,
        /// Commit, tag or branch.
        reference: Option<String>,
        /// What the reference is, as far as its form tells.
        kind: GitReference,
    },
    /// A file fetched from this URL.
    Archive(String),
    /// A path on this machine.
    Local(String),
}

impl PackageSource {
    fn base_name(&self, spec: &str) -> String {
        let path = match self {
            Self::Registry => spec,
            Self::Git { repository, .. } => repository,
            Self::Archive(url) => url.split(['?', '#']).next().unwrap_or(url),
            Self::Local(path) => path,
        };
        let path = path.trim_end_matches(['/', '\\']);
        path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
    }
}

/// What a git reference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GitReference {
    /// A full object name of 40 or 64 hexadecimal digits.
    Commit,
    /// Looks like a version, or says that it is a tag.
    Tag,
    /// Any other name, abbreviated commits included.
    Branch,
    /// Filled in later.
    Placeholder,
    /// None given: the default branch.
    None,
}

impl GitReference {
    fn of(reference: Option<&str>) -> Self {
        let Some(reference) = reference else { return Self::None };
        if has_placeholder(reference) {
            return Self::Placeholder;
        }
        if matches!(reference.len(), 40 | 64) && reference.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Self::Commit;
        }
        let version = reference
            .strip_prefix("refs/tags/")
            .or_else(|| reference.strip_prefix("semver:"))
            .map(|_| true);
        let dotted = || {
            let digits = reference.trim_start_matches(['v', 'V']);
            digits.contains('.') && digits.starts_with(|c: char| c.is_ascii_digit())
        };
        if version.unwrap_or_else(dotted) { Self::Tag } else { Self::Branch }
    }
}

/// A git source from a URL without its reference.
pub(super) fn git(url: &str, reference: Option<&str>) -> PackageSource {
    let reference = reference.filter(|r| !r.is_empty());
    let url = url.strip_prefix("git+").unwrap_or(url);
    let address = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority_end = address.find('/').unwrap_or(address.len());
    let host_start = address
        .get(..authority_end)
        .and_then(|authority| authority.rfind('@'))
        .map_or(0, |at| at + 1);
    let path = address.get(host_start..).unwrap_or(address);
    let path = path.split(['?', '#']).next().unwrap_or(path).trim_end_matches('/');
    let mut repository = path.strip_suffix(".git").unwrap_or(path).to_owned();
    // The form of scp: host:path.
    if !url.contains("://")
        && let Some((host, path)) = repository.split_once(':')
    {
        repository = format!("{host}/{path}");
    }
    PackageSource::Git {
        repository,
        reference: reference.map(str::to_owned),
        kind: GitReference::of(reference),
    }
}

/// Whether the fragment of an archive's URL names the digest of its content (PEP 503 and
/// `direct_url` fragments).
fn has_digest(url: &str) -> bool {
    url.split_once('#').is_some_and(|(_, fragment)| {
        fragment.split('&').any(|field| {
            matches!(field.split_once('='), Some(("sha256" | "sha384" | "sha512", hex))
                if hex.len() >= 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
        })
    })
}
