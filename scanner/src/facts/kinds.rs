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
                    $(Self::$kind => Schema { name: $name, fields: [$kind::FIELDS, Self::$kind.shared()] }),+
                }
            }

            const fn shared(self) -> &'static [Field] {
                if matches!(self, Self::Relation) { KEPT } else { CONTEXT }
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

/// The words for what a sensitive place holds, see [`crate::sensitive::place::PlaceClass`].
pub(crate) const PLACE_CLASSES: &[&str] = &[
    "agent",
    "aws",
    "azure",
    "browser-profile",
    "configuration",
    "docker",
    "gcloud",
    "gnupg",
    "keychain",
    "kube",
    "messages",
    "password-store",
    "ssh",
    "system",
    "tokens",
    "wallet",
];

/// The words for where a text stands, see [`super::text`].
const TEXT_PLACES: &[&str] = &[
    "server-name",
    "key",
    "name",
    "command",
    "argument",
    "environment",
    "header",
    "url",
    "description",
    "comment",
    "other",
];

/// The words for how a text hides something, see [`mcp_guard_detect::text::HiddenKind`] and
/// [`mcp_guard_detect::text::LookAlikeKind`].
pub(crate) const HIDDEN_KINDS: &[&str] = &[
    "tag",
    "variation-selector",
    "bidi-control",
    "terminal-escape",
    "zero-width",
    "filler",
    "control",
    "c1-control",
    "mixed-script",
    "whole-script",
    "styled-letters",
];

/// The words for what a sentence wants of a model, see [`mcp_guard_detect::text::SignalClass`].
pub(crate) const SIGNAL_CLASSES: &[&str] =
    &["override", "concealment", "secret-path", "egress", "steering", "role-marker", "encoded"];

