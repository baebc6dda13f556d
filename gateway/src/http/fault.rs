//! What is wrong with the header fields of a request.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::value::ValueError;

/// A header field that does not go with the body. The request is refused with the status and the code below.
///
/// The message names the field and never holds a value: arguments may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Header mismatch: {header} {problem}")]
pub struct HeaderFault {
    /// The field, in lower case.
    pub header: HeaderName,
    /// What is wrong with it.
    pub problem: HeaderProblem,
}

/// What can be wrong with a header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderProblem {
    /// It is required, or its value is in the body, and it is not there.
    #[error("is missing")]
    Missing,
    /// It is there more than once, so readers may differ on what it says.
    #[error("is there more than once")]
    Repeated,
    /// It is there, and the body has no such value.
    #[error("has no counterpart in the body")]
    Unexpected,
    /// It says something else than the body.
    #[error("does not match the body")]
    Mismatch,
    /// Its value stands for no text.
    #[error(transparent)]
    Value(#[from] ValueError),
}

impl HeaderFault {
    /// `HeaderMismatch` in JSON-RPC errors.
    pub const CODE: i64 = -32020;

    /// The status of the answer.
    pub const STATUS: StatusCode = StatusCode::BAD_REQUEST;

    pub(super) fn new(header: &HeaderName, problem: impl Into<HeaderProblem>) -> Self {
        Self { header: header.clone(), problem: problem.into() }
    }
}

/// The one value of a field, if it is there.
pub(super) fn single<'h>(
    headers: &'h HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'h HeaderValue>, HeaderFault> {
    let mut values = headers.get_all(name).iter();
    let value = values.next();
    match values.next() {
        None => Ok(value),
        Some(_) => Err(HeaderFault::new(name, HeaderProblem::Repeated)),
    }
}
