//! Opening a session, and opening it again as the client had when the connection was lost.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::message::{Id, Kind, Message};
use crate::pipeline::Pass;
use crate::protocol::method;
use crate::upstream::Link;

/// What opened the session, and what the client has set in it since.
#[derive(Default)]
pub(super) struct Reopen {
    /// The client's `initialize`, or its `server/discover` if it began with that.
    opening: Option<Pass>,
    /// The server accepted it.
    open: bool,
    initialized: Option<Pass>,
    level: Option<Pass>,
    subscriptions: BTreeMap<String, Pass>,
    /// The session is being opened again, by a request of this identifier.
    under_way: Option<Id>,
    link: Option<Arc<dyn Link>>,
    connection: u64,
    counter: u64,
}

/// The most subscriptions that are made again.
const SUBSCRIPTIONS: usize = 10_000;

impl Reopen {
    /// Notes what the client says, as far as it matters for a session.
    pub(super) fn note(&mut self, pass: &Pass) {
        let message = pass.message();
        match message.method() {
            method::INITIALIZE | method::DISCOVER if !self.open => {
                self.opening = Some(pass.clone());
            }
            method::INITIALIZED => self.initialized = Some(pass.clone()),
            method::SET_LEVEL => self.level = Some(pass.clone()),
            method::RESOURCES_SUBSCRIBE if self.subscriptions.len() < SUBSCRIPTIONS => {
                if let Some(uri) = uri(message) {
                    self.subscriptions.insert(uri, pass.clone());
                }
            }
            method::RESOURCES_UNSUBSCRIBE => {
                if let Some(uri) = uri(message) {
                    self.subscriptions.remove(&uri);
                }
            }
            _ => {}
        }
    }

    /// An answer has come. If it is an error to what the client began with, the request comes back.
    pub(super) fn opened(&mut self, id: &Id, answer: &Message) -> Option<Pass> {
        if self.open || self.opening.as_ref()?.message().id() != Some(id) {
            return None;
        }
        if answer.kind() == Kind::Error {
            return self.opening.take();
        }
        let opening = self.opening.as_ref()?;
        self.open = opening.message().method() == method::INITIALIZE;
        if !self.open {
            self.opening = None;
        }
        None
    }

    /// Whether a session is open, as far as the client knows.
    pub(super) const fn is_open(&self) -> bool {
        self.open
    }

    /// Whether the session is being opened again over this connection.
    pub(super) fn is_under_way(&self, connection: u64) -> bool {
        self.under_way.is_some() && self.connection == connection
    }

    /// What to send first over a new connection, if a session is to be opened again.
    pub(super) fn begin(&mut self, connection: u64) -> Option<Pass> {
        if !self.open {
            return None;
        }
        let id = self.own("initialize", connection);
        self.connection = connection;
        self.under_way = Some(id.clone());
        self.opening.as_ref().map(|pass| pass.with_id(id))
    }

    /// The connection that it is opened over.
    pub(super) fn over(&mut self, link: Arc<dyn Link>) {
        if self.under_way.is_some() {
            self.link = Some(link);
        }
    }

    /// Whether this identifier is that of our own request.
    pub(super) fn is(&self, id: &Id) -> bool {
        self.under_way.as_ref() == Some(id)
    }

    /// The server has answered: the connection, and what is to be said next, or why it is of no use.
    pub(super) fn done(&mut self, answer: &Message) -> Result<(Arc<dyn Link>, Vec<Pass>), String> {
        self.under_way = None;
        let link = self.link.take().ok_or("the session could not be opened again")?;
        if answer.kind() == Kind::Error {
            link.close();
            return Err("the server did not open the session again".to_owned());
        }
        let again: Vec<Pass> =
            self.level.iter().chain(self.subscriptions.values()).cloned().collect();
        let mut after: Vec<Pass> = self.initialized.iter().cloned().collect();
        for pass in again {
            let id = self.own("again", 0);
            after.push(pass.with_id(id));
        }
        Ok((link, after))
    }

    /// The connection is gone again.
    pub(super) fn abort(&mut self) {
        self.under_way = None;
        if let Some(link) = self.link.take() {
            link.close();
        }
    }

    /// An identifier that no client has chosen by chance.
    fn own(&mut self, what: &str, connection: u64) -> Id {
        self.counter += 1;
        Id::text(&format!("mcp-guard/{what}/{connection}/{}", self.counter))
    }
}

fn uri(message: &Message) -> Option<String> {
    message.members().ok()?.text("uri").map(std::borrow::Cow::into_owned)
}
