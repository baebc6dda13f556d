//! A server that is started.

use std::path::PathBuf;

use mcp_guard_detect::secret::names_a_secret;
use secrecy::SecretString;

use super::keys::ServerKeys;
use super::reader::{Reader, shown};
use super::server::{ChildSpec, MAX_INSTANCES};
use super::tree::{Entry, Node, Value};
use super::words;

pub(super) fn child<'d>(
    reader: &mut Reader<'d>,
    command: &'d Node,
    keys: &ServerKeys<'d>,
) -> Option<ChildSpec> {
    let (program, mut args) = match (&command.value, keys.args) {
        (Value::Text(text), None) => words_of(reader, command, text)?,
        _ => (reader.text(command), Some(Vec::new())),
    };
    let listed: Vec<Option<String>> = match keys.args {
        Some(node) => reader.list(node).iter().map(|item| argument(reader, item)).collect(),
        None => Vec::new(),
    };
    for argument in listed {
        args = args.zip(argument).map(|(mut args, argument)| {
            args.push(argument);
            args
        });
    }
    let env = keys.env.map(|node| reader.named(node, "`env`")).unwrap_or_default();
    let env: Vec<_> = env.into_iter().map(|entry| variable(reader, entry)).collect();
    let cwd = keys.cwd.map(|node| reader.path(node));
    let max_instances = keys.max_instances.map(|node| instances(reader, node));
    let is_path = |text: &str| text.contains('/') || cfg!(windows) && text.contains('\\');
    let program = match program? {
        text if is_path(&text) || text == "~" => reader.placed(command, &text)?,
        text => PathBuf::from(text),
    };
    Some(ChildSpec {
        command: program,
        args: args?,
        env: env.into_iter().collect::<Option<_>>()?,
        cwd: match cwd {
            Some(cwd) => Some(cwd?),
            None => None,
        },
        max_instances: max_instances.unwrap_or(Some(MAX_INSTANCES))?,
    })
}

/// A command that holds its arguments, as the first published format has it. It is cut before its
/// variables are replaced, so that no value of one becomes several arguments.
fn words_of<'d>(
    reader: &mut Reader<'d>,
    node: &'d Node,
    text: &str,
) -> Option<(Option<String>, Option<Vec<String>>)> {
    let words = words::split(text).map_err(|message| reader.fault(node.at, message)).ok()?;
    let words: Vec<_> = words.iter().map(|word| reader.expanded(node, word)).collect();
    let known = words.iter().all(Option::is_some);
    let mut words = words.into_iter();
    let program = words.next().unwrap_or(Some(String::new()));
    if program.as_ref().is_some_and(|program| program.trim().is_empty()) {
        reader.fault(node.at, "the command is empty");
        return None;
    }
    Some((program.filter(|_| known), words.collect()))
}

/// How many processes run at once.
pub(super) fn instances<'d>(reader: &mut Reader<'d>, node: &'d Node) -> Option<usize> {
    reader.number(node, 1, 10_000)
}

/// A text that may be empty.
fn argument<'d>(reader: &mut Reader<'d>, node: &'d Node) -> Option<String> {
    let text = reader.raw_text(node)?;
    if text.contains('\0') {
        reader.fault(node.at, "a null character cannot stand here");
        return None;
    }
    Some(text)
}

fn variable<'d>(reader: &mut Reader<'d>, entry: &'d Entry) -> Option<(String, SecretString)> {
    let Entry { key, key_at, value } = entry;
    if key.is_empty() || key.contains(['=', '\0']) {
        reader.fault(*key_at, "this is no name of an environment variable");
        return None;
    }
    let text = argument(reader, value)?;
    if text.trim().is_empty() && names_a_secret(key) {
        reader.fault(value.at, format!("the credential `{}` is empty", shown(key)));
        return None;
    }
    Some((key.clone(), SecretString::from(text)))
}
