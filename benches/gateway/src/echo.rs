//! The echo server without its transport: a message in, an answer out.

use serde_json::value::RawValue;

use crate::message::{MODERN, Message};

const TOOL: &str = r#"{"name":"echo","description":"Gives back its text","inputSchema":{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]}}"#;
const SERVER: &str = r#"{"name":"mcpbench","version":"0.0.0"}"#;
/// What a result since 2026-07-28 begins with.
const COMPLETE: &str = r#""resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"mcpbench","version":"0.0.0"}},"#;
/// What complete results of lists and `server/discover` have besides.
const CACHE: &str = r#""ttlMs":60000,"cacheScope":"public","#;

/// Appends the answer to a message, without a line end. Nothing for notifications and responses.
pub(crate) fn answer(message: &Message<'_>, out: &mut Vec<u8>) {
    let Some(id) = message.id else { return };
    if message.method.is_empty() {
        return;
    }
    let parts = if message.is_modern() { modern(message) } else { legacy(message) };
    match parts {
        Ok(parts) => envelope(id, "result", &parts, out),
        Err(error) => envelope(id, "error", &[&error], out),
    }
}

/// The answer to what is no message.
pub(crate) fn parse_error(out: &mut Vec<u8>) {
    out.extend_from_slice(
        br#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no JSON-RPC message"}}"#,
    );
}

/// An error answer, for what the transport refuses.
pub(crate) fn refusal(id: Option<&RawValue>, code: i32, text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    envelope(id.unwrap_or(RawValue::NULL), "error", &[&error(code, text)], &mut out);
    out
}

fn envelope(id: &RawValue, kind: &str, parts: &[&str], out: &mut Vec<u8>) {
    for part in [r#"{"jsonrpc":"2.0","id":"#, id.get(), ",\"", kind, "\":{"] {
        out.extend_from_slice(part.as_bytes());
    }
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
    out.extend_from_slice(b"}}");
}

/// The pieces of a result, or the members of an error.
type Answer<'a> = Result<[&'a str; 5], String>;

fn legacy<'a>(message: &'a Message<'_>) -> Answer<'a> {
    match &*message.method {
        "tools/call" => call("", message),
        "tools/list" => Ok(["\"tools\":[", TOOL, "]", "", ""]),
        "ping" => Ok([""; 5]),
        "initialize" => {
            let version = &*message.params.protocol_version;
            if version.is_empty() || version.contains(['"', '\\']) {
                return Err(error(-32602, "no protocol version"));
            }
            Ok([
                "\"protocolVersion\":\"",
                version,
                r#"","capabilities":{"tools":{}},"serverInfo":"#,
                SERVER,
                "",
            ])
        }
        _ => Err(error(-32601, "Method not found")),
    }
}

fn modern<'a>(message: &'a Message<'_>) -> Answer<'a> {
    if message.params.meta.protocol_version != MODERN {
        return Err(format!(
            r#""code":-32022,"message":"Unsupported protocol version","data":{{"supported":["{MODERN}"]}}"#
        ));
    }
    match &*message.method {
        "tools/call" => call(COMPLETE, message),
        "tools/list" => Ok([COMPLETE, CACHE, "\"tools\":[", TOOL, "]"]),
        "server/discover" => Ok([
            COMPLETE,
            CACHE,
            r#""supportedVersions":["2026-07-28"],"#,
            r#""capabilities":{"tools":{}}"#,
            "",
        ]),
        _ => Err(error(-32601, "Method not found")),
    }
}

fn call<'a>(first: &'a str, message: &'a Message<'_>) -> Answer<'a> {
    if message.params.name != "echo" {
        return Err(error(-32602, "Unknown tool"));
    }
    match message.params.arguments.text {
        Some(text) if text.get().starts_with('"') => {
            Ok([first, r#""content":[{"type":"text","text":"#, text.get(), "}]", ""])
        }
        _ => Err(error(-32602, "text must be a string")),
    }
}

fn error(code: i32, text: &str) -> String {
    format!("\"code\":{code},\"message\":\"{text}\"")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::answer;
    use crate::message::Message;

    fn ask(message: &Value) -> Value {
        let bytes = message.to_string();
        let mut out = Vec::new();
        answer(&Message::parse(bytes.as_bytes()).unwrap(), &mut out);
        if out.is_empty() { Value::Null } else { serde_json::from_slice(&out).unwrap() }
    }

    fn meta(version: &str) -> Value {
        json!({"io.modelcontextprotocol/protocolVersion": version,
               "io.modelcontextprotocol/clientCapabilities": {}})
    }

    #[test]
    fn a_call_gives_back_its_text() {
        let text = "tab\t quote\" é \u{1f30d}";
        let params = json!({"name": "echo", "arguments": {"text": text}});
        let answer =
            ask(&json!({"jsonrpc": "2.0", "id": "x-1", "method": "tools/call", "params": params}));
        assert_eq!(answer["id"], "x-1");
        assert_eq!(answer["result"], json!({"content": [{"type": "text", "text": text}]}));
    }

    #[test]
    fn the_client_chooses_the_version_of_a_session() {
        let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}});
        let answer = ask(&json!({"id": 1, "method": "initialize", "params": params}));
        assert_eq!(answer["result"]["protocolVersion"], "2025-06-18");
    }

    #[test]
    fn modern_results_have_what_the_revision_demands() {
        for method in ["server/discover", "tools/list"] {
            let params = json!({"_meta": meta("2026-07-28")});
            let result = &ask(&json!({"id": 1, "method": method, "params": params}))["result"];
            assert_eq!(result["resultType"], "complete", "{method}");
            assert_eq!(result["cacheScope"], "public", "{method}");
            assert!(result["ttlMs"].is_u64(), "{method}");
        }
        let params =
            json!({"name": "echo", "arguments": {"text": "a"}, "_meta": meta("2026-07-28")});
        let result = &ask(&json!({"id": 1, "method": "tools/call", "params": params}))["result"];
        assert_eq!(result["resultType"], "complete");
        assert_eq!(result["content"][0]["text"], "a");
    }

    #[test]
    fn what_a_revision_lacks_is_refused() {
        for method in ["initialize", "ping"] {
            let params = json!({"_meta": meta("2026-07-28"), "protocolVersion": "2026-07-28"});
            let answer = ask(&json!({"id": 1, "method": method, "params": params}));
            assert_eq!(answer["error"]["code"], -32601, "{method}");
        }
        let params = json!({"_meta": meta("2027-01-01")});
        let answer = ask(&json!({"id": 1, "method": "tools/list", "params": params}));
        assert_eq!(answer["error"]["code"], -32022);
    }

    #[test]
    fn notifications_and_responses_have_no_answer() {
        assert_eq!(ask(&json!({"method": "notifications/initialized"})), Value::Null);
        assert_eq!(ask(&json!({"id": 3, "result": {}})), Value::Null);
    }
}
