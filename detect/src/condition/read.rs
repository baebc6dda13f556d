//! Reading a condition through serde, checked against the fields of the record it is about.
//!
//! Errors are raised while the text is being read, so that the format's deserializer can add line
//! and column.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{
    Condition, Field, FieldType, Node, Operator, Parsed, Pattern, Scalar, Schema, Scheme,
    VersionRange,
};
use crate::nearest::nearest;

/// Reads a [`Condition`] on records of this schema.
///
/// # Errors
/// (when deserializing) An unknown field or operator, named with the nearest known one; a value of
/// the wrong type; a value the field can never have; a malformed pattern, network or range.
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
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "all" => {
                    let inner = map.next_value_seed(Sequence { schema, nodes })?;
                    parts.push(push(nodes, Node::All(Cow::Owned(inner)))?);
                }
                "any" => {
                    let inner = map.next_value_seed(Sequence { schema, nodes })?;
                    parts.push(push(nodes, Node::Any(Cow::Owned(inner)))?);
                }
                "not" => {
                    let inner = map.next_value_seed(Mapping { schema, nodes })?;
                    parts.push(push(nodes, Node::Not(inner))?);
                }
                name => {
                    let (index, field) = schema.field(name).map_err(A::Error::custom)?;
                    for operator in map.next_value_seed(RightSide(field))? {
                        parts.push(push(nodes, Node::Test(index, operator))?);
                    }
                }
            }
        }
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

/// What stands right of a field: a value, a list of values, or operators.
struct RightSide(&'static Field);

impl<'de> DeserializeSeed<'de> for RightSide {
    type Value = Vec<Operator>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RightSide {
    type Value = Vec<Operator>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Field { name, kind, .. } = self.0;
        write!(f, "a value, a list of values, or operators for the {} `{name}`", kind.name())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        one_of(self.0, vec![Scalar::Text(Cow::Owned(text.to_owned()))])
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        one_of(self.0, vec![Scalar::Flag(flag)])
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "rules compare with small numbers")]
        one_of(self.0, vec![Scalar::Number(number as f64)])
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "rules compare with small numbers")]
        one_of(self.0, vec![Scalar::Number(number as f64)])
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        one_of(self.0, vec![Scalar::Number(number)])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element::<AnyScalar>()? {
            values.push(value.0);
        }
        one_of(self.0, values)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let field = self.0;
        let mut operators = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let known = field.kind.operators();
            if !known.contains(&name.as_str()) {
                let hint = match nearest(&name, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it has {}", known.join(", ")),
                };
                return Err(A::Error::custom(format!(
                    "the {} `{}` has no operator `{name}`; {hint}",
                    field.kind.name(),
                    field.name
                )));
            }
            operators.extend(operator(field, &name, &mut map)?);
        }
        if operators.is_empty() {
            return Err(A::Error::custom(format!("`{}` needs a value or an operator", field.name)));
        }
        Ok(operators)
    }
}

fn operator<'de, A: MapAccess<'de>>(
    field: &'static Field,
    name: &str,
    map: &mut A,
) -> Result<Vec<Operator>, A::Error> {
    let operator = match name {
        "equals" => return one_of(field, vec![map.next_value::<AnyScalar>()?.0]),
        "in" => {
            let values: Vec<AnyScalar> = map.next_value()?;
            return one_of(field, values.into_iter().map(|value| value.0).collect());
        }
        "exists" => Operator::Exists(map.next_value()?),
        "glob" => {
            let caseless = matches!(field.kind, FieldType::Name | FieldType::Host);
            Operator::Glob(texts(map)?, caseless)
        }
        "regex" => Operator::Regex(Pattern::check(map.next_value()?).map_err(A::Error::custom)?),
        "range" => {
            let Bounds { min, max } = map.next_value()?;
            let (from, to) = (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY));
            if from > to || from.is_nan() || to.is_nan() {
                return Err(A::Error::custom("`range` is empty: `min` is above `max`"));
            }
            Operator::Range(from, to)
        }
        "path_within" => Operator::PathWithin(texts(map)?),
        "host_in" => Operator::HostIn(Parsed::check(texts(map)?).map_err(A::Error::custom)?),
        "cidr_in" => Operator::CidrIn(Parsed::check(texts(map)?).map_err(A::Error::custom)?),
        "version_in" => {
            let ranges: std::collections::BTreeMap<String, String> = map.next_value()?;
            let ranges = ranges
                .into_iter()
                .map(|(scheme, range)| {
                    let scheme = Scheme::of_name(&scheme).ok_or_else(|| {
                        format!("`{scheme}` is no version scheme; there are npm and pypi")
                    })?;
                    VersionRange::check(scheme, range)
                })
                .collect::<Result<Vec<_>, String>>()
                .map_err(A::Error::custom)?;
            Operator::VersionIn(Cow::Owned(ranges))
        }
        other => return Err(A::Error::custom(format!("operator `{other}` is not implemented"))),
    };
    Ok(vec![operator])
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    min: Option<f64>,
    max: Option<f64>,
}

