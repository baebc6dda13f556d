//! Servers on this machine that do as told, and what comes over a link to them.

mod alone;
mod hostile;
mod legacy;
mod sessions;
mod streams;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Request, Response};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use url::Url;

use super::{HttpConnector, HttpSpec, Transport};
use crate::message::{Id, Message};
use crate::pipeline::{Pass, Permitted};
use crate::service::Connector;
use crate::upstream::{Arrival, Link, Pressure, Receiver, Room, Stream, What};

/// A request as a server sees it.
#[derive(Clone, Debug)]
struct Asked {
    method: String,
    path: String,
    headers: HeaderMap,
    body: String,
}

impl Asked {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn says(&self, part: &str) -> bool {
        self.body.contains(part)
    }
}

/// A server, and what it was asked.
struct Server {
    url: Url,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    async fn start<F>(answer: impl Fn(Asked) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Response<Body>> + Send + 'static,
    {
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (log, answer) = (Arc::clone(&asked), Arc::new(answer));
        let app = axum::Router::new().fallback(move |request: Request<Body>| {
            let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
            async move {
                let (head, body) = request.into_parts();
                let body = to_bytes(body, usize::MAX).await.unwrap();
                let asked = Asked {
                    method: head.method.to_string(),
                    path: head.uri.to_string(),
                    headers: head.headers,
                    body: String::from_utf8(body.to_vec()).unwrap(),
                };
                log.lock().unwrap().push(asked.clone());
                answer(asked).await
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, asked }
    }

    /// One that is given the bare connections, after a request came on them.
    async fn raw<F>(talk: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move {
            loop {
                let (mut connection, _) = listener.accept().await.unwrap();
                let mut buffer = [0; 65_536];
                let _ = connection.read(&mut buffer).await;
                tokio::spawn(talk(connection));
            }
        });
        Self { url, asked: Arc::default() }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    fn spec(&self) -> HttpSpec {
        HttpSpec {
            url: self.url.clone(),
            headers: vec![(
                http::header::AUTHORIZATION,
                SecretString::from("Bearer upstream-secret-token"),
            )],
            transport: Transport::Streamable,
            connect_timeout: Duration::from_secs(2),
            resume: false,
            max_message: 100_000,
        }
    }

    async fn link(&self) -> Talk {
        Talk::open(self.spec()).await
    }

    /// A link with a session on it.
    async fn session(&self) -> Talk {
        Talk::open(self.spec()).await.initialized().await
    }
}

/// A link, and what comes over it.
struct Talk {
    link: Arc<dyn Link>,
    heard: mpsc::UnboundedReceiver<String>,
}

impl Talk {
    async fn open(spec: HttpSpec) -> Self {
        let (sender, heard) = mpsc::unbounded_channel();
        let connector = HttpConnector::new(spec).unwrap();
        let link = connector.connect(Arc::new(Ear(sender, None))).await.unwrap();
        Self { link, heard }
    }

    async fn initialized(mut self) -> Self {
        self.send(INITIALIZE);
        assert!(self.next().await.contains("protocolVersion"));
        self.send(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        self
    }

    /// Sends a message; what belongs to a request arrives on its own stream.
    fn send(&self, json: &str) {
        let message = message(json);
        let stream = message.id().map_or(Stream::Standalone, |id| Stream::Request(id.clone()));
        let _ = self.link.send(Pass::of_client(message), stream);
    }

    /// Sends a request with header fields of its client.
    fn send_with(&self, json: &str, fields: &[(&'static str, &'static str)]) {
        let message = message(json);
        let stream = Stream::Request(message.id().unwrap().clone());
        let mut all = HeaderMap::new();
        for (name, value) in fields {
            all.append(*name, HeaderValue::from_static(value));
        }
        let (pass, _) = Permitted::of_client(message).with_fields(all).split();
        let _ = self.link.send(pass, stream);
    }

    fn exchange(&self, json: &str, number: u64) {
        let _ = self.link.send(Pass::of_client(message(json)), Stream::Exchange(number));
    }

    /// What comes next, in words.
    async fn next(&mut self) -> String {
        let next = tokio::time::timeout(Duration::from_secs(20), self.heard.recv()).await;
        next.expect("something comes").expect("somebody listens")
    }

    /// Nothing comes for a while.
    async fn silence(&mut self) {
        let next = tokio::time::timeout(Duration::from_millis(200), self.heard.recv()).await;
        assert_eq!(next.ok().flatten(), None);
    }
}

#[derive(Debug)]
struct Ear(mpsc::UnboundedSender<String>, Option<Arc<dyn Room>>);

impl Receiver for Ear {
    fn receive(&self, arrival: Arrival) -> Pressure {
        let _ = self.0.send(words(&arrival));
        self.1.clone().map_or(Pressure::Free, Pressure::Full)
    }

    fn lost(&self, why: &str) {
        let _ = self.0.send(format!("lost: {why}"));
    }
}

fn words(arrival: &Arrival) -> String {
    let stream = match &arrival.stream {
        None => "?".to_owned(),
        Some(Stream::Request(id)) => id.json().to_owned(),
        Some(Stream::Standalone) => "standalone".to_owned(),
        Some(Stream::Exchange(number)) => format!("exchange {number}"),
        Some(Stream::Resumed(number)) => format!("resumed {number}"),
    };
    let what = match &arrival.what {
        What::Message(message) => message.json().to_owned(),
        What::Nothing => "nothing".to_owned(),
        What::End => "end".to_owned(),
        What::Failed(why) => format!("failed: {why}"),
    };
    let status = arrival.status.map(|status| format!(" status {status}")).unwrap_or_default();
    let mark = arrival.mark.as_ref().map(|mark| {
        let id = mark.id.as_ref().map(|id| format!(" id {id}")).unwrap_or_default();
        let retry = mark.retry.map(|retry| format!(" retry {retry}")).unwrap_or_default();
        format!("{id}{retry}")
    });
    format!("{stream}: {what}{status}{}", mark.unwrap_or_default())
}

fn message(json: &str) -> Message {
    Message::read(Bytes::copy_from_slice(json.as_bytes())).unwrap()
}

const INITIALIZE: &str =
    r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}"#;
const INITIALIZE_RESULT: &str =
    r#"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{}}}"#;

fn call(id: u64) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"t"}}}}"#)
}

