//! Reads what lies in `rules/` and writes it as Rust tables.
//!
//! The modules below are the library's own: what checks a user's rule at run time checks the
//! built-in ones here.
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "the library uses what this script does not"
)]
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a build script reads files and its panic is the compiler's error message"
)]

#[path = "src/compiled.rs"]
mod compiled;

#[path = "src/fault.rs"]
mod fault;

#[path = "src/advisory"]
mod advisory {
    pub mod record;
}

#[path = "src/catalog"]
mod catalog {
    pub mod credential;
    pub mod index;
    pub mod likeness;
    pub mod name;
    pub mod server;
}

#[path = "src/client"]
mod client {
    pub mod dialect;
}

#[path = "src/facts"]
mod facts {
    pub mod kinds;
}

#[path = "src/sensitive"]
mod sensitive {
    pub mod place;
}

#[path = "src/vendor"]
mod vendor {
    pub mod host;
}

#[path = "src/rules"]
mod rules {
    pub mod fault;
    pub mod level;
    pub mod rule;
}

#[path = "src/version"]
mod version {
    pub mod scheme;
}

use std::fs;
use std::path::{Path, PathBuf};

use advisory::record::AdvisoryList;
use catalog::credential::{ProviderList, credentials};
use catalog::index::{Namesakes, Tables};
use catalog::name::normalised;
use catalog::server::Area;
use client::dialect::Dialect;
use compiled::ToRust;
use rules::rule::Rule;
use sensitive::place::Places;
use vendor::host::HostList;

fn main() {
    let rule = |text: &str| Rule::read(text).map_err(|fault| fault.to_string());
    let rules = table("../rules/scan", rule, |rule| rule.id.to_string());
    let rules = source("RULES", "The built-in rules, by identifier.", "Rule", &rules);
    write("rules.rs", &rules);
    let dialects = table("../rules/clients", Dialect::read, |dialect| dialect.id.to_string());
    let dialects = source("DIALECTS", "The known clients, by identifier.", "Dialect", &dialects);
    write("dialects.rs", &dialects);
    let lists = table("../rules/hosts", HostList::read, |list| list.kind.name().to_owned());
    let places = table("../rules/places", Places::read, |places| places.class.name().to_owned());
    let places = source("PLACES", "Sensitive places, by what they hold.", "Places", &places);
    write("places.rs", &places);
    write("hosts.rs", &source("LISTS", "What is known of hosts.", "HostList", &lists));
    let lists = table("../rules/advisories", AdvisoryList::read, AdvisoryList::file_stem);
    let lists = source("LISTS", "What is known against packages.", "AdvisoryList", &lists);
    write("advisories.rs", &lists);
    let areas = table("../rules/catalog", Area::read, |area| area.area.to_string());
    let namesakes =
        table("../rules/namesakes", Namesakes::read, |list| list.registry.name().to_owned());
    write("catalog.rs", &catalog(areas, namesakes));
    let providers = table("../rules/credentials", ProviderList::read, |list| list.list.to_string());
    let variables =
        credentials(&providers).unwrap_or_else(|error| panic!("../rules/credentials: {error}"));
    let doc = "Variables that hold a credential, by name.";
    write("credentials.rs", &source("CREDENTIALS", doc, "Credential", &variables));
}

fn catalog(areas: Vec<Area>, mut namesakes: Vec<Namesakes>) -> String {
    for list in &mut namesakes {
        let names = list.names.iter().map(|name| normalised(list.registry, name).text().into());
        let mut names: Vec<_> = names.collect();
        names.sort();
        list.names = names.into();
    }

    let tables = Tables::of(areas).unwrap_or_else(|error| panic!("../rules/catalog: {error}"));
    let Tables { servers, packages, repositories, programs, hosts, squeezed, unscoped, scopes } =
        tables;
    [
        source("SERVERS", "The known servers, by identifier.", "KnownServer", &servers),
        source("PACKAGES", "Their packages, by name.", "PackageKey", &packages),
        source("REPOSITORIES", "Their repositories, by name.", "Key", &repositories),
        source("PROGRAMS", "Their programs, by name.", "Key", &programs),
        source("HOSTS", "Their hosts, by name.", "Key", &hosts),
        source("SQUEEZED", "Their packages, by name without separators.", "Alias", &squeezed),
        source("UNSCOPED", "Their scoped packages, by name without scope.", "Alias", &unscoped),
        source("SCOPES", "Their scopes, by name.", "Key", &scopes),
        source("NAMESAKES", "What resembles them and is not theirs.", "Namesakes", &namesakes),
    ]
    .concat()
}

/// Reads every YAML file of a directory, in the order of their names.
fn table<T>(
    directory: &str,
    read: impl Fn(&str) -> Result<T, String>,
    id: impl Fn(&T) -> String,
) -> Vec<T> {
    println!("cargo::rerun-if-changed={directory}");
    let mut paths: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("{directory}: {error}"))
        .map(|entry| entry.expect("a listed entry can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let shown = path.display();
            println!("cargo::rerun-if-changed={shown}");
            let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{shown}: {e}"));
            let item = read(&text).unwrap_or_else(|error| panic!("{shown}: {error}"));
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            assert!(id(&item) == stem, "{shown}: its id is `{}`, not the file's name", id(&item));
            item
        })
        .collect()
}

/// The source of a public `static` table.
fn source<T: ToRust>(name: &str, doc: &str, kind: &str, items: &[T]) -> String {
    let mut source = format!("/// {doc}\npub static {name}: [{kind}; {}] = [\n", items.len());
    for item in items {
        source.push_str(&item.to_rust());
        source.push_str(",\n");
    }
    source.push_str("];\n");
    source
}

fn write(file: &str, source: &str) {
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
    fs::write(Path::new(&out).join(file), source).expect("OUT_DIR can be written");
}
