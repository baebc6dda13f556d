//! References to container images.

use super::part::Part;
use super::placeholder::{has_placeholder, placeholder};

/// An image named on a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRef {
    /// The name without registry, tag and digest.
    pub name: String,
    /// The host of the registry; `None` for the engine's default.
    pub registry: Option<String>,
    /// The tag.
    pub tag: Option<String>,
    /// The digest with its algorithm: `sha256:…`.
    pub digest: Option<String>,
    /// How exactly the image is fixed.
    pub pin: ImagePin,
    /// Where it is written.
    pub part: Part,
}

/// How exactly an image is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImagePin {
    /// By its content.
    Digest,
    /// By a tag other than `latest`, which can be moved.
    Tag,
    /// By the tag `latest`.
    Latest,
    /// Filled in later: `image:${TAG}`.
    Reference,
    /// Nothing said, which means `latest`.
    None,
}

impl ImagePin {
    /// The name used in rules and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Tag => "tag",
            Self::Latest => "latest",
            Self::Reference => "reference",
            Self::None => "none",
        }
    }
}

/// Reads an image reference (distribution specification): a first component with a dot, a colon or
/// the name `localhost` is the registry.
pub(super) fn read(text: &str, part: Part) -> ImageRef {
    let text = text.strip_prefix("docker://").unwrap_or(text);
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    let (registry, path) = match rest.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => {
            (Some(host), path)
        }
        _ => (None, rest),
    };
    // A colon inside of a placeholder (`${IMAGE:-x}`) begins no tag.
    let colon = path.rfind(':').filter(|at| {
        let open = path.get(..*at).unwrap_or_default().matches("${").count();
        open == path.get(..*at).unwrap_or_default().matches('}').count()
    });
    let (name, tag) = match colon.and_then(|at| path.split_at_checked(at)) {
        Some((name, tag)) if !tag.contains('/') => (name, tag.get(1..).filter(|t| !t.is_empty())),
        _ => (path, None),
    };
    let is_digest = |digest: &str| {
        digest.split_once(':').is_some_and(|(algorithm, hex)| {
            let length = match algorithm {
                "sha256" => 64,
                "sha512" => 128,
                _ => return false,
            };
            hex.len() == length && hex.bytes().all(|b| b.is_ascii_hexdigit())
        })
    };
    let placeholder =
        [digest, tag].into_iter().flatten().any(has_placeholder) || placeholder(name) == Some("");
    let pin = match (digest, tag) {
        (Some(digest), _) if is_digest(digest) => ImagePin::Digest,
        _ if placeholder => ImagePin::Reference,
        (_, Some("latest")) => ImagePin::Latest,
        (_, Some(_)) => ImagePin::Tag,
        _ => ImagePin::None,
    };
    ImageRef {
        name: name.to_owned(),
        registry: registry.map(str::to_owned),
        tag: tag.map(str::to_owned),
        digest: digest.map(str::to_owned),
        pin,
        part,
    }
}
