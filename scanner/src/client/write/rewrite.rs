//! Another entry in the place of one that was read.

use super::plan::{Plan, Steps, put};
use super::{Draft, WriteError, arguments, implied, primary, scalar, url_key, word_for};
use crate::client::approval;
use crate::client::dialect::{CommandForm, Scalar, ServerMap};
use crate::client::entry::{ARGS_KEYS, CWD_KEYS, ENV_FILE_KEYS, ENV_KEYS, HEADER_KEYS};
use crate::client::field::Entry;
use crate::client::server::{Server, Transport};
use crate::client::shape::{COMMAND_KEYS, URL_KEYS};
use crate::compiled::Text;
use crate::edit::{self, Change, Content};
use crate::syntax::{Document, Node, Value};

/// The document in which the entry of a server that was read from it says what the draft does. What
/// is the same already, and keys that a draft does not speak of, stay as they are. The name stays.
///
/// # Errors
/// The client has no way to write it, or the document cannot be edited there.
pub fn rewrite(
    document: &Document,
    server: &Server<'_>,
    draft: &Draft,
) -> Result<Document, WriteError> {
    let steps = rewriting(server, draft)?;
    let mut edited = document.clone();
    for (at, value) in steps {
        edited = match value {
            Some(value) => edit::set(&edited, &at, &value)?,
            // It went with what held it.
            None if !edited.roots().iter().any(|root| root.at(&at).is_some()) => continue,
            None => edit::change(&edited, &Change::Remove { at })?,
        };
    }
    Ok(edited)
}

fn rewriting(server: &Server<'_>, draft: &Draft) -> Result<Steps, WriteError> {
    let old = Draft::from(server);
    let dialect = server.dialect;
    if old == *draft {
        return Ok(Vec::new());
    }
    if server.offered && old.disabled != draft.disabled {
        return Err(WriteError::NoField("switch"));
    }
    if dialect.describes_packages() {
        return Err(WriteError::Published);
    }
    if draft.is_nothing() {
        return Err(WriteError::Nothing);
    }
    // The place tells it, and the entry stays where it is.
    let placed = |map: &ServerMap| map.transport.is_some();
    if old.transport != draft.transport && dialect.maps.iter().any(placed) {
        return Err(WriteError::NoField("transport"));
    }
    if !server.node.is_map() {
        return Err(WriteError::OneText);
    }
    let entry = Entry { node: server.node, pointer: &server.pointer, layer: 0 };
    let anchor = server.command.as_ref().or(server.url.as_ref());
    let within = anchor.and_then(|anchor| {
        let below = anchor.pointer.strip_prefix(&server.pointer)?;
        let parent = below.split('/').nth(1)?;
        let names = dialect.fields.command.iter().chain(dialect.fields.url.iter());
        names
            .filter_map(|name| name.split_once('.'))
            .find(|(outer, _)| {
                *outer == parent && server.node.get(parent).is_some_and(Node::is_map)
            })
            .map(|(outer, _)| outer)
    });
    let mut plan = Plan { dialect, within, base: server.pointer.clone(), steps: Vec::new() };
    let becomes_local = draft.command.is_some() && old.command.is_none();
    let leads_elsewhere = draft.command.is_none() && draft.url != old.url;
    if becomes_local {
        for key in dialect.write.remove_with_command.iter() {
            plan.remove(&entry, key);
        }
        for (key, word) in dialect.write.set_with_command.iter() {
            plan.set(key, Content::from(word.as_ref()));
        }
    }
    if leads_elsewhere {
        for (key, word) in dialect.write.set_with_url.iter() {
            plan.set(key, Content::from(word.as_ref()));
        }
    }
    plan.command(&entry, server, &old, draft)?;
    if old.image != draft.image {
        let value = draft.image.as_deref().map(Content::from);
        plan.field(&entry, &dialect.fields.image, &[], "image", value)?;
    }
    let fields = &dialect.fields;
    plan.url(&entry, server, &old, draft)?;
    for (names, others, what, was, wanted) in [
        (&fields.cwd, CWD_KEYS, "working directory", &old.cwd, &draft.cwd),
        (&fields.env_file, ENV_FILE_KEYS, "environment file", &old.env_file, &draft.env_file),
    ] {
        if was != wanted {
            let value = wanted.as_deref().map(Content::from);
            plan.field(&entry, names, others, what, value)?;
        }
    }
    for (names, others, what, was, wanted) in [
        (&fields.env, ENV_KEYS, "environment", &old.env, &draft.env),
        (&fields.headers, HEADER_KEYS, "headers", &old.headers, &draft.headers),
    ] {
        if was != wanted {
            let node = entry.first(names, others).map(|(node, _)| node);
            let value = (!wanted.is_empty()).then(|| named(node, wanted));
            plan.field(&entry, names, others, what, value)?;
        }
    }
    if old.disabled != draft.disabled {
        plan.switch(&entry, draft.disabled)?;
    }
    plan.transport(server, draft);
    Ok(plan.steps)
}

