//! A gateway in front of shell scripts, while its configuration changes.
#![cfg(unix)]

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use super::{Gateway, rules};
use crate::auth::Auth;
use crate::config::{Config, ConfigFile, Uses};
use crate::front::{Endpoint, Services as _};
use crate::house::Means;
use crate::message::Message;
use crate::pipeline::{Caller, Front, Gate};
use crate::protocol::Era;
use crate::record::metrics::Metrics;
use crate::record::{DecisionLog, RequestIds};
use crate::service::Conversation;
use crate::upstream::child::OrphanGuard;
use crate::upstream::{Arrival, Pressure, Receiver, Stream, What};

/// Answers everything by its name, but for a tool that it never answers.
const SERVER: &str = r#"
echo $$ >> "$2"
while IFS= read -r line; do
  id=$(printf '%s' "$line" | sed -nE 's/.*"id":("[^"]*"|[0-9]+).*/\1/p')
  case "$line" in
    *'"never"'*) continue ;;
    *'"server/discover"'*) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no"}}\n' "$id"; continue ;;
    *'"initialize"'*) result='{"protocolVersion":"2025-11-25","capabilities":{"tools":{},"resources":{}},"serverInfo":{"name":"s","version":"1"}}' ;;
    *'"resources/list"'*) result='{"resources":[{"uri":"x:'$1'","name":"r"}]}' ;;
    *'"tools/list"'*) result='{"tools":[{"name":"t","inputSchema":{}}]}' ;;
    *) result='{"content":[],"contents":[],"by":"'$1'"}' ;;
  esac
  [ -z "$id" ] || printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$result"
done
"#;
const SOON: Duration = Duration::from_secs(20);

struct Stage {
    gateway: Arc<Gateway>,
    directory: TempDir,
}

impl Stage {
    /// With servers by these names, which say that they are these.
    fn new(servers: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = config(&directory, servers, &json!({}));
        let metrics = Arc::new(Metrics::new("test", jiff::Timestamp::UNIX_EPOCH));
        let rules = rules(&config, &[], Arc::new(Auth::None), &metrics);
        let ids = RequestIds::new([0; 16]);
        let gate = Gate::new(rules, DecisionLog::none(), ids, jiff::Timestamp::now);
        let (orphans, endings) = (OrphanGuard::None, TaskTracker::new());
        let means = Means { gate, metrics, orphans, wrapped: None, endings };
        Self { gateway: Gateway::open(&config, means).unwrap(), directory }
    }

    fn reload(&self, servers: &[(&str, &str)], more: &Value) {
        let config = config(&self.directory, servers, more);
        let metrics = self.gateway.metrics();
        let rules = rules(&config, &[], Arc::new(Auth::None), metrics);
        self.gateway.reload(&config, rules).unwrap();
    }

    fn talk(&self, endpoint: Endpoint) -> Talk {
        let caller =
            Caller { principal: "p".into(), front: Front::Http, era: Era::Session, session: None };
        let (caller, gateway) = (Arc::new(caller), Arc::clone(&self.gateway));
        let (read, reads) = mpsc::unbounded_channel();
        let conversation = gateway.converse(&endpoint, &caller, Arc::new(Client(read))).unwrap();
        Talk { gateway, endpoint, caller, conversation, reads }
    }

    /// The processes that were started for servers that say that they are this.
    fn processes(&self, word: &str) -> Vec<String> {
        let pids = std::fs::read_to_string(self.directory.path().join(word)).unwrap_or_default();
        pids.lines().map(str::to_owned).collect()
    }
}

fn config(directory: &TempDir, servers: &[(&str, &str)], more: &Value) -> Config {
    let at = |word: &str| directory.path().join(word).to_str().unwrap().to_owned();
    let servers: serde_json::Map<String, Value> = servers
        .iter()
        .map(|(name, word)| {
            let args = json!(["-c", SERVER, "sh", word, at(word)]);
            ((*name).to_owned(), json!({ "command": "sh", "args": args }))
        })
        .collect();
    let mut config = json!({ "version": 1, "servers": servers });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let path = directory.path().join("mcp-guard.yaml");
    let file = ConfigFile::read(config.to_string().as_bytes(), &path, directory.path(), None);
    file.unwrap().resolve(&Uses::all(), &|_| None).unwrap()
}

