//! What texts of an entry hide, and what they want of a model.
//!
//! Every key and every value of an entry is looked at, known ones or not: a client hands unknown
//! keys to the server, shows them, or lets an agent read the file.

use std::borrow::Cow;
use std::ops::Range;

use mcp_guard_detect::text::{self, Hidden, LookAlikeKind, Role, Signal};

use super::collect::Collector;
use super::discretion::discreet;
use super::kinds::{HiddenText, Injection, Text};
use crate::client::dialect::ClientKind;
use crate::client::{Reading, Server};
use crate::problem::Span;
use crate::syntax::{Document, Node, Value, pointer};

/// So much of a phrase or of a hidden text is shown.
const MOST_SHOWN: usize = 80;

/// Facts about the texts of all servers, and about what stands between the values of their entries.
pub(super) fn facts(collector: &mut Collector, document: &Document, reading: &Reading<'_>) {
    // A description of a server for publishing is about nothing else.
    let bundle = reading.client.is_some_and(|client| client.kind == ClientKind::Bundle);
    if bundle && !reading.servers.is_empty() {
        for root in document.roots() {
            let mut walk = Walk { collector, context: 1, pointer: String::new() };
            walk.node(root, Place::Other, None);
        }
        return;
    }
    let mut previous: Option<&Node> = None;
    for (index, server) in reading.servers.iter().enumerate() {
        // An entry with a key that stands twice is several servers, but one entry.
        if previous.is_some_and(|previous| std::ptr::eq(previous, server.node)) {
            continue;
        }
        previous = Some(server.node);
        let mut walk = Walk { collector, context: index + 1, pointer: server.pointer.clone() };
        let inside = server.node.span.start <= server.name_span.start
            && server.name_span.end <= server.node.span.end;
        if !inside {
            let whole = |_: Range<usize>| server.name_span;
            walk.name(&server.name, Place::ServerName, whole);
        }
        walk.node(server.node, Place::Other, None);
    }
    if !is_plain(document.text()) {
        comments(collector, document, &reading.servers);
    }
}

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    ServerName,
    Key,
    Name,
    Command,
    Argument,
    Environment,
    Header,
    Url,
    Description,
    Comment,
    Other,
}

impl Place {
    const fn name(self) -> &'static str {
        match self {
            Self::ServerName => "server-name",
            Self::Key => "key",
            Self::Name => "name",
            Self::Command => "command",
            Self::Argument => "argument",
            Self::Environment => "environment",
            Self::Header => "header",
            Self::Url => "url",
            Self::Description => "description",
            Self::Comment => "comment",
            Self::Other => "other",
        }
    }

    /// What the value of a key is, by the words that clients use.
    fn of(key: &str) -> Option<Self> {
        const KEYS: &[(&str, Place)] = &[
            ("args", Place::Argument),
            ("arguments", Place::Argument),
            ("cmd", Place::Command),
            ("command", Place::Command),
            ("description", Place::Description),
            ("endpoint", Place::Url),
            ("env", Place::Environment),
            ("environment", Place::Environment),
            ("envs", Place::Environment),
            ("headers", Place::Header),
            ("http_headers", Place::Header),
            ("httpurl", Place::Url),
            ("instructions", Place::Description),
            ("name", Place::Name),
            ("server_instructions", Place::Description),
            ("serverinstructions", Place::Description),
            ("serverurl", Place::Url),
            ("uri", Place::Url),
            ("url", Place::Url),
        ];
        let known = KEYS.iter().find(|(known, _)| key.eq_ignore_ascii_case(known));
        known.map(|(_, place)| *place)
    }

    /// The place for a message.
    fn in_words(self, key: Option<&str>) -> Cow<'static, str> {
        let with = |what: &str| match key {
            Some(key) => Cow::Owned(format!("{what} `{}`", shortened(key))),
            None => Cow::Owned(what.to_owned()),
        };
        match self {
            Self::ServerName => Cow::Borrowed("its name"),
            Self::Key => with("the key"),
            Self::Command => Cow::Borrowed("its command"),
            Self::Argument => Cow::Borrowed("its arguments"),
            Self::Environment => with("the variable"),
            Self::Header => with("the header"),
            Self::Url => Cow::Borrowed("its address"),
            Self::Comment => Cow::Borrowed("a comment"),
            Self::Name | Self::Description | Self::Other => with("the value of"),
        }
    }

    /// What is ordinary in such a text.
    const fn role(self) -> Role {
        match self {
            Self::ServerName | Self::Key | Self::Name | Self::Command | Self::Url => Role::Name,
            Self::Argument
            | Self::Environment
            | Self::Header
            | Self::Description
            | Self::Comment
            | Self::Other => Role::Prose,
        }
    }
}

