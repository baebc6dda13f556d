mod faults;
mod files;
mod floor;
mod properties;
mod schema;
mod values;

use std::path::Path;

use super::{Config, ConfigFile, Fault, Uses};

/// Every key that there is.
const FULL: &str = include_str!("tests/full.yaml");

/// Variables as the tests have them.
fn variables(name: &str) -> Option<String> {
    let value = match name {
        "CI_KEY" => "ci-key-of-twenty-bytes",
        "TOKEN" => "search-token-value",
        "EMPTY" => "",
        "SHORT" => "short",
        "WORDS" => "two words",
        "N" => "7",
        _ => return None,
    };
    Some(value.to_owned())
}

fn read(text: &str) -> Result<ConfigFile, Vec<Fault>> {
    let directory = Path::new("/srv/repo");
    let path = directory.join("mcp-guard.yaml");
    ConfigFile::read(text.as_bytes(), &path, directory, Some(Path::new("/home/u")))
}

fn resolve(text: &str) -> Result<Config, Vec<Fault>> {
    read(text)?.resolve(&Uses::all(), &variables)
}

/// The faults as lines.
fn faults(text: &str) -> String {
    lines(&resolve(text).expect_err(text))
}

fn lines(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
