//! Writing a server's entry in the way of its client.

mod fresh;
mod plan;
mod rewrite;

pub use fresh::add;
pub use rewrite::rewrite;

use super::dialect::{Dialect, Scalar};
use super::entry::implied_by;
use super::server::{Located, Named, Server, Transport};
use crate::compiled::Text;
use crate::edit::{Content, Refusal};

/// A server entry as it is to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The name.
    pub name: String,
    /// How it is reached.
    pub transport: Transport,
    /// The program.
    pub command: Option<String>,
    /// The container image, where the client runs one; the arguments go to it.
    pub image: Option<String>,
    /// The arguments.
    pub args: Vec<String>,
    /// Environment variables.
    pub env: Vec<(String, String)>,
    /// A file with environment variables.
    pub env_file: Option<String>,
    /// The working directory.
    pub cwd: Option<String>,
    /// The URL of a remote server.
    pub url: Option<String>,
    /// Headers sent to it.
    pub headers: Vec<(String, String)>,
    /// It is switched off by a key of its own.
    pub disabled: bool,
}

/// Why an entry was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The document cannot be edited there.
    #[error(transparent)]
    Edit(#[from] Refusal),
    /// The client's entries have no such field.
    #[error("an entry of this client has no field for the {0}")]
    NoField(&'static str),
    /// There is nothing that starts it or leads to it.
    #[error("an entry needs a command or a URL")]
    Nothing,
    /// The place holds no entries that a client starts.
    #[error("nothing is written into a description for publishing")]
    Published,
    /// The entry is one text and not an object of fields.
    #[error("an entry of that place is one text, which has no room for all of it")]
    OneText,
}

impl Draft {
    fn is_nothing(&self) -> bool {
        self.command.is_none() && self.url.is_none() && self.image.is_none()
    }
}

impl From<&Server<'_>> for Draft {
    fn from(server: &Server<'_>) -> Self {
        let text = |located: &Located<'_>| located.text.clone().into_owned();
        let named = |list: &[Named<'_>]| {
            list.iter().map(|one| (one.name.clone().into_owned(), text(&one.value))).collect()
        };
        Self {
            name: server.name.clone(),
            transport: server.transport,
            command: server.command.as_ref().map(text),
            image: server
                .package
                .as_ref()
                .filter(|_| !server.dialect.fields.image.is_empty())
                .map(|package| text(&package.identifier)),
            args: server.args.iter().map(text).collect(),
            env: named(&server.env),
            env_file: server.env_file.as_ref().map(text),
            cwd: server.cwd.as_ref().map(text),
            url: server.url.as_ref().map(text),
            headers: named(&server.headers),
            disabled: server.disabled && !server.offered,
        }
    }
}

fn primary<'n>(names: &'n [Text], what: &'static str) -> Result<&'n str, WriteError> {
    names.first().map(AsRef::as_ref).ok_or(WriteError::NoField(what))
}

/// The key for a URL, where it tells the transport.
fn url_key(dialect: &Dialect, transport: Transport) -> Option<&Text> {
    let mut keys = dialect.transport.by_url_key.iter();
    let told = keys.find(|(_, word)| Transport::of(*word) == Some(transport));
    // Another key of the client's, if one of them tells something else.
    told.map(|(key, _)| key).or_else(|| {
        let told = |key: &Text| dialect.transport.by_url_key.iter().any(|(known, _)| known == key);
        dialect.fields.url.iter().find(|key| !told(key))
    })
}

/// The arguments in the form of the client: a list, or one text with spaces between them.
fn arguments<'d>(dialect: &'d Dialect, args: &[String]) -> Result<(&'d str, Content), WriteError> {
    let fields = &dialect.fields;
    match (fields.args.first(), fields.arg_line.first()) {
        (None, Some(line)) => {
            if args.iter().any(|arg| arg.is_empty() || arg.contains(' ')) {
                return Err(WriteError::OneText);
            }
            Ok((line, Content::from(args.join(" ").as_str())))
        }
        _ => Ok((primary(&fields.args, "arguments")?, Content::texts(args))),
    }
}

fn scalar(scalar: &Scalar) -> Content {
    match scalar {
        Scalar::Flag(flag) => Content::Bool(*flag),
        Scalar::Word(word) => Content::from(word.as_ref()),
    }
}

/// The client's word for a transport.
fn word_for(dialect: &Dialect, transport: Transport) -> Option<&str> {
    if transport == Transport::Unknown {
        return None;
    }
    let means = |word: &str| {
        let mut values = dialect.transport.values.iter();
        values.any(|(known, meaning)| known == word && Transport::of(*meaning) == Some(transport))
    };
    let write = &dialect.write;
    let preferred = write.set_with_command.iter().chain(write.set_with_url.iter());
    let declared = preferred
        .filter(|(key, word)| dialect.transport.keys.contains(key) && means(word))
        .map(|(_, word)| word);
    let words = dialect.transport.values.iter().map(|(word, _)| word).filter(|word| means(word));
    declared.chain(words).map(AsRef::as_ref).next()
}

/// What the client takes the transport to be if nothing declares it.
fn implied(dialect: &Dialect, draft: &Draft, url_key: Option<&Text>) -> Transport {
    match (&draft.command, &draft.url) {
        (Some(_), _) => Transport::Stdio,
        (None, Some(url)) => {
            let key = url_key.or(dialect.fields.url.first()).map_or("", AsRef::as_ref);
            implied_by(url, key, dialect)
        }
        (None, None) if draft.image.is_some() => Transport::Stdio,
        (None, None) => Transport::Unknown,
    }
}
