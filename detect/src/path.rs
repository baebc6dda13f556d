//! Paths as configuration files and calls spell them, of any platform, compared after
//! normalisation and without touching a file system.

/// Whether `path` names `root` or something below it, once both are normalised. `..` that climbs
/// above a relative path's start, or text with a NUL, is within nothing.
#[must_use]
pub fn within(path: &str, root: &str) -> bool {
    match (normalise(path), normalise(root)) {
        (Some(path), Some(root)) => {
            path.anchor == root.anchor && path.segments.starts_with(&root.segments)
        }
        _ => false,
    }
}

/// A path taken apart: what it is relative to, and its segments without `.`, `..` and empty ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normal {
    /// `/`, a drive such as `c:`, `~` for the home directory, a share as `//host`, or empty for a
    /// relative path.
    pub anchor: String,
    /// The segments below it. Lower case where the anchor is a drive or a share, because those
    /// file systems do not tell case apart.
    pub segments: Vec<String>,
}

/// Takes a path apart, or returns `None` when it cannot mean a place: it climbs out of its anchor
/// or holds a NUL. Both separators count, `%2e%2e` and the like are decoded, `file:` is stripped,
/// and `$HOME`, `${HOME}`, `%USERPROFILE%` and `${userHome}` are the home directory.
#[must_use]
pub fn normalise(path: &str) -> Option<Normal> {
    let decoded = percent_decoded(without_scheme(path))?;
    if decoded.contains('\0') {
        return None;
    }
    let text = decoded.replace('\\', "/");
    let text = text.strip_prefix("//?/").unwrap_or(&text);
    let (anchor, rest) = split_anchor(text);
    let climbs_to_root = !anchor.is_empty() && anchor != "~";
    let caseless = anchor.ends_with(':') || anchor.starts_with("//");
    let mut segments: Vec<String> = Vec::new();
    for segment in rest.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                if segments.pop().is_none() && !climbs_to_root {
                    return None;
                }
            }
            name if caseless => segments.push(name.to_lowercase()),
            name => segments.push(name.to_owned()),
        }
    }
    Some(Normal { anchor, segments })
}

/// A kind of place in which not only its owner puts files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SharedPlace {
    /// For temporary files: every user and every program may make some there.
    Temporary,
    /// Where browsers put what a web page offers.
    Downloads,
    /// For the files of all users.
    Public,
}

impl SharedPlace {
    /// The word for it in rules and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Temporary => "temporary",
            Self::Downloads => "downloads",
            Self::Public => "public",
        }
    }
}

/// The shared place that a path of any platform lies in, told by its spelling alone.
#[must_use]
pub fn shared_place(path: &str) -> Option<SharedPlace> {
    let unquoted = path.trim().trim_matches('"');
    for variable in
        ["%temp%", "%tmp%", "$tmpdir", "${tmpdir}", "${env:tmpdir}", "$env:temp", "${env:temp}"]
    {
        if let Some(head) = unquoted.get(..variable.len())
            && head.eq_ignore_ascii_case(variable)
            && unquoted
                .get(head.len()..)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '\\']))
        {
            return Some(SharedPlace::Temporary);
        }
    }
    if unquoted.get(..8).is_some_and(|head| head.eq_ignore_ascii_case("%public%")) {
        return Some(SharedPlace::Public);
    }
    let normal = normalise(unquoted)?;
    let segments: Vec<&str> = normal.segments.iter().map(String::as_str).collect();
    // macOS keeps both there.
    let segments = segments.strip_prefix(&["private"]).unwrap_or(&segments);
    match (normal.anchor.as_str(), segments) {
        ("/", ["tmp", ..] | ["var", "tmp", ..] | ["dev", "shm", ..]) => {
            Some(SharedPlace::Temporary)
        }
        ("/", ["Users", "Shared", ..]) => Some(SharedPlace::Public),
        ("~", ["Downloads" | "downloads", ..]) => Some(SharedPlace::Downloads),
        ("/", ["home" | "Users", _, "Downloads", ..] | ["root", "Downloads", ..]) => {
            Some(SharedPlace::Downloads)
        }
        ("~", ["AppData", "Local", "Temp", ..]) => Some(SharedPlace::Temporary),
        (drive, segments) if drive.ends_with(':') => match segments {
            ["temp" | "tmp", ..]
            | ["windows", "temp", ..]
            | ["users", _, "appdata", "local", "temp", ..] => Some(SharedPlace::Temporary),
            ["users", "public", ..] => Some(SharedPlace::Public),
            ["users", _, "downloads", ..] => Some(SharedPlace::Downloads),
            _ => None,
        },
        _ => None,
    }
}

