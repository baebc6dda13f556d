//! Writing a server's entry in the way of its client.

use super::approval;
use super::dialect::{CommandForm, Dialect, Scalar, ServerMap, Shape, TextItem};
use super::entry::{ARGS_KEYS, CWD_KEYS, ENV_FILE_KEYS, ENV_KEYS, HEADER_KEYS};
use super::field::Entry;
use super::given::filled;
use super::server::{Located, Named, Server, Transport};
use super::shape::{COMMAND_KEYS, URL_KEYS};
use crate::compiled::Text;
use crate::edit::{self, Change, Content, Refusal};
use crate::syntax::{Document, Node, Value, pointer};

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
    if matches!(map.shape, Shape::RegistryPackages | Shape::RegistryRemotes) {
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

/// Puts a value at a pointer of content, with the maps on the way.
fn put(content: &mut Content, at: &str, value: Content) {
    let mut here = content;
    for segment in at.split('/').skip(1) {
        let key = pointer::unescape(segment);
        if !matches!(here, Content::Map(_)) {
            *here = Content::Map(Vec::new());
        }
        let Content::Map(entries) = here else { return };
        let index = entries.iter().position(|(known, _)| **known == *key).unwrap_or(entries.len());
        if index == entries.len() {
            entries.push((key.into(), Content::Null));
        }
        let Some((_, next)) = entries.get_mut(index) else { return };
        here = next;
    }
    *here = value;
}

fn map_of(list: &[(String, String)]) -> Content {
    let entry =
        |(name, value): &(String, String)| (name.as_str().into(), Content::from(value.as_str()));
    Content::Map(list.iter().map(entry).collect())
}

fn primary<'n>(names: &'n [Text], what: &'static str) -> Result<&'n str, WriteError> {
    names.first().map(AsRef::as_ref).ok_or(WriteError::NoField(what))
}

/// What the client takes the transport to be if nothing declares it.
fn implied(dialect: &Dialect, draft: &Draft, url_key: Option<&Text>) -> Transport {
    match (&draft.command, &draft.url) {
        (Some(_), _) => Transport::Stdio,
        (None, Some(url)) => {
            let key = url_key.or(dialect.fields.url.first()).map_or("", AsRef::as_ref);
            super::entry::implied_by(url, key, dialect)
        }
        (None, None) if draft.image.is_some() => Transport::Stdio,
        (None, None) => Transport::Unknown,
    }
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

/// What is to stand at which pointers; nothing for what is to go.
type Steps = Vec<(String, Option<Content>)>;

fn rewriting(server: &Server<'_>, draft: &Draft) -> Result<Steps, WriteError> {
    let old = Draft::from(server);
    let dialect = server.dialect;
    let registry =
        |map: &ServerMap| matches!(map.shape, Shape::RegistryPackages | Shape::RegistryRemotes);
    if old == *draft {
        return Ok(Vec::new());
    }
    if server.offered && old.disabled != draft.disabled {
        return Err(WriteError::NoField("switch"));
    }
    if dialect.maps.iter().any(registry) {
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

/// Changes of an entry in the making.
struct Plan<'p> {
    dialect: &'p Dialect,
    /// The object inside of the entry that holds the fields, in the nested form of some clients.
    within: Option<&'p str>,
    base: String,
    steps: Steps,
}

impl Plan<'_> {
    /// The pointer of a name that the entry does not have yet.
    fn place(&self, name: &str) -> String {
        let fields = &self.dialect.fields;
        let nested = self.within.map(|outer| format!("{outer}.{name}")).filter(|nested| {
            [
                &fields.command,
                &fields.args,
                &fields.env,
                &fields.cwd,
                &fields.url,
                &fields.headers,
                &self.dialect.transport.keys,
            ]
            .iter()
            .any(|names| names.iter().any(|known| known == nested))
        });
        let mut at = self.base.clone();
        for part in nested.as_deref().unwrap_or(name).split('.') {
            pointer::push(&mut at, part);
        }
        at
    }

    fn set(&mut self, name: &str, value: Content) {
        let at = self.place(name);
        self.set_at(at, Some(value));
    }

    fn set_at(&mut self, at: String, value: Option<Content>) {
        match self.steps.iter_mut().find(|(known, _)| *known == at) {
            Some((_, known)) => *known = value,
            None => self.steps.push((at, value)),
        }
    }

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
