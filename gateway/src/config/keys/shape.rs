//! What may stand at a key, as JSON Schema says it.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

/// A text that names a variable, whose value nobody knows yet.
const VARIABLE: &str = r"\$\{";

/// A section: its keys, each with what it is for. Others are refused.
pub(super) fn section<const N: usize>(about: &str, keys: [(&str, &str, Schema); N]) -> Schema {
    let mut properties = Map::new();
    for (key, text, mut schema) in keys {
        schema.insert("description".to_owned(), Value::String(flowed(text)));
        properties.insert(key.to_owned(), schema.to_value());
    }
    json_schema!({
        "description": flowed(about),
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

/// The lines of a comment as one paragraph.
fn flowed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Declares what may stand at a key.
macro_rules! shape {
    ($(#[$about:meta])* $name:ident = $schema:tt) => {
        $(#[$about])*
        pub(super) struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

shape!(
    /// The one version there is.
    Version = { "const": 1 }
);
shape!(
    /// Whatever another reader of the file takes.
    Open = { "type": ["object", "null"] }
);
shape!(
    /// A text that says something.
    Text = { "type": "string", "minLength": 1 }
);
shape!(
    /// A text that often is a number.
    TextOrNumber = { "type": ["string", "number"] }
);
shape!(
    /// Anything that has a spelling.
    Scalar = { "type": ["string", "number", "boolean"] }
);
shape!(
    /// True or false.
    Flag = { "anyOf": [{ "type": "boolean" }, { "type": "string", "pattern": VARIABLE }] }
);
shape!(
    /// A whole number.
    Number = {
        "anyOf": [
            { "type": "integer", "minimum": 1 },
            { "type": "string", "pattern": VARIABLE },
        ]
    }
);
shape!(
    /// A time with its unit.
    Duration = { "type": "string", "pattern": r"^[0-9]+ *(ms|s|m|h)$|\$\{" }
);
shape!(
    /// Bytes, with or without a unit.
    Size = {
        "anyOf": [
            { "type": "integer", "minimum": 1024 },
            { "type": "string", "pattern": r"^[0-9]+ *([kKmMgG]([iI]?[bB])?|[bB])?$|\$\{" },
        ]
    }
);

/// A list of something, or one alone.
pub(super) struct OneOrMany<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMany{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let item = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [item, { "type": "array", "items": item, "minItems": 1 }] })
    }
}

/// One of two shapes.
pub(super) struct Either<A, B>(PhantomData<(A, B)>);

impl<A: JsonSchema, B: JsonSchema> JsonSchema for Either<A, B> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}Or{}", A::schema_name(), B::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (a, b) = (generator.subschema_for::<A>(), generator.subschema_for::<B>());
        json_schema!({ "anyOf": [a, b] })
    }
}

/// A word of a list, or a variable that holds one.
pub(super) struct Or<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for Or<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}OrVariable", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let words = T::json_schema(generator);
        json_schema!({ "anyOf": [words, { "type": "string", "pattern": VARIABLE }] })
    }
}

/// A map whose keys are names of the user.
pub(super) struct Named<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Named{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({ "type": "object", "additionalProperties": json!(value) })
    }
}
