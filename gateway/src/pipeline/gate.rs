//! The pipeline itself.

use std::sync::Arc;
use std::time::Instant;

use super::pass::{Pass, Permitted};
use super::ticket::{Open, Outcome, Ticket};
use crate::message::Message;
use crate::protocol::{Code, Era, Fault, Refusal, RequestId, method};

/// Who a message is from, as far as it is the same for all messages of a conversation.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who it is, as authentication found: `ci`, `local:NAME`, `anonymous`.
    pub principal: Arc<str>,
    /// Where the messages come in.
    pub front: Front,
    /// How the conversation is held.
    pub era: Era,
    /// What tells this conversation from others in the log: no session id, and no secret.
    pub session: Option<Arc<str>>,
}

/// Where messages come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Front {
    /// Standard input.
    Stdio,
    /// Streamable HTTP.
    Http,
    /// Plain JSON-RPC over HTTP.
    Rpc,
    /// HTTP+SSE of 2024-11-05.
    Sse,
}

/// What decides. A message goes by the same rules from its arrival to its answer.
#[derive(Debug, Default)]
pub struct Rules {}

impl Rules {
    /// The rule that keeps this tool from the caller, if one does.
    #[must_use]
    pub fn denies(&self, _caller: &Caller, _server: &str, _tool: &str) -> Option<String> {
        None
    }
}

/// What all messages of clients go through.
#[derive(Debug)]
pub struct Gate {
    rules: arc_swap::ArcSwap<Rules>,
}

/// Where a message goes.
#[derive(Clone, Debug)]
pub enum Target {
    /// To a server.
    Server(Arc<str>),
    /// Nowhere: the gateway answers itself.
    Gateway,
}

/// A message that was not permitted; that is recorded already.
#[derive(Debug)]
pub struct Refused {
    /// The answer; none for a notification.
    pub answer: Option<Message>,
    /// The HTTP status on `/rpc`.
    pub status: u16,
}

impl Gate {
    /// With these rules.
    #[must_use]
    pub fn new(rules: Rules) -> Arc<Self> {
        Arc::new(Self { rules: arc_swap::ArcSwap::from_pointee(rules) })
    }

    /// Decides about a request or notification.
    ///
    /// # Errors
    /// If it is refused, which is recorded already.
    pub fn admit(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        router: &dyn Router,
        message: Message,
    ) -> Result<Permitted, Box<Refused>> {
        let mut open = Open {
            gate: Arc::clone(self),
            rules: self.rules.load_full(),
            caller: Arc::clone(caller),
            request: RequestId(0),
            began: Instant::now(),
            time: jiff::Timestamp::UNIX_EPOCH,
            id: message.id().cloned(),
            method: message.method().into(),
            server: None,
            tool: None,
            bytes_in: message.bytes().len(),
        };
        let decided = router.route(message).and_then(|(target, message)| {
            open.target(&target);
            authorize(&mut open, &message)?;
            Ok((target, message))
        });
        match decided {
            Ok((target, message)) => Ok(Permitted::new(message, target, Ticket::new(open))),
            Err(denial) => Err(Box::new(self.refused(&open, &denial))),
        }
    }

    /// Lets the client's answer to a request of a server pass.
    #[must_use]
    pub fn answer(&self, _caller: &Arc<Caller>, answer: Message) -> Pass {
        Pass::permitted(answer)
    }

    fn refused(&self, open: &Open, denial: &Denial) -> Refused {
        let (answer, refusal, status) = match denial {
            Denial::Refusal(refusal) => (
                refusal.answer(open.id.as_ref(), open.caller.era, open.request),
                Some(refusal),
                refusal.code.status(),
            ),
            Denial::Fault(fault) => (fault.answer(open.id.as_ref()), None, 400),
        };
        self.record(open, Outcome::Error, refusal, answer.bytes().len());
        Refused { answer: open.id.is_some().then_some(answer), status }
    }

    pub(super) fn record(
        &self,
        _open: &Open,
        _outcome: Outcome,
        _refusal: Option<&Refusal>,
        _bytes_out: usize,
    ) {
    }
}

/// Finds out where a message goes.
pub trait Router: Send + Sync {
    /// Where it goes, and the message as that server knows it: under the names that it gave.
    ///
    /// # Errors
    /// If it goes nowhere.
    fn route(&self, message: Message) -> Result<(Target, Message), Denial>;
}

impl Router for Target {
    fn route(&self, message: Message) -> Result<(Target, Message), Denial> {
        Ok((self.clone(), message))
    }
}

/// Why a message does not pass.
#[derive(Clone, Debug)]
pub enum Denial {
    /// The gateway refuses.
    Refusal(Refusal),
    /// The message is wrong.
    Fault(Fault),
}

fn authorize(open: &mut Open, message: &Message) -> Result<(), Denial> {
    if message.method() != method::TOOLS_CALL {
        return Ok(());
    }
    let Some(server) = &open.server else { return Ok(()) };
    let invalid = |why: String| Denial::Fault(Fault::new(Fault::INVALID_PARAMS, why));
    let members = message.members().map_err(|fault| invalid(format!("Invalid params: {fault}")))?;
    let Some(tool) = members.text("name") else {
        return Err(invalid("Invalid params: `name` of the tool is missing".to_owned()));
    };
    let denied = open.rules.denies(&open.caller, server, &tool);
    open.tool = Some(tool.into_owned());
    match denied {
        None => Ok(()),
        Some(rule) => Err(Denial::Refusal(Refusal {
            tool: open.tool.clone(),
            rule: Some(rule),
            ..Refusal::new(Code::ToolDenied, format!("this tool of {server} is not allowed"))
        })),
    }
}
