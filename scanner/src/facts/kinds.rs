//! The kinds of facts, and the fields by which rules speak of them.
//!
//! This file knows nothing but the condition language: the build script reads it too, to check the
//! rules that it compiles in.

use std::borrow::Cow;

use mcp_guard_detect::condition::{Field, FieldType, Record, Schema, Value};

/// Text that is either one of a few known words or taken from the file.
pub type Text = Option<Cow<'static, str>>;

/// Declares the fact kinds: for each a struct, its field table and its [`Record`] view.
///
/// A field is `name: type = "doc"`, its type being one of the condition language's; `[type]` is a
/// list; `text in [..]` and `text of LIST` can hold only those words; `text as hidden` may hold a secret and cannot be
/// printed.
macro_rules! fact_kinds {
    ($( $(#[doc = $doc:literal])+ $kind:ident $name:literal {
        $( $field:ident : $type:tt $(in [$($word:literal),+ $(,)?])? $(of $list:ident)? $(as $hidden:ident)? = $about:literal, )*
    } )+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Debug, Default, PartialEq)]
            pub struct $kind {
                $( #[doc = $about] pub $field: fact_kinds!(@store $type), )*
            }

            impl $kind {
                const FIELDS: &'static [Field] = &[
                    $( Field {
                        name: stringify!($field),
                        kind: fact_kinds!(@kind $type),
                        list: fact_kinds!(@list $type),
                        values: fact_kinds!(@values $([$($word),+])? $($list)?),
                        sensitive: fact_kinds!(@hidden $($hidden)?),
                        doc: $about,
                    }, )*
                ];

                fn field(&self, index: usize) -> Value<'_> {
                    let mut fields = index;
                    $(
                        if fields == 0 {
                            return fact_kinds!(@value $type, self.$field);
                        }
                        fields -= 1;
                    )*
                    let _ = fields;
                    Value::Absent
                }
            }
        )+

        /// Which kind a fact is of; rules name it with `fact:`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FactKind {
            $( $(#[doc = $doc])+ $kind, )+
        }

        impl FactKind {
            /// Every kind, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The name used in rules.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name),+ }
            }

            /// The fields that rules on this kind can use.
            #[must_use]
            pub const fn schema(self) -> Schema {
                match self {
                    $(Self::$kind => Schema { name: $name, fields: [$kind::FIELDS, CONTEXT] }),+
                }
            }

            /// What the kind is, in one line of documentation.
            #[must_use]
            pub fn doc(self) -> &'static str {
                match self { $(Self::$kind => concat!($($doc),+).trim()),+ }
            }
        }

        /// A fact of any kind.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Detail {
            $( $(#[doc = $doc])+ $kind($kind), )+
        }

        impl Detail {
            /// Which kind it is.
            #[must_use]
            pub const fn kind(&self) -> FactKind {
                match self { $(Self::$kind(_) => FactKind::$kind),+ }
            }

            /// The value of one of its own fields, by index.
            #[must_use]
            pub fn field(&self, index: usize) -> Value<'_> {
                match self { $(Self::$kind(fact) => fact.field(index)),+ }
            }
        }

        $(
            impl From<$kind> for Detail {
                fn from(fact: $kind) -> Self {
                    Self::$kind(fact)
                }
            }
        )+
    };
    (@store number) => { Option<f64> };
    (@store flag) => { bool };
    (@store [$type:ident]) => { Vec<String> };
    (@store $type:ident) => { Text };
    (@kind [$type:ident]) => { fact_kinds!(@kind $type) };
    (@kind text) => { FieldType::Text };
    (@kind name) => { FieldType::Name };
    (@kind path) => { FieldType::Path };
    (@kind host) => { FieldType::Host };
    (@kind version) => { FieldType::Version };
    (@kind number) => { FieldType::Number };
    (@kind flag) => { FieldType::Flag };
    (@list [$type:ident]) => { true };
    (@list $type:ident) => { false };
    (@values [$($word:literal),+]) => { &[$($word),+] };
    (@values $list:ident) => { $list };
    (@values) => { &[] };
    (@hidden hidden) => { true };
    (@hidden) => { false };
    (@value number, $field:expr) => { $field.map_or(Value::Absent, Value::Number) };
    (@value flag, $field:expr) => { Value::Flag($field) };
    (@value [$type:ident], $field:expr) => { Value::List(&$field) };
    (@value $type:ident, $field:expr) => { $field.as_deref().map_or(Value::Absent, Value::Text) };
}

