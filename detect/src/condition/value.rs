//! Reading what stands right of a field.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{Field, FieldType, Keyword, Operator, Parsed, Pattern, Scalar, Scheme, VersionRange};
use crate::host::{Cidr, HostPattern};
use crate::nearest::nearest;

/// A text that must pass a check, and what the check makes of it. The name says in messages what
/// is expected where something else stands.
pub(super) struct Checked<F>(pub(super) &'static str, pub(super) F);

impl<'de, T, F: FnOnce(&str) -> Result<T, String>> DeserializeSeed<'de> for Checked<F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<T, F: FnOnce(&str) -> Result<T, String>> Visitor<'_> for Checked<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.1)(text).map_err(E::custom)
    }
}

/// What stands right of a field: a value, a list of values, or operators.
pub(super) struct RightSide(pub(super) &'static Field);

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
        Ok(vec![one_of(self.0, vec![One(self.0).visit_str(text)?])])
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(vec![one_of(self.0, vec![One(self.0).visit_bool(flag)?])])
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(vec![one_of(self.0, vec![One(self.0).visit_i64(number)?])])
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(vec![one_of(self.0, vec![One(self.0).visit_u64(number)?])])
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(vec![one_of(self.0, vec![One(self.0).visit_f64(number)?])])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Ok(vec![one_of(self.0, Several(self.0).visit_seq(list)?)])
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let field = self.0;
        let mut operators = Vec::new();
        let mut seen = Vec::new();
        let mut key = |text: &str| keyword(text, field, &mut seen);
        while let Some(keyword) = map.next_key_seed(Checked("an operator", &mut key))? {
            operators.push(operator(field, keyword, &mut map)?);
        }
        if operators.is_empty() {
            return Err(A::Error::custom(format!("`{}` needs a value or an operator", field.name)));
        }
        Ok(operators)
    }
}

/// The operator of that name, if the field has it and it does not stand there already.
fn keyword(name: &str, field: &Field, seen: &mut Vec<Keyword>) -> Result<Keyword, String> {
    let known = field.kind.operators();
    let Some(&keyword) = known.iter().find(|keyword| keyword.name() == name) else {
        let names = known.iter().map(|keyword| keyword.name());
        let hint = match nearest(name, names.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it has {}", names.collect::<Vec<_>>().join(", ")),
        };
        let (kind, field) = (field.kind.name(), field.name);
        return Err(format!("the {kind} `{field}` has no operator `{name}`; {hint}"));
    };
    if seen.contains(&keyword) {
        return Err(format!("`{name}` stands here twice; `all` takes a list of conditions"));
    }
    seen.push(keyword);
    Ok(keyword)
}

fn operator<'de, A: MapAccess<'de>>(
    field: &'static Field,
    keyword: Keyword,
    map: &mut A,
) -> Result<Operator, A::Error> {
    Ok(match keyword {
        Keyword::Equals => one_of(field, vec![map.next_value_seed(One(field))?]),
        Keyword::In => one_of(field, map.next_value_seed(Several(field))?),
        Keyword::Exists => Operator::Exists(map.next_value()?),
        Keyword::Glob => {
            let caseless = matches!(field.kind, FieldType::Name | FieldType::Host);
            Operator::Glob(texts(map, "a pattern", |_| Ok(()))?, caseless)
        }
        Keyword::Regex => {
            let pattern = |text: &str| Pattern::check(text.to_owned());
            Operator::Regex(map.next_value_seed(Checked("a regular expression", pattern))?)
        }
        Keyword::Range => {
            let (from, to) = map.next_value_seed(Bounds)?;
            Operator::Range(from, to)
        }
        Keyword::PathWithin => Operator::PathWithin(texts(map, "a directory", |_| Ok(()))?),
        Keyword::HostIn => {
            Operator::HostIn(Parsed::new(texts(map, "a host pattern", parses::<HostPattern>)?))
        }
        Keyword::CidrIn => Operator::CidrIn(Parsed::new(texts(map, "a network", parses::<Cidr>)?)),
        Keyword::VersionIn => Operator::VersionIn(Cow::Owned(map.next_value_seed(Ranges)?)),
    })
}

/// Whether the text is a `T`, and why not.
fn parses<T: std::str::FromStr<Err: fmt::Display>>(text: &str) -> Result<(), String> {
    text.parse::<T>().map(drop).map_err(|error| format!("`{text}`: {error}"))
}

/// Equality with one of the values, which have been checked against the field.
fn one_of(field: &Field, mut values: Vec<Scalar>) -> Operator {
    if matches!(field.kind, FieldType::Name | FieldType::Host) {
        let names = values.into_iter().filter_map(|value| match value {
            Scalar::Text(text) => Some(text),
            Scalar::Number(_) | Scalar::Flag(_) => None,
        });
        let names = Cow::Owned(names.collect());
        // A host is the same in many spellings.
        return match field.kind {
            FieldType::Host => Operator::HostIn(Parsed::new(names)),
            _ => Operator::InCaseless(names),
        };
    }
    match values.pop() {
        Some(only) if values.is_empty() => Operator::Equals(only),
        last => {
            values.extend(last);
            Operator::In(Cow::Owned(values))
        }
    }
}

