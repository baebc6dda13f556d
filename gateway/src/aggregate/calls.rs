//! Requests that stand by themselves, to all servers as one.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use tokio::sync::mpsc;

use super::Whole;
use super::gather::{self, Asker};
use super::listen::{Ended, listen};
use super::merge::{self, Opened};
use super::routes::key;
use crate::message::{Kind, Message};
use crate::pipeline::{Caller, Denial, Outcome, Permitted, Router, Target, Ticket};
use crate::protocol::{Code, Era, Fault, Refusal, method};
use crate::service::{Calls, Exchange};
use crate::upstream::{Arrival, What};

/// How long the servers may take to say what they are.
const OPENING: Duration = Duration::from_secs(10);

/// The capability by which a client says that an answer may be a task (2026-07-28, ext-tasks).
const TASKS: &str = "io.modelcontextprotocol/tasks";

/// Calls to all servers.
pub(super) struct All(Arc<Whole>);

impl All {
    pub(super) const fn new(whole: Arc<Whole>) -> Self {
        Self(whole)
    }

    fn pass(&self, caller: &Arc<Caller>, server: &Arc<str>, permitted: Permitted) -> Exchange {
        let place = self.0.names.place(server);
        let member = place.and_then(|place| Some((place, self.0.members.get(place)?)));
        let Some((place, member)) = member else {
            let refusal = Refusal::unavailable(server, "it is not among the servers");
            return Exchange::answered(permitted.split().1.refuse(&refusal));
        };
        let message = permitted.message();
        let begins = message.body().is_some_and(|body| body.contains(TASKS));
        let exchange = member.calls().call(caller, permitted);
        if begins { heeded(Arc::clone(&self.0), place, exchange) } else { exchange }
    }
}

/// Passes on what comes of a call, and learns whose the task is that it may have become.
fn heeded(whole: Arc<Whole>, server: usize, mut exchange: Exchange) -> Exchange {
    let (outer, sender) = Exchange::pair();
    tokio::spawn(async move {
        loop {
            let arrival = tokio::select! {
                biased;
                () = sender.closed() => return,
                arrival = exchange.next() => arrival,
            };
            let Some(arrival) = arrival else { return };
            if let What::Message(message) = &arrival.what {
                whole.catalogue.heed(message, server);
            }
            if sender.send(arrival).await.is_err() {
                return;
            }
        }
    });
    outer
}

impl Calls for All {
    fn router(&self) -> Option<&dyn Router> {
        Some(&*self.0)
    }

    fn call(&self, caller: &Arc<Caller>, permitted: Permitted) -> Exchange {
        if let Target::Server(server) = permitted.target() {
            let server = Arc::clone(server);
            return self.pass(caller, &server, permitted);
        }
        let principal = principal(&permitted, caller);
        let (pass, ticket) = permitted.split();
        let message = pass.into_message();
        if message.kind() != Kind::Request {
            ticket.end(Outcome::Notification);
            return Exchange::empty();
        }
        let (exchange, sender) = Exchange::pair();
        let asking = Asking {
            whole: Arc::clone(&self.0),
            caller: Arc::clone(caller),
            principal,
            client: sender.clone(),
        };
        tokio::spawn(async move {
            let answer = tokio::select! {
                biased;
                () = sender.closed() => {
                    ticket.end(Outcome::Cancelled);
                    return;
                }
                answer = asking.answer(&message) => answer,
            };
            let _ = sender.send(settled(ticket, &message, answer)).await;
        });
        exchange
    }
}

/// The answer as it goes to the client.
fn settled(ticket: Ticket, request: &Message, answer: Result<Message, Denial>) -> Arrival {
    match answer {
        Ok(answer) => Arrival::of(match request.id() {
            Some(id) => ticket.settle(answer.with_id(id.clone())),
            None => ticket.settle(answer),
        }),
        Err(Denial::Refusal(refusal)) => Arrival::of(ticket.refuse(&refusal)),
        Err(Denial::Fault(fault)) => {
            // What HTTP says of a method that is not there (2026-07-28, basic/transports).
            let status = (fault.code == Fault::METHOD_NOT_FOUND).then_some(404);
            Arrival { status, ..Arrival::of(ticket.fault(&fault)) }
        }
    }
}

/// Asks the servers on behalf of one request.
pub(super) struct Asking {
    pub(super) whole: Arc<Whole>,
    pub(super) caller: Arc<Caller>,
    /// Who made the request: its credentials are not in what is made of it.
    pub(super) principal: Arc<str>,
    pub(super) client: mpsc::Sender<Arrival>,
}

