//! The command line of an entry with the way back to the values it is made of.

use std::cell::Cell;
use std::ops::Range;

use mcp_guard_detect::path;

use super::hidden::Hidden;
use crate::client::{Located, Server};
use crate::launch::{self, Launch, Part, Shell as Platform, WrapperKind};

/// A command line with the way back to the values it is made of.
#[derive(Debug)]
pub(super) struct CommandLine<'s> {
    pub(super) launch: Launch<'s>,
    /// The values that words come from: the command, then the arguments.
    values: Vec<Option<&'s Located<'s>>>,
    options: Vec<CommandOption>,
    /// Bytes of values that were given for parts whose place in them is not known.
    vague: Cell<usize>,
}

/// So many bytes of values are given for such parts. Each stands for a whole script, so that many
/// of them in a long one are more text than a machine has room for.
const MOST_VAGUE: usize = 2 << 20;

/// A flag with its value, a flag alone, or an argument without a flag.
#[derive(Clone, Debug)]
pub(super) struct CommandOption {
    /// The flag as written, dashes included.
    pub(super) flag: Option<String>,
    /// The name inside of the value: `KEY=value`, `Name: value`.
    key: Option<String>,
    /// The value.
    pub(super) value: Option<Part>,
    /// The word of the flag, or of the argument.
    pub(super) word: usize,
}

impl CommandOption {
    /// The name that says what the value is: its own, or the flag's without dashes.
    pub(super) fn name(&self) -> Option<&str> {
        self.key.as_deref().or_else(|| self.flag_name())
    }

    /// The flag without dashes.
    pub(super) fn flag_name(&self) -> Option<&str> {
        self.flag.as_deref().map(|flag| flag.trim_start_matches(['-', '/']))
    }

    /// Where the value stands, or the flag if it has none.
    pub(super) fn value_part(&self) -> Part {
        self.value.clone().unwrap_or(Part { word: self.word, range: 0..usize::MAX })
    }
}

impl<'s> CommandLine<'s> {
    pub(super) fn of(server: &'s Server<'_>) -> Self {
        let command = server.command.as_ref();
        let args: Vec<&str> = server.args.iter().map(|arg| arg.text.as_ref()).collect();
        let text = command.map_or("", |command| command.text.as_ref());
        let words = launch::words(text, &args, platform(text));
        let values = std::iter::once(command).chain(server.args.iter().map(Some)).collect();
        Self::made_of(if command.is_some() { words } else { Vec::new() }, values)
    }

    /// What a shell makes of a text.
    pub(super) fn of_shell(text: &'s Located<'s>) -> Self {
        let words = launch::words("sh", &["-c", &text.text], Platform::Posix);
        Self::made_of(words, vec![None, None, Some(text)])
    }

    /// What runs this program text.
    pub(super) fn of_python(text: &'s Located<'s>) -> Self {
        let words = launch::words("python", &["-c", &text.text], Platform::Posix);
        Self::made_of(words, vec![None, None, Some(text)])
    }

    /// What gets this package from its registry.
    pub(super) fn of_python_package(name: &'s Located<'s>) -> Self {
        let words = launch::words("uvx", &[&name.text], Platform::Posix);
        Self::made_of(words, vec![None, Some(name)])
    }

    fn made_of(words: Vec<launch::Word<'s>>, values: Vec<Option<&'s Located<'s>>>) -> Self {
        let given = words.len();
        let launch = if words.is_empty() { Launch::default() } else { Launch::of(words) };
        let mut options = options(&launch, 1..given);
        // The words of scripts inside of arguments have options too.
        options.extend(self::options(&launch, given..launch.words.len()));
        Self { launch, values, options, vague: Cell::new(0) }
    }

    /// Whether some of it was left out because it is too long.
    pub(super) fn is_cut(&self) -> bool {
        self.launch.cut || self.vague.get() > MOST_VAGUE
    }

    /// The options in the order of the words, those of scripts last.
    pub(super) fn options(&self) -> &[CommandOption] {
        &self.options
    }

    /// The value that holds a part, and the bytes of the value.
    pub(super) fn locate(&self, part: &Part) -> Option<(&'s Located<'s>, Range<usize>)> {
        let length = self.launch.word(part.word).len();
        let part = Part { word: part.word, range: part.range.start..part.range.end.min(length) };
        let (source, range) = self.launch.place(&part)?;
        if range.len() > part.range.len() {
            self.vague.set(self.vague.get().saturating_add(range.len()));
            if self.vague.get() > MOST_VAGUE {
                return None;
            }
        }
        self.values.get(source).copied().flatten().map(|value| (value, range))
    }

    /// A text taken out of a part, as it may be shown.
    pub(super) fn taken(&self, text: &str, part: &Part, hidden: &Hidden) -> String {
        match self.locate(part) {
            Some((value, range)) => hidden.taken(text, value, range),
            None => text.to_owned(),
        }
    }

    /// The whole word.
    pub(super) fn whole(&self, word: usize) -> Part {
        Part { word, range: 0..self.launch.word(word).len() }
    }

