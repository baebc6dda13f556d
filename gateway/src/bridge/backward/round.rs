//! The rounds of a call: the server asks, the client answers with its retry.

use std::sync::{MutexGuard, Weak};
use std::time::{Duration, Instant};

use super::answer::{Wanted, input_required, without_elicitation_id};
use super::flight::Client;
use super::inner::Inner;
use super::request::{Asked, may_want_input};
use super::session::Session;
use super::suspend::States;
use crate::message::{Id, Message, Object};
use crate::pipeline::{Pass, Ticket};
use crate::protocol::{Fault, method};
use crate::service::Exchange;
use crate::upstream::{Link, Stream};

/// The most requests of the server that one call waits for.
const MOST_ASKS: usize = 100;

/// Where a call is between its rounds.
#[derive(Default)]
pub(super) struct Round {
    pub(super) number: u64,
    /// What the server has asked and nobody has answered.
    asks: Vec<Ask>,
    /// How many requests the server has made.
    keys: u64,
    /// Whether further ones are awaited before the client is told.
    gathering: bool,
    /// The name of the suspended call.
    state: Option<String>,
    /// How long it might still have taken.
    left: Duration,
    /// Came while the client was away.
    pub(super) answer: Option<Message>,
}

/// A request of the server.
struct Ask {
    id: Id,
    message: Message,
    wanted: Wanted,
}

impl Ask {
    fn new(key: u64, id: Id, message: &Message) -> Self {
        let (method, params) = match message.method() {
            method::ELICIT => (method::ELICIT, message.body().and_then(without_elicitation_id)),
            method::SAMPLE => (method::SAMPLE, message.body().map(str::to_owned)),
            _ => (method::ROOTS_LIST, message.body().map(str::to_owned)),
        };
        Self { id, message: message.clone(), wanted: (key.to_string(), method, params) }
    }

    /// Lets the server go on without an answer.
    fn decline(&self, link: &dyn Link, stream: Stream) {
        let _ = link.send(Pass::own(declined(&self.message, &self.id)), stream);
    }
}

