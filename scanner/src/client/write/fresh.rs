//! A new entry.

use super::plan::{Plan, put};
use super::{Draft, WriteError, arguments, implied, primary, scalar, url_key, word_for};
use crate::client::dialect::{CommandForm, Dialect, ServerMap, Shape, TextItem};
use crate::client::given::filled;
use crate::client::server::Transport;
use crate::edit::{self, Change, Content};
use crate::syntax::{Document, pointer};

/// The document with a new entry at the end of the client's map, which stands, or is to stand, at
/// the pointer `at`.
///
/// # Errors
/// The client has no way to write it, or the document cannot be edited there.
pub fn add(
    document: &Document,
    dialect: &'static Dialect,
    map: &ServerMap,
    at: &str,
    draft: &Draft,
) -> Result<Document, WriteError> {
    if dialect.describes_packages() {
        return Err(WriteError::Published);
    }
    if map.texts != TextItem::Reference {
        return Err(WriteError::OneText);
    }
    let mut entry = Content::Map(fresh(dialect, map, draft)?);
    let root = document.roots().first();
    let name = || Content::Text(draft.name.as_str().into());
    Ok(match map.shape {
        Shape::Object | Shape::Flat => {
            let mut at = at.to_owned();
            pointer::push(&mut at, &draft.name);
            edit::set(document, &at, &entry)?
        }
        Shape::List => {
            if let Content::Map(entries) = &mut entry {
                let key = dialect.fields.name.first().map_or("name", AsRef::as_ref);
                entries.insert(0, (key.into(), name()));
            }
            match root.and_then(|root| root.at(at)).filter(|list| list.is_list()) {
                Some(list) => {
                    let index = list.items().len();
                    let at = at.to_owned();
                    edit::change(document, &Change::Insert { at, index, value: entry })?
                }
                None => edit::set(document, at, &Content::List(vec![entry]))?,
            }
        }
        Shape::Single => {
            let named = map.name_at.as_deref().map(|named| filled(named, &map.at, at));
            let missing = |place: &String| root.is_none_or(|root| root.at(place).is_none());
            match named.filter(missing) {
                Some(place) => {
                    let document = edit::set(document, &place, &name())?;
                    edit::set(&document, at, &entry)?
                }
                None => edit::set(document, at, &entry)?,
            }
        }
        Shape::RegistryPackages | Shape::RegistryRemotes => return Err(WriteError::Published),
    })
}

/// The keys of a new entry.
fn fresh(
    dialect: &Dialect,
    map: &ServerMap,
    draft: &Draft,
) -> Result<Vec<(Box<str>, Content)>, WriteError> {
    let mut plan = Plan { dialect, within: None, base: String::new(), steps: Vec::new() };
    let fields = &dialect.fields;
    if draft.is_nothing() {
        return Err(WriteError::Nothing);
    }
    let set = match (&draft.command, draft.transport) {
        (Some(_), _) => &dialect.write.set_with_command,
        (None, Transport::Http) => &dialect.write.set_with_url,
        _ => &dialect.write.set_with_command,
    };
    let told = draft.command.is_some() || draft.transport == Transport::Http;
    for (key, word) in set.iter().filter(|_| told) {
        plan.set(key, Content::from(word.as_ref()));
    }
    let url_key = url_key(dialect, draft.transport);
    let implied = implied(dialect, draft, url_key);
    let declared = set.iter().any(|(key, _)| told && dialect.transport.keys.contains(key));
    if let Some(word) = word_for(dialect, draft.transport)
        && let Some(key) = dialect.transport.keys.first()
        && !declared
        && draft.transport != map.transport.and_then(Transport::of).unwrap_or(implied)
    {
        plan.set(key, Content::from(word));
    }
    if let Some(command) = &draft.command {
        let key = primary(&fields.command, "command")?;
        if dialect.command == CommandForm::Array {
            let words = std::iter::once(command).chain(&draft.args);
            plan.set(key, Content::texts(words));
        } else {
            plan.set(key, Content::from(command.as_str()));
            let (name, args) = arguments(dialect, &draft.args)?;
            plan.set(name, args);
        }
    }
    if let Some(image) = &draft.image {
        plan.set(primary(&fields.image, "image")?, Content::from(image.as_str()));
        if !draft.args.is_empty() {
            // A client without a key for them gives its command to the image.
            let names = if fields.args.is_empty() { &fields.command } else { &fields.args };
            plan.set(primary(names, "arguments")?, Content::texts(&draft.args));
        }
    }
    if let Some(url) = &draft.url {
        let key = url_key.or(fields.url.first()).ok_or(WriteError::NoField("URL"))?;
        plan.set(key, Content::from(url.as_str()));
    }
    for (names, what, value) in [
        (&fields.cwd, "working directory", &draft.cwd),
        (&fields.env_file, "environment file", &draft.env_file),
    ] {
        if let Some(value) = value {
            plan.set(primary(names, what)?, Content::from(value.as_str()));
        }
    }
    for (names, what, list) in
        [(&fields.env, "environment", &draft.env), (&fields.headers, "headers", &draft.headers)]
    {
        if !list.is_empty() {
            plan.set(primary(names, what)?, map_of(list));
        }
    }
    if draft.disabled {
        let off = dialect.off.first().ok_or(WriteError::NoField("switch"))?;
        plan.set(&off.key, scalar(&off.when));
    }
    let mut entry = Content::Map(Vec::new());
    for (at, value) in plan.steps {
        put(&mut entry, &at, value.unwrap_or(Content::Null));
    }
    match entry {
        Content::Map(entries) => Ok(entries),
        _ => Ok(Vec::new()),
    }
}

fn map_of(list: &[(String, String)]) -> Content {
    let entry =
        |(name, value): &(String, String)| (name.as_str().into(), Content::from(value.as_str()));
    Content::Map(list.iter().map(entry).collect())
}
