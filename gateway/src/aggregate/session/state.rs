//! What is known about a session with all servers.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::super::merge::Capabilities;
use super::super::names::Names;
use crate::message::{Id, Message};
use crate::pipeline::Receipt;
use crate::protocol::Fault;
use crate::upstream::Stream;

/// The most requests in flight, of each kind.
const MOST: usize = 10_000;

/// The most requests that were taken back whose late answers still find their way.
const TAKEN_BACK: usize = 1000;

/// What the identifiers of our own requests begin with. No client uses them.
const OWN: &str = "mcp-guard.all.";

/// How it stands with the session of one server.
#[derive(Clone, Debug)]
pub(super) enum Phase {
    /// The client has not begun.
    Unopened,
    /// The server was asked and has not answered.
    Opening,
    /// It is open.
    Open(Message),
    /// It could not be opened, because of this; it is tried again with the next list.
    Out(String),
}

/// Where a request of the client is being answered.
#[derive(Clone, Debug)]
pub(super) enum Whose {
    /// By a server, on this stream of the client.
    Server(usize, Stream, Receipt),
    /// Here, until this is cancelled.
    Gateway(CancellationToken),
    /// Here, and it cannot be taken back.
    Opening,
}

/// A request of ours to a server.
#[derive(Debug)]
pub(super) struct Ours {
    pub(super) server: usize,
    /// The client's stream that it is asked for.
    pub(super) stream: Stream,
    pub(super) answer: oneshot::Sender<Message>,
}

/// A request of a server to the client.
#[derive(Debug)]
struct Asked {
    server: usize,
    id: Id,
    token: Option<Id>,
}

pub(super) struct State {
    pub(super) phases: Vec<Phase>,
    /// The client's `initialize`, and whether it was answered.
    pub(super) opening: Option<Message>,
    /// Whose `initialize` it is.
    pub(super) opener: Arc<str>,
    pub(super) opened: bool,
    /// What the client has said since that a server which comes later must know.
    pub(super) initialized: Option<Message>,
    pub(super) level: Option<Message>,
    /// The client's stream of what belongs to no request.
    pub(super) listening: Option<Stream>,
    /// By server: the last event on that stream.
    pub(super) marks: Vec<Option<String>>,
    pub(super) ours: HashMap<Id, Ours>,
    requests: HashMap<Id, Whose>,
    /// Of servers, which may or may not answer them.
    taken_back: VecDeque<(usize, Id)>,
    asked: HashMap<u64, Asked>,
    next: u64,
    closed: bool,
}

impl State {
    pub(super) fn new(servers: usize, opener: Arc<str>) -> Self {
        Self {
            phases: vec![Phase::Unopened; servers],
            opening: None,
            opener,
            opened: false,
            initialized: None,
            level: None,
            listening: None,
            marks: vec![None; servers],
            ours: HashMap::new(),
            requests: HashMap::new(),
            taken_back: VecDeque::new(),
            asked: HashMap::new(),
            next: 1,
            closed: false,
        }
    }

    /// The servers with open sessions.
    pub(super) fn open(&self) -> Vec<usize> {
        let open = self.phases.iter().enumerate();
        open.filter(|(_, phase)| matches!(phase, Phase::Open(_)))
            .map(|(server, _)| server)
            .collect()
    }

    /// Whether a server has a capability.
    pub(super) fn has(&self, server: usize, capability: &str) -> bool {
        match self.phases.get(server) {
            Some(Phase::Open(answer)) => Capabilities::of(answer).has(capability),
            _ => false,
        }
    }

    /// Whether something can be said to a server, or why not.
    pub(super) fn reachable(&self, server: usize) -> Result<(), String> {
        if self.closed {
            return Err("the session is closed".to_owned());
        }
        match self.phases.get(server) {
            Some(Phase::Out(why)) => Err(why.clone()),
            Some(Phase::Opening) if self.opened => Err("it is still being opened".to_owned()),
            _ => Ok(()),
        }
    }

    /// A request of the client is in flight from now on.
    pub(super) fn begin(&mut self, id: Id, whose: Whose) -> Result<(), Fault> {
        let fault =
            |why: &str| Err(Fault::new(Fault::INVALID_REQUEST, format!("Invalid request: {why}")));
        if self.closed {
            return fault("the session is closed");
        }
        if is_own(&id) {
            return fault("this identifier is the gateway's own");
        }
        if self.requests.len() >= MOST {
            return fault("too many requests are in flight");
        }
        if self.requests.contains_key(&id) {
            return fault("a request with this identifier is in flight");
        }
        self.taken_back.retain(|(_, taken)| *taken != id);
        self.requests.insert(id, whose);
        Ok(())
    }

    pub(super) fn whose(&self, id: &Id) -> Option<Whose> {
        self.requests.get(id).cloned()
    }