/// The answer to a request that no client can be asked.
fn declined(message: &Message, id: &Id) -> Message {
    if message.method() == method::ELICIT {
        // Nobody has chosen anything (2025-11-25, client/elicitation).
        return answer(id, r#"{"action":"cancel"}"#);
    }
    Fault::new(Fault::INTERNAL_ERROR, "The client cannot be asked now").answer(Some(id))
}

fn answer(id: &Id, result: &str) -> Message {
    Message::made(format!(r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#, id.json()))
}

impl Round {
    /// Lets the server go on without the client.
    pub(super) fn decline(&mut self, link: &dyn Link, number: u64) {
        for ask in self.asks.drain(..) {
            ask.decline(link, Stream::Exchange(number));
        }
    }

    /// The server takes a request back.
    pub(super) fn withdraw(&mut self, id: &Id) {
        self.asks.retain(|ask| ask.id != *id);
    }

    pub(super) fn forget(&self, states: &States) {
        if let Some(state) = &self.state {
            states.forget(state);
        }
    }
}

impl Session {
    /// The server asks something.
    pub(super) fn asked_by_server(
        &self,
        mut inner: MutexGuard<'_, Inner>,
        of_stream: Option<u64>,
        message: &Message,
    ) {
        let Some(id) = message.id() else { return };
        let Some(link) = inner.link() else { return };
        let stream = of_stream.map_or(Stream::Standalone, Stream::Exchange);
        let reply = |message| {
            let _ = link.send(Pass::own(message), stream.clone());
        };
        match message.method() {
            method::PING => return reply(answer(id, "{}")),
            method::SAMPLE | method::ELICIT | method::ROOTS_LIST => {}
            _ => {
                let fault = Fault::new(Fault::METHOD_NOT_FOUND, "Method not found");
                return reply(fault.answer(Some(id)));
            }
        }
        if let Err(fault) = self.declared.allows(message) {
            return reply(fault.answer(Some(id)));
        }
        let Some(number) = inner.meant(of_stream, message, self.is_of_one) else {
            return reply(declined(message, id));
        };
        let Some(call) = inner.calls.get_mut(&number) else { return };
        let round = &mut call.round;
        if round.asks.len() >= MOST_ASKS {
            return reply(declined(message, id));
        }
        round.keys += 1;
        round.asks.push(Ask::new(round.keys, id.clone(), message));
        if call.client.is_some() {
            self.gather(&mut call.round, number);
        }
    }

    /// Tells the client soon, with what else the server asks until then.
    fn gather(&self, round: &mut Round, number: u64) {
        if std::mem::replace(&mut round.gathering, true) {
            return;
        }
        let (this, after) = (Weak::clone(&self.this), self.making.limits.gather);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            if let Some(this) = this.upgrade() {
                this.suspend(number);
            }
        });
    }

    fn suspend(&self, number: u64) {
        let mut inner = self.inner();
        let link = inner.link();
        let Some(call) = inner.calls.get_mut(&number) else { return };
        call.round.gathering = false;
        if call.round.asks.is_empty() || call.client.is_none() {
            return;
        }
        let states = &self.making.states;
        let Some(state) = states.hold(&call.origin, Weak::clone(&self.this), number) else {
            tracing::warn!(
                target: "mcp_guard::server",
                server = &*self.making.server,
                "too many suspended calls of {}",
                call.origin.principal
            );
            if let Some(link) = link {
                call.round.decline(&*link, number);
            }
            return;
        };
        let Some(client) = call.client.take() else { return };
        call.round.left = call.last.saturating_duration_since(Instant::now());
        let wanted: Vec<Wanted> = call.round.asks.iter().map(|ask| ask.wanted.clone()).collect();
        let message = input_required(&client.id, &wanted, Some(&state));
        call.round.state = Some(state);
        drop(inner);
        client.answer(message, None);
    }

    /// The client comes back to a suspended call with its answers.
    pub(super) fn resume(
        &self,
        number: u64,
        message: &Message,
        ticket: Ticket,
        asked: &Asked,
    ) -> Exchange {
        let Some(id) = message.id().cloned() else { return Exchange::empty() };
        let mut inner = self.inner();
        let link = inner.link();
        let Some(call) = inner.calls.get_mut(&number).filter(|call| call.client.is_none()) else {
            drop(inner);
            return Exchange::answered(ticket.refuse(&self.unavailable("the call is over")));
        };
        call.round.number += 1;
        call.round.state = None;
        let (exchange, arrivals) = self.exchange(number, call.round.number);
        call.client = Some(Client::new(id, ticket, asked, arrivals));
        call.declared = asked.declared;
        let now = Instant::now();
        call.due = now + self.making.patience.idle;
        call.last = now + call.round.left;
        if let Some(answer) = call.round.answer.take() {
            let call = inner.finish(number);
            drop(inner);
            if let Some(call) = call {
                self.answer(call, &answer);
            }
            return exchange;
        }
        if let Some(link) = link {
            let asks = std::mem::take(&mut call.round.asks);
            call.round.asks = answer_asks(asks, asked, &*link, number);
        }
        // What the client has not answered is asked again.
        if !call.round.asks.is_empty() {
            self.gather(&mut call.round, number);
        }
        exchange
    }

    /// The client has not come back in time.
    pub(super) fn expire(&self, number: u64) {
        let mut inner = self.inner();
        let link = inner.link();
        let Some(call) = inner.calls.get_mut(&number).filter(|call| call.client.is_none()) else {
            return;
        };
        let fault = Fault::new(Fault::INTERNAL_ERROR, "The client did not answer in time");
        if let Some(link) = link {
            for ask in call.round.asks.drain(..) {
                let answer = Pass::own(fault.answer(Some(&ask.id)));
                let _ = link.send(answer, Stream::Exchange(number));
            }
        }
        if call.round.answer.is_some() {
            inner.finish(number);
        } else {
            inner.stop(number);
        }
    }
}

/// Gives the server the answers of a client. What is left is not answered.
fn answer_asks(asks: Vec<Ask>, asked: &Asked, link: &dyn Link, number: u64) -> Vec<Ask> {
    let responses = asked.responses.as_deref().map(Object::from_json).and_then(Result::ok);
    let mut left = Vec::new();
    for ask in asks {
        let response = responses.as_ref().and_then(|responses| responses.get(&ask.wanted.0));
        match response {
            Some(result) => {
                let answer = Pass::own(answer(&ask.id, result));
                let _ = link.send(answer, Stream::Exchange(number));
            }
            None if asked.declared.allows(&ask.message).is_ok() => left.push(ask),
            None => ask.decline(link, Stream::Exchange(number)),
        }
    }
    left
}

impl Inner {
    /// The call that a request of the server belongs to. Without a stream it is the oldest one that can
    /// be meant, as all are of one principal. Where nobody is known, only one call may be there: what one
    /// client is asked is not another's to see.
    fn meant(&self, of_stream: Option<u64>, message: &Message, is_of_one: bool) -> Option<u64> {
        let able = |number: &u64| {
            self.calls.get(number).is_some_and(|call| {
                may_want_input(&call.origin.method)
                    && call.declared.allows(message).is_ok()
                    && call.round.answer.is_none()
            })
        };
        if let Some(number) = of_stream {
            return Some(number).filter(able);
        }
        let mut numbers = self.calls.keys().copied().filter(able);
        if is_of_one {
            return numbers.min();
        }
        match (numbers.next(), numbers.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }
}
