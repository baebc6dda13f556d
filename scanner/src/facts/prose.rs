//! Text for the user or the model.

use super::collect::Collector;
use super::kinds::Prose;
use crate::client::Server;

/// One fact a text.
pub(super) fn facts(collector: &mut Collector, server: &Server<'_>) {
    for prose in &server.prose {
        let value = &prose.value;
        let fact = Prose {
            key: Some(prose.name.to_string().into()),
            text: Some(value.text.to_string().into()),
        };
        collector.add(fact, value.span_of(0..value.text.len()), &value.pointer);
    }
}
