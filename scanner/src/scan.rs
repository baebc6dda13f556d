//! One file from its bytes to its report: text → servers → facts → findings.

use crate::client::dialect::FileFormat;
use crate::client::{self, Catalogue, Claim, Dialect, Origin, Reading};
use crate::facts::{self, Facts, ShownServer, Surroundings};
use crate::finding::{Finding, Judge, Region, Subject, Tracked};
use crate::problem::{Problem, ProblemKind};
use crate::syntax::{self, Document, Format, Limits, Value};

/// Everything that is the same for all files of a run.
#[derive(Debug)]
pub struct Scanner {
    /// Who judges the facts.
    pub judge: Judge,
    /// Whose file a path can be.
    pub catalogue: Catalogue,
    /// How much of a file is read.
    pub limits: Limits,
}

/// A file to scan.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// How it is called in reports, with forward slashes.
    pub path: &'a str,
    /// The path that tells whose it may be, where it is longer than the other.
    pub place: Option<&'a str>,
    /// Its bytes, or why there are none.
    pub bytes: Result<&'a [u8], &'a Problem>,
    /// What was odd while it was read.
    pub oddity: Option<&'a Problem>,
    /// Whose file it is, where its location says so.
    pub claim: Option<Claim>,
    /// The client the user says it is.
    pub forced: Option<&'static Dialect>,
    /// The user named it.
    pub named: bool,
    /// A gateway configuration lies beside it.
    pub gateway_beside: bool,
    /// `host:port` at which gateways of this tree listen.
    pub gateways: &'a [String],
    /// Whether git tracks it.
    pub tracked: &'a dyn Tracked,
}

/// How much of a file was analysed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All of it.
    Ok,
    /// Some of it could not be read or understood.
    Partial,
    /// Nothing of it.
    Failed,
}

impl Status {
    /// The word for it in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}

/// What a scan says about a file.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// How the file is called.
    pub path: String,
    /// Identifier of the client whose file it is; `unknown` when nothing tells.
    pub client: &'static str,
    /// Its scope.
    pub scope: &'static str,
    /// Its format.
    pub format: &'static str,
    /// How much of it was analysed.
    pub status: Status,
    /// The servers in it.
    pub servers: Vec<(ShownServer, Region)>,
    /// The findings in it.
    pub findings: Vec<Finding>,
}

impl Scanner {
    /// Scans a file. `None` when it only looked like a client's file by its name and is none.
    #[must_use]
    pub fn scan(&self, input: &Input<'_>) -> Option<FileReport> {
        let claims = self.claims(input);
        let bytes = match input.bytes {
            Ok(bytes) => bytes,
            Err(problem) => return Some(self.unread(input, &claims, problem)),
        };
        let format = format_of(input, &claims, bytes);
        let document = Document::parse(bytes, format, &self.limits);
        let origin = Origin { path: input.path, claims, forced: input.forced };
        let mut reading = client::read(&document, &origin);
        if !is_configuration(input, &origin, &document, &reading) {
            return None;
        }
        let problems: Vec<Problem> =
            document.problems().iter().chain(input.oddity).cloned().collect();
        if tells_nothing(input, &origin, &document, &reading) {
            let message = "nothing in it is known to be MCP configuration";
            reading.problems.push(Problem::new(ProblemKind::UnknownShape, message));
        }
        let incomplete =
            problems.iter().chain(&reading.problems).any(|problem| problem.kind.loses_content());
        let surroundings = Surroundings {
            file_name: name_of(input.path),
            project_file: is_project_file(input, &origin),
            gateway_beside: input.gateway_beside,
            gateways: input.gateways,
        };
        let facts = facts::extract(&document, &reading, &problems, &surroundings);
        let status = match (incomplete || facts.cut, document.roots().is_empty()) {
            (false, _) => Status::Ok,
            (true, false) => Status::Partial,
            (true, true) => Status::Failed,
        };
        Some(self.report(input, &reading, &document, facts, status))
    }

    /// Whose file it can be: what its location says, then what its path says.
    fn claims(&self, input: &Input<'_>) -> Vec<Claim> {
        let by_path = self.catalogue.claims(input.place.unwrap_or(input.path));
        input.claim.into_iter().chain(by_path).collect()
    }

    fn report(
        &self,
        input: &Input<'_>,
        reading: &Reading<'_>,
        document: &Document,
        facts: Facts,
        status: Status,
    ) -> FileReport {
        let subject = Subject { facts: &facts, document: Some(document), tracked: input.tracked };
        let findings = self.judge.findings(&subject);
        let servers = facts
            .servers
            .into_iter()
            .map(|server| {
                let region = Region::of(document, server.span);
                (server, region)
            })
            .collect();
        FileReport {
            path: input.path.to_owned(),
            client: reading.client.map_or("unknown", |client| &client.id),
            scope: reading.scope.name(),
            format: document.format().name(),
            status,
            servers,
            findings,
        }
    }

