//! What is in flight between a client and a server, in both directions.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::{Duration, Instant};

use crate::message::{Id, Message, meta};
use crate::pipeline::Ticket;
use crate::upstream::Stream;

/// How long a request that the client took back is remembered, so that its late answer still finds
/// its way.
pub(super) const AFTER_CANCEL: Duration = Duration::from_secs(30);

/// The most requests of one conversation in flight.
pub(crate) const MOST: usize = 10_000;

/// How long a request may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Without any sign of progress.
    pub idle: Duration,
    /// Altogether.
    pub whole: Duration,
}

/// Requests of the client that wait for the server, and those of the server that wait for the client.
#[derive(Debug, Default)]
pub(super) struct Flight {
    requests: HashMap<Id, Waiting>,
    /// Which request a progress token is of.
    tokens: HashMap<Id, Id>,
    asked: HashMap<Id, Option<Stream>>,
}

/// A request of the client.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) ticket: Ticket,
    pub(super) stream: Stream,
    token: Option<Id>,
    /// When patience ends, unless something is heard.
    due: Instant,
    last: Instant,
    taken_back: bool,
}

/// Why a request cannot be in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Crowded {
    #[error("a request with this identifier is in flight")]
    Taken,
    #[error("too many requests are in flight")]
    TooMany,
}

impl Flight {
    /// Notes a request. The ticket comes back if it cannot be in flight.
    pub(super) fn begin(
        &mut self,
        id: &Id,
        message: &Message,
        ticket: Ticket,
        stream: Stream,
        (patience, now): (Patience, Instant),
    ) -> Result<(), (Ticket, Crowded)> {
        if self.requests.len() >= MOST {
            return Err((ticket, Crowded::TooMany));
        }
        let Entry::Vacant(place) = self.requests.entry(id.clone()) else {
            return Err((ticket, Crowded::Taken));
        };
        let token = token(message, "_meta");
        place.insert(Waiting {
            ticket,
            stream,
            token: token.clone(),
            due: now + patience.idle,
            last: now + patience.whole,
            taken_back: false,
        });
        if let Some(token) = token {
            self.tokens.insert(token, id.clone());
        }
        Ok(())
    }

    /// A request is answered.
    pub(super) fn end(&mut self, id: &Id) -> Option<Waiting> {
        let waiting = self.requests.remove(id)?;
        if let Some(token) = &waiting.token
            && self.tokens.get(token) == Some(id)
        {
            self.tokens.remove(token);
        }
        Some(waiting)
    }

    /// The client takes a request back.
    pub(super) fn take_back(&mut self, id: &Id, now: Instant) {
        if let Some(waiting) = self.requests.get_mut(id) {
            waiting.taken_back = true;
            waiting.due = now + AFTER_CANCEL;
            waiting.last = waiting.due;
        }
    }

    /// The stream of the request that a notification of progress is about. Patience begins anew.
    pub(super) fn progress(
        &mut self,
        message: &Message,
        patience: Patience,
        now: Instant,
    ) -> Option<Stream> {
        let id = self.tokens.get(&token(message, "")?)?;
        let waiting = self.requests.get_mut(id)?;
        if !waiting.taken_back {
            waiting.due = now + patience.idle;
        }
        Some(waiting.stream.clone())
    }

    /// The server asks. `stream` is where it did.
    pub(super) fn ask(&mut self, id: Id, stream: Option<Stream>) {
        if self.asked.len() < MOST {
            self.asked.insert(id, stream);
        }
    }

    /// The client answers the server, or the server takes its request back. `None` if it has not
    /// asked.
    pub(super) fn answered(&mut self, id: &Id) -> Option<Option<Stream>> {
        self.asked.remove(id)
    }

    /// The stream of the only request in flight.
    pub(super) fn only(&self) -> Option<Stream> {
        let mut waiting = self.requests.values();
        match (waiting.next(), waiting.next()) {
            (Some(only), None) => Some(only.stream.clone()),
            _ => None,
        }
    }

    /// Takes out what patience has ended for. As long as the server waits for the client it has not:
    /// a person may be reading.
    pub(super) fn overdue(&mut self, now: Instant) -> Vec<(Id, Waiting, bool)> {
        let asking = !self.asked.is_empty();
        let over = |waiting: &Waiting| waiting.last <= now || (waiting.due <= now && !asking);
        let ids: Vec<Id> = self
            .requests
            .iter()
            .filter(|(_, waiting)| over(waiting))
            .map(|(id, _)| id.clone())
            .collect();
        let ended = ids.into_iter().filter_map(|id| {
            let waiting = self.end(&id)?;
            let taken_back = waiting.taken_back;
            Some((id, waiting, taken_back))
        });
        ended.collect()
    }

    /// Takes out everything.
    pub(super) fn clear(&mut self) -> Vec<Waiting> {
        self.tokens.clear();
        self.asked.clear();
        self.requests.drain().map(|(_, waiting)| waiting).collect()
    }

