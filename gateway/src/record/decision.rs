//! One decision and the line that it is in the log.

use std::io::Write;
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::request_id::RequestId;
use super::text::{Text, push_hex};

/// What each line says it is.
pub const SCHEMA: &str = "mcp-guard/decision/v1";

/// What was decided about one message, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// When the message came.
    pub time: Timestamp,
    /// The gateway's name of the message; a refusal carries the same.
    pub request_id: RequestId,
    /// Who sent it, as authentication found: never a key or token.
    pub principal: Text,
    /// Where it came in.
    pub front: Front,
    /// The session, by a hash.
    pub session: Option<SessionTag>,
    /// The server it was for, once that was known.
    pub server: Option<Text>,
    /// The JSON-RPC method.
    pub method: Text,
    /// The tool of a `tools/call`, as the policy names it.
    pub tool: Option<Text>,
    /// Whether it passed.
    pub verdict: Verdict,
    /// From the message's arrival to the end of the answer.
    pub latency: Duration,
    /// Bytes of the message.
    pub bytes_in: u64,
    /// Bytes of the answer.
    pub bytes_out: u64,
}

/// Whether a message passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was passed on, or answered by the gateway itself.
    Allowed {
        /// The rule that allowed it, where one did.
        rule: Option<Text>,
        /// What came of it.
        outcome: Outcome,
    },
    /// It was not passed on.
    Refused {
        /// The code of the refusal, as in `error.data.guard.code`, or the name of the JSON-RPC
        /// fault.
        code: &'static str,
        /// The rule that refused it, where one did.
        rule: Option<Text>,
    },
}

/// What came of a message that was allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// A result came back.
    Answered,
    /// A JSON-RPC error came back.
    Error,
    /// The caller cancelled it.
    Cancelled,
    /// No answer came in time.
    TimedOut,
    /// The connection to the server or to the caller ended first.
    ConnectionLost,
    /// It was a notification: nothing comes back.
    Notification,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 6] = [
        Self::Answered,
        Self::Error,
        Self::Cancelled,
        Self::TimedOut,
        Self::ConnectionLost,
        Self::Notification,
    ];

    /// Its name in the log and in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
            Self::ConnectionLost => "connection_lost",
            Self::Notification => "notification",
        }
    }
}

/// Where a message came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Front {
    /// Standard input.
    Stdio,
    /// Streamable HTTP, `/mcp`.
    Http,
    /// Plain JSON-RPC over HTTP, `/rpc`.
    Rpc,
    /// The HTTP+SSE transport of 2024-11-05.
    Sse,
}

impl Front {
    /// Its name in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stdio => "stdio",
            Self::Http => "http",
            Self::Rpc => "rpc",
            Self::Sse => "sse",
        }
    }
}

/// A session in the log: who holds a session id can act in the session, so the id itself has no
/// place there. The first eight bytes of a SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionTag([u8; 8]);

impl SessionTag {
    /// Of a session id. To be made once for a session.
    #[must_use]
    pub fn of(session_id: &str) -> Self {
        let digest = Sha256::new_with_prefix("mcp-guard session\0").chain_update(session_id);
        let mut tag = [0; 8];
        tag.iter_mut().zip(digest.finalize()).for_each(|(to, from)| *to = from);
        Self(tag)
    }

    fn write(self, out: &mut Vec<u8>) {
        self.0.iter().for_each(|byte| push_hex(*byte, out));
    }
}

impl Decision {
    /// Appends the decision as one line of JSON, its end included. The order of the members is part
    /// of the format; a member without a value is left out. Names that were cut are listed in
    /// `cut`.
    pub fn write_line(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"schema\":\"");
        out.extend_from_slice(SCHEMA.as_bytes());
        // Writing into memory does not fail.
        let _ = write!(out, "\",\"time\":\"{:.6}\",\"request_id\":\"", self.time);
        self.request_id.write(out);
        out.push(b'"');
        member(out, "principal", Some(&self.principal));
        word(out, "front", self.front.name());
        if let Some(session) = self.session {
            out.extend_from_slice(b",\"session\":\"");
            session.write(out);
            out.push(b'"');
        }
        member(out, "server", self.server.as_ref());
        member(out, "method", Some(&self.method));
        member(out, "tool", self.tool.as_ref());
        let rule = match &self.verdict {
            Verdict::Allowed { rule, outcome } => {
                word(out, "decision", "allowed");
                member(out, "rule", rule.as_ref());
                word(out, "outcome", outcome.name());
                rule.as_ref()
            }
            Verdict::Refused { code, rule } => {
                word(out, "decision", "refused");
                word(out, "code", code);
                member(out, "rule", rule.as_ref());
                rule.as_ref()
            }
        };
        number(out, "latency_us", u64::try_from(self.latency.as_micros()).unwrap_or(u64::MAX));
        number(out, "bytes_in", self.bytes_in);
        number(out, "bytes_out", self.bytes_out);
        self.write_cut(rule, out);
        out.extend_from_slice(b"}\n");
    }

    fn write_cut(&self, rule: Option<&Text>, out: &mut Vec<u8>) {
        let texts = [
            ("principal", Some(&self.principal)),
            ("server", self.server.as_ref()),
            ("method", Some(&self.method)),
            ("tool", self.tool.as_ref()),
            ("rule", rule),
        ];
        let mut opening: &[u8] = b",\"cut\":[\"";
        for (name, text) in texts {
            if text.is_some_and(Text::is_cut) {
                out.extend_from_slice(opening);
                out.extend_from_slice(name.as_bytes());
                out.push(b'"');
                opening = b",\"";
            }
        }
        if opening == b",\"" {
            out.push(b']');
        }
    }
}

