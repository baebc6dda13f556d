//! The header fields `Mcp-Param-*`, which mirror arguments of a tool where its `inputSchema` says `x-mcp-header`.
//!
//! Revision 2026-07-28, Streamable HTTP, "Custom Headers from Tool Parameters". A field that no annotation is known
//! for is not judged here.

mod arguments;
mod list;
mod number;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::value::RawValue;

use super::fault::{HeaderFault, HeaderProblem, single};
use super::field::MCP_PARAM_PREFIX;
use super::{hop, value};
use arguments::Value;
use number::Number;

pub use arguments::ArgumentFault;
pub(crate) use list::{ToolPage, list};
pub use schema::{LIMIT, SchemaFault};

/// The annotated parameters of one tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderParams {
    params: Vec<HeaderParam>,
    tree: Node,
}

/// A parameter that a header field mirrors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderParam {
    /// The field, in lower case.
    pub header: HeaderName,
    /// The members that lead to the value in the arguments.
    pub path: Vec<String>,
    /// What the value is.
    pub kind: Primitive,
}

/// A type that can be mirrored; `null` beside it is allowed and means that there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Primitive {
    /// `string`.
    String,
    /// `integer`.
    Integer,
    /// `boolean`.
    Boolean,
}

/// The annotated places as a tree of member names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Node {
    below: BTreeMap<String, Node>,
    param: Option<usize>,
}

/// Why a call does not go with its header fields.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamFault {
    /// A field is wrong.
    #[error(transparent)]
    Header(#[from] HeaderFault),
    /// The arguments are such that no field can be right.
    #[error(transparent)]
    Arguments(#[from] ArgumentFault),
}

impl HeaderParams {
    /// Finds the annotations of an `inputSchema`.
    ///
    /// # Errors
    ///
    /// If an annotation breaks a rule of the specification. A client over HTTP must leave such a tool out.
    pub fn of_schema(schema: &RawValue) -> Result<Self, SchemaFault> {
        let params = schema::find(schema)?;
        let mut tree = Node::default();
        for (index, param) in params.iter().enumerate() {
            let leaf = param
                .path
                .iter()
                .fold(&mut tree, |node, name| node.below.entry(name.clone()).or_default());
            leaf.param = Some(index);
        }
        Ok(Self { params, tree })
    }

    /// The annotated parameters, in the order of the schema.
    #[must_use]
    pub fn params(&self) -> &[HeaderParam] {
        &self.params
    }

    /// Whether no parameter is annotated.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.params.is_empty()
    }

    /// The fields for a call with these arguments. A value that is `null` or not there has none.
    ///
    /// The type that the schema gives is not enforced: a value of another primitive type is mirrored as it is, and
    /// the server judges it. An integer keeps every digit.
    ///
    /// # Errors
    ///
    /// If the arguments cannot be mirrored.
    pub fn headers(&self, arguments: Option<&RawValue>) -> Result<HeaderMap, ArgumentFault> {
        let mut headers = HeaderMap::with_capacity(self.params.len());
        for (param, value) in self.params.iter().zip(self.values(arguments)?) {
            if let Some(value) = value {
                headers.insert(param.header.clone(), written(&value));
            }
        }
        Ok(headers)
    }

    /// Checks the fields of an incoming call against its arguments.
    ///
    /// # Errors
    ///
    /// The first fault, in the order of the schema.
    pub fn validate(
        &self,
        headers: &HeaderMap,
        arguments: Option<&RawValue>,
    ) -> Result<(), ParamFault> {
        for (param, value) in self.params.iter().zip(self.values(arguments)?) {
            let problem = match (single(headers, &param.header)?, value) {
                (None, None) => continue,
                (Some(_), None) => HeaderProblem::Unexpected,
                (None, Some(_)) => HeaderProblem::Missing,
                (Some(header), Some(value)) => match value::decode(header) {
                    Ok(text) if says(&text, &value) => continue,
                    Ok(_) => HeaderProblem::Mismatch,
                    Err(error) => error.into(),
                },
            };
            return Err(HeaderFault::new(&param.header, problem).into());
        }
        Ok(())
    }

    /// The fields of an incoming call that look like mirrored arguments and belong to none of these. They
    /// are to be passed on as they are.
    #[must_use]
    pub fn unrecognized(&self, headers: &HeaderMap) -> HeaderMap {
        if !has_fields(headers) {
            return HeaderMap::new();
        }
        let mut onward = hop::forwarded(headers);
        let known: HashSet<&HeaderName> = self.params.iter().map(|param| &param.header).collect();
        let names: Vec<HeaderName> = onward.keys().cloned().collect();
        for name in names {
            if !is_field(&name) || known.contains(&name) {
                onward.remove(&name);
            }
        }
        onward
    }

    fn values<'a>(
        &self,
        arguments: Option<&'a RawValue>,
    ) -> Result<Vec<Option<Value<'a>>>, ArgumentFault> {
        arguments::values(&self.tree, &self.params, arguments)
    }
}

/// Whether any field looks like a mirrored argument.
#[must_use]
pub fn has_fields(headers: &HeaderMap) -> bool {
    headers.keys().any(is_field)
}

fn is_field(name: &HeaderName) -> bool {
    name.as_str().starts_with(MCP_PARAM_PREFIX)
}

fn written(value: &Value<'_>) -> HeaderValue {
    match value {
        Value::Text(text) => value::encode(text),
        Value::Flag(true) => HeaderValue::from_static("true"),
        Value::Flag(false) => HeaderValue::from_static("false"),
        Value::Number(text) => {
            let integer = Number::parse(text).and_then(|number| number.integer());
            value::encode(integer.as_deref().unwrap_or(text))
        }
    }
}

fn says(header: &str, value: &Value<'_>) -> bool {
    match value {
        Value::Text(text) => header == text,
        Value::Flag(flag) => header == if *flag { "true" } else { "false" },
        Value::Number(text) => {
            header == *text || Number::parse(text).is_some_and(|n| Number::parse(header) == Some(n))
        }
    }
}
