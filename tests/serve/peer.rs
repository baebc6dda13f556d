//! An MCP server over standard input and output that behaves as it is told, however badly.
//!
//! `scripted-peer --record FILE [--era legacy|modern] [--script FILE] [--ignore-eof] [--deaf]`
//!
//! Each line that it reads is appended to the record as it came, after a line `#start PID` for each
//! process. With a script it answers each line by the block of lines that stands there for it; a
//! block ends with an empty line.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

fn main() -> std::io::Result<()> {
    let mut peer = Peer::default();
    let (mut record, mut script, mut outlives, mut deaf) = (None, None, false, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--record" => record = arguments.next(),
            "--era" => peer.modern = arguments.next().as_deref() == Some("modern"),
            "--script" => script = arguments.next(),
            "--ignore-eof" => outlives = true,
            "--deaf" => deaf = true,
            other => return Err(std::io::Error::other(format!("unknown argument {other}"))),
        }
    }
    let record = record.ok_or_else(|| std::io::Error::other("--record FILE is missing"))?;
    let mut record = OpenOptions::new().create(true).append(true).open(record)?;
    record.write_all(format!("#start {}\n", std::process::id()).as_bytes())?;
    if deaf {
        sleep_for_ever();
    }
    match script {
        Some(script) => recite(&mut record, &std::fs::read(script)?)?,
        None => peer.serve(&mut record)?,
    }
    if outlives {
        sleep_for_ever();
    }
    Ok(())
}

fn sleep_for_ever() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

/// Reads a line into the record; none at the end.
fn listen(record: &mut File) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    if std::io::stdin().lock().read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    record.write_all(&line)?;
    line.pop();
    Ok(Some(line))
}

fn say(bytes: &[u8]) {
    let mut line = bytes.to_vec();
    line.push(b'\n');
    say_raw(&line);
}

fn say_raw(bytes: &[u8]) {
    let mut output = std::io::stdout().lock();
    // Whoever does not listen any more ends us soon.
    let _ = output.write_all(bytes).and_then(|()| output.flush());
}

fn recite(record: &mut File, script: &[u8]) -> std::io::Result<()> {
    let mut lines = script.split(|byte| *byte == b'\n');
    while listen(record)?.is_some() {
        for line in lines.by_ref().take_while(|line| !line.is_empty()) {
            say(line);
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Heard<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Call<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
    _meta: Option<Value>,
}

/// A request that waits for its answer.
#[derive(Clone)]
struct Question {
    id: String,
    modern: bool,
}

impl Question {
    fn result(&self, members: &str) {
        let kind = if self.modern { r#""resultType":"complete","# } else { "" };
        let id = &self.id;
        say(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{{kind}{members}}}}}"#).as_bytes());
    }

    fn content(&self, structured: &str) {
        self.result(&format!(r#""content":[],"structuredContent":{structured}"#));
    }

    fn error(&self, code: i32, message: &str) {
        let id = &self.id;
        say(format!(
            r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code},"message":"{message}"}}}}"#
        )
        .as_bytes());
    }
}

#[derive(Default)]
struct Peer {
    modern: bool,
    /// What we asked the client, and for whom.
    asked: Arc<Mutex<HashMap<String, Question>>>,
    asks: u64,
}

impl Peer {
    fn serve(&mut self, record: &mut File) -> std::io::Result<()> {
        while let Some(line) = listen(record)? {
            let items: Vec<&RawValue> = match line.first() {
                Some(b'[') => serde_json::from_slice(&line).unwrap_or_default(),
                _ => serde_json::from_slice(&line).into_iter().collect(),
            };
            for item in items {
                if let Ok(heard) = serde_json::from_str(item.get()) {
                    self.hear(&heard);
                }
            }
        }
        Ok(())
    }

