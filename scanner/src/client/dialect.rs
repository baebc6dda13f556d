//! How a client writes configuration: where the files are, where in them the servers stand, what
//! the keys are called. Data of `rules/clients/`, one file a client.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use crate::compiled::{List, Text, ToRust, compiled, in_crate};

compiled! {
    /// One client.
    pub struct Dialect {
        /// Kebab-case identifier, as in `--client ID`.
        pub id: Text,
        /// The product's name.
        pub name: Text,
        /// What kind of program it is.
        pub kind: ClientKind,
        /// Where its files are.
        pub locations: List<Location>,
        /// How the `$schema` of its files begins, where that tells them from others of the name.
        #[serde(default)]
        pub schemas: List<Text>,
        /// Where in a file the servers stand.
        #[serde(default)]
        pub maps: List<ServerMap>,
        /// What the keys of an entry are called.
        #[serde(default)]
        pub fields: Fields,
        /// How a command is written.
        #[serde(default = "command_string")]
        pub command: CommandForm,
        /// How the transport is told.
        #[serde(default)]
        pub transport: TransportKeys,
        /// The switches that turn a server off.
        #[serde(default, deserialize_with = "one_or_many")]
        pub off: List<OffSwitch>,
        /// JSON Pointers of lists with the names of servers that are off.
        #[serde(default)]
        pub off_names: List<Text>,
        /// JSON Pointers of maps with variables that the client sets for all its processes.
        #[serde(default)]
        pub variables: List<Text>,
        /// The time limit of a call.
        #[serde(default)]
        pub timeout: Option<Timeout>,
        /// Keys that approve or widen trust.
        #[serde(default)]
        pub approvals: List<ApprovalKey>,
        /// What the client replaces in values.
        #[serde(default)]
        pub interpolation: List<Interpolation>,
        /// Whether it replaces anything, or what else, is not known.
        #[serde(default)]
        pub interpolation_unknown: bool,
        /// How an entry is written when it is put behind the gateway.
        #[serde(default)]
        pub write: Write,
        /// Which of several files wins.
        #[serde(default)]
        pub precedence: Option<Text>,
        /// Configuration that is no file.
        #[serde(default)]
        pub out_of_reach: List<Text>,
        /// What else is worth knowing.
        #[serde(default)]
        pub notes: List<Text>,
        /// Where the facts come from.
        pub sources: List<Text>,
    }

    /// What kind of program a client is.
    pub enum ClientKind {
        /// A desktop application.
        Desktop = "desktop",
        /// A command-line program.
        Cli = "cli",
        /// An editor.
        Ide = "ide",
        /// An extension of an editor.
        IdeExtension = "ide-extension",
        /// A packed server.
        Bundle = "bundle",
        /// A service that hosts clients.
        Server = "server",
        /// A gateway.
        Gateway = "gateway",
        /// A program that writes the files of other clients.
        Generator = "generator",
        /// A library that programs are built with.
        Library = "library",
        /// No program in particular.
        Generic = "generic",
    }

    /// Where a file of a client is.
    pub struct Location {
        /// Pattern of the path: `~`, `{config}`, `{project}`, `$VAR`, `%VAR%`, `{a,b}`, `*`, `**`;
        /// `{any}` for a file that has no place of its own because the user names it to the
        /// program.
        pub path: Text,
        /// Whose file it is.
        pub scope: Scope,
        /// Operating systems; empty for all.
        #[serde(default)]
        pub os: List<Os>,
        /// Format of the file.
        pub format: FileFormat,
        /// Which of the client's maps the file can hold; absent for all, empty for settings only.
        #[serde(default)]
        pub maps: Option<List<Text>>,
        /// How sure the fact is.
        #[serde(default = "sure")]
        pub confidence: Sureness,
        /// The file is first of all another client's.
        #[serde(default)]
        pub shared: bool,
        /// What must be so for the client to load it.
        #[serde(default)]
        pub gate: Option<Text>,
    }

    /// Whose configuration a file or entry is.
    pub enum Scope {
        /// Of one user, in the home directory.
        User = "user",
        /// Of a project, shared with whoever has it.
        Project = "project",
        /// Of one user in one project.
        Local = "local",
        /// Of an administrator.
        Managed = "managed",
        /// Of an installed extension.
        Extension = "extension",
        /// Of an agent definition.
        Agent = "agent",
        /// Of an installed plugin.
        Plugin = "plugin",
        /// Not known.
        Unknown = "unknown",
    }

    /// An operating system that paths differ by.
    pub enum Os {
        /// macOS.
        Macos = "macos",
        /// Linux and other systems of its kind.
        Linux = "linux",
        /// Windows.
        Windows = "windows",
    }

    /// Format of a client's file.
    pub enum FileFormat {
        /// JSON.
        Json = "json",
        /// JSON with comments and trailing commas.
        Jsonc = "jsonc",
        /// JSON5.
        Json5 = "json5",
        /// TOML.
        Toml = "toml",
        /// YAML.
        Yaml = "yaml",
        /// Markdown with YAML before it.
        FrontMatter = "front-matter",
    }

    /// How sure a fact about a client is.
    pub enum Sureness {
        /// One third party says so.
        Low = "low",
        /// Several say so, or it was seen.
        Medium = "medium",
        /// The vendor says so.
        High = "high",
    }

    /// A place in a file where servers stand.
    pub struct ServerMap {
        /// JSON Pointer pattern; `*` is any key.
        pub at: Text,
        /// How the servers are arranged there.
        pub shape: Shape,
        /// The scope of these servers, if it differs from the file's.
        #[serde(default)]
        pub scope: Option<Scope>,
        /// Where the name stands, for a single server. A `*` is the key that the `*` of the map
        /// stood for.
        #[serde(default)]
        pub name_at: Option<Text>,
        /// Where the inputs stand that the client asks its user for and that these servers can
        /// refer to.
        #[serde(default)]
        pub inputs: Option<Text>,
        /// The transport of the servers, where the place tells it.
        #[serde(default)]
        pub transport: Option<TransportWord>,
        /// What a text in the place of an entry of a list, or of the only entry, is.
        #[serde(default = "reference")]
        pub texts: TextItem,
        /// The key means servers in the client's own files only.
        #[serde(default)]
        pub own_files: bool,
        /// What makes such a place one of this client, where its key alone does not.
        #[serde(default)]
        pub given: List<Given>,
        /// The servers are on offer; which of them run is told elsewhere. They count as switched
        /// off.
        #[serde(default)]
        pub offered: bool,
    }

    /// What a text is where a list has entries.
    pub enum TextItem {
        /// The name of a server that is defined elsewhere.
        Reference = "reference",
        /// The URL of a server.
        Url = "url",
        /// A command line or a URL, perhaps with a name and `=` before it.
        Line = "line",
        /// A command line.
        Command = "command",
    }

    /// What must stand elsewhere for a place to count: all of several.
    #[derive(PartialEq)]
    pub struct Given {
        /// JSON Pointer pattern from where the place's own pattern starts. Each `*` is, in order,
        /// the key that a `*` of that pattern stood for.
        pub at: Text,
        /// Patterns (`*`) of which the value fits one; empty if it only has to be there.
        #[serde(default)]
        pub is: List<Text>,
    }

    /// How servers are arranged.
    pub enum Shape {
        /// An object from name to entry.
        Object = "object",
        /// A list of entries that carry their names.
        List = "list",
        /// One entry.
        Single = "single",
        /// The document itself is the object from name to entry.
        Flat = "flat",
        /// `packages` of the MCP registry's `server.json`.
        RegistryPackages = "registry-packages",
        /// `remotes` of the MCP registry's `server.json`.
        RegistryRemotes = "registry-remotes",
    }

    /// Names of an entry's keys, the one that is written first. A dot goes into a nested object.
    #[derive(Default)]
    #[serde(default)]
    pub struct Fields {
        /// The server's name, in lists.
        pub name: List<Text>,
        /// The program.
        pub command: List<Text>,
        /// A container image that the client runs; `command` and `args` go to it.
        pub image: List<Text>,
        /// Its arguments.
        pub args: List<Text>,
        /// Its arguments as one text, with spaces between them.
        pub arg_line: List<Text>,
        /// Its environment.
        pub env: List<Text>,
        /// A file with environment variables.
        pub env_file: List<Text>,
        /// Names of variables that are passed through.
        pub env_names: List<Text>,
        /// Its working directory.
        pub cwd: List<Text>,
        /// The URL of a remote server.
        pub url: List<Text>,
        /// Headers sent to it.
        pub headers: List<Text>,
        /// Headers whose values are variables' names.
        pub header_env: List<Text>,
        /// A variable that holds a bearer token.
        pub bearer_env: List<Text>,
        /// A program that prints headers.
        pub headers_command: List<Text>,
        /// Python program text that the client runs for a server in its own process.
        pub python: List<Text>,
        /// Packages that it gets for it.
        pub python_packages: List<Text>,
        /// OAuth settings or another credential of the client.
        pub oauth: List<Text>,
        /// Text for the user or the model.
        pub description: List<Text>,
    }

    /// How a command is written.
    pub enum CommandForm {
        /// The program; arguments stand apart.
        String = "string",
        /// Program and arguments in one list.
        Array = "array",
        /// Either.
        Either = "either",
    }

    /// How the transport is told.
    #[derive(Default)]
    #[serde(default)]
    pub struct TransportKeys {
        /// The keys that tell it, in order.
        pub keys: List<Text>,
        /// What their values mean.
        #[serde(deserialize_with = "pairs")]
        pub values: List<(Text, TransportWord)>,
        /// What the key that holds the URL means, where there are several and they say it.
        #[serde(deserialize_with = "pairs")]
        pub by_url_key: List<(Text, TransportWord)>,
        /// What a URL alone means.
        pub url_only: Option<UrlOnly>,
    }

    /// A transport as a dialect maps it.
    pub enum TransportWord {
        /// A child process.
        Stdio = "stdio",
        /// Streamable HTTP.
        Http = "http",
        /// HTTP with server-sent events (2024-11-05).
        Sse = "sse",
        /// WebSocket.
        Ws = "ws",
        /// Inside the client.
        InProcess = "in-process",
    }

    /// What a URL without a declared transport means.
    pub enum UrlOnly {
        /// Streamable HTTP.
        Http = "http",
        /// HTTP with server-sent events.
        Sse = "sse",
        /// Nothing: the client takes the entry for a local one.
        Stdio = "stdio",
        /// The client refuses it.
        Error = "error",
        /// The client has no remote servers of that form; the entry does nothing.
        Unread = "unread",
    }

    /// A key that turns a server off.
    pub struct OffSwitch {
        /// The key of the entry. A dot goes into a nested object.
        pub key: Text,
        /// The value that turns it off.
        pub when: Scalar,
    }

    /// A time limit.
    pub struct Timeout {
        /// The key of the entry.
        pub key: Text,
        /// Its unit.
        pub unit: TimeUnit,
    }

    /// A unit of time.
    pub enum TimeUnit {
        /// Milliseconds.
        Milliseconds = "ms",
        /// Seconds.
        Seconds = "s",
    }

    /// A key that approves or widens trust.
    pub struct ApprovalKey {
        /// JSON Pointer pattern from the entry or the document.
        pub at: Text,
        /// What the pattern starts from.
        #[serde(rename = "in")]
        pub place: ApprovalPlace,
        /// What is approved.
        pub effect: ApprovalEffect,
        /// When the key is in force.
        pub when: ApprovalWhen,
        /// In whose configuration the client heeds the key; empty for all.
        #[serde(default)]
        pub scopes: List<Scope>,
        /// What must stand beside the key, where it means nothing alone.
        #[serde(default)]
        pub given: List<Given>,
        /// What it does, in a sentence.
        pub note: Text,
    }

    /// What the pattern of an approval key starts from.
    pub enum ApprovalPlace {
        /// The server's entry.
        Entry = "entry",
        /// The document.
        Document = "document",
    }

    /// What an approval key approves.
    pub enum ApprovalEffect {
        /// Listed tools of a server run without asking.
        Tools = "tools",
        /// All tools of a server run without asking.
        Server = "server",
        /// Everything of the client runs without asking.
        Client = "client",
        /// Servers that a project brings start without asking.
        ProjectServers = "project-servers",
        /// A folder is trusted.
        Folder = "folder",
        /// Entries of the client's permission list.
        Permission = "permission",
        /// The configuration itself runs a program.
        Execution = "execution",
    }

    /// When an approval key is in force; any of these.
    #[derive(Default)]
    #[serde(default)]
    pub struct ApprovalWhen {
        /// It has one of these values.
        pub is: List<Scalar>,
        /// It is a list that is not empty.
        pub list: bool,
        /// It is an object that is not empty.
        pub object: bool,
        /// It is there.
        pub present: bool,
        /// Items of the list that mean everything.
        pub wildcard: List<Text>,
        /// Only items of the list like this count (`*` and `?`).
        pub items: Option<Text>,
        /// Only items that begin so count: then follows a server's name, and perhaps a slash and
        /// one of its tools.
        pub server: Option<Text>,
        /// Names in the place of a server's or of its tool's that are none.
        pub no_server: List<Text>,
    }

    /// What a client replaces in values.
    pub struct Interpolation {
        /// The syntax.
        pub syntax: Text,
        /// In which fields.
        #[serde(default)]
        pub fields: List<Text>,
        /// In files of which formats; empty for all.
        #[serde(default)]
        pub formats: List<FileFormat>,
        /// It names a value of the client's own store of secrets.
        #[serde(default)]
        pub store: bool,
        /// What becomes of an unset variable.
        #[serde(default)]
        pub unset: Option<Text>,
    }

    /// How an entry is written when it is put behind the gateway.
    #[derive(Default)]
    #[serde(default)]
    pub struct Write {
        /// What of an entry may be changed.
        pub wraps: Wraps,
        /// Keys that go when a remote entry becomes a local one.
        pub remove_with_command: List<Text>,
        /// Keys that are set then.
        #[serde(deserialize_with = "pairs")]
        pub set_with_command: List<(Text, Text)>,
        /// Keys that are set when the URL is changed.
        #[serde(deserialize_with = "pairs")]
        pub set_with_url: List<(Text, Text)>,
        /// The client refuses comments and trailing commas.
        pub strict: bool,
        /// The client refuses unknown keys.
        pub closed: bool,
        /// The command must be an absolute path.
        pub absolute_command: bool,
        /// What else to mind.
        pub notes: List<Text>,
    }

    /// What of an entry may be changed to put it behind the gateway.
    #[derive(Default)]
    pub enum Wraps {
        /// Its command, or its URL.
        #[default]
        Entry = "entry",
        /// Its URL only: the client starts no program.
        Url = "url",
        /// Nothing: the file is a description or a catalogue, and what runs stands elsewhere.
        Nothing = "nothing",
    }
}

