//! Which known server an entry is.

use mcp_guard_detect::host::{self, HostClass};

use super::collect::Collector;
use super::command_line::CommandLine;
use crate::catalog::server::{Capability, KnownServer, Registry};
use crate::catalog::{self, package};
use crate::client::Server;
use crate::launch::{Ecosystem, ImageRef, PackageRef, PackageSource, ScriptKind};

/// The server of the catalogue that the entry is, as far as that is certain: by its package, image
/// or address, or by a program that no other server has.
pub(super) fn of(server: &Server<'_>, line: &CommandLine<'_>) -> Option<&'static KnownServer> {
    if let Some(declared) = &server.package {
        return of_declared(&declared.registry.text, &declared.identifier.text);
    }
    let target = &line.launch.target;
    // The package is then the bridge.
    if let Some(part) = &target.remote_url {
        return of_url(line.launch.text(part));
    }
    if let Some(package) = &target.package {
        return of_package(package);
    }
    if let Some(image) = &target.image {
        return of_image(image);
    }
    if let Some(url) = &server.url
        && server.command.is_none()
    {
        return of_url(&url.text);
    }
    match target.script {
        Some(script) if script.kind == ScriptKind::Entry => None,
        Some(script) => {
            let named = line.launch.word(script.word);
            match script.kind {
                ScriptKind::File => of_path(named),
                _ => catalog::program(named.split('.').next().unwrap_or(named)),
            }
        }
        None => catalog::program(&target.program_name),
    }
}

/// Fills in what the context says of the known server.
pub(super) fn describe(collector: &mut Collector, known: Option<&'static KnownServer>) {
    let Some(known) = known else { return };
    let context = collector.context();
    context.known_server = Some(&known.id);
    let capabilities = known.capabilities.iter().filter(|word| **word != Capability::None);
    context.capabilities = capabilities.map(|word| word.name().to_owned()).collect();
}

/// The known server that a declared package is.
pub(super) fn of_declared(registry: &str, identifier: &str) -> Option<&'static KnownServer> {
    let registry = if registry == "docker" { Registry::Oci } else { Registry::of(registry)? };
    if registry == Registry::Oci {
        let name = identifier.split('@').next().unwrap_or(identifier);
        let slash = name.rfind('/').unwrap_or(0);
        let end =
            name.get(slash..).and_then(|last| last.find(':')).map_or(name.len(), |at| slash + at);
        return catalog::image(name.get(..end).unwrap_or(name));
    }
    package(registry, identifier)
}

/// The known server that a package is.
pub(super) fn of_package(package: &PackageRef) -> Option<&'static KnownServer> {
    match &package.source {
        PackageSource::Registry => match package.ecosystem {
            Ecosystem::Go => catalog::go_package(&package.name),
            other => catalog::package(Registry::of(other.name())?, &package.name),
        },
        PackageSource::Git { repository, .. } => catalog::repository(repository),
        PackageSource::Archive(_) | PackageSource::Local(_) => None,
    }
}

/// The known server that an image is.
pub(super) fn of_image(image: &ImageRef) -> Option<&'static KnownServer> {
    match &image.registry {
        Some(registry) => catalog::image(&format!("{registry}/{}", image.name)),
        None => catalog::image(&image.name),
    }
}

fn of_url(url: &str) -> Option<&'static KnownServer> {
    let url = host::parse(url)?;
    if host::classify(url.host) == HostClass::Loopback {
        return catalog::local(url.port?);
    }
    catalog::remote(url.host, url.path)
}

