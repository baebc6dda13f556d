//! Splits a line into words and operators by the quoting rules of a shell.

use std::iter::Peekable;
use std::str::CharIndices;

use super::placeholder::is_client_variable;
use super::token::{Operator, Shell, Token};

/// The words and operators of `line`. Unclosed quotes end with the line.
pub(super) fn lex(line: &str, shell: Shell) -> Vec<Token> {
    let mut lexer = Lexer {
        line,
        chars: line.char_indices().peekable(),
        shell,
        tokens: Vec::new(),
        word: None,
        delimiter_follows: false,
        delimiters: Vec::new(),
    };
    lexer.run();
    lexer.tokens
}

struct Lexer<'t> {
    line: &'t str,
    chars: Peekable<CharIndices<'t>>,
    shell: Shell,
    tokens: Vec<Token>,
    word: Option<Token>,
    /// A `<<` was read; the next word ends its document.
    delimiter_follows: bool,
    /// Ends of the documents that begin at the next line.
    delimiters: Vec<String>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while let Some((at, c)) = self.chars.next() {
            match (c, self.shell) {
                ('\n', _) => {
                    self.operator(Operator::Next, at);
                    self.skip_documents();
                }
                (c, _) if c.is_whitespace() => self.end_word(at),
                ('#', Shell::Posix | Shell::PowerShell) if self.word.is_none() => {
                    while self.chars.next_if(|(_, c)| *c != '\n').is_some() {}
                }
                ('\'', Shell::Posix | Shell::PowerShell) => self.single_quoted(at),
                ('"', _) => self.double_quoted(at),
                ('\\', Shell::Posix) | ('^', Shell::Cmd) | ('`', Shell::PowerShell) => {
                    // An escaped line end joins two lines.
                    if !self.next_if('\n') {
                        self.open(at);
                        if let Some((_, escaped)) = self.chars.next() {
                            self.push(escaped);
                        }
                    }
                }
                ('`', Shell::Posix) => self.backticks(at),
                ('$', Shell::Posix | Shell::PowerShell) => self.dollar(at),
                ('%' | '!', Shell::Cmd) => self.percent(at, c),
                ('|' | '&' | ';' | '<' | '>' | '(' | ')', _) => self.control(at, c),
                ('{', Shell::PowerShell) => {
                    self.open(at);
                    self.push('{');
                    self.nested('{', '}');
                }
                _ => {
                    self.open(at);
                    self.push(c);
                }
            }
        }
        self.end_word(self.line.len());
    }

    fn open(&mut self, at: usize) {
        if self.word.is_none() {
            self.word = Some(Token::word(String::new(), at..at));
        }
    }

    fn push(&mut self, c: char) {
        if let Some(word) = &mut self.word {
            word.text.push(c);
        }
    }

    fn mark(&mut self, substitution: bool) {
        if let Some(word) = &mut self.word {
            if substitution {
                word.substitution = true;
            } else {
                word.expansion = true;
            }
        }
    }

    fn end_word(&mut self, at: usize) {
        if let Some(mut word) = self.word.take() {
            word.raw.end = at;
            if std::mem::take(&mut self.delimiter_follows) {
                self.delimiters.push(word.text.trim_start_matches('-').to_owned());
            }
            self.tokens.push(word);
        }
    }

    /// Where the next character begins.
    fn position(&mut self) -> usize {
        self.chars.peek().map_or(self.line.len(), |(at, _)| *at)
    }

    fn next_if(&mut self, wanted: char) -> bool {
        self.chars.next_if(|(_, c)| *c == wanted).is_some()
    }

    fn operator(&mut self, operator: Operator, at: usize) {
        self.end_word(at);
        let end = self.position();
        let text = self.line.get(at..end).unwrap_or_default().to_owned();
        self.tokens.push(Token { operator: Some(operator), ..Token::word(text, at..end) });
    }

    fn control(&mut self, at: usize, c: char) {
        match c {
            '|' => {
                let operator = if self.next_if('|') { Operator::Or } else { Operator::Pipe };
                self.next_if('&');
                self.operator(operator, at);
            }
            '&' if self.next_if('&') => self.operator(Operator::And, at),
            '&' if self.next_if('>') => {
                self.next_if('>');
                self.operator(Operator::Redirect, at);
            }
            '&' => match self.shell {
                Shell::Posix => self.operator(Operator::Background, at),
                Shell::Cmd => self.operator(Operator::Next, at),
                // The call operator in front of a command; a background job behind one.
                Shell::PowerShell if self.starts_command() => {}
                Shell::PowerShell => self.operator(Operator::Background, at),
            },
            ';' if self.shell == Shell::Cmd => {
                self.open(at);
                self.push(';');
            }
            ';' => {
                self.next_if(';');
                self.operator(Operator::Next, at);
            }
            '<' | '>' if self.shell == Shell::Posix && self.next_if('(') => {
                self.open(at);
                self.mark(true);
                self.push(c);
                self.push('(');
                self.nested('(', ')');
            }
            '<' | '>' => self.redirect(at, c),
            '(' if self.shell == Shell::PowerShell => {
                self.open(at);
                self.mark(true);
                self.push('(');
                self.nested('(', ')');
            }
            _ => self.operator(Operator::Group, at),
        }
    }

    fn redirect(&mut self, at: usize, c: char) {
        // A number directly before the operator is the descriptor, no argument.
        let mut at = at;
        if let Some(word) = self.word.take_if(|w| {
            !w.text.is_empty() && w.text.len() < 3 && w.text.bytes().all(|b| b.is_ascii_digit())
        }) {
            at = word.raw.start;
        }
        let mut length = 1;
        while self.next_if(c) {
            length += 1;
        }
        let document = c == '<' && length == 2 && self.shell == Shell::Posix;
        if c == '<' {
            self.next_if('>');
        }
        // `>& file` redirects both outputs; with a number it copies a descriptor.
        let numbered = |c: char| c.is_ascii_digit() || c == '-';
        let operator = if self.next_if('&') && self.chars.peek().is_some_and(|(_, c)| numbered(*c))
        {
            while self.chars.next_if(|(_, c)| c.is_ascii_digit() || *c == '-').is_some() {}
            Operator::Duplicate
        } else {
            Operator::Redirect
        };
        self.operator(operator, at);
        self.delimiter_follows = document;
    }

    /// Passes over the lines of here-documents; they are input, not commands.
    fn skip_documents(&mut self) {
        for delimiter in std::mem::take(&mut self.delimiters) {
            loop {
                let start = self.position();
                while self.chars.next_if(|(_, c)| *c != '\n').is_some() {}
                let end = self.position();
                let more = self.chars.next().is_some();
                if !more || self.line.get(start..end).is_some_and(|l| l.trim() == delimiter) {
                    break;
                }
            }
        }
    }

    /// Whether a command would start here: nothing, or an operator, came before.
    fn starts_command(&self) -> bool {
        self.word.is_none() && self.tokens.last().is_none_or(|t| t.operator.is_some())
    }

    fn single_quoted(&mut self, at: usize) {
        self.open(at);
        while let Some((_, c)) = self.chars.next() {
            if c == '\'' && !(self.shell == Shell::PowerShell && self.next_if('\'')) {
                return;
            }
            self.push(c);
        }
    }

    fn double_quoted(&mut self, at: usize) {
        self.open(at);
        while let Some((at, c)) = self.chars.next() {
            match (c, self.shell) {
                ('"', _) => return,
                ('\\', Shell::Posix) => match self.chars.peek().map(|(_, c)| *c) {
                    Some('\n') => {
                        self.chars.next();
                    }
                    Some(escaped @ ('"' | '\\' | '$' | '`')) => {
                        self.chars.next();
                        self.push(escaped);
                    }
                    _ => self.push('\\'),
                },
                ('\\', Shell::Cmd) if self.next_if('"') => self.push('"'),
                ('`', Shell::PowerShell) => {
                    if let Some((_, escaped)) = self.chars.next() {
                        self.push(escaped);
                    }
                }
                ('`', Shell::Posix) => self.backticks(at),
                ('$', Shell::Posix | Shell::PowerShell) => self.dollar(at),
                ('%' | '!', Shell::Cmd) => self.percent(at, c),
                _ => self.push(c),
            }
        }
    }

    fn backticks(&mut self, at: usize) {
        self.open(at);
        self.mark(true);
        self.push('`');
        while let Some((_, c)) = self.chars.next() {
            self.push(c);
            if c == '`' {
                return;
            }
        }
    }

    fn dollar(&mut self, at: usize) {
        self.open(at);
        self.push('$');
        match self.chars.peek().map(|(_, c)| *c) {
            Some('(') => {
                self.chars.next();
                self.push('(');
                self.mark(true);
                self.nested('(', ')');
            }
            Some('{') => {
                let start = at + 2;
                self.chars.next();
                self.push('{');
                self.nested('{', '}');
                let end = self.position().saturating_sub(1);
                let name = self.line.get(start..end).unwrap_or_default();
                if !is_client_variable(name) {
                    self.mark(false);
                }
            }
            Some(c) if c.is_alphanumeric() || "_@*#?!$-".contains(c) => self.mark(false),
            _ => {}
        }
    }

    fn percent(&mut self, at: usize, mark: char) {
        self.open(at);
        self.push(mark);
        let after = self.line.get(at + 1..).unwrap_or_default();
        let name = after.split(mark).next().unwrap_or_default();
        let closed = name.len() < after.len();
        if closed && !name.is_empty() && !name.contains([' ', '"', '/']) {
            self.mark(false);
            for _ in name.chars() {
                if let Some((_, c)) = self.chars.next() {
                    self.push(c);
                }
            }
            if self.chars.next().is_some() {
                self.push(mark);
            }
        }
    }

    /// Copies up to the bracket that closes the one just read.
    fn nested(&mut self, open: char, close: char) {
        let mut depth = 1_usize;
        let mut quote = None;
        while let Some((_, c)) = self.chars.next() {
            self.push(c);
            match quote {
                Some(q) if q == c => quote = None,
                Some(_) => {}
                None if c == '\'' || c == '"' => quote = Some(c),
                None if c == open => depth += 1,
                None if c == close => {
                    depth -= 1;
                    if depth == 0 {
                        return;
                    }
                }
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str, shell: Shell) -> Vec<String> {
        lex(line, shell).into_iter().map(|t| t.text).collect()
    }

    #[test]
    fn quotes_are_removed_by_the_rules_of_each_shell() {
        let posix = r#"a 'b c' "d \" $e" f\ g h"i"'j' # rest"#;
        assert_eq!(texts(posix, Shell::Posix), ["a", "b c", "d \" $e", "f g", "hij"]);
        let cmd = r#""C:\Program Files\node.exe" a^&b "c & d" ; x"#;
        assert_eq!(
            texts(cmd, Shell::Cmd),
            ["C:\\Program Files\\node.exe", "a&b", "c & d", ";", "x"]
        );
        let powershell = "& 'it''s' \"a`\"b\" c`;d";
        assert_eq!(texts(powershell, Shell::PowerShell), ["it's", "a\"b", "c;d"]);
    }

    #[test]
    fn operators_end_words() {
        use Operator::{And, Background, Duplicate, Group, Next, Or, Pipe, Redirect};
        let line = "a&&b||c;d|e&(f)>g 2>&1";
        let found: Vec<_> = lex(line, Shell::Posix).iter().filter_map(|t| t.operator).collect();
        assert_eq!(found, [And, Or, Next, Pipe, Background, Group, Group, Redirect, Duplicate]);
        assert_eq!(texts("npx \\\n -y \\\np", Shell::Posix), ["npx", "-y", "p"]);
        assert_eq!(texts("a >& f 3<>g", Shell::Posix), ["a", ">&", "f", "3<>", "g"]);
        assert_eq!(texts("npx x 2>/dev/null", Shell::Posix), ["npx", "x", "2>", "/dev/null"]);
    }

    #[test]
    fn expansion_and_substitution_are_told_apart() {
        let flags = |line: &str, shell| {
            let tokens = lex(line, shell);
            (tokens.iter().any(|t| t.expansion), tokens.iter().any(|t| t.substitution))
        };
        assert_eq!(
            flags("x '$A' \\$B ${env:C} ${workspaceFolder}/d $", Shell::Posix),
            (false, false)
        );
        assert_eq!(flags("x \"$A\"", Shell::Posix), (true, false));
        assert_eq!(flags("x ${A:-b}", Shell::Posix), (true, false));
        assert_eq!(flags("x \"$(a 'b)' (c))\" d", Shell::Posix), (false, true));
        assert_eq!(flags("x `a`", Shell::Posix), (false, true));
        assert_eq!(flags("bash <(curl x)", Shell::Posix), (false, true));
        assert_eq!(flags("x %A%", Shell::Cmd), (true, false));
        assert_eq!(flags("x 100% of 5%", Shell::Cmd), (false, false));
        assert_eq!(flags("x $env:A", Shell::PowerShell), (true, false));
        assert_eq!(flags("iex (iwr x)", Shell::PowerShell), (false, true));
    }
}