    /// Whether the entry starts `mcp-guard serve`: the installed one. A program of that name that
    /// lies in the project, or where everybody may put one, is whatever somebody made it.
    pub(super) fn is_guarded(&self) -> bool {
        let guards = self.launch.wrappers.iter().filter(|one| one.kind == WrapperKind::Guard);
        guards.map(|guard| self.launch.word(guard.word)).any(|program| {
            let lies_somewhere = program.contains(['/', '\\']);
            !lies_somewhere || is_anchored(program) && path::shared_place(program).is_none()
        })
    }

    /// Whether the server runs in a container.
    pub(super) fn is_containerised(&self) -> bool {
        self.launch.is_wrapped(WrapperKind::Container)
    }

    /// Whether the word is an option of a launcher and not of the server.
    pub(super) fn is_launchers(&self, word: usize) -> bool {
        self.launch.target.program.is_some_and(|program| word < program)
    }

    /// The user that `sudo -u` and the like at that word change to, if that is not root.
    pub(super) fn user_of(&self, word: usize) -> Option<&str> {
        let next = self.launch.wrappers.iter().map(|wrapper| wrapper.word).find(|at| *at > word);
        let end = next.or(self.launch.target.program).unwrap_or(word);
        let options = self.options.iter().filter(|option| word < option.word && option.word < end);
        let user = options
            .filter(|option| matches!(option.flag.as_deref(), Some("-u" | "--user")))
            .find_map(|option| Some(self.launch.text(option.value.as_ref()?)));
        user.filter(|user| !["root", "0", "#0", ""].contains(user))
    }

    /// Whether a container option of this name is given, with a value that satisfies the test.
    pub(super) fn has_container_option(&self, name: &str, test: impl Fn(&str) -> bool) -> bool {
        self.launch.target.container_options.iter().any(|option| {
            option.name == name
                && test(option.value.as_ref().map_or("", |part| self.launch.text(part)))
        })
    }
}

/// Whose quoting rules a command is written for, as far as its looks tell.
fn platform(command: &str) -> Platform {
    let lower = command.to_ascii_lowercase();
    let windows =
        lower.contains('\\') || [".exe", ".cmd", ".bat"].iter().any(|e| lower.contains(e));
    if windows { Platform::Cmd } else { Platform::Posix }
}

/// Flags with values, flags alone, and plain arguments among the words.
fn options(launch: &Launch<'_>, words: Range<usize>) -> Vec<CommandOption> {
    let mut found: Vec<CommandOption> = Vec::new();
    let mut open: Option<CommandOption> = None;
    for word in words {
        let text = launch.word(word);
        // Three dashes begin no flag but the armour of a key.
        let dashes = text.starts_with('-') && !text.starts_with("---");
        let is_flag = text.len() > 1 && dashes && !is_number(text);
        if is_flag {
            found.extend(open.take());
            match text.split_once('=') {
                Some((flag, value)) => {
                    let start = text.len() - value.len();
                    let part = Part { word, range: start..text.len() };
                    found.push(valued(launch, Some(flag.to_owned()), part, word));
                }
                None => {
                    let flag = Some(text.to_owned());
                    open = Some(CommandOption { flag, key: None, value: None, word });
                }
            }
        } else {
            let part = Part { word, range: 0..text.len() };
            let (flag, word) = open.take().map_or((None, word), |flag| (flag.flag, flag.word));
            found.push(valued(launch, flag, part, word));
        }
    }
    found.extend(open);
    found
}

/// Whether a path starts from the root, a drive, the home directory or a variable that is none of
/// the workspace's.
fn is_anchored(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let drive = path.get(1..3).is_some_and(|colon| matches!(colon, ":\\" | ":/"));
    let start = path.starts_with(['/', '\\', '~', '$', '%']);
    (start || drive)
        && !lower.contains("workspace")
        && !path.split(['/', '\\']).any(|at| at == "..")
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok()
}

/// An option whose value may begin with a name of its own.
fn valued(launch: &Launch<'_>, flag: Option<String>, part: Part, word: usize) -> CommandOption {
    let text = launch.text(&part);
    let is_header = flag.as_deref().is_some_and(|flag| {
        flag == "-H" || flag.to_ascii_lowercase().trim_start_matches('-').starts_with("header")
    });
    let split = if is_header { text.split_once(':') } else { text.split_once('=') };
    if let Some((name, rest)) = split
        && (is_header || is_variable(name))
    {
        let value = rest.trim_start();
        let start = part.range.start + text.len() - value.len();
        let value = Part { word: part.word, range: start..part.range.end };
        return CommandOption { flag, key: Some(name.trim().to_owned()), value: Some(value), word };
    }
    CommandOption { flag, key: None, value: Some(part), word }
}

fn is_variable(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::is_anchored;

    #[test]
    fn a_path_of_the_project_is_not_anchored() {
        for (path, anchored) in [
            ("/usr/local/bin/mcp-guard", true),
            ("~/.cargo/bin/mcp-guard", true),
            ("C:\\Tools\\mcp-guard.exe", true),
            ("${HOME}/bin/mcp-guard", true),
            ("./mcp-guard", false),
            ("bin/mcp-guard", false),
            ("${workspaceFolder}/mcp-guard", false),
            ("/srv/../app/mcp-guard", false),
        ] {
            assert_eq!(is_anchored(path), anchored, "{path}");
        }
    }
}
