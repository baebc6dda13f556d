//! The streams of one session, and which of them a message belongs to.

use std::collections::{BTreeMap, HashMap};
use std::task::Waker;
use std::time::{Duration, Instant};

use super::channel::{Channel, Look};
use crate::message::{Id, Message};
use crate::pipeline::Receipt;
use crate::protocol::{Code, Refusal};
use crate::upstream::{Arrival, Mark, Stream, What};

/// The stream of what belongs to no request.
pub(super) const STANDALONE: u64 = 0;

/// How much of a session is kept so that a broken stream can be taken up again.
const KEPT_BYTES: usize = 4 << 20;
const KEPT_FOR: Duration = Duration::from_secs(300);

/// All of them. Answers are waited for by the identifiers of their requests.
pub(super) struct Streams {
    pub(super) channels: BTreeMap<u64, Channel>,
    /// Which stream the answer to a request goes to.
    pub(super) open: HashMap<Id, Awaited>,
    pub(super) next: u64,
    pub(super) readers: u64,
    /// The size of all that is kept, delivered or not.
    pub(super) kept: usize,
    pub(super) look: Look,
    pub(super) draining: bool,
    pub(super) ended: bool,
}

/// A request that is not answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Awaited {
    /// The stream that the answer goes to.
    pub(super) number: u64,
    receipt: Receipt,
}

impl Streams {
    pub(super) fn new(legacy: bool) -> Self {
        Self {
            channels: BTreeMap::from([(STANDALONE, Channel::new(None))]),
            open: HashMap::new(),
            next: STANDALONE + 1,
            readers: 0,
            kept: 0,
            look: Look { primes: false, legacy },
            draining: false,
            ended: false,
        }
    }

