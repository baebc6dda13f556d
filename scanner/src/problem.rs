//! What the analysis could not do, or could do only in part.

use std::fmt;

/// A half-open range of bytes in the decoded text of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The range from `start` up to but not including `end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The number of bytes.
    #[must_use]
    pub const fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether the range holds no byte.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether `other` lies wholly inside this range.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// Why something could not be read or understood. Each becomes a finding of rule
/// `incomplete-analysis`; see [`ProblemKind::loses_content`] for which of them mean that servers
/// may have been missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// The file or directory could not be opened or read.
    Unreadable,
    /// Not a regular file (directory, pipe, socket, device).
    NotAFile,
    /// A symbolic link that dangles, loops or leaves the scanned tree.
    Symlink,
    /// The file changed while it was read.
    Changed,
    /// Larger than the size limit.
    TooLarge,
    /// Neither UTF-8 nor UTF-16 with a byte order mark, or not text at all.
    Encoding,
    /// Not well-formed in its format.
    Syntax,
    /// Nested deeper than the limit.
    TooDeep,
    /// A command line or a key longer than the limit. Its beginning is analysed.
    TooLong,
    /// YAML aliases expand to more nodes than the limit.
    AliasLimit,
    /// The same key twice in one object. Both are analysed, and which of them counts is unknown.
    DuplicateKey,
    /// Looks like a server map, but no client is known that reads it there.
    UnknownShape,
    /// A server entry with neither command nor URL, or with a value of the wrong type.
    BadEntry,
}

impl ProblemKind {
    /// The kebab-case name used in rules and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NotAFile => "not-a-file",
            Self::Symlink => "symlink",
            Self::Changed => "changed",
            Self::TooLarge => "too-large",
            Self::Encoding => "encoding",
            Self::Syntax => "syntax",
            Self::TooDeep => "too-deep",
            Self::TooLong => "too-long",
            Self::AliasLimit => "alias-limit",
            Self::DuplicateKey => "duplicate-key",
            Self::UnknownShape => "unknown-shape",
            Self::BadEntry => "bad-entry",
        }
    }

    /// Whether the analysis is incomplete because of it (exit code 3). A duplicate key is worth
    /// telling, but both values were looked at.
    #[must_use]
    pub const fn loses_content(self) -> bool {
        !matches!(self, Self::DuplicateKey)
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that could not be read or understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of thing.
    pub kind: ProblemKind,
    /// One sentence that says what is wrong and, where it helps, what to do. Never holds a value
    /// of the file, which might be a secret.
    pub message: String,
    /// Where in the decoded text; `None` when the whole file is concerned.
    pub span: Option<Span>,
    /// JSON Pointer (RFC 6901) of the node concerned, if it is known.
    pub pointer: Option<String>,
}

impl Problem {
    /// A problem without a place.
    #[must_use]
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), span: None, pointer: None }
    }

    /// The same problem at `span`.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// The same problem at the node `pointer`.
    #[must_use]
    pub fn on(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }
}