struct Client(mpsc::UnboundedSender<Value>);

impl Receiver for Client {
    fn receive(&self, arrival: Arrival) -> Pressure {
        if let What::Message(message) = arrival.what {
            let _ = self.0.send(serde_json::from_str(message.json()).unwrap());
        }
        Pressure::Free
    }

    fn lost(&self, why: &str) {
        let _ = self.0.send(why.into());
    }
}

struct Talk {
    gateway: Arc<Gateway>,
    endpoint: Endpoint,
    caller: Arc<Caller>,
    conversation: Arc<dyn Conversation>,
    reads: mpsc::UnboundedReceiver<Value>,
}

impl Talk {
    fn say(&self, json: &Value) -> Option<Value> {
        let message = Message::read(json.to_string().into()).unwrap();
        let stream = message.id().cloned().map_or(Stream::Standalone, Stream::Request);
        let router = self.conversation.router();
        match self.gateway.admit_in(&self.endpoint, router, &self.caller, message) {
            Ok(permitted) => {
                let _ = self.conversation.say(permitted, stream);
                None
            }
            Err(refused) => Some(serde_json::from_str(refused.answer.unwrap().json()).unwrap()),
        }
    }

    async fn next(&mut self) -> Value {
        tokio::time::timeout(SOON, self.reads.recv()).await.unwrap().unwrap()
    }

    async fn ask(&mut self, method: &str, params: Value) -> Value {
        let asked = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
        if let Some(refused) = self.say(&asked) {
            return refused;
        }
        loop {
            let answer = self.next().await;
            if answer["id"] == 7 || answer.is_string() {
                return answer;
            }
        }
    }

    async fn open(&mut self) {
        let info = json!({ "name": "c", "version": "1" });
        let params = json!({
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info
        });
        assert!(self.ask("initialize", params).await["result"].is_object());
        self.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
    }

    async fn call(&mut self, tool: &str) -> Value {
        self.ask("tools/call", json!({ "name": tool })).await
    }

