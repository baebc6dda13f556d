//! What comes from one of the servers.

use std::sync::Weak;

use super::Session;
use super::lane::Said;
use super::state::{is_own, marked};
use crate::message::{Id, Kind, Message, meta, place};
use crate::pipeline::Pass;
use crate::protocol::{Fault, Refusal, method};
use crate::session::cancelled;
use crate::upstream::{Arrival, Pressure, Receiver, Stream, What};

/// Hears one server.
pub(super) struct Tap {
    session: Weak<Session>,
    server: usize,
}

impl Tap {
    pub(super) const fn new(session: Weak<Session>, server: usize) -> Self {
        Self { session, server }
    }
}

impl Receiver for Tap {
    fn receive(&self, arrival: Arrival) -> Pressure {
        self.session
            .upgrade()
            .map_or(Pressure::Free, |session| session.arrived(self.server, arrival))
    }

    fn lost(&self, why: &str) {
        if let Some(session) = self.session.upgrade() {
            session.lost(self.server, why);
        }
    }
}

impl Session {
    fn arrived(&self, server: usize, mut arrival: Arrival) -> Pressure {
        if let Some(Stream::Request(id)) = &arrival.stream
            && is_own(id)
        {
            // Asked by us: the client sees it on the stream of its own request. That stream is made
            // of many and cannot be taken up again.
            let stream = self.state().ours.get(id).map(|ours| ours.stream.clone());
            if let What::Failed(_) | What::End = arrival.what {
                if matches!(arrival.what, What::Failed(_)) {
                    self.state().ours.remove(id);
                }
                return Pressure::Free;
            }
            arrival.stream = stream;
            arrival.mark = None;
        } else {
            self.mark(server, &mut arrival);
        }
        match &arrival.what {
            What::Message(message) => match message.kind() {
                Kind::Result | Kind::Error => self.answered(server, arrival),
                Kind::Request => self.asks(server, arrival),
                Kind::Notification => self.notifies(server, arrival),
            },
            What::Nothing if arrival.mark.is_none() => Pressure::Free,
            What::Failed(_) => {
                if let Some(Stream::Request(id)) = &arrival.stream {
                    self.state().end(id);
                }
                self.client.receive(arrival)
            }
            What::Nothing | What::End => self.client.receive(arrival),
        }
    }

    /// Makes the mark of an event the client's.
    fn mark(&self, server: usize, arrival: &mut Arrival) {
        let Some(id) = arrival.mark.as_mut().and_then(|mark| mark.id.as_mut()) else { return };
        // Nothing but an empty one forgets where a stream was (HTML, 9.2.6).
        if id.is_empty() {
            return;
        }
        let standalone = match &arrival.stream {
            Some(Stream::Standalone) => true,
            Some(stream @ Stream::Resumed(_)) => self.state().listening.as_ref() == Some(stream),
            _ => false,
        };
        if standalone && let Some(mark) = self.state().marks.get_mut(server) {
            *mark = Some(id.clone());
        }
        *id = marked(self.whole.names.name(server), standalone, id);
    }

    fn answered(&self, server: usize, arrival: Arrival) -> Pressure {
        let What::Message(message) = &arrival.what else { return Pressure::Free };
        let Some(id) = message.id() else { return Pressure::Free };
        let mut state = self.state();
        if let Some(ours) = state.ours.get(id) {
            if ours.server == server
                && let Some(ours) = state.ours.remove(id)
            {
                let _ = ours.answer.send(message.clone());
            }
            return Pressure::Free;
        }
        let its = state.answered_by(server, id);
        drop(state);
        if !its {
            tracing::debug!(
                server = self.whole.names.name(server),
                "an answer that nobody waits for"
            );
            return Pressure::Free;
        }
        self.whole.catalogue.heed(message, server);
        self.client.receive(arrival)
    }

    /// A server asks the client, under an identifier and a token that no other server has.
    fn asks(&self, server: usize, mut arrival: Arrival) -> Pressure {
        let What::Message(message) = &arrival.what else { return Pressure::Free };
        let Some(id) = message.id() else { return Pressure::Free };
        let token = message
            .meta()
            .ok()
            .and_then(|meta| meta.get(meta::PROGRESS_TOKEN))
            .and_then(|json| Some((place(message.json(), json), Id::from_json(json)?)));
        let own = token.as_ref().map(|(_, token)| token.clone());
        let Some(number) = self.state().asks(server, id.clone(), own) else {
            let fault = Fault::new(Fault::INTERNAL_ERROR, "too many requests wait for the client");
            let answer = Pass::own(fault.answer(Some(id)));
            let _ = self.put(server, Said::reply(answer));
            return Pressure::Free;
        };
        let edited = match token {
            Some((place, _)) => message.with(&[(place, &number.to_string())]),
            None => Ok(message.clone()),
        };
        let edited = edited.unwrap_or_else(|_| message.clone());
        arrival.what = What::Message(edited.with_id(Id::number(number)));
        self.client.receive(arrival)
    }

    fn notifies(&self, server: usize, mut arrival: Arrival) -> Pressure {
        let What::Message(message) = &arrival.what else { return Pressure::Free };
        if message.method() == method::CANCELLED {
            let known = cancelled(message);
            let number = known.and_then(|id| self.state().taken_back(server, &id));
            let Some(edited) = number.and_then(|number| renamed(message, number)) else {
                return Pressure::Free;
            };
            arrival.what = What::Message(edited);
            return self.client.receive(arrival);
        }
        self.whole.catalogue.heed(message, server);
        self.client.receive(arrival)
    }

    /// The connection to a server is gone, and with it what it was asked.
    fn lost(&self, server: usize, why: &str) {
        let name = self.whole.names.name(server);
        tracing::warn!(target: "mcp_guard::server", server = name, "left out for now: {why}");
        let lost = self.state().lose(server, why);
        if let Some(lane) = self.lanes.get(server) {
            lane.clear();
        }
        self.turned.send_replace(());
        let refusal = Refusal::unavailable(name, why);
        for (id, stream, receipt) in lost {
            let answer = receipt.refuse(&id, &refusal);
            let _ = self.client.receive(Arrival::on(stream, answer));
        }
    }
}

/// A cancellation under the identifier that the client knows.
fn renamed(message: &Message, number: u64) -> Option<Message> {
    let members = message.members().ok()?;
    let at = place(message.json(), members.get("requestId")?);
    message.with(&[(at, &number.to_string())]).ok()
}