/// The words for what a host is, see [`mcp_guard_detect::host::HostClass`].
const HOST_CLASSES: &[&str] = &[
    "loopback",
    "private",
    "metadata",
    "wildcard",
    "public",
    "single-label",
    "placeholder",
    "example",
    "invalid",
];

/// The words for what a value is, see [`mcp_guard_detect::secret::ValueClass`].
const VALUE_CLASSES: &[&str] = &["empty", "reference", "placeholder", "literal"];

fact_kinds! {
    /// A URL or network address: a remote server's, a bridge's, or one in an argument or variable.
    Url "url" {
        role: text in ["server", "bridge", "argument", "environment", "header"] = "Where it stands: the server's own URL, the target of a bridge such as mcp-remote, or a value",
        name: name = "The variable or flag that holds it, for a value",
        scheme: name = "Scheme, such as https",
        host: host = "Host name or address, without port",
        host_class: text of HOST_CLASSES = "What the host is",
        port: number = "Port, if written",
        path: text = "Path, with secrets blotted out",
        query: [text] as hidden = "Query parameters as name=value",
        query_names: [name] = "Names of the query parameters",
        auth: text in ["none", "literal", "reference", "oauth"] = "Whether a credential goes with requests (header, query, user information, OAuth block), and whether it stands in the file",
        vendor: text in ["oauth", "public"] = "The host is known to do OAuth by discovery, or to be public documentation",
        sse_only: flag = "The host is known to publish an HTTP+SSE endpoint only",
        vendor_name: text = "Whose host it is, when known",
        tunnel: text in ["throw-away", "lasting"] = "The host is a tunnel to somebody's machine: one that anybody gets within a minute, or one tied to an account",
        tunnel_name: text = "Which tunnel it is",
        declared: text in ["http", "sse", "ws", "stdio"] = "The transport that the entry declares, if it does",
        shown: text = "The URL with secrets blotted out",
    }

    /// An address that a server is told to listen on.
    Bind "bind" {
        address: text = "The address as written; empty when all interfaces are implied",
        address_class: text of HOST_CLASSES = "What the address is",
        via: text in ["argument", "environment", "publish"] = "Told by an argument, a variable or a published container port",
        name: text = "The flag or variable",
        published: flag = "The server runs outside a container, or in one whose ports are published",
    }

    /// An HTTP header sent to a remote server.
    Header "header" {
        name: name = "Name of the header",
        value: text as hidden = "Value of the header",
        value_class: text of VALUE_CLASSES = "What the value is",
    }

    /// An option of the server: a command-line flag or an environment variable.
    Setting "setting" {
        source: text in ["argument", "environment"] = "A flag, or an environment variable",
        name: name = "Name of the variable, or of the flag without its dashes; empty for a positional argument",
        flag: text = "The flag as written, dashes included",
        value: text as hidden = "The value; absent for a flag without one",
        plain_value: text = "The value when it cannot be a secret",
        value_class: text of VALUE_CLASSES = "What the value is",
        secret_name: flag = "The name says that the value is a secret",
        container_option: flag = "An option of the container runtime and not of the server",
    }

    /// The package that a runner such as npx or uvx starts.
    Package "package" {
        ecosystem: text in ["npm", "pypi", "golang", "deno", "jsr", "cargo", "nuget", "nix", "mcpb", "oci"] = "Where the package comes from",
        name: text = "Name of the package, scope included",
        spec: text = "The specification as written, with secrets blotted out",
        version: version = "The version part as written",
        pin: text in ["exact", "range", "tag", "none", "reference"] = "How firmly the version is fixed; `reference` when a variable decides",
        source: text in ["registry", "git", "archive", "local"] = "A registry, a repository, a downloaded archive, or a local path",
        git_reference: text in ["commit", "tag", "branch", "none"] = "What a repository source is fixed to",
        runner: text = "What runs it, such as npx",
        no_install: flag = "The runner is told to install nothing",
        extra: flag = "It is an additional package and not the one that is run",
    }

    /// A container image that is run.
    Image "image" {
        name: text = "Name of the image, registry included",
        tag: text = "Tag as written",
        pin: text in ["digest", "tag", "latest", "none", "reference"] = "How firmly the image is fixed; `latest` is that tag, `tag` any other",
    }

    /// An option given to a container runtime.
    ContainerOption "container_option" {
        runtime: text = "docker, podman or nerdctl",
        name: text = "Long name of the option without dashes",
        value: text = "Its value, with secrets blotted out",
        host_mounts: flag = "The container mounts directories of the host",
    }

    /// A host path mounted into a container.
    Mount "mount" {
        source: path = "Path on the host",
        source_class: text in ["drive", "home", "parent", "workspace", "socket", "volume", "other"] = "What the path is",
        target: path = "Path in the container",
        read_only: flag = "Mounted read-only",
    }

    /// A shell that runs a script instead of a program.
    Shell "shell" {
        shell: text = "The shell, such as bash",
        features: [text] = "What the script uses: pipe, sequence, expansion, substitution, redirection, background",
        commands: number = "How many commands it has",
        downloads: flag = "It downloads something",
        runs_download: flag = "What it downloads goes into an interpreter",
        found_main: flag = "One command of it was recognised as the server",
    }

    /// Program text given on the command line.
    InlineCode "inline_code" {
        interpreter: text = "The interpreter, such as node",
        flag: text = "The flag that takes the program text",
        encoded: flag = "The text is encoded",
        fetches: flag = "The text downloads what it runs",
    }

    /// A program that stands before the server and starts it.
    Wrapper "wrapper" {
        kind: text in ["shell", "environment", "elevation", "scheduling", "secrets", "package-runner", "container", "remote", "bridge", "gateway", "guard", "version-manager"] = "What it is for",
        name: text = "Its name",
        user: text = "The user that it changes to, if that is not root",
    }

    /// A directory that a server may read or write.
    Root "root" {
        path: path = "The path as written",
        class: text in ["drive", "home", "parent", "workspace", "other"] = "What it is",
        filesystem_server: flag = "The server is known to serve files",
    }

    /// A secret written out in the file.
    Secret "secret" {
        format: text = "Which format it has",
        title: text = "The format in words",
        location: text in ["environment", "argument", "header", "url", "oauth", "input", "other"] = "Where it stands",
        name: text = "The variable, flag, header or parameter that holds it",
        certainty: text in ["high", "medium", "low"] = "How sure the format is",
        host_class: text of HOST_CLASSES = "What the host is that it is sent to",
        shown: text = "What may be printed of it",
    }

    /// A password in a connection string.
    Dsn "dsn" {
        scheme: name = "Scheme, such as postgres",
        user: text = "User name",
        host: host = "Host",
        host_class: text of HOST_CLASSES = "What the host is",
        default_password: flag = "The password is one of the usual defaults",
        location: text in ["environment", "argument", "header", "url", "oauth", "input", "other"] = "Where it stands",
        name: text = "The variable or flag that holds it",
    }

    /// A key by which a client approves calls, servers or folders without asking.
    Approval "approval" {
        effect: text in ["tools", "server", "client", "project-servers", "folder", "permission", "execution"] = "What is approved",
        key: text = "The key",
        value: text = "Its value, when it is a word",
        items: [text] = "The listed tools or servers",
        count: number = "How many are listed",
        wildcard: flag = "The list holds an item that means everything",
        writes: flag = "A listed tool changes, sends or runs something, by its name",
        project_file: flag = "It stands in a file of the project and so reaches whoever clones it",
        explanation: text = "What the key does",
    }

    /// Text that the client shows to the model or the user.
    Prose "prose" {
        key: text = "The key that holds it",
        text: text as hidden = "The text",
    }

    /// The servers of a file that no gateway stands in front of.
    Unguarded "unguarded" {
        names: [text] = "Their names",
        count: number = "How many",
        listed: text = "Their names, the first few of them, in a sentence",
        gateway_beside: flag = "A gateway configuration lies beside the file",
    }

    /// Something that could not be read or understood.
    Gap "gap" {
        kind: text in ["unreadable", "not-a-file", "symlink", "changed", "too-large", "encoding", "syntax", "too-deep", "alias-limit", "too-long", "duplicate-key", "unknown-shape", "bad-entry"] = "What is wrong",
        message: text = "The problem in words",
    }
}

