//! One file from its bytes to its report: text → servers → facts → findings.

use crate::client::dialect::{FileFormat, Scope};
use crate::client::{self, Catalogue, Claim, Dialect, Origin, Reading};
use crate::facts::{self, Blots, Facts, Surroundings};
use crate::finding::{Excerpt, Judge, Region, Subject, Tracked};
use crate::lines::Lines;
use crate::lock::FileLock;
use crate::online::Answers;
use crate::problem::{Problem, ProblemKind};
use crate::scanned::{FileReport, ScannedServer, Status};
use crate::settings;
use crate::suppression;
use crate::syntax::{self, Document, Format, Limits, Value};
use crate::world::Vicinity;

/// Everything that is the same for all files of a run.
#[derive(Debug)]
pub struct Scanner {
    /// Who judges the facts.
    pub judge: Judge,
    /// Whose file a path can be.
    pub catalogue: Catalogue,
    /// How much of a file is read.
    pub limits: Limits,
    /// Reports keep what formats for code hosts need: real paths, and what lines are like.
    pub keeps_lines: bool,
}

/// A file to scan.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// How it is called in reports, with forward slashes.
    pub path: &'a str,
    /// The path that tells whose it may be: the whole one, with forward slashes.
    pub place: &'a str,
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
    /// What was answered over a network; nothing yet where it is still to be asked, and `None`
    /// where it is not.
    pub answers: Option<&'a Answers>,
    /// What was reviewed of it, where a lock file speaks for it.
    pub lock: Option<&'a FileLock<'a>>,
    /// Whether git tracks it.
    pub tracked: &'a dyn Tracked,
    /// The world around it; `None` where it has none, as on standard input and in a revision.
    pub vicinity: Option<&'a Vicinity<'a>>,
}

impl<'a> Input<'a> {
    /// A file that the user named and of which only these two are known.
    #[must_use]
    pub fn named(path: &'a str, bytes: &'a [u8]) -> Self {
        Self {
            path,
            place: path,
            bytes: Ok(bytes),
            oddity: None,
            claim: None,
            forced: None,
            named: true,
            gateway_beside: false,
            gateways: &[],
            answers: None,
            lock: None,
            tracked: &false,
            vicinity: None,
        }
    }
}

/// A file that was looked at.
#[derive(Debug)]
pub struct Examined {
    /// What there is to say about it.
    pub report: FileReport,
    /// What it was read as; absent when it could not be read.
    pub seen: Option<Seen>,
}

/// What a file was read as.
#[derive(Debug)]
pub struct Seen {
    /// Its text and values.
    pub document: Document,
    /// What must never be shown of it.
    pub blots: Blots,
}

impl Scanner {
    /// Scans a file. `None` when it only looked like a client's file by its name and is none.
    #[must_use]
    pub fn scan(&self, input: &Input<'_>) -> Option<FileReport> {
        self.examine(input).map(|examined| examined.report)
    }

    /// Scans a file, and gives what it was read as with the report.
    #[must_use]
    pub fn examine(&self, input: &Input<'_>) -> Option<Examined> {
        let (by_path, of_user) = self.catalogue.look(input.place);
        let claims: Vec<Claim> = input.claim.into_iter().chain(by_path).collect();
        let bytes = match input.bytes {
            Ok(bytes) => bytes,
            Err(problem) => {
                let report = self.unread(input, &claims, problem);
                return Some(Examined { report, seen: None });
            }
        };
        let format = format_of(input, &claims, bytes);
        let document = Document::parse(bytes, format, &self.limits);
        let origin = Origin { path: input.path, claims, forced: input.forced };
        let mut reading = client::read(&document, &origin);
        if !is_configuration(input, &origin, &document, &reading) {
            return None;
        }
        // Settings may be empty: they say nothing then, and there is nothing in them to be missed.
        let settings = name_of(input.path) == settings::FILE_NAME;
        let in_order = settings && document.text().trim().is_empty();
        let of_text = document.problems().iter().filter(|_| !in_order);
        let problems: Vec<Problem> = of_text.chain(input.oddity).cloned().collect();
        if tells_nothing(input, &origin, &document, &reading) {
            let message = "nothing in it is known to be MCP configuration";
            reading.problems.push(Problem::new(ProblemKind::UnknownShape, message));
        }
        let incomplete =
            problems.iter().chain(&reading.problems).any(|problem| problem.kind.loses_content());
        let own = input.claim.is_some();
        let has_user = |claim: Claim| matches!(claim.location.scope, Scope::User | Scope::Local);
        let surroundings = Surroundings {
            root: client::project_root(&origin.claims, input.place, own),
            own,
            user_file: input.claim.map_or(of_user, has_user),
            vicinity: input.vicinity,
            file_name: name_of(input.path),
            project_file: is_project_file(input, &origin),
            gateway_beside: input.gateway_beside,
            gateways: input.gateways,
            answers: input.answers,
            lock: input.lock,
        };
        let facts = facts::extract(&document, &reading, &problems, &surroundings);
        let status = match (incomplete || facts.cut, document.roots().is_empty()) {
            (false, _) => Status::Ok,
            (true, false) => Status::Partial,
            (true, true) => Status::Failed,
        };
        let (mut report, blots) = self.report(input, &origin, &reading, &document, facts, status);
        if self.keeps_lines && !(report.findings.is_empty() && report.servers.is_empty()) {
            report.lines = Some(Box::new(Lines::of(bytes, &document)));
        }
        Some(Examined { report, seen: Some(Seen { document, blots }) })
    }

