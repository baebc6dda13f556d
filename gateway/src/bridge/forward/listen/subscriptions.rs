//! Which resources a session hears about.

use std::collections::BTreeSet;

use serde_json::json;

use super::Listen;
use crate::message::{Id, Message, Object};
use crate::pipeline::{Outcome, Permitted, Ticket};
use crate::protocol::{Fault, Refusal, answer, method};
use crate::upstream::{Arrival, Pressure, Stream};

/// The most resources that a session subscribes to.
const MOST_RESOURCES: usize = 1000;

/// A subscription that the server has not granted yet.
pub(super) struct Waiting {
    id: Id,
    pub(super) ticket: Ticket,
    stream: Stream,
    resource: String,
    /// How many calls there had been: a later one grants it.
    after: u64,
}

impl Listen {
    /// The client wants to hear about a resource, or no more. It is answered when the server has
    /// granted it, and at once as long as the client does not listen.
    pub(in crate::bridge::forward) fn subscribe(
        &self,
        permitted: Permitted,
        id: Id,
        stream: Stream,
    ) -> Pressure {
        let (pass, ticket) = permitted.split();
        let message = pass.message();
        let resource = message.members().ok().and_then(|params| params.text("uri"));
        let fault = match &resource {
            _ if !self.session.offered.subscribe => {
                Some(Fault::new(Fault::METHOD_NOT_FOUND, "Method not found"))
            }
            None => Some(Fault::new(Fault::INVALID_PARAMS, "Invalid params: no `uri`")),
            Some(_) => None,
        };
        let (None, Some(resource)) = (fault.as_ref(), resource) else {
            let fault = fault.unwrap_or(Fault::new(Fault::INTERNAL_ERROR, "Internal error"));
            return self.client.receive(Arrival::on(stream, ticket.fault(&fault)));
        };
        let resource = resource.into_owned();
        let unsubscribes = message.method() == method::RESOURCES_UNSUBSCRIBE;
        let mut state = self.state();
        let waiting = Waiting { id, ticket, stream, resource, after: state.calls };
        if unsubscribes {
            let changes = state.resources.remove(&waiting.resource);
            drop(state);
            if changes {
                self.changed.send_replace(());
            }
            return self.granted(waiting);
        }
        let waits = state.waiting.iter().any(|other| other.resource == waiting.resource);
        if state.resources.contains(&waiting.resource) && !waits {
            drop(state);
            return self.granted(waiting);
        }
        if state.resources.len() >= MOST_RESOURCES || state.waiting.len() >= MOST_RESOURCES {
            drop(state);
            let fault = Fault::new(Fault::INVALID_REQUEST, "Invalid request: too many resources");
            let answer = waiting.ticket.fault(&fault);
            return self.client.receive(Arrival::on(waiting.stream, answer));
        }
        state.resources.insert(waiting.resource.clone());
        let pressure = if state.stream.is_some() {
            state.waiting.push(waiting);
            drop(state);
            Pressure::Free
        } else {
            drop(state);
            self.granted(waiting)
        };
        self.changed.send_replace(());
        pressure
    }

    /// Whether a subscription under this identifier waits.
    pub(in crate::bridge::forward) fn waits_for(&self, id: &Id) -> bool {
        self.state().waiting.iter().any(|waiting| waiting.id == *id)
    }

    /// The client takes a subscription back that waits. Whether there was one.
    pub(in crate::bridge::forward) fn take_back(&self, id: &Id) -> bool {
        let mut state = self.state();
        let Some(at) = state.waiting.iter().position(|waiting| waiting.id == *id) else {
            return false;
        };
        let waiting = state.waiting.swap_remove(at);
        if state.waiting.iter().all(|other| other.resource != waiting.resource) {
            state.resources.remove(&waiting.resource);
        }
        drop(state);
        waiting.ticket.end(Outcome::Cancelled);
        let _ = self.client.receive(Arrival::end(waiting.stream));
        self.changed.send_replace(());
        true
    }

    fn granted(&self, waiting: Waiting) -> Pressure {
        let answer = waiting.ticket.settle(answer(&waiting.id, &json!({})));
        self.client.receive(Arrival::on(waiting.stream, answer))
    }

    /// Answers the subscriptions that wait for this call. Without a list of what is granted, all are.
    pub(in crate::bridge::forward) fn acknowledged(
        &self,
        number: u64,
        acknowledgement: Option<&Message>,
    ) {
        let granted = acknowledgement.and_then(|message| {
            let params = message.members().ok()?;
            let filter = Object::from_json(params.get("notifications")?).ok()?;
            let resources = filter.get("resourceSubscriptions").unwrap_or("[]");
            serde_json::from_str::<BTreeSet<String>>(resources).ok()
        });
        let is_granted =
            |resource: &str| granted.as_ref().is_none_or(|granted| granted.contains(resource));
        let waiting = self.waiting(number, |resource| !is_granted(resource));
        for waiting in waiting {
            if is_granted(&waiting.resource) {
                let _ = self.granted(waiting);
            } else {
                let why = "Invalid params: the server grants no subscription to this resource";
                let answer = waiting.ticket.fault(&Fault::new(Fault::INVALID_PARAMS, why));
                let _ = self.client.receive(Arrival::on(waiting.stream, answer));
            }
        }
    }

    /// Refuses the subscriptions that wait for this call.
    pub(super) fn refused(&self, number: u64, why: &str) {
        let waiting = self.waiting(number, |_| true);
        for waiting in waiting {
            let refusal = Refusal::unavailable(&self.server, why);
            let answer = waiting.ticket.refuse(&refusal);
            let _ = self.client.receive(Arrival::on(waiting.stream, answer));
        }
    }

    /// Takes out the subscriptions that wait for this call, and forgets the resources that are lost.
    fn waiting(&self, number: u64, is_lost: impl Fn(&str) -> bool) -> Vec<Waiting> {
        let mut state = self.state();
        let waiting: Vec<Waiting> =
            state.waiting.extract_if(.., |waiting| waiting.after < number).collect();
        for waiting in waiting.iter().filter(|waiting| is_lost(&waiting.resource)) {
            state.resources.remove(&waiting.resource);
        }
        waiting
    }
}
