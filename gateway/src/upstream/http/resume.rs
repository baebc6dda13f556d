//! Taking the stream of a request up again, for a client that cannot.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::connection::Connection;
use super::events::{Ended, Events, Last, Reader};
use super::exchange::{SESSION_ENDED, ends_session, is_events};
use super::question::Question;
use super::trouble::status_words;
use crate::http::field::LAST_EVENT_ID;
use crate::upstream::Arrival;

/// How often in a row nothing may come of it.
const ATTEMPTS: u32 = 10;

/// How long a client waits if the server does not say.
const DEFAULT_WAIT: Duration = Duration::from_secs(1);
/// What a server may ask for.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How long to wait before a stream is taken up again, after so many fruitless attempts.
pub(super) fn wait(retry: Option<Duration>, fruitless: u32) -> Duration {
    let wait = retry.unwrap_or(DEFAULT_WAIT).clamp(SHORTEST_WAIT, LONGEST_WAIT);
    wait.saturating_mul(1 << fruitless.saturating_sub(1).min(16)).min(LONGEST_WAIT)
}

/// Whether a server that answers like this may answer otherwise later.
pub(super) fn may_pass(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
}

/// Takes the stream of a request up again until the answer came.
///
/// # Errors
/// If it will not come.
pub(super) async fn resume(
    connection: &Arc<Connection>,
    question: &Question,
    last: Last,
) -> Result<(), String> {
    let server = &connection.server;
    let mut reader =
        Reader { connection, stream: &question.stream, question: Some(question), last };
    let mut fruitless = 0;
    loop {
        tokio::time::sleep(wait(reader.last.retry, fruitless)).await;
        let Some(id) = reader.last.id.clone() else {
            return Err("the server took back what its stream is taken up again with".to_owned());
        };
        let mut fields = connection.session().fields();
        fields.insert(LAST_EVENT_ID, id);
        reader.last.any = false;
        let why = match server.get(&fields).await {
            Err(trouble) => trouble.to_string(),
            Ok(response) if ends_session(connection, response.status()) => {
                connection.lose(SESSION_ENDED);
                return Ok(());
            }
            Ok(response) if response.status().is_success() && is_events(response.headers()) => {
                let mut events = Events::new(response, server.spec.max_message);
                match reader.read(&mut events).await {
                    Ended::Answered => {
                        connection.deliver(Arrival::end(question.stream.clone())).await;
                        events.drain().await;
                        return Ok(());
                    }
                    Ended::Unusable(why) => return Err(why),
                    Ended::Broken(why) => why,
                    Ended::Clean => "the server ended the stream without an answer".to_owned(),
                }
            }
            Ok(response) => {
                let words = status_words(response.status(), response.headers());
                if !may_pass(response.status()) {
                    return Err(format!("the stream broke and does not go on: {words}"));
                }
                words
            }
        };
        fruitless = if reader.last.any { 0 } else { fruitless + 1 };
        if fruitless >= ATTEMPTS {
            return Err(format!("the stream broke and does not go on: {why}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_have_bounds() {
        let second = Duration::from_secs(1);
        assert_eq!([0, 1, 2, 3].map(|n| wait(None, n).as_secs()), [1, 1, 2, 4]);
        assert_eq!(wait(None, u32::MAX), 60 * second);
        assert_eq!(wait(Some(Duration::ZERO), 0), SHORTEST_WAIT);
        assert_eq!(wait(Some(Duration::from_millis(u64::MAX)), 0), LONGEST_WAIT);
        assert_eq!(wait(Some(250 * Duration::from_millis(1)), 0).as_millis(), 250);
    }
}
