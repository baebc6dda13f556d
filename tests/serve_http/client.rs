//! A client over HTTP, and a gateway for it.

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::gateway::{Gateway, SOON, filled};

const BOTH: &str = "application/json, text/event-stream";
const REVISION: &str = "2025-11-25";

/// A gateway that listens.
pub(crate) struct Served {
    pub(crate) gateway: Gateway,
    pub(crate) address: String,
}

/// One client.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    address: String,
    /// Sent with every request.
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

/// An event stream that is being read.
pub(crate) struct Events {
    response: Response,
    text: String,
}

/// A configuration with the scripted peer as its only server.
pub(crate) fn config(more: &str) -> String {
    format!(
        "version: 1\nlisten: 127.0.0.1:0\n{more}\nservers:\n  peer: {{ command: PEER, args: [--record, DIR/record] }}\n"
    )
}

/// Starts a gateway with this configuration, and waits until it listens.
pub(crate) fn serve(config: &str) -> Served {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mcp-guard.yaml");
    std::fs::write(&path, filled(config, directory.path())).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-guard"));
    command
        .args(["serve", "--config"])
        .arg(&path)
        .env("HOME", directory.path())
        .env("XDG_CONFIG_HOME", directory.path().join("config"))
        .env("NO_COLOR", "1");
    let gateway = Gateway::of(command, directory);
    gateway.hears("listening at ");
    let said = gateway.said();
    let after = said.split_once("listening at http://").unwrap().1;
    let address = after.split('/').next().unwrap().to_owned();
    Served { gateway, address }
}

impl Served {
    pub(crate) fn client(&self) -> Client {
        let http = reqwest::Client::builder().no_proxy().timeout(SOON).build().unwrap();
        Client { http, address: self.address.clone(), headers: Vec::new() }
    }

    /// What the peer has read.
    pub(crate) fn heard(&self) -> String {
        std::fs::read_to_string(self.gateway.path("record")).unwrap_or_default()
    }

    /// Ends the gateway in good order.
    pub(crate) fn end(mut self) -> String {
        self.gateway.signal("TERM");
        let (status, _) = self.gateway.ended();
        assert_eq!(status.code(), Some(0), "{}", self.gateway.said());
        self.gateway.leaves_nobody();
        self.gateway.said()
    }
}

impl Client {
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut all = self.clone();
        all.headers.push((name, value.to_owned()));
        all
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        self.headers.iter().fold(self.http.request(method, url), |request, (name, value)| {
            request.header(*name, value)
        })
    }

    pub(crate) async fn ask(&self, method: &str, path: &str) -> Reply {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let accept = if method == Method::GET { "text/event-stream" } else { BOTH };
        Reply::of(self.request(method, path).header("Accept", accept).send().await.unwrap()).await
    }

    pub(crate) async fn send(&self, path: &str, body: String) -> Response {
        let request = self.request(Method::POST, path).header("Accept", BOTH);
        request.header("Content-Type", "application/json").body(body).send().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, message: &Value) -> Reply {
        Reply::of(self.send(path, message.to_string()).await).await
    }

    /// Posts a request whose answer comes as events.
    pub(crate) async fn post_open(&self, path: &str, message: &Value) -> Events {
        Events::of(self.send(path, message.to_string()).await)
    }

    /// Opens a stream of a session.
    pub(crate) async fn listen(&self, path: &str) -> Events {
        let request = self.request(Method::GET, path).header("Accept", "text/event-stream");
        Events::of(request.send().await.unwrap())
    }

    /// Opens a session: the client that goes on in it.
    pub(crate) async fn open(&self, path: &str) -> Self {
        let params = json!({ "protocolVersion": REVISION, "capabilities": { "elicitation": {} }, "clientInfo": { "name": "t", "version": "1" } });
        let reply = self.post(path, &request("initialize", &params)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(reply.message()["result"]["protocolVersion"], REVISION);
        let id = reply.header("mcp-session-id");
        let session = self.with("Mcp-Session-Id", id).with("MCP-Protocol-Version", REVISION);
        let begun = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        assert_eq!(session.post(path, &begun).await.status, 202);
        session
    }

    /// Calls a tool.
    pub(crate) async fn call(&self, path: &str, tool: &str, arguments: &Value) -> Value {
        self.post(path, &call(tool, arguments)).await.message()
    }
}

/// A request under a new identifier.
pub(crate) fn request(method: &str, params: &Value) -> Value {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

/// A call under a new identifier.
pub(crate) fn call(tool: &str, arguments: &Value) -> Value {
    request("tools/call", &json!({ "name": tool, "arguments": arguments }))
}

/// A call of 2026-07-28, and the header fields that go with it.
pub(crate) fn stateless_call(id: &Value, tool: &str, arguments: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {
        "name": tool, "arguments": arguments, "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "t", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    } })
}

pub(crate) fn for_call(client: &Client, tool: &str) -> Client {
    client
        .with("MCP-Protocol-Version", "2026-07-28")
        .with("Mcp-Method", "tools/call")
        .with("Mcp-Name", tool)
}

impl Reply {
    async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The answer: the body, or the last event of the stream.
    pub(crate) fn message(&self) -> Value {
        let last = self.text.lines().rev().find_map(|line| line.strip_prefix("data: "));
        serde_json::from_str(last.unwrap_or(&self.text)).unwrap_or_else(|_| panic!("{}", self.text))
    }
}

impl Events {
    fn of(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        let kind = response.headers()["content-type"].to_str().unwrap();
        assert!(kind.starts_with("text/event-stream"), "{kind}");
        Self { response, text: String::new() }
    }

    /// Where HTTP+SSE wants messages, as the first event says.
    pub(crate) async fn endpoint(mut self) -> (String, Self) {
        while !self.text.contains("\n\n") {
            let piece = tokio::time::timeout(SOON, self.response.chunk()).await.unwrap().unwrap();
            self.text.push_str(str::from_utf8(&piece.unwrap()).unwrap());
        }
        let (event, rest) = self.text.split_once("\n\n").unwrap();
        assert!(event.contains("event: endpoint"), "{event}");
        let place = event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap().to_owned();
        self.text = rest.to_owned();
        (place, self)
    }

    /// The id and message of the next event that has a message; none at the end.
    pub(crate) async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
                let id = field("id: ").unwrap_or_default().to_owned();
                let message = field("data: ").and_then(|data| serde_json::from_str(data).ok());
                self.text = rest.to_owned();
                if let Some(message) = message {
                    return Some((id, message));
                }
            }
            let piece = tokio::time::timeout(SOON, self.response.chunk()).await.unwrap();
            let piece = piece.ok().flatten()?;
            self.text.push_str(str::from_utf8(&piece).unwrap());
        }
    }
}

/// Waits until something is so.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, so: impl Fn() -> F) {
    let end = tokio::time::Instant::now() + SOON;
    while !so().await {
        assert!(tokio::time::Instant::now() < end, "{what}: not so in time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
