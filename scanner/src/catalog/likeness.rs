//! What of a name matters when it is held against another one.

/// Words that say that something is an MCP server and not which one.
const GENERIC: &[&str] = &[
    "mcp", "server", "servers", "cli", "api", "sdk", "client", "local", "remote", "ai", "model",
    "context", "protocol", "tools", "tool", "js", "py", "node", "python", "dev", "docs", "agent",
    "pdf", "test",
];

/// The letters and digits of a name as a set of bits: each edit of the name changes at most two of
/// them, so that most names can be told apart without comparing them.
#[must_use]
pub fn signature(name: impl Iterator<Item = u8>) -> u64 {
    let mut bits = 0_u64;
    for byte in name {
        match byte.to_ascii_lowercase() {
            letter @ b'a'..=b'z' => {
                let first = 1_u64 << (2 * u32::from(letter - b'a'));
                // The second bit of a letter says that it stands there more than once.
                bits |= if bits & first == 0 { first } else { first << 1 };
            }
            digit @ b'0'..=b'9' => bits |= 1_u64 << (52 + u32::from(digit - b'0')),
            _ => {}
        }
    }
    bits
}

/// The bytes of a name without what separates its words.
pub fn squeezed(name: &str) -> impl Iterator<Item = u8> + Clone {
    let bytes = name.bytes().filter(|byte| !matches!(byte, b'-' | b'_' | b'.'));
    bytes.map(|byte| byte.to_ascii_lowercase())
}

/// The words of a name.
pub fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(['-', '_', '.', '/', '@']).filter(|word| !word.is_empty())
}

/// Whether a name says which server is meant.
#[must_use]
pub fn is_telling(name: &str) -> bool {
    words(name).any(|word| !GENERIC.contains(&word))
}

/// Whether only MCP servers are called like this.
#[must_use]
pub fn is_of_mcp(name: &str) -> bool {
    name.contains("mcp") || name.contains("modelcontext")
}

/// Whether a name says of itself that it is a server.
#[must_use]
pub fn serves(name: &str) -> bool {
    name.contains("mcp") || name.contains("server")
}

/// Scope and base name of `@scope/name`.
#[must_use]
pub fn scoped(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix('@')?.split_once('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_changes_at_most_two_bits() {
        for (a, b, most) in [
            ("firecrawl-mcp", "firecrawl-mcp", 0),
            ("firecrawl-mcp", "firecrawl_MCP", 0),
            ("firecrawl-mcp", "fierecrawl-mcp", 1),
            ("firecrawl-mcp", "firecraul-mcp", 2),
            ("firecrawl-mcp", "fircerawl-mcp", 0),
            ("context7-mcp", "context8-mcp", 2),
        ] {
            let changed = (signature(a.bytes()) ^ signature(b.bytes())).count_ones();
            assert!(changed <= most, "{a} {b} {changed}");
        }
    }

    #[test]
    fn names_are_telling_by_one_word() {
        assert!(is_telling("server-filesystem"));
        assert!(!is_telling("mcp-server"));
        assert_eq!(scoped("@a/b"), Some(("a", "b")));
        assert_eq!(scoped("a/b"), None);
        assert!(squeezed("Fire_crawl-mcp").eq(squeezed("firecrawl.mcp")));
    }
}
