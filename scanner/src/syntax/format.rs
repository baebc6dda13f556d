//! The formats a document can be in.

use std::fmt;

/// How a file is written. JSON, JSONC and JSON5 are read alike, with everything any of them
/// allows, because clients do not keep them apart; the name says what the file claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// JSON (RFC 8259).
    Json,
    /// JSON with comments and trailing commas.
    Jsonc,
    /// JSON5 (<https://spec.json5.org>).
    Json5,
    /// TOML 1.1.
    Toml,
    /// YAML 1.2, core schema, with merge keys.
    Yaml,
    /// YAML between two `---` lines at the start of a Markdown file.
    FrontMatter,
}

impl Format {
    /// The lower-case name used in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Jsonc => "jsonc",
            Self::Json5 => "json5",
            Self::Toml => "toml",
            Self::Yaml => "yaml",
            Self::FrontMatter => "front-matter",
        }
    }

    /// The format that the extension of a file name or path promises, in any letter case.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let name = path.rsplit(['/', '\\']).next()?;
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "jsonc" | "code-workspace" => Some(Self::Jsonc),
            "json5" => Some(Self::Json5),
            "toml" => Some(Self::Toml),
            "yaml" | "yml" => Some(Self::Yaml),
            "md" | "mdc" | "mdx" | "markdown" => Some(Self::FrontMatter),
            _ => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn the_extension_decides() {
        for (path, format) in [
            (".cursor/mcp.json", Some(Format::Json)),
            ("a.d/mcp", None),
            (r"C:\Users\me\.codex\Config.TOML", Some(Format::Toml)),
            ("x.code-workspace", Some(Format::Jsonc)),
            ("config.yml", Some(Format::Yaml)),
            ("rules/a.mdc", Some(Format::FrontMatter)),
            (".json", Some(Format::Json)),
            ("json", None),
            ("", None),
            ("x.exe", None),
        ] {
            assert_eq!(Format::of_path(path), format, "{path}");
        }
    }
}
