//! Names of programs and shapes of paths.

use super::{bridge, container, gateway, interpreter, prefix, runner, shell};

/// The name of a program: last component of its path, without the extensions Windows starts
/// programs by, in lower case.
pub(super) fn program(path: &str) -> String {
    let path = path.trim().trim_end_matches(['/', '\\']);
    let base = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
    for extension in [".exe", ".cmd", ".bat", ".com"] {
        if let Some(stem) = base.strip_suffix(extension)
            && !stem.is_empty()
        {
            return stem.to_owned();
        }
    }
    base
}

/// Whether a program of this name starts other programs or runs scripts, so that words after it
/// are surely arguments.
pub(super) fn is_launcher(name: &str) -> bool {
    runner::is_runner(name)
        || interpreter::is_interpreter(name)
        || container::is_engine(name)
        || shell::is_shell(name)
        || prefix::is_prefix(name)
        || bridge::is_bridge(name)
        || gateway::is_gateway(name)
}

/// Whether the path has an extension that Windows starts, or an interpreter runs.
pub(super) fn has_program_extension(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    [".exe", ".cmd", ".bat", ".com", ".ps1"].iter().any(|e| lower.ends_with(e))
}

/// Whether the path has a drive letter or is a UNC path.
pub(super) fn is_windows_path(path: &str) -> bool {
    match path.as_bytes() {
        [b'\\', b'\\', ..] => true,
        [drive, b':', b'\\' | b'/', ..] => drive.is_ascii_alphabetic(),
        _ => false,
    }
}

/// Whether the word can only be a path on this machine.
pub(super) fn is_path(word: &str) -> bool {
    let rooted = word.starts_with(['/', '\\']) || is_windows_path(word);
    let relative = matches!(word, "." | ".." | "~")
        || ["./", "../", "~/", ".\\", "..\\", "~\\"].iter().any(|p| word.starts_with(p));
    rooted || relative || placeholder(word).is_some_and(|rest| rest.starts_with(['/', '\\']))
}

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

/// `NAME=value` with a name that a shell accepts.
pub(super) fn assignment(word: &str) -> Option<(&str, usize)> {
    let (name, _) = word.split_once('=')?;
    let valid = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    valid.then_some((name, name.len() + 1))
}

/// The program that a name with a version in it means: `python3.12` is `python`.
pub(super) fn without_version(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn program_names() {
        for (path, name) in [
            ("C:\\Program Files\\nodejs\\NPX.CMD", "npx"),
            ("/usr/bin/python3.12", "python3.12"),
            ("npx", "npx"),
            ("./a/b.sh", "b.sh"),
            ("", ""),
            ("/", ""),
            (".exe", ".exe"),
        ] {
            assert_eq!(program(path), name, "{path}");
        }
    }

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

    #[test]
    fn paths() {
        for path in
            ["/a", "~/a", "./a", "..", "C:\\a", "C:/a", "\\\\host\\a", "${workspaceFolder}/a"]
        {
            assert!(is_path(path), "{path}");
        }
        for other in ["a", "a/b", "@a/b", "${A}", "https://a/b"] {
            assert!(!is_path(other), "{other}");
        }
    }
}
