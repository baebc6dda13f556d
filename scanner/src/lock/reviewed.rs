//! One server as it was reviewed.

use serde::{Deserialize, Serialize};

/// A server as it was reviewed. Holds no secret that is recognised as one: values of variables and
/// headers are left out, and what is a secret elsewhere is cut down to its last characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviewed {
    /// Its file, below the directory of the lock file, with forward slashes; `~/…` for a file of
    /// the user.
    pub file: String,
    /// Its name.
    pub server: String,
    /// JSON Pointer (RFC 6901) of its entry.
    pub pointer: String,
    /// The command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// The URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Names of the variables that it is given, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// The file that it is given variables from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env_file: Option<String>,
    /// Names of the headers that it is sent, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// The command that the client runs for more headers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers_command: Option<String>,
    /// The working directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// The package that it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<ReviewedPackage>,
}

/// A package as it was reviewed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewedPackage {
    /// Where it comes from.
    pub ecosystem: String,
    /// Its name.
    pub name: String,
    /// The version: as written, or what the registry offered when it was reviewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Hash of what the registry served for that version: Subresource Integrity for npm,
    /// `sha256:…` of each file for PyPI.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub integrity: Vec<String>,
}
