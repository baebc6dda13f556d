//! Opening the session with each server, at first and later.

use std::sync::Arc;
use std::time::Duration;

use super::super::gather;
use super::super::merge::{Capabilities, LISTS, Opened};
use super::Session;
use super::state::Phase;
use crate::message::{Kind, Message};
use crate::pipeline::Denial;
use crate::protocol::Fault;
use crate::upstream::{Arrival, Pressure, Stream};

/// How long the client waits for the slowest server.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a server may take to open its session at all.
const LONGEST: Duration = Duration::from_secs(120);

impl Session {
    /// Opens a session with every server at the same time. Those that are not there in time are left
    /// out for now.
    pub(super) async fn initialize(
        &self,
        message: &Message,
        principal: &Arc<str>,
    ) -> Result<Message, Denial> {
        let opening = gather::for_all(message)?;
        {
            let mut state = self.state();
            if state.opening.is_some() {
                let fault = "Invalid request: the session is open, or being opened";
                return Err(Denial::Fault(Fault::new(Fault::INVALID_REQUEST, fault)));
            }
            state.opening = Some(opening);
            state.opener = Arc::clone(principal);
        }
        let mut turned = self.turned.subscribe();
        self.open_all();
        let none_is_opening = |session: &Self| {
            let state = session.state();
            !state.phases.iter().any(|phase| matches!(phase, Phase::Opening))
        };
        let waited = turned.wait_for(|()| none_is_opening(self));
        // Whoever is not there by then is left out.
        let _ = tokio::time::timeout(PATIENCE, waited).await.is_ok();
        let mut state = self.state();
        let mut answers = Vec::new();
        for (server, phase) in state.phases.iter().enumerate() {
            match phase {
                Phase::Open(answer) => answers.push((server, answer.clone())),
                Phase::Opening => {
                    let server = self.whole.names.name(server);
                    tracing::warn!(target: "mcp_guard::server", server, "left out for now: no answer within {PATIENCE:?}");
                }
                Phase::Unopened | Phase::Out(_) => {}
            }
        }
        if answers.is_empty() {
            state.opening = None;
            return Err(gather::none("no server can be reached"));
        }
        state.opened = true;
        let missing = answers.len() < state.phases.len();
        drop(state);
        let opened = Opened { names: &self.whole.names, answers: &answers, missing };
        opened.initialized(message).ok_or_else(|| gather::none("no identifier"))
    }

    /// Begins to open the session with every server that has none; it goes on by itself.
    pub(super) fn open_all(&self) {
        let Some(this) = self.this.upgrade() else { return };
        let mut begun = Vec::new();
        {
            let mut state = self.state();
            let Some(opening) = state.opening.clone() else { return };
            for (server, phase) in state.phases.iter_mut().enumerate() {
                if matches!(phase, Phase::Unopened | Phase::Out(_)) {
                    *phase = Phase::Opening;
                    begun.push((server, opening.clone()));
                }
            }
        }
        for (server, opening) in begun {
            let this = Arc::clone(&this);
            tokio::spawn(async move { this.open(server, opening).await });
        }
    }

    async fn open(&self, server: usize, opening: Message) {
        let opener = Arc::clone(&self.state().opener);
        let asked = self.ask(server, opening, Stream::Standalone, &opener);
        let why = match tokio::time::timeout(LONGEST, asked).await {
            Ok(Ok(answer)) if answer.kind() == Kind::Result => {
                self.opened(server, answer).await;
                return;
            }
            Ok(Ok(_)) => "it answered by an error".to_owned(),
            Ok(Err(why)) => why,
            Err(_) => format!("no answer within {LONGEST:?}"),
        };
        let name = self.whole.names.name(server);
        tracing::warn!(target: "mcp_guard::server", server = name, "left out for now: {why}");
        self.turn(server, Phase::Out(format!("its session could not be opened: {why}")));
    }

    fn turn(&self, server: usize, phase: Phase) {
        if let Some(place) = self.state().phases.get_mut(server) {
            *place = phase;
        }
        self.turned.send_replace(());
    }

    /// A server has opened its session: it hears what the client has said meanwhile, and the client
    /// hears that there is more, if it was answered without.
    async fn opened(&self, server: usize, answer: Message) {
        let capabilities = Capabilities::of(&answer);
        let (opener, initialized, level, listening) = {
            let mut state = self.state();
            if let Some(place) = state.phases.get_mut(server) {
                *place = Phase::Open(answer);
            }
            (
                Arc::clone(&state.opener),
                state.initialized.clone(),
                state.level.clone(),
                state.listening.clone(),
            )
        };
        self.turned.send_replace(());
        let hears = initialized.is_some();
        if let Some(initialized) = initialized {
            self.tell(server, initialized, &opener).wait().await;
        }
        if let (Some(stream), Some(conversation)) = (listening, self.conversation(server)) {
            conversation.listen(stream, None);
        }
        if let (Some(level), true) = (level, capabilities.has("logging")) {
            let asked = self.ask(server, level, Stream::Standalone, &opener);
            let _ = tokio::time::timeout(PATIENCE, asked).await.is_ok();
        }
        if !hears {
            // It has listed nothing yet.
            return;
        }
        for (capability, changed) in LISTS {
            if capabilities.has(capability) {
                let json = format!(r#"{{"jsonrpc":"2.0","method":"{changed}"}}"#);
                let arrival = Arrival::on(Stream::Standalone, Message::made(json));
                self.client.receive(arrival).wait().await;
            }
        }
    }

    /// The client has taken the answer.
    pub(super) fn initialized(&self, message: &Message, principal: &Arc<str>) -> Pressure {
        let open = {
            let mut state = self.state();
            state.initialized = Some(message.clone());
            state.open()
        };
        let mut pressure = Pressure::Free;
        for server in open {
            if let full @ Pressure::Full(_) = self.tell(server, message.clone(), principal) {
                pressure = full;
            }
        }
        pressure
    }
}
