//! The log of a workflow, where a line can be a command.

use std::io::{self, Write};

use mcp_guard_scanner::facts::discreet;
use mcp_guard_scanner::finding::visible;
use mcp_guard_scanner::report::command_text;

/// Characters of a text of somebody else that are told.
const LONGEST: usize = 300;
/// Characters of an error, which may be about many places of a file.
const ERROR: usize = 8000;

/// A line in which nothing is a command of a workflow: neither `::name::`, before which a runner
/// passes over blanks, nor `##[name]`, which acts anywhere.
pub(crate) fn inert(line: &str) -> String {
    let line = line.replace("##[", "# #[");
    match line.split_once("::") {
        // How a runner compares passes over what cannot be seen, too.
        Some((before, after)) if !before.chars().any(|c| c.is_ascii_graphic()) => {
            format!("{before}: :{after}")
        }
        _ => line,
    }
}

/// Writes lines of which none is a command.
pub(crate) struct Inert<W: Write> {
    out: W,
    line: Vec<u8>,
}

impl<W: Write> Inert<W> {
    pub(crate) const fn new(out: W) -> Self {
        Self { out, line: Vec::new() }
    }

    /// Writes what stands behind the last line end.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.end_line()?;
        self.out.flush()
    }

    fn end_line(&mut self) -> io::Result<()> {
        let line = String::from_utf8_lossy(&self.line);
        self.out.write_all(inert(&line).as_bytes())?;
        self.line.clear();
        Ok(())
    }
}

impl<W: Write> Write for Inert<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.end_line()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A text of a server or a program as one short line without secrets.
pub(super) fn told(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line: String = discreet(&words.join(" ")).chars().map(visible).collect();
    let mut short: String = line.chars().take(LONGEST).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

/// The command that shows a notice at the run.
pub(super) fn notice(text: &str) -> String {
    command("notice", text)
}

/// The command that shows a warning at the run.
pub(super) fn warning(text: &str) -> String {
    command("warning", text)
}

/// The command that shows an error at the run, with all of its lines: it stands nowhere else.
pub(super) fn error(text: &str) -> String {
    let text = discreet(text);
    let mut short: String = text.chars().take(ERROR).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    let lines: Vec<String> = short.lines().map(command_text).collect();
    format!("::error title=mcp-guard::{}\n", lines.join("%0A"))
}

fn command(level: &str, text: &str) -> String {
    format!("::{level} title=mcp-guard::{}\n", command_text(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_a_command() {
        for (line, shown) in [
            ("a::b", "a::b"),
            ("::error::x", ": :error::x"),
            ("  \t ::error::x", "  \t : :error::x"),
            ("\u{a0}\u{200b}::error::x", "\u{a0}\u{200b}: :error::x"),
            ("x ##[error]y", "x # #[error]y"),
            ("###[group]y", "## #[group]y"),
            ("high[x]: ##[##[a", "high[x]: # #[# #[a"),
        ] {
            assert_eq!(inert(line), shown);
        }
    }

    #[test]
    fn lines_are_whole_however_they_are_written() {
        let mut out = Vec::new();
        let mut log = Inert::new(&mut out);
        for part in ["a\n:", ":err", "or::x\n#", "#[error]é", "y"] {
            log.write_all(part.as_bytes()).unwrap();
        }
        log.finish().unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a\n: :error::x\n# #[error]éy");
    }

    #[test]
    fn what_others_say_is_one_short_line() {
        assert_eq!(told(" a\r\n::error::b\u{202e} "), "a ::error::b\u{fffd}");
        assert!(told(&"ä ".repeat(1000)).chars().count() <= LONGEST + 1);
        assert_eq!(error("a\n b%0A\r"), "::error title=mcp-guard::a%0A b%250A\u{fffd}\n");
        assert!(error(&"ä\n".repeat(9000)).chars().count() < 4 * ERROR);
        let notice = notice("a\n::error::b 5%0A");
        assert_eq!(notice, "::notice title=mcp-guard::a\u{fffd}::error::b 5%250A\n");
    }
}
