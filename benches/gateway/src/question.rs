//! What a client asks, and whether an answer is the one to its question.

use std::borrow::Cow;
use std::fmt::Write;

use clap::Args;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Failure;
use crate::message::MODERN;

pub(crate) const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;

#[derive(Args, Clone, Debug)]
pub(crate) struct Dialect {
    /// Speak 2026-07-28, without sessions
    #[arg(long)]
    pub(crate) modern: bool,
    /// Version to ask for in `initialize`
    #[arg(long, default_value = "2025-11-25")]
    pub(crate) revision: String,
    /// Name of the echo tool, as the gateway has it
    #[arg(long, default_value = "echo")]
    pub(crate) tool: String,
    /// Bytes of text in each call, 24 at least
    #[arg(long, default_value_t = 32, value_name = "BYTES")]
    pub(crate) size: usize,
    /// Leave `notifications/initialized` out, for gateways that hang on it
    #[arg(long)]
    pub(crate) skip_initialized: bool,
}

impl Dialect {
    pub(crate) fn revision(&self) -> &str {
        if self.modern { MODERN } else { &self.revision }
    }

    pub(crate) fn opening_method(&self) -> &'static str {
        if self.modern { "server/discover" } else { "initialize" }
    }

    /// The first request: `initialize`, or `server/discover`.
    pub(crate) fn opening(&self) -> String {
        let method = self.opening_method();
        let params = if self.modern {
            format!(r#"{{"_meta":{}}}"#, meta())
        } else {
            format!(
                r#"{{"protocolVersion":"{}","capabilities":{{}},"clientInfo":{{"name":"mcpbench","version":"0.0.0"}}}}"#,
                self.revision
            )
        };
        format!(r#"{{"jsonrpc":"2.0","id":0,"method":"{method}","params":{params}}}"#)
    }

    /// Appends a call.
    pub(crate) fn call(&self, id: u64, text: &str, out: &mut String) {
        let tool = &self.tool;
        // Writing to a string does not fail.
        _ = write!(
            out,
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{{"text":"{text}"}}"#
        );
        if self.modern {
            out.push_str(",\"_meta\":");
            out.push_str(meta());
        }
        out.push_str("}}");
    }

    /// The text of one call, which no other call of the run has.
    pub(crate) fn text(&self, client: usize, number: u64, text: &mut String) {
        text.clear();
        // Writing to a string does not fail.
        _ = write!(text, "client {client:04} {number:011} ");
        while text.len() < self.size {
            let rest = self.size - text.len();
            text.push_str(FILLING.get(..rest).unwrap_or(FILLING));
        }
    }
}

const FILLING: &str = "the quick brown fox jumps over the lazy dog, and again: ";

const fn meta() -> &'static str {
    r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"mcpbench","version":"0.0.0"},"io.modelcontextprotocol/clientCapabilities":{}}"#
}

/// A message from the server.
#[derive(Deserialize)]
pub(crate) struct Answer<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct CallResult<'a> {
    #[serde(borrow)]
    content: [Content<'a>; 1],
    #[serde(default, rename = "isError")]
    is_error: bool,
    #[serde(borrow, default, rename = "resultType")]
    result_type: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    Right,
    /// A success that answers another question.
    Wrong(String),
    /// No success.
    Failed(String),
}

impl<'a> Answer<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(bytes)
    }

    /// Whether the message answers a request, rather than being one or a notification.
    pub(crate) fn is_response(&self) -> bool {
        self.method.is_none()
    }

    pub(crate) fn id(&self) -> Option<u64> {
        self.id?.get().parse().ok()
    }

    /// Holds the answer to a call against what was asked.
    pub(crate) fn judge(&self, bytes: &[u8], dialect: &Dialect, id: u64, text: &str) -> Verdict {
        let shown = || shortened(bytes);
        let Some(result) = self.result else { return Verdict::Failed(shown()) };
        let Ok(result) = serde_json::from_str::<CallResult<'_>>(result.get()) else {
            return Verdict::Failed(shown());
        };
        let complete = !dialect.modern || result.result_type == "complete";
        if result.is_error || !complete {
            return Verdict::Failed(shown());
        }
        let [content] = result.content;
        if self.id() != Some(id) || content.text != text {
            return Verdict::Wrong(format!("asked {id} {text:.24}…, got {}", shown()));
        }
        Verdict::Right
    }
}

