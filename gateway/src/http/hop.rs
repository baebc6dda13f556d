//! Which header fields of a request go on to the upstream server.
//!
//! The gateway is a client of its own there: what is not on the list stays here. So no credential, cookie, address or
//! session of the caller leaves by being forgotten. What goes on:
//!
//! - `Mcp-Param-*`, known or not: revision 2026-07-28 demands it.
//! - `Mcp-Method`, `Mcp-Name` and `MCP-Protocol-Version`, which say of the body what it says itself.
//! - `traceparent`, `tracestate` and `baggage`, so that a trace has no gap; MCP lets the body carry the same.
//!
//! What does not, though it is harmless in itself: `User-Agent`, since the gateway is the agent there, and
//! `Accept-Language`, since it tells of the person and MCP gives it no meaning. The session and the event to go on
//! after belong to this hop; the gateway has others upstream. `Accept` and `Content-Type` are fixed by the transport.

use http::header::CONNECTION;
use http::{HeaderMap, HeaderName};

use super::field::{
    BAGGAGE, MCP_METHOD, MCP_NAME, MCP_PARAM_PREFIX, MCP_PROTOCOL_VERSION, TRACEPARENT, TRACESTATE,
};

const FORWARDED: [HeaderName; 6] =
    [BAGGAGE, MCP_METHOD, MCP_NAME, MCP_PROTOCOL_VERSION, TRACEPARENT, TRACESTATE];

/// The fields that go on, in their order. What `Connection` names is for this hop only (RFC 9110, section 7.6.1).
#[must_use]
pub fn forwarded(headers: &HeaderMap) -> HeaderMap {
    let mut onward = HeaderMap::new();
    for (name, value) in headers {
        if goes_on(name) && !is_for_this_hop(headers, name) {
            onward.append(name, value.clone());
        }
    }
    onward
}

/// Whether a field of this name goes on, if it is not for this hop only.
#[must_use]
pub fn goes_on(name: &HeaderName) -> bool {
    name.as_str().starts_with(MCP_PARAM_PREFIX) || FORWARDED.contains(name)
}

fn is_for_this_hop(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers
        .get_all(CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .any(|option| option.trim_ascii().eq_ignore_ascii_case(name.as_str().as_bytes()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn names_after(fields: &[(&str, &str)]) -> Vec<String> {
        let headers: HeaderMap = fields
            .iter()
            .map(|(name, value)| {
                (
                    name.parse::<HeaderName>().unwrap(),
                    HeaderValue::from_bytes(value.as_bytes()).unwrap(),
                )
            })
            .collect();
        forwarded(&headers).keys().map(ToString::to_string).collect()
    }

    #[test]
    fn what_mcp_and_traces_need_goes_on() {
        let fields = [
            ("Mcp-Method", "tools/call"),
            ("Mcp-Name", "=?base64?w6k=?="),
            ("MCP-Protocol-Version", "2026-07-28"),
            ("Mcp-Param-Region", "eu"),
            ("mcp-param-x.unknown", "\u{e9}"),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            ("tracestate", "a=1"),
            ("baggage", "k=v"),
        ];
        let mut names = names_after(&fields);
        names.sort_unstable();
        let mut expected = fields.map(|(name, _)| name.to_ascii_lowercase());
        expected.sort_unstable();
        assert_eq!(names, expected);
    }

    #[test]
    fn nothing_of_the_caller_or_of_this_hop_goes_on() {
        let names = names_after(
            &[
                "Accept",
                "Accept-Encoding",
                "Accept-Language",
                "Authorization",
                "Connection",
                "Content-Length",
                "Content-Type",
                "Cookie",
                "Expect",
                "Forwarded",
                "Host",
                "Keep-Alive",
                "Last-Event-ID",
                "Mcp-Session-Id",
                "Origin",
                "Proxy-Authenticate",
                "Proxy-Authorization",
                "Proxy-Connection",
                "Referer",
                "TE",
                "Trailer",
                "Transfer-Encoding",
                "Upgrade",
                "User-Agent",
                "Via",
                "X-API-Key",
                "X-Forwarded-For",
                "X-Forwarded-Host",
                "X-Forwarded-Proto",
                "X-Real-IP",
                "Mcp-Param",
                "Mcp-Other",
            ]
            .map(|name| (name, "x")),
        );
        assert_eq!(names, [""; 0]);
    }

    #[test]
    fn what_connection_names_stays_here() {
        let names = names_after(&[
            ("Connection", "close, MCP-Param-A"),
            ("Connection", "\tbaggage ,\u{e9}"),
            ("Mcp-Param-A", "1"),
            ("Mcp-Param-AB", "1"),
            ("baggage", "k=v"),
        ]);
        assert_eq!(names, ["mcp-param-ab"]);
    }

    #[test]
    fn every_value_of_a_field_goes_on_in_order() {
        let headers = HeaderMap::from_iter(
            ["a=1", "b=2"].map(|value| (TRACESTATE, HeaderValue::from_static(value))),
        );
        assert_eq!(forwarded(&headers), headers);
    }

    proptest! {
        #[test]
        fn only_what_is_listed_goes_on(name in "(mcp-|x-|proxy-)?[a-z-]{1,12}") {
            let name = name.parse::<HeaderName>().unwrap();
            let headers = HeaderMap::from_iter([(name.clone(), HeaderValue::from_static("x"))]);
            prop_assert_eq!(forwarded(&headers).contains_key(&name), goes_on(&name));
        }
    }
}