fn key(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn member(out: &mut Vec<u8>, name: &str, text: Option<&Text>) {
    if let Some(text) = text {
        key(out, name);
        text.write_json(out);
    }
}

/// A word of ours, in which nothing needs an escape.
fn word(out: &mut Vec<u8>, name: &str, word: &'static str) {
    key(out, name);
    out.push(b'"');
    out.extend_from_slice(word.as_bytes());
    out.push(b'"');
}

fn number(out: &mut Vec<u8>, name: &str, number: u64) {
    key(out, name);
    let _ = write!(out, "{number}");
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
    use serde_json::Value;

    use super::super::{LONGEST, RequestId, Text};
    use super::{Decision, Front, Outcome, SessionTag, Verdict};

    /// A call that was allowed and answered.
    pub(in super::super) fn answered(unique: u128) -> Decision {
        let time = Timestamp::from_microsecond(1_793_000_000_123_456).unwrap();
        Decision {
            time,
            request_id: RequestId::new(time, unique),
            principal: "ci".into(),
            front: Front::Http,
            session: Some(SessionTag::of("3f9a4c1e-5b0f")),
            server: Some("filesystem".into()),
            method: "tools/call".into(),
            tool: Some("read_file".into()),
            verdict: Verdict::Allowed {
                rule: Some("readers-read".into()),
                outcome: Outcome::Answered,
            },
            latency: Duration::from_nanos(812_999),
            bytes_in: 214,
            bytes_out: 10_480,
        }
    }

    fn line(decision: &Decision) -> String {
        let mut out = Vec::new();
        decision.write_line(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_have_their_members_in_order() {
        let refused = Decision {
            verdict: Verdict::Refused { code: "tool_denied", rule: Some("stay-in-data".into()) },
            tool: Some("delete\u{1b}[2K_file".into()),
            ..answered(2)
        };
        let bare = Decision {
            principal: Text::new(&"p".repeat(LONGEST + 1)),
            front: Front::Stdio,
            session: None,
            server: None,
            method: Text::new(&format!("x\n{}", "é".repeat(200))),
            tool: None,
            verdict: Verdict::Refused { code: "parse_error", rule: None },
            latency: Duration::MAX,
            bytes_in: u64::MAX,
            bytes_out: 0,
            ..answered(3)
        };
        let lines: String = [answered(1), refused, bare].iter().map(line).collect();
        insta::assert_snapshot!(lines);
    }

    #[test]
    fn every_member_is_described() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/formats.md");
        let page = std::fs::read_to_string(page).unwrap();
        let refused = Decision {
            verdict: Verdict::Refused { code: "tool_denied", rule: Some("r".into()) },
            method: Text::new(&"m".repeat(LONGEST + 1)),
            ..answered(2)
        };
        for line in [line(&answered(1)), line(&refused)] {
            let members: serde_json::Map<String, Value> = serde_json::from_str(&line).unwrap();
            for name in members.keys() {
                let rows = page.lines().filter(|row| row.starts_with("| "));
                let mut first = rows.filter_map(|row| row.split('|').nth(1));
                assert!(first.any(|cell| cell.contains(&format!("`{name}`"))), "{name}");
            }
        }
        let words = Outcome::ALL.map(Outcome::name);
        let fronts = [Front::Stdio, Front::Http, Front::Rpc, Front::Sse].map(Front::name);
        for word in words.iter().chain(&fronts) {
            assert!(page.contains(&format!("`{word}`")), "{word}");
        }
    }

    #[test]
    fn outcomes_have_names_of_their_own() {
        let names: std::collections::BTreeSet<_> =
            Outcome::ALL.iter().map(|outcome| outcome.name()).collect();
        assert_eq!(names.len(), Outcome::ALL.len());
    }

    #[test]
    fn a_session_is_known_again_and_not_told() {
        let shown = |id| line(&Decision { session: Some(SessionTag::of(id)), ..answered(1) });
        assert_eq!(shown("0f1e2d3c4b5a"), shown("0f1e2d3c4b5a"));
        assert_ne!(shown("0f1e2d3c4b5a"), shown("0f1e2d3c4b5b"));
        assert!(!shown("0f1e2d3c4b5a").contains("0f1e2d3c4b5a"));
    }

    proptest! {
        #[test]
        fn whatever_the_names_it_is_one_line_of_json(
            texts in any::<[String; 5]>(),
            numbers in any::<(u64, u64, u64)>(),
            allowed in any::<bool>(),
        ) {
            let [principal, server, method, tool, rule] = texts.each_ref().map(|t| Text::new(t));
            let rule = Some(rule);
            let decision = Decision {
                principal,
                server: Some(server),
                method: method.clone(),
                tool: Some(tool),
                verdict: if allowed {
                    Verdict::Allowed { rule, outcome: Outcome::Error }
                } else {
                    Verdict::Refused { code: "tool_denied", rule }
                },
                latency: Duration::from_micros(numbers.0),
                bytes_in: numbers.1,
                bytes_out: numbers.2,
                ..answered(9)
            };
            let line = line(&decision);
            let body = line.strip_suffix('\n').unwrap();
            prop_assert!(body.bytes().all(|byte| matches!(byte, b' '..=b'~')));
            let value: Value = serde_json::from_str(body).unwrap();
            prop_assert_eq!(&value["latency_us"], numbers.0);
            prop_assert_eq!(&value["bytes_out"], numbers.2);
            if method.as_str().bytes().all(|byte| !byte.is_ascii_digit()) {
                prop_assert_eq!(value["method"].as_str().unwrap(), method.as_str());
            }
        }
    }
}
