//! Words and operators of a line.

use std::ops::Range;

/// Whose quoting rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shell {
    /// POSIX shell command language (IEEE Std 1003.1, 2.2 and 2.3), with the process substitution
    /// of bash.
    Posix,
    /// The Windows command processor.
    Cmd,
    /// `PowerShell` (`about_Quoting_Rules`, `about_Parsing`).
    PowerShell,
}

/// A control or redirection operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Pipe,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `;`, a line end, `&` of the Windows command processor.
    Next,
    /// `&` of a POSIX shell: the command before it runs in the background.
    Background,
    /// The next word names a file.
    Redirect,
    /// A redirection that needs no further word, such as `2>&1`.
    Duplicate,
    /// `(` or `)`
    Group,
}

impl Operator {
    /// The operator that `text` is when it stands alone as a word.
    pub(super) fn of(text: &str, shell: Shell) -> Option<Self> {
        Some(match (text, shell) {
            ("|" | "|&", _) => Self::Pipe,
            ("&&", _) => Self::And,
            ("||", _) => Self::Or,
            (";" | ";;", Shell::Posix | Shell::PowerShell) | ("&", Shell::Cmd) => Self::Next,
            ("&", Shell::Posix) => Self::Background,
            (">" | ">>" | "<" | "2>" | "1>" | "2>>" | "&>", _) => Self::Redirect,
            ("2>&1" | "1>&2", _) => Self::Duplicate,
            _ => return None,
        })
    }
}

/// A word or an operator of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// `None` for a word.
    pub(super) operator: Option<Operator>,
    /// The word after quote removal, or the operator as written.
    pub(super) text: String,
    /// Bytes of the line that hold it, quotes included.
    pub(super) raw: Range<usize>,
    /// Holds a variable that the shell replaces.
    pub(super) expansion: bool,
    /// Holds a command whose output the shell inserts.
    pub(super) substitution: bool,
}

impl Token {
    /// The word that the bytes `raw` of a line are; `text` is what its quotes leave of it.
    pub(super) const fn word(text: String, raw: Range<usize>) -> Self {
        Self { operator: None, text, raw, expansion: false, substitution: false }
    }
}
