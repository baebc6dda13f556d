//! A client's own call as the question what a server over HTTP speaks (2026-07-28, basic/versioning):
//! nothing of the gateway precedes it, and it is made once.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::native::{PROBE_HTTP, Speaks, Verdict, judge, refuses};
use super::{Server, pass_on};
use crate::bridge::complete;
use crate::message::Kind;
use crate::pipeline::{Caller, Outcome, Pass, Permitted, Ticket};
use crate::protocol::{Refusal, method};
use crate::upstream::{Arrival, What};

/// What came of it.
enum Came {
    /// This is to be told to the client.
    Answer(Arrival),
    /// The server did not take it, as one does that wants a session first.
    Refused(Option<Arrival>),
    /// None will come, because of this.
    Failed(String),
    /// The client is gone.
    Unwanted,
}

impl Server {
    /// Makes a call to a server of unknown era.
    pub(super) async fn attempt(
        &self,
        caller: &Arc<Caller>,
        permitted: Permitted,
        arrivals: &mpsc::Sender<Arrival>,
    ) {
        let (pass, ticket) = permitted.split();
        match self.answer_to(&pass, arrivals).await {
            Came::Answer(arrival) => self.tell(ticket, arrival, arrivals).await,
            Came::Refused(refusal) => {
                let speaks = tokio::select! {
                    speaks = self.speaks_after(&pass, refusal.is_some()) => speaks,
                    () = arrivals.closed() => return ticket.end(Outcome::Cancelled),
                };
                match (speaks, refusal) {
                    (Ok(Speaks::Sessions), _) => {
                        pass_on(self.backward.make(caller, &pass, ticket), arrivals).await;
                    }
                    // The refusal was about this call.
                    (Ok(Speaks::Stateless(_)), Some(refusal)) => {
                        self.tell(ticket, refusal, arrivals).await;
                    }
                    (Ok(Speaks::Stateless(_)), None) => {
                        self.fail(ticket, "no answer came".to_owned(), arrivals).await;
                    }
                    (Err(why), _) => self.fail(ticket, why, arrivals).await,
                }
            }
            Came::Failed(why) => self.fail(ticket, why, arrivals).await,
            Came::Unwanted => ticket.end(Outcome::Cancelled),
        }
    }

    /// What it speaks, after it did not take a call, or said nothing.
    async fn speaks_after(&self, refused: &Pass, has_said: bool) -> Result<Speaks, String> {
        if refused.message().method() == method::DISCOVER {
            if has_said {
                self.native.learn(Speaks::Sessions, &self.shared);
            } else {
                self.native.guess_sessions(&self.shared);
            }
            self.shared.rest();
            return Ok(Speaks::Sessions);
        }
        // Servers of either era may refuse a single call like this.
        self.speaks().await
    }

    async fn answer_to(&self, pass: &Pass, arrivals: &mpsc::Sender<Arrival>) -> Came {
        let asked = pass.message().method();
        let mut exchange = self.shared.attempt(pass.clone());
        // A server may say nothing to a question that it does not know. Other calls take their time.
        let silent = async {
            if asked == method::DISCOVER {
                tokio::time::sleep(PROBE_HTTP).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::pin!(silent);
        loop {
            let arrival = tokio::select! {
                arrival = exchange.next() => arrival,
                () = &mut silent => return Came::Refused(None),
                () = arrivals.closed() => return Came::Unwanted,
            };
            let Some(arrival) = arrival else { return Came::Failed("no answer came".to_owned()) };
            let answer = match &arrival.what {
                What::Failed(_) if refuses(arrival.status) => return Came::Refused(Some(arrival)),
                What::Failed(why) => return Came::Failed(why.clone()),
                What::Message(message) if message.is_answer() => message,
                _ => {
                    if arrivals.send(arrival).await.is_err() {
                        return Came::Unwanted;
                    }
                    continue;
                }
            };
            match judge(asked, answer, arrival.status) {
                Verdict::Sessions => return Came::Refused(Some(arrival)),
                Verdict::Stateless(discovered) => {
                    self.native.learn(Speaks::Stateless(discovered), &self.shared);
                    return Came::Answer(arrival);
                }
                Verdict::Unclear => {
                    self.native.is_unclear();
                    return Came::Answer(completed(arrival, asked));
                }
            }
        }
    }

    async fn tell(&self, ticket: Ticket, arrival: Arrival, arrivals: &mpsc::Sender<Arrival>) {
        match arrival.what {
            What::Message(answer) => {
                let what = What::Message(ticket.settle(answer));
                let _ = arrivals.send(Arrival { what, ..arrival }).await;
            }
            What::Failed(why) => self.fail(ticket, why, arrivals).await,
            What::Nothing | What::End => {
                self.fail(ticket, "no answer came".to_owned(), arrivals).await;
            }
        }
    }

    async fn fail(&self, ticket: Ticket, why: String, arrivals: &mpsc::Sender<Arrival>) {
        let refusal = Refusal::unavailable(&self.name, why);
        let _ = arrivals.send(Arrival::of(ticket.refuse(&refusal))).await;
    }
}

/// A result that does not say its type is one of a server without sessions of an earlier revision: it
/// was asked once, and that is the answer.
fn completed(arrival: Arrival, asked: &str) -> Arrival {
    let What::Message(answer) = &arrival.what else { return arrival };
    if answer.kind() != Kind::Result {
        return arrival;
    }
    match complete(answer, asked) {
        Ok(whole) => Arrival { what: What::Message(whole), ..arrival },
        Err(_) => arrival,
    }
}