/// The known server whose files these are: of a package in `node_modules` or `site-packages`, or
/// in a directory that no other server has.
fn of_path(path: &str) -> Option<&'static KnownServer> {
    let mut segments = path.rsplit(['/', '\\']).peekable();
    let file = segments.next()?;
    // The start script that an installation puts where programs are.
    if let Some(&(".bin" | "bin" | "Scripts")) = segments.peek() {
        return catalog::program(file);
    }
    while let Some(segment) = segments.next() {
        match segments.peek() {
            Some(scope) if scope.starts_with('@') => {
                return package(Registry::Npm, &format!("{scope}/{segment}"));
            }
            Some(&"node_modules") => return package(Registry::Npm, segment),
            Some(&("site-packages" | "dist-packages")) => return catalog::program(segment),
            _ => {}
        }
        if let Some(known) = catalog::listed_program(segment) {
            return Some(known);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::kinds::FactKind;
    use super::super::tests::{of_entry, of_line, with};

    /// The known server that an entry is, and what it can do.
    fn known(entry: &str) -> String {
        let text = format!(r#"{{"mcpServers": {{"s": {entry}}}}}"#);
        with(".mcp.json", &text, |_, facts| {
            let context = &facts.contexts[1];
            format!("{} {}", context.known_server.unwrap_or("-"), context.capabilities.join("+"))
        })
    }

    #[test]
    fn entries_are_identified_by_what_is_certain() {
        let git = "reference-git private-data+write-files";
        let files = "reference-filesystem private-data+write-files";
        for (entry, expected) in [
            (r#"{"command": "uvx", "args": ["mcp-server-git==2026.8.18"]}"#, git),
            (r#"{"command": "uvx", "args": ["--from", "mcp_server_git", "mcp-server-git"]}"#, git),
            (
                r#"{"command": "python", "args": ["-m", "mcp_server_git", "--repository", "/r"]}"#,
                git,
            ),
            (r#"{"command": "uv", "args": ["run", "mcp-server-git"]}"#, git),
            (r#"{"command": "/home/me/.venv/bin/mcp-server-git"}"#, git),
            (r#"{"command": "python", "args": ["/home/me/.venv/bin/mcp-server-git"]}"#, git),
            (r#"{"command": "docker", "args": ["run", "-i", "--rm", "mcp/git:latest"]}"#, git),
            (
                r#"{"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/d"]}"#,
                files,
            ),
            (
                r#"{"command": "node", "args": ["C:\\x\\node_modules\\@modelcontextprotocol\\server-filesystem\\dist\\index.js"]}"#,
                files,
            ),
            (r#"{"command": "node", "args": ["/opt/mcp-server-filesystem/dist/index.js"]}"#, files),
            (
                r#"{"command": "node", "args": ["/x/node_modules/.bin/mcp-server-filesystem"]}"#,
                files,
            ),
            (
                r#"{"command": "npx", "args": ["mcp-remote", "https://mcp.linear.app/sse"]}"#,
                "linear untrusted-content+private-data",
            ),
            (r#"{"url": "https://mcp.linear.app/mcp"}"#, "linear untrusted-content+private-data"),
            (r#"{"command": "uvx", "args": ["mcp-server-time"]}"#, "reference-time "),
            (r#"{"command": "npx", "args": ["mcp-server-git"]}"#, "- "),
            (r#"{"command": "npx", "args": ["./mcp-server-filesystem"]}"#, "- "),
            (r#"{"command": "node", "args": ["/opt/git/index.js"]}"#, "- "),
            (r#"{"command": "node"}"#, "- "),
            (r#"{"url": "https://mcp.linear.app.example.com/mcp"}"#, "- "),
        ] {
            assert_eq!(known(entry), expected, "{entry}");
        }
    }

    #[test]
    fn a_declared_package_is_known_too() {
        let text = r#"{"name": "io.github.x/y", "packages": [{"registryType": "oci",
            "identifier": "docker.io/mcp/git:1.0.0", "transport": {"type": "stdio"}}]}"#;
        with("server.json", text, |_, facts| {
            let known = facts.contexts.iter().filter_map(|context| context.known_server);
            assert_eq!(known.collect::<Vec<_>>(), ["reference-git"]);
        });
    }

    #[test]
    fn packages_and_images_tell_what_the_catalogue_knows() {
        let package = |line: &[&str]| {
            let fields = ["official", "status", "successor", "lookalike", "lookalike_of"];
            of_line(line, FactKind::Package, &fields).join("; ")
        };
        for (line, expected) in [
            (
                &["npx", "@modelcontextprotocol/server-brave-search"][..],
                "@modelcontextprotocol/server-brave-search official=reference status=archived \
                 successor=@brave/brave-search-mcp-server",
            ),
            (
                &["uvx", "awslabs.cdk-mcp-server@latest"],
                "awslabs.cdk-mcp-server@latest official=vendor status=deprecated \
                 successor=awslabs.aws-iac-mcp-server",
            ),
            (&["uvx", "mcp-server-git"], "mcp-server-git official=reference status=maintained"),
            (
                &["npx", "mcp-server-git@1.0.0"],
                "mcp-server-git@1.0.0 lookalike=ecosystem lookalike_of=mcp-server-git",
            ),
            (&["npx", "fircrawl-mcp"], "fircrawl-mcp lookalike=letters lookalike_of=firecrawl-mcp"),
            (&["npx", "./fircrawl-mcp"], "./fircrawl-mcp"),
            (&["npx", "github:acme/fircrawl-mcp"], "github:acme/fircrawl-mcp"),
            (&["npx", "notes-mcp"], "notes-mcp"),
            (&["npx", "${PACKAGE}"], "${PACKAGE}"),
        ] {
            assert_eq!(package(line), expected);
        }
        let image = of_line(
            &["docker", "run", "docker.io/mcp/gdrive:1"],
            FactKind::Image,
            &["official", "status"],
        );
        assert_eq!(image, ["docker.io/mcp/gdrive:1 official=reference status=archived"]);
    }

    #[test]
    fn variables_tell_whose_credential_they_hold() {
        let entry = r#"{"command": "npx", "args": ["-y", "tavily-mcp"], "env": {
            "TAVILY_API_KEY": "a", "GITHUB_TOKEN": "b", "OPENAI_API_KEY": "c", "API_KEY": "d"}}"#;
        let told = of_entry(entry, FactKind::Setting, &["name", "provider", "broad", "unused"]);
        let variables: Vec<&str> = told.iter().map(String::as_str).skip(1).collect();
        assert_eq!(
            variables,
            [
                "a name=TAVILY_API_KEY provider=Tavily",
                "b name=GITHUB_TOKEN provider=GitHub broad unused",
                "c name=OPENAI_API_KEY provider=OpenAI unused",
                "d name=API_KEY",
            ]
        );
        // A flag of that name is no variable.
        let flag =
            of_line(&["tavily-mcp", "--GITHUB_TOKEN", "x"], FactKind::Setting, &["provider"]);
        assert!(flag.iter().all(|told| !told.contains("GitHub")), "{flag:?}");
    }
}
