//! Package URLs of what a server starts.

use std::str::FromStr;

use packageurl::PackageUrl;

use crate::launch::{ImagePin, ImageRef};

/// The package URL of a package; `None` where its ecosystem has no such URLs or it is not known
/// what the package is called.
pub(super) fn package(ecosystem: &str, name: &str, version: Option<&str>) -> Option<String> {
    let kind = match ecosystem {
        "npm" | "pypi" | "golang" | "nuget" | "cargo" | "gem" => ecosystem,
        _ => return None,
    };
    if !is_plain(name, "@/._-~+") {
        return None;
    }
    let (namespace, name) = match name.rsplit_once('/') {
        Some((namespace, name)) if matches!(kind, "npm" | "golang") => (Some(namespace), name),
        _ => (None, name),
    };
    let mut url = PackageUrl::new(kind, name).ok()?;
    if let Some(namespace) = namespace {
        url.with_namespace(namespace).ok()?;
    }
    if let Some(version) = version.filter(|version| is_plain(version, "._-+!~")) {
        url.with_version(version).ok()?;
    }
    parsed(&url)
}

/// The package URL of a container image, of which the digest is the version; `None` where it is not
/// known what the image is called.
pub(super) fn image(image: &ImageRef) -> Option<String> {
    // What an engine takes it for.
    let registry = image.registry.as_deref().unwrap_or("docker.io");
    let official = registry == "docker.io" && !image.name.contains('/');
    let path = if official { format!("library/{}", image.name) } else { image.name.clone() };
    let repository = format!("{registry}/{path}").to_lowercase();
    let is_complete = repository.split('/').all(|part| !part.is_empty());
    if !is_complete || !is_plain(&repository, "._-/:") {
        return None;
    }
    let (_, name) = repository.rsplit_once('/')?;
    let mut url = PackageUrl::new("oci", name.to_owned()).ok()?;
    url.add_qualifier("repository_url", repository.as_str()).ok()?;
    if let Some(digest) = digest(image) {
        url.with_version(digest).ok()?;
    }
    if let Some(tag) = image.tag.as_deref().filter(|tag| is_plain(tag, "._-")) {
        url.add_qualifier("tag", tag).ok()?;
    }
    parsed(&url)
}

/// The digest that fixes an image.
pub(super) fn digest(image: &ImageRef) -> Option<&str> {
    image.digest.as_deref().filter(|_| image.pin == ImagePin::Digest)
}

/// Whether a text holds letters, digits and these signs only: no placeholder, nothing blotted out.
fn is_plain(text: &str, signs: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
}

/// The URL as a text, if others read it as the same.
fn parsed(url: &PackageUrl<'_>) -> Option<String> {
    let text = url.to_string();
    PackageUrl::from_str(&text).is_ok_and(|read| read.to_string() == text).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::declared_image;

    #[test]
    fn packages_are_named_as_the_specification_has_it() {
        for (ecosystem, name, version, wanted) in [
            ("npm", "@scope/name", Some("1.2.3"), Some("pkg:npm/%40scope/name@1.2.3")),
            ("npm", "name", None, Some("pkg:npm/name")),
            ("pypi", "Some_Name", Some("1!2.0+x"), Some("pkg:pypi/some-name@1!2.0%2Bx")),
            ("golang", "github.com/a/b", Some("v1.0.0"), Some("pkg:golang/github.com/a/b@v1.0.0")),
            ("nuget", "Some.Name", None, Some("pkg:nuget/Some.Name")),
            ("jsr", "@a/b", None, None),
            ("npm", "${NAME}", None, None),
            ("npm", "a…", None, None),
            ("npm", "", None, None),
            ("npm", "@a/", None, None),
        ] {
            assert_eq!(package(ecosystem, name, version).as_deref(), wanted, "{ecosystem} {name}");
        }
    }

    #[test]
    fn images_are_named_by_repository_and_digest() {
        let hash = format!("sha256:{}", "0a".repeat(32));
        for (text, wanted) in [
            ("debian", "pkg:oci/debian?repository_url=docker.io%2Flibrary%2Fdebian".to_owned()),
            ("a/b:1", "pkg:oci/b?repository_url=docker.io%2Fa%2Fb&tag=1".to_owned()),
            (
                &format!("ghcr.io:443/a/b:1@{hash}"),
                format!("pkg:oci/b@{hash}?repository_url=ghcr.io:443%2Fa%2Fb&tag=1"),
            ),
        ] {
            assert_eq!(image(&declared_image(text, None)), Some(wanted), "{text}");
        }
        for text in ["", "/", "a/", "${IMAGE}", "a b", "ghcr.io/a/b…"] {
            assert_eq!(image(&declared_image(text, None)), None, "{text}");
        }
        assert_eq!(digest(&declared_image("a@sha256:1", None)), None);
    }
}
