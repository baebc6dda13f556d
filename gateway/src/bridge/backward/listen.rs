//! Clients that listen for changes in a session.

use std::sync::{MutexGuard, Weak};

use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::answer::{Can, tagged};
use super::inner::{Inner, State, Work};
use super::session::Session;
use crate::message::{Id, Message, Object, meta, text};
use crate::pipeline::{Outcome, Ticket};
use crate::protocol::{Fault, Refusal, method};
use crate::service::Exchange;
use crate::session::MOST;
use crate::upstream::Arrival;

/// The most resources that one client listens for.
const MOST_RESOURCES: usize = 1000;

/// What a client wants to hear about, or was granted (2026-07-28, `SubscriptionFilter`).
#[derive(Debug, Default)]
struct Filter {
    tools: bool,
    prompts: bool,
    resources: bool,
    /// URIs.
    updates: Vec<String>,
}

/// A `subscriptions/listen` request that is open.
pub(super) struct Listen {
    ticket: Ticket,
    arrivals: mpsc::Sender<Arrival>,
    /// As the client spelled it.
    id: Id,
    filter: Filter,
    acknowledged: bool,
}

impl Filter {
    fn read(message: &Message) -> Result<Self, &'static str> {
        let params = message.members().map_err(|_| "unreadable")?;
        let json = params.get("notifications").ok_or("`notifications` is missing")?;
        let object = Object::from_json(json).map_err(|_| "`notifications` is no object")?;
        let wants = |name| object.get(name) == Some("true");
        let mut updates = match object.get("resourceSubscriptions") {
            None => Vec::new(),
            Some(json) => uris(json).ok_or("`resourceSubscriptions` is no list of URIs")?,
        };
        updates.sort_unstable();
        updates.dedup();
        if updates.len() > MOST_RESOURCES {
            return Err("`resourceSubscriptions` is too long");
        }
        Ok(Self {
            tools: wants("toolsListChanged"),
            prompts: wants("promptsListChanged"),
            resources: wants("resourcesListChanged"),
            updates,
        })
    }

    /// What of it the server can do.
    fn granted(&mut self, can: Can) {
        self.tools &= can.tell_tools;
        self.prompts &= can.tell_prompts;
        self.resources &= can.tell_resources;
        if !can.subscribe {
            self.updates.clear();
        }
    }

    fn json(&self) -> String {
        let mut object = serde_json::Map::new();
        for (name, granted) in [
            ("toolsListChanged", self.tools),
            ("promptsListChanged", self.prompts),
            ("resourcesListChanged", self.resources),
        ] {
            if granted {
                object.insert(name.to_owned(), true.into());
            }
        }
        if !self.updates.is_empty() {
            object.insert("resourceSubscriptions".to_owned(), self.updates.clone().into());
        }
        serde_json::Value::Object(object).to_string()
    }

    /// Whether a change of a resource is meant: of the one itself, or of a part of it (2025-11-25,
    /// `ResourceUpdatedNotificationParams`).
    fn has(&self, uri: &str) -> bool {
        self.updates.iter().any(|wanted| {
            let part = uri.strip_prefix(&**wanted);
            part.is_some_and(|rest| {
                rest.is_empty() || wanted.ends_with('/') || rest.starts_with(['/', '#', '?'])
            })
        })
    }
}

fn uris(json: &str) -> Option<Vec<String>> {
    let list: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    list.into_iter().map(|uri| text(uri.get()).map(std::borrow::Cow::into_owned)).collect()
}

impl Listen {
    pub(super) fn refuse(self, refusal: &Refusal) {
        let _ = self.arrivals.try_send(Arrival::of(self.ticket.refuse(refusal)));
    }

    /// The session is over. A client that was told what it will hear is told that it ends.
    pub(super) fn end(self, refusal: &Refusal) {
        if !self.acknowledged {
            return self.refuse(refusal);
        }
        let id = self.id.json();
        let closing = Message::made(format!(
            r#"{{"jsonrpc":"2.0","id":{id},"result":{{"resultType":"complete","_meta":{{"{}":{id}}}}}}}"#,
            meta::SUBSCRIPTION_ID
        ));
        let _ = self.arrivals.try_send(Arrival::of(self.ticket.settle(closing)));
    }