    /// Whether no request of the client is in flight.
    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }
}

/// The progress token in `_meta` of a request, or in the parameters of a notification.
fn token(message: &Message, of: &str) -> Option<Id> {
    // Most messages have none, which is seen at once unless it is spelled with escapes.
    let json = message.body()?;
    if !json.contains(meta::PROGRESS_TOKEN) && !json.contains('\\') {
        return None;
    }
    let object = if of.is_empty() { message.members() } else { message.meta() };
    object.ok()?.get(meta::PROGRESS_TOKEN).and_then(Id::from_json)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use bytes::Bytes;

    use super::{Crowded, Flight, Patience};
    use crate::message::{Id, Message};
    use crate::pipeline::Ticket;
    use crate::upstream::Stream;

    const PATIENCE: Patience =
        Patience { idle: Duration::from_secs(10), whole: Duration::from_secs(60) };

    fn message(json: &str) -> Message {
        Message::read(Bytes::copy_from_slice(json.as_bytes())).unwrap()
    }

    fn begin(flight: &mut Flight, id: u64, now: Instant) -> Result<(), Crowded> {
        let json = format!(
            r#"{{"id":{id},"method":"a","params":{{"_meta":{{"progressToken":"t{id}"}}}}}}"#
        );
        let id = Id::number(id);
        let stream = Stream::Request(id.clone());
        flight
            .begin(&id, &message(&json), Ticket::own(), stream, (PATIENCE, now))
            .map_err(|(_, crowded)| crowded)
    }

    fn overdue(flight: &mut Flight, now: Instant) -> Vec<(u64, bool)> {
        let mut over: Vec<(u64, bool)> = flight
            .overdue(now)
            .into_iter()
            .map(|(id, _, taken_back)| (id.as_number().unwrap(), taken_back))
            .collect();
        over.sort_unstable();
        over
    }

    #[test]
    fn an_identifier_is_in_flight_once() {
        let (mut flight, now) = (Flight::default(), Instant::now());
        assert_eq!(begin(&mut flight, 1, now), Ok(()));
        assert_eq!(begin(&mut flight, 1, now), Err(Crowded::Taken));
        assert!(flight.end(&Id::from_json("1.0").unwrap()).is_some());
        assert!(flight.end(&Id::number(1)).is_none());
        assert_eq!(begin(&mut flight, 1, now), Ok(()));
    }

    #[test]
    fn patience_ends_unless_something_is_heard() {
        let (mut flight, now) = (Flight::default(), Instant::now());
        let after = |seconds| now + Duration::from_secs(seconds);
        begin(&mut flight, 1, now).unwrap();
        begin(&mut flight, 2, now).unwrap();
        let progress = message(r#"{"method":"p","params":{"progressToken":"t\u0032"}}"#);
        let stream = flight.progress(&progress, PATIENCE, after(9));
        assert_eq!(stream, Some(Stream::Request(Id::number(2))));
        assert_eq!(overdue(&mut flight, after(10)), [(1, false)]);
        for seconds in [18, 27, 36, 45, 54] {
            flight.progress(&progress, PATIENCE, after(seconds));
            assert_eq!(overdue(&mut flight, after(seconds + 5)), []);
        }
        assert_eq!(overdue(&mut flight, after(60)), [(2, false)]);
    }

    #[test]
    fn a_person_may_take_the_whole_time() {
        let (mut flight, now) = (Flight::default(), Instant::now());
        begin(&mut flight, 1, now).unwrap();
        flight.ask(Id::text("e"), None);
        assert_eq!(overdue(&mut flight, now + Duration::from_secs(59)), []);
        assert!(flight.answered(&Id::text("e")).is_some());
        assert!(flight.answered(&Id::text("e")).is_none());
        assert_eq!(overdue(&mut flight, now + Duration::from_secs(59)), [(1, false)]);
    }

    #[test]
    fn what_was_taken_back_is_forgotten_after_a_while() {
        let (mut flight, now) = (Flight::default(), Instant::now());
        begin(&mut flight, 1, now).unwrap();
        flight.take_back(&Id::number(1), now);
        assert_eq!(overdue(&mut flight, now + Duration::from_secs(29)), []);
        assert_eq!(overdue(&mut flight, now + Duration::from_secs(30)), [(1, true)]);
    }

    #[test]
    fn only_one_is_known_to_be_meant() {
        let (mut flight, now) = (Flight::default(), Instant::now());
        assert_eq!(flight.only(), None);
        begin(&mut flight, 1, now).unwrap();
        assert_eq!(flight.only(), Some(Stream::Request(Id::number(1))));
        begin(&mut flight, 2, now).unwrap();
        assert_eq!(flight.only(), None);
        assert_eq!(flight.clear().len(), 2);
        assert!(flight.is_empty());
    }
}
