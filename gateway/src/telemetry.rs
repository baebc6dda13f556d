//! What the gateway says about itself while it runs: on standard error, since standard output may
//! be the protocol.

use std::fmt::{self, Write};
use std::io;

use mcp_guard_detect::text::{Role, hidden};
use thiserror::Error;
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, MakeWriter, format};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, Registry, fmt as formatted};

/// How events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// A line for people.
    #[default]
    Text,
    /// A line of JSON.
    Json,
}

/// Why events cannot be written.
#[derive(Debug, Error)]
pub enum TelemetryError {
    /// The filter is none.
    #[error("the log filter `{filter}` is not valid: {source}")]
    Filter {
        /// As it was given.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// It was set up before.
    #[error(transparent)]
    Again(#[from] TryInitError),
}

/// Writes the events of this process to standard error from now on.
///
/// The filter has the form of `RUST_LOG`: a level, or `target=level` with commas between; what it
/// does not name is shown from `warn` on. `colour` is for a terminal whose user did not refuse it.
///
/// # Errors
/// When the filter cannot be read, or this was done before.
pub fn init_tracing(format: LogFormat, filter: &str, colour: bool) -> Result<(), TelemetryError> {
    subscriber(format, filter, colour, io::stderr)?.try_init()?;
    Ok(())
}

fn subscriber<W>(
    format: LogFormat,
    filter: &str,
    colour: bool,
    writer: W,
) -> Result<impl Subscriber + Send + Sync + for<'a> LookupSpan<'a>, TelemetryError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let builder = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into());
    let filter = builder
        .parse(filter)
        .map_err(|source| TelemetryError::Filter { filter: visible(filter), source })?;
    let layer = formatted::layer().with_ansi(colour).with_writer(writer);
    let plain = format::format().with_ansi(false);
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match format {
        LogFormat::Text => layer.event_format(Visible(plain)).with_filter(filter).boxed(),
        LogFormat::Json => {
            let json = layer.with_ansi(false).fmt_fields(JsonFields::new());
            json.event_format(Visible(plain.json())).with_filter(filter).boxed()
        }
    };
    Ok(tracing_subscriber::registry().with(layer))
}

/// A format whose lines hold nothing that acts on a terminal or hides from a reader: what a message
/// of a peer puts into an event neither starts a line of its own nor moves the cursor.
struct Visible<F>(F);

impl<S, N, F> FormatEvent<S, N> for Visible<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'w> FormatFields<'w> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        let line = visible(line.strip_suffix('\n').unwrap_or(&line));
        match (writer.has_ansi_escapes(), *event.metadata().level()) {
            (true, Level::ERROR) => writeln!(writer, "\u{1b}[31m{line}\u{1b}[0m"),
            (true, Level::WARN) => writeln!(writer, "\u{1b}[33m{line}\u{1b}[0m"),
            _ => writeln!(writer, "{line}"),
        }
    }
}

/// The text with everything that is not seen as it stands written as `\u` and four digits for each
/// unit of UTF-16, which is an escape of JSON too.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for found in hidden(text, Role::Name) {
        out.push_str(text.get(at..found.start).unwrap_or_default());
        for c in text.get(found.start..found.end).unwrap_or_default().chars() {
            if matches!(c, ' '..='~') {
                out.push(c);
                continue;
            }
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing into memory does not fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        at = found.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use tracing::subscriber::with_default;

    use super::{LogFormat, TelemetryError, subscriber};

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(format: LogFormat, filter: &str, colour: bool, events: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = subscriber(format, filter, colour, move || writer.clone()).unwrap();
        with_default(subscriber, events);
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    const EVIL: &str = "a\n2026 ERROR forged\u{1b}[2J\u{9b}31m\u{202e}\u{e0041} Zoë";

    fn events() {
        let span = tracing::info_span!("call", tool = EVIL);
        let _entered = span.enter();
        tracing::warn!(server = %EVIL, count = 3, "child said {EVIL}");
        tracing::error!("broken");
        tracing::debug!("seldom");
    }

    #[test]
    fn a_line_of_text_is_one_line_and_acts_on_nothing() {
        let text = written(LogFormat::Text, "info", false, events);
        assert_eq!(text.lines().count(), 2, "{text}");
        let plain = |c: char| c == '\n' || c == 'ë' || matches!(c, ' '..='~');
        assert!(text.chars().all(plain), "{text:?}");
        assert!(text.contains(" WARN ") && text.contains("count=3"), "{text}");
        assert!(text.contains("child said a\\u000a2026"), "{text}");
        assert!(text.contains("\\u202e\\udb40\\udc41 Zoë"), "{text}");
    }

    #[test]
    fn a_line_of_json_reads_back() {
        let text = written(LogFormat::Json, "info", true, events);
        let plain = |c: char| c == '\n' || c == 'ë' || matches!(c, ' '..='~');
        assert!(text.chars().all(plain), "{text:?}");
        let lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["level"], "WARN");
        assert_eq!(lines[0]["fields"]["server"], EVIL);
        assert_eq!(lines[0]["fields"]["count"], 3);
        assert_eq!(lines[0]["span"]["tool"], EVIL);
        assert_eq!(lines[1]["fields"]["message"], "broken");
    }

    #[test]
    fn colours_are_of_the_level_alone() {
        let text = written(LogFormat::Text, "info", true, events);
        let lines: Vec<&str> = text.lines().collect();
        for (line, colour) in lines.iter().zip(["\u{1b}[33m", "\u{1b}[31m"]) {
            let inner = line.strip_prefix(colour).unwrap().strip_suffix("\u{1b}[0m").unwrap();
            assert!(!inner.contains('\u{1b}'), "{line:?}");
        }
    }

    #[test]
    fn the_filter_says_what_is_shown() {
        for (filter, shown) in [
            ("", 2),
            ("error", 1),
            ("off", 0),
            ("debug", 3),
            ("off,mcp_guard_gateway::telemetry=debug", 3),
            ("debug,mcp_guard_gateway=error", 1),
        ] {
            let text = written(LogFormat::Text, filter, false, events);
            assert_eq!(text.lines().count(), shown, "{filter}: {text}");
        }
        let Err(error) = subscriber(LogFormat::Text, "x=loud\u{1b}", false, io::stderr) else {
            panic!("a filter that is none was taken");
        };
        assert!(matches!(error, TelemetryError::Filter { .. }));
        assert!(error.to_string().starts_with("the log filter `x=loud\\u001b`"), "{error}");
    }
}
