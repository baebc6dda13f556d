//! Whether a remote server answers to somebody without credentials. Nothing of the configuration
//! but the address is sent.

use mcp_guard_scanner::online::Endpoint;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use super::events::{Event, Events};
use super::web::{Web, reason};

/// Bytes of a plain answer that are read.
const LARGEST: usize = 4 << 20;
/// The last revision with sessions, which older servers answer with their own.
const SESSIONS: &str = "2025-11-25";
/// The first revision without.
const STATELESS: &str = "2026-07-28";

/// Opens a session and asks for the tools, as any client would.
///
/// # Errors
/// The server was not reached.
pub(super) async fn ask(web: &Web, address: &str) -> Result<Endpoint, String> {
    let opened = request(web, address, &initialize(), &[]).send().await;
    let opened = opened.map_err(|error| reason(&error))?;
    Ok(classify(web, address, opened).await)
}

/// How the server answers, from its answer to the opening of a session on.
async fn classify(web: &Web, address: &str, opened: Response) -> Endpoint {
    if let Some(settled) = settled(web, address, &opened).await {
        return settled;
    }
    let session = header(&opened, "mcp-session-id");
    let opened = answer(opened, 1).await;
    let Some(version) = opened
        .as_ref()
        .and_then(|message| message.pointer("/result/protocolVersion")?.as_str())
        .map(str::to_owned)
    else {
        // Not a server with sessions; it may be one without, or one of the first transport.
        return match stateless(web, address).await {
            Some(found) => found,
            None => first_transport(web, address).await,
        };
    };
    let mut headers = vec![("mcp-protocol-version", version)];
    headers.extend(session.map(|session| ("mcp-session-id", session)));
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    send(web, address, &ready, &headers).await;
    let tools = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {} });
    let found = match send(web, address, &tools, &headers).await {
        Some(response) => match settled(web, address, &response).await {
            Some(settled) => settled,
            None => listed(answer(response, 2).await).unwrap_or(Endpoint::OpensSession),
        },
        None => Endpoint::OpensSession,
    };
    if headers.len() > 1 {
        // Whether the server minds is its own affair.
        let _ = with(web.client().delete(address), &headers).send().await;
    }
    found
}

fn initialize() -> Value {
    json!({
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": SESSIONS,
            "capabilities": {},
            "clientInfo": client(),
        },
    })
}

fn client() -> Value {
    json!({ "name": "mcp-guard", "version": env!("CARGO_PKG_VERSION") })
}

