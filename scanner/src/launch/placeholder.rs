//! Places that are filled in before the program starts.

const MAX_PLACEHOLDER: usize = 256;

/// What follows the placeholder (`${X}`, `$X`, `%X%`, `{{x}}`, `<x>`) that the word begins with.
pub(super) fn placeholder(word: &str) -> Option<&str> {
    // No longer names, so that a search through many openings stays short.
    let near = word.get(..word.floor_char_boundary(MAX_PLACEHOLDER)).unwrap_or(word);
    let after = |open: &str, close: &str| {
        let inner = near.strip_prefix(open)?;
        let (name, _) = inner.split_once(close)?;
        let rest = word.get(open.len() + name.len() + close.len()..)?;
        (!name.is_empty() && !name.contains(char::is_whitespace)).then_some(rest)
    };
    after("${{", "}}")
        .or_else(|| after("${", "}"))
        .or_else(|| after("{{", "}}"))
        .or_else(|| after("%", "%"))
        .or_else(|| after("<", ">"))
        .or_else(|| {
            let name = near.strip_prefix('$')?;
            let rest = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
            let length = name.len() - rest.len();
            if length > 0 { word.get(1 + length..) } else { None }
        })
}

/// Whether a placeholder stands anywhere in the text.
pub(super) fn has_placeholder(text: &str) -> bool {
    text.match_indices(['$', '%', '{', '<'])
        .any(|(at, _)| text.get(at..).and_then(placeholder).is_some())
}

/// Whether `${name}` is filled in by the client before any shell sees it: `${env:X}`,
/// `${input:x}`, `${workspaceFolder}`.
pub(super) fn is_client_variable(name: &str) -> bool {
    const SPACES: &[&str] = &["env:", "input:", "config:", "command:", "secret:"];
    const NAMES: &[&str] = &[
        "workspaceFolder",
        "workspaceFolderBasename",
        "workspaceRoot",
        "userHome",
        "extensionPath",
        "pathSeparator",
        "__dirname",
    ];
    let name = name.trim();
    SPACES.iter().any(|space| name.starts_with(space))
        || NAMES.contains(&name.split(':').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders() {
        assert_eq!(placeholder("${A}/x"), Some("/x"));
        assert_eq!(placeholder("$A-x"), Some("-x"));
        assert_eq!(placeholder("%A%\\x"), Some("\\x"));
        assert_eq!(placeholder("<your-key>"), Some(""));
        assert_eq!(placeholder("$"), None);
        assert!(has_placeholder("pkg@${VERSION}"));
        assert!(has_placeholder("pkg@{{ver}}"));
        assert!(!has_placeholder("100% sure"));
        assert!(!has_placeholder("a<1"));
    }
}
