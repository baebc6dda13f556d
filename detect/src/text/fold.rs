//! A text as it is compared with phrases: spelling, spacing and look-alikes aside.

use unicode_script::{Script, UnicodeScript};

use super::look_alike::latin;

/// A text in lower case, with one blank for many, without invisible characters, with ASCII letters
/// for those that look like them in words that are otherwise Latin. Line ends stay.
pub(super) struct Folded {
    pub(super) text: String,
    /// For each byte of the folded text the byte of the original that it comes from; one more for
    /// the end.
    origin: Vec<u32>,
}

impl Folded {
    pub(super) fn of(text: &str) -> Self {
        let mut folded = Self {
            text: String::with_capacity(text.len()),
            origin: Vec::with_capacity(text.len()),
        };
        let mut at = 0;
        // Words are folded one by one, because a word decides what its letters are.
        for word in text.split_inclusive(char::is_whitespace) {
            folded.word(word, at);
            at += word.len();
        }
        folded.origin.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
        folded
    }

    fn word(&mut self, word: &str, at: usize) {
        let mixed = !word.is_ascii()
            && word.chars().any(|c| {
                c.is_ascii_alphabetic() || c.script() == Script::Common && c.is_alphabetic()
            });
        for (offset, c) in word.char_indices() {
            let from = at + offset;
            if c.is_whitespace() {
                self.blank(c, from);
            } else if c.is_ascii() {
                self.push(c.to_ascii_lowercase(), from);
            } else {
                self.other(c, from, mixed);
            }
        }
    }

    fn blank(&mut self, c: char, from: usize) {
        let line_end = matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}');
        match self.text.as_bytes().last() {
            Some(b'\n') => {}
            Some(b' ') if line_end => {
                self.text.pop();
                self.origin.pop();
                self.push('\n', from);
            }
            Some(b' ') => {}
            _ => self.push(if line_end { '\n' } else { ' ' }, from),
        }
    }

    fn other(&mut self, c: char, from: usize, mixed: bool) {
        match c {
            '\u{ad}'
            | '\u{34f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{e0000}'..='\u{e0fff}' => {}
            '\u{2018}' | '\u{2019}' | '\u{2bc}' => self.push('\'', from),
            '\u{201c}' | '\u{201d}' => self.push('"', from),
            '\u{2010}'..='\u{2015}' => self.push('-', from),
            '\u{1d400}'..='\u{1d7ff}' | '\u{ff10}'..='\u{ff5a}' => {
                self.push(latin(c).map_or(c, |c| c.to_ascii_lowercase()), from);
            }
            _ if mixed && c.is_alphabetic() => {
                self.push(latin(c).unwrap_or(c).to_lowercase().next().unwrap_or(c), from);
            }
            _ => {
                for lower in c.to_lowercase() {
                    self.push(lower, from);
                }
            }
        }
    }

    fn push(&mut self, c: char, from: usize) {
        self.text.push(c);
        let from = u32::try_from(from).unwrap_or(u32::MAX);
        self.origin.extend(std::iter::repeat_n(from, c.len_utf8()));
    }

    /// Where a range of the folded text stands in the original.
    pub(super) fn place(&self, start: usize, end: usize) -> (usize, usize) {
        let at = |index: usize| self.origin.get(index).map_or(0, |from| *from as usize);
        let start = at(start);
        (start, at(end).max(start))
    }
}
