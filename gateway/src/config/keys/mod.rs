//! The keys of the file: what each is for, what may stand there, and the schema that says so.

mod shape;

use super::tree::Node;
use shape::{Duration, Flag, Number, OneOrMany, Or, Size, Text, TextOrNumber};

/// A section whose keys are known.
pub(super) trait Keys<'d>: Sized {
    /// The keys, in `snake_case`.
    const NAMES: &'static [&'static str];
    /// Keys of the contract that this version does not do.
    const LATER: &'static [&'static str];

    /// The section, of what stands at each key.
    fn of(value: impl Fn(&str) -> Option<&'d Node>) -> Self;
}

/// Declares a section once: for the reader, which must use every key, and for the schema.
macro_rules! section {
    (
        $(#[doc = $about:literal])*
        $name:ident as $title:literal {
            $( $(#[doc = $text:literal])* $key:ident: $shape:ty, )*
        }
        later { $( $later:ident ),* }
    ) => {
        $(#[doc = $about])*
        pub(super) struct $name<'d> {
            $( $(#[doc = $text])* pub(super) $key: Option<&'d Node>, )*
        }

        impl<'d> Keys<'d> for $name<'d> {
            const NAMES: &'static [&'static str] = &[$( stringify!($key) ),*];
            const LATER: &'static [&'static str] = &[$( stringify!($later) ),*];

            fn of(value: impl Fn(&str) -> Option<&'d Node>) -> Self {
                Self { $( $key: value(stringify!($key)), )* }
            }
        }

        impl schemars::JsonSchema for $name<'_> {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $title.into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                shape::section(concat!($( $about, "\n" ),*), [
                    $( (
                        stringify!($key),
                        concat!($( $text, "\n" ),*),
                        generator.subschema_for::<$shape>(),
                    ), )*
                ])
            }
        }
    };
}

section! {
    /// Settings of mcp-guard: of the scanner in `scan`, of the gateway in everything else. In texts
    /// `${VAR}` and `${VAR:-default}` are replaced by environment variables, and `$${` stands for
    /// `${` itself. Keys may also be written in kebab-case.
    FileKeys as "File" {
        /// Version of this format: 1.
        version: shape::Version,
        /// Settings of `mcp-guard scan`.
        scan: shape::Open,
        /// Where the gateway listens for HTTP: `HOST:PORT`, or a port of the loopback interface.
        /// Without it the gateway speaks over standard input and output.
        listen: TextOrNumber,
        /// Who may call.
        auth: AuthKeys<'static>,
        /// The servers behind the gateway, by name: lower case letters, digits and `-`.
        servers: shape::Named<ServerKeys<'static>>,
        /// Which server a call goes to that names none; the first route that fits counts.
        routes: Vec<RouteKeys<'static>>,
        /// What may be called.
        policies: PolicyKeys<'static>,
        /// How a refused call of a tool is answered: by a JSON-RPC error, or by a result that says
        /// so, for hosts that hide errors from the model.
        refusals: Or<super::Refusals>,
        /// Where API keys are kept: `sqlite://PATH`.
        /// Without it `sqlite://~/.mcp-guard/state.db`.
        state: Text,
        /// The HTTP front.
        http: HttpKeys<'static>,
        /// Bounds.
        limits: LimitKeys<'static>,
    }
    later { roles, extends }
}

section! {
    /// Who may call.
    AuthKeys as "Auth" {
        /// How a caller proves who it is. Without it nobody has to.
        mode: Or<super::AuthMode>,
        /// The API keys that are accepted: a list of keys, bare or with an `id`.
        keys: Vec<shape::Either<Text, ApiKeyKeys<'static>>>,
        /// Ask for an API key over standard input and output too.
        require_on_stdio: Flag,
    }
    later { stdio_roles, jwt_secret, jwt, client_id, client_secret, issuer, oauth2 }
}

section! {
    /// An API key.
    ApiKeyKeys as "ApiKey" {
        /// The name of the caller. A key without one is called `agent-` and its place in the list.
        id: Text,
        /// The key itself, better given as `${VAR}`.
        key: Text,
    }
    later { roles }
}

