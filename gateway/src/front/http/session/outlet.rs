//! Where what comes from the servers is sorted onto the client's streams.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::Notify;

use super::channel::Channel;
use super::room::Full;
use super::streams::{STANDALONE, Streams};
use crate::message::{Id, Message};
use crate::pipeline::Receipt;
use crate::upstream::{Arrival, Pressure, Receiver};

/// The client's end of a conversation.
pub(in crate::front::http) struct Outlet {
    inner: Mutex<Streams>,
    /// A stream that was full has room again, or nobody reads it any more.
    room: Notify,
    this: Weak<Outlet>,
}

/// What became of requests that arrived together.
pub(in crate::front::http) enum Decision {
    /// Answers and nothing else.
    Answers(Vec<Message>),
    /// There is more to tell.
    Events,
    /// The session ended, or nothing is known of them.
    Gone,
}

impl Outlet {
    /// A new one. With `legacy` everything goes onto one stream.
    pub(in crate::front::http) fn new(legacy: bool) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            inner: Mutex::new(Streams::new(legacy)),
            room: Notify::new(),
            this: Weak::clone(this),
        })
    }

    fn inner(&self) -> MutexGuard<'_, Streams> {
        // No panic leaves it half changed.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on events without a message have empty data.
    pub(super) fn primes(&self) {
        self.inner().look.primes = true;
    }

    /// Opens the stream of one request, and its reader. `None` if one of this identifier is open.
    pub(super) fn begin(&self, id: &Id, receipt: Receipt) -> Option<(u64, u64)> {
        let mut streams = self.inner();
        if streams.open.contains_key(id) {
            return None;
        }
        let opened = streams.add(Some(1));
        streams.expect(opened.0, id.clone(), receipt);
        Some(opened)
    }

    /// Opens the stream of several requests, which are named one by one until it is sealed.
    pub(super) fn begin_batch(&self) -> (u64, u64) {
        // One that is never answered stands for those that were not named yet.
        self.inner().add(Some(1))
    }

    /// Names a request of a batch; false if one of this identifier is open.
    pub(super) fn expect(&self, number: u64, id: &Id, receipt: Receipt) -> bool {
        let mut guard = self.inner();
        let streams = &mut *guard;
        if streams.open.contains_key(id) {
            return false;
        }
        if let Some(channel) = streams.channels.get_mut(&number)
            && let Some(awaited) = &mut channel.awaited
        {
            *awaited += 1;
            streams.expect(number, id.clone(), receipt);
        }
        true
    }

    /// No more requests are named. Returns whether any answer came or is to come.
    pub(super) fn seal(&self, number: u64) -> bool {
        let mut streams = self.inner();
        let Some(channel) = streams.channels.get_mut(&number) else { return false };
        channel.awaited = channel.awaited.map(|awaited| awaited.saturating_sub(1));
        !channel.is_done() || !channel.events.is_empty()
    }

    /// Answers a request of a batch from here.
    pub(super) fn answer(&self, number: u64, id: Option<&Id>, answer: Message) {
        let mut streams = self.inner();
        if let Some(id) = id
            && streams.open.get(id).is_some_and(|awaited| awaited.number == number)
        {
            streams.answered(id);
        }
        streams.push(number, Some(answer), None);
        let waker = streams.waker(number);
        drop(streams);
        wake(waker);
    }

    /// The client took a request back: no answer comes, so its stream need not wait for one.
    pub(super) fn take_back(&self, id: &Id) {
        let mut streams = self.inner();
        let waker = streams.answered(id).and_then(|number| streams.waker(number));
        drop(streams);
        wake(waker);
    }

    /// Opens the stream of what belongs to no request; `None` if it is open.
    pub(super) fn standalone(&self) -> Option<u64> {
        let mut streams = self.inner();
        streams.readers += 1;
        let reader = streams.readers;
        let channel = streams.channels.entry(STANDALONE).or_insert_with(|| Channel::new(None));
        if channel.reader.is_some() {
            return None;
        }
        channel.paused = false;
        channel.reader = Some(reader);
        Some(reader)
    }

    /// Opens a stream for one that the server takes up again.
    pub(super) fn resumed(&self) -> (u64, u64) {
        self.inner().add(None)
    }

    /// Takes up one of our streams again after this event. The earlier reader, which may not have
    /// noticed that its connection broke, ends.
    pub(super) fn resume(&self, number: u64, after: u64) -> Option<u64> {
        let mut streams = self.inner();
        streams.readers += 1;
        let reader = streams.readers;
        let channel = streams.channels.get_mut(&number)?;
        if !channel.rewind(after) {
            return None;
        }
        channel.reader = Some(reader);
        let waker = channel.waker.take();
        drop(streams);
        wake(waker);
        Some(reader)
    }

    /// Adds an event that says nothing, so that the client has an id to take the stream up with.
    pub(super) fn prime(&self, number: u64) {
        let mut streams = self.inner();
        let wanted = streams.look.primes
            && streams.channels.get(&number).is_some_and(|channel| channel.events.is_empty());
        if wanted {
            streams.push(number, None, None);
        }
    }

    /// What becomes of the requests of a stream. With `whole` only when all are answered.
    pub(super) fn poll_decision(
        &self,
        number: u64,
        whole: bool,
        context: &Context<'_>,
    ) -> Poll<Decision> {
        let mut streams = self.inner();
        let ended = streams.ended;
        let Some(channel) = streams.channels.get_mut(&number) else {
            return Poll::Ready(Decision::Gone);
        };
        let done = channel.is_done();
        if done && !channel.mixed && !channel.events.is_empty() {
            let Some(channel) = streams.remove(number) else {
                return Poll::Ready(Decision::Gone);
            };
            drop(streams);
            // Whoever waits for room on it waits for nothing.
            self.room.notify_waiters();
            let answers = channel.events.into_iter().filter_map(|event| event.message);
            return Poll::Ready(Decision::Answers(answers.collect()));
        }
        if done || (channel.mixed && !whole) {
            return Poll::Ready(Decision::Events);
        }
        if ended {
            return Poll::Ready(Decision::Gone);
        }
        remember(&mut channel.waker, context);
        Poll::Pending
    }

    /// The answer on a stream, if it is there and was not read.
    pub(super) fn last(&self, number: u64) -> Option<Message> {
        let streams = self.inner();
        let event = streams.channels.get(&number)?.events.back()?;
        event.message.clone()
    }

    /// The next event of a stream for this reader; `None` if there will be none.
    pub(super) fn poll_event(
        &self,
        number: u64,
        reader: u64,
        context: &Context<'_>,
    ) -> Poll<Option<Bytes>> {
        let mut streams = self.inner();
        let (look, draining, ended) = (streams.look, streams.draining, streams.ended);
        let Some(channel) = streams.channels.get_mut(&number) else { return Poll::Ready(None) };
        if channel.reader != Some(reader) {
            return Poll::Ready(None);
        }
        let full = channel.is_full();
        if let Some(bytes) = channel.next(number, look) {
            let relieved = full && !channel.is_full();
            drop(streams);
            if relieved {
                self.room.notify_waiters();
            }
            return Poll::Ready(Some(bytes));
        }
        let no_more = channel.is_done() || channel.paused || ended;
        if no_more || (draining && channel.awaited.is_none()) {
            return Poll::Ready(None);
        }
        remember(&mut channel.waker, context);
        Poll::Pending
    }

    /// The client does not read this stream any more. Returns the requests whose answers the server
    /// should not send on it: those that the client takes up with the server's own event ids.
    pub(super) fn leave(&self, number: u64, reader: u64) -> Left {
        let mut streams = self.inner();
        let Some(channel) = streams.channels.get_mut(&number) else { return Left::Nothing };
        if channel.reader != Some(reader) {
            return Left::Nothing;
        }
        channel.reader = None;
        channel.waker = None;
        channel.touched = Instant::now();
        let left = match channel.awaited {
            None if number == STANDALONE => Left::Standalone,
            None => Left::Resumed,
            Some(0) if channel.marked => Left::Answered,
            Some(_) if channel.marked => Left::Requests(Vec::new()),
            Some(_) => Left::Nothing,
        };
        let left = match left {
            Left::Resumed | Left::Answered => {
                streams.remove(number);
                left
            }
            Left::Requests(_) => {
                let ids = streams.open.iter().filter(|(_, awaited)| awaited.number == number);
                Left::Requests(ids.map(|(id, _)| id.clone()).collect())
            }
            other => other,
        };
        drop(streams);
        self.room.notify_waiters();
        left
    }

    /// Forgets a stream of requests that were not sent.
    pub(super) fn forget(&self, number: u64) {
        self.inner().remove(number);
        self.room.notify_waiters();
    }

    /// Forgets what is too old.
    pub(super) fn prune(&self, now: Instant) {
        self.inner().prune(now);
        self.room.notify_waiters();
    }

    /// Lets streams end that belong to no request.
    pub(super) fn drain(&self) {
        self.inner().draining = true;
        self.wake_all();
    }

    /// Lets all streams end. Requests that are not answered are refused.
    pub(super) fn end(&self) {
        let mut streams = self.inner();
        streams.ended = true;
        streams.give_up();
        drop(streams);
        self.wake_all();
    }

    /// Whether they have ended.
    pub(super) fn is_ended(&self) -> bool {
        self.inner().ended
    }

    /// Waits until a stream has room again, or nobody reads it any more.
    pub(super) async fn wait_for_room(&self, number: u64) {
        loop {
            let changed = self.room.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let full = {
                let streams = self.inner();
                let channel = streams.channels.get(&number);
                !streams.ended && channel.is_some_and(Channel::is_full)
            };
            if !full {
                return;
            }
            changed.await;
        }
    }

    fn wake_all(&self) {
        let mut streams = self.inner();
        let wakers: Vec<Waker> =
            streams.channels.values_mut().filter_map(|channel| channel.waker.take()).collect();
        drop(streams);
        wakers.into_iter().for_each(Waker::wake);
        self.room.notify_waiters();
    }
}

/// What a client left that does not read a stream any more.
pub(super) enum Left {
    /// Nothing that the server must hear of.
    Nothing,
    /// That of what belongs to no request.
    Standalone,
    /// One that the server took up again.
    Resumed,
    /// One with all answers on it.
    Answered,
    /// Those of these requests, under ids of the server.
    Requests(Vec<Id>),
}

impl Receiver for Outlet {
    fn receive(&self, arrival: Arrival) -> Pressure {
        let mut streams = self.inner();
        if streams.ended {
            return Pressure::Free;
        }
        let Some(number) = streams.receive(arrival) else { return Pressure::Free };
        let full = streams.channels.get(&number).is_some_and(Channel::is_full);
        let waker = streams.waker(number);
        drop(streams);
        wake(waker);
        match self.this.upgrade().filter(|_| full) {
            Some(outlet) => Pressure::Full(Arc::new(Full { outlet, number })),
            None => Pressure::Free,
        }
    }

    fn lost(&self, why: &str) {
        tracing::debug!("a conversation is lost: {why}");
        self.end();
    }
}

fn remember(place: &mut Option<Waker>, context: &Context<'_>) {
    match place {
        Some(waker) => waker.clone_from(context.waker()),
        None => *place = Some(context.waker().clone()),
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
