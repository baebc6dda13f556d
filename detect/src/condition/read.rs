//! Reading a condition through serde, checked against the fields of the record it is about.
//!
//! Errors are raised while the very key or value is being read that is wrong, so that the format's
//! deserializer can add its line and column.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::order::cheapest_first;
use super::value::{Checked, RightSide};
use super::{Condition, Field, Node, Schema};

/// Reads a [`Condition`] on records of this schema.
///
/// # Errors
/// (when deserializing) An unknown field or operator, named with the nearest known one; a value of
/// the wrong type; a value the field can never have; a malformed pattern, network or range; a key
/// that stands twice in a mapping.
#[derive(Clone, Copy, Debug)]
pub struct ConditionSeed<'s>(pub &'s Schema);

impl<'de> DeserializeSeed<'de> for ConditionSeed<'_> {
    type Value = Condition;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Condition, D::Error> {
        let mut nodes = Vec::new();
        Mapping { schema: self.0, nodes: &mut nodes }.deserialize(deserializer)?;
        Ok(Condition::from_nodes(Cow::Owned(nodes)))
    }
}

/// Appends a node and gives its index.
fn push<E: Error>(nodes: &mut Vec<Node>, node: Node) -> Result<u16, E> {
    nodes.push(node);
    u16::try_from(nodes.len() - 1).map_err(|_| E::custom("a condition of more than 65,535 tests"))
}

/// What stands on the left of a condition.
enum Key {
    All,
    Any,
    Not,
    Field(u16, &'static Field),
}

impl Key {
    fn of(text: &str, schema: &Schema, seen: &mut Vec<String>) -> Result<Self, String> {
        if seen.iter().any(|key| key == text) {
            return Err(format!("`{text}` stands here twice; `all` takes a list of conditions"));
        }
        seen.push(text.to_owned());
        Ok(match text {
            "all" => Self::All,
            "any" => Self::Any,
            "not" => Self::Not,
            name => {
                let (index, field) = schema.field(name)?;
                Self::Field(index, field)
            }
        })
    }
}

/// A mapping whose entries must all hold; its node comes last.
struct Mapping<'s, 'n> {
    schema: &'s Schema,
    nodes: &'n mut Vec<Node>,
}

impl<'de> DeserializeSeed<'de> for Mapping<'_, '_> {
    type Value = u16;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u16, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Mapping<'_, '_> {
    type Value = u16;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a mapping from fields of `{}`, `all`, `any` or `not`", self.schema.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u16, A::Error> {
        let Self { schema, nodes } = self;
        let mut parts = Vec::new();
        let mut seen = Vec::new();
        let mut key = |text: &str| Key::of(text, schema, &mut seen);
        while let Some(key) =
            map.next_key_seed(Checked("a field, `all`, `any` or `not`", &mut key))?
        {
            match key {
                Key::All => {
                    let mut inner = map.next_value_seed(Sequence { schema, nodes })?;
                    cheapest_first(&mut inner, nodes);
                    parts.push(push(nodes, Node::All(Cow::Owned(inner)))?);
                }
                Key::Any => {
                    let mut inner = map.next_value_seed(Sequence { schema, nodes })?;
                    cheapest_first(&mut inner, nodes);
                    parts.push(push(nodes, Node::Any(Cow::Owned(inner)))?);
                }
                Key::Not => {
                    let inner = map.next_value_seed(Mapping { schema, nodes })?;
                    parts.push(push(nodes, Node::Not(inner))?);
                }
                Key::Field(index, field) => {
                    for operator in map.next_value_seed(RightSide(field))? {
                        parts.push(push(nodes, Node::Test(index, operator))?);
                    }
                }
            }
        }
        cheapest_first(&mut parts, nodes);
        match parts.as_slice() {
            // A lone part is already the last node.
            [only] => Ok(*only),
            _ => push(nodes, Node::All(Cow::Owned(parts))),
        }
    }
}

/// A list of conditions; gives the indexes of their nodes.
struct Sequence<'s, 'n> {
    schema: &'s Schema,
    nodes: &'n mut Vec<Node>,
}

impl<'de> DeserializeSeed<'de> for Sequence<'_, '_> {
    type Value = Vec<u16>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<u16>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Sequence<'_, '_> {
    type Value = Vec<u16>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of conditions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<u16>, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) =
            list.next_element_seed(Mapping { schema: self.schema, nodes: &mut *self.nodes })?
        {
            parts.push(part);
        }
        if parts.is_empty() {
            return Err(A::Error::custom("`all` and `any` need at least one condition"));
        }
        Ok(parts)
    }
}
