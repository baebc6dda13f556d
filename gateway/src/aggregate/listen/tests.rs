use std::sync::Arc;
use std::time::Duration;

use crate::aggregate::scripted::{Reply, Scripted, Stage, error, message, result, text};
use crate::protocol::Era;
use crate::service::Exchange;
use crate::upstream::Arrival;

fn listen(filter: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":7.0,"method":"subscriptions/listen","params":{{"notifications":{filter},"_meta":{{}}}}}}"#
    )
}

fn granted(filter: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{{"_meta":{{"io.modelcontextprotocol/subscriptionId":7.0}},"notifications":{filter}}}}}"#
    )
}

const CHANGED: &str = r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":7.0}}}"#;
const UPDATED: &str = r#"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":7.0},"uri":"x:1"}}"#;
const CLOSED: &str = r#"{"jsonrpc":"2.0","id":7.0,"result":{"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":7.0}}}"#;

/// A server with a resource, that grants this and then goes on.
fn grants(name: &str, uri: &'static str, filter: &'static str, more: &[&str]) -> Arc<Scripted> {
    let more: Vec<String> = more.iter().map(|note| (*note).to_owned()).collect();
    Scripted::new(name, move |message| match message.method() {
        "resources/list" => result(&format!(r#"{{"resources":[{{"uri":"{uri}"}}]}}"#)),
        _ => {
            let mut notes = vec![granted(filter)];
            notes.extend(more.clone());
            Reply::Notes(notes)
        }
    })
}

async fn end(stage: &Stage, member: usize, json: Option<&str>) {
    let (ticket, sender) = stage.members[member].held.lock().unwrap().pop().unwrap();
    if let (Some(json), Some(sender)) = (json, sender) {
        sender.send(Arrival::of(ticket.settle(message(json)))).await.unwrap();
    }
}

async fn next(exchange: &mut Exchange) -> String {
    let next = tokio::time::timeout(Duration::from_secs(60), exchange.next()).await;
    next.unwrap().map_or_else(|| "end".to_owned(), |arrival| text(&arrival))
}

#[tokio::test(start_paused = true)]
async fn many_subscriptions_are_one() {
    let stage = Stage::new(
        Era::Stateless,
        vec![
            grants(
                "a",
                "x:1",
                r#"{"toolsListChanged":true,"resourceSubscriptions":["x:1"]}"#,
                &[CHANGED],
            ),
            grants(
                "b",
                "x:2",
                r#"{"promptsListChanged":true,"resourceSubscriptions":["x:2","x:3"]}"#,
                &[UPDATED],
            ),
        ],
        vec![],
    );
    stage.called(r#"{"jsonrpc":"2.0","id":1,"method":"resources/list"}"#).await;
    let mut exchange = stage.call(&listen(
        r#"{"toolsListChanged":true,"promptsListChanged":true,"resourceSubscriptions":["x:1","x:2","x:3"],"taskIds":["t"]}"#,
    ));
    assert_eq!(
        next(&mut exchange).await,
        granted(
            r#"{"promptsListChanged":true,"resourceSubscriptions":["x:1","x:2","x:3"],"toolsListChanged":true}"#
        )
    );
    let mut notes = [next(&mut exchange).await, next(&mut exchange).await];
    notes.sort();
    assert_eq!(notes, [UPDATED, CHANGED]);
    // Each hears of its own resources and of those that are nobody's; of tasks, of its own alone.
    for (member, uris) in [(0, r#"["x:1","x:3"]"#), (1, r#"["x:2","x:3"]"#)] {
        assert_eq!(
            stage.members[member].heard_of("subscriptions/listen"),
            [listen(&format!(
                r#"{{"promptsListChanged":true,"resourceSubscriptions":{uris},"toolsListChanged":true}}"#
            ))]
        );
    }
    // One ends by its answer, the other by taking it back: only then it ends.
    end(&stage, 0, Some(CLOSED)).await;
    let early = tokio::time::timeout(Duration::from_secs(1), exchange.next()).await;
    assert!(early.is_err());
    let cancelled =
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7.0}}"#;
    end(&stage, 1, Some(cancelled)).await;
    assert_eq!(next(&mut exchange).await, CLOSED);
    assert_eq!(next(&mut exchange).await, "end");
}

#[tokio::test(start_paused = true)]
async fn only_who_grants_something_is_listened_to() {
    let stage = Stage::new(
        Era::Stateless,
        vec![
            grants(
                "a",
                "x:1",
                r#"{"toolsListChanged":false,"resourceSubscriptions":[]}"#,
                &[CHANGED],
            ),
            Scripted::new("b", |_| error(-32601)),
            Scripted::new("mute", |_| Reply::Silent),
            grants("c", "x:2", r#"{"toolsListChanged":true}"#, &[]),
        ],
        vec![],
    );
    let began = tokio::time::Instant::now();
    let mut exchange = stage.call(&listen(r#"{"toolsListChanged":true}"#));
    assert_eq!(next(&mut exchange).await, granted(r#"{"toolsListChanged":true}"#));
    assert_eq!(began.elapsed(), Duration::from_secs(10));
    assert_eq!(*stage.members[0].dropped.lock().unwrap(), 1);
    assert_eq!(*stage.members[2].dropped.lock().unwrap(), 1);
    assert_eq!(*stage.members[3].dropped.lock().unwrap(), 0);
    // The client goes.
    drop(exchange);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(*stage.members[3].dropped.lock().unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_granted() {
    let stage = |code| {
        let server = |name| Scripted::new(name, move |_| error(code));
        Stage::new(Era::Stateless, vec![server("a"), server("b")], vec![])
    };
    let filter = listen(r#"{"toolsListChanged":true}"#);
    for (code, answered) in [(-32601, "-32601"), (-32603, "-31007")] {
        let answers = stage(code).called(&filter).await;
        assert!(answers.len() == 1 && answers[0].contains(answered), "{answers:?}");
    }
    let stage = stage(-32601);
    // Nothing is asked for: nobody is asked.
    for filter in ["{}", r#"{"toolsListChanged":false,"taskIds":["t"]}"#] {
        assert_eq!(stage.called(&listen(filter)).await, [granted("{}").as_str(), CLOSED]);
    }
    assert!(stage.members[0].heard.lock().unwrap().is_empty());
    for wrong in ["5", "[]", "null"] {
        let answers = stage.called(&listen(wrong)).await;
        assert!(answers.len() == 1 && answers[0].contains("-32602"), "{answers:?}");
    }
    let missing = r#"{"jsonrpc":"2.0","id":7,"method":"subscriptions/listen"}"#;
    assert!(stage.called(missing).await[0].contains("-32602"));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_falls_over_does_not_end_the_others() {
    let all = r#"{"toolsListChanged":true}"#;
    let stage = Stage::new(
        Era::Stateless,
        vec![grants("a", "x:1", all, &[]), grants("b", "x:2", all, &[])],
        vec![],
    );
    let mut exchange = stage.call(&listen(all));
    assert_eq!(next(&mut exchange).await, granted(all));
    end(&stage, 0, None).await;
    let held = stage.members[1].held.lock().unwrap()[0].1.clone().unwrap();
    held.send(Arrival::of(message(CHANGED))).await.unwrap();
    drop(held);
    assert_eq!(next(&mut exchange).await, CHANGED);
    end(&stage, 1, None).await;
    assert_eq!(next(&mut exchange).await, CLOSED);
}
