//! Changes of an entry, by the place of each.

use crate::client::dialect::Dialect;
use crate::edit::Content;
use crate::syntax::pointer;

/// What is to stand at which pointers; nothing for what is to go.
pub(super) type Steps = Vec<(String, Option<Content>)>;

/// Changes of an entry in the making.
pub(super) struct Plan<'p> {
    pub(super) dialect: &'p Dialect,
    /// The object inside of the entry that holds the fields, in the nested form of some clients.
    pub(super) within: Option<&'p str>,
    pub(super) base: String,
    pub(super) steps: Steps,
}

impl Plan<'_> {
    /// The pointer of a name that the entry does not have yet.
    pub(super) fn place(&self, name: &str) -> String {
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

    pub(super) fn set(&mut self, name: &str, value: Content) {
        let at = self.place(name);
        self.set_at(at, Some(value));
    }

    pub(super) fn set_at(&mut self, at: String, value: Option<Content>) {
        match self.steps.iter_mut().find(|(known, _)| *known == at) {
            Some((_, known)) => *known = value,
            None => self.steps.push((at, value)),
        }
    }
}

/// Puts a value at a pointer of content, with the maps on the way.
pub(super) fn put(content: &mut Content, at: &str, value: Content) {
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