impl Asking {
    async fn answer(&self, message: &Message) -> Result<Message, Denial> {
        let (names, catalogue) = (&self.whole.names, &self.whole.catalogue);
        let all: Vec<usize> = (0..self.whole.members.len()).collect();
        match message.method() {
            method::DISCOVER => self.discover(message, &all).await,
            method::RESOURCES_READ => {
                let noted = Noted(self);
                gather::read(&noted, catalogue, &all, message).await
            }
            method::LISTEN => match listen(self, message).await? {
                Ended::Answered(answer) => Ok(answer),
                Ended::Absent => Err(absent()),
            },
            // The tasks of this era are in no list (ext-tasks).
            name if key(name).is_some() && name != method::TASKS_LIST => {
                let parts = gather::lists(self, names, &names.listed(name), message).await?;
                merge::list(names, catalogue, message, &parts, Era::Stateless).ok_or_else(absent)
            }
            _ => Err(absent()),
        }
    }

    async fn discover(&self, message: &Message, all: &[usize]) -> Result<Message, Denial> {
        let asked = gather::for_all(message)?;
        let answers = join_all(all.iter().map(|&server| {
            let asked = asked.clone();
            async move {
                let answer = tokio::time::timeout(OPENING, self.ask(server, asked)).await;
                let why = match answer {
                    Ok(Ok(answer)) if answer.kind() == Kind::Result => {
                        return Some((server, answer));
                    }
                    Ok(Ok(_)) => "it answered by an error".to_owned(),
                    Ok(Err(why)) => why,
                    Err(_) => format!("no answer within {OPENING:?}"),
                };
                let server = self.whole.names.name(server);
                tracing::warn!(target: "mcp_guard::server", server, "left out: {why}");
                None
            }
        }))
        .await;
        let answers: Vec<(usize, Message)> = answers.into_iter().flatten().collect();
        if answers.is_empty() {
            return Err(gather::none("no server can be reached"));
        }
        let missing = answers.len() < all.len();
        let opened = Opened { names: &self.whole.names, answers: &answers, missing };
        opened.discovered(message).ok_or_else(absent)
    }

    /// Makes a call to one server.
    pub(super) fn call(&self, server: usize, message: Message) -> Result<Exchange, Box<Message>> {
        let name = self.whole.names.servers().get(server);
        let (Some(member), Some(name)) = (self.whole.members.get(server), name) else {
            let refusal = Refusal::new(Code::UpstreamUnavailable, "it is not among the servers");
            return Err(Box::new(Ticket::own().refuse(&refusal)));
        };
        let target = Target::Server(Arc::clone(name));
        let id = message.id().cloned();
        let principal = Arc::clone(&self.principal);
        match self.whole.gate.admit_for(principal, &self.caller, &target, message) {
            Ok(permitted) => Ok(member.calls().call(&self.caller, permitted)),
            Err(refused) => Err(Box::new(refused.answer.unwrap_or_else(|| {
                Fault::new(Fault::INTERNAL_ERROR, "Internal error").answer(id.as_ref())
            }))),
        }
    }

    async fn answer_of(
        &self,
        server: usize,
        message: Message,
        notes: Option<&mpsc::Sender<Arrival>>,
    ) -> Result<Message, String> {
        let mut exchange = match self.call(server, message) {
            Ok(exchange) => exchange,
            Err(answer) => return Ok(*answer),
        };
        while let Some(arrival) = exchange.next().await {
            match &arrival.what {
                What::Message(message) if message.is_answer() => return Ok(message.clone()),
                What::Failed(why) => return Err(why.clone()),
                What::Message(_) => {
                    if let Some(notes) = notes {
                        let _ = notes.send(arrival).await;
                    }
                }
                What::Nothing | What::End => {}
            }
        }
        Err("no answer came".to_owned())
    }
}

impl Asker for Asking {
    fn ask(&self, server: usize, message: Message) -> BoxFuture<'_, Result<Message, String>> {
        Box::pin(self.answer_of(server, message, None))
    }
}

/// The same, where what comes before the answer is for the client: one server answers in the end.
struct Noted<'a>(&'a Asking);

impl Asker for Noted<'_> {
    fn ask(&self, server: usize, message: Message) -> BoxFuture<'_, Result<Message, String>> {
        Box::pin(self.0.answer_of(server, message, Some(&self.0.client)))
    }
}

/// Who a message is from; what the gateway says itself it says for the caller.
pub(super) fn principal(permitted: &Permitted, caller: &Caller) -> Arc<str> {
    Arc::clone(permitted.principal().unwrap_or(&caller.principal))
}

/// There is no such method.
pub(super) fn absent() -> Denial {
    Denial::Fault(Fault::new(Fault::METHOD_NOT_FOUND, "Method not found"))
}

#[cfg(test)]
mod tests;
