//! The part of GitHub's API that is used, for one repository `o/r` with one pull request.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

/// What the token in the tests is. No text of a test holds it for another reason.
pub(crate) const TOKEN: &str = "ghs_MOCKtokenMOCKtokenMOCKtokenMOCKtoken";

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// How a request goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    Status(u16, &'static str, &'static [(&'static str, &'static str)]),
    /// The request is done, but its answer breaks off.
    Truncated,
    Html,
    /// Elsewhere with the same path.
    Redirect(u16, &'static str),
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) head: String,
    pub(crate) comments: Vec<Value>,
    pub(crate) files: Vec<Value>,
    pub(crate) review_comments: Vec<Value>,
    pub(crate) reviews: Vec<Value>,
    pub(crate) asked: Vec<Asked>,
    /// Method, a part of the path, and what happens so many times.
    pub(crate) faults: Vec<(&'static str, &'static str, Fault, usize)>,
    /// What the head is after the next fault.
    pub(crate) moves_to: Option<String>,
    /// A comment that is gone after the next fault.
    pub(crate) forgets: Option<u64>,
    next_id: u64,
}

pub(crate) struct GitHub {
    address: String,
    state: Arc<Mutex<State>>,
}

impl GitHub {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { next_id: 1000, ..State::default() }));
        let (shared, here) = (Arc::clone(&state), address.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, here) = (Arc::clone(&shared), here.clone());
                std::thread::spawn(move || serve(stream, &shared, &here));
            }
        });
        Self { address, state }
    }

    /// The address, under a path as that of GitHub Enterprise Server.
    pub(crate) fn api(&self) -> String {
        format!("{}/api/v3", self.address)
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn fails(&self, method: &'static str, path: &'static str, fault: Fault) -> &Self {
        self.fails_often(method, path, fault, 1)
    }

    pub(crate) fn fails_often(
        &self,
        method: &'static str,
        path: &'static str,
        fault: Fault,
        times: usize,
    ) -> &Self {
        self.state().faults.push((method, path, fault, times));
        self
    }

    pub(crate) fn comment(&self, body: &str, kind: &str) -> u64 {
        let mut state = self.state();
        state.next_id += 1;
        let comment = comment(state.next_id, body, kind);
        state.comments.push(comment);
        state.next_id
    }

    /// Texts of the comments with the marker.
    pub(crate) fn ours(&self) -> Vec<String> {
        let state = self.state();
        let bodies = state.comments.iter().map(|comment| comment["body"].as_str().unwrap());
        bodies.filter(|body| body.starts_with("<!-- mcp-guard:v1:")).map(str::to_owned).collect()
    }

    /// The requests with this method, as paths, which are forgotten then.
    pub(crate) fn asked(&self, method: &str) -> Vec<String> {
        let state = self.state();
        let asked = state.asked.iter().filter(|asked| asked.method == method);
        asked.map(|asked| asked.path.clone()).collect()
    }

    /// Everything that would change something.
    pub(crate) fn writes(&self) -> usize {
        self.state().asked.iter().filter(|asked| asked.method != "GET").count()
    }

    pub(crate) fn forget(&self) {
        self.state().asked.clear();
    }
}

fn comment(id: u64, body: &str, kind: &str) -> Value {
    let login = if kind == "Bot" { "github-actions[bot]" } else { "somebody" };
    json!({
        "id": id,
        "body": body,
        "user": { "login": login, "type": kind },
        "html_url": format!("https://github.com/o/r/pull/7#issuecomment-{id}"),
    })
}

