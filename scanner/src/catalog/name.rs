//! When two names mean the same package.

use super::server::Registry;

/// The bytes of a name in the one spelling that its registry compares.
///
/// `PyPI` ignores case and takes runs of `-`, `_` and `.` for one hyphen (PEP 503); the default
/// registry and namespace of images may be left out (distribution specification); elsewhere only
/// case is ignored, because nobody may register a name that differs from another's by case alone.
pub fn normalised(registry: Registry, name: &str) -> Normalised<'_> {
    let name = if registry == Registry::Oci { image(name) } else { name };
    Normalised { rest: name.as_bytes(), hyphens: registry == Registry::Pypi }
}

/// The bytes of a program's or module's name: `mcp_server_git` is `mcp-server-git`.
#[must_use]
pub fn program(name: &str) -> Normalised<'_> {
    Normalised { rest: name.as_bytes(), hyphens: true }
}

fn image(name: &str) -> &str {
    let name = ["docker.io/", "index.docker.io/", "registry-1.docker.io/"]
        .iter()
        .find_map(|host| name.strip_prefix(host))
        .unwrap_or(name);
    name.strip_prefix("library/").unwrap_or(name)
}

/// Iterator of [`normalised`].
#[derive(Clone, Debug)]
pub struct Normalised<'a> {
    rest: &'a [u8],
    hyphens: bool,
}

impl Normalised<'_> {
    /// The spelling as text.
    #[must_use]
    pub fn text(self) -> String {
        String::from_utf8_lossy(&self.collect::<Vec<u8>>()).into_owned()
    }
}

impl Iterator for Normalised<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        if self.hyphens && matches!(first, b'-' | b'_' | b'.') {
            let run = rest.iter().take_while(|byte| matches!(byte, b'-' | b'_' | b'.')).count();
            self.rest = rest.get(run..).unwrap_or_default();
            return Some(b'-');
        }
        Some(first.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_registry_are_one() {
        for (registry, name, expected) in [
            (Registry::Pypi, "MCP_Server..Git", "mcp-server-git"),
            (Registry::Pypi, "awslabs.core-mcp-server", "awslabs-core-mcp-server"),
            (Registry::Npm, "@Scope/mcp_server.x", "@scope/mcp_server.x"),
            (Registry::Oci, "docker.io/library/redis", "redis"),
            (Registry::Oci, "docker.io/mcp/git", "mcp/git"),
            (Registry::Oci, "ghcr.io/github/github-mcp-server", "ghcr.io/github/github-mcp-server"),
        ] {
            assert_eq!(normalised(registry, name).text(), expected);
        }
        assert_eq!(program("mcp_server_git").text(), "mcp-server-git");
    }
}