    /// Whether the client still reads.
    fn tell(&self, message: Message) -> bool {
        self.arrivals.try_send(Arrival::of(message)).is_ok()
    }
}

impl Session {
    /// Opens a listen.
    pub(super) fn open_listen(&self, message: &Message, ticket: Ticket) -> Exchange {
        let Some(id) = message.id().cloned() else { return Exchange::empty() };
        let filter = match Filter::read(message) {
            Ok(filter) => filter,
            Err(why) => {
                let fault = Fault::new(Fault::INVALID_PARAMS, format!("Invalid params: {why}"));
                return Exchange::answered(ticket.fault(&fault));
            }
        };
        let mut inner = self.inner();
        if inner.listens.len() >= MOST {
            drop(inner);
            return Exchange::answered(ticket.refuse(&self.unavailable("too many listeners")));
        }
        let number = inner.number();
        let this = Weak::clone(&self.this);
        let (exchange, arrivals) = Exchange::guarded(move || {
            if let Some(this) = this.upgrade() {
                Self::stop_listening(this.inner(), number, Outcome::Cancelled);
            }
        });
        let listen = Listen { ticket, arrivals, id, filter, acknowledged: false };
        inner.listens.insert(number, listen);
        self.put(inner, Work::Listen(number));
        exchange
    }

    /// The client listens no more.
    fn stop_listening(mut inner: MutexGuard<'_, Inner>, number: u64, outcome: Outcome) {
        let Some(listen) = inner.listens.remove(&number) else { return };
        inner.touch();
        inner.unqueue(number);
        if listen.acknowledged {
            for uri in &listen.filter.updates {
                let Some(count) = inner.subscriptions.get_mut(uri) else { continue };
                *count -= 1;
                if *count == 0 {
                    inner.subscriptions.remove(uri);
                    inner.own_request(method::RESOURCES_UNSUBSCRIBE, "uri", uri);
                }
            }
        }
        drop(inner);
        listen.ticket.end(outcome);
    }

    /// A notification that belongs to no call goes to those who listen for it. Others are dropped:
    /// this era has none.
    pub(super) fn spread(&self, inner: MutexGuard<'_, Inner>, message: &Message) {
        let members = message.members().ok();
        let uri = members.as_ref().and_then(|members| members.text("uri"));
        let wants = |filter: &Filter| match message.method() {
            method::TOOLS_CHANGED => filter.tools,
            method::PROMPTS_CHANGED => filter.prompts,
            method::RESOURCES_CHANGED => filter.resources,
            method::RESOURCE_UPDATED => uri.as_deref().is_some_and(|uri| filter.has(uri)),
            _ => false,
        };
        let slow: Vec<u64> = inner
            .listens
            .iter()
            .filter(|(_, listen)| listen.acknowledged && wants(&listen.filter))
            .filter(|(_, listen)| {
                tagged(message, &listen.id).is_some_and(|message| !listen.tell(message))
            })
            .map(|(number, _)| *number)
            .collect();
        drop(inner);
        for number in slow {
            Self::stop_listening(self.inner(), number, Outcome::ConnectionLost);
        }
    }
}

impl Inner {
    /// Tells a client what it will hear. Only then does it hear anything.
    pub(super) fn acknowledge(&mut self, number: u64) {
        let State::Up { opened, .. } = &self.state else { return };
        let can = opened.can;
        let Some(listen) = self.listens.get_mut(&number) else { return };
        listen.filter.granted(can);
        listen.acknowledged = true;
        let message = Message::made(format!(
            r#"{{"jsonrpc":"2.0","method":"{}","params":{{"_meta":{{"{}":{}}},"notifications":{}}}}}"#,
            method::ACKNOWLEDGED,
            meta::SUBSCRIPTION_ID,
            listen.id.json(),
            listen.filter.json(),
        ));
        let _ = listen.tell(message);
        for uri in listen.filter.updates.clone() {
            let count = self.subscriptions.entry(uri.clone()).or_default();
            *count += 1;
            if *count == 1 {
                self.own_request(method::RESOURCES_SUBSCRIBE, "uri", &uri);
            }
        }
    }
}
