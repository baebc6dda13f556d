//! Reads `rules/scan` and `rules/clients` and writes them as Rust tables.
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

#[path = "src/client"]
mod client {
    pub mod dialect;
}

#[path = "src/facts"]
mod facts {
    pub mod kinds;
}

#[path = "src/vendor"]
mod vendor {
    pub mod host;
}

#[path = "src/rules"]
mod rules {
    pub mod level;
    pub mod rule;
}

use std::fs;
use std::path::{Path, PathBuf};

use client::dialect::Dialect;
use compiled::ToRust;
use rules::rule::Rule;
use vendor::host::HostList;

fn main() {
    let rules = table("../rules/scan", Rule::read, |rule| rule.id.to_string());
    write("rules.rs", "RULES", "The built-in rules, by identifier.", "Rule", &rules);
    let dialects = table("../rules/clients", Dialect::read, |dialect| dialect.id.to_string());
    write("dialects.rs", "DIALECTS", "The known clients, by identifier.", "Dialect", &dialects);
    let lists = table("../rules/hosts", HostList::read, |list| list.kind.name().to_owned());
    write("hosts.rs", "LISTS", "What is known of hosts.", "HostList", &lists);
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

/// Writes a public `static` table.
fn write<T: ToRust>(file: &str, name: &str, doc: &str, kind: &str, items: &[T]) {
    let mut source = format!("/// {doc}\npub static {name}: [{kind}; {}] = [\n", items.len());
    for item in items {
        source.push_str(&item.to_rust());
        source.push_str(",\n");
    }
    source.push_str("];\n");
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
    fs::write(Path::new(&out).join(file), source).expect("OUT_DIR can be written");
}