    pub(super) fn add(&mut self, awaited: Option<usize>) -> (u64, u64) {
        let number = self.next;
        self.next += 1;
        self.readers += 1;
        let mut channel = Channel::new(awaited);
        channel.reader = Some(self.readers);
        self.channels.insert(number, channel);
        (number, self.readers)
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<Channel> {
        let channel = self.channels.remove(&number)?;
        self.kept = self.kept.saturating_sub(channel.size());
        if !channel.is_done() {
            self.open.retain(|_, awaited| awaited.number != number);
        }
        Some(channel)
    }

    /// A request is answered, or will not be: the stream that it was on.
    pub(super) fn answered(&mut self, id: &Id) -> Option<u64> {
        let number = self.open.remove(id)?.number;
        if let Some(channel) = self.channels.get_mut(&number) {
            channel.awaited = channel.awaited.map(|awaited| awaited.saturating_sub(1));
        }
        Some(number)
    }

    /// The answer to a request goes to this stream. If the session has ended, that is the answer.
    pub(super) fn expect(&mut self, number: u64, id: Id, receipt: Receipt) {
        self.open.insert(id, Awaited { number, receipt });
        if self.ended {
            self.give_up();
        }
    }

    /// Answers what will not be answered any more.
    pub(super) fn give_up(&mut self) {
        let refusal = Refusal::new(Code::UpstreamUnavailable, "the session has ended");
        let ids: Vec<Id> = self.open.keys().cloned().collect();
        for id in ids {
            let Some(Awaited { number, receipt }) = self.open.get(&id).copied() else { continue };
            self.answered(&id);
            self.push(number, Some(receipt.refuse(&id, &refusal)), None);
        }
    }

    pub(super) fn waker(&mut self, number: u64) -> Option<Waker> {
        self.channels.get_mut(&number)?.waker.take()
    }

    /// Where a message goes that nobody knows the stream of.
    pub(super) fn somewhere(&self) -> u64 {
        let is_read = |number: u64| {
            self.channels.get(&number).is_some_and(|channel| channel.reader.is_some())
        };
        if is_read(STANDALONE) {
            return STANDALONE;
        }
        let latest = |wanted: &dyn Fn(&Channel) -> bool| {
            let mut channels = self.channels.iter().rev();
            let found = channels.find(|(_, channel)| channel.reader.is_some() && wanted(channel));
            found.map(|(number, _)| *number)
        };
        latest(&|channel| channel.awaited.is_some_and(|awaited| awaited > 0))
            .or_else(|| latest(&|channel| channel.awaited.is_none()))
            .unwrap_or(STANDALONE)
    }

    pub(super) fn push(&mut self, number: u64, message: Option<Message>, mark: Option<Mark>) {
        let Some(channel) = self.channels.get_mut(&number) else { return };
        self.kept += channel.push(message, mark);
        if self.kept > KEPT_BYTES {
            self.shrink();
        }
    }

    /// Forgets the oldest until there is room: first what was delivered, then what nobody reads.
    pub(super) fn shrink(&mut self) {
        for unread in [false, true] {
            for channel in self.channels.values_mut() {
                let unread = unread && channel.reader.is_none();
                while self.kept > KEPT_BYTES {
                    let Some(size) = channel.forget(unread) else { break };
                    self.kept = self.kept.saturating_sub(size);
                }
            }
        }
    }

    /// The stream that an arrival goes to. An answer is taken off the list of those to come.
    pub(super) fn sort(&mut self, arrival: &Arrival) -> Option<u64> {
        let answer = match &arrival.what {
            What::Message(message) if message.is_answer() => Some(message.id()?),
            _ => None,
        };
        if self.look.legacy {
            return matches!(arrival.what, What::Message(_)).then_some(STANDALONE);
        }
        let answered = answer.and_then(|id| self.answered(id));
        match &arrival.stream {
            Some(Stream::Resumed(number)) if self.channels.contains_key(number) => {
                // The stream that the answer was to come on is of no more use.
                if let Some(broken) = answered
                    && self
                        .channels
                        .get(&broken)
                        .is_some_and(|channel| channel.is_done() && channel.reader.is_none())
                {
                    self.remove(broken);
                }
                Some(*number)
            }
            _ if answer.is_some() => answered,
            Some(Stream::Request(id)) => match (self.open.get(id), &arrival.what) {
                (Some(awaited), _) => Some(awaited.number),
                (None, What::Message(_)) => Some(self.somewhere()),
                (None, _) => None,
            },
            Some(Stream::Standalone) => Some(STANDALONE),
            Some(Stream::Resumed(_) | Stream::Exchange(_)) | None => {
                matches!(arrival.what, What::Message(_)).then(|| self.somewhere())
            }
        }
    }

    pub(super) fn receive(&mut self, mut arrival: Arrival) -> Option<u64> {
        if let What::Failed(why) = &arrival.what
            && let Some(Stream::Request(id)) = &arrival.stream
            && let Some(awaited) = self.open.get(id)
        {
            let refusal = Refusal::new(Code::UpstreamUnavailable, why.clone());
            arrival.what = What::Message(awaited.receipt.refuse(id, &refusal));
        }
        let number = self.sort(&arrival)?;
        match arrival.what {
            What::Message(message) => self.push(number, Some(message), arrival.mark),
            What::Nothing => {
                arrival.mark.as_ref()?;
                self.push(number, None, arrival.mark);
            }
            What::End | What::Failed(_) => {
                let channel = self.channels.get_mut(&number)?;
                // Without an id to take it up again, or anything on it, the stream may be one that
                // the server does not have: ours stays.
                let known = channel.marked || (channel.awaited.is_none() && number != STANDALONE);
                channel.paused = known || (number == STANDALONE && channel.read > 0);
            }
        }
        Some(number)
    }

    /// Forgets what is too old.
    pub(super) fn prune(&mut self, now: Instant) {
        let is_old = |at: Instant| now.saturating_duration_since(at) > KEPT_FOR;
        let over: Vec<u64> = self
            .channels
            .iter()
            .filter(|(_, channel)| {
                channel.is_done() && channel.reader.is_none() && is_old(channel.touched)
            })
            .map(|(number, _)| *number)
            .collect();
        for number in over {
            self.remove(number);
        }
        let mut gone = 0;
        for channel in self.channels.values_mut() {
            while channel.events.front().is_some_and(|event| is_old(event.at)) {
                let unread = channel.reader.is_none() && channel.awaited.is_none();
                let Some(size) = channel.forget(unread) else { break };
                gone += size;
            }
        }
        self.kept = self.kept.saturating_sub(gone);
    }
}