fn serve(stream: TcpStream, state: &Mutex<State>, here: &str) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let Some(asked) = read(&mut reader) else { return };
    let mut state = state.lock().unwrap();
    let fault = state.faults.iter_mut().find(|(method, path, _, times)| {
        *times > 0 && *method == asked.method && asked.path.contains(path)
    });
    let fault = fault.map(|(_, _, fault, times)| {
        *times -= 1;
        *fault
    });
    if fault.is_some()
        && let Some(head) = state.moves_to.take()
    {
        state.head = head;
    }
    if fault.is_some()
        && let Some(id) = state.forgets.take()
    {
        state.comments.retain(|comment| comment["id"] != id);
    }
    state.asked.push(asked.clone());
    let mut stream = stream;
    match fault {
        Some(Fault::Status(status, message, headers)) => {
            let body = json!({ "message": message, "documentation_url": "https://docs" });
            send(&mut stream, status, headers, &body.to_string());
        }
        Some(Fault::Html) => send(&mut stream, 200, &[], "<html><body>Sign in</body></html>"),
        Some(Fault::Redirect(status, to)) => {
            let path = asked.path.strip_prefix("/api/v3").unwrap();
            send(&mut stream, status, &[("location", &format!("{to}{path}"))], "");
        }
        Some(Fault::Truncated) => {
            answer(&mut state, &asked, here);
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n[{";
            let _ = stream.write_all(head.as_bytes());
        }
        None => {
            let (status, link, body) = answer(&mut state, &asked, here);
            let link = link.map(|link| ("link", link));
            let headers: Vec<(&str, &str)> = link.iter().map(|(k, v)| (*k, v.as_str())).collect();
            let body = if status == 204 { String::new() } else { body.to_string() };
            send(&mut stream, status, &headers, &body);
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method, path, headers, body: String::from_utf8(body).unwrap() })
}

fn send(stream: &mut TcpStream, status: u16, headers: &[(&str, &str)], body: &str) {
    let mut head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    // Whoever asked may be gone.
    let _ = stream.write_all(format!("{head}\r\n{body}").as_bytes());
}

/// Status, link to the next page, body.
fn answer(state: &mut State, asked: &Asked, here: &str) -> (u16, Option<String>, Value) {
    let missing = || (404, None, json!({ "message": "Not Found" }));
    if !asked.headers.contains(&("authorization".to_owned(), format!("Bearer {TOKEN}"))) {
        return (401, None, json!({ "message": "Bad credentials" }));
    }
    let Some(path) = asked.path.strip_prefix("/api/v3/repos/o/r") else { return missing() };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
    match (asked.method.as_str(), path) {
        ("GET", "/issues/7/comments") => page(&state.comments, path, query, here),
        ("GET", "/pulls/7/files") => page(&state.files, path, query, here),
        ("GET", "/pulls/7/comments") => page(&state.review_comments, path, query, here),
        ("GET", "/pulls/7") => (200, None, json!({ "number": 7, "head": { "sha": state.head } })),
        ("POST", "/issues/7/comments") => {
            let text = body["body"].as_str().unwrap();
            if text.encode_utf16().count() > 65_536 {
                return (422, None, json!({ "message": "Body is too long" }));
            }
            state.next_id += 1;
            let new = comment(state.next_id, text, "Bot");
            state.comments.push(new.clone());
            (201, None, new)
        }
        ("POST", "/pulls/7/reviews") => {
            state.reviews.push(body.clone());
            for new in body["comments"].as_array().unwrap() {
                let known = json!({ "body": new["body"], "user": { "type": "Bot", "login": "github-actions[bot]" } });
                state.review_comments.push(known);
            }
            (200, None, json!({ "id": 1 }))
        }
        (method, path) => {
            let id = path.strip_prefix("/issues/comments/").and_then(|id| id.parse::<u64>().ok());
            let at = id.and_then(|id| state.comments.iter().position(|c| c["id"] == id));
            match (method, at) {
                ("PATCH", Some(at)) => {
                    state.comments[at]["body"] = body["body"].clone();
                    (200, None, state.comments[at].clone())
                }
                ("DELETE", Some(at)) => {
                    state.comments.remove(at);
                    (204, None, Value::Null)
                }
                _ => missing(),
            }
        }
    }
}

fn page(items: &[Value], path: &str, query: &str, here: &str) -> (u16, Option<String>, Value) {
    let number = |key: &str, usual: usize| {
        let values = query.split('&').filter_map(|part| part.split_once('='));
        values.clone().find(|(name, _)| *name == key).map_or(usual, |(_, v)| v.parse().unwrap())
    };
    let (size, page) = (number("per_page", 30), number("page", 1));
    let part: Vec<Value> = items.iter().skip(size * (page - 1)).take(size).cloned().collect();
    let next = (items.len() > size * page).then(|| {
        let next = page + 1;
        format!("<{here}/api/v3/repos/o/r{path}?per_page={size}&page={next}>; rel=\"next\"")
    });
    (200, next, Value::Array(part))
}
