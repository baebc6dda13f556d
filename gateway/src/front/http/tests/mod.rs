//! The front over real sockets, with servers that do what a test tells them.

mod guards;
mod hostile;
mod identities;
mod legacy;
mod lost;
mod resume;
mod rpc;
mod sessions;
mod shutdown;
mod stateless;
mod world;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{HttpOptions, Lanes, serve};
use crate::http::origin::HostPolicy;
use world::World;

/// A front that runs.
struct Running {
    address: SocketAddr,
    world: Arc<World>,
    shutdown: CancellationToken,
    task: JoinHandle<std::io::Result<()>>,
}

/// The answer to one request.
#[derive(Debug)]
struct Reply {
    status: u16,
    head: String,
    body: String,
}

/// A connection whose answer is still coming.
struct Open {
    stream: TcpStream,
    text: String,
}

async fn start() -> Running {
    start_with(World::default(), |_| {}).await
}

async fn start_with(world: World, change: impl FnOnce(&mut HttpOptions)) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut options = HttpOptions {
        hosts: HostPolicy {
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            listen: address,
        },
        max_body: 1 << 16,
        header_timeout: Duration::from_secs(10),
        body_timeout: Duration::from_secs(10),
        session_idle: Duration::from_secs(60),
        max_sessions: 100,
        drain_timeout: Duration::from_secs(5),
        max_connections: 1000,
    };
    change(&mut options);
    let world = Arc::new(world);
    let shutdown = CancellationToken::new();
    let (services, stop) = (Arc::clone(&world), shutdown.clone());
    let task = tokio::spawn(async move {
        let lanes = Lanes::start(2)?;
        let (auth, operations) = (Arc::clone(&services) as _, Arc::clone(&services) as _);
        serve(listener, options, services, auth, operations, &lanes, stop).await
    });
    Running { address, world, shutdown, task }
}

/// The text of a request.
fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text + "\r\n" + body
}

const JSON: (&str, &str) = ("Content-Type", "application/json");
const ACCEPT: (&str, &str) = ("Accept", "application/json, text/event-stream");
const EVENTS: (&str, &str) = ("Accept", "text/event-stream");

impl Running {
    async fn connect(&self, text: &str) -> Open {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        Open { stream, text: String::new() }
    }

    /// Sends these bytes and reads until the connection is closed.
    async fn send(&self, text: &str) -> Reply {
        let mut open = self.connect(text).await;
        open.read_all().await;
        Reply::read(&open.text)
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut all = headers.to_vec();
        all.push(("Connection", "close"));
        self.send(&request(method, path, &all, body)).await
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let all = [&[JSON, ACCEPT], headers].concat();
        self.ask("POST", path, &all, body).await
    }

    async fn post_open(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Open {
        let all = [&[JSON, ACCEPT], headers].concat();
        self.connect(&request("POST", path, &all, body)).await
    }

    async fn get_open(&self, path: &str, headers: &[(&str, &str)]) -> Open {
        let all = [&[EVENTS], headers].concat();
        self.connect(&request("GET", path, &all, "")).await
    }

    /// Opens a session of this revision and returns its id.
    async fn session(&self, revision: &str) -> String {
        self.session_as(revision, &[]).await
    }

    async fn session_as(&self, revision: &str, headers: &[(&str, &str)]) -> String {
        let reply = self.post("/mcp", headers, &initialize(revision)).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.header("mcp-session-id").expect("a session id").to_owned()
    }
}

fn initialize(revision: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":0,"method":"initialize","params":{{"protocolVersion":"{revision}","capabilities":{{}},"clientInfo":{{"name":"t","version":"1"}}}}}}"#
    )
}

fn call(id: u64, method: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{"n":{id}}}}}"#)
}

impl Reply {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    fn code(&self) -> i64 {
        self.json()["error"]["code"].as_i64().unwrap_or_default()
    }
}

impl Open {
    /// Reads until this text has come.
    async fn until(&mut self, wanted: &str) -> &str {
        while !self.text.contains(wanted) {
            assert!(self.read().await, "closed before {wanted:?}: {}", self.text);
        }
        &self.text
    }

    async fn read(&mut self) -> bool {
        let mut bytes = vec![0; 1 << 16];
        let read = tokio::time::timeout(Duration::from_secs(10), self.stream.read(&mut bytes));
        let read = read.await.unwrap_or_else(|_| panic!("nothing more comes: {}", self.text));
        let read = read.unwrap_or(0);
        self.text.push_str(&String::from_utf8_lossy(&bytes[..read]));
        read > 0
    }

    /// Reads until the connection is closed.
    async fn read_all(&mut self) -> &str {
        while self.read().await {}
        &self.text
    }

    /// Reads until the body is at its end.
    async fn body_end(&mut self) -> &str {
        self.until("0\r\n\r\n").await
    }

    fn status(&self) -> u16 {
        Reply::read(&self.text).status
    }
}

/// Waits until this holds.
async fn eventually(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..1000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never: {what}");
}
