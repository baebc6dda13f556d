//! JSON as people write it. What JSON5 and JSONC allow is read without a word; what is broken is
//! read as well as it can be, with one problem for each kind of damage.

mod lexer;
mod literal;

use lexer::{Lexeme, Lexer, Token};

use super::build::{Builder, Tree};
use super::node::{Node, Value};
use super::problems::Problems;
use super::text::Text;
use crate::problem::Span;

const MISSING_COMMA: &str = "a comma is missing here";
const MISSING_COLON: &str = "a colon is missing after this key";
const MISSING_VALUE: &str = "this key has no value";
const MISSING_KEY: &str = "an object holds a value without a key here; write \"key\": before it";
const MISSING_BRACES: &str =
    "the outer braces are missing; put { before the first key and } at the end";
const EXTRA_COMMA: &str = "there is a comma too many here";
const EXTRA_COLON: &str = "there is a colon too many here";
const EXTRA_CLOSE: &str = "this bracket closes nothing; remove it";
const WRONG_CLOSE: &str = "this bracket closes another kind of bracket than is open";
const UNCLOSED: &str = "this bracket is never closed; the end of the file may be missing";
const SECOND_VALUE: &str =
    "the file holds more than one document; clients read one, so join them or remove one";
const BARE_WORD: &str = "this text is not in quotes";
const NO_VALUE: &str = "the file holds nothing but comments";
const STRAY_TEXT: &str = "this text is no part of the document; remove it";

/// Brackets so far below the depth limit are still matched, so that reading goes on behind them.
const BEYOND: usize = 4096;

/// What the grammar expects next in the innermost open collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    /// A key, or the end of the map.
    Key,
    /// The colon after a key.
    Colon,
    /// The value of a key.
    Value,
    /// An item, or the end of the list.
    Item,
    /// A comma or the end, in a map.
    AfterValue,
    /// A comma or the end, in a list.
    AfterItem,
}

impl Slot {
    const fn in_map(self) -> bool {
        !matches!(self, Self::Item | Self::AfterItem)
    }
}

#[derive(Debug)]
struct Level {
    slot: Slot,
    open: Span,
    /// An object around keys that stand in the file without braces.
    implicit: bool,
}

/// The roots and comments of `text`. Between two values that a conflict marker parts, no comma is missed.
pub(super) fn parse(text: &str, depth: usize, markers: &[Span], problems: &mut Problems) -> Tree {
    let mut parser = Parser {
        lexer: Lexer::new(text),
        builder: Builder::new(depth),
        levels: Vec::new(),
        problems,
        markers,
        rooted: false,
        last_end: 0,
        deepest: depth.saturating_add(BEYOND),
    };
    parser.run();
    if parser.last_end == 0 {
        parser.problems.syntax(NO_VALUE, Span::new(0, 0));
    }
    let roots = parser.builder.finish();
    Tree { roots, comments: parser.lexer.into_comments(), blanked: Vec::new() }
}

struct Parser<'t, 'p> {
    lexer: Lexer<'t>,
    builder: Builder,
    levels: Vec<Level>,
    problems: &'p mut Problems,
    markers: &'p [Span],
    /// Whether a root has begun.
    rooted: bool,
    /// Where the last token ended.
    last_end: usize,
    /// At so many open brackets reading ends.
    deepest: usize,
}

impl Parser<'_, '_> {
    fn run(&mut self) {
        while let Some(lexeme) = self.lexer.next(self.problems) {
            let span = lexeme.span;
            match lexeme.token {
                Token::OpenMap => self.open(true, span),
                Token::OpenList => self.open(false, span),
                Token::CloseMap => self.close(true, span),
                Token::CloseList => self.close(false, span),
                Token::Comma => self.comma(span),
                Token::Colon => self.colon(span),
                Token::Null
                | Token::Bool(_)
                | Token::Number(_)
                | Token::Text(_)
                | Token::Word(_) => {
                    self.scalar(lexeme);
                }
            }
            self.last_end = span.end;
            if self.levels.len() > self.deepest {
                break;
            }
        }
        self.finish();
    }

    /// Closes what is still open at the end of the file, with one problem for all of it. If a
    /// string without its quote stands last, that was told already.
    fn finish(&mut self) {
        let innermost = self.levels.iter().rev().find(|level| !level.implicit);
        if let Some(level) = innermost
            && self.lexer.last_cut() != Some(self.last_end)
        {
            self.problems.syntax(UNCLOSED, level.open);
        }
        while let Some(level) = self.levels.last_mut() {
            if !level.implicit {
                level.slot = Slot::AfterValue;
            }
            self.pop(self.last_end);
        }
    }

    fn slot(&self) -> Option<Slot> {
        self.levels.last().map(|level| level.slot)
    }

    fn set_slot(&mut self, slot: Slot) {
        if let Some(level) = self.levels.last_mut() {
            level.slot = slot;
        }
    }

    fn open(&mut self, map: bool, span: Span) {
        if self.levels.last().is_some_and(|level| level.implicit && level.slot == Slot::AfterValue)
        {
            self.pop(self.last_end);
        }
        self.before_value(span);
        self.push(map, span, false);
    }

    fn push(&mut self, map: bool, open: Span, implicit: bool) {
        self.builder.open(map, open.start, self.problems);
        self.levels.push(Level { slot: if map { Slot::Key } else { Slot::Item }, open, implicit });
    }

    /// Closes the innermost collection.
    fn pop(&mut self, end: usize) {
        let Some(level) = self.levels.pop() else { return };
        if matches!(level.slot, Slot::Colon | Slot::Value) {
            self.problems.syntax(MISSING_VALUE, Span::new(self.last_end, self.last_end));
        }
        if let Some(node) = self.builder.close(end, self.problems) {
            self.builder.value(node);
        }
        self.after_value();
    }

