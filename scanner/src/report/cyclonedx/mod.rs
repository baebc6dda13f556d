//! The servers as an inventory in `CycloneDX` 1.6: what is started, what is talked to, and what is
//! known against it.

mod endpoint;
mod purl;
mod schema;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use compact_str::CompactString;
use sha2::{Digest, Sha256};

use self::schema::{
    Affected, Bom, Component, Evidence, Metadata, Occurrence, Property, Rating, Service, Source,
    Tool, Tools, Vulnerability,
};
use super::{Report, plain};
use crate::facts::{ShownServer, hexadecimal};
use crate::launch::declared_image;
use crate::rules::Severity;
use crate::scanned::{FileReport, ScannedServer};

/// Writes the inventory. It has neither a time nor a serial number, so that the same files give the
/// same bytes.
///
/// Source: the JSON schema of `CycloneDX` 1.6 (ECMA-424).
///
/// # Errors
/// What the writer fails on.
pub fn write_cyclonedx(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut inventory = Inventory::default();
    for file in &report.files {
        let path = plain::relative(report.path_of(file));
        for server in &file.servers {
            inventory.add(file, path, server);
        }
    }
    for (file, finding) in report.findings() {
        let holds = |server: &&ScannedServer| {
            let rest = finding.pointer.strip_prefix(&server.shown.pointer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let server = file.servers.iter().find(holds);
        let affected = server.and_then(|server| What::of(&server.shown)).map(|what| what.reference);
        for (nth, id) in finding.advisories.iter().enumerate() {
            let known = inventory.advisories.entry(plain::shown(id)).or_default();
            known.affects.extend(affected.clone());
            // The finding is as severe as the worst of them, which is the first.
            if nth == 0 {
                known.severity = known.severity.max(Some(finding.severity));
            }
        }
    }
    plain::write_json(&inventory.bom(report), out)
}

/// What was found so far. The order is that of the references.
#[derive(Default)]
struct Inventory<'a> {
    components: BTreeMap<String, Used<'a>>,
    services: BTreeMap<String, Used<'a>>,
    advisories: BTreeMap<String, Against>,
}

/// Something and where it is used.
struct Used<'a> {
    what: What,
    properties: BTreeSet<(&'static str, String)>,
    places: Vec<Place<'a>>,
}

/// Where something is used.
struct Place<'a> {
    path: &'a str,
    line: u32,
    server: &'a str,
    /// Whose it is there, in words.
    context: String,
}

/// What is known against something.
#[derive(Default)]
struct Against {
    severity: Option<Severity>,
    affects: BTreeSet<String>,
}

/// What a server starts or where it is reached.
struct What {
    reference: String,
    kind: &'static str,
    name: String,
    version: Option<String>,
    purl: Option<String>,
    url: Option<String>,
}

impl What {
    fn new(kind: &'static str, name: &str) -> Self {
        let name = plain::shown(name);
        let name = if name.is_empty() { "unnamed".to_owned() } else { name };
        Self { reference: String::new(), kind, name, version: None, purl: None, url: None }
    }

