//! Tokens of JSON5, and what can be made of characters that are none.

use jsonc_parser::tokens::Token as Known;
use jsonc_parser::{Scanner, ScannerOptions};

use super::super::problems::Problems;
use super::super::text::Text;
use super::literal;
use crate::problem::Span;

const HASH_COMMENT: &str = "# begins no comment in JSON; write // or remove the line";
const UNCLOSED_COMMENT: &str = "this comment is never closed; add */";

/// After so many strings that had to be cut at the end of their line, none is looked for beyond
/// its line, so that the time stays proportional to the size of the file.
const CUTS: usize = 32;

#[derive(Debug)]
pub(super) enum Token<'t> {
    OpenMap,
    CloseMap,
    OpenList,
    CloseList,
    Comma,
    Colon,
    Null,
    Bool(bool),
    Number(&'t str),
    Text(Text),
    /// A name, or any other characters up to the next blank or punctuation.
    Word(&'t str),
}

#[derive(Debug)]
pub(super) struct Lexeme<'t> {
    pub(super) token: Token<'t>,
    pub(super) span: Span,
}

pub(super) struct Lexer<'t> {
    text: &'t str,
    scanner: Scanner<'t>,
    /// Where the text of the scanner begins.
    base: usize,
    /// How many strings ended at the end of their line, and where the last of them did.
    cuts: usize,
    last_cut: Option<usize>,
    comments: Vec<Span>,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let scanner = Scanner::new(text, &ScannerOptions::default());
        Self { text, scanner, base: 0, cuts: 0, last_cut: None, comments: Vec::new() }
    }

    pub(super) fn into_comments(self) -> Vec<Span> {
        self.comments
    }

    /// Where the last string without a closing quote was taken to end.
    pub(super) fn last_cut(&self) -> Option<usize> {
        self.last_cut
    }

    /// The next token. Comments are set aside.
    pub(super) fn next(&mut self, problems: &mut Problems) -> Option<Lexeme<'t>> {
        loop {
            if self.cuts > CUTS
                && let Some(start) = self.quote()
            {
                return Some(self.string(start, problems));
            }
            let known = self.scanner.scan();
            let span = Span::new(
                self.base + self.scanner.token_start(),
                self.base + self.scanner.token_end(),
            );
            let token = match known {
                Ok(None) => return None,
                Ok(Some(Known::CommentLine(_) | Known::CommentBlock(_))) => {
                    self.comments.push(span);
                    continue;
                }
                Ok(Some(Known::String(value))) => {
                    if value.len() + 2 != span.len() || value.contains('\n') {
                        return Some(self.string(span.start, problems));
                    }
                    Token::Text(Text::verbatim(&*value, 1))
                }
                Ok(Some(Known::OpenBrace)) => Token::OpenMap,
                Ok(Some(Known::CloseBrace)) => Token::CloseMap,
                Ok(Some(Known::OpenBracket)) => Token::OpenList,
                Ok(Some(Known::CloseBracket)) => Token::CloseList,
                Ok(Some(Known::Comma)) => Token::Comma,
                Ok(Some(Known::Colon)) => Token::Colon,
                Ok(Some(Known::Null)) => Token::Null,
                Ok(Some(Known::Boolean(value))) => Token::Bool(value),
                Ok(Some(Known::Number(number))) if !self.word_follows(span.end) => {
                    Token::Number(number)
                }
                Ok(Some(Known::Word(word))) if !self.word_follows(span.end) => Token::Word(word),
                Ok(Some(Known::Number(_) | Known::Word(_))) | Err(_) => {
                    let Some(lexeme) = self.unknown(span.start, problems) else { continue };
                    return Some(lexeme);
                }
            };
            return Some(Lexeme { token, span });
        }
    }

    /// Whether the next token is a colon.
    pub(super) fn colon_follows(&self) -> bool {
        let mut rest = self.rest(self.position()).trim_start();
        loop {
            let comment = match rest.get(..2) {
                Some("//") => rest.find('\n'),
                Some("/*") => rest.find("*/").map(|at| at + 2),
                _ => return rest.starts_with(':'),
            };
            rest = comment.and_then(|end| rest.get(end..)).unwrap_or_default().trim_start();
        }
    }

    /// Whether nothing but blanks stands before a token on its line.
    pub(super) fn begins_line(&self, span: Span) -> bool {
        let before = self.text.get(..span.start).unwrap_or_default();
        before.trim_end_matches([' ', '\t']).chars().next_back().is_none_or(|c| c == '\n')
    }

    fn position(&self) -> usize {
        self.base + self.scanner.token_end()
    }

    fn rest(&self, from: usize) -> &'t str {
        self.text.get(from..).unwrap_or_default()
    }

    fn go_to(&mut self, offset: usize) {
        self.base = offset;
        self.scanner = Scanner::new(self.rest(offset), &ScannerOptions::default());
    }

    /// Where the next token begins, if it is a string.
    fn quote(&self) -> Option<usize> {
        let rest = self.rest(self.position());
        let token = rest.trim_start();
        token.starts_with(['"', '\'']).then(|| self.position() + rest.len() - token.len())
    }

    fn string(&mut self, start: usize, problems: &mut Problems) -> Lexeme<'t> {
        let literal = literal::read(self.rest(start), self.cuts > CUTS);
        if literal.cut {
            self.cuts += 1;
            self.last_cut = Some(start + literal.len);
        }
        for damage in literal.damage {
            let span = Span::new(start + damage.span.start, start + damage.span.end);
            problems.syntax(damage.message, span);
        }
        let span = Span::new(start, start + literal.len);
        self.go_to(span.end);
        Lexeme { token: Token::Text(literal.text), span }
    }

    /// Whether a token runs on into characters that cannot begin another one.
    fn word_follows(&self, end: usize) -> bool {
        let rest = self.rest(end);
        rest.starts_with(|c| !is_delimiter(c)) && !rest.starts_with("//") && !rest.starts_with("/*")
    }

    /// Reads on where the library sees no token.
    fn unknown(&mut self, start: usize, problems: &mut Problems) -> Option<Lexeme<'t>> {
        let rest = self.rest(start);
        match rest.chars().next()? {
            '"' | '\'' => return Some(self.string(start, problems)),
            '#' => {
                let line = rest.split('\n').next().unwrap_or(rest).trim_end();
                let span = Span::new(start, start + line.len());
                self.comments.push(span);
                problems.syntax(HASH_COMMENT, span);
                self.go_to(span.end);
                return None;
            }
            '/' if rest.starts_with("/*") => {
                let span = Span::new(start, self.text.len());
                self.comments.push(span);
                problems.syntax(UNCLOSED_COMMENT, Span::new(start, start + 2));
                self.go_to(span.end);
                return None;
            }
            _ => {}
        }
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let tail = rest.get(first..).unwrap_or_default();
        let word = first + tail.find(is_delimiter).unwrap_or(tail.len());
        let span = Span::new(start, start + word);
        self.go_to(span.end);
        Some(Lexeme { token: Token::Word(rest.get(..word)?), span })
    }
}

/// Whether a character ends a word.
fn is_delimiter(character: char) -> bool {
    character.is_whitespace() || matches!(character, ',' | ':' | '{' | '}' | '[' | ']' | '"' | '\'')
}
