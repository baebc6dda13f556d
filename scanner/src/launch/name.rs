//! Names of programs and shapes of paths.

use super::placeholder::placeholder;

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

/// `NAME=value` with a name that a shell accepts.
pub(super) fn assignment(word: &str) -> Option<(&str, usize)> {
    let (name, _) = word.split_once('=')?;
    let valid = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    valid.then_some((name, name.len() + 1))
}

/// The program that a name with a version in it means: `python3.12` is `python`.
pub(crate) fn without_version(name: &str) -> &str {
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
