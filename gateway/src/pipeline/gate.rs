//! The pipeline itself.

use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use jiff::Timestamp;

use super::authenticate::authenticate;
use super::authorize::authorize;
use super::caller::{Caller, Denial, Refused, Router, Target};
use super::door::Door;
use super::pass::{Pass, Permitted};
use super::rules::Rules;
use super::ticket::{Open, Ticket};
use crate::auth::Unauthorized;
use crate::message::{Kind, Message};
use crate::protocol::Fault;
use crate::record::{DecisionLog, LogError, RequestId, RequestIds};

/// What all messages of clients go through.
#[derive(Debug)]
pub struct Gate {
    rules: ArcSwap<Rules>,
    log: DecisionLog,
    ids: RequestIds,
    now: fn() -> Timestamp,
    door: Door,
}

impl Gate {
    /// With these rules; decisions are written to this log, and named by these identifiers.
    #[must_use]
    pub fn new(
        rules: Rules,
        log: DecisionLog,
        ids: RequestIds,
        now: fn() -> Timestamp,
    ) -> Arc<Self> {
        Arc::new(Self { rules: ArcSwap::from_pointee(rules), log, ids, now, door: Door::default() })
    }

    /// One that lets everything pass and records nothing.
    #[cfg(test)]
    pub(crate) fn unguarded() -> Arc<Self> {
        let metrics = crate::record::metrics::Metrics::new("test", Timestamp::UNIX_EPOCH);
        let now = || Timestamp::UNIX_EPOCH;
        Self::new(Rules::open(&metrics, []), DecisionLog::none(), RequestIds::new([0; 16]), now)
    }

    /// The rules that hold now.
    #[must_use]
    pub fn rules(&self) -> Arc<Rules> {
        self.rules.load_full()
    }

    /// New rules, for messages that come from now on.
    pub fn replace(&self, rules: Rules) {
        self.rules.store(Arc::new(rules));
    }

    /// What time it is.
    pub(crate) fn time(&self) -> Timestamp {
        (self.now)()
    }

    pub(super) fn name(&self, time: Timestamp) -> RequestId {
        self.ids.next(time)
    }

    pub(super) const fn door(&self) -> &Door {
        &self.door
    }

    /// The decision log.
    #[must_use]
    pub const fn log(&self) -> &DecisionLog {
        &self.log
    }

    /// Decides about a request or notification: authenticate → route → authorize. What is permitted
    /// has a place in the log.
    ///
    /// # Errors
    /// If it is refused, which is recorded already.
    pub fn admit(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        router: &dyn Router,
        message: Message,
    ) -> Result<Permitted, Box<Refused>> {
        let open = self.open(caller, &message);
        let rules = Arc::clone(&open.rules);
        match authenticate(&rules.auth, caller, message, open.time) {
            Ok((principal, message)) => self.decided(Open { principal, ..open }, router, message),
            Err(stopped) => {
                Err(Box::new(self.refused(open, &stopped.denial, stopped.why.as_ref())))
            }
        }
    }

    /// Decides about a message that was made from one of this principal, and so has no credentials
    /// of its own: route → authorize.
    ///
    /// # Errors
    /// If it is refused, which is recorded already.
    pub(crate) fn admit_for(
        self: &Arc<Self>,
        principal: Arc<str>,
        caller: &Arc<Caller>,
        router: &dyn Router,
        message: Message,
    ) -> Result<Permitted, Box<Refused>> {
        let open = Open { principal, ..self.open(caller, &message) };
        self.decided(open, router, message)
    }

    fn open(&self, caller: &Arc<Caller>, message: &Message) -> Open {
        let time = (self.now)();
        Open {
            rules: self.rules(),
            caller: Arc::clone(caller),
            principal: Arc::clone(&caller.principal),
            request: self.ids.next(time),
            began: Instant::now(),
            time,
            id: message.id().cloned(),
            method: message.method().into(),
            server: None,
            tool: None,
            bytes_in: message.bytes().len(),
            place: None,
            in_flight: None,
        }
    }

    fn decided(
        &self,
        mut open: Open,
        router: &dyn Router,
        message: Message,
    ) -> Result<Permitted, Box<Refused>> {
        match self.decide(&mut open, router, message) {
            Ok((target, message)) => Ok(Permitted::new(message, target, Ticket::new(open))),
            Err(denial) => Err(Box::new(self.refused(open, &denial, None))),
        }
    }

    fn decide(
        &self,
        open: &mut Open,
        router: &dyn Router,
        message: Message,
    ) -> Result<(Target, Message), Denial> {
        let (target, message) = router.route(message)?;
        if let Target::Server(name) = &target {
            open.server = Some(Arc::clone(name));
        }
        authorize(&open.rules, open.server.as_deref(), &message, &mut open.tool)?;
        open.place = Some(self.log.try_place().map_err(|error| unrecorded(&error))?);
        if message.kind() == Kind::Request {
            open.in_flight = Some(open.counter().begin());
        }
        Ok((target, message))
    }

    /// Lets the client's answer to a request of a server pass.
    #[must_use]
    pub fn answer(&self, _caller: &Arc<Caller>, answer: Message) -> Pass {
        Pass::permitted(answer)
    }

    fn refused(&self, mut open: Open, denial: &Denial, why: Option<&Unauthorized>) -> Refused {
        if let Some(why) = why {
            tracing::debug!(request_id = %open.request, "unauthorized: {why}");
        }
        open.place = self.log.try_place().ok();
        let (answer, status, code, rule) = match denial {
            Denial::Refusal(refusal) => (
                open.known().refuse(open.id.as_ref(), refusal),
                refusal.code.status(),
                refusal.code.name(),
                refusal.rule.clone(),
            ),
            Denial::Fault(fault) => {
                let status = if fault.code == Fault::INTERNAL_ERROR { 503 } else { 400 };
                (fault.answer(open.id.as_ref()), status, fault.name(), None)
            }
        };
        let is_request = open.id.is_some();
        open.refused(code, rule.as_deref(), answer.bytes().len());
        let challenge = why.map(|why| why.challenge().value());
        Refused { answer: is_request.then_some(answer), status, challenge }
    }
}

/// What cannot be recorded does not pass.
fn unrecorded(error: &LogError) -> Denial {
    let why = format!("Internal error: the decision cannot be recorded: {error}");
    Denial::Fault(Fault::new(Fault::INTERNAL_ERROR, why))
}
