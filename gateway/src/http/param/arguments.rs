use std::collections::BTreeSet;
use std::fmt;

use http::HeaderName;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{HeaderParam, Node};

/// Why arguments cannot be mirrored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentFault {
    /// A text in the arguments is no Unicode.
    #[error("the arguments cannot be read")]
    Unreadable,
    /// Readers of the arguments would differ on what is mirrored.
    #[error("the arguments have a member twice that a header field mirrors")]
    Repeated,
    /// An object or a list is where the schema has a string, an integer or a boolean.
    #[error("the argument for {header} is an object or a list")]
    NotPrimitive {
        /// The field, in lower case.
        header: HeaderName,
    },
}

/// A value that can be mirrored.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Text(String),
    Flag(bool),
    /// As it is written.
    Number(&'a str),
}

/// The value of each parameter, `None` where it is `null` or not there.
pub(super) fn values<'a>(
    tree: &Node,
    params: &[HeaderParam],
    arguments: Option<&'a RawValue>,
) -> Result<Vec<Option<Value<'a>>>, ArgumentFault> {
    let mut found = vec![None; params.len()];
    if let Some(arguments) = arguments.filter(|_| !params.is_empty()) {
        collect(tree, arguments, &mut found)?;
    }
    params
        .iter()
        .zip(found)
        .map(|(param, raw)| raw.map_or(Ok(None), |raw| value(param, raw)))
        .collect()
}

fn value<'a>(param: &HeaderParam, raw: &'a RawValue) -> Result<Option<Value<'a>>, ArgumentFault> {
    let text = raw.get();
    match text.as_bytes() {
        b"null" => Ok(None),
        b"true" => Ok(Some(Value::Flag(true))),
        b"false" => Ok(Some(Value::Flag(false))),
        [b'"', ..] => match serde_json::from_str(text) {
            Ok(text) => Ok(Some(Value::Text(text))),
            Err(_) => Err(ArgumentFault::Unreadable),
        },
        [b'-' | b'0'..=b'9', ..] => Ok(Some(Value::Number(text))),
        _ => Err(ArgumentFault::NotPrimitive { header: param.header.clone() }),
    }
}

/// What stands at each annotated place at or below the object. Anything but an object has nothing below it.
fn collect<'a>(
    node: &Node,
    object: &'a RawValue,
    found: &mut [Option<&'a RawValue>],
) -> Result<(), ArgumentFault> {
    if !object.get().starts_with('{') {
        return Ok(());
    }
    let mut fault = ArgumentFault::Unreadable;
    let members = Members { node, found, fault: &mut fault };
    let read = members.deserialize(&mut serde_json::Deserializer::from_str(object.get()));
    read.map_err(|_| fault)
}

struct Members<'n, 'f, 'a> {
    node: &'n Node,
    found: &'f mut [Option<&'a RawValue>],
    /// What an error of the reader means.
    fault: &'f mut ArgumentFault,
}

impl<'a> DeserializeSeed<'a> for Members<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Members<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            let Some((name, below)) = self.node.below.get_key_value(&key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let raw = map.next_value::<&'a RawValue>()?;
            let inner = if seen.insert(name) {
                match below.param.and_then(|param| self.found.get_mut(param)) {
                    Some(place) => {
                        *place = Some(raw);
                        Ok(())
                    }
                    None => collect(below, raw, self.found),
                }
            } else {
                Err(ArgumentFault::Repeated)
            };
            if let Err(fault) = inner {
                *self.fault = fault;
                return Err(A::Error::custom("the arguments cannot be mirrored"));
            }
        }
        Ok(())
    }
}
