//! What a value holds, without its place.

use super::{Change, Refusal};
use crate::syntax::{Node, Value, pointer};

/// A value as a document could hold it.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number as it is spelt.
    Number(Box<str>),
    /// A string.
    Text(Box<str>),
    /// Values in order.
    List(Vec<Content>),
    /// Keys and values.
    Map(Vec<(Box<str>, Content)>),
}

impl From<&Node> for Content {
    fn from(node: &Node) -> Self {
        match &node.value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::Text(text) => Self::Text(text.as_str().into()),
            Value::List(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Map(entries) => {
                Self::Map(entries.iter().map(|e| (e.key.clone(), Self::from(&e.value))).collect())
            }
        }
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl Content {
    /// A list of strings.
    pub fn texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(|text| Self::from(text.as_ref())).collect())
    }

    /// Whether it is neither a list nor a map.
    #[must_use]
    pub const fn is_scalar(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Map(_))
    }

    /// Whether it is a list or a map with nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::List(items) => items.is_empty(),
            Self::Map(entries) => entries.is_empty(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => false,
        }
    }

    /// Whether both hold the same. The order of keys does not count, that of values under the same
    /// key does.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
            }
            (Self::Map(a), Self::Map(b)) => {
                let sorted = |map: &[(Box<str>, Self)]| {
                    let mut order: Vec<usize> = (0..map.len()).collect();
                    order.sort_by_key(|at| map.get(*at).map(|(key, _)| key.clone()));
                    order
                };
                a.len() == b.len()
                    && sorted(a).into_iter().zip(sorted(b)).all(|(i, j)| {
                        matches!((a.get(i), b.get(j)), (Some((k, v)), Some((l, w)))
                            if k == l && v.same(w))
                    })
            }
            _ => self == other,
        }
    }

    /// The same without maps that hold nothing: TOML has none but those that a header declares.
    #[must_use]
    pub(super) fn without_empty_maps(self) -> Self {
        match self {
            Self::Map(entries) => Self::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| (key, value.without_empty_maps()))
                    .filter(|(_, value)| !matches!(value, Self::Map(map) if map.is_empty()))
                    .collect(),
            ),
            Self::List(items) => {
                Self::List(items.into_iter().map(Self::without_empty_maps).collect())
            }
            scalar => scalar,
        }
    }

    /// Makes the change.
    ///
    /// # Errors
    /// There is no such place.
    pub(super) fn make(&mut self, change: &Change) -> Result<(), Refusal> {
        match change {
            Change::Set { at, value } => match at.rsplit_once('/') {
                None => {
                    *self = value.clone();
                    Ok(())
                }
                Some((parent, last)) => self.at(parent)?.set(last, value),
            },
            Change::Insert { at, index, value } => match self.at(at)? {
                Self::List(items) if *index <= items.len() => {
                    items.insert(*index, value.clone());
                    Ok(())
                }
                _ => Err(Refusal::NotThere),
            },
            Change::Remove { at } => {
                let (parent, last) = at.rsplit_once('/').ok_or(Refusal::NotThere)?;
                self.at(parent)?.remove(last)
            }
        }
    }

    fn set(&mut self, segment: &str, value: &Self) -> Result<(), Refusal> {
        match self {
            Self::Map(entries) => {
                let key = pointer::unescape(segment);
                match entries.iter_mut().rev().find(|(known, _)| **known == *key) {
                    Some((_, old)) => *old = value.clone(),
                    None => entries.push((key.into(), value.clone())),
                }
                Ok(())
            }
            Self::List(items) => {
                let index = pointer::index(segment).ok_or(Refusal::NotThere)?;
                *items.get_mut(index).ok_or(Refusal::NotThere)? = value.clone();
                Ok(())
            }
            _ => Err(Refusal::NotThere),
        }
    }

    fn remove(&mut self, segment: &str) -> Result<(), Refusal> {
        match self {
            Self::Map(entries) => {
                let key = pointer::unescape(segment);
                let at = entries.iter().rposition(|(known, _)| **known == *key);
                entries.remove(at.ok_or(Refusal::NotThere)?);
            }
            Self::List(items) => {
                let index = pointer::index(segment).filter(|index| *index < items.len());
                items.remove(index.ok_or(Refusal::NotThere)?);
            }
            _ => return Err(Refusal::NotThere),
        }
        Ok(())
    }

    fn at(&mut self, pointer: &str) -> Result<&mut Self, Refusal> {
        let mut here = self;
        for segment in pointer.split('/').skip(1) {
            let next = match here {
                Self::Map(entries) => {
                    let key = pointer::unescape(segment);
                    entries.iter_mut().rev().find(|(known, _)| **known == *key).map(|(_, v)| v)
                }
                Self::List(items) => pointer::index(segment).and_then(|at| items.get_mut(at)),
                _ => None,
            };
            here = next.ok_or(Refusal::NotThere)?;
        }
        Ok(here)
    }
}