    fn after_value(&mut self) {
        if let Some(slot) = self.slot() {
            self.set_slot(if slot.in_map() { Slot::AfterValue } else { Slot::AfterItem });
        }
    }

    /// Checks that a value may stand here, and says what is missing if not.
    fn before_value(&mut self, span: Span) {
        match self.slot() {
            None => {
                if self.rooted {
                    self.problems.syntax(SECOND_VALUE, span);
                }
                self.rooted = true;
            }
            Some(Slot::Item | Slot::Value) => {}
            Some(Slot::AfterItem) => self.missing_comma(span),
            Some(Slot::Colon) => self.problems.syntax(MISSING_COLON, span),
            Some(Slot::Key | Slot::AfterValue) => self.problems.syntax(MISSING_KEY, span),
        }
    }

    fn missing_comma(&mut self, next: Span) {
        let gap = Span::new(self.last_end, next.start);
        let after = self.markers.partition_point(|marker| marker.start < gap.start);
        if !self.markers.get(after).is_some_and(|marker| gap.contains(*marker)) {
            self.problems.syntax(MISSING_COMMA, Span::new(gap.start, gap.start));
        }
    }

    fn close(&mut self, map: bool, span: Span) {
        let matching = |level: &Level| !level.implicit && level.slot.in_map() == map;
        match self.levels.iter().rposition(matching) {
            Some(at) => {
                if at + 1 < self.levels.len() {
                    self.problems.syntax(WRONG_CLOSE, span);
                }
                while self.levels.len() > at + 1 {
                    self.pop(self.last_end);
                }
                self.pop(span.end);
            }
            None if self.levels.last().is_some_and(|level| !level.implicit) => {
                self.problems.syntax(WRONG_CLOSE, span);
                self.pop(span.end);
            }
            // With the braces of the file missing, the last one may still be there.
            None if map && !self.levels.is_empty() => self.pop(self.last_end),
            None => self.problems.syntax(EXTRA_CLOSE, span),
        }
    }

    fn comma(&mut self, span: Span) {
        match self.slot() {
            Some(Slot::AfterValue) => self.set_slot(Slot::Key),
            Some(Slot::AfterItem) => self.set_slot(Slot::Item),
            Some(Slot::Colon | Slot::Value) => {
                self.problems.syntax(MISSING_VALUE, Span::new(self.last_end, self.last_end));
                let at = Span::new(self.last_end, self.last_end);
                self.builder.value(Node { span: at, value: Value::Null });
                self.set_slot(Slot::Key);
            }
            Some(Slot::Key | Slot::Item) => self.problems.syntax(EXTRA_COMMA, span),
            None => self.problems.syntax(STRAY_TEXT, span),
        }
    }

    fn colon(&mut self, span: Span) {
        match self.slot() {
            Some(Slot::Colon) => self.set_slot(Slot::Value),
            Some(Slot::Key | Slot::AfterValue) => {
                self.problems.syntax(MISSING_KEY, span);
                self.set_slot(Slot::Value);
            }
            Some(Slot::AfterItem) => {
                self.problems.syntax(EXTRA_COLON, span);
                self.set_slot(Slot::Item);
            }
            Some(Slot::Value | Slot::Item) => self.problems.syntax(EXTRA_COLON, span),
            None => self.problems.syntax(STRAY_TEXT, span),
        }
    }

    fn scalar(&mut self, lexeme: Lexeme<'_>) {
        let span = lexeme.span;
        match self.slot() {
            None => {
                let key = match lexeme.token {
                    Token::Text(_) => true,
                    Token::Word(_) => self.lexer.begins_line(span),
                    _ => false,
                };
                if key && self.lexer.colon_follows() {
                    self.problems.syntax(MISSING_BRACES, Span::new(span.start, span.start));
                    self.rooted = true;
                    self.push(true, Span::new(span.start, span.start), true);
                    self.key(lexeme);
                } else if self.rooted || matches!(lexeme.token, Token::Word(_)) {
                    self.problems.syntax(STRAY_TEXT, span);
                } else {
                    self.value(lexeme);
                }
            }
            Some(Slot::Key) => self.key(lexeme),
            Some(Slot::AfterValue) => {
                if matches!(lexeme.token, Token::Text(_)) || self.lexer.colon_follows() {
                    self.missing_comma(span);
                    self.key(lexeme);
                } else {
                    self.problems.syntax(STRAY_TEXT, span);
                }
            }
            Some(_) => self.value(lexeme),
        }
    }

    fn key(&mut self, lexeme: Lexeme<'_>) {
        let span = lexeme.span;
        match lexeme.token {
            Token::Text(text) => self.builder.key(text.as_str(), span, self.problems),
            Token::Word(word) => {
                if !word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '-')) {
                    self.problems.syntax(BARE_WORD, span);
                }
                self.builder.key(word, span, self.problems);
            }
            Token::Number(number) => self.builder.key(number, span, self.problems),
            Token::Bool(true) => self.builder.key("true", span, self.problems),
            Token::Bool(false) => self.builder.key("false", span, self.problems),
            _ => self.builder.key("null", span, self.problems),
        }
        self.set_slot(Slot::Colon);
    }

    fn value(&mut self, lexeme: Lexeme<'_>) {
        let span = lexeme.span;
        self.before_value(span);
        let value = match lexeme.token {
            Token::Text(text) => Value::Text(text),
            Token::Word(word) => {
                self.problems.syntax(BARE_WORD, span);
                Value::Text(Text::verbatim(word, 0))
            }
            Token::Number(number) => Value::Number(number.into()),
            Token::Bool(value) => Value::Bool(value),
            _ => Value::Null,
        };
        self.builder.value(Node { span, value });
        self.after_value();
    }
}
