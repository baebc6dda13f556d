//! `subscriptions/listen` at many servers, which is one to the client (2026-07-28).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::Whole;
use super::calls::Asking;
use super::gather::{self, code};
use super::routes::invalid;
use crate::message::{Kind, Message, meta, place};
use crate::pipeline::Denial;
use crate::protocol::{Fault, method};
use crate::service::Exchange;
use crate::upstream::{Arrival, What};

/// How long the servers may take to say what they grant.
const GRANTING: Duration = Duration::from_secs(10);

/// The members of a filter that name something, and whose it is.
const URIS: &str = "resourceSubscriptions";
const TASKS: &str = "taskIds";

/// How it ended.
pub(super) enum Ended {
    /// This closes it.
    Answered(Message),
    /// No server knows the method.
    Absent,
}

/// What one server says to its part.
enum Word {
    /// It grants this.
    Granted(Map<String, Value>),
    /// It takes no part, because of this error if there is one.
    Out(Option<Message>),
}

/// Listens at all servers that grant something, until all have ended.
pub(super) async fn listen(asking: &Asking, message: &Message) -> Result<Ended, Denial> {
    let wrong = |why: &str| {
        Denial::Fault(Fault::new(Fault::INVALID_PARAMS, format!("Invalid params: {why}")))
    };
    let Some(id) = message.id() else { return Err(wrong("no identifier")) };
    let members = message.members().map_err(|fault| invalid(&fault))?;
    let Some(json) = members.get("notifications") else {
        return Err(wrong("`notifications` is missing"));
    };
    let Ok(filter) = serde_json::from_str::<Map<String, Value>>(json) else {
        return Err(wrong("`notifications` is no object"));
    };
    let filter_at = place(message.json(), json);
    let (words, mut said) = mpsc::unbounded_channel();
    let (acknowledged, go) = watch::channel(false);
    // Dropped with this future, and with it what each server was asked.
    let mut listening = JoinSet::new();
    let mut asked = 0;
    for server in 0..asking.whole.members.len() {
        let part = part(&asking.whole, server, &filter);
        if part.is_empty() {
            continue;
        }
        let part = Value::Object(part).to_string();
        let edited = message.with(&[(filter_at.clone(), &part)]);
        let Ok(edited) = edited else { continue };
        asked += 1;
        match asking.call(server, edited) {
            Ok(exchange) => {
                let words = words.clone();
                let hearing = hear(exchange, words, go.clone(), asking.client.clone());
                listening.spawn(hearing);
            }
            Err(error) => {
                let _ = words.send(Word::Out(Some(*error)));
            }
        }
    }
    drop(words);
    let (mut granted, mut errors, mut parts) = (Map::new(), Vec::new(), 0);
    // Each of them says one word within that time.
    while let Some(word) = said.recv().await {
        match word {
            Word::Granted(part) => {
                parts += 1;
                unite(&mut granted, part);
            }
            Word::Out(error) => errors.extend(error),
        }
    }
    if parts == 0 && asked > 0 && errors.len() == asked {
        let unknown = Some(i64::from(Fault::METHOD_NOT_FOUND));
        return if errors.iter().all(|error| code(error) == unknown) {
            Ok(Ended::Absent)
        } else {
            Err(gather::none("no server takes a subscription"))
        };
    }
    let grants = Message::made(format!(
        r#"{{"jsonrpc":"2.0","method":"{}","params":{{"_meta":{{"{}":{}}},"notifications":{}}}}}"#,
        method::ACKNOWLEDGED,
        meta::SUBSCRIPTION_ID,
        id.json(),
        Value::Object(granted)
    ));
    let _ = asking.client.send(Arrival::of(grants)).await;
    let _ = acknowledged.send(true);
    while listening.join_next().await.is_some() {}
    Ok(Ended::Answered(Message::made(format!(
        r#"{{"jsonrpc":"2.0","id":{0},"result":{{"resultType":"complete","_meta":{{"{1}":{0}}}}}}}"#,
        id.json(),
        meta::SUBSCRIPTION_ID
    ))))
}

/// What of a filter is for a server: all of it but the resources and tasks of others. A resource that
/// is nobody's as far as is known may be anybody's.
fn part(whole: &Arc<Whole>, server: usize, filter: &Map<String, Value>) -> Map<String, Value> {
    let mut part = Map::new();
    for (name, value) in filter {
        let value = match (name.as_str(), value) {
            (URIS, Value::Array(uris)) => {
                of(uris, |uri| whole.catalogue.owner(uri).is_none_or(|owner| owner == server))
            }
            (TASKS, Value::Array(tasks)) => {
                of(tasks, |task| whole.catalogue.owner_of_task(task) == Some(server))
            }
            _ => value.clone(),
        };
        if says_something(&value) {
            part.insert(name.clone(), value);
        }
    }
    part
}

fn of(values: &[Value], its: impl Fn(&str) -> bool) -> Value {
    let theirs = values.iter().filter(|value| value.as_str().is_some_and(&its));
    Value::Array(theirs.cloned().collect())
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(values) => !values.is_empty(),
        _ => true,
    }
}

/// Hears one server: its word first, and what it notifies of once the client has had the answer of
/// all.
async fn hear(
    mut exchange: Exchange,
    words: mpsc::UnboundedSender<Word>,
    mut go: watch::Receiver<bool>,
    client: mpsc::Sender<Arrival>,
) {
    let word = tokio::time::timeout(GRANTING, word(&mut exchange)).await;
    let word = word.unwrap_or(Word::Out(None));
    let out = matches!(word, Word::Out(_));
    let _ = words.send(word);
    drop(words);
    if out || go.wait_for(|go| *go).await.is_err() {
        return;
    }
    while let Some(arrival) = exchange.next().await {
        match &arrival.what {
            What::Message(message) if ends(message) => return,
            What::Message(message) if message.method() == method::ACKNOWLEDGED => {}
            What::Message(_) => {
                if client.send(arrival).await.is_err() {
                    return;
                }
            }
            What::Nothing => {}
            What::End | What::Failed(_) => return,
        }
    }
}

async fn word(exchange: &mut Exchange) -> Word {
    while let Some(arrival) = exchange.next().await {
        let What::Message(message) = arrival.what else { continue };
        if message.method() == method::ACKNOWLEDGED {
            let members = message.members().ok();
            let json = members.as_ref().and_then(|members| members.get("notifications"));
            let grants: Map<String, Value> =
                json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
            return if grants.values().any(says_something) {
                Word::Granted(grants)
            } else {
                Word::Out(None)
            };
        }
        if ends(&message) {
            return Word::Out((message.kind() == Kind::Error).then_some(message));
        }
    }
    Word::Out(None)
}

/// A server ends a subscription by its answer, or by taking it back.
fn ends(message: &Message) -> bool {
    message.is_answer() || message.method() == method::CANCELLED
}

fn unite(all: &mut Map<String, Value>, part: Map<String, Value>) {
    for (name, value) in part {
        match (all.get_mut(&name), value) {
            (Some(Value::Array(all)), Value::Array(more)) => {
                let new: Vec<Value> = more.into_iter().filter(|one| !all.contains(one)).collect();
                all.extend(new);
            }
            (Some(old), value) => {
                if !says_something(old) {
                    *old = value;
                }
            }
            (None, value) => {
                all.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
