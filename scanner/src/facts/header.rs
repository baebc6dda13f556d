//! Headers that are sent to a remote server.

use mcp_guard_detect::secret;

use super::collect::Collector;
use super::kinds::Header;
use crate::client::Server;

/// One fact a header.
pub(super) fn facts(collector: &mut Collector, server: &Server<'_>) {
    for header in &server.headers {
        let value = &header.value;
        let class = secret::classify(&value.text);
        let fact = Header {
            name: Some(header.name.to_string().into()),
            value: Some(value.text.to_string().into()),
            value_class: Some(class.name().into()),
        };
        collector.add(fact, value.span_of(0..value.text.len()), &value.pointer);
    }
}