    fn report(
        &self,
        input: &Input<'_>,
        origin: &Origin<'_>,
        reading: &Reading<'_>,
        document: &Document,
        facts: Facts,
        status: Status,
    ) -> (FileReport, Blots) {
        let subject = Subject {
            facts: &facts,
            document: Some(document),
            tracked: input.tracked,
            lock: input.lock,
        };
        let remarks = match facts.contexts.first() {
            Some(context) => suppression::remarks(document, context, &facts.blots),
            None => Vec::new(),
        };
        let findings = if remarks.is_empty() {
            self.judge.findings(&subject)
        } else {
            // A comment may accept what this persona is not told.
            self.judge.seeing_all().findings(&subject)
        };
        let Facts { servers, sameness, blots, questions, .. } = facts;
        let servers = servers
            .into_iter()
            .zip(sameness)
            .zip(&reading.servers)
            .map(|((shown, sameness), server)| ScannedServer {
                region: Region::of(document, server.node.span),
                name: Region::of(document, server.name_span),
                line: Excerpt::of(document, server.name_span, &blots),
                shown,
                sameness,
            })
            .collect();
        let report = FileReport {
            status,
            readers: client::readers(document, origin, input.place, input.claim.is_some()),
            servers,
            questions,
            findings,
            remarks,
            ..FileReport::without_servers(
                input.path,
                input.place,
                reading.client.map_or("unknown", |client| &client.id),
                reading.scope.name(),
                document.format().name(),
            )
        };
        (report, blots)
    }

    fn unread(&self, input: &Input<'_>, claims: &[Claim], problem: &Problem) -> FileReport {
        let claim = claims.first();
        let client = input.forced.or(claim.map(|claim| claim.dialect));
        let client = client.map_or("unknown", |client| &client.id);
        let scope = claim.map_or("unknown", |claim| claim.location.scope.name());
        let facts = facts::unread(client, scope, name_of(input.path), problem);
        let tracked = input.tracked;
        let subject = Subject { facts: &facts, document: None, tracked, lock: None };
        let format = Format::of_path(input.path).map_or("unknown", Format::name);
        FileReport {
            status: Status::Failed,
            findings: self.judge.findings(&subject),
            ..FileReport::without_servers(input.path, input.place, client, scope, format)
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
        // A page for people without servers is a page, and a guest says nothing of the host's file.
        if claim.location.format == FileFormat::FrontMatter || claim.location.shared {
            return false;
        }
        let path = &claim.location.path;
        let anchor = path.starts_with(['~', '$', '%', '{']);
        let of_project = path.starts_with("{project}");
        let path =
            path.split_once('/').filter(|_| anchor).map_or(path.as_ref(), |(_, below)| below);
        let name = name_of(path);
        // `librechat.yaml`, `gemini-extension.json`: named after the client.
        let maker = claim.dialect.id.split('-').next().unwrap_or_default();
        // A directory that is a client's in a home, such as `amp`, is anybody's elsewhere.
        let own = of_project
            || input.claim.is_some()
            || path.starts_with('.')
            || path.matches('/').count() > 1;
        name.contains("mcp")
            || name.contains(maker)
            || (own && path.contains('/') && !name.contains('*'))
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