/// A `file` URL (RFC 8089) without its scheme and, if it is this machine's, its host.
fn without_scheme(path: &str) -> &str {
    let Some((scheme, rest)) = path.split_once(':') else { return path };
    if !scheme.eq_ignore_ascii_case("file") {
        return path;
    }
    let Some(rest) = rest.strip_prefix("//") else { return rest };
    match rest.split_once('/') {
        Some((host, _)) if host.eq_ignore_ascii_case("localhost") => {
            rest.get(host.len()..).unwrap_or(rest)
        }
        _ => rest,
    }
}

fn split_anchor(text: &str) -> (String, &str) {
    for home in ["~", "$HOME", "${HOME}", "${env:HOME}", "%USERPROFILE%", "${userHome}"] {
        if let Some(rest) = text.strip_prefix(home)
            && (rest.is_empty() || rest.starts_with('/'))
        {
            return ("~".to_owned(), rest);
        }
    }
    let mut characters = text.chars();
    if let (Some(letter), Some(':')) = (characters.next(), characters.next())
        && letter.is_ascii_alphabetic()
    {
        return (format!("{}:", letter.to_ascii_lowercase()), characters.as_str());
    }
    if let Some(share) = text.strip_prefix("//") {
        let (server, rest) = share.split_once('/').unwrap_or((share, ""));
        return (format!("//{}", server.to_lowercase()), rest);
    }
    match text.strip_prefix('/') {
        Some(rest) => ("/".to_owned(), rest),
        None => (String::new(), text),
    }
}

/// Decodes `%2e`, `%2f` and `%5c` (twice, because a second decoding is a known way around checks);
/// other escapes cannot change where a path leads.
fn percent_decoded(path: &str) -> Option<String> {
    let mut text = path.to_owned();
    for _ in 0..2 {
        if !text.contains('%') {
            break;
        }
        for (escape, plain) in
            [("%2e", "."), ("%2f", "/"), ("%5c", "\\"), ("%00", "\0"), ("%25", "%")]
        {
            text = text.replace(escape, plain).replace(&escape.to_uppercase(), plain);
        }
    }
    (!text.contains('\0')).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{SharedPlace, normalise, shared_place, within};

    #[test]
    fn places_that_others_write_to_are_known() {
        use SharedPlace::{Downloads, Public, Temporary};
        for (path, place) in [
            ("/tmp", Temporary),
            ("/tmp/server.js", Temporary),
            ("/opt/../tmp/server.js", Temporary),
            ("/var/tmp/x", Temporary),
            ("/private/tmp/x", Temporary),
            ("/dev/shm/x", Temporary),
            ("$TMPDIR/x", Temporary),
            ("%TEMP%\\x.exe", Temporary),
            ("C:\\Windows\\Temp\\x.exe", Temporary),
            ("c:/Users/ada/AppData/Local/Temp/x.exe", Temporary),
            ("~/Downloads/x", Downloads),
            ("/home/ada/Downloads/x", Downloads),
            ("/Users/ada/Downloads/mcp/index.js", Downloads),
            ("C:\\Users\\ada\\Downloads\\x.exe", Downloads),
            ("/Users/Shared/x", Public),
            ("%PUBLIC%\\x.exe", Public),
        ] {
            assert_eq!(shared_place(path), Some(place), "{path}");
        }
        for path in [
            "",
            "tmp/x",
            "/tmpfs/x",
            "/home/ada/tmp/x",
            "~/Download",
            "./Downloads/x",
            "/usr/bin/x",
            "$TMPDIRECTORY/x",
            "/home/Downloads",
        ] {
            assert_eq!(shared_place(path), None, "{path}");
        }
    }

    #[test]
    fn spelling_does_not_slip_past() {
        assert!(within("/data/a", "/data"));
        assert!(within("/data/./x/../a", "/data/"));
        assert!(within("//?/C:\\Data\\x", "c:/data"));
        assert!(within("~/x/.ssh", "${HOME}/x"));
        assert!(!within("/data/../etc/passwd", "/data"));
        assert!(!within("/data/%2e%2e/etc", "/data"));
        assert!(!within("/data/%252e%252e/etc", "/data"));
        assert!(!within("/data/..\\etc", "/data"));
        assert!(!within("/database", "/data"));
        assert!(!within("../data", "data"));
        assert!(!within("/data/x\0", "/data"));
        assert!(!within("/data/%00", "/data"));
        assert!(within("/../../data/x", "/data"));
        for url in ["file:///etc/x", "FILE:///etc/x", "file:/etc/x", "file://localhost/etc/x"] {
            assert!(within(url, "/etc"), "{url}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_is_stable(text in "[a-zA-Z~$%./\\\\:{}2eF\0]{0,40}") {
            if let Some(normal) = normalise(&text) {
                prop_assert!(!normal.segments.iter().any(|s| s == ".." || s.is_empty()));
            }
        }
    }
}
