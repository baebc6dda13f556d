//! Versions of packages that an entry names by fields, as the MCP registry does.

use crate::client::server::DeclaredPackage;

/// How firmly an entry that names a package by fields fixes its version.
pub(super) fn declared_pin(declared: &DeclaredPackage<'_>) -> &'static str {
    let version = declared.version.as_ref().map(|version| version.text.as_ref());
    match version {
        // A bundle is fetched from its URL and verified by its hash.
        _ if declared.registry.text == "mcpb" => "exact",
        None | Some("") => "none",
        Some("latest") => "tag",
        Some(version) if version.contains("${") || version.contains("{{") => "reference",
        Some(version) if is_range(version) => "range",
        Some(_) => "exact",
    }
}

/// A version with operators, wildcards or fewer than three numbers.
fn is_range(version: &str) -> bool {
    version.starts_with(['^', '~', '>', '<', '='])
        || version.contains(['*', ' ', '|', ','])
        || version.split('.').any(|part| part.eq_ignore_ascii_case("x"))
}
