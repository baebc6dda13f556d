//! Patterns of names.

use globset::{Glob, GlobBuilder};

/// Why a text is no pattern, or several cannot be used together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Its brackets or braces are wrong, or it is too large.
    #[error("{}", .0.kind())]
    Glob(#[from] globset::Error),
    /// `?` and `[…]` compare bytes, of which other letters have several.
    #[error("`?` and `[…]` go with ASCII only; write `*`")]
    NotAscii,
}

/// A pattern of names, in which `*` stands for anything.
pub(crate) fn pattern(text: &str) -> Result<Glob, PatternError> {
    if !text.is_ascii() && text.contains(['?', '[']) {
        return Err(PatternError::NotAscii);
    }
    glob(&flat(text))
}

/// The pattern with every run of `*` made one: `**` means the same here, and not directories.
fn flat(text: &str) -> String {
    let mut flat = String::with_capacity(text.len());
    let (mut star, mut escaped) = (false, false);
    for character in text.chars() {
        let wild = character == '*' && !escaped;
        if !(wild && star) {
            flat.push(character);
        }
        star = wild;
        escaped = character == '\\' && !escaped;
    }
    flat
}

/// The pattern that one name alone fits.
pub(super) fn literal(name: &str) -> Result<Glob, PatternError> {
    let mut escaped = String::with_capacity(name.len());
    for character in name.chars() {
        if "?*[]{}\\".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    glob(&escaped)
}

fn glob(text: &str) -> Result<Glob, PatternError> {
    Ok(GlobBuilder::new(text).literal_separator(false).backslash_escape(true).build()?)
}
