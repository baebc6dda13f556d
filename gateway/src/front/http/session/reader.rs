//! A client that reads a stream.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::time::{Instant, Sleep};

use super::Session;
use super::outlet::{Decision, Left};
use super::streams::STANDALONE;
use crate::front::http::answer::{self, Response};
use crate::http::sse::keep_alive;
use crate::message::Message;
use crate::upstream;

/// How long a connection may be quiet.
pub(in crate::front::http) const QUIET: Duration = Duration::from_secs(15);

/// Reads a stream of a session. Dropping it is no cancellation: what comes is kept for a while.
pub(in crate::front::http) struct Reader {
    pub(super) session: Arc<Session>,
    pub(super) number: u64,
    pub(super) reader: u64,
}

struct Events {
    reader: Reader,
    quiet: Pin<Box<Sleep>>,
}

impl Reader {
    pub(super) fn new(session: &Arc<Session>, number: u64, reader: u64) -> Self {
        session.readers.fetch_add(1, Ordering::AcqRel);
        Self { session: Arc::clone(session), number, reader }
    }

    /// Waits until all requests of the stream are answered.
    pub(in crate::front::http) async fn answers(&self) -> Decision {
        poll_fn(|context| self.session.outlet.poll_decision(self.number, true, context)).await
    }

    /// Waits until it is known how to answer. After a while without a word there is a stream, so that
    /// nobody on the way takes the connection for dead.
    pub(in crate::front::http) async fn decide(&self) -> Decision {
        let outlet = &self.session.outlet;
        let decided = poll_fn(|context| outlet.poll_decision(self.number, false, context));
        tokio::time::timeout(QUIET, decided).await.unwrap_or_else(|_| {
            outlet.prime(self.number);
            Decision::Events
        })
    }

    /// The last message on the stream.
    pub(in crate::front::http) fn last(&self) -> Option<Message> {
        self.session.outlet.last(self.number)
    }

    /// Forgets the stream, as nothing was sent.
    pub(in crate::front::http) fn forget(self) {
        self.session.outlet.forget(self.number);
    }

    /// The stream as the body of an answer, after `first`.
    pub(in crate::front::http) fn into_events(self, first: Option<Bytes>) -> Response {
        let events = Events { reader: self, quiet: Box::pin(tokio::time::sleep(QUIET)) };
        match first {
            Some(first) => {
                let first = futures_util::stream::once(std::future::ready(first));
                answer::events(first.chain(events).boxed())
            }
            None => answer::events(events.boxed()),
        }
    }
}

impl Stream for Events {
    type Item = Bytes;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let this = self.get_mut();
        let reader = &this.reader;
        match reader.session.outlet.poll_event(reader.number, reader.reader, context) {
            Poll::Ready(Some(bytes)) => {
                this.quiet.as_mut().reset(Instant::now() + QUIET);
                Poll::Ready(Some(bytes))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => match this.quiet.as_mut().poll(context) {
                Poll::Ready(()) => {
                    this.quiet.as_mut().reset(Instant::now() + QUIET);
                    Poll::Ready(Some(keep_alive()))
                }
                Poll::Pending => Poll::Pending,
            },
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let session = &self.session;
        let conversation = &session.conversation;
        match session.outlet.leave(self.number, self.reader) {
            Left::Nothing | Left::Answered => {}
            Left::Standalone => conversation.leave(&upstream::Stream::Standalone),
            Left::Resumed => conversation.leave(&upstream::Stream::Resumed(self.number)),
            Left::Requests(ids) => {
                for id in ids {
                    conversation.leave(&upstream::Stream::Request(id));
                }
            }
        }
        session.touch();
        session.readers.fetch_sub(1, Ordering::AcqRel);
        // HTTP+SSE has no session without its stream.
        if session.legacy && self.number == STANDALONE {
            session.end();
        }
    }
}
