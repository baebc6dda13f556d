//! The file as a whole.

use std::path::{Path, PathBuf};

use super::fault::{ConfigError, Fault};
use super::keys::FileKeys;
use super::reader::{Reader, Variables, no_server, shown};
use super::tree::{Document, Node, Value};
use super::uses::{Front, UsedServers, Uses};
use super::variables::{Piece, pieces};
use super::{Config, auth, front, policies, route, server, servers, state, yaml};
use crate::policy::ToolPolicy;
use crate::state::Location;

/// A file in which nothing is wrong, whatever the environment is.
#[derive(Clone)]
pub struct ConfigFile {
    document: Document,
    path: PathBuf,
    directory: PathBuf,
    home: Option<PathBuf>,
    warnings: Vec<Fault>,
}

impl std::fmt::Debug for ConfigFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConfigFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl ConfigFile {
    /// Reads a file. `home` is what `~/` stands for.
    ///
    /// # Errors
    /// It cannot be read, or something is wrong with it.
    pub fn load(path: &Path, home: Option<&Path>) -> Result<Self, ConfigError> {
        let (bytes, directory) = bytes_of(path)?;
        let wrong = |faults| ConfigError::Wrong { path: path.to_owned(), faults };
        Self::read(&bytes, path, &directory, home).map_err(wrong)
    }

    /// The same of bytes that were read already. Relative paths start from `directory`.
    ///
    /// # Errors
    /// Everything that is wrong with them, in the order of the text.
    pub fn read(
        bytes: &[u8],
        path: &Path,
        directory: &Path,
        home: Option<&Path>,
    ) -> Result<Self, Vec<Fault>> {
        let document = yaml::parse(bytes).map_err(|fault| vec![fault])?;
        let mut file = Self {
            document,
            path: path.to_owned(),
            directory: directory.to_owned(),
            home: home.map(Path::to_owned),
            warnings: Vec::new(),
        };
        let mut reader = file.reader(None);
        let _ = config(&mut reader, &Uses::all());
        let (faults, warnings) = (reader.faults, reader.warnings);
        if !faults.is_empty() {
            return Err(sorted(faults));
        }
        file.warnings = sorted(warnings);
        Ok(file)
    }