fact_kinds! {
    /// A URL or network address: a remote server's, a bridge's, or one in an argument or variable.
    Url "url" {
        role: text in ["server", "bridge", "authorization", "argument", "environment", "header"] = "Where it stands: the server's own URL, the target of a bridge such as mcp-remote, an address of the OAuth settings, or a value",
        name: name = "The variable or flag that holds it, for a value",
        scheme: name = "Scheme, such as https",
        host: host = "Host name or address, without port",
        host_class: text of HOST_CLASSES = "What the host is",
        port: number = "Port, if written",
        path: text = "Path, with secrets blotted out",
        query: [text] as hidden = "Query parameters as name=value",
        query_names: [name] = "Names of the query parameters",
        headers: [name] as hidden = "Names of the headers that go with requests, for a server or bridge",
        auth: text in ["none", "literal", "reference", "oauth"] = "Whether a credential goes with requests (header, query, user information, OAuth block), and whether it stands in the file",
        vendor: text in ["oauth", "public"] = "The host is known to do OAuth by discovery, or to be public documentation",
        sse_only: flag = "The host is known to publish an HTTP+SSE endpoint only",
        vendor_name: text = "Whose host it is, when known",
        tunnel: text in ["throw-away", "lasting"] = "The host is a tunnel to somebody's machine: one that anybody gets within a minute, or one tied to an account",
        tunnel_name: text = "Which tunnel it is",
        answer: text in ["demands-authorization", "lists-tools", "opens-session", "refuses", "other"] = "How the server answers somebody without credentials; known only with `--online`",
        tools: number = "How many tools it then lists",
        declared: text in ["http", "sse", "ws", "stdio"] = "The transport that the entry declares, if it does",
        shown: text = "The URL with secrets blotted out",
        reach: text in ["network", "socket", "file", "share", "script", "other"] = "What the scheme leads to: a network service, a socket of this machine, a file, a file of another machine, program text or a document in place of an address, or whatever program is registered for it",
        form: text in ["name", "address", "disguised-address", "international", "mixed-script"] = "How the host is written",
        resembles: text = "The known host that a public one looks like and is not",
        resemblance: text in ["letters", "spelling", "beginning"] = "In what it resembles that",
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
        sensitive: text of PLACE_CLASSES = "What the place holds that the value leads to, if that is known to be sensitive",
        holds: text = "The same in words",
        provider: text = "Whose credential the variable holds, as its name says",
        broad: flag = "That credential opens far more than one service of the provider",
        unused: flag = "The known server has no use for that credential",
        launcher_option: flag = "An option of a launcher, such as npx, and not of the server",
        refers_to: [name] = "Names of the variables and inputs that the value refers to",
        secret_reference: flag = "The value refers to something that is a secret, by its name or by the option's",
        expanded: flag = "The client, or a shell on the way, puts the value in place of the reference",
        holds_program: flag = "The value is the directory, or one above it, from which the entry names its command or script by an absolute path",
    }

    /// A place that packages are fetched from instead of the usual one, or beside it.
    Registry "registry" {
        ecosystem: text in ["npm", "pypi", "golang", "nuget", "jsr"] = "Whose packages it serves",
        source: text in ["argument", "environment"] = "Told by an argument or by a variable",
        name: name = "The flag without dashes, or the variable",
        effect: text in ["replaces", "adds", "trusts"] = "It is used instead of the usual one, beside it, or without a check who it is",
        scheme: name = "Scheme, such as https; absent for a host alone",
        host: host = "Host name or address, without port",
        host_class: text of HOST_CLASSES = "What the host is",
        operator: text in ["known", "hosted"] = "It belongs to the ecosystem or is a public mirror, or a service gives one to every customer",
        operator_name: text = "Who that is",
    }

    /// A debugger or another door for developers that is left open.
    Debugger "debugger" {
        kind: text in ["node", "python", "browser", "java", "go", "ruby", "inspector"] = "What can be taken over through it; `inspector` is a web page that starts servers",
        option: text = "The option, variable or program that opens it",
        via: text in ["argument", "environment", "program"] = "Where that stands",
        address: text = "The address as written, `*` where all interfaces are implied; absent for the usual one",
        address_class: text of HOST_CLASSES = "What the address is; loopback where none is written",
        published: flag = "It is opened outside a container, or in one whose ports are published",
    }

    /// A directory in which programs are looked for by their names.
    SearchPath "search_path" {
        variable: name = "The variable that lists it",
        directory: path = "The directory as written",
        class: text in ["relative", "empty", "workspace", "home", "absolute", "reference"] = "What it is; an empty entry means the working directory",
        place: text in ["temporary", "downloads", "public"] = "The kind of place, for one where others, or downloads, put files",
    }

    /// A file that an entry executes and names by a path.
    Executed "executed" {
        role: text in ["command", "script", "preload", "package"] = "The command itself, the script of an interpreter, what Node.js loads before it, or a package that is a directory",
        path: path = "The path as written",
        form: text in ["relative", "absolute", "other"] = "What it starts from; `other` is the home directory or something that is filled in later",
        place: text in ["temporary", "downloads", "public"] = "The kind of place, for one where others, or downloads, put files",
        present: text in ["nothing", "file", "directory", "other"] = "What is there on this machine; absent when that is not known",
        writers: text in ["group", "others"] = "Who besides its owner may change it or put another one there",
        tracked: flag = "A relative command is a file that git tracks",
        own: flag = "The file that names it was found where this user's client reads it",
    }

    /// A file that variables are read from.
    EnvFile "env_file" {
        path: path = "The path as written",
        reader: text = "The launcher that reads it; absent for the client or the server",
        tracked: flag = "Git tracks it",
        outside: flag = "It lies outside of the project, and of the repository, whose file names it",
        unused: flag = "The catalogue knows the server and that it reads no variable, so that it has no use for a file of them",
    }

    /// The configuration file of one user.
    ConfigFile "config_file" {
        holds_secret: flag = "A secret is written out in it",
        holds_approval: flag = "It approves something",
        tracked: flag = "Git tracks it",
        in_work_tree: flag = "It lies in the work tree of a repository",
        readable: flag = "It holds a secret that every user of the machine can read; not told of one in a work tree",
        writers: text in ["group", "others"] = "Who besides its owner may change it; not told of one in a work tree",
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
        recorded: flag = "The lock file holds the version of it that was reviewed",
        missing: flag = "The registry has no package of that name; known only with `--online`",
        missing_version: flag = "The registry has the package, but not in that version; known only with `--online`",
        newest: version = "The version that the registry gives to who names none; known only with `--online`",
        behind: flag = "The exact version is not that one",
        given_up: text = "Its publisher's words about why it should not be used any more; known only with `--online`",
        official: text in ["vendor", "reference", "community"] = "Of a known server: whether it is of whom it gives access to, an example of the protocol's authors, or of somebody else",
        status: text in ["maintained", "archived", "deprecated", "renamed"] = "Of a known server: whether it is looked after",
        successor: text = "Of a known server that is given up: what takes its place",
        lookalike: text in ["letters", "separator", "scope", "homoglyph", "unscoped", "ecosystem"] = "How the name resembles that of a known server, if it is not known itself: letters wrong, words separated otherwise, another scope, characters that look alike, the scope left out, or the same name in a registry where it is not published",
        lookalike_of: text = "The known name that it resembles",
        published_on: text in ["npm", "PyPI"] = "Where the known name is published",
    }

    /// A container image that is run.
    Image "image" {
        name: text = "Name of the image, registry included",
        tag: text = "Tag as written",
        pin: text in ["digest", "tag", "latest", "none", "reference"] = "How firmly the image is fixed; `latest` is that tag, `tag` any other",
        official: text in ["vendor", "reference", "community"] = "Of a known server: whether it is of whom it gives access to, an example of the protocol's authors, or of somebody else",
        status: text in ["maintained", "archived", "deprecated", "renamed"] = "Of a known server: whether it is looked after",
        successor: text = "Of a known server that is given up: what takes its place",
    }

    /// What is known against a package or image that is run: all advisories of a kind together.
    Advisory "advisory" {
        kind: text in ["vulnerable", "malicious"] = "What is wrong with the release",
        firm: flag = "It rests on a record of the fault or on the vendor, and the affected versions are sure; only then may it fail a build",
        severity: text in ["critical", "high", "medium", "low", "info"] = "Severity of the worst one",
        ecosystem: text in ["npm", "pypi", "golang", "oci", "git"] = "Where the package comes from",
        name: text = "Name of the package or image",
        version: version = "The version as written; absent if none is",
        release: text = "Name and version in words",
        which: text = "A clause that goes on with the identifiers: that this release has the fault, or that every one does",
        id: text = "Identifier of the worst one",
        named: text = "That identifier, and how many more faults there are",
        count: number = "How many faults there are",
        ids: [text] = "All identifiers, aliases included",
        unconfirmed: [text] = "Identifiers of those that are not firm, beside firm ones",
        summary: text = "What the worst one makes possible, as a clause",
        fixed: version = "The lowest version that is known to have none of the faults",
        remedy: text = "That version in words, or that none is known",
        secrets: [name] = "Variables, headers and flags of the entry that hold a secret",
        rotate: text = "Those names in a clause that follows `remove it`; empty if there are none",
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
        sensitive: text of PLACE_CLASSES = "What the source holds, if it is known to be sensitive",
        holds: text = "The same in words",
    }

    /// A shell that runs a script instead of a program.
    Shell "shell" {
        shell: text = "The shell, such as bash",
        features: [text] = "What the script uses: pipe, sequence, expansion, substitution, redirection, background",
        commands: number = "How many commands it has",
        downloads: flag = "It downloads something",
        runs_download: flag = "What it downloads goes into an interpreter",
        found_main: flag = "One command of it was recognised as the server",
        digest: text = "Tells one command line from another: a hash of it without its secrets",
    }

    /// Program text given on the command line.
    InlineCode "inline_code" {
        interpreter: text = "The interpreter, such as node",
        flag: text = "The flag that takes the program text",
        encoded: flag = "The text is encoded",
        fetches: flag = "The text downloads what it runs",
        digest: text = "Tells one command line from another: a hash of it without its secrets",
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
        sensitive: text of PLACE_CLASSES = "What the directory holds, if it is known to be sensitive",
        holds: text = "The same in words",
    }

    /// A secret written out in the file.
    Secret "secret" {
        format: text = "Which format it has",
        title: text = "The format in words",
        location: text in ["environment", "client", "argument", "header", "url", "oauth", "input", "other"] = "Where it stands; with the client are the variables that it sets for all its processes",
        name: text = "The variable, flag, header or parameter that holds it",
        certainty: text in ["high", "medium", "low"] = "How sure the format is",
        host_class: text of HOST_CLASSES = "What the host is that it is sent to",
        default_password: flag = "It is a user name with one of the usual default passwords",
        shown: text = "What may be printed of it",
        oauth_client: flag = "It is the secret by which an OAuth client proves who it is",
    }

    /// A password in a connection string.
    Dsn "dsn" {
        scheme: name = "Scheme, such as postgres",
        user: text = "User name",
        host: host = "Host",
        host_class: text of HOST_CLASSES = "What the host is",
        default_password: flag = "The password is one of the usual defaults",
        location: text in ["environment", "client", "argument", "header", "url", "oauth", "input", "other"] = "Where it stands; with the client are the variables that it sets for all its processes",
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
        writes: flag = "A listed tool changes, sends or runs something, by its name; or the known server does all of whose tools are meant",
        project_file: flag = "It stands in a file of the project and so reaches whoever clones it",
        explanation: text = "What the key does",
    }

    /// Text that the client shows to the model or the user.
    Prose "prose" {
        key: text = "The key that holds it",
        text: text as hidden = "The text",
    }

    /// A server that the catalogue knows, where the entry names it.
    KnownServer "known_server" {
        title: text = "Its name in words",
        vendor: text = "Who publishes it",
        official: text in ["vendor", "reference", "community"] = "Whose server it is, seen from what it gives access to",
    }

    /// An account by which the server signs in at a database.
    DatabaseAccount "database_account" {
        scheme: name = "Scheme of the connection string, such as postgres",
        user: text = "Name of the user",
        host: host = "Host of the database",
        host_class: text of HOST_CLASSES = "What the host is",
        database: text as hidden = "Name of the database",
        name: text = "The variable or flag that holds it",
    }

    /// Characters in a text that are not seen as they stand there, and words that look like others.
    HiddenText "hidden_text" {
        place: text of TEXT_PLACES = "Where the text stands",
        at: text = "The same in words, with the key that holds it",
        name: text = "The key that holds it, or the name itself",
        kind: text of HIDDEN_KINDS = "How it hides something",
        count: number = "How many characters it is",
        decoded: text = "What hidden characters say, with secrets blotted out",
        reads: text = "What a word looks like that is another one",
    }

    /// Sentences in a text that are meant for the model and not for the user.
    Injection "injection" {
        place: text of TEXT_PLACES = "Where the text stands",
        at: text = "The same in words, with the key that holds it",
        name: text = "The key that holds it",
        signals: [text] of SIGNAL_CLASSES = "What its sentences are signs of, each class once",
        classes: number = "How many classes of signs",
        phrases: [text] = "Which phrases, by their stable names",
        shown: text = "The first of them as written, with secrets blotted out",
    }

    /// The servers of a file that no gateway stands in front of.
    Unguarded "unguarded" {
        names: [text] = "Their names",
        count: number = "How many",
        listed: text = "Their names, the first few of them, in a sentence",
        gateway_beside: flag = "A gateway configuration lies beside the file",
    }

    /// What a server is to others that the same client, or another one at the same place, has.
    Relation "relation" {
        relation: text in ["shadows", "bypasses", "toxic-flow", "untrusted-to-shell"] = "What it is: it has the name of another server; it reaches past a gateway what another reaches through it; together they read what strangers write, read private data and send it out; one reads what strangers write while another runs commands",
        target: text = "What the server runs or reaches",
        other: text = "Name of the first other server",
        other_target: text = "What the other server runs or reaches",
        other_file: text = "The file of the other server",
        other_scope: text = "Scope of the other server",
        other_client: text = "The client of the other server",
        same_client: flag = "The same client reads both",
        overrides: flag = "An entry of a project takes the place of one of the user",
        difference: text in ["target", "version", "settings"] = "What two servers of one name differ in",
        well_known: flag = "The server is the vendor's own, or one of the protocol's authors",
        other_well_known: flag = "The first other server is",
        seen_by: text = "The client that has all of them",
        count: number = "How many servers it takes",
        untrusted: text = "The server that reads what strangers write",
        private: text = "The server that reads private data",
        send_out: text = "The server that can send data out",
        shell: text = "The server that runs commands or writes anywhere",
        runs_commands: flag = "That server runs commands",
    }

    /// A server that is not as the lock file says it was reviewed.
    Drift "drift" {
        change: text in ["changed", "added", "unlocked"] = "It differs from what was reviewed, or was never reviewed; with `--base`, the lock file that was there is gone",
        fields: [text] = "What differs: command, args, url, env, `env_file`, headers, `headers_command`, cwd; with `--online` also version and integrity of the package",
        reviewed: text = "What was reviewed of the first of them",
        present: text = "What is there now",
        digest: text = "Tells one entry from another: a hash of it without its secrets",
    }

    /// A comment or an entry of the settings that is meant to suppress findings, and does not.
    Suppression "suppression" {
        source: text in ["comment", "settings"] = "Where it stands",
        state: text in ["unused", "unknown-rule", "expired", "no-reason", "malformed"] = "Why it suppresses nothing",
        rule: text = "The rule that it names, or the pattern",
        near: text = "The rule that was probably meant by an unknown one",
        until: text = "The last day on which it counted",
    }

    /// Something that could not be read or understood.
    Gap "gap" {
        kind: text in ["unreadable", "not-a-file", "symlink", "changed", "too-large", "encoding", "syntax", "too-deep", "alias-limit", "too-long", "duplicate-key", "unknown-shape", "bad-entry"] = "What is wrong",
        message: text = "The problem in words",
        holds_servers: flag = "The key that stands twice holds servers",
    }
}

