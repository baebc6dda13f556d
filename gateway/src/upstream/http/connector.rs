//! Makes links to one server.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::connection::Connection;
use super::legacy;
use super::link::HttpLink;
use super::server::Server;
use super::spec::{HttpSpec, Transport};
use crate::service::{ConnectError, Connector};
use crate::upstream::{Link, Receiver};

/// Makes links to one server. They share its connections and what is known about its tools.
#[derive(Clone)]
pub struct HttpConnector(Arc<Server>);

impl std::fmt::Debug for HttpConnector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("HttpConnector").field(&self.0.spec).finish()
    }
}

impl HttpConnector {
    /// For this server.
    ///
    /// # Errors
    /// If the address is not of HTTP, or a header field cannot be sent.
    pub fn new(spec: HttpSpec) -> Result<Self, ConnectError> {
        Server::new(spec).map(|server| Self(Arc::new(server)))
    }
}

impl Connector for HttpConnector {
    /// Over Streamable HTTP nothing is sent before the first message, so this cannot fail. Over HTTP+SSE
    /// the server has named its endpoint.
    fn connect(
        &self,
        receiver: Arc<dyn Receiver>,
    ) -> BoxFuture<'_, Result<Arc<dyn Link>, ConnectError>> {
        Box::pin(async move {
            let connection = Connection::new(Arc::clone(&self.0), receiver);
            if self.0.spec.transport == Transport::Sse {
                legacy::open(&connection).await.map_err(ConnectError)?;
            }
            Ok(Arc::new(HttpLink::new(connection)) as Arc<dyn Link>)
        })
    }

    /// Whether it is HTTP+SSE for certain. A server that turns out to speak it names no streams but those
    /// of answers.
    fn is_pipe(&self) -> bool {
        self.0.spec.transport == Transport::Sse
    }
}
