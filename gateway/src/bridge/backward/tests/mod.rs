//! Clients of the stateless era against a scripted server of the session era.

mod calls;
mod listening;
mod peer;
mod property;
mod rounds;
mod sessions;
