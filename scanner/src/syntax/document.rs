//! A file as text and tree.

use std::sync::OnceLock;

use super::build::Tree;
use super::conflict;
use super::decode::{self, Encoding};
use super::format::Format;
use super::limits::Limits;
use super::node::Node;
use super::position::{LineEnding, Lines, Position};
use super::problems::Problems;
use super::{front_matter, json, repair, toml, yaml};
use crate::problem::{Problem, ProblemKind, Span};

const EMPTY: &str = "the file is empty";
const CONFLICT: &str =
    "a merge conflict is left in the file; choose one side and remove the markers";

/// A file that has been read: its text, its values with their places, its comments and what was
/// wrong with it.
#[derive(Clone, Debug)]
pub struct Document {
    text: String,
    format: Format,
    encoding: Encoding,
    limits: Limits,
    roots: Vec<Node>,
    comments: Vec<Span>,
    problems: Vec<Problem>,
    lines: OnceLock<Lines>,
}

impl Document {
    /// Reads a file. This never fails; [`Document::problems`] says what went wrong.
    #[must_use]
    pub fn parse(bytes: &[u8], format: Format, limits: &Limits) -> Self {
        let mut document = Self::unread(format, limits);
        if bytes.len() > limits.bytes {
            let message =
                format!("the file is larger than {} bytes; it was not read", limits.bytes);
            document.problems.push(Problem::new(ProblemKind::TooLarge, message));
            return document;
        }
        let decode::Decoded { encoding, text, problem } = decode::decode(bytes);
        document.encoding = encoding;
        document.text = text;
        if document.text.is_empty() && problem.is_some() {
            document.problems.extend(problem);
            return document;
        }
        document.read(limits);
        document.problems.splice(0..0, problem);
        document
    }

    const fn unread(format: Format, limits: &Limits) -> Self {
        Self {
            text: String::new(),
            format,
            encoding: Encoding::Utf8,
            limits: *limits,
            roots: Vec::new(),
            comments: Vec::new(),
            problems: Vec::new(),
            lines: OnceLock::new(),
        }
    }

    /// The document that another text makes, in the same format, encoding and limits.
    #[must_use]
    pub fn with_text(&self, text: String) -> Self {
        let mut document = Self::unread(self.format, &self.limits);
        document.encoding = self.encoding;
        if text.len() > self.limits.bytes {
            let message =
                format!("the file is larger than {} bytes; it was not read", self.limits.bytes);
            document.problems.push(Problem::new(ProblemKind::TooLarge, message));
            return document;
        }
        document.text = text;
        document.read(&self.limits);
        document
    }

    /// The bytes of the file: the text in the encoding that it was read in, after the byte order
    /// mark that it had.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        decode::encode(&self.text, self.encoding)
    }

    /// The part of the text that holds values: all of it but for front matter.
    #[must_use]
    pub fn body(&self) -> Span {
        let whole = Span::new(0, self.text.len());
        match self.format {
            Format::FrontMatter => front_matter::find(&self.text).unwrap_or_default(),
            _ => whole,
        }
    }

    fn read(&mut self, limits: &Limits) {
        let mut problems = Problems::default();
        if self.format != Format::FrontMatter && self.text.trim().is_empty() {
            problems.syntax(EMPTY, Span::new(0, 0));
            self.problems = problems.into_sorted();
            return;
        }
        let blanked = conflict::blank(&self.text);
        let (text, markers) = match &blanked {
            Some(blanked) => (blanked.text.as_str(), blanked.markers.as_slice()),
            None => (self.text.as_str(), [].as_slice()),
        };
        if let Some(marker) = markers.first() {
            problems.syntax(CONFLICT, *marker);
        }
        let mut tree = match self.format {
            Format::Json | Format::Jsonc | Format::Json5 => {
                json::parse(text, limits.depth, markers, &mut problems)
            }
            Format::Toml => toml::parse(text, limits.depth, &mut problems),
            Format::Yaml => yaml::parse(text, 0, limits, &mut problems),
            Format::FrontMatter => match front_matter::find(text) {
                Some(span) => {
                    let head = text.get(span.start..span.end).unwrap_or_default();
                    yaml::parse(head, span.start, limits, &mut problems)
                }
                None => Tree::default(),
            },
        };
        let mut told = problems.into_sorted();
        tree.blanked.extend(markers);
        if !tree.blanked.is_empty() {
            let blanked = repair::joined(tree.blanked);
            for root in &mut tree.roots {
                repair::fit(root, &self.text, &blanked);
            }
            for comment in &mut tree.comments {
                *comment = repair::fitted(*comment, &self.text);
            }
            for problem in &mut told {
                problem.span = problem.span.map(|span| repair::fitted(span, &self.text));
            }
        }
        // YAML tells a comment late if it must look ahead.
        tree.comments.sort_unstable();
        self.roots = tree.roots;
        self.comments = tree.comments;
        self.problems = told;
    }

    /// The decoded text without its byte order mark. All spans are byte ranges of it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The format it was read as.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// How the characters are stored in the file.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How the lines of the text end.
    #[must_use]
    pub fn line_ending(&self) -> LineEnding {
        LineEnding::of(&self.text)
    }

    /// The values at the top: one as a rule, none in a file that holds nothing, several in a YAML
    /// stream or in a file of several JSON documents.
    #[must_use]
    pub fn roots(&self) -> &[Node] {
        &self.roots
    }

    /// The comments in order, with the signs that open and close them.
    #[must_use]
    pub fn comments(&self) -> &[Span] {
        &self.comments
    }

    /// What was wrong, in the order of the text, at most a hundred and one
    /// that says how many more there are.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The text of a span; empty if it is none of this document's.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// The line and column of a byte of the text. An offset beyond the end is the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        self.lines().position(&self.text, offset)
    }

    /// A line of the text, counted from one, without its line end.
    #[must_use]
    pub fn line(&self, line: usize) -> Option<(Span, &str)> {
        self.lines().line(&self.text, line)
    }

    /// The offset in the file of a byte of the text. It adds the byte order mark, and in UTF-16
    /// counts the code units before it, two bytes each.
    #[must_use]
    pub fn file_offset(&self, offset: usize) -> usize {
        self.encoding.mark_len()
            + match self.encoding {
                Encoding::Utf8 | Encoding::Utf8Bom => self.text.floor_char_boundary(offset),
                Encoding::Utf16Le | Encoding::Utf16Be => {
                    2 * self.lines().units_before(&self.text, offset)
                }
            }
    }

    fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| Lines::of(&self.text))
    }
}