async fn send(
    web: &Web,
    address: &str,
    message: &Value,
    headers: &[(&'static str, String)],
) -> Option<Response> {
    request(web, address, message, headers).send().await.ok()
}

fn request(
    web: &Web,
    address: &str,
    message: &Value,
    headers: &[(&'static str, String)],
) -> RequestBuilder {
    let request = web
        .client()
        .post(address)
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
        .body(message.to_string());
    with(request, headers)
}

fn with(request: RequestBuilder, headers: &[(&'static str, String)]) -> RequestBuilder {
    headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}

/// What the status alone says.
async fn settled(web: &Web, address: &str, response: &Response) -> Option<Endpoint> {
    match response.status() {
        StatusCode::UNAUTHORIZED => {
            let challenge = header(response, "www-authenticate").unwrap_or_default();
            let metadata = has_metadata(web, address, &challenge).await;
            Some(Endpoint::DemandsAuthorization { metadata })
        }
        StatusCode::FORBIDDEN => Some(Endpoint::Refuses),
        _ => None,
    }
}

/// Whether the server publishes protected resource metadata: where its challenge says, else at the
/// well-known places (RFC 9728, sections 3 and 5.1).
async fn has_metadata(web: &Web, address: &str, challenge: &str) -> bool {
    let named = resource_metadata(challenge);
    let mut places: Vec<String> = named.into_iter().collect();
    if let Ok(url) = reqwest::Url::parse(address) {
        let origin = url.origin().ascii_serialization();
        let path = url.path().trim_end_matches('/');
        places.push(format!("{origin}/.well-known/oauth-protected-resource{path}"));
        places.push(format!("{origin}/.well-known/oauth-protected-resource"));
    }
    // A challenge can name any place; only one of the same server is asked.
    let own = |place: &String| {
        let origin = |url: &str| reqwest::Url::parse(url).ok().map(|url| url.origin());
        origin(place).is_some() && origin(place) == origin(address)
    };
    for place in places.iter().filter(|place| own(place)) {
        if let Ok((200, metadata)) = web.json(web.client().get(place)).await {
            let servers = metadata.get("authorization_servers").and_then(Value::as_array);
            if metadata.get("resource").is_some() && servers.is_some_and(|some| !some.is_empty()) {
                return true;
            }
        }
    }
    false
}

fn resource_metadata(challenge: &str) -> Option<String> {
    let lower = challenge.to_ascii_lowercase();
    let at = lower.find("resource_metadata")? + "resource_metadata".len();
    let rest = challenge.get(at..)?.trim_start().strip_prefix('=')?.trim_start();
    let value = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split([',', ' ']).next(),
    };
    value.map(str::to_owned)
}

/// The answer with that id, out of JSON or the beginning of a stream of events. A stream may stay
/// open after it.
async fn answer(mut response: Response, id: u64) -> Option<Value> {
    if is_stream(&response) {
        let mut events = Events::default();
        while !events.is_full() {
            let chunk = response.chunk().await.ok()??;
            if let Some(found) = message(&events.push(&chunk), id) {
                return Some(found);
            }
        }
        return None;
    }
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if bytes.len() + chunk.len() > LARGEST {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).ok().filter(|found| is(found, id))
}

fn is_stream(response: &Response) -> bool {
    header(response, "content-type").is_some_and(|kind| kind.contains("event-stream"))
}

/// The message with that id among events.
fn message(events: &[Event], id: u64) -> Option<Value> {
    let mut messages = events.iter().filter_map(|event| serde_json::from_str(&event.data).ok());
    messages.find(|message| is(message, id))
}

fn is(message: &Value, id: u64) -> bool {
    message.get("id").and_then(Value::as_u64) == Some(id)
}

fn listed(message: Option<Value>) -> Option<Endpoint> {
    let tools = message?.pointer("/result/tools")?.as_array().map(Vec::len)?;
    Some(Endpoint::ListsTools { count: tools })
}

/// Asks as the revision without sessions does.
async fn stateless(web: &Web, address: &str) -> Option<Endpoint> {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": STATELESS,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": client(),
    });
    let tools =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta": meta } });
    let headers =
        [("mcp-protocol-version", STATELESS.to_owned()), ("mcp-method", "tools/list".to_owned())];
    let response = send(web, address, &tools, &headers).await?;
    match settled(web, address, &response).await {
        Some(settled) => Some(settled),
        None => listed(answer(response, 1).await),
    }
}

/// Asks for the stream of events with which the transport of 2024-11-05 begins.
async fn first_transport(web: &Web, address: &str) -> Endpoint {
    let request = web.client().get(address).header("accept", "text/event-stream");
    let Ok(mut response) = request.send().await else { return Endpoint::Other };
    if let Some(settled) = settled(web, address, &response).await {
        return settled;
    }
    if !is_stream(&response) || !response.status().is_success() {
        return Endpoint::Other;
    }
    let mut events = Events::default();
    while !events.is_full() {
        let Ok(Some(chunk)) = response.chunk().await else { break };
        if events.push(&chunk).iter().any(|event| event.name == "endpoint") {
            return Endpoint::OpensSession;
        }
    }
    Endpoint::Other
}

#[cfg(test)]
mod tests {
    use wiremock::matchers::method;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    #[test]
    fn the_first_transport_opens_with_its_endpoint() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            for (stream, expected) in [
                ("event: endpoint\ndata: /messages?session=1\n\n", Endpoint::OpensSession),
                ("event: other\ndata: event: endpoint\n\n", Endpoint::Other),
            ] {
                let server = MockServer::start().await;
                let stream = ResponseTemplate::new(200).set_body_raw(stream, "text/event-stream");
                Mock::given(method("GET")).respond_with(stream).mount(&server).await;
                let web = Web::of_strangers(true).unwrap();
                assert_eq!(ask(&web, &format!("{}/sse", server.uri())).await, Ok(expected));
            }
        });
    }

    #[test]
    fn the_challenge_names_the_metadata() {
        for (challenge, expected) in [
            (
                "Bearer realm=\"x\", resource_metadata=\"https://a.contoso.com/.well-known/x\", error=\"y\"",
                Some("https://a.contoso.com/.well-known/x"),
            ),
            ("Bearer Resource_Metadata = https://b", Some("https://b")),
            ("Bearer", None),
            ("", None),
        ] {
            assert_eq!(resource_metadata(challenge).as_deref(), expected, "{challenge}");
        }
    }

    #[test]
    fn the_answer_is_found_among_events() {
        let text = ": hello\n\nevent: message\ndata: {\"method\":\"x\"}\n\ndata: {\"id\":2,\ndata: \"result\":{}}\n\n";
        let events = |text: &str| Events::default().push(text.as_bytes());
        let expected = Some(json!({ "id": 2, "result": {} }));
        assert_eq!(message(&events(text), 2), expected);
        assert_eq!(message(&events(&text.replace('\n', "\r\n")), 2), expected);
        assert_eq!(message(&events(text), 1), None);
        assert_eq!(message(&events("data: {\"id\":2}\n"), 2), None);
    }
}
