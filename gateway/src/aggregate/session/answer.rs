//! What a session with all servers answers itself.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::super::calls::absent;
use super::super::gather::{self, for_all};
use super::super::merge;
use super::super::routes::key;
use super::Session;
use super::asking::Asking;
use crate::message::{Kind, Message};
use crate::pipeline::Denial;
use crate::protocol::{Era, answer, method};
use crate::upstream::Stream;

/// How long the servers may take for what all are told.
const PATIENCE: Duration = Duration::from_secs(10);

impl Session {
    /// Answers a request that is for no server alone.
    pub(super) async fn answer(
        &self,
        message: &Message,
        stream: &Stream,
        principal: &Arc<str>,
    ) -> Result<Message, Denial> {
        match message.method() {
            method::INITIALIZE => self.initialize(message, principal).await,
            method::PING => empty(message),
            method::SET_LEVEL => {
                self.state().level = Some(for_all(message)?);
                self.tell_each(&self.able_ones("logging")?, message, stream, principal).await
            }
            method::RESOURCES_READ => {
                let asking = Asking { session: self, stream, principal };
                let able = self.able_ones("resources")?;
                gather::read(&asking, &self.whole.catalogue, &able, message).await
            }
            // Whose it is nobody knows: a server that does not have it has nothing to say about it.
            method::RESOURCES_SUBSCRIBE | method::RESOURCES_UNSUBSCRIBE => {
                self.tell_each(&self.able_ones("resources")?, message, stream, principal).await
            }
            name if key(name).is_some() => self.list(message, stream, principal).await,
            _ => Err(absent()),
        }
    }

    /// The servers with open sessions that have a capability.
    fn able(&self, capability: &str) -> Vec<usize> {
        let state = self.state();
        let open = state.open();
        open.into_iter().filter(|server| state.has(*server, capability)).collect()
    }

    /// The same; without any, nobody knows the method.
    fn able_ones(&self, capability: &str) -> Result<Vec<usize>, Denial> {
        let able = self.able(capability);
        if able.is_empty() { Err(absent()) } else { Ok(able) }
    }

    async fn list(
        &self,
        message: &Message,
        stream: &Stream,
        principal: &Arc<str>,
    ) -> Result<Message, Denial> {
        // Those that were left out come back with a change of their lists.
        self.open_all();
        let key = key(message.method()).unwrap_or_default();
        let capability = if key == "resourceTemplates" { "resources" } else { key };
        let able = self.able(capability);
        let mut asked = self.whole.names.listed(message.method());
        asked.retain(|server| able.contains(server));
        if able.is_empty() && self.state().open().is_empty() {
            return Err(gather::none("no server can be reached"));
        }
        let (names, catalogue) = (&self.whole.names, &self.whole.catalogue);
        let asking = Asking { session: self, stream, principal };
        let parts = gather::lists(&asking, names, &asked, message).await?;
        merge::list(names, catalogue, message, &parts, Era::Session).ok_or_else(absent)
    }

    /// Tells several servers the same. It is well if one of them takes it.
    async fn tell_each(
        &self,
        servers: &[usize],
        message: &Message,
        stream: &Stream,
        principal: &Arc<str>,
    ) -> Result<Message, Denial> {
        let told = for_all(message)?;
        let answers = join_all(servers.iter().map(|&server| {
            let asked = self.ask(server, told.clone(), stream.clone(), principal);
            tokio::time::timeout(PATIENCE, asked)
        }))
        .await;
        let answers = answers.into_iter().flatten().flatten();
        let mut error = None;
        for answer in answers {
            if answer.kind() == Kind::Result {
                return empty(message);
            }
            error = error.or(Some(answer));
        }
        error.ok_or_else(|| gather::none("no server can be asked"))
    }
}

fn empty(message: &Message) -> Result<Message, Denial> {
    message.id().map(|id| answer(id, &json!({}))).ok_or_else(absent)
}
