//! Whose a resource or a task is, as far as the servers have said so.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::message::{Message, Object, text};

/// The most URIs, templates and tasks that are remembered, of each; the oldest are forgotten first.
const MOST: usize = 100_000;

/// The longest of them that is remembered, in bytes.
const LONGEST: usize = 8192;

/// Owners of resources and tasks, by the place of the server. Of two servers that list the same, the
/// first configured is the owner; a task is whose it was first.
#[derive(Debug)]
pub(super) struct Catalogue {
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    uris: Owners,
    tasks: Owners,
    templates: Owners,
    /// What templates begin with, up to the first expression (RFC 6570).
    beginnings: BTreeMap<Arc<str>, usize>,
}

#[derive(Debug)]
struct Owners {
    most: usize,
    owners: HashMap<Arc<str>, (usize, u64)>,
    by_age: BTreeMap<u64, Arc<str>>,
    next: u64,
}

impl Catalogue {
    pub(super) fn new() -> Self {
        Self::with_room(MOST)
    }

    fn with_room(most: usize) -> Self {
        let known = Known {
            uris: Owners::new(most),
            tasks: Owners::new(most),
            templates: Owners::new(most),
            beginnings: BTreeMap::new(),
        };
        Self { known: Mutex::new(known) }
    }

    /// The same with the servers in other places. What is of a server without one is forgotten.
    pub(super) fn moved(&self, place: impl Fn(usize) -> Option<usize>) -> Self {
        let known = self.known();
        let beginnings = known.beginnings.iter();
        let moved = Known {
            uris: known.uris.moved(&place),
            tasks: known.tasks.moved(&place),
            templates: known.templates.moved(&place),
            beginnings: beginnings
                .filter_map(|(beginning, owner)| Some((Arc::clone(beginning), place(*owner)?)))
                .collect(),
        };
        drop(known);
        Self { known: Mutex::new(moved) }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // A change that a panic cut short leaves at most an owner too few.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose this resource is: by its URI, or by the template with the longest beginning.
    pub(super) fn owner(&self, uri: &str) -> Option<usize> {
        let known = self.known();
        let listed = known.uris.get(uri).or_else(|| known.templates.get(uri));
        listed.or_else(|| longest(&known.beginnings, uri))
    }

    /// Whose this task is.
    pub(super) fn owner_of_task(&self, task: &str) -> Option<usize> {
        self.known().tasks.get(task)
    }

    /// A server has a resource.
    pub(super) fn learn(&self, uri: &str, server: usize) {
        let _ = self.known().uris.put(uri, server, true);
    }

    /// A server has a template of resources.
    pub(super) fn learn_template(&self, template: &str, server: usize) {
        let mut known = self.known();
        if let Some(forgotten) = known.templates.put(template, server, true) {
            let beginning = beginning(&forgotten);
            known.beginnings.remove(beginning);
        }
        let beginning = beginning(template);
        // One that begins with an expression says nothing about whose a URI is.
        if !beginning.is_empty() && beginning.len() <= LONGEST {
            let owner = known.beginnings.entry(Arc::from(beginning)).or_insert(server);
            *owner = server.min(*owner);
        }
    }

    /// A server has a task.
    pub(super) fn learn_task(&self, task: &str, server: usize) {
        let _ = self.known().tasks.put(task, server, false);
    }

    /// Learns from a message of a server which task it has begun or speaks of.
    pub(super) fn heed(&self, message: &Message, server: usize) {
        // Most messages are about none, which is seen at once.
        if !message.body().is_some_and(|body| body.contains("taskId")) {
            return;
        }
        let Ok(members) = message.members() else { return };
        let nested = members.get("task").and_then(|json| Object::from_json(json).ok());
        let task = match &nested {
            Some(task) => task.get("taskId"),
            None => members.get("taskId"),
        };
        if let Some(task) = task.and_then(text) {
            self.learn_task(&task, server);
        }
    }
}

impl Owners {
    fn new(most: usize) -> Self {
        Self { most, owners: HashMap::new(), by_age: BTreeMap::new(), next: 0 }
    }

    fn moved(&self, place: impl Fn(usize) -> Option<usize>) -> Self {
        let owners = self.owners.iter();
        let owners: HashMap<_, _> = owners
            .filter_map(|(key, (owner, age))| Some((Arc::clone(key), (place(*owner)?, *age))))
            .collect();
        let by_age = owners.iter().map(|(key, (_, age))| (*age, Arc::clone(key))).collect();
        Self { most: self.most, owners, by_age, next: self.next }
    }

    fn get(&self, key: &str) -> Option<usize> {
        self.owners.get(key).map(|(owner, _)| *owner)
    }

    /// Notes an owner, and returns what is forgotten for it. `earlier` is whether a server that is
    /// configured earlier takes it over.
    fn put(&mut self, key: &str, server: usize, earlier: bool) -> Option<Arc<str>> {
        if key.len() > LONGEST {
            return None;
        }
        let age = self.next;
        self.next += 1;
        if let Some((owner, old)) = self.owners.get_mut(key) {
            if earlier {
                *owner = server.min(*owner);
            }
            let key = self.by_age.remove(old);
            *old = age;
            if let Some(key) = key {
                self.by_age.insert(age, key);
            }
            return None;
        }
        let key: Arc<str> = Arc::from(key);
        self.owners.insert(Arc::clone(&key), (server, age));
        self.by_age.insert(age, key);
        if self.owners.len() <= self.most {
            return None;
        }
        let (_, oldest) = self.by_age.pop_first()?;
        self.owners.remove(&oldest);
        Some(oldest)
    }
}

/// What a template begins with.
fn beginning(template: &str) -> &str {
    template.split_once('{').map_or(template, |(beginning, _)| beginning)
}

/// The owner of the longest beginning of a text.
fn longest(beginnings: &BTreeMap<Arc<str>, usize>, whole: &str) -> Option<usize> {
    let mut bound = whole;
    while !bound.is_empty() {
        let below = (Bound::Unbounded, Bound::Included(bound));
        let (beginning, owner) = beginnings.range::<str, _>(below).next_back()?;
        if whole.starts_with(&**beginning) {
            return Some(*owner);
        }
        // A shorter one that the text begins with is a beginning of this one too.
        let same = bound.char_indices().zip(beginning.chars());
        let end = same.take_while(|((_, one), other)| one == other).last();
        bound = bound.get(..end.map_or(0, |((at, one), _)| at + one.len_utf8()))?;
    }
    None
}

#[cfg(test)]
mod tests;