    /// Refers to it by its package URL or else by a hash of what identifies it.
    fn referred(mut self, parts: &[&str]) -> Self {
        self.reference = self.purl.clone().unwrap_or_else(|| {
            let mut hash = Sha256::new();
            for part in parts {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
            format!("mcp-guard:{}:{}", self.kind, hexadecimal(hash, 16))
        });
        self
    }

    /// What the server starts; `None` where it is only talked to.
    fn of(server: &ShownServer) -> Option<Self> {
        if let Some(package) = &server.package {
            let (ecosystem, name) = (package.ecosystem.as_str(), package.name.as_str());
            if ecosystem == "oci" {
                return Some(Self::image(name, package.version.as_deref()));
            }
            let version = package.version.as_deref().filter(|_| package.pin == "exact");
            let mut what = Self::new("application", name);
            what.purl = purl::package(ecosystem, name, version);
            what.version = version.map(plain::shown);
            return Some(what.referred(&[ecosystem, name, version.unwrap_or_default()]));
        }
        if let Some(image) = &server.image {
            return Some(Self::image(image, None));
        }
        if let Some(command) = &server.command {
            let parts = std::iter::once(command).chain(&server.args);
            let parts: Vec<&str> = parts.map(CompactString::as_str).collect();
            return Some(Self::new("application", command).referred(&parts));
        }
        // An entry that says neither what it starts nor where it is.
        let name = server.name.as_str();
        server.url.is_none().then(|| Self::new("application", name).referred(&["", name]))
    }

    fn image(text: &str, version: Option<&str>) -> Self {
        let image = declared_image(text, version);
        let parts = [image.registry.as_deref(), Some(image.name.as_str())];
        let repository: Vec<&str> = parts.into_iter().flatten().collect();
        let mut what = Self::new("container", &repository.join("/"));
        what.version = purl::digest(&image).map(plain::shown);
        what.purl = purl::image(&image);
        what.referred(&[text, version.unwrap_or_default()])
    }

    /// Where the server is reached; `None` where it is only started.
    fn reached(server: &ShownServer) -> Option<Self> {
        let url = server.url.as_deref()?;
        let mut what = Self::new("service", &server.name);
        what.url = Some(url.to_owned());
        Some(what.referred(&[&server.name, url]))
    }
}

impl<'a> Inventory<'a> {
    fn add(&mut self, file: &'a FileReport, path: &'a str, server: &'a ScannedServer) {
        let shown = &server.shown;
        let mut properties = BTreeSet::from([
            ("mcp-guard:client", file.client.to_owned()),
            ("mcp-guard:disabled", shown.disabled.to_string()),
            ("mcp-guard:file", path.to_owned()),
            ("mcp-guard:guarded", shown.guarded.to_string()),
            ("mcp-guard:scope", shown.scope.to_owned()),
            ("mcp-guard:server", plain::shown(&shown.name)),
            ("mcp-guard:transport", shown.transport.to_owned()),
        ]);
        let context = format!(
            "client {}, scope {}, transport {}, {}, {}",
            file.client,
            shown.scope,
            shown.transport,
            if shown.guarded { "guarded" } else { "not guarded" },
            if shown.disabled { "disabled" } else { "enabled" },
        );
        let line = server.name.start_line;
        let place = |context| Place { path, line, server: &shown.name, context };
        if let Some(what) = What::reached(shown) {
            let mut properties = properties.clone();
            if let Some(url) = what.url.as_deref().filter(|url| endpoint::endpoint(url).is_none()) {
                properties.insert(("mcp-guard:url", plain::shown(url)));
            }
            Used::extend(&mut self.services, what, properties, place(String::new()));
        }
        if let Some(what) = What::of(shown) {
            let package = shown.package.as_ref();
            let loose = package.filter(|package| package.pin != "exact");
            if let Some(version) = loose.and_then(|package| package.version.as_deref()) {
                properties.insert(("mcp-guard:version-as-written", plain::shown(version)));
            }
            if let Some(package) = package {
                properties.insert(("mcp-guard:ecosystem", plain::shown(&package.ecosystem)));
            }
            Used::extend(&mut self.components, what, properties, place(context));
        }
    }

    fn bom(&self, report: &Report) -> Bom<'_> {
        let tool = Tool { kind: "application", name: report.tool, version: report.version };
        Bom {
            schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
            bom_format: "CycloneDX",
            spec_version: "1.6",
            version: 1,
            metadata: Metadata { tools: Tools { components: [tool] } },
            components: self.components.values().map(Used::component).collect(),
            services: self.services.values().map(Used::service).collect(),
            vulnerabilities: self.advisories.iter().map(|(id, known)| known.shown(id)).collect(),
        }
    }
}

impl<'a> Used<'a> {
    fn extend(
        all: &mut BTreeMap<String, Self>,
        what: What,
        properties: BTreeSet<(&'static str, String)>,
        place: Place<'a>,
    ) {
        let used = all.entry(what.reference.clone()).or_insert_with(|| Self {
            what,
            properties: BTreeSet::new(),
            places: Vec::new(),
        });
        used.properties.extend(properties);
        used.places.push(place);
    }

    fn properties(&self) -> Vec<Property<'_>> {
        self.properties.iter().map(|(name, value)| Property { name, value }).collect()
    }

    fn component(&self) -> Component<'_> {
        Component {
            kind: self.what.kind,
            reference: &self.what.reference,
            name: &self.what.name,
            version: self.what.version.as_deref(),
            purl: self.what.purl.as_deref(),
            evidence: Evidence { occurrences: self.places.iter().map(Place::occurrence).collect() },
            properties: self.properties(),
        }
    }

    fn service(&self) -> Service<'_> {
        let url = self.what.url.as_deref().unwrap_or_default();
        Service {
            reference: &self.what.reference,
            name: &self.what.name,
            endpoints: endpoint::endpoint(url).into_iter().collect(),
            trust_boundary: endpoint::leaves_machine(url),
            properties: self.properties(),
        }
    }
}

impl Place<'_> {
    fn occurrence(&self) -> Occurrence<'_> {
        Occurrence {
            location: self.path,
            line: (self.line > 0).then_some(self.line),
            symbol: plain::shown(self.server),
            additional_context: &self.context,
        }
    }
}

impl Against {
    fn shown<'a>(&'a self, id: &'a str) -> Vulnerability<'a> {
        let (name, url) = if id.starts_with("CVE-") {
            ("NVD", format!("https://nvd.nist.gov/vuln/detail/{id}"))
        } else if id.starts_with("GHSA-") {
            ("GitHub Advisories", format!("https://github.com/advisories/{id}"))
        } else {
            ("OSV", format!("https://osv.dev/vulnerability/{id}"))
        };
        let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let rating = |severity: Severity| Rating { severity: severity.name() };
        Vulnerability {
            id,
            source: is_plain.then_some(Source { name, url }),
            ratings: self.severity.map(rating).into_iter().collect(),
            affects: self.affects.iter().map(|reference| Affected { reference }).collect(),
        }
    }
}