fn result(id: u64) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#)
}

fn response(status: u16, kind: &str, body: impl Into<Body>) -> Response<Body> {
    let response = Response::builder().status(status).header("content-type", kind);
    response.body(body.into()).unwrap()
}

fn json(body: impl Into<Body>) -> Response<Body> {
    response(200, "application/json", body)
}

fn events(text: impl Into<Body>) -> Response<Body> {
    response(200, "text/event-stream", text)
}

/// An event stream that breaks after this.
fn broken(text: &str) -> Response<Body> {
    let first = Ok(Bytes::copy_from_slice(text.as_bytes()));
    // The first part must leave before the break.
    let parts = stream::unfold(Some(first), |part| async move {
        match part {
            Some(part) => Some((part, None)),
            None => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Some((Err(std::io::Error::other("broken")), None))
            }
        }
    });
    events(Body::from_stream(parts))
}

/// An event stream that stays open after this.
fn held(text: &str) -> Response<Body> {
    use futures_util::StreamExt as _;
    let first = Ok::<_, std::io::Error>(Bytes::copy_from_slice(text.as_bytes()));
    events(Body::from_stream(stream::iter([first]).chain(stream::pending())))
}

fn accepted() -> Response<Body> {
    Response::builder().status(202).body(Body::empty()).unwrap()
}

/// Opens a session to whoever asks; `None` for anything else.
fn opens(asked: &Asked) -> Option<Response<Body>> {
    if asked.says("initialize\"") {
        let mut response = json(INITIALIZE_RESULT);
        response.headers_mut().insert("mcp-session-id", "session-1".parse().unwrap());
        return Some(response);
    }
    asked.says("notifications/initialized").then(accepted)
}

fn id_of(asked: &Asked) -> u64 {
    message(&asked.body).id().and_then(Id::as_number).unwrap()
}
