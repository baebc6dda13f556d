//! The link itself.

use std::sync::Arc;

use http::HeaderValue;

use super::connection::Connection;
use super::listen;
use super::outbox::Outbox;
use crate::pipeline::Pass;
use crate::upstream::{Arrival, Link, Pressure, Stream, What};

/// A connection to a server over HTTP. When it is dropped it is closed.
pub(super) struct HttpLink {
    connection: Arc<Connection>,
    outbox: Arc<Outbox>,
}

impl HttpLink {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        Self { outbox: Outbox::new(Arc::clone(&connection)), connection }
    }
}

impl Link for HttpLink {
    fn send(&self, pass: Pass, stream: Stream) -> Pressure {
        self.outbox.send(pass, stream)
    }

    fn listen(&self, stream: Stream, last_event_id: Option<String>) {
        let connection = &self.connection;
        if connection.is_over() || connection.legacy().is_some() {
            return;
        }
        let after = last_event_id.map(|id| HeaderValue::from_bytes(id.as_bytes()));
        // A client has one stream of each name.
        connection.requests.stop(&stream);
        match (&stream, after) {
            (Stream::Standalone, None) => {
                connection.read(stream, None, false, |_| {
                    listen::standalone(Arc::clone(connection), None)
                });
            }
            (Stream::Standalone, Some(Ok(after))) => {
                connection.read(stream, None, false, |_| {
                    listen::standalone(Arc::clone(connection), Some(after))
                });
            }
            (_, Some(Ok(after))) => {
                connection.read(stream.clone(), None, false, |_| {
                    listen::resumed(Arc::clone(connection), stream, after)
                });
            }
            (_, None | Some(Err(_))) => {
                let what = What::Failed("there is no such event to go on after".to_owned());
                let arrival = Arrival { stream: Some(stream), what, mark: None, status: None };
                let delivered = Arc::clone(connection);
                connection.spawn(async move { delivered.deliver(arrival).await });
            }
        }
    }

    fn leave(&self, stream: &Stream) {
        self.connection.requests.leave(stream);
    }

    fn close(&self) {
        self.connection.close();
    }
}

impl Drop for HttpLink {
    fn drop(&mut self) {
        self.connection.close();
    }
}