/// Fields that every kind has: the server and the file that the fact belongs to.
const CONTEXT: &[Field] = &[
    context("server", FieldType::Text, &[], "Name of the server; absent for facts of the file"),
    context(
        "transport",
        FieldType::Text,
        &["stdio", "http", "sse", "ws", "unknown"],
        "Transport of the server",
    ),
    context("disabled", FieldType::Flag, &[], "The server is switched off"),
    context("guarded", FieldType::Flag, &[], "The server runs behind mcp-guard"),
    context("program", FieldType::Text, &[], "What is really started, launchers peeled"),
    context("server_package", FieldType::Text, &[], "The package that is started"),
    Field {
        list: true,
        ..context("wrapped_by", FieldType::Text, &[], "Names of the launchers around it")
    },
    context("containerised", FieldType::Flag, &[], "The server runs in a container"),
    context(
        "serves_http",
        FieldType::Flag,
        &[],
        "A local server is told to be reached over HTTP by others too",
    ),
    context("client", FieldType::Text, &[], "The client whose file it is"),
    context(
        "scope",
        FieldType::Text,
        &["user", "project", "local", "managed", "extension", "agent", "plugin", "unknown"],
        "Scope of the file",
    ),
    context("file_name", FieldType::Text, &[], "Name of the file, without directories"),
];