    /// The file that says nothing, for a process that has none.
    #[must_use]
    pub fn empty(directory: &Path, home: Option<&Path>) -> Self {
        Self {
            document: Document { text: String::new(), root: Node { at: 0, value: Value::Null } },
            path: PathBuf::new(),
            directory: directory.to_owned(),
            home: home.map(Path::to_owned),
            warnings: Vec::new(),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it says where to listen for HTTP.
    #[must_use]
    pub fn listens(&self) -> bool {
        self.document.root.entries().iter().any(|entry| entry.key == "listen")
    }

    /// What is worth a look whatever the environment is. [`Config::warnings`] holds more.
    #[must_use]
    pub fn warnings(&self) -> &[Fault] {
        &self.warnings
    }

    /// What it says, the variables of the used parts replaced.
    ///
    /// # Errors
    /// Everything that is wrong with them, in the order of the text.
    pub fn resolve(&self, uses: &Uses, variables: &Variables<'_>) -> Result<Config, Vec<Fault>> {
        let mut reader = self.reader(Some(variables));
        let read = config(&mut reader, uses);
        let warnings = sorted(reader.warnings);
        match read {
            Some(read) if reader.faults.is_empty() => Ok(Config { warnings, ..read }),
            _ if reader.faults.is_empty() => {
                Err(vec![self.document.fault(0, "the file could not be understood")])
            }
            _ => Err(sorted(reader.faults)),
        }
    }

    /// Where it says that the state is, for a process that uses nothing else of it: only the
    /// variables of that key must be set. `None` as in [`Config::state`].
    ///
    /// # Errors
    /// Everything that is wrong with that key.
    pub fn state(&self, variables: &Variables<'_>) -> Result<Option<Location>, Vec<Fault>> {
        let mut reader = self.reader(Some(variables));
        let keys: FileKeys<'_> = reader.keys(&self.document.root, "the file");
        let state = match keys.state {
            Some(node) => state::state(&mut reader, node),
            None => state::usual(reader.home, reader.directory),
        };
        if reader.faults.is_empty() { Ok(state) } else { Err(sorted(reader.faults)) }
    }

    /// Where variables stand that are not set and have no default, outside of section `scan`.
    #[must_use]
    pub fn unset(&self, variables: &Variables<'_>) -> Vec<Fault> {
        let mut unset = Vec::new();
        let sections = self.document.root.entries().iter().filter(|entry| entry.key != "scan");
        let mut todo: Vec<&Node> = sections.map(|entry| &entry.value).collect();
        while let Some(node) = todo.pop() {
            match &node.value {
                Value::Text(text) => {
                    let is_unset = |name: &str| variables(name).is_none();
                    for piece in pieces(text).unwrap_or_default() {
                        if let Piece::Variable(name, None) = piece
                            && is_unset(name)
                        {
                            let message = format!("the variable `{name}` is not set here");
                            unset.push(self.document.fault(node.at, message));
                        }
                    }
                }
                Value::List(items) => todo.extend(items),
                Value::Map(entries) => todo.extend(entries.iter().map(|entry| &entry.value)),
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
        sorted(unset)
    }

    fn reader<'d>(&'d self, variables: Option<&'d Variables<'d>>) -> Reader<'d> {
        Reader {
            document: &self.document,
            variables,
            directory: &self.directory,
            home: self.home.as_deref(),
            faults: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// What a file says as a floor under another one: a call must be allowed by both.
#[derive(Clone, Debug)]
pub struct Floor {
    /// Which tools may be called.
    pub tools: ToolPolicy,
    /// What is worth a look, in the order of the text.
    pub warnings: Vec<Fault>,
}

/// Reads the user's own file as a floor under that of a repository. Only lists of tools count
/// there.
///
/// # Errors
/// It cannot be read, something is wrong with it, or it says what a floor cannot.
pub fn load_floor(
    path: &Path,
    home: Option<&Path>,
    variables: &Variables<'_>,
) -> Result<Floor, ConfigError> {
    let file = ConfigFile::load(path, home)?;
    let wrong = |faults| ConfigError::Wrong { path: path.to_owned(), faults };
    let mut faults = Vec::new();
    let mut refuse = |key: &str, at: usize| {
        let message = format!(
            "`{key}` is not supported in the user-level file yet; name that file with \
             `--config` to use it"
        );
        faults.push(file.document.fault(at, message));
    };
    for entry in file.document.root.entries() {
        match entry.key.as_str() {
            "version" | "scan" => {}
            "policies" => {
                for entry in entry.value.entries() {
                    if entry.key.replace('-', "_") == "audit_log" {
                        refuse("policies.audit_log", entry.key_at);
                    }
                }
            }
            key => refuse(key, entry.key_at),
        }
    }
    if !faults.is_empty() {
        return Err(wrong(sorted(faults)));
    }
    let config = file.resolve(&Uses::all(), variables).map_err(wrong)?;
    Ok(Floor { tools: config.tools.of("user-level file"), warnings: config.warnings })
}

fn bytes_of(path: &Path) -> Result<(Vec<u8>, PathBuf), ConfigError> {
    use std::io::Read as _;
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    // To open a named pipe would be to wait for whoever writes into it.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(unreadable(std::io::Error::other("it is no file")));
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    let most = yaml::LARGEST as u64 + 1;
    file.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = parent.unwrap_or(Path::new(".")).canonicalize().map_err(unreadable)?;
    Ok((bytes, directory))
}

fn sorted(mut faults: Vec<Fault>) -> Vec<Fault> {
    faults.sort();
    faults.dedup();
    faults
}

/// What the file says; `None` if something is missing, of which there is a fault or which a
/// variable holds that was not looked up.
fn config<'d>(reader: &mut Reader<'d>, uses: &Uses) -> Option<Config> {
    let root = &reader.document.root;
    let keys: FileKeys<'d> = reader.keys(root, "the file");
    if let Some(node) = keys.version
        && !matches!(&node.value, Value::Number(number) if number == "1")
    {
        reader.fault(node.at, "this mcp-guard reads version 1; write `version: 1`");
    }
    if let Some(node) = keys.scan
        && !matches!(node.value, Value::Map(_) | Value::Null)
    {
        reader.fault(node.at, format!("`scan` must be a map, and this is {}", node.kind()));
    }
    let entries = keys.servers.map(|node| servers::entries(reader, node)).unwrap_or_default();
    let mut known: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    let mut tools = ToolPolicy::builder();
    let mut servers = Vec::new();
    let mut run = entries.clone();
    if matches!(uses.servers, UsedServers::All) && reader.variables.is_some() {
        run.retain(|entry| !servers::is_policy_only(entry));
        for entry in entries.iter().filter(|entry| servers::is_policy_only(entry)) {
            let name = &entry.key;
            let message = format!(
                "server `{name}` has neither `command` nor `url` and is left out; `mcp-guard serve \
                 --server {name} -- COMMAND` runs it"
            );
            reader.warning(entry.key_at, message);
        }
    }
    for entry in &run {
        if uses.only().is_none_or(|name| name == entry.key) {
            servers.push(servers::server(reader, entry, &mut tools, uses.child()));
        }
    }
    if let Some(name) = uses.only()
        && servers.is_empty()
    {
        let at = keys.servers.map_or(0, |node| node.at);
        servers.push(beside(reader, uses, name, at, &known));
    }
    if !known.is_empty() {
        known.extend(uses.only());
    }
    let audit_log = keys
        .policies
        .map(|node| policies::policies(reader, node, &mut tools, &known))
        .unwrap_or_default();
    let routes = keys.routes.map(|node| route::routes(reader, node, &run, uses.only()));
    let over_http = uses.front == Front::Http;
    let auth = keys.auth.map(|node| auth::auth(reader, node, over_http));
    let listen = keys.listen.filter(|_| over_http).map(|node| front::listen(reader, node));
    let http = keys.http.filter(|_| over_http).map(|node| front::http(reader, node));
    let limits = keys.limits.map(|node| front::limits(reader, node));
    let refusals = keys.refusals.map(|node| reader.word(node));
    let state = match keys.state {
        Some(node) => Some(state::state(reader, node)?),
        None => state::usual(reader.home, reader.directory),
    };
    let tools = match tools.build() {
        Ok(tools) => tools,
        Err(error) => {
            reader.fault(0, format!("the patterns of this file are too large: {error}"));
            return None;
        }
    };
    Some(Config {
        listen: match listen {
            Some(listen) => Some(listen?),
            None => None,
        },
        auth: auth.unwrap_or_default(),
        servers: servers.into_iter().collect::<Option<_>>()?,
        routes: routes.unwrap_or_default(),
        tools,
        audit_log,
        refusals: refusals.unwrap_or(Some(super::Refusals::default()))?,
        state,
        http: http.unwrap_or_default(),
        limits: limits.unwrap_or_default(),
        warnings: Vec::new(),
    })
}

/// The server that a process uses and the file does not name.
fn beside<'d>(
    reader: &mut Reader<'d>,
    uses: &Uses,
    name: &str,
    at: usize,
    known: &[&str],
) -> Option<server::Server> {
    match &uses.servers {
        UsedServers::Wrapped { child, .. } if server::is_server_name(name) => {
            Some(servers::unnamed(name, child))
        }
        UsedServers::Wrapped { .. } => {
            let message = format!(
                "`{}` is no name of a server; it takes lower case letters, digits and `-`",
                shown(name)
            );
            reader.fault(at, message);
            None
        }
        UsedServers::All | UsedServers::Named(_) => {
            reader.fault(at, no_server(name, known));
            None
        }
    }
}
