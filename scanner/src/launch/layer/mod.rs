//! The layers, each of which knows one kind of wrapper.

mod bridge;
mod container;
mod gateway;
mod interpreter;
mod prefix;
mod runner;
pub(super) mod script;
mod shell;

use super::peeler::{Peeler, Step};

/// Peels off the layer at the head, by the first that knows it.
pub(super) fn peel(peeler: &mut Peeler<'_>) -> Step {
    let Some(head) = &peeler.head else { return Step::Target };
    let name = head.name.clone();
    let layers = [
        gateway::peel,
        prefix::peel,
        shell::peel,
        runner::peel,
        container::peel,
        bridge::peel,
        interpreter::peel,
    ];
    layers
        .iter()
        .map(|layer| layer(peeler, &name))
        .find(|step| *step != Step::Unknown)
        .unwrap_or(Step::Target)
}