struct Walk<'c> {
    collector: &'c mut Collector,
    context: usize,
    pointer: String,
}

impl Walk<'_> {
    fn node(&mut self, node: &Node, place: Place, key: Option<&str>) {
        match &node.value {
            Value::Map(entries) => {
                for entry in entries {
                    let length = self.pointer.len();
                    pointer::push(&mut self.pointer, &entry.key);
                    // A key of an environment is a variable, whatever it is called.
                    let inner = match place {
                        Place::Environment | Place::Header => place,
                        _ => Place::of(&entry.key).unwrap_or(place),
                    };
                    self.name(&entry.key, Place::Key, |_| entry.key_span);
                    self.node(&entry.value, inner, Some(&entry.key));
                    self.pointer.truncate(length);
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let length = self.pointer.len();
                    pointer::push_index(&mut self.pointer, index);
                    self.node(item, place, key);
                    self.pointer.truncate(length);
                }
            }
            Value::Text(value) => {
                let value = value.as_str();
                self.hidden(value, place, key, |range| node.span_of(range));
                if value.contains(char::is_whitespace) || !value.is_ascii() {
                    self.injection(value, place, key, |range| node.span_of(range));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn name(&mut self, name: &str, place: Place, span: impl Fn(Range<usize>) -> Span) {
        self.hidden(name, place, Some(name), span);
    }

    /// A fact for each way in which the text hides something, at the first place.
    fn hidden(
        &mut self,
        value: &str,
        place: Place,
        key: Option<&str>,
        span: impl Fn(Range<usize>) -> Span,
    ) {
        if is_plain(value) && (place.role() == Role::Prose || !value.contains(['\t', '\n', '\r'])) {
            return;
        }
        let found = text::hidden(value, place.role());
        let mut told = Vec::new();
        for Hidden { kind, start, end, .. } in &found {
            if told.contains(kind) {
                continue;
            }
            told.push(*kind);
            let alike = || found.iter().filter(|other| other.kind == *kind);
            #[expect(clippy::cast_precision_loss, reason = "texts are short")]
            let count = alike().map(|other| other.count).sum::<usize>() as f64;
            let decoded: Vec<&str> = alike().filter_map(|other| other.decoded.as_deref()).collect();
            let fact = HiddenText {
                kind: Some(kind.name().into()),
                count: Some(count),
                decoded: (!decoded.is_empty()).then(|| shortened(&decoded.join(" ")).into()),
                ..hidden_text(place, key)
            };
            self.collector.add_to(self.context, fact, span(*start..*end), &self.pointer);
        }
        let first = text::look_alikes(value).into_iter().find(|word| match word.kind {
            LookAlikeKind::MixedScript | LookAlikeKind::Styled => true,
            // A word of another language is suspicious only where none is expected.
            LookAlikeKind::WholeScript => place.role() == Role::Name,
        });
        if let Some(word) = first {
            let fact = HiddenText {
                kind: Some(word.kind.name().into()),
                reads: Some(shortened(&word.reads).into()),
                ..hidden_text(place, key)
            };
            self.collector.add_to(self.context, fact, span(word.start..word.end), &self.pointer);
        }
    }

    fn injection(
        &mut self,
        value: &str,
        place: Place,
        key: Option<&str>,
        span: impl Fn(Range<usize>) -> Span,
    ) {
        let found = text::injection(value);
        let Some(Signal { start, end, .. }) = found.first() else { return };
        let mut signals: Vec<_> = found.iter().map(|signal| signal.class).collect();
        signals.sort_unstable();
        signals.dedup();
        let mut phrases: Vec<String> = found.iter().map(|s| s.phrase.to_owned()).collect();
        phrases.sort_unstable();
        phrases.dedup();
        let place_of = span(*start..*end);
        let shown = (!self.collector.is_blotted(place_of))
            .then(|| shortened(value.get(*start..*end).unwrap_or_default()).into());
        #[expect(clippy::cast_precision_loss, reason = "there are few classes")]
        let fact = Injection {
            place: Some(place.name().into()),
            at: Some(place.in_words(key)),
            name: shown_key(key),
            classes: Some(signals.len() as f64),
            signals: signals.into_iter().map(|class| class.name().to_owned()).collect(),
            phrases,
            shown,
        };
        self.collector.add_to(self.context, fact, place_of, &self.pointer);
    }
}

fn hidden_text(place: Place, key: Option<&str>) -> HiddenText {
    HiddenText {
        place: Some(place.name().into()),
        at: Some(place.in_words(key)),
        name: shown_key(key),
        ..HiddenText::default()
    }
}

fn shown_key(key: Option<&str>) -> Text {
    key.map(|key| shortened(key).into())
}

/// What stands between the values of neighbouring entries and inside of them: comments.
fn comments(collector: &mut Collector, document: &Document, servers: &[Server<'_>]) {
    let parent = |server: &Server<'_>| {
        let cut = server.pointer.rfind('/').unwrap_or_default();
        server.pointer.get(..cut).unwrap_or_default().to_owned()
    };
    let mut rest = servers;
    let mut context = 1;
    while let Some(first) = rest.first() {
        let home = parent(first);
        let length = rest.iter().take_while(|server| parent(server) == home).count().max(1);
        let (siblings, others) = rest.split_at(length.min(rest.len()));
        let mut taken: Vec<Span> = Vec::new();
        for server in siblings {
            taken.push(server.name_span);
            scalars(server.node, &mut taken);
        }
        taken.sort_unstable();
        let last = siblings.iter().map(|server| server.node.span.end).max().unwrap_or_default();
        let mut at = taken.first().map_or(last, |span| span.start);
        taken.push(Span::new(last, last));
        for span in taken {
            if at < span.start {
                gap(collector, document, Span::new(at, span.start), context, &home);
            }
            at = at.max(span.end);
        }
        context += length;
        rest = others;
    }
}

fn gap(collector: &mut Collector, document: &Document, span: Span, context: usize, home: &str) {
    let between = document.slice(span);
    if is_plain(between) {
        return;
    }
    let pointer = home.to_owned();
    let mut walk = Walk { collector, context, pointer };
    walk.hidden(between, Place::Comment, None, |range| {
        Span::new(span.start + range.start, span.start + range.end)
    });
}

/// Where keys and scalars stand.
fn scalars(node: &Node, found: &mut Vec<Span>) {
    match &node.value {
        Value::Map(entries) => {
            for entry in entries {
                found.push(entry.key_span);
                scalars(&entry.value, found);
            }
        }
        Value::List(items) => {
            for item in items {
                scalars(item, found);
            }
        }
        _ => found.push(node.span),
    }
}

/// Whether a text is printable ASCII but for blanks and line ends: nearly every text is.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r'))
}

/// The text as a message may hold it: not long, without secrets.
fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(MOST_SHOWN).collect();
    if shown.len() < text.len() {
        // A secret that is cut in two is not recognised any more, so the whole is looked at first.
        shown = discreet(text).chars().take(MOST_SHOWN).collect();
        shown.push('…');
        return shown;
    }
    discreet(&shown).into_owned()
}

#[cfg(test)]
mod tests {
    use mcp_guard_detect::text::{HiddenKind, LookAlikeKind, SignalClass};

    use super::{MOST_SHOWN, shortened};
    use crate::facts::kinds::{HIDDEN_KINDS, SIGNAL_CLASSES};

    #[test]
    fn rules_know_every_word() {
        let alike = [LookAlikeKind::MixedScript, LookAlikeKind::WholeScript, LookAlikeKind::Styled];
        let hidden = HiddenKind::ALL.iter().map(|kind| kind.name());
        let kinds: Vec<_> = hidden.chain(alike.iter().map(|kind| kind.name())).collect();
        assert_eq!(kinds, HIDDEN_KINDS);
        let classes: Vec<_> = SignalClass::ALL.iter().map(|class| class.name()).collect();
        assert_eq!(classes, SIGNAL_CLASSES);
    }

    #[test]
    fn what_is_shown_is_short_and_holds_no_secret() {
        let token =
            mcp_guard_detect::secret::template::expand("ghp_{base62:30}{github-crc32}", "a");
        for at in [0, 60, MOST_SHOWN - 10, MOST_SHOWN + 5] {
            let text = format!("{} {token} and more", "x".repeat(at));
            let shown = shortened(&text);
            assert!(shown.chars().count() <= MOST_SHOWN + 1);
            assert!(!shown.contains(&token[4..20]), "{shown}");
        }
    }
}
