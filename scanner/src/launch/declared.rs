//! Packages and images that an entry names by fields, as `server.json` of the MCP registry does.

use super::image::{self, ImageRef};
use super::package::Pin;
use super::part::Part;
use super::{npm, nuget, pypi};

/// How exactly a version in a field of its own fixes a package. `registry` is the registry's word
/// for the ecosystem (`registryType` in schema 2025-12-11).
#[must_use]
pub fn declared_pin(registry: &str, version: Option<&str>) -> Pin {
    match (registry, version.map(str::trim).unwrap_or_default()) {
        // A bundle is fetched from its URL and verified by its hash.
        ("mcpb", _) => Pin::Exact,
        (_, "") => Pin::None,
        ("pypi", version) => pypi::version_pin(version),
        ("nuget", version) => nuget::pin(version),
        (_, version) => npm::pin(version),
    }
}

/// The image of that name, with the version as its tag or digest where the name has none.
#[must_use]
pub fn declared_image(identifier: &str, version: Option<&str>) -> ImageRef {
    let part = Part { word: 0, range: 0..identifier.len() };
    let image = image::read(identifier, part.clone());
    match version.map(str::trim).filter(|version| !version.is_empty()) {
        Some(version) if image.tag.is_none() && image.digest.is_none() => {
            let sign = if version.contains(':') { '@' } else { ':' };
            image::read(&format!("{identifier}{sign}{version}"), part)
        }
        _ => image,
    }
}

#[cfg(test)]
mod tests {
    use super::super::image::ImagePin;
    use super::*;

    #[test]
    fn pins_are_those_of_the_ecosystem() {
        for (registry, version, pin) in [
            ("npm", Some("1.2.3"), Pin::Exact),
            ("npm", Some("next"), Pin::Tag),
            ("npm", Some("1.x"), Pin::Range),
            ("npm", Some("${VERSION}"), Pin::Reference),
            ("npm", None, Pin::None),
            ("pypi", Some("1.2rc1"), Pin::Exact),
            ("pypi", Some("latest"), Pin::Tag),
            ("nuget", Some("1.2.3.4"), Pin::Exact),
            ("cargo", Some("^1"), Pin::Range),
            ("mcpb", None, Pin::Exact),
        ] {
            assert_eq!(declared_pin(registry, version), pin, "{registry} {version:?}");
        }
    }

    #[test]
    fn an_image_takes_its_version_only_where_it_has_none() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (identifier, version, pin) in [
            ("docker.io/a/b:1.0.0", None, ImagePin::Tag),
            ("docker.io/a/b:1.0.0", Some("latest"), ImagePin::Tag),
            ("ghcr.io/a/b", Some("latest"), ImagePin::Latest),
            ("a/b", Some(digest.as_str()), ImagePin::Digest),
            ("localhost:5000/a", None, ImagePin::None),
        ] {
            assert_eq!(declared_image(identifier, version).pin, pin, "{identifier} {version:?}");
        }
    }
}
