//! What an address leads to, by its scheme: not everything that stands where a URL belongs is one of a network service.

use std::borrow::Cow;

/// What an address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// A service on a network: HTTP or WebSocket.
    Network,
    /// A socket or named pipe of this machine.
    Socket,
    /// A file of this machine.
    File,
    /// A file of another machine: a UNC path, `smb:`, `file:` with a host. Opening one logs in there.
    Share,
    /// Program text, or a document that can hold some: `javascript:`, `data:`.
    Script,
    /// Whatever program is registered for the scheme.
    Other,
}

impl Reach {
    /// The word for it in rules and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Socket => "socket",
            Self::File => "file",
            Self::Share => "share",
            Self::Script => "script",
            Self::Other => "other",
        }
    }
}

const NETWORK: [&str; 5] = ["http", "https", "ws", "wss", "sse"];
const SOCKETS: [&str; 3] = ["unix", "npipe", "pipe"];
const SHARES: [&str; 6] = ["smb", "cifs", "nfs", "afp", "dav", "davs"];
const SCRIPTS: [&str; 6] = ["javascript", "vbscript", "data", "blob", "about", "view-source"];
/// Schemes of programs that are written without slashes.
const HANDLERS: [&str; 7] =
    ["mailto", "tel", "shell", "search", "search-ms", "ms-settings", "ms-msdt"];

/// The scheme of an address in lower case, and what it leads to; `unc` for a UNC path.
///
/// Read as browsers read it (WHATWG URL standard, section 4.4): control characters in front and tabs and line ends
/// anywhere do not count. `None` for a text without a scheme, such as `localhost:8080/mcp` or a path, and for one whose
/// scheme is filled in later.
#[must_use]
pub fn reach(text: &str) -> Option<(String, Reach)> {
    let text = text.trim_start_matches(|c: char| c <= ' ');
    if text.starts_with("\\\\") {
        return Some(("unc".to_owned(), Reach::Share));
    }
    let text: Cow<'_, str> = if text.contains(['\t', '\n', '\r']) {
        Cow::Owned(text.replace(['\t', '\n', '\r'], ""))
    } else {
        Cow::Borrowed(text)
    };
    let (scheme, rest) = text.split_once(':')?;
    let mut bytes = scheme.bytes();
    let formed = bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    // One letter is a drive.
    if !formed || scheme.len() < 2 {
        return None;
    }
    let scheme = scheme.to_ascii_lowercase();
    let is = |names: &[&str]| names.contains(&scheme.as_str());
    let slashes = rest.starts_with("//");
    let reach = if is(&NETWORK) {
        Reach::Network
    } else if is(&SOCKETS) {
        Reach::Socket
    } else if scheme == "file" {
        file(rest)
    } else if is(&SCRIPTS) {
        Reach::Script
    } else if slashes && is(&SHARES) {
        Reach::Share
    } else if slashes || is(&HANDLERS) {
        Reach::Other
    } else {
        return None;
    };
    Some((scheme, reach))
}

/// RFC 8089: a host other than this one makes it a file of another machine.
fn file(rest: &str) -> Reach {
    let rest = rest.replace('\\', "/");
    let Some(host) = rest.strip_prefix("//").and_then(|rest| rest.split('/').next()) else {
        return Reach::File;
    };
    let here = host.is_empty() || host.eq_ignore_ascii_case("localhost") || host.ends_with(':');
    // `file:////host/share` is a UNC path too; a placeholder may be anything.
    let unc = host.is_empty() && rest.starts_with("////");
    if unc || !here && !host.contains(['$', '{', '%', '<']) { Reach::Share } else { Reach::File }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Reach, reach};

    #[test]
    fn the_scheme_decides() {
        for (text, scheme, expected) in [
            ("https://mcp.contoso.com/mcp", "https", Reach::Network),
            ("WSS://mcp.contoso.com", "wss", Reach::Network),
            ("unix:///run/mcp.sock", "unix", Reach::Socket),
            ("npipe:////./pipe/mcp", "npipe", Reach::Socket),
            ("file:///etc/passwd", "file", Reach::File),
            ("FILE:/etc/passwd", "file", Reach::File),
            ("file://localhost/etc/passwd", "file", Reach::File),
            ("file:///C:/tools/x", "file", Reach::File),
            ("file://${HOST}/x", "file", Reach::File),
            ("file://files.contoso.com/share/x", "file", Reach::Share),
            ("file:////files/share/x", "file", Reach::Share),
            (r"\\files\share\x", "unc", Reach::Share),
            ("smb://files/share", "smb", Reach::Share),
            ("javascript:fetch('https://contoso.com')", "javascript", Reach::Script),
            (" java\nscript:x", "javascript", Reach::Script),
            ("data:text/html,x", "data", Reach::Script),
            ("ftp://files.contoso.com", "ftp", Reach::Other),
            ("search-ms:query=x", "search-ms", Reach::Other),
            ("vscode://publisher.extension", "vscode", Reach::Other),
        ] {
            assert_eq!(reach(text), Some((scheme.to_owned(), expected)), "{text}");
        }
        for text in [
            "",
            "mcp.contoso.com/mcp",
            "localhost:8080/mcp",
            "mcp.contoso.com:443",
            "C:\\tools\\x",
            "C:/tools/x",
            "/run/mcp.sock",
            "//mcp.contoso.com/mcp",
            "${URL}",
            "${SCHEME}://mcp.contoso.com",
            "1http://x",
            "note: see the wiki",
        ] {
            assert_eq!(reach(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_judged(text in "\\PC{0,40}") {
            let _ = reach(&text);
        }
    }
}
