//! Whose message it is, and where it goes.

use std::sync::Arc;

use super::pass::Permitted;
use crate::message::Message;
use crate::protocol::{Era, Fault, Refusal};
use crate::record::{Front, SessionTag};

/// The caller of whom nothing is known.
pub const ANONYMOUS: &str = "anonymous";

/// Who a message is from, as far as it is the same for all messages of a conversation.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who it is, as authentication found: the id of a key, `local:NAME`, `anonymous`.
    pub principal: Arc<str>,
    /// Where the messages come in.
    pub front: Front,
    /// How the conversation is held.
    pub era: Era,
    /// What tells this conversation from others in the log.
    pub session: Option<SessionTag>,
}

impl Caller {
    /// The same caller, as whom a message of it was permitted.
    pub(crate) fn proven(self: &Arc<Self>, permitted: &Permitted) -> Arc<Self> {
        match permitted.principal() {
            Some(principal) if *principal != self.principal => {
                Arc::new(Self { principal: Arc::clone(principal), ..Self::clone(self) })
            }
            _ => Arc::clone(self),
        }
    }
}

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To a server.
    Server(Arc<str>),
    /// Nowhere: the gateway answers itself.
    Gateway,
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

/// A message that was not permitted; that is recorded already.
#[derive(Debug)]
pub struct Refused {
    /// The answer; none for a notification.
    pub answer: Option<Message>,
    /// The HTTP status on `/rpc`; 401 counts on `/mcp` too.
    pub status: u16,
    /// What `WWW-Authenticate` says with status 401.
    pub challenge: Option<&'static str>,
}
