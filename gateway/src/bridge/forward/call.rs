//! One request of the client: the calls that it takes, and what comes of them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;

use super::Forward;
use super::required::{InputRequest, Required};
use super::translate::{self, Answer};
use crate::message::{Id, Kind, Message};
use crate::pipeline::{Permitted, Target};
use crate::protocol::{Fault, method};
use crate::service::Exchange;
use crate::upstream::{Arrival, Stream, What};

/// The most calls that one request takes.
const ROUNDS: u32 = 16;

/// The most that the client is asked in one round.
const MOST_ASKED: usize = 100;

/// How long the client may take to answer: a person may be reading.
const ANSWERED_WITHIN: Duration = Duration::from_secs(60 * 60);

/// How long a server that wants nothing of the client waits for the next call; twice as long each
/// time, up to the longest.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A request of the client under way.
pub(super) struct Call {
    pub(super) forward: Arc<Forward>,
    /// The request as the server gets it.
    pub(super) request: Message,
    /// As the client spelled it.
    pub(super) id: Id,
    /// Who sent it.
    pub(super) principal: Arc<str>,
    pub(super) stream: Stream,
}

impl Call {
    /// The answer for the client, after as many calls as it takes.
    pub(super) async fn answer(&self, mut exchange: Exchange) -> Message {
        for round in 1..=ROUNDS {
            let Some(answer) = self.heard(exchange).await else {
                return self.fault("it ended the call without an answer");
            };
            let required = match translate::answer(&self.request, answer) {
                Answer::Final(answer) => return answer.with_id(self.id.clone()),
                Answer::Wrong(why) => return self.fault(&why),
                Answer::InputRequired(_) if round == ROUNDS => break,
                Answer::InputRequired(answer) => Required::of(&answer),
            };
            let again = match required {
                Ok(required) => self.again(round, required).await,
                Err(why) => Err(self.fault(&why)),
            };
            exchange = match again {
                Ok(permitted) => self.forward.calls.call(&self.forward.caller, permitted),
                Err(answer) => return answer,
            };
        }
        self.fault(&format!("it wanted input {ROUNDS} times and did not answer"))
    }

    /// Delivers the answer, unless the client has taken the request back: then its stream ends.
    pub(super) async fn end(self, number: u64, answer: Option<Message>) {
        let Self { forward, id, stream, .. } = self;
        let arrival = match (forward.ended(&id, number), answer) {
            (true, Some(answer)) => Arrival::on(stream, answer),
            _ if forward.inner().closed => return,
            _ => Arrival::end(stream),
        };
        forward.client.receive(arrival).wait().await;
    }

    /// Passes on what comes before the answer of one call. `None` if there is no answer.
    async fn heard(&self, mut exchange: Exchange) -> Option<Message> {
        while let Some(arrival) = exchange.next().await {
            let message = match arrival.what {
                What::Message(message) => message,
                What::Nothing => continue,
                What::End => return None,
                What::Failed(why) => {
                    tracing::debug!(server = &*self.forward.server, "a call failed: {why}");
                    return None;
                }
            };
            match message.kind() {
                Kind::Result | Kind::Error => return Some(message),
                // Servers of this era do not ask in this way, and nobody could answer.
                Kind::Request => {
                    tracing::debug!(server = &*self.forward.server, "{message:?} in a call");
                }
                Kind::Notification if message.method() == method::CANCELLED => return None,
                Kind::Notification => {
                    let arrival = Arrival::on(self.stream.clone(), message);
                    self.forward.client.receive(arrival).wait().await;
                }
            }
        }
        None
    }

    /// The next call, once the client has given what the server wants; or the answer if there is
    /// none.
    async fn again(&self, round: u32, required: Required) -> Result<Permitted, Message> {
        let responses = match required.requests {
            Some(requests) if !requests.is_empty() => {
                Some(self.asked(requests).await.map_err(|why| self.fault(&why))?)
            }
            requests => {
                let pause = PAUSE.saturating_mul(2_u32.saturating_pow(round - 1));
                tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
                requests.map(|_| "{}".to_owned())
            }
        };
        let state = required.state.as_deref();
        let message = translate::again(&self.request, responses.as_deref(), state)
            .map_err(|why| self.fault(&why))?;
        let Forward { gate, caller, server, .. } = &*self.forward;
        // What is decided and recorded is each call by itself, under the client's identifier; the
        // server must not see the same one twice (2026-07-28, basic/patterns/mrtr).
        let target = Target::Server(Arc::clone(server));
        match gate.admit_for(Arc::clone(&self.principal), caller, &target, message) {
            Ok(permitted) => Ok(permitted.with_id(self.forward.own_id("again"))),
            Err(refused) => Err(refused.answer.map_or_else(
                || self.fault("it wanted input, and the next call is refused"),
                |answer| answer.with_id(self.id.clone()),
            )),
        }
    }

    /// Asks the client. The answers are an object, as JSON.
    async fn asked(&self, requests: Vec<(String, InputRequest)>) -> Result<String, String> {
        if requests.len() > MOST_ASKED {
            return Err(format!("it wants {} inputs at once", requests.len()));
        }
        for (_, request) in &requests {
            if !self.forward.session.takes(&request.method, request.params.as_deref()) {
                return Err(format!(
                    "it wants {} in a way that the client has not declared",
                    request.method
                ));
            }
        }
        let mut answers = Vec::with_capacity(requests.len());
        for (key, request) in requests {
            let (asking, pressure) = self.forward.asked.ask(&request, &self.stream)?;
            answers.push(async move {
                let answer = tokio::time::timeout(ANSWERED_WITHIN, asking.answer()).await;
                response(&request.method, answer.ok().flatten().as_ref())
                    .map(|response| format!("{key}:{response}"))
            });
            pressure.wait().await;
        }
        let members = try_join_all(answers).await?;
        Ok(format!("{{{}}}", members.join(",")))
    }

    fn fault(&self, why: &str) -> Message {
        let why = format!("Internal error: {} did not answer: {why}", self.forward.server);
        Fault::new(Fault::INTERNAL_ERROR, why).answer(Some(&self.id))
    }
}

/// What the server gets for the client's answer. An elicitation that fails is one that was
/// dismissed (2026-07-28, client/elicitation); for other requests the revision has no refusal, and
/// the request is not made again.
fn response(method: &str, answer: Option<&Message>) -> Result<String, String> {
    let Some(answer) = answer else {
        return Err(format!("the client does not answer {method}"));
    };
    match answer.kind() {
        Kind::Result => match answer.body().filter(|body| body.starts_with('{')) {
            Some(result) => Ok(result.to_owned()),
            None => Err(format!("the client's answer to {method} is no object")),
        },
        _ if method == method::ELICIT => Ok(r#"{"action":"cancel"}"#.to_owned()),
        _ => Err(format!("the client refuses {method}")),
    }
}