const fn context(
    name: &'static str,
    kind: FieldType,
    values: &'static [&'static str],
    doc: &'static str,
) -> Field {
    Field { name, kind, list: false, values, sensitive: false, doc }
}

/// What the shared fields answer with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// Name of the server; `None` for facts of the file.
    pub server: Option<String>,
    /// Transport of the server.
    pub transport: &'static str,
    /// The server is switched off.
    pub disabled: bool,
    /// The server runs behind mcp-guard.
    pub guarded: bool,
    /// What is really started, launchers peeled.
    pub program: Option<String>,
    /// The package that is started.
    pub package: Option<String>,
    /// Names of the launchers around it.
    pub wrapped_by: Vec<String>,
    /// The server runs in a container.
    pub containerised: bool,
    /// A local server is told to be reached over HTTP by others too.
    pub serves_http: bool,
    /// Identifier of the client.
    pub client: &'static str,
    /// Scope of the file.
    pub scope: &'static str,
    /// Name of the file.
    pub file_name: String,
}

impl Context {
    fn field(&self, index: usize) -> Value<'_> {
        match index {
            0 => text_of(self.server.as_deref()),
            1 => Value::Text(self.transport),
            2 => Value::Flag(self.disabled),
            3 => Value::Flag(self.guarded),
            4 => text_of(self.program.as_deref()),
            5 => text_of(self.package.as_deref()),
            6 => Value::List(&self.wrapped_by),
            7 => Value::Flag(self.containerised),
            8 => Value::Flag(self.serves_http),
            9 => Value::Text(self.client),
            10 => Value::Text(self.scope),
            11 => Value::Text(&self.file_name),
            _ => Value::Absent,
        }
    }
}

fn text_of(text: Option<&str>) -> Value<'_> {
    text.map_or(Value::Absent, Value::Text)
}

/// A fact together with its context, as conditions and messages see it.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The fact.
    pub detail: &'a Detail,
    /// Its server and file.
    pub context: &'a Context,
}

impl Record for View<'_> {
    fn value(&self, field: usize) -> Value<'_> {
        let [own, _] = self.detail.kind().schema().fields;
        match field.checked_sub(own.len()) {
            Some(shared) => self.context.field(shared),
            None => self.detail.field(field),
        }
    }
}
