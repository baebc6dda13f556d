//! Servers that are killed and gateways that read their configuration again while clients call.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::gateway::{Gateway, Setup, guard, signal};

const SESSIONS: u64 = 8;
const SECONDS: &str = "MCP_GUARD_CHAOS_SECONDS";

/// Numbers that are the same in each run (xorshift, Marsaglia 2003).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// What became of the calls of one session.
#[derive(Debug, Default)]
struct Tally {
    asked: u64,
    answered: u64,
    lost: u64,
}

struct Session {
    number: u64,
    gateway: Gateway,
    waiting: HashMap<u64, Value>,
    tally: Tally,
}

impl Session {
    fn hear(&mut self, line: &[u8]) {
        let message: Value = serde_json::from_slice(line).unwrap();
        if message.get("method").is_some() {
            return;
        }
        let id = message["id"].as_u64().expect("the identifier of a request");
        let asked = self.waiting.remove(&id).unwrap_or_else(|| panic!("nobody asked: {message}"));
        if let Some(result) = message.get("result") {
            assert_eq!(result["structuredContent"], asked, "the answer to another request");
            self.tally.answered += 1;
        } else {
            assert_eq!(guard(&message), "upstream_unavailable", "{message}");
            self.tally.lost += 1;
        }
    }

    fn run(&mut self, until: Instant) {
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15 ^ (self.number + 1));
        while Instant::now() < until {
            let tool = ["echo", "slow", "slow", "progress", "garbage", "flood"];
            let tool = tool[usize::try_from(numbers.below(6)).unwrap()];
            let arguments = json!({ "session": self.number, "call": self.tally.asked, "ms": numbers.below(50), "count": numbers.below(100) });
            let id = self.gateway.call(tool, &arguments);
            self.waiting.insert(id, arguments);
            self.tally.asked += 1;
            match numbers.below(200) {
                0 => {
                    if let Some(peer) = self.gateway.peers().last() {
                        signal(*peer, "KILL");
                    }
                }
                1 => self.gateway.signal("HUP"),
                _ => {}
            }
            while let Some(line) =
                self.gateway.line_within(Duration::from_millis(numbers.below(20)))
            {
                self.hear(&line);
            }
        }
        while !self.waiting.is_empty() {
            let line = self.gateway.line().expect("an answer");
            self.hear(&line);
        }
    }
}

/// `MCP_GUARD_CHAOS_SECONDS=60 cargo test --test serve -- --ignored chaos`
#[test]
#[ignore = "takes a minute"]
fn chaos() {
    let seconds = std::env::var(SECONDS).ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let until = Instant::now() + Duration::from_secs(seconds);
    let sessions = (0..SESSIONS).map(|number| {
        std::thread::spawn(move || {
            let mut gateway =
                Setup::default().config("policies: { deny: [peer.delete_all] }").start();
            gateway.open("2025-06-18");
            let mut session =
                Session { number, gateway, waiting: HashMap::new(), tally: Tally::default() };
            session.run(until);
            session.gateway.echoes_again();
            let peers = session.gateway.peers().len();
            session.gateway.close();
            let (status, rest) = session.gateway.ended();
            assert!(status.success());
            for line in session.gateway.aside.iter().chain(&rest) {
                // Every call is answered: only what asks for nothing is left.
                let message: Value = serde_json::from_slice(line).unwrap();
                assert!(message.get("method").is_some(), "{message}");
            }
            session.gateway.leaves_nobody();
            (session.tally, peers)
        })
    });
    let sessions: Vec<_> = sessions.collect();
    let mut whole = Tally::default();
    let mut started = 0;
    for session in sessions {
        let (tally, peers) = session.join().expect("a session without fault");
        assert_eq!(tally.asked, tally.answered + tally.lost);
        whole.asked += tally.asked;
        whole.answered += tally.answered;
        whole.lost += tally.lost;
        started += peers;
    }
    println!("{whole:?}, {started} servers started");
    assert!(whole.answered > 0);
}
