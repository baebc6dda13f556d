//! What a page of another origin may do and see (the WHATWG Fetch standard, "CORS protocol").
//!
//! Only an [`AllowedOrigin`] gets leave, so the check of the origin cannot be forgotten. Cookies are never meant.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::field::MCP_PARAM_PREFIX;
use super::origin::AllowedOrigin;

const METHODS: &str = "GET, POST, DELETE";

/// What the scripts of a page may send, beside `Mcp-Param-*`.
const REQUEST_HEADERS: &str = "Accept, Authorization, Content-Type, Last-Event-ID, MCP-Protocol-Version, Mcp-Method, \
                               Mcp-Name, Mcp-Session-Id, X-API-Key, baggage, traceparent, tracestate";

/// What the scripts of a page may read, beside what they always may.
const EXPOSED: &str = "Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate";

/// How long a browser need not ask again, in seconds.
const MAX_AGE: &str = "600";

const VARY_OF_PREFLIGHT: &str =
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// The fields for every answer to the origin, refusals included.
#[must_use]
pub fn cors(origin: &AllowedOrigin) -> HeaderMap {
    HeaderMap::from_iter([
        (ACCESS_CONTROL_ALLOW_ORIGIN, origin.as_header().clone()),
        (ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED)),
        (VARY, HeaderValue::from_static("Origin")),
    ])
}

/// Whether a request only asks what a later one may do. Such a request has no credentials.
#[must_use]
pub fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// The fields of the answer to a preflight request, which has the status 204 and no body.
#[must_use]
pub fn preflight(origin: &AllowedOrigin, headers: &HeaderMap) -> HeaderMap {
    HeaderMap::from_iter([
        (ACCESS_CONTROL_ALLOW_ORIGIN, origin.as_header().clone()),
        (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS)),
        (ACCESS_CONTROL_ALLOW_HEADERS, request_headers(headers)),
        (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE)),
        (VARY, HeaderValue::from_static(VARY_OF_PREFLIGHT)),
    ])
}

/// The fixed names, and those of arguments that are asked for: there is no wildcard within a name.
fn request_headers(headers: &HeaderMap) -> HeaderValue {
    let mut allowed = REQUEST_HEADERS.to_owned();
    for name in headers
        .get_all(ACCESS_CONTROL_REQUEST_HEADERS)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .filter(|name| name.as_str().starts_with(MCP_PARAM_PREFIX))
    {
        allowed.push_str(", ");
        allowed.push_str(name.as_str());
    }
    HeaderValue::try_from(allowed).unwrap_or_else(|_| HeaderValue::from_static(REQUEST_HEADERS))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use http::Uri;
    use http::header::{HOST, ORIGIN};

    use super::*;
    use crate::http::origin::HostPolicy;

    fn allowed(origin: &'static str) -> AllowedOrigin {
        let policy = HostPolicy {
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            listen: ([127, 0, 0, 1], 8080).into(),
        };
        let headers = HeaderMap::from_iter([
            (HOST, HeaderValue::from_static("localhost:8080")),
            (ORIGIN, HeaderValue::from_static(origin)),
        ]);
        policy.check(&Uri::from_static("/mcp"), &headers).unwrap().origin.unwrap()
    }

    fn shown(headers: &HeaderMap) -> String {
        let mut lines: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        lines.sort_unstable();
        lines.iter().fold(String::new(), |mut all, line| {
            writeln!(all, "{line}").unwrap();
            all
        })
    }

    #[test]
    fn an_answer_lets_its_origin_read_what_mcp_needs() {
        insta::assert_snapshot!(shown(&cors(&allowed("http://localhost:5173"))), @"
        access-control-allow-origin: http://localhost:5173
        access-control-expose-headers: Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate
        vary: Origin
        ");
    }

    #[test]
    fn a_preflight_allows_the_fields_of_arguments_by_name() {
        let asked = HeaderMap::from_iter([
            (ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("POST")),
            (
                ACCESS_CONTROL_REQUEST_HEADERS,
                HeaderValue::from_static(
                    "cookie,mcp-param-region, Mcp-Param-X ,x-evil,mcp-param-\"a",
                ),
            ),
        ]);
        insta::assert_snapshot!(shown(&preflight(&allowed("http://[::1]:1"), &asked)), @"
        access-control-allow-headers: Accept, Authorization, Content-Type, Last-Event-ID, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id, X-API-Key, baggage, traceparent, tracestate, mcp-param-region, mcp-param-x
        access-control-allow-methods: GET, POST, DELETE
        access-control-allow-origin: http://[::1]:1
        access-control-max-age: 600
        vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers
        ");
    }

    #[test]
    fn only_a_question_is_a_preflight() {
        let asked = HeaderMap::from_iter([(
            ACCESS_CONTROL_REQUEST_METHOD,
            HeaderValue::from_static("POST"),
        )]);
        assert!(is_preflight(&Method::OPTIONS, &asked));
        assert!(!is_preflight(&Method::OPTIONS, &HeaderMap::new()));
        assert!(!is_preflight(&Method::POST, &asked));
    }
}
