//! What is under way on a link: by the stream that it belongs to.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::message::Id;
use crate::upstream::Stream;

/// The streams that are being read.
#[derive(Debug, Default)]
pub(super) struct Requests(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    last: u64,
    streams: HashMap<Stream, Entry>,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    id: Option<Id>,
    stands_alone: bool,
    /// Whether the client knows an event to take the stream up after.
    resumable: bool,
    left: CancellationToken,
    stop: CancellationToken,
}

/// A stream that is being read.
#[derive(Debug)]
pub(super) struct Entered {
    pub(super) number: u64,
    /// Cancelled when its request has left, or will not leave any more.
    pub(super) left: CancellationToken,
}

impl Requests {
    /// Enters a stream. `stop` ends the reading. Another reading under the same name goes on and can no
    /// longer be named.
    pub(super) fn enter(
        &self,
        stream: Stream,
        id: Option<Id>,
        stands_alone: bool,
        stop: CancellationToken,
    ) -> Entered {
        let mut open = self.lock();
        open.last += 1;
        let number = open.last;
        let left = CancellationToken::new();
        let entered = Entered { number, left: left.clone() };
        let entry = Entry { number, id, stands_alone, resumable: false, left, stop };
        open.streams.insert(stream, entry);
        entered
    }

    /// The reading with this number has ended.
    pub(super) fn end(&self, stream: &Stream, number: u64) {
        let mut open = self.lock();
        if open.streams.get(stream).is_some_and(|entry| entry.number == number) {
            open.streams.remove(stream);
        }
    }

    /// The client has seen an event to take the stream up after.
    pub(super) fn mark_resumable(&self, stream: &Stream) {
        if let Some(entry) = self.lock().streams.get_mut(stream) {
            entry.resumable = true;
        }
    }

    /// Ends the reading of a stream.
    pub(super) fn stop(&self, stream: &Stream) {
        let entry = self.lock().streams.remove(stream);
        if let Some(entry) = entry {
            entry.stop.cancel();
        }
    }

    /// Nobody reads the stream any more. A request that stands alone is taken back by that. One of a
    /// session goes on, so that its outcome is known, unless the client may take the stream up again:
    /// then the server keeps what is to come.
    pub(super) fn leave(&self, stream: &Stream) {
        let entry = {
            let mut open = self.lock();
            let ends = |entry: &Entry| match stream {
                Stream::Request(_) => entry.stands_alone || entry.resumable,
                Stream::Standalone | Stream::Exchange(_) | Stream::Resumed(_) => true,
            };
            if !open.streams.get(stream).is_some_and(ends) {
                return;
            }
            open.streams.remove(stream)
        };
        if let Some(entry) = entry {
            entry.stop.cancel();
        }
    }

    /// When the request with this identifier has left, if it is under way.
    pub(super) fn left(&self, id: &Id, stream: &Stream) -> Option<CancellationToken> {
        let open = self.lock();
        open.named(id, stream).and_then(|stream| open.streams.get(&stream)).map(|e| e.left.clone())
    }

    /// Takes the request with this identifier back, if it is under way.
    pub(super) fn take_back(&self, id: &Id, stream: &Stream) {
        let named = self.lock().named(id, stream);
        if let Some(stream) = named {
            self.stop(&stream);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// The stream of the request with this identifier. Several clients may use the same one, so of
    /// theirs only the stream that the caller names counts.
    fn named(&self, id: &Id, stream: &Stream) -> Option<Stream> {
        let own = Stream::Request(id.clone());
        if self.streams.contains_key(&own) {
            return Some(own);
        }
        let of_caller = self.streams.get(stream).is_some_and(|entry| entry.id.as_ref() == Some(id));
        of_caller.then(|| stream.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entered(requests: &Requests, stream: &Stream, alone: bool) -> CancellationToken {
        let stop = CancellationToken::new();
        requests.enter(stream.clone(), Some(Id::number(1)), alone, stop.clone());
        stop
    }

    #[test]
    fn leaving_ends_what_stands_alone_or_can_be_taken_up_again() {
        let requests = Requests::default();
        let request = Stream::Request(Id::number(1));
        let stop = entered(&requests, &request, false);
        requests.leave(&request);
        assert!(!stop.is_cancelled());
        requests.mark_resumable(&request);
        requests.leave(&request);
        assert!(stop.is_cancelled());

        let stop = entered(&requests, &request, true);
        requests.leave(&request);
        assert!(stop.is_cancelled());

        for stream in [Stream::Standalone, Stream::Exchange(1), Stream::Resumed(1)] {
            let stop = entered(&requests, &stream, false);
            requests.leave(&stream);
            assert!(stop.is_cancelled(), "{stream:?}");
        }
    }

    #[test]
    fn one_clients_identifier_takes_nothing_of_another_one_back() {
        let requests = Requests::default();
        let (one, other) = (Stream::Exchange(1), Stream::Exchange(2));
        let (stop_one, stop_other) =
            (entered(&requests, &one, true), entered(&requests, &other, true));
        requests.take_back(&Id::number(1), &Stream::Standalone);
        requests.take_back(&Id::number(2), &one);
        assert!(!stop_one.is_cancelled() && !stop_other.is_cancelled());
        requests.take_back(&Id::number(1), &other);
        assert!(!stop_one.is_cancelled() && stop_other.is_cancelled());
    }

    #[test]
    fn an_end_does_not_end_what_came_later_under_the_same_name() {
        let requests = Requests::default();
        let stream = Stream::Request(Id::number(1));
        let first = requests.enter(stream.clone(), None, true, CancellationToken::new());
        let stop = entered(&requests, &stream, true);
        requests.end(&stream, first.number);
        requests.leave(&stream);
        assert!(stop.is_cancelled());
    }
}