impl Plan<'_> {
    fn remove(&mut self, entry: &Entry<'_, '_>, key: &str) {
        let nested = self.within.map(|outer| format!("{outer}.{key}"));
        for name in nested.as_deref().into_iter().chain([key]) {
            if let Some((_, at)) = entry.at(name) {
                self.set_at(at, None);
            }
        }
    }

    /// Sets a field where it is read from, or takes it away.
    fn field(
        &mut self,
        entry: &Entry<'_, '_>,
        names: &[Text],
        others: &[&str],
        what: &'static str,
        value: Option<Content>,
    ) -> Result<(), WriteError> {
        match (entry.first(names, others), value) {
            (Some((_, at)), value) => self.set_at(at, value),
            (None, Some(value)) => {
                let name = primary(names, what)?;
                self.set(name, value);
            }
            (None, None) => {}
        }
        Ok(())
    }

    fn command(
        &mut self,
        entry: &Entry<'_, '_>,
        server: &Server<'_>,
        old: &Draft,
        draft: &Draft,
    ) -> Result<(), WriteError> {
        if old.command == draft.command && old.args == draft.args {
            return Ok(());
        }
        let fields = &self.dialect.fields;
        let found = entry.first(&fields.command, COMMAND_KEYS);
        let known = |text: &String| {
            let mut old = server.args.iter().chain(&server.command);
            // A number or a truth value stays one.
            let same = old.find(|old| old.text == *text && old.node.as_str().is_none());
            same.map_or_else(|| Content::from(text.as_str()), |old| Content::from(old.node))
        };
        let args = || Content::List(draft.args.iter().map(known).collect());
        let listed = match &found {
            Some((node, _)) => node.is_list(),
            None => self.dialect.command == CommandForm::Array,
        };
        let mut separate = entry.first(&fields.args, ARGS_KEYS);
        let line = fields
            .arg_line
            .iter()
            .find_map(|name| entry.at(name))
            .filter(|(_, at)| server.args.first().is_some_and(|first| first.pointer == *at));
        if let Some((_, at)) = line {
            // Arguments in one text become a list, which holds any.
            self.set_at(at, None);
            separate = None;
        }
        if draft.image.is_some() {
            // What stands in the place of the command goes to the image too.
            if let Some((_, at)) = found {
                self.set_at(at, None);
            }
            let value = (!draft.args.is_empty()).then(args);
            let names = if fields.args.is_empty() { &fields.command } else { &fields.args };
            return self.field(entry, names, &[], "arguments", value);
        }
        match (&draft.command, found) {
            (None, found) => {
                if let Some((_, at)) = found {
                    self.set_at(at, None);
                }
                if let Some((_, at)) = separate {
                    self.set_at(at, None);
                }
            }
            (Some(command), found) if listed => {
                let words = std::iter::once(command).chain(&draft.args);
                let value = Content::List(words.map(known).collect());
                if let Some((_, at)) = separate {
                    self.set_at(at, None);
                }
                match found {
                    Some((_, at)) => self.set_at(at, Some(value)),
                    None => self.set(primary(&fields.command, "command")?, value),
                }
            }
            (Some(command), found) => {
                let value = Content::from(command.as_str());
                match (found, &server.command) {
                    _ if old.command.as_ref() == Some(command) => {}
                    // The nested form of older editors is read from inside of the object.
                    (Some((node, _)), Some(inner)) if node.is_map() => {
                        self.set_at(inner.pointer.clone(), Some(value));
                    }
                    (Some((_, at)), _) => self.set_at(at, Some(value)),
                    (None, _) => self.set(primary(&fields.command, "command")?, value),
                }
                match separate {
                    Some((_, at)) => self.set_at(at, Some(args())),
                    None if draft.args.is_empty() && old.args.is_empty() => {}
                    None => {
                        let (name, value) = arguments(self.dialect, &draft.args)?;
                        let value = if value.is_scalar() { value } else { args() };
                        self.set(name, value);
                    }
                }
            }
        }
        Ok(())
    }

    fn switch(&mut self, entry: &Entry<'_, '_>, disabled: bool) -> Result<(), WriteError> {
        let off: Vec<_> = self
            .dialect
            .off
            .iter()
            .filter_map(|off| entry.at(&off.key).map(|(value, at)| (off, value, at)))
            .collect();
        if !disabled {
            // A list elsewhere may name it.
            if !off.iter().any(|(off, value, _)| approval::is(value, &off.when)) {
                return Err(WriteError::NoField("switch"));
            }
            for (off, _, at) in off {
                let on = match &off.when {
                    Scalar::Flag(flag) => Some(Content::Bool(!flag)),
                    Scalar::Word(_) => None,
                };
                self.set_at(at, on);
            }
            return Ok(());
        }
        match off.into_iter().next() {
            Some((off, _, at)) => self.set_at(at, Some(scalar(&off.when))),
            None => {
                let off = self.dialect.off.first().ok_or(WriteError::NoField("switch"))?;
                self.set(&off.key, scalar(&off.when));
            }
        }
        Ok(())
    }

    /// Sets the URL under the key that it has, unless another key tells the wanted transport.
    fn url(
        &mut self,
        entry: &Entry<'_, '_>,
        server: &Server<'_>,
        old: &Draft,
        draft: &Draft,
    ) -> Result<(), WriteError> {
        let fields = &self.dialect.fields;
        let value = draft.url.as_deref().map(Content::from);
        let moves =
            old.transport != draft.transport && !self.dialect.transport.by_url_key.is_empty();
        match (&server.url, url_key(self.dialect, draft.transport)) {
            (Some(old), Some(key)) if moves && value.is_some() => {
                let at = self.place(key);
                if at != old.pointer {
                    self.set_at(old.pointer.clone(), None);
                }
                self.set_at(at, value);
                Ok(())
            }
            (None, Some(key)) if value.is_some() => {
                self.set(key, value.unwrap_or(Content::Null));
                Ok(())
            }
            _ if old.url == draft.url => Ok(()),
            _ => self.field(entry, &fields.url, URL_KEYS, "URL", value),
        }
    }

    /// Lets the declared transport be the right one.
    fn transport(&mut self, server: &Server<'_>, draft: &Draft) {
        let means = |word: &str| {
            let known = self.dialect.transport.values.iter().find(|(known, _)| known == word);
            known.and_then(|(_, meaning)| Transport::of(*meaning))
        };
        let wanted = word_for(self.dialect, draft.transport);
        let told: Vec<String> =
            self.dialect.transport.keys.iter().map(|key| self.place(key)).collect();
        // What is set already may mean another kind of the same.
        let set = self.steps.iter().find(|(at, value)| told.contains(at) && value.is_some());
        if let Some((_, Some(Content::Text(word)))) = set {
            if wanted.is_some_and(|wanted| means(wanted) != means(word)) {
                let at = set.map(|(at, _)| at.clone());
                if let (Some(at), Some(wanted)) = (at, wanted) {
                    self.set_at(at, Some(Content::from(wanted)));
                }
            }
            return;
        }
        if draft.transport == server.transport {
            return;
        }
        let key = url_key(self.dialect, draft.transport);
        let gone =
            |at: &String| self.steps.iter().any(|(known, value)| known == at && value.is_none());
        match (&server.declared, wanted) {
            (Some((word, _)), wanted) if !gone(&word.pointer) => {
                self.set_at(word.pointer.clone(), wanted.map(Content::from));
            }
            (_, Some(wanted)) if draft.transport != implied(self.dialect, draft, key) => {
                if let Some(key) = self.dialect.transport.keys.first() {
                    self.set(key, Content::from(wanted));
                }
            }
            _ => {}
        }
    }
}

