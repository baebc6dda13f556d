use std::collections::HashSet;
use std::fmt;

use http::HeaderName;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{HeaderParam, Primitive};
use crate::http::field::MCP_PARAM_PREFIX;

/// How many parameters of one tool may be annotated. A request can carry only so many header fields.
pub const LIMIT: usize = 128;

const ANNOTATION: &str = "x-mcp-header";

/// Keywords whose value is a schema or a list of schemas (JSON Schema, 2020-12 and before).
const SCHEMAS: [&str; 16] = [
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords whose value has schemas under names of its own.
const NAMED_SCHEMAS: [&str; 5] =
    ["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties"];

/// Why the annotations of a tool cannot be followed. Places are JSON pointers (RFC 6901) into the schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaFault {
    /// The schema is nested too deeply, or has a number or a text that cannot be read.
    #[error("the schema cannot be read")]
    Unreadable,
    /// What the annotation says is no token (RFC 9110, section 5.6.2).
    #[error("`x-mcp-header` at {at:?} is no header name")]
    Name {
        /// The annotated schema.
        at: String,
    },
    /// Only strings, integers and booleans can be mirrored.
    #[error("`x-mcp-header` at {at:?} is not on a string, an integer or a boolean")]
    Type {
        /// The annotated schema.
        at: String,
    },
    /// There is no fixed place in the arguments that belongs to the annotation.
    #[error("`x-mcp-header` at {at:?} is not reachable by `properties` alone")]
    Unreachable {
        /// The annotated schema.
        at: String,
    },
    /// Two parameters would have one field.
    #[error("`x-mcp-header` at {at:?} repeats a name")]
    RepeatedName {
        /// The second annotated schema.
        at: String,
    },
    /// Readers of the schema would differ on what it says.
    #[error("the schema has a member twice at {at:?}")]
    RepeatedMember {
        /// The second member.
        at: String,
    },
    /// More than [`LIMIT`].
    #[error("more than {LIMIT} parameters have `x-mcp-header`")]
    TooMany,
}

/// The annotated parameters, in the order of the schema.
pub(super) fn find(schema: &RawValue) -> Result<Vec<HeaderParam>, SchemaFault> {
    let mut walk = Walk::default();
    let mut text = serde_json::Deserializer::from_str(schema.get());
    let read = Schema { walk: &mut walk, reachable: true }.deserialize(&mut text);
    match (walk.fault, read) {
        (Some(fault), _) => Err(fault),
        (None, Err(_)) => Err(SchemaFault::Unreadable),
        (None, Ok(())) => Ok(walk.found),
    }
}

#[derive(Default)]
struct Walk {
    found: Vec<HeaderParam>,
    names: HashSet<String>,
    /// The first fault. The walk goes on, since a fault does not end the text.
    fault: Option<SchemaFault>,
    /// Keywords and names from the root to here.
    place: Vec<String>,
}

impl Walk {
    fn fail(&mut self, fault: impl FnOnce(String) -> SchemaFault) {
        if self.fault.is_none() {
            self.fault = Some(fault(self.pointer()));
        }
    }

    fn pointer(&self) -> String {
        self.place.iter().fold(String::new(), |mut pointer, step| {
            pointer.push('/');
            pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
            pointer
        })
    }

    fn annotated(&mut self, name: &Value, kind: Option<&Value>, reachable: bool) {
        if !reachable || self.place.is_empty() {
            return self.fail(|at| SchemaFault::Unreachable { at });
        }
        let Some(kind) = kind.and_then(primitive) else {
            return self.fail(|at| SchemaFault::Type { at });
        };
        let Some(header) = name.as_str().and_then(header) else {
            return self.fail(|at| SchemaFault::Name { at });
        };
        if !self.names.insert(header.as_str().to_owned()) {
            return self.fail(|at| SchemaFault::RepeatedName { at });
        }
        if self.found.len() == LIMIT {
            return self.fail(|_| SchemaFault::TooMany);
        }
        // Every other step is the keyword `properties`.
        let path = self.place.iter().skip(1).step_by(2).cloned().collect();
        self.found.push(HeaderParam { header, path, kind });
    }
}

fn header(name: &str) -> Option<HeaderName> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let well = !name.is_empty() && name.bytes().all(token);
    well.then(|| [MCP_PARAM_PREFIX, name].concat().parse().ok()).flatten()
}

fn primitive(kind: &Value) -> Option<Primitive> {
    match kind {
        Value::String(name) => match name.as_str() {
            "string" => Some(Primitive::String),
            "integer" => Some(Primitive::Integer),
            "boolean" => Some(Primitive::Boolean),
            _ => None,
        },
        Value::Array(names) => match names.as_slice() {
            [one] => primitive(one),
            [Value::String(null), one] | [one, Value::String(null)] if null == "null" => {
                primitive(one)
            }
            _ => None,
        },
        _ => None,
    }
}

/// A schema, or a list of schemas.
struct Schema<'w> {
    walk: &'w mut Walk,
    reachable: bool,
}

/// An object that has schemas under names.
struct Named<'w> {
    walk: &'w mut Walk,
    reachable: bool,
}

impl<'de> DeserializeSeed<'de> for Schema<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> DeserializeSeed<'de> for Named<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// What is neither an object nor a list says nothing here.
macro_rules! scalars_say_nothing {
    () => {
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a JSON Schema")
        }

        fn visit_bool<E>(self, _: bool) -> Result<(), E> {
            Ok(())
        }

        fn visit_i64<E>(self, _: i64) -> Result<(), E> {
            Ok(())
        }

        fn visit_u64<E>(self, _: u64) -> Result<(), E> {
            Ok(())
        }

        fn visit_f64<E>(self, _: f64) -> Result<(), E> {
            Ok(())
        }

        fn visit_str<E>(self, _: &str) -> Result<(), E> {
            Ok(())
        }

        fn visit_unit<E>(self) -> Result<(), E> {
            Ok(())
        }
    };
}

impl<'de> Visitor<'de> for Schema<'_> {
    type Value = ();

    scalars_say_nothing!();

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Schema { walk: self.walk, reachable: false })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { walk, reachable } = self;
        let (mut name, mut kind, mut has_properties) = (None, None, false);
        while let Some(key) = map.next_key::<String>()? {
            walk.place.push(key);
            let key = walk.place.last().map(String::as_str).unwrap_or_default();
            let repeated = match key {
                ANNOTATION => name.replace(map.next_value::<Value>()?).is_some(),
                "type" => kind.replace(map.next_value::<Value>()?).is_some(),
                "properties" => {
                    map.next_value_seed(Named { walk, reachable })?;
                    std::mem::replace(&mut has_properties, true)
                }
                key if SCHEMAS.contains(&key) => {
                    map.next_value_seed(Schema { walk, reachable: false })?;
                    false
                }
                key if NAMED_SCHEMAS.contains(&key) => {
                    map.next_value_seed(Named { walk, reachable: false })?;
                    false
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    false
                }
            };
            if repeated {
                walk.fail(|at| SchemaFault::RepeatedMember { at });
            }
            walk.place.pop();
        }
        if let Some(name) = name {
            walk.annotated(&name, kind.as_ref(), reachable);
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for Named<'_> {
    type Value = ();

    scalars_say_nothing!();

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        Schema { walk: self.walk, reachable: false }.visit_seq(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { walk, reachable } = self;
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            let first = names.insert(name.clone());
            walk.place.push(name);
            if !first {
                walk.fail(|at| SchemaFault::RepeatedMember { at });
            }
            map.next_value_seed(Schema { walk, reachable })?;
            walk.place.pop();
        }
        Ok(())
    }
}