/// Equality with one of the values, which must be of the field's type and among its known values.
fn one_of<E: Error>(field: &Field, values: Vec<Scalar>) -> Result<Vec<Operator>, E> {
    for value in &values {
        let fits = match value {
            Scalar::Text(_) => !matches!(field.kind, FieldType::Number | FieldType::Flag),
            Scalar::Number(_) => field.kind == FieldType::Number,
            Scalar::Flag(_) => field.kind == FieldType::Flag,
        };
        if !fits {
            return Err(E::custom(format!(
                "`{}` is a {}; this value is of another type",
                field.name,
                field.kind.name()
            )));
        }
        if let Scalar::Text(text) = value
            && !field.values.is_empty()
            && !field.values.contains(&text.as_ref())
        {
            let hint = match nearest(text, field.values.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it is one of {}", field.values.join(", ")),
            };
            return Err(E::custom(format!("`{}` is never `{text}`; {hint}", field.name)));
        }
    }
    if matches!(field.kind, FieldType::Name | FieldType::Host) {
        let names: Vec<Cow<'static, str>> = values
            .into_iter()
            .filter_map(|value| match value {
                Scalar::Text(text) => Some(text),
                Scalar::Number(_) | Scalar::Flag(_) => None,
            })
            .collect();
        // A host is the same in many spellings.
        return match field.kind {
            FieldType::Host => Parsed::check(Cow::Owned(names))
                .map(|hosts| vec![Operator::HostIn(hosts)])
                .map_err(E::custom),
            _ => Ok(vec![Operator::InCaseless(Cow::Owned(names))]),
        };
    }
    let mut values = values;
    match values.pop() {
        None => Err(E::custom(format!("`{}` needs at least one value", field.name))),
        Some(only) if values.is_empty() => Ok(vec![Operator::Equals(only)]),
        Some(last) => {
            values.push(last);
            Ok(vec![Operator::In(Cow::Owned(values))])
        }
    }
}

/// One text or a non-empty list of texts.
fn texts<'de, A: MapAccess<'de>>(
    map: &mut A,
) -> Result<Cow<'static, [Cow<'static, str>]>, A::Error> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Texts {
        One(String),
        Many(Vec<String>),
    }
    let texts = match map.next_value()? {
        Texts::One(text) => vec![Cow::Owned(text)],
        Texts::Many(texts) => texts.into_iter().map(Cow::Owned).collect(),
    };
    if texts.is_empty() {
        return Err(A::Error::custom("an empty list matches nothing"));
    }
    Ok(Cow::Owned(texts))
}

struct AnyScalar(Scalar);

impl<'de> serde::Deserialize<'de> for AnyScalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Plain {
            Flag(bool),
            Number(f64),
            Text(String),
        }
        Ok(Self(match serde::Deserialize::deserialize(deserializer)? {
            Plain::Flag(flag) => Scalar::Flag(flag),
            Plain::Number(number) => Scalar::Number(number),
            Plain::Text(text) => Scalar::Text(Cow::Owned(text)),
        }))
    }
}