#[derive(Deserialize)]
struct Opened {
    result: OpenedResult,
}

#[derive(Deserialize)]
struct OpenedResult {
    #[serde(default, rename = "protocolVersion")]
    version: String,
    #[serde(default, rename = "supportedVersions")]
    supported: Vec<String>,
}

/// The version that a server answers to the opening, which must be the one asked for if there is no
/// session.
pub(crate) fn negotiated(answer: &[u8], dialect: &Dialect) -> Result<String, Failure> {
    let refused = || format!("{} was refused: {}", dialect.opening_method(), shortened(answer));
    let Opened { result } = serde_json::from_slice(answer).map_err(|_| refused())?;
    if dialect.modern {
        if !result.supported.iter().any(|version| version == MODERN) {
            return Err(refused().into());
        }
        return Ok(MODERN.to_owned());
    }
    if result.version.is_empty() { Err(refused().into()) } else { Ok(result.version) }
}

/// The beginning of a message, for people.
pub(crate) fn shortened(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.get(..300).unwrap_or(bytes)).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Answer, Dialect, Verdict, negotiated};
    use crate::echo;
    use crate::message::Message;

    fn dialect(modern: bool) -> Dialect {
        Dialect {
            modern,
            revision: "2025-11-25".to_owned(),
            tool: "echo".to_owned(),
            size: 32,
            skip_initialized: false,
        }
    }

    fn asked(dialect: &Dialect, id: u64, text: &str) -> Vec<u8> {
        let (mut call, mut out) = (String::new(), Vec::new());
        dialect.call(id, text, &mut call);
        echo::answer(&Message::parse(call.as_bytes()).unwrap(), &mut out);
        out
    }

    #[test]
    fn only_the_answer_to_the_question_is_right() {
        for modern in [false, true] {
            let dialect = dialect(modern);
            let bytes = asked(&dialect, 7, "seven");
            let answer = Answer::parse(&bytes).unwrap();
            assert_eq!(answer.judge(&bytes, &dialect, 7, "seven"), Verdict::Right);
            assert!(matches!(answer.judge(&bytes, &dialect, 8, "seven"), Verdict::Wrong(_)));
            assert!(matches!(answer.judge(&bytes, &dialect, 7, "eight"), Verdict::Wrong(_)));
        }
    }

    #[test]
    fn errors_and_results_of_the_other_era_are_failures() {
        let refused = br#"{"jsonrpc":"2.0","id":7,"error":{"code":-32003,"message":"denied"}}"#;
        let told =
            br#"{"id":7,"result":{"isError":true,"content":[{"type":"text","text":"seven"}]}}"#;
        let legacy = asked(&dialect(false), 7, "seven");
        for bytes in [&refused[..], &told[..], &legacy] {
            let verdict = Answer::parse(bytes).unwrap().judge(bytes, &dialect(true), 7, "seven");
            assert!(matches!(verdict, Verdict::Failed(_)), "{verdict:?}");
        }
    }

    #[test]
    fn texts_have_their_size_and_differ() {
        let mut dialect = dialect(false);
        dialect.size = 10_000;
        let (mut one, mut two) = (String::new(), String::new());
        dialect.text(1, 2, &mut one);
        dialect.text(1, 3, &mut two);
        assert_eq!((one.len(), two.len()), (10_000, 10_000));
        assert_ne!(one, two);
    }

    #[test]
    fn the_opening_is_understood() {
        for (modern, version) in [(false, "2025-11-25"), (true, "2026-07-28")] {
            let opening = dialect(modern).opening();
            assert!(serde_json::from_str::<Value>(&opening).is_ok());
            let mut answer = Vec::new();
            echo::answer(&Message::parse(opening.as_bytes()).unwrap(), &mut answer);
            assert_eq!(negotiated(&answer, &dialect(modern)).unwrap(), version);
        }
    }
}