/// The words for what a server can do, see [`crate::catalog::server::Capability`].
const CAPABILITIES: &[&str] = &[
    "untrusted-content",
    "private-data",
    "send-out",
    "run-commands",
    "write-files",
    "database",
    "browser",
];

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
    context(
        "known_server",
        FieldType::Text,
        &[],
        "Identifier of the server in the catalogue, if it is known",
    ),
    context("client", FieldType::Text, &[], "The client whose file it is"),
    context(
        "scope",
        FieldType::Text,
        &["user", "project", "local", "managed", "extension", "agent", "plugin", "unknown"],
        "Scope of the file",
    ),
    context("file_name", FieldType::Text, &[], "Name of the file, without directories"),
    context("program", FieldType::Text, &[], "What is really started, launchers peeled"),
    context("server_package", FieldType::Text, &[], "The package that is started"),
    Field {
        list: true,
        ..context("capabilities", FieldType::Text, CAPABILITIES, "What the known server can do")
    },
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
    // A short flag may have its value attached: `-pPASSWORD`.
    Field {
        list: true,
        sensitive: true,
        ..context("flags", FieldType::Name, &[], "Names of the server's flags, without dashes")
    },
    Field {
        list: true,
        ..context(
            "variables",
            FieldType::Name,
            &[],
            "Names of the environment variables that the entry sets or passes on",
        )
    },
    context("env_file", FieldType::Flag, &[], "More variables come from a file"),
    context(
        "read_only",
        FieldType::Text,
        &["given", "refused", "missing"],
        "Whether a switch is given that makes the known server change nothing; absent if it has none",
    ),
    context(
        "production",
        FieldType::Flag,
        &[],
        "A database that it connects to calls itself production, by its host or its name",
    ),
];

