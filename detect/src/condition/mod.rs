//! The condition language of scan rules and gateway policies.
//!
//! A condition is a mapping: fields of the record on the left, what they must be like on the
//! right, and all entries must hold. `all`, `any` and `not` combine.
//!
//! ```yaml
//! scheme: [http, ws]                  # one of
//! host_class: public                  # equal
//! port: { range: { max: 1023 } }      # an operator
//! not: { host: { host_in: [docs.example.com] } }
//! ```
//!
//! On a field that holds a list, an operator holds when some element satisfies it. On a field that
//! is absent, every operator but `exists: false` fails; `not` of a failed test holds.
//! Evaluation always ends: its cost is bounded by the size of the condition and of the values.

mod emit;
mod keyword;
mod operator;
mod order;
mod pattern;
mod read;
mod schema;
mod value;
mod versions;
mod wildcard;

use std::borrow::Cow;

pub use emit::to_rust;
pub use keyword::Keyword;
pub use operator::{Operator, Scalar};
pub use pattern::{Parsed, Pattern};
pub use read::ConditionSeed;
pub use schema::{Field, FieldType, Schema};
pub use versions::{Scheme, VersionRange};

/// Something that has fields: a fact of the scanner, a call at the gateway.
pub trait Record {
    /// The value of the field that has this index in the record's [`Schema`].
    fn value(&self, field: usize) -> Value<'_>;
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// The record has no such value.
    Absent,
    /// Text of any kind: words, names, paths, hosts, versions.
    Text(&'a str),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// Several texts.
    List(&'a [String]),
}

/// A condition whose field names and types have been checked against a [`Schema`].
///
/// Stored flat, so that conditions known at build time are plain static data.
#[derive(Clone, Debug)]
pub struct Condition {
    nodes: Cow<'static, [Node]>,
}

/// One node of a [`Condition`]; other nodes are named by their index.
#[derive(Clone, Debug)]
pub enum Node {
    /// Every one of these holds.
    All(Cow<'static, [u16]>),
    /// At least one of these holds.
    Any(Cow<'static, [u16]>),
    /// This one does not hold.
    Not(u16),
    /// The field, by its index in the schema, satisfies the operator.
    Test(u16, Operator),
}

impl Condition {
    /// A condition from its nodes, the root being the last one. Meant for generated tables and for
    /// [`ConditionSeed`]; both only make indexes that point at earlier nodes, so evaluation ends.
    #[must_use]
    pub const fn from_nodes(nodes: Cow<'static, [Node]>) -> Self {
        Self { nodes }
    }

    /// The nodes, the root being the last one.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Whether the record satisfies the condition. The empty condition always holds.
    #[must_use]
    pub fn holds(&self, record: &dyn Record) -> bool {
        let Some(root) = self.nodes.len().checked_sub(1) else { return true };
        self.node_holds(root, record)
    }

    /// Fields that must equal one of certain texts, ASCII letter case aside, for the condition to
    /// hold, each with these texts. A record of which such a field is something else need not be
    /// looked at.
    pub fn required_texts(&self) -> impl Iterator<Item = (usize, Vec<&str>)> {
        let parts: &[u16] = match self.nodes.last() {
            Some(Node::All(parts)) => parts,
            _ => &[],
        };
        let of_root = parts.iter().filter_map(|part| self.nodes.get(usize::from(*part)));
        of_root.chain(self.nodes.last()).filter_map(|node| match node {
            Node::Test(field, Operator::Equals(Scalar::Text(text))) => {
                Some((usize::from(*field), vec![text.as_ref()]))
            }
            Node::Test(field, Operator::In(wanted)) => {
                let texts = wanted.iter().map(|scalar| match scalar {
                    Scalar::Text(text) => Some(text.as_ref()),
                    Scalar::Number(_) | Scalar::Flag(_) => None,
                });
                Some((usize::from(*field), texts.collect::<Option<_>>()?))
            }
            Node::Test(field, Operator::InCaseless(wanted)) => {
                Some((usize::from(*field), wanted.iter().map(AsRef::as_ref).collect()))
            }
            _ => None,
        })
    }

    fn node_holds(&self, index: usize, record: &dyn Record) -> bool {
        // An index that does not point backwards cannot come from the constructors; refusing it
        // keeps evaluation finite all the same.
        let child = |&at: &u16| usize::from(at) < index && self.node_holds(usize::from(at), record);
        match self.nodes.get(index) {
            Some(Node::All(parts)) => parts.iter().all(child),
            Some(Node::Any(parts)) => parts.iter().any(child),
            Some(Node::Not(part)) => !child(part),
            Some(Node::Test(field, operator)) => operator.holds(record.value(usize::from(*field))),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests;
