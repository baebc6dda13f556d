//! From configuration values to words.

use super::token::{Shell, Token};
use super::word::Word;
use super::{known, lexer, name};

/// The words of a server's `command` and `args`.
///
/// Each argument is one word. The command is one word too, unless it holds a whole command line,
/// as some people write it:
/// - without white space it is one word;
/// - a line that begins with a quote is split by the rules of `platform`;
/// - a path with spaces (`C:\Program Files\nodejs\node.exe`, `/Applications/My App/bin`) is one
///   word, and what follows its end is split: on Windows the end is a known extension, elsewhere
///   the last word before a flag, a URL or another path;
/// - otherwise it is split when there are no arguments, or when its first word is a program
///   known to start others (`npx -y`, `docker run`).
///
/// A line that names a path with a drive letter follows Windows rules on every platform, for a
/// backslash is no escape in it.
///
/// An argument that begins with `-y ` or `--yes ` holds several words: no program takes it as one,
/// and a client that goes through a shell makes it work.
#[must_use]
pub fn words<'a>(command: &'a str, args: &[&'a str], platform: Shell) -> Vec<Word<'a>> {
    let mut words = split_command(Word::whole(command, 0), args.is_empty(), platform);
    for (at, arg) in args.iter().enumerate() {
        let word = Word::whole(arg, at + 1);
        if holds_words(arg) && arg.len() <= LONGEST {
            words.extend(lexer::lex(arg, platform).iter().map(|token| word.piece(token)));
        } else {
            words.push(word);
        }
    }
    words
}

/// Longer values are not split.
const LONGEST: usize = 128 << 10;

/// Whether the word may be a line that was too long to be split.
pub(super) fn is_unsplit(word: &Word<'_>) -> bool {
    word.text.len() > LONGEST && (word.source == 0 || holds_words(&word.text))
}

fn holds_words(arg: &str) -> bool {
    arg.starts_with("-y ") || arg.starts_with("--yes ")
}

/// The words of a value that may hold a whole command line.
pub(super) fn split_command<'a>(word: Word<'a>, alone: bool, platform: Shell) -> Vec<Word<'a>> {
    let text = word.text.trim();
    if text.len() > LONGEST {
        return vec![word];
    }
    let quoted = text.starts_with(['"', '\'']);
    if !quoted && !text.contains(char::is_whitespace) {
        return vec![word];
    }
    let windows = text.split_whitespace().any(|piece| {
        name::is_windows_path(piece.trim_start_matches(['"', '\'']))
            || (piece.contains('\\') && name::has_program_extension(piece))
    });
    let shell = if windows && platform == Shell::Posix { Shell::Cmd } else { platform };
    let mut tokens = lexer::lex(&word.text, shell);
    if !quoted {
        join_path(&mut tokens, &word.text, shell, alone);
    }
    let Some(first) = tokens.first() else { return vec![word] };
    if tokens.len() > 1 && !alone && !quoted && !known::is_launcher(&name::program(&first.text)) {
        return vec![word];
    }
    tokens.iter().map(|token| word.piece(token)).collect()
}

/// Joins the first tokens where they are one path with spaces in it.
fn join_path(tokens: &mut Vec<Token>, line: &str, shell: Shell, alone: bool) {
    let Some(first) = tokens.first() else { return };
    let rooted = name::is_windows_path(&first.text)
        || first.text.starts_with('.')
        || name::is_path(&first.text);
    if !rooted || known::is_launcher(&name::program(&first.text)) {
        return;
    }
    let mut length = 1;
    if shell == Shell::Cmd {
        if !name::has_program_extension(&first.text) {
            let ending = tokens.iter().position(|t| name::has_program_extension(&t.text));
            length = match ending {
                Some(at) => at + 1,
                None => tokens.iter().skip(1).take_while(|t| !starts_argument(&t.text)).count() + 1,
            };
        }
    } else {
        for (at, token) in tokens.iter().enumerate().skip(1) {
            if starts_argument(&token.text) || token.operator.is_some() {
                break;
            }
            if token.text.contains('/') || !alone {
                length = at + 1;
            }
        }
    }
    let end = tokens.get(length - 1).map(|t| t.raw.end);
    let start = first.raw.start;
    if let (2.., Some(end)) = (length, end) {
        tokens.drain(1..length);
        if let Some(first) = tokens.first_mut() {
            first.raw = start..end;
            first.text = line.get(start..end).unwrap_or_default().to_owned();
        }
    }
}

fn starts_argument(text: &str) -> bool {
    text.starts_with(['-', '/', '~', '.', '$', '%', '{', '@'])
        || text.contains("://")
        || text.contains('=')
        || name::is_windows_path(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(command: &str, args: &[&str], platform: Shell) -> Vec<String> {
        words(command, args, platform).into_iter().map(|w| w.text.into_owned()).collect()
    }

    #[test]
    fn a_command_line_in_one_value_is_split() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("npx -y 'a b'", &[], &["npx", "-y", "a b"]),
            ("npx -y", &["pkg"], &["npx", "-y", "pkg"]),
            ("/usr/bin/npx -y", &["pkg"], &["/usr/bin/npx", "-y", "pkg"]),
            ("my tool", &["x"], &["my tool", "x"]),
            ("my tool", &[], &["my", "tool"]),
            ("/Applications/My App/bin", &[], &["/Applications/My App/bin"]),
            (
                "/Applications/My App/bin serve --x",
                &[],
                &["/Applications/My App/bin", "serve", "--x"],
            ),
            ("/opt/My Server", &["x"], &["/opt/My Server", "x"]),
            ("/bin/server /data", &[], &["/bin/server", "/data"]),
            ("/usr/bin/node /srv/my app/x.js", &[], &["/usr/bin/node", "/srv/my", "app/x.js"]),
            (r"C:\Program Files\nodejs\node.exe", &[], &[r"C:\Program Files\nodejs\node.exe"]),
            (
                r"C:\Program Files\nodejs\node.exe",
                &["a b"],
                &[r"C:\Program Files\nodejs\node.exe", "a b"],
            ),
            (
                r"C:\Program Files\nodejs\npx.cmd -y x",
                &[],
                &[r"C:\Program Files\nodejs\npx.cmd", "-y", "x"],
            ),
            (
                r#""C:\Program Files\nodejs\npx.cmd" -y x"#,
                &[],
                &[r"C:\Program Files\nodejs\npx.cmd", "-y", "x"],
            ),
            ("npx", &["-y a@1 b"], &["npx", "-y", "a@1", "b"]),
            ("${HOME}/my tools/run", &[], &["${HOME}/my tools/run"]),
            (r"npx -y p C:\Users\x", &[], &["npx", "-y", "p", r"C:\Users\x"]),
            ("", &["a"], &["", "a"]),
            ("   ", &[], &["   "]),
        ];
        for (command, args, expected) in cases {
            assert_eq!(&split(command, args, Shell::Posix), expected, "{command}");
        }
    }

    #[test]
    fn a_part_maps_back_to_the_value() {
        let found = words("npx -y 'a@1' \"b\\\"c\"", &[], Shell::Posix);
        assert_eq!(found[2].range, 8..11);
        assert_eq!(found[2].place(&(2..3)), 10..11);
        assert_eq!(found[3].text, "b\"c");
        assert_eq!(found[3].place(&(0..1)), found[3].range);
    }
}
