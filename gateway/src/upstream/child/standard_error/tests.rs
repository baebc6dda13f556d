use std::fmt;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::log;

/// Writes events down.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<String>>>);

impl Subscriber for Written {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _span: &Id, _values: &Record<'_>) {}
    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}
    fn enter(&self, _span: &Id) {}
    fn exit(&self, _span: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut fields =
            Fields(format!("{} {}", event.metadata().level(), event.metadata().target()));
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
}

async fn logged(said: &[u8]) -> Vec<String> {
    let written = Written::default();
    let _default = tracing::subscriber::set_default(written.clone());
    log(said, "tides".to_owned()).await;
    std::mem::take(&mut *written.0.lock().unwrap())
}

#[tokio::test]
async fn each_line_is_logged_under_the_servers_name() {
    let said = b"ready\n\x1b[31mred\xff\nno end";
    let expected = [
        r#"INFO mcp_guard::server message=ready server="tides""#,
        "INFO mcp_guard::server message=\\u{1b}[31mred\u{fffd} server=\"tides\"",
        r#"INFO mcp_guard::server message=no end server="tides""#,
    ];
    assert_eq!(logged(said).await, expected);
}

#[tokio::test]
async fn a_long_line_is_cut() {
    let said = [b"x".repeat(10_000), b"\nnext\n".to_vec()].concat();
    let logged = logged(&said).await;
    assert_eq!(logged.len(), 2);
    assert!(logged[0].contains("xxx … 1808 bytes more "), "{}", logged[0]);
    assert!(logged[0].len() < 8400);
}

#[tokio::test]
async fn a_flood_is_read_to_its_end_and_told_in_one_line() {
    let said = b"0123456789abcdef\n".repeat(200_000);
    let logged = logged(&said).await;
    assert!(logged.len() < 8_000, "{}", logged.len());
    let left_out = format!(" lines={} ", 200_000 - (logged.len() - 1));
    let last = logged.last().unwrap();
    assert!(last.starts_with("WARN") && format!("{last} ").contains(&left_out), "{last}");
}