/// A value that a key is compared with, of the same type.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// A truth value.
    Flag(bool),
    /// A text.
    Word(Text),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Word(word) => word.fmt(f),
        }
    }
}

impl ToRust for Scalar {
    fn to_rust(&self) -> String {
        let name = format!("{}::Scalar", in_crate(module_path!()));
        match self {
            Self::Flag(flag) => format!("{name}::Flag({flag})"),
            Self::Word(word) => format!("{name}::Word({})", word.to_rust()),
        }
    }
}

const fn command_string() -> CommandForm {
    CommandForm::String
}

const fn reference() -> TextItem {
    TextItem::Reference
}

const fn sure() -> Sureness {
    Sureness::High
}

impl ServerMap {
    /// A place that no dialect knows, with servers arranged so.
    #[must_use]
    pub const fn unknown(shape: Shape) -> Self {
        Self {
            at: Cow::Borrowed(""),
            shape,
            scope: None,
            name_at: None,
            inputs: None,
            transport: None,
            texts: TextItem::Reference,
            own_files: false,
            given: Cow::Borrowed(&[]),
            offered: false,
        }
    }
}

impl Dialect {
    /// Whether its files describe packages for publishing, and start nothing.
    #[must_use]
    pub fn describes_packages(&self) -> bool {
        let of_registry =
            |map: &ServerMap| matches!(map.shape, Shape::RegistryPackages | Shape::RegistryRemotes);
        self.maps.iter().any(of_registry)
    }