    fn unread(&self, input: &Input<'_>, claims: &[Claim], problem: &Problem) -> FileReport {
        let claim = claims.first();
        let client = input.forced.or(claim.map(|claim| claim.dialect));
        let client = client.map_or("unknown", |client| &client.id);
        let scope = claim.map_or("unknown", |claim| claim.location.scope.name());
        let facts = facts::unread(client, scope, name_of(input.path), problem);
        let subject = Subject { facts: &facts, document: None, tracked: input.tracked };
        FileReport {
            path: input.path.to_owned(),
            client,
            scope,
            format: Format::of_path(input.path).map_or("unknown", Format::name),
            status: Status::Failed,
            servers: Vec::new(),
            findings: self.judge.findings(&subject),
        }
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// By the ending of the name, else as the client writes it, else as the text looks.
fn format_of(input: &Input<'_>, claims: &[Claim], bytes: &[u8]) -> Format {
    let forced = input.forced.and_then(|dialect| dialect.locations.first());
    let location = claims.first().map(|claim| claim.location).or(forced);
    Format::of_path(input.path)
        .or_else(|| location.map(|location| of_client(location.format)))
        .unwrap_or_else(|| by_looks(bytes))
}

fn of_client(format: FileFormat) -> Format {
    match format {
        FileFormat::Json => Format::Json,
        FileFormat::Jsonc => Format::Jsonc,
        FileFormat::Json5 => Format::Json5,
        FileFormat::Toml => Format::Toml,
        FileFormat::Yaml => Format::Yaml,
        FileFormat::FrontMatter => Format::FrontMatter,
    }
}

fn by_looks(bytes: &[u8]) -> Format {
    let text = syntax::beginning(bytes, 4096);
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("//"));
    let first = lines.next().unwrap_or_default();
    if first.starts_with('[') && first.ends_with(']') && !first.contains(['{', '"'])
        || first.contains(" = ") && !first.starts_with('{')
    {
        Format::Toml
    } else if first.starts_with(['{', '[', '"', '/']) {
        Format::Jsonc
    } else {
        Format::Yaml
    }
}

/// Whether a file that the user says is configuration holds none. An empty object and the settings
/// of a known client that name no server are in order.
fn tells_nothing(
    input: &Input<'_>,
    origin: &Origin<'_>,
    document: &Document,
    reading: &Reading<'_>,
) -> bool {
    let known = origin.forced.is_none() && !origin.claims.is_empty();
    let in_order = match document.roots() {
        [] => known,
        roots => roots.iter().any(|root| match &root.value {
            Value::Map(entries) => entries.is_empty() || known,
            _ => false,
        }),
    };
    let lossy = |problem: &Problem| problem.kind.loses_content();
    (input.named || input.forced.is_some())
        && !in_order
        && reading.servers.is_empty()
        && reading.approvals.is_empty()
        && reading.maps == 0
        && !document.problems().iter().chain(&reading.problems).any(lossy)
}

/// Files such as `manifest.json` or an agent's `*.md` are a client's only if something in them
/// says so. What they are otherwise is none of our business.
fn is_configuration(
    input: &Input<'_>,
    origin: &Origin<'_>,
    document: &Document,
    reading: &Reading<'_>,
) -> bool {
    if input.named || !reading.servers.is_empty() || !reading.approvals.is_empty() {
        return true;
    }
    let tells = |claim: &Claim| {
        let path = &claim.location.path;
        let anchor = path.starts_with(['~', '$', '%', '{']);
        let path =
            path.split_once('/').filter(|_| anchor).map_or(path.as_ref(), |(_, below)| below);
        let name = name_of(path);
        // `librechat.yaml`, `gemini-extension.json`: named after the client.
        let maker = claim.dialect.id.split('-').next().unwrap_or_default();
        name.contains("mcp") || name.contains(maker) || (path.contains('/') && !name.contains('*'))
    };
    let told = origin.claims.iter().any(tells);
    let sound = document.problems().is_empty();
    if !sound && input.claim.is_some() {
        return true;
    }
    // A broken file of a place where few files are configuration, but with the client's own key.
    let names_a_map = |claim: &Claim| {
        claim.dialect.maps.iter().any(|map| {
            let key = map.at.split('/').nth(1).unwrap_or_default();
            key.to_ascii_lowercase().contains("mcp") && document.text().contains(key)
        })
    };
    if !sound && origin.claims.iter().any(names_a_map) {
        return true;
    }
    told
}

fn is_project_file(input: &Input<'_>, origin: &Origin<'_>) -> bool {
    input.claim.is_none()
        && origin.claims.first().is_none_or(|claim| claim.location.path.starts_with("{project}"))
}