    /// The client takes a request back. One that a server was asked is in flight no more.
    pub(super) fn take_back(&mut self, id: &Id) -> Option<Whose> {
        let whose = self.whose(id);
        if let Some(Whose::Server(server, ..)) = whose {
            self.requests.remove(id);
            if self.taken_back.len() >= TAKEN_BACK {
                self.taken_back.pop_front();
            }
            self.taken_back.push_back((server, id.clone()));
        }
        whose
    }

    /// A server answers: whether it was asked.
    pub(super) fn answered_by(&mut self, server: usize, id: &Id) -> bool {
        if matches!(self.requests.get(id), Some(Whose::Server(of, ..)) if *of == server) {
            self.requests.remove(id);
            return true;
        }
        let late = self.taken_back.iter().position(|(of, taken)| *of == server && taken == id);
        late.and_then(|place| self.taken_back.remove(place)).is_some()
    }

    /// A request of the client is answered.
    pub(super) fn end(&mut self, id: &Id) -> Option<Whose> {
        self.requests.remove(id)
    }

    /// Notes a request of ours, and returns its identifier.
    pub(super) fn ask(&mut self, ours: Ours) -> Option<Id> {
        if self.closed || self.ours.len() >= MOST {
            return None;
        }
        let id = Id::text(&format!("{OWN}{}", self.next));
        self.next += 1;
        self.ours.insert(id.clone(), ours);
        Some(id)
    }

    /// A server asks the client something: the identifier that the client sees, which is the token
    /// of its progress too. `None` if there is no more room.
    pub(super) fn asks(&mut self, server: usize, id: Id, token: Option<Id>) -> Option<u64> {
        if self.asked.len() >= MOST {
            return None;
        }
        let number = self.next;
        self.next += 1;
        self.asked.insert(number, Asked { server, id, token });
        Some(number)
    }

    /// The client answers: who asked, and by which identifier.
    pub(super) fn answered(&mut self, number: u64) -> Option<(usize, Id)> {
        self.asked.remove(&number).map(|asked| (asked.server, asked.id))
    }

    /// Whose the token of this number is, and how it was spelled.
    pub(super) fn token(&self, number: u64) -> Option<(usize, Id)> {
        let asked = self.asked.get(&number)?;
        Some((asked.server, asked.token.clone()?))
    }

    /// A server takes back what it asked: the identifier that the client knows.
    pub(super) fn taken_back(&mut self, server: usize, id: &Id) -> Option<u64> {
        let its = |asked: &Asked| asked.server == server && asked.id == *id;
        let number = self.asked.iter().find(|(_, asked)| its(asked)).map(|(number, _)| *number)?;
        self.asked.remove(&number);
        Some(number)
    }

    /// The connection to a server is gone: what the client waits for in vain.
    pub(super) fn lose(&mut self, server: usize, why: &str) -> Vec<(Id, Stream, Receipt)> {
        if let Some(phase) = self.phases.get_mut(server) {
            *phase = Phase::Out(why.to_owned());
        }
        self.ours.retain(|_, ours| ours.server != server);
        self.asked.retain(|_, asked| asked.server != server);
        let its = |whose: &Whose| matches!(whose, Whose::Server(of, ..) if *of == server);
        let lost = self.requests.extract_if(|_, whose| its(whose));
        lost.filter_map(|(id, whose)| match whose {
            Whose::Server(_, stream, receipt) => Some((id, stream, receipt)),
            Whose::Gateway(_) | Whose::Opening => None,
        })
        .collect()
    }

    /// The client is gone: what is to be cancelled.
    pub(super) fn close(&mut self) -> Vec<CancellationToken> {
        self.closed = true;
        self.ours.clear();
        self.asked.clear();
        let requests = self.requests.drain();
        requests
            .filter_map(|(_, whose)| match whose {
                Whose::Gateway(token) => Some(token),
                Whose::Server(..) | Whose::Opening => None,
            })
            .collect()
    }
}

/// Whether an identifier is one of ours.
pub(super) fn is_own(id: &Id) -> bool {
    crate::message::text(id.json()).is_some_and(|text| text.starts_with(OWN))
}

/// The mark of an event as the client gets it: unique among the servers. It tells whether the event
/// belonged to no request.
pub(super) fn marked(server: &str, standalone: bool, mark: &str) -> String {
    let kind = if standalone { "*" } else { "" };
    format!("{server}{kind}:{mark}")
}

/// The server of a mark, whether it belonged to no request, and the mark as the server gave it.
pub(super) fn resumed(names: &Names, mark: &str) -> Option<(usize, bool, String)> {
    let (server, mark) = mark.split_once(':')?;
    let (server, standalone) = match server.strip_suffix('*') {
        Some(server) => (server, true),
        None => (server, false),
    };
    Some((names.place(server)?, standalone, mark.to_owned()))
}