    fn hear(&mut self, heard: &Heard<'_>) {
        let Some(method) = &heard.method else {
            let id = heard.id.map(RawValue::get).unwrap_or_default();
            let asker = self.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
            if let (Some(asker), Some(answer)) = (asker, heard.result.or(heard.error)) {
                asker.content(answer.get());
            }
            return;
        };
        let Some(id) = heard.id else { return };
        let question = Question { id: id.get().to_owned(), modern: self.modern };
        match (&**method, self.modern) {
            ("initialize", false) => {
                let params: Value = read(heard.params);
                let revision = params.get("protocolVersion").cloned().unwrap_or_default();
                question.result(&format!(
                    r#""protocolVersion":{revision},"capabilities":{{"tools":{{}},"logging":{{}},"resources":{{"subscribe":true}}}},"serverInfo":{{"name":"peer","version":"1"}}"#
                ));
            }
            ("server/discover", true) => question.result(
                r#""supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"serverInfo":{"name":"peer","version":"1"}"#,
            ),
            ("ping" | "logging/setLevel" | "resources/subscribe" | "resources/unsubscribe", _) => {
                question.result("");
            }
            ("tools/list", _) => {
                let tools = TOOLS
                    .map(|name| {
                        format!(r#"{{"name":"{name}","inputSchema":{{"type":"object"}}}}"#)
                    })
                    .join(",");
                question.result(&format!(r#""tools":[{tools}]"#));
            }
            ("tools/call", _) => match heard.params.map(|params| serde_json::from_str(params.get()))
            {
                Some(Ok(call)) => self.call(&call, question),
                _ => question.error(-32602, "Invalid params"),
            },
            _ => question.error(-32601, "Method not found"),
        }
    }

    fn call(&mut self, call: &Call<'_>, question: Question) {
        let raw = call.arguments.map_or("null", RawValue::get);
        let arguments: Value = read(call.arguments);
        let number = |name: &str| arguments.get(name).and_then(Value::as_u64).unwrap_or_default();
        match &*call.name {
            "echo" | "numbers" => question.content(raw),
            "slow" => {
                let (raw, delay) = (raw.to_owned(), Duration::from_millis(number("ms")));
                std::thread::spawn(move || {
                    std::thread::sleep(delay);
                    question.content(&raw);
                });
            }
            "never" => {}
            "die" => {
                say_raw(br#"{"jsonrpc":"2.0","id":"#);
                std::process::exit(3);
            }
            // What started us may hold standard output open or close it.
            "close" => std::process::exit(0),
            "twice" => {
                question.content("1");
                question.content("2");
            }
            "garbage" => {
                let strange: [&[u8]; 10] = [
                    b"ready to serve",
                    b"\xff\xfe{}",
                    b"",
                    b"\r",
                    b"null",
                    b"{}",
                    b"[1,",
                    b"\0",
                    br#"{"jsonrpc":"2.0","id":1}"#,
                    br#"{"jsonrpc":"2.0","result":{}}"#,
                ];
                strange.iter().for_each(|line| say(line));
                question.content(raw);
            }
            "flood" => {
                let (count, raw) = (number("count"), raw.to_owned());
                std::thread::spawn(move || {
                    let data = "x".repeat(100);
                    for n in 0..count {
                        say(format!(r#"{{"jsonrpc":"2.0","method":"notifications/message","params":{{"level":"info","data":"{n} {data}"}}}}"#).as_bytes());
                    }
                    question.content(&raw);
                });
            }
            "foreign" => {
                for id in [r#""nobody""#, "987654321", r#""mcp-guard/initialize/1/1""#] {
                    let foreign = Question { id: id.to_owned(), ..question };
                    foreign.content(r#""foreign""#);
                }
                say(br#"{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"foreign"}}"#);
                question.content(raw);
            }
            "ask" => self.ask(&arguments, question),
            "progress" => {
                let token = call._meta.as_ref().and_then(|meta| meta.get("progressToken"));
                for n in 0..number("count") {
                    let token = token.unwrap_or(&Value::Null);
                    say(format!(r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{token},"progress":{n}}}}}"#).as_bytes());
                }
                question.content(raw);
            }
            "big" => {
                let bytes = usize::try_from(number("bytes")).unwrap_or_default();
                question.content(&format!("\"{}\"", "x".repeat(bytes)));
            }
            "stderr" => {
                let line = format!("{}\n", "e".repeat(1023));
                for _ in 0..number("kib") {
                    let _ = std::io::stderr().write_all(line.as_bytes());
                }
                question.content(raw);
            }
            "environment" => {
                let all: HashMap<String, String> = std::env::vars_os()
                    .filter_map(|(name, value)| {
                        Some((name.into_string().ok()?, value.into_string().ok()?))
                    })
                    .collect();
                question.content(&serde_json::to_string(&all).unwrap_or_default());
            }
            _ => question.error(-32602, "Unknown tool"),
        }
    }

    fn ask(&mut self, arguments: &Value, question: Question) {
        self.asks += 1;
        let id = format!("\"ask-{}-{}\"", std::process::id(), self.asks);
        let method = arguments.get("method").and_then(Value::as_str);
        let method = method.unwrap_or("elicitation/create");
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), question);
        say(format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{"message":"which?"}}}}"#
        )
        .as_bytes());
    }
}

const TOOLS: [&str; 16] = [
    "echo",
    "numbers",
    "slow",
    "never",
    "die",
    "close",
    "twice",
    "garbage",
    "flood",
    "foreign",
    "ask",
    "progress",
    "big",
    "stderr",
    "environment",
    "delete_all",
];

fn read(json: Option<&RawValue>) -> Value {
    json.and_then(|json| serde_json::from_str(json.get()).ok()).unwrap_or_default()
}