    /// The word of the server that takes a call.
    async fn by(&mut self, tool: &str) -> String {
        let answer = self.call(tool).await;
        answer["result"]["by"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    async fn tools(&mut self) -> Vec<String> {
        let answer = self.ask("tools/list", json!({})).await;
        let tools = answer["result"]["tools"].as_array().unwrap();
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }
}

fn guard(answer: &Value) -> &str {
    answer["error"]["data"]["guard"]["code"].as_str().unwrap_or_default()
}

fn runs(pid: &str) -> bool {
    let mut kill = Command::new("kill");
    kill.args(["-0", pid]).stderr(Stdio::null()).status().unwrap().success()
}

#[tokio::test]
async fn servers_that_were_left_end_with_the_gateway() {
    let stage = Stage::new(&[("a", "one")]);
    let caller =
        Caller { principal: "p".into(), front: Front::Http, era: Era::Stateless, session: None };
    let caller = Arc::new(caller);
    let endpoint = Endpoint::Server("a".into());
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "never",
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {}
        }
    } });
    let message = Message::read(call.to_string().into()).unwrap();
    let permitted = stage.gateway.admit(&endpoint, &caller, message).unwrap();
    let mut under_way = stage.gateway.calls(&endpoint).unwrap().call(&caller, permitted);
    // One is asked what it speaks, the other has the session.
    let start = Instant::now();
    while stage.processes("one").len() < 2 {
        assert!(start.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stage.reload(&[("a", "two")], &json!({}));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let running = |pids: Vec<String>| pids.iter().filter(|pid| runs(pid)).count();
    assert!(runs(&stage.processes("one")[1]));
    stage.gateway.close(SOON).await;
    assert_eq!(running(stage.processes("one")), 0);
    assert!(under_way.next().await.is_some());
}

#[tokio::test]
async fn a_conversation_with_all_goes_on_with_the_servers_that_it_began_with() {
    let stage = Stage::new(&[("a", "one"), ("b", "two")]);
    let mut old = stage.talk(Endpoint::All);
    old.open().await;
    assert_eq!(old.by("b__t").await, "two");
    // Another server comes before them, one is another, and routes change.
    let routes = json!({ "routes": [{ "mode": "tool", "tool_name": "b__t", "target": "new" }] });
    stage.reload(&[("new", "three"), ("a", "one"), ("b", "four")], &routes);
    assert!(old.conversation.is_outdated());
    assert_eq!(old.by("a__t").await, "one");
    assert_eq!(old.by("b__t").await, "two");
    assert_eq!(guard(&old.call("new__t").await), "no_route_matched");
    assert_eq!(old.tools().await, ["a__t", "b__t"]);
    let mut new = stage.talk(Endpoint::All);
    new.open().await;
    assert!(!new.conversation.is_outdated());
    assert_eq!(new.by("b__t").await, "three");
    assert_eq!(new.by("a__t").await, "one");
    // What policy says now counts for both.
    let policies = json!({ "policies": { "deny": ["b.*", "new.*"] } });
    stage.reload(&[("new", "three"), ("a", "one"), ("b", "four")], &policies);
    assert_eq!(guard(&old.call("b__t").await), "tool_denied");
    assert_eq!(guard(&new.call("new__t").await), "tool_denied");
    assert_eq!(old.tools().await, ["a__t"]);
    old.conversation.close();
    let start = Instant::now();
    while stage.processes("two").iter().any(|pid| runs(pid)) {
        assert!(start.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_server_that_is_removed_takes_nothing_new() {
    let stage = Stage::new(&[("a", "one"), ("b", "two")]);
    let (mut all, mut alone) =
        (stage.talk(Endpoint::All), stage.talk(Endpoint::Server("b".into())));
    all.open().await;
    alone.open().await;
    // It is configured otherwise first, and open conversations stay.
    stage.reload(&[("a", "one"), ("b", "three")], &json!({}));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(all.by("b__t").await, "two");
    assert_eq!(alone.by("t").await, "two");
    alone.say(&json!({
        "jsonrpc": "2.0", "id": 8, "method": "tools/call", "params": { "name": "never" }
    }));
    let more = json!({ "http": { "drain_timeout": "1s" } });
    stage.reload(&[("a", "one")], &more);
    assert_eq!(guard(&all.call("b__t").await), "upstream_unavailable");
    assert_eq!(guard(&alone.call("t").await), "upstream_unavailable");
    assert!(stage.gateway.has(&Endpoint::Server("b".into())));
    let start = Instant::now();
    assert_eq!(alone.next().await, "the server is no longer configured");
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(all.tools().await, ["a__t"]);
    assert_eq!(guard(&all.call("b__t").await), "upstream_unavailable");
    assert_eq!(all.by("a__t").await, "one");
    let start = Instant::now();
    while stage.gateway.has(&Endpoint::Server("b".into())) {
        assert!(start.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_was_learnt_about_the_same_servers_is_kept() {
    let servers = [("a", "one"), ("b", "two")];
    let stage = Stage::new(&servers);
    let mut old = stage.talk(Endpoint::All);
    old.open().await;
    old.ask("resources/list", json!({})).await;
    stage.reload(&servers, &json!({ "policies": { "deny": ["a.x"] } }));
    assert!(!old.conversation.is_outdated());
    let routes = json!({ "routes": [{ "mode": "default", "target": "a" }] });
    stage.reload(&servers, &routes);
    let mut new = stage.talk(Endpoint::All);
    new.open().await;
    let read = new.ask("resources/read", json!({ "uri": "x:two" })).await;
    assert_eq!(read["result"]["by"], "two", "{read}");
    // A server comes before them, and one is another.
    let servers = [("new", "three"), ("a", "four"), ("b", "two")];
    stage.reload(&servers, &json!({ "routes": [{ "mode": "default", "target": "new" }] }));
    let mut newer = stage.talk(Endpoint::All);
    newer.open().await;
    for (uri, by) in [("x:two", "two"), ("x:one", "three")] {
        let read = newer.ask("resources/read", json!({ "uri": uri })).await;
        assert_eq!(read["result"]["by"], by, "{read}");
    }
}
