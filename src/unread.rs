//! Which files a scan cannot speak of.

use mcp_guard_scanner::scanned::FileReport;

/// The files and directories that were not analysed as a whole, each under its name. What was known
/// of them may be there still; of all else, what is not found is gone.
pub(crate) struct Unread<'n>(Vec<&'n str>);

impl<'n> Unread<'n> {
    pub(crate) fn of(files: &[FileReport], names: &'n [String]) -> Self {
        let broken = files.iter().zip(names).filter(|(file, _)| !file.is_whole());
        Self(broken.map(|(_, name)| name.as_str()).collect())
    }

    /// Whether a file is one of them or lies below one.
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.0.iter().any(|unread| {
            let below = name.strip_prefix(unread.trim_end_matches('/'));
            matches!(*unread, "" | ".")
                || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Unread;

    #[test]
    fn a_file_is_unread_with_its_directory() {
        let unread = Unread(vec!["a.json", "dir"]);
        for (name, expected) in [
            ("a.json", true),
            ("dir/b.json", true),
            ("dir", true),
            ("directory/b.json", false),
            ("b.json", false),
            ("x/a.json", false),
        ] {
            assert_eq!(unread.holds(name), expected, "{name}");
        }
        assert!(Unread(vec!["."]).holds("a.json"));
        assert!(!Unread(Vec::new()).holds("a.json"));
    }
}