section! {
    /// A server: one that is started (`command`) or one that is called (`url`). An entry with
    /// neither holds policy for a server whose command stands in a client's file, which
    /// `mcp-guard serve --server NAME -- COMMAND` starts.
    ServerKeys as "Server" {
        /// The program. Where `args` is missing it may hold its arguments too, quoted as in a shell.
        command: Text,
        /// The arguments of the program.
        args: Vec<TextOrNumber>,
        /// Environment variables of the program, beside the few that every program needs.
        env: shape::Named<shape::Scalar>,
        /// The working directory of the program.
        cwd: Text,
        /// The address of a server that is called over HTTP.
        url: Text,
        /// Headers that are sent to the server.
        headers: shape::Named<TextOrNumber>,
        /// How the server at `url` is spoken to. Without it `auto`: what it understands.
        transport: Or<super::RemoteTransport>,
        /// How long a call may take without a sign of progress, and ten times that altogether; without it
        /// `10m`.
        timeout: Duration,
        /// How long reaching or starting the server may take; without it `10s`.
        connect_timeout: Duration,
        /// Whether revisions of the protocol that client and server do not share are translated.
        /// Without it `auto`.
        bridge: Or<super::Bridge>,
        /// How many processes of the program run at once, one a session; without it 64.
        max_instances: Number,
        /// Patterns of names of tools; no others may be called.
        allow: OneOrMany<Text>,
        /// Patterns of names of tools that may not be called.
        deny: OneOrMany<Text>,
    }
    later { rate_limit, max_spend_per_session, require_approval_above }
}

section! {
    /// Which server a message goes to.
    RouteKeys as "Route" {
        /// What the route goes by.
        mode: Or<super::RouteMode>,
        /// With mode `tool`: the name of the tool.
        tool_name: Text,
        /// With mode `method`: how the name of the method begins.
        method_prefix: Text,
        /// The server.
        target: Text,
    }
    later {}
}

section! {
    /// What may be called. What is denied is denied, whatever allows it.
    PolicyKeys as "Policies" {
        /// Patterns of `server.tool`; no other tools may be called.
        allow: OneOrMany<Text>,
        /// Patterns of `server.tool` that may not be called.
        deny: OneOrMany<Text>,
        /// Names of tools on any server; no others may be called.
        tool_allowlist: OneOrMany<Text>,
        /// Names of tools that may not be called on any server.
        tool_denylist: OneOrMany<Text>,
        /// The file that every decision is written to.
        audit_log: shape::Either<Text, AuditKeys<'static>>,
    }
    later {
        rules, rate_limit, max_spend_per_session, require_approval_above, spend, block_vendors,
        allow_vendors
    }
}

section! {
    /// The audit log.
    AuditKeys as "AuditLog" {
        /// The file that every decision is written to.
        path: Text,
    }
    later { mode, arguments, keep_days }
}

section! {
    /// The HTTP front.
    HttpKeys as "Http" {
        /// Values of the header `Host` that are accepted beside those of the loopback interface.
        allowed_hosts: OneOrMany<Text>,
        /// Values of the header `Origin` that are accepted: pages that may call from a browser.
        allowed_origins: OneOrMany<Text>,
        /// The size of a message; without it `16MiB`.
        max_body: Size,
        /// How long the head of a request may take; without it `10s`.
        header_timeout: Duration,
        /// How long the body of a request may take; without it `30s`.
        body_timeout: Duration,
        /// After how long without a message a session ends; without it `30m`.
        session_idle: Duration,
        /// How many sessions there are at once; without it 10000.
        max_sessions: Number,
        /// How long calls may take to end when the gateway stops; without it `10s`.
        drain_timeout: Duration,
    }
    later {}
}

section! {
    /// Bounds.
    LimitKeys as "Limits" {
        /// The size of a message over standard input and output; without it `64MiB`.
        max_line: Size,
    }
    later {}
}

/// The JSON Schema (2020-12) of the file, as text.
#[must_use]
pub fn json_schema() -> String {
    let mut schema = schemars::schema_for!(FileKeys<'static>);
    schema.insert(
        "$id".to_owned(),
        "https://github.com/mcp-guard/mcp-guard/blob/main/docs/mcp-guard.schema.json".into(),
    );
    schema.insert("title".to_owned(), "mcp-guard.yaml".into());
    format!("{schema:#}\n", schema = schema.to_value())
}
