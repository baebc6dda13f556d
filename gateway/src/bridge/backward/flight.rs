//! Calls in flight in a session.

use std::sync::{MutexGuard, Weak};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::answer::{Opened, translated};
use super::capability::Declared;
use super::inner::{Inner, OPENING, State, Work};
use super::request::{Asked, for_session};
use super::round::Round;
use super::session::Session;
use super::suspend::Origin;
use crate::message::{Id, Kind, Message, meta, place};
use crate::pipeline::{Outcome, Pass, Ticket};
use crate::protocol::{Fault, method};
use crate::service::Exchange;
use crate::session::MOST;
use crate::upstream::{Arrival, Mark, Stream, What};

/// How long a stream that ended is left alone if the server does not say.
const RETRY: Duration = Duration::from_secs(1);
const SHORTEST_RETRY: Duration = Duration::from_millis(50);

/// A call of a client.
pub(super) struct Call {
    pub(super) origin: Origin,
    /// Of this round.
    pub(super) declared: Declared,
    /// `None` while the call is suspended.
    pub(super) client: Option<Client>,
    pub(super) round: Round,
    pub(super) due: Instant,
    pub(super) last: Instant,
    /// The last event of its stream.
    mark: Mark,
}

/// Who waits for what comes next.
pub(super) struct Client {
    pub(super) ticket: Ticket,
    pub(super) arrivals: mpsc::Sender<Arrival>,
    /// As the client spelled them.
    pub(super) id: Id,
    pub(super) token: Option<Id>,
    pub(super) logs: bool,
}

impl Client {
    pub(super) fn new(
        id: Id,
        ticket: Ticket,
        asked: &Asked,
        arrivals: mpsc::Sender<Arrival>,
    ) -> Self {
        Self { ticket, arrivals, id, token: asked.token.clone(), logs: asked.level.is_some() }
    }

    /// Whether there was somebody to tell, with room for it.
    fn tell(&self, message: Message) -> bool {
        self.arrivals.try_send(Arrival::of(message)).is_ok()
    }

    pub(super) fn answer(self, answer: Message, status: Option<u16>) {
        let what = What::Message(self.ticket.settle(answer));
        let _ = self.arrivals.try_send(Arrival { stream: None, what, mark: None, status });
    }
}

impl Session {
    /// Makes a call.
    pub(super) fn ask(
        &self,
        pass: &Pass,
        ticket: Ticket,
        asked: &Asked,
        origin: Origin,
    ) -> Exchange {
        self.begin(pass.message(), ticket, asked, origin, |number| {
            for_session(pass, number).map(|pass| Work::Send(number, pass)).ok()
        })
    }

    /// Answers `server/discover` when the session is open.
    pub(super) fn discover(
        &self,
        message: &Message,
        ticket: Ticket,
        asked: &Asked,
        origin: Origin,
    ) -> Exchange {
        self.begin(message, ticket, asked, origin, |number| Some(Work::Discover(number)))
    }

    fn begin(
        &self,
        message: &Message,
        ticket: Ticket,
        asked: &Asked,
        origin: Origin,
        work: impl FnOnce(u64) -> Option<Work>,
    ) -> Exchange {
        let Some(id) = message.id().cloned() else { return Exchange::empty() };
        let mut inner = self.inner();
        if inner.calls.len() >= MOST {
            drop(inner);
            return Exchange::answered(ticket.refuse(&self.unavailable("too many calls at once")));
        }
        let number = inner.number();
        let Some(work) = work(number) else {
            drop(inner);
            let fault = Fault::new(Fault::INVALID_PARAMS, "Invalid params");
            return Exchange::answered(ticket.fault(&fault));
        };
        let (exchange, arrivals) = self.exchange(number, 0);
        let (now, patience) = (Instant::now(), self.making.patience);
        let call = Call {
            origin,
            declared: asked.declared,
            client: Some(Client::new(id, ticket, asked, arrivals)),
            round: Round::default(),
            due: now + patience.idle,
            last: now + patience.whole,
            mark: Mark::default(),
        };
        inner.calls.insert(number, call);
        self.put(inner, work);
        exchange
    }

    /// The exchange of one round of a call.
    pub(super) fn exchange(&self, number: u64, round: u64) -> (Exchange, mpsc::Sender<Arrival>) {
        let this = Weak::clone(&self.this);
        Exchange::guarded(move || {
            if let Some(this) = this.upgrade() {
                this.take_back(number, round);
            }
        })
    }

