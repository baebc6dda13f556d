//! What is in a session.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use super::answer::Opened;
use super::flight::Call;
use super::listen::Listen;
use crate::message::{Id, Message};
use crate::pipeline::Pass;
use crate::session::take_back;
use crate::upstream::child::backoff::Backoff;
use crate::upstream::{Link, Mark, Stream};

/// The identifier of `initialize`. Those of all else come after it.
pub(super) const OPENING: u64 = 0;

pub(super) struct Inner {
    pub(super) state: State,
    /// Counts connections: what comes over an older one is not heard.
    pub(super) connection: u64,
    pub(super) backoff: Backoff,
    pub(super) calls: HashMap<u64, Call>,
    pub(super) listens: BTreeMap<u64, Listen>,
    /// How many listens want to hear about a resource.
    pub(super) subscriptions: HashMap<String, usize>,
    /// The identifier of our next request.
    next: u64,
    used: Instant,
    /// The last event on the stream of what belongs to no request.
    pub(super) standalone: Mark,
}

pub(super) enum State {
    Idle,
    Connecting {
        queue: Vec<Work>,
        since: Instant,
    },
    /// `initialize` is under way.
    Opening {
        link: Arc<dyn Link>,
        queue: Vec<Work>,
        since: Instant,
    },
    Up {
        link: Arc<dyn Link>,
        opened: Arc<Opened>,
        since: Instant,
    },
    /// Not before then.
    Resting {
        until: Instant,
        why: String,
    },
    Closed,
}

/// What waits for the session to be open. The number is that of the call or the listen.
pub(super) enum Work {
    Send(u64, Pass),
    Discover(u64),
    Listen(u64),
}

impl Work {
    pub(super) const fn number(&self) -> u64 {
        match self {
            Self::Send(number, _) | Self::Discover(number) | Self::Listen(number) => *number,
        }
    }
}

impl Inner {
    pub(super) fn new() -> Self {
        Self {
            state: State::Idle,
            connection: 0,
            backoff: Backoff::default(),
            calls: HashMap::new(),
            listens: BTreeMap::new(),
            subscriptions: HashMap::new(),
            next: OPENING + 1,
            used: Instant::now(),
            standalone: Mark::default(),
        }
    }

    /// Since when there is nothing in it.
    pub(super) fn unused_since(&self) -> Option<Instant> {
        (self.calls.is_empty() && self.listens.is_empty()).then_some(self.used)
    }

    /// An identifier of our own.
    pub(super) fn number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        self.used = Instant::now();
        number
    }

    /// Something was in it until now.
    pub(super) fn touch(&mut self) {
        self.used = Instant::now();
    }

    /// A call is over.
    pub(super) fn finish(&mut self, number: u64) -> Option<Call> {
        self.used = Instant::now();
        self.calls.remove(&number)
    }

    /// Sends if the session is open. The number of calls bounds what waits to be written.
    pub(super) fn send(&self, pass: Pass, stream: Stream) {
        if let State::Up { link, .. } = &self.state {
            let _ = link.send(pass, stream);
        }
    }

    pub(super) fn link(&self) -> Option<Arc<dyn Link>> {
        match &self.state {
            State::Up { link, .. } | State::Opening { link, .. } => Some(Arc::clone(link)),
            _ => None,
        }
    }

    /// A request of the gateway itself, whose answer does not matter.
    pub(super) fn own_request(&mut self, method: &str, name: &str, value: &str) {
        let number = self.number();
        let message = Message::made(format!(
            r#"{{"jsonrpc":"2.0","id":{number},"method":"{method}","params":{{"{name}":{}}}}}"#,
            Value::from(value)
        ));
        self.send(Pass::own(message), Stream::Exchange(number));
    }

    /// Nobody wants the answer of a call: it is over, and the server is told.
    pub(super) fn stop(&mut self, number: u64) -> Option<Call> {
        let mut call = self.finish(number)?;
        if let Some(link) = self.link() {
            call.round.decline(&*link, number);
        }
        self.unqueue(number);
        if let State::Up { link, .. } = &self.state {
            let message = take_back(&Id::number(number));
            let _ = link.send(Pass::own(message), Stream::Standalone);
            link.leave(&Stream::Exchange(number));
        }
        Some(call)
    }

    /// What still waits for the session need not be done.
    pub(super) fn unqueue(&mut self, number: u64) {
        if let State::Connecting { queue, .. } | State::Opening { queue, .. } = &mut self.state {
            queue.retain(|work| work.number() != number);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{Inner, State, Work};

    #[test]
    fn what_nobody_wants_any_more_does_not_wait() {
        let mut inner = Inner::new();
        let queue = vec![Work::Discover(1), Work::Listen(2), Work::Discover(3)];
        inner.state = State::Connecting { queue, since: Instant::now() };
        inner.unqueue(2);
        let State::Connecting { queue, .. } = inner.state else { panic!() };
        assert_eq!(queue.iter().map(Work::number).collect::<Vec<_>>(), [1, 3]);
    }
}
