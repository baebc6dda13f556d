//! A server that is spoken to over HTTP: Streamable HTTP with sessions (2025-03-26 to 2025-11-25) and
//! without (2026-07-28), and the HTTP+SSE transport of 2024-11-05.
//!
//! What a session on top of a link can rely on:
//!
//! - A request ends by its answer, by [`What::Failed`](super::What::Failed), or by
//!   [`What::End`](super::What::End) without an answer, which only comes where the client may take the
//!   stream up again. After an answer that came in an event stream comes [`What::End`](super::What::End)
//!   too. A request that is left or taken back ends without a word.
//! - On the stream of a request only that request is answered. An error whose `id` is `null` is its
//!   answer too, as when the server could not read it.
//! - On a stream that the client took up again only identifiers tell whose answer comes.
//! - Leaving the stream of a request in a session stops the reading only if an event of it bore an id:
//!   then the server keeps the rest for the client. Otherwise it is read on, so that its outcome is known.
//! - Requests run beside each other. Notifications and answers go out in the order they were sent, and
//!   before what is sent after them; each waits a few seconds at most for the server to take it. A
//!   `notifications/cancelled` waits until its request has left.
//! - A `notifications/cancelled` of revision 2026-07-28 is not sent: the response of its request is
//!   dropped, which means the same.
//! - After [`Receiver::lost`](super::Receiver::lost) nothing is sent any more, and what may still
//!   arrive from another thread is to be ignored. A new session needs a new link.
//! - With HTTP+SSE all comes on one pipe: answers bear the stream of their request, the rest none.
//! - A link carries one session. It may carry requests of many clients if they stand by themselves, under
//!   [`Stream::Exchange`](super::Stream::Exchange): their identifiers may be the same.

mod client;
mod connection;
mod connector;
mod events;
mod exchange;
mod fields;
mod legacy;
mod link;
mod listen;
mod outbox;
mod question;
mod requests;
mod resume;
mod server;
mod session;
mod spec;
#[cfg(test)]
mod tests;
mod tools;
mod trouble;

pub use connector::HttpConnector;
pub use spec::{HttpSpec, Transport};