    /// Nobody wants the answer any more.
    fn take_back(&self, number: u64, round: u64) {
        let mut inner = self.inner();
        let wanted = |call: &Call| call.client.is_none() || call.round.number != round;
        if inner.calls.get(&number).is_none_or(wanted) {
            return;
        }
        let call = inner.stop(number);
        drop(inner);
        if let Some(client) = call.and_then(|call| call.client) {
            client.ticket.end(Outcome::Cancelled);
        }
    }

    pub(super) fn refuse(&self, call: Call, why: &str) {
        match call.client {
            Some(client) => {
                let answer = client.ticket.refuse(&self.unavailable(why));
                let _ = client.arrivals.try_send(Arrival::of(answer));
            }
            None => call.round.forget(&self.making.states),
        }
    }

    pub(super) fn discovered(mut inner: MutexGuard<'_, Inner>, number: u64) {
        let State::Up { opened, .. } = &inner.state else { return };
        let opened: &Opened = opened;
        let id = inner.calls.get(&number).and_then(|call| call.client.as_ref()).map(|of| &of.id);
        let Some(answer) = id.map(|id| opened.discovered(id)) else { return };
        let call = inner.finish(number);
        drop(inner);
        if let Some(client) = call.and_then(|call| call.client) {
            client.answer(answer, None);
        }
    }

    /// Something has come from the server.
    pub(super) fn arrived(&self, connection: u64, arrival: Arrival) {
        let mut inner = self.inner();
        if inner.connection != connection {
            return;
        }
        let of_stream = match arrival.stream {
            Some(Stream::Exchange(number)) => Some(number),
            _ => None,
        };
        if let Some(mark) = arrival.mark {
            match of_stream {
                Some(number) => {
                    if let Some(call) = inner.calls.get_mut(&number) {
                        call.mark.note(mark);
                    }
                }
                None => inner.standalone.note(mark),
            }
        }
        match arrival.what {
            What::Message(message) => match message.kind() {
                Kind::Result | Kind::Error => self.answered(inner, of_stream, &message),
                Kind::Request => self.asked_by_server(inner, of_stream, &message),
                Kind::Notification => self.told(inner, of_stream, &message),
            },
            What::Nothing => {}
            What::End => self.ended(inner, of_stream),
            What::Failed(why) => self.failed(inner, of_stream, &why),
        }
    }

    fn answered(
        &self,
        mut inner: MutexGuard<'_, Inner>,
        of_stream: Option<u64>,
        message: &Message,
    ) {
        // An error may be without an identifier.
        let number = message.id().map_or(of_stream, Id::as_number);
        let Some(number) = number else { return };
        if number == OPENING {
            return self.opened(inner, message);
        }
        if !matches!(inner.state, State::Up { .. }) {
            return; // nothing was asked yet
        }
        let link = inner.link();
        let Some(call) = inner.calls.get_mut(&number) else { return };
        // What the server has asked besides does not hold up the answer.
        if let Some(link) = link {
            call.round.decline(&*link, number);
        }
        if call.client.is_none() {
            call.round.answer = Some(message.clone());
            return;
        }
        let call = inner.finish(number);
        drop(inner);
        if let Some(call) = call {
            self.answer(call, message);
        }
    }

    /// Answers a call that is in flight no more.
    pub(super) fn answer(&self, call: Call, message: &Message) {
        let Some(client) = call.client else { return };
        let message = match message.id() {
            Some(_) => message.with_id(client.id.clone()),
            None => Message::made(format!(
                r#"{{"jsonrpc":"2.0","id":{},"error":{}}}"#,
                client.id.json(),
                message.body().unwrap_or("{}")
            )),
        };
        match translated(&message, &call.origin.method, call.declared) {
            Ok((answer, status)) => client.answer(answer, status),
            Err(why) => {
                let answer = client.ticket.refuse(&self.unavailable(&why));
                let _ = client.arrivals.try_send(Arrival::of(answer));
            }
        }
    }