/// Names and values in the form that the node has: an object, a list of `NAME=value`, a list of
/// objects with `name` and `value`.
fn named(node: Option<&Node>, wanted: &[(String, String)]) -> Content {
    let Some(items) = node.filter(|node| node.is_list()).map(Node::items) else {
        let old = |name: &str| node.and_then(|node| node.get(name));
        let entry = |(name, value): &(String, String)| {
            let kept = old(name).filter(|old| spelt(old).is_some_and(|text| text == *value));
            (
                name.as_str().into(),
                kept.map_or_else(|| Content::from(value.as_str()), Content::from),
            )
        };
        return Content::Map(wanted.iter().map(entry).collect());
    };
    let objects = items.first().is_some_and(Node::is_map);
    let colon = items.first().and_then(Node::as_str).is_some_and(|text| {
        text.find(':').is_some_and(|colon| text.find('=').is_none_or(|equals| colon < equals))
    });
    let item = |(name, value): &(String, String)| {
        if !objects {
            let between = if colon { ": " } else { "=" };
            return Content::Text(format!("{name}{between}{value}").into());
        }
        let old = items.iter().find(|item| item.get("name").and_then(Node::as_str) == Some(name));
        let mut object = old.map_or_else(
            || Content::Map(vec![("name".into(), Content::from(name.as_str()))]),
            Content::from,
        );
        let key = match old {
            Some(old) if old.get("value").is_none() && old.get("default").is_some() => "/default",
            _ => "/value",
        };
        put(&mut object, key, Content::from(value.as_str()));
        object
    };
    Content::List(wanted.iter().map(item).collect())
}

fn spelt(node: &Node) -> Option<String> {
    Some(match &node.value {
        Value::Text(text) => text.as_str().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::List(_) | Value::Map(_) => return None,
    })
}
