//! What a fixture says was answered over the network.

use mcp_guard_scanner::online::{Answers, Endpoint, Published, Release, Reported};
use mcp_guard_scanner::rules::Severity;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Name of the file with the answers.
pub(crate) const FILE_NAME: &str = "online-answers.yaml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    endpoints: BTreeMap<String, Answer>,
    #[serde(default)]
    packages: Vec<Package>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    demands_authorization: Option<bool>,
    lists_tools: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Package {
    ecosystem: String,
    name: String,
    version: Option<String>,
    package: Option<bool>,
    published: Option<bool>,
    newest: Option<String>,
    deprecated: Option<String>,
    #[serde(default)]
    advisories: Vec<String>,
}

pub(crate) fn read(bytes: &[u8]) -> Answers {
    let file: File = serde_yaml::from_slice(bytes).unwrap();
    let endpoints = file.endpoints.into_iter().map(|(address, answer)| {
        let endpoint = match (answer.demands_authorization, answer.lists_tools) {
            (Some(metadata), None) => Endpoint::DemandsAuthorization { metadata },
            (None, Some(count)) => Endpoint::ListsTools { count },
            _ => panic!("one answer for each address"),
        };
        (address, endpoint)
    });
    let packages = file.packages.into_iter().map(|package| {
        let ecosystems = ["npm", "pypi", "golang", "cargo", "nuget"];
        let ecosystem = ecosystems.into_iter().find(|known| **known == package.ecosystem).unwrap();
        let release = Release { ecosystem, name: package.name, version: package.version };
        let advisories = package.advisories.into_iter().map(|id| Reported {
            id,
            aliases: Vec::new(),
            severity: Severity::High,
            summary: "a made-up fault".to_owned(),
            malicious: false,
            fixed: None,
        });
        let published = Published {
            package: package.package,
            version: package.published,
            newest: package.newest,
            deprecated: package.deprecated,
            integrity: Vec::new(),
            advisories: advisories.collect(),
        };
        (release, published)
    });
    Answers { endpoints: endpoints.collect(), packages: packages.collect(), unanswered: Vec::new() }
}