    /// Reads a dialect.
    ///
    /// # Errors
    /// A message with line and column: malformed YAML, a missing or unknown key, a wrong value.
    pub fn read(yaml: &str) -> Result<Self, String> {
        let dialect: Self = serde_yaml::from_str(yaml).map_err(|error| error.to_string())?;
        for location in dialect.locations.iter() {
            for at in location.maps.iter().flat_map(|maps| maps.iter()) {
                if !dialect.maps.iter().any(|map| map.at == *at) {
                    return Err(format!("`{}` names the unknown map `{at}`", location.path));
                }
            }
        }
        Ok(dialect)
    }
}

impl<A: ToRust, B: ToRust> ToRust for (A, B) {
    fn to_rust(&self) -> String {
        format!("({}, {})", self.0.to_rust(), self.1.to_rust())
    }
}

/// A mapping as a list of pairs, in the order of the file.
fn pairs<'de, D, T>(deserializer: D) -> Result<List<(Text, T)>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Clone + 'static,
{
    struct Pairs<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
        type Value = Vec<(Text, T)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a mapping")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some((key, value)) = map.next_entry::<String, T>()? {
                pairs.push((Text::Owned(key), value));
            }
            Ok(pairs)
        }
    }

    deserializer.deserialize_map(Pairs(PhantomData)).map(List::Owned)
}

/// One value or a list of them.
fn one_or_many<'de, D, T>(deserializer: D) -> Result<List<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Clone + 'static,
{
    struct OneOrMany<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMany<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a mapping or a list of mappings")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            T::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(|one| vec![one])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
            Vec::deserialize(serde::de::value::SeqAccessDeserializer::new(list))
        }
    }

    deserializer.deserialize_any(OneOrMany(PhantomData)).map(List::Owned)
}