/// Those of them that are kept of a server when its file has been left, and so all that a fact about
/// several servers has.
const KEPT: &[Field] = CONTEXT.split_at(8).0;

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
    /// Identifier of the server in the catalogue.
    pub known_server: Option<&'static str>,
    /// What the known server can do.
    pub capabilities: Vec<String>,
    /// Names of the launchers around it.
    pub wrapped_by: Vec<String>,
    /// The server runs in a container.
    pub containerised: bool,
    /// A local server is told to be reached over HTTP by others too.
    pub serves_http: bool,
    /// Names of the server's flags, without dashes.
    pub flags: Vec<String>,
    /// Names of the environment variables that the entry sets or passes on.
    pub variables: Vec<String>,
    /// More variables come from a file.
    pub env_file: bool,
    /// Whether a switch is given that makes the known server change nothing.
    pub read_only: Option<&'static str>,
    /// A database that it connects to calls itself production.
    pub production: bool,
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
            4 => text_of(self.known_server),
            5 => Value::Text(self.client),
            6 => Value::Text(self.scope),
            7 => Value::Text(&self.file_name),
            8 => text_of(self.program.as_deref()),
            9 => text_of(self.package.as_deref()),
            10 => Value::List(&self.capabilities),
            11 => Value::List(&self.wrapped_by),
            12 => Value::Flag(self.containerised),
            13 => Value::Flag(self.serves_http),
            14 => Value::List(&self.flags),
            15 => Value::List(&self.variables),
            16 => Value::Flag(self.env_file),
            17 => text_of(self.read_only),
            18 => Value::Flag(self.production),
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
