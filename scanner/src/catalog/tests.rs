use super::credential::{ProviderList, credentials};
use super::index::Tables;
use super::server::{Area, Capability, Registry, Status};
use super::{HOSTS, PACKAGES, PROGRAMS, REPOSITORIES, SERVERS};
use super::{
    credential, get, go_package, image, listed_program, local, package, program, remote, repository,
};

fn id(server: Option<&'static super::KnownServer>) -> Option<&'static str> {
    server.map(|server| server.id.as_ref())
}

#[test]
fn packages_are_found_in_every_spelling_of_their_registry() {
    for (registry, name, expected) in [
        (Registry::Npm, "@modelcontextprotocol/server-filesystem", Some("reference-filesystem")),
        (Registry::Npm, "@ModelContextProtocol/server-filesystem", Some("reference-filesystem")),
        (Registry::Pypi, "mcp-server-git", Some("reference-git")),
        (Registry::Pypi, "MCP_Server.Git", Some("reference-git")),
        (Registry::Npm, "mcp-server-git", None),
        (Registry::Pypi, "@modelcontextprotocol/server-filesystem", None),
        (Registry::Oci, "ghcr.io/github/github-mcp-server", Some("github")),
        (Registry::Npm, "", None),
        (Registry::Cargo, "zzz", None),
    ] {
        assert_eq!(id(package(registry, name)), expected, "{registry:?} {name}");
    }
    assert_eq!(id(image("docker.io/mcp/git")), Some("reference-git"));
    assert_eq!(
        id(go_package("github.com/github/github-mcp-server/cmd/github-mcp-server")),
        Some("github")
    );
    assert_eq!(id(go_package("github.com/github")), None);
    assert_eq!(id(repository("github.com/GitHub/github-mcp-server")), Some("github"));
}

#[test]
fn programs_are_found_by_the_names_that_only_they_have() {
    assert_eq!(id(program("mcp-server-git")), Some("reference-git"));
    assert_eq!(id(program("mcp_server_git")), Some("reference-git"));
    assert_eq!(id(program("server")), None);
    assert_eq!(id(listed_program("mcp-server-git")), None);
    assert_eq!(id(listed_program("mcp-server-filesystem")), Some("reference-filesystem"));
}

#[test]
fn remote_servers_are_found_by_host_and_path() {
    assert_eq!(id(remote("mcp.linear.app", "/sse")), Some("linear"));
    assert_eq!(id(remote("MCP.Linear.app.", "/sse")), Some("linear"));
    assert_eq!(id(remote("a.mcp.linear.app", "/sse")), None);
    assert_eq!(id(remote("api.githubcopilot.com", "/mcp/")), Some("github"));
    assert_eq!(id(remote("api.githubcopilot.com", "/chat")), None);
    assert_eq!(id(remote("", "")), None);
    assert_eq!(id(local(3845)), Some("figma"));
    assert_eq!(id(local(3846)), None);
}

#[test]
fn every_server_can_be_found_by_what_its_entry_says() {
    for server in &SERVERS {
        assert_eq!(id(get(&server.id)), Some(server.id.as_ref()));
        for known in server.packages.iter() {
            assert_eq!(id(package(known.ecosystem, &known.name)), Some(server.id.as_ref()));
        }
        for name in server.repositories.iter() {
            assert_eq!(id(repository(name)), Some(server.id.as_ref()));
        }
        for name in server.programs.iter() {
            assert_eq!(id(program(name)), Some(server.id.as_ref()), "{name}");
        }
        for port in server.ports.iter() {
            assert_eq!(id(local(*port)), Some(server.id.as_ref()));
        }
        for address in server.remotes.iter() {
            let host = address.host.replace('*', "any");
            let path = address.path.as_deref().unwrap_or("/");
            assert_eq!(id(remote(&host, path)), Some(server.id.as_ref()), "{host}{path}");
        }
    }
}

#[test]
fn every_page_of_a_registry_is_among_the_sources() {
    for server in &SERVERS {
        for known in server.packages.iter() {
            let name = &known.name;
            let page = match known.ecosystem {
                Registry::Npm => format!("https://www.npmjs.com/package/{name}"),
                Registry::Pypi => format!("https://pypi.org/project/{name}/"),
                _ => continue,
            };
            assert!(
                server.sources.iter().any(|source| source.url == page),
                "{}: {page}",
                server.id
            );
        }
    }
}

#[test]
fn tables_are_sorted() {
    assert!(PACKAGES.is_sorted_by_key(|key| (key.ecosystem, key.name.clone())));
    for table in [&REPOSITORIES[..], &PROGRAMS, &HOSTS] {
        assert!(table.is_sorted_by_key(|key| key.name.clone()));
    }
}

#[test]
fn those_given_up_name_what_takes_their_place_in_the_same_registry() {
    let old = package(Registry::Npm, "@modelcontextprotocol/server-brave-search").unwrap();
    assert_eq!(old.status, Status::Archived);
    let next = old.successor().unwrap();
    assert_eq!(next.advice(Some(Registry::Npm)), "@brave/brave-search-mcp-server");
    assert_eq!(get("slack").unwrap().advice(Some(Registry::Npm)), "mcp.slack.com");
    assert!(next.capabilities.contains(&Capability::UntrustedContent));
}

fn area(servers: &str) -> Result<Tables, String> {
    Tables::of(vec![Area::read(&format!("area: test\nservers:\n{servers}"))?])
}

fn entry(id: &str, package: &str, rest: &str) -> String {
    let rest = if rest.is_empty() { "capabilities: [none]" } else { rest };
    format!(
        "  - id: {id}\n    title: T\n    vendor: V\n    official: vendor\n    packages: [{{ \
         ecosystem: npm, name: '{package}' }}]\n    {rest}\n    sources: [{{ url: \
         'https://example.com/', says: [package] }}]\n"
    )
}

#[test]
fn a_catalogue_that_contradicts_itself_is_refused() {
    assert!(area(&(entry("a", "p", "") + &entry("b", "q", ""))).is_ok());
    for (servers, problem) in [
        (entry("a", "p", "") + &entry("b", "P", ""), "two servers are the npm package `P`"),
        (entry("a", "p", "") + &entry("a", "q", ""), "`a` stands before `a`"),
        (entry("b", "p", "") + &entry("a", "q", ""), "`b` stands before `a`"),
        (entry("A", "p", ""), "not kebab-case"),
        (entry("a", "p", "capabilities: []"), "`none` alone"),
        (entry("a", "p", "capabilities: [none, browser]"), "`none` alone"),
        (entry("a", "p", "capabilities: [fly]"), "unknown variant"),
        (entry("a", "p", "capabilities: [none]\n    successor: b"), "has no successor"),
        (entry("a", "p", "capabilities: [none]\n    status: archived\n    successor: b"), "no `b`"),
        (entry("a", "p", "capabilities: [none]\n    status: archived\n    successor: a"), "itself"),
        (entry("a", "p", "").replace("https:", "http:"), "no public page"),
        (entry("a", "p", "").replace("says: [package]", "says: []"), "says nothing"),
        (
            entry("a", "p", "")
                .replace("packages: [{ ecosystem: npm, name: 'p' }]", "packages: []"),
            "nothing tells it",
        ),
    ] {
        let error = area(&servers).unwrap_err();
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn a_credential_of_somebody_else_is_of_no_use() {
    let github = credential("GITHUB_TOKEN").unwrap();
    assert!(github.broad);
    for (server, used) in [
        ("context7", false),
        ("reference-time", false),
        ("reference-github", true),
        ("github", true),
        ("gitlab-zereight", true),
    ] {
        assert_eq!(!get(server).unwrap().has_no_use_for(github), used, "{server}");
    }
    assert!(credential("API_KEY").is_none());
    assert!(!get("tavily").unwrap().has_no_use_for(credential("TAVILY_API_KEY").unwrap()));
}

#[test]
fn a_variable_has_one_provider() {
    let list = |names: &str| ProviderList::read(&format!("list: x\nproviders:\n{names}"));
    let one = "  - { name: A, variables: [T], source: 'https://example.com/' }\n";
    assert!(credentials(&[list(one).unwrap()]).is_ok());
    assert!(credentials(&[list(&one.repeat(2)).unwrap()]).unwrap_err().contains("`T`"));
}