    fn told(&self, mut inner: MutexGuard<'_, Inner>, of_stream: Option<u64>, message: &Message) {
        match message.method() {
            method::PROGRESS => {
                let Ok(members) = message.members() else { return };
                let Some(json) = members.get(meta::PROGRESS_TOKEN) else { return };
                let Some(number) = Id::from_json(json).and_then(|id| id.as_number()) else {
                    return;
                };
                let Some(call) = inner.calls.get_mut(&number) else { return };
                call.due = Instant::now() + self.making.patience.idle;
                let Some(client) = &call.client else { return };
                let Some(token) = &client.token else { return };
                let place = place(message.json(), json);
                let told = message.with(&[(place, token.json())]).is_ok_and(|it| client.tell(it));
                Self::unless(told, inner, number);
            }
            method::LOG_MESSAGE => {
                // Without a stream, only one call can be meant.
                let mut numbers = inner.calls.keys().copied();
                let only = numbers.next().filter(|_| numbers.next().is_none());
                let Some(number) = of_stream.or(only) else { return };
                let client = inner.calls.get(&number).and_then(|call| call.client.as_ref());
                let Some(client) = client.filter(|client| client.logs) else { return };
                let told = client.tell(message.clone());
                Self::unless(told, inner, number);
            }
            method::CANCELLED => {
                if let Some(id) = crate::session::cancelled(message) {
                    for call in inner.calls.values_mut() {
                        call.round.withdraw(&id);
                    }
                }
            }
            _ => self.spread(inner, message),
        }
    }

    /// A client that does not read must not hold up the others: its call ends.
    fn unless(told: bool, mut inner: MutexGuard<'_, Inner>, number: u64) {
        if told {
            return;
        }
        let call = inner.stop(number);
        drop(inner);
        if let Some(client) = call.and_then(|call| call.client) {
            client.ticket.end(Outcome::ConnectionLost);
        }
    }

    /// A stream ended. It is taken up again if something is still to come on it.
    fn ended(&self, inner: MutexGuard<'_, Inner>, of_stream: Option<u64>) {
        let (stream, mark) = match of_stream {
            None => (Stream::Standalone, inner.standalone.clone()),
            Some(number) => match inner.calls.get(&number) {
                Some(call) if call.mark.id.is_some() => {
                    (Stream::Exchange(number), call.mark.clone())
                }
                _ => {
                    let why = "the server ended the stream without an answer";
                    return self.failed(inner, of_stream, why);
                }
            },
        };
        let connection = inner.connection;
        drop(inner);
        let longest = self.making.patience.idle.max(SHORTEST_RETRY);
        let after = mark.retry.map_or(RETRY, Duration::from_millis).clamp(SHORTEST_RETRY, longest);
        let this = Weak::clone(&self.this);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            let Some(this) = this.upgrade() else { return };
            let inner = this.inner();
            let wanted = of_stream.is_none_or(|number| inner.calls.contains_key(&number));
            if let (State::Up { link, .. }, true) = (&inner.state, wanted)
                && inner.connection == connection
            {
                link.listen(stream, mark.id);
            }
        });
    }

    fn failed(&self, mut inner: MutexGuard<'_, Inner>, of_stream: Option<u64>, why: &str) {
        let Some(number) = of_stream else { return };
        if number == OPENING {
            let connection = inner.connection;
            // A server that has answered may end the stream.
            let opening = matches!(inner.state, State::Opening { .. });
            drop(inner);
            if opening {
                self.lost(connection, why);
            }
            return;
        }
        let call = inner.finish(number);
        drop(inner);
        if let Some(call) = call {
            self.refuse(call, why);
        }
    }

    pub(super) fn look_after_calls(&self, mut inner: MutexGuard<'_, Inner>) {
        let now = Instant::now();
        // While the client is away, time does not count.
        let over = |call: &Call| call.client.is_some() && (call.due <= now || call.last <= now);
        let overdue: Vec<u64> =
            inner.calls.iter().filter(|(_, call)| over(call)).map(|(number, _)| *number).collect();
        let overdue: Vec<Call> =
            overdue.into_iter().filter_map(|number| inner.stop(number)).collect();
        drop(inner);
        for client in overdue.into_iter().filter_map(|call| call.client) {
            let why = format!("no answer within {:?}", self.making.patience.idle);
            let answer = client.ticket.time_out(&self.unavailable(&why));
            let _ = client.arrivals.try_send(Arrival::of(answer));
        }
    }
}

impl Mark {
    /// A later event: what it does not say stays.
    fn note(&mut self, later: Self) {
        self.id = later.id.or(self.id.take());
        self.retry = later.retry.or(self.retry);
    }
}