/// A value of the field: of its type, and among its known values.
#[derive(Clone, Copy)]
struct One(&'static Field);

impl One {
    fn checked(self, value: Scalar) -> Result<Scalar, String> {
        let Field { name, kind, values, .. } = *self.0;
        match (&value, kind) {
            (Scalar::Number(_), FieldType::Number) | (Scalar::Flag(_), FieldType::Flag) => {}
            (Scalar::Text(text), FieldType::Host) => parses::<HostPattern>(text)?,
            (Scalar::Text(text), _) if !matches!(kind, FieldType::Number | FieldType::Flag) => {
                if !values.is_empty() && !values.contains(&text.as_ref()) {
                    let hint = match nearest(text, values.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("it is one of {}", values.join(", ")),
                    };
                    return Err(format!("`{name}` is never `{text}`; {hint}"));
                }
            }
            (value, _) => {
                let found = match value {
                    Scalar::Text(_) => "text",
                    Scalar::Number(_) => "a number",
                    Scalar::Flag(_) => "`true` or `false`",
                };
                let hint = match kind {
                    FieldType::Number => "",
                    FieldType::Flag => "; write `true` or `false`",
                    _ => "; put it in quotes",
                };
                return Err(format!("`{name}` is a {}, not {found}{hint}", kind.name()));
            }
        }
        Ok(value)
    }
}

impl<'de> DeserializeSeed<'de> for One {
    type Value = Scalar;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Scalar, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for One {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value for the {} `{}`", self.0.kind.name(), self.0.name)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
        self.checked(Scalar::Text(Cow::Owned(text.to_owned()))).map_err(E::custom)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Scalar, E> {
        self.checked(Scalar::Flag(flag)).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Scalar, E> {
        #[expect(clippy::cast_precision_loss, reason = "rules compare with small numbers")]
        self.visit_f64(number as f64)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Scalar, E> {
        #[expect(clippy::cast_precision_loss, reason = "rules compare with small numbers")]
        self.visit_f64(number as f64)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Scalar, E> {
        self.checked(Scalar::Number(number)).map_err(E::custom)
    }
}

/// A list of values of the field that is not empty.
#[derive(Clone, Copy)]
struct Several(&'static Field);

impl<'de> DeserializeSeed<'de> for Several {
    type Value = Vec<Scalar>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Several {
    type Value = Vec<Scalar>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of values for the {} `{}`", self.0.kind.name(), self.0.name)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(One(self.0))? {
            values.push(value);
        }
        if values.is_empty() {
            return Err(A::Error::custom(format!("`{}` needs at least one value", self.0.name)));
        }
        Ok(values)
    }
}

type List = Cow<'static, [Cow<'static, str>]>;

/// One text or a non-empty list of texts, each of which passes the check.
fn texts<'de, A: MapAccess<'de>>(
    map: &mut A,
    what: &'static str,
    check: fn(&str) -> Result<(), String>,
) -> Result<List, A::Error> {
    map.next_value_seed(Texts { what, check })
}

struct Texts {
    what: &'static str,
    check: fn(&str) -> Result<(), String>,
}

impl<'de> DeserializeSeed<'de> for Texts {
    type Value = List;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<List, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Texts {
    type Value = List;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} or a list of such", self.what)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<List, E> {
        (self.check)(text).map_err(E::custom)?;
        Ok(Cow::Owned(vec![Cow::Owned(text.to_owned())]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List, A::Error> {
        let mut texts = Vec::new();
        let checked = |text: &str| (self.check)(text).map(|()| Cow::Owned(text.to_owned()));
        while let Some(text) = list.next_element_seed(Checked(self.what, checked))? {
            texts.push(text);
        }
        if texts.is_empty() {
            return Err(A::Error::custom("an empty list matches nothing"));
        }
        Ok(Cow::Owned(texts))
    }
}

/// The bounds of `range`.
struct Bounds;

impl<'de> DeserializeSeed<'de> for Bounds {
    type Value = (f64, f64);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(f64, f64), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Bounds {
    type Value = (f64, f64);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`min`, `max` or both")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(f64, f64), A::Error> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            min: Option<f64>,
            max: Option<f64>,
        }
        let written: Written = serde::Deserialize::deserialize(MapAccessDeserializer::new(map))?;
        if written.min.is_none() && written.max.is_none() {
            return Err(A::Error::custom("`range` needs `min`, `max` or both"));
        }
        let from = written.min.unwrap_or(f64::NEG_INFINITY);
        let to = written.max.unwrap_or(f64::INFINITY);
        if from > to || from.is_nan() || to.is_nan() {
            return Err(A::Error::custom("`range` is empty: `min` is above `max`"));
        }
        Ok((from, to))
    }
}

/// The ranges of `version_in`.
struct Ranges;

impl<'de> DeserializeSeed<'de> for Ranges {
    type Value = Vec<VersionRange>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Ranges {
    type Value = Vec<VersionRange>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping from `npm` or `pypi` to a range of versions")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let scheme = |name: &str| {
            Scheme::of_name(name)
                .ok_or_else(|| format!("`{name}` is no version scheme; there are npm and pypi"))
        };
        let mut ranges = Vec::new();
        while let Some(scheme) = map.next_key_seed(Checked("`npm` or `pypi`", scheme))? {
            let range = |text: &str| VersionRange::check(scheme, text.to_owned());
            ranges.push(map.next_value_seed(Checked("a range of versions", range))?);
        }
        if ranges.is_empty() {
            return Err(A::Error::custom("`version_in` needs `npm`, `pypi` or both"));
        }
        Ok(ranges)
    }
}
