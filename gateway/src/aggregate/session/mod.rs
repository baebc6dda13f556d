//! A session with all servers: one conversation with each, in front of which stands one client.

mod answer;
mod asking;
mod lane;
mod opening;
mod state;
mod tap;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Whole;
use super::calls::principal;
use crate::message::{Id, Message, meta, place};
use crate::pipeline::{Caller, Denial, Outcome, Pass, Permitted, Router, Target, Ticket};
use crate::protocol::{Fault, Refusal, method};
use crate::service::Conversation;
use crate::session::cancelled;
use crate::upstream::{Arrival, Pressure, Receiver, Stream};

use lane::{Lane, Said};
use state::{State, Whose, resumed};
use tap::Tap;

/// The conversation of one client with all servers.
pub(super) struct Session {
    whole: Arc<Whole>,
    caller: Arc<Caller>,
    client: Arc<dyn Receiver>,
    /// One for each server, in their order.
    conversations: Vec<Arc<dyn Conversation>>,
    /// What is to be said in each.
    lanes: Vec<Lane>,
    /// The client is gone.
    stop: CancellationToken,
    state: Mutex<State>,
    /// Tells that the opening of a session with a server came to an end.
    turned: watch::Sender<()>,
    this: Weak<Session>,
}

impl Session {
    /// Begins; nothing is said to the servers yet.
    pub(super) fn begin(
        whole: Arc<Whole>,
        caller: Arc<Caller>,
        client: Arc<dyn Receiver>,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this: &Weak<Self>| {
            let converse = |(server, member): (usize, &Arc<dyn super::Member>)| {
                member.converse(&caller, Arc::new(Tap::new(Weak::clone(this), server)))
            };
            Self {
                conversations: whole.members.iter().enumerate().map(converse).collect(),
                lanes: whole.members.iter().map(|_| Lane::default()).collect(),
                stop: CancellationToken::new(),
                state: Mutex::new(State::new(whole.members.len(), Arc::clone(&caller.principal))),
                turned: watch::Sender::new(()),
                this: Weak::clone(this),
                whole,
                caller,
                client,
            }
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is whole before the lock is let go.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn conversation(&self, server: usize) -> Option<&Arc<dyn Conversation>> {
        self.conversations.get(server)
    }

    /// Takes out a request that still waits for its server; whether it did.
    fn cut(&self, server: usize, id: &Id) -> bool {
        self.lanes.get(server).is_some_and(|lane| lane.cut(id))
    }

    /// Says something to a server on behalf of the client, if the pipeline permits it.
    fn tell(&self, server: usize, message: Message, principal: &Arc<str>) -> Pressure {
        let Some(name) = self.whole.names.servers().get(server) else { return Pressure::Free };
        let target = Target::Server(Arc::clone(name));
        let principal = Arc::clone(principal);
        match self.whole.gate.admit_for(principal, &self.caller, &target, message) {
            Ok(permitted) => self.put(server, Said::message(permitted, Stream::Standalone)),
            Err(_) => Pressure::Free,
        }
    }

    fn tell_all(&self, message: &Message, principal: &Arc<str>) -> Pressure {
        let open = self.state().open();
        let mut pressure = Pressure::Free;
        for server in open {
            if let full @ Pressure::Full(_) = self.tell(server, message.clone(), principal) {
                pressure = full;
            }
        }
        pressure
    }

    /// A message for one server.
    fn pass(&self, server: &str, permitted: Permitted, stream: Stream) -> Pressure {
        let Some(place) = self.whole.names.place(server) else {
            let refusal = Refusal::unavailable(server, "it is not among the servers");
            return self.refuse(permitted.split().1, stream, &refusal);
        };
        let id = permitted.message().id().cloned();
        let receipt = permitted.receipt();
        let begun = {
            let mut state = self.state();
            match state.reachable(place) {
                Err(why) => Err(Denial::Refusal(Refusal::unavailable(server, why))),
                Ok(()) => match id {
                    Some(id) => {
                        let whose = Whose::Server(place, stream.clone(), receipt);
                        state.begin(id, whose).map_err(Denial::Fault)
                    }
                    None => Ok(()),
                },
            }
        };
        match begun {
            Ok(()) => self.put(place, Said::message(permitted, stream)),
            Err(Denial::Refusal(refusal)) => self.refuse(permitted.split().1, stream, &refusal),
            Err(Denial::Fault(fault)) => self.fault(permitted.split().1, stream, &fault),
        }
    }

    fn refuse(&self, ticket: Ticket, stream: Stream, refusal: &Refusal) -> Pressure {
        let notification = ticket.id().is_none();
        let answer = ticket.refuse(refusal);
        if notification {
            return Pressure::Free;
        }
        self.client.receive(Arrival::on(stream, answer))
    }

    fn fault(&self, ticket: Ticket, stream: Stream, fault: &Fault) -> Pressure {
        let notification = ticket.id().is_none();
        let answer = ticket.fault(fault);
        if notification {
            return Pressure::Free;
        }
        self.client.receive(Arrival::on(stream, answer))
    }

    /// A notification that is for no server alone.
    fn notified(&self, message: Message, principal: &Arc<str>) -> Pressure {
        match message.method() {
            method::INITIALIZED => self.initialized(&message, principal),
            method::CANCELLED => {
                let Some(id) = cancelled(&message) else { return Pressure::Free };
                let whose = self.state().take_back(&id);
                match whose {
                    Some(Whose::Server(server, ..)) if self.cut(server, &id) => Pressure::Free,
                    Some(Whose::Server(server, ..)) => self.tell(server, message, principal),
                    Some(Whose::Gateway(token)) => {
                        token.cancel();
                        Pressure::Free
                    }
                    Some(Whose::Opening) | None => Pressure::Free,
                }
            }
            method::PROGRESS => self.progress(&message, principal),
            method::ROOTS_CHANGED => self.tell_all(&message, principal),
            _ => Pressure::Free,
        }
    }

    /// How far the client has come with a request of a server, under the server's own token.
    fn progress(&self, message: &Message, principal: &Arc<str>) -> Pressure {
        let Ok(members) = message.members() else { return Pressure::Free };
        let Some(json) = members.get(meta::PROGRESS_TOKEN) else { return Pressure::Free };
        let number = Id::from_json(json).and_then(|id| id.as_number());
        let asked = number.and_then(|number| self.state().token(number));
        let Some((server, token)) = asked else { return Pressure::Free };
        match message.with(&[(place(message.json(), json), token.json())]) {
            Ok(message) => self.tell(server, message, principal),
            Err(_) => Pressure::Free,
        }
    }

    /// A request that is answered here.
    fn own(
        &self,
        message: Message,
        ticket: Ticket,
        stream: Stream,
        principal: Arc<str>,
    ) -> Pressure {
        let (Some(id), Some(this)) = (message.id().cloned(), self.this.upgrade()) else {
            ticket.end(Outcome::Notification);
            return Pressure::Free;
        };
        let token = CancellationToken::new();
        let whose = if message.method() == method::INITIALIZE {
            // It may not be taken back (2025-11-25, basic/utilities/cancellation).
            Whose::Opening
        } else {
            Whose::Gateway(token.clone())
        };
        if let Err(fault) = self.state().begin(id.clone(), whose) {
            return self.fault(ticket, stream, &fault);
        }
        tokio::spawn(async move {
            let answer = tokio::select! {
                biased;
                () = token.cancelled() => {
                    this.state().end(&id);
                    ticket.end(Outcome::Cancelled);
                    return;
                }
                answer = this.answer(&message, &stream, &principal) => answer,
            };
            this.state().end(&id);
            let answer = match answer {
                Ok(answer) => ticket.settle(answer.with_id(id)),
                Err(Denial::Refusal(refusal)) => ticket.refuse(&refusal),
                Err(Denial::Fault(fault)) => ticket.fault(&fault),
            };
            this.client.receive(Arrival::on(stream, answer)).wait().await;
        });
        Pressure::Free
    }
}

impl Conversation for Session {
    fn router(&self) -> Option<&dyn Router> {
        Some(&*self.whole)
    }

    fn is_outdated(&self) -> bool {
        self.whole.outdated.load(Ordering::Relaxed)
    }

    fn say(&self, permitted: Permitted, stream: Stream) -> Pressure {
        if let Target::Server(server) = permitted.target() {
            let server = Arc::clone(server);
            return self.pass(&server, permitted, stream);
        }
        let principal = principal(&permitted, &self.caller);
        let (pass, ticket) = permitted.split();
        let message = pass.into_message();
        if message.id().is_none() {
            ticket.end(Outcome::Notification);
            return self.notified(message, &principal);
        }
        self.own(message, ticket, stream, principal)
    }

    fn reply(&self, answer: Pass) -> Pressure {
        let number = answer.message().id().and_then(Id::as_number);
        let asked = number.and_then(|number| self.state().answered(number));
        match asked {
            Some((server, id)) => self.put(server, Said::reply(answer.with_id(id))),
            None => {
                tracing::debug!("the client answers what nobody asked");
                Pressure::Free
            }
        }
    }

    fn listen(&self, stream: Stream, last_event_id: Option<String>) {
        let Some(mark) = last_event_id else {
            self.state().listening = Some(stream.clone());
            for conversation in &self.conversations {
                conversation.listen(stream.clone(), None);
            }
            return;
        };
        let Some((server, standalone, mark)) = resumed(&self.whole.names, &mark) else {
            tracing::debug!("a stream is taken up again after an event that nobody sent");
            return;
        };
        if standalone {
            let marks = {
                let mut state = self.state();
                state.listening = Some(stream.clone());
                state.marks.clone()
            };
            let others = self.conversations.iter().zip(marks).enumerate();
            for (_, (conversation, mark)) in others.filter(|(other, _)| *other != server) {
                conversation.listen(stream.clone(), mark);
            }
        }
        if let Some(conversation) = self.conversation(server) {
            conversation.listen(stream, Some(mark));
        }
    }

    fn leave(&self, stream: &Stream) {
        let server = match stream {
            Stream::Request(id) => match self.state().whose(id) {
                Some(Whose::Server(server, ..)) => Some(server),
                _ => return,
            },
            _ => None,
        };
        let mut state = self.state();
        if state.listening.as_ref() == Some(stream) {
            state.listening = None;
        }
        drop(state);
        match server {
            Some(server) => {
                if let Some(conversation) = self.conversation(server) {
                    conversation.leave(stream);
                }
            }
            None => {
                for conversation in &self.conversations {
                    conversation.leave(stream);
                }
            }
        }
    }

    fn close(&self) {
        for token in self.state().close() {
            token.cancel();
        }
        self.stop.cancel();
        for lane in &self.lanes {
            lane.clear();
        }
        for conversation in &self.conversations {
            conversation.close();
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

#[cfg(test)]
mod tests;
