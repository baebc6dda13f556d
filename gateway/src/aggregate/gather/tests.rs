use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::{Asker, PAGES, lists, read};
use crate::aggregate::catalogue::Catalogue;
use crate::aggregate::names::Names;
use crate::aggregate::scripted::message;
use crate::message::Message;
use crate::pipeline::Denial;
use crate::protocol::Code;

type Script = dyn Fn(usize, &Message) -> Option<String> + Send + Sync;

/// Answers by a script: `None` is never.
struct Fake {
    script: Box<Script>,
    asked: Mutex<Vec<String>>,
}

impl Fake {
    fn new(script: impl Fn(usize, &Message) -> Option<String> + Send + Sync + 'static) -> Self {
        Self { script: Box::new(script), asked: Mutex::default() }
    }
}

impl Asker for Fake {
    fn ask(&self, server: usize, asked: Message) -> BoxFuture<'_, Result<Message, String>> {
        self.asked.lock().unwrap().push(format!("{server} {}", asked.json()));
        let body = (self.script)(server, &asked);
        Box::pin(async move {
            match body {
                Some(body) if body == "lost" => Err(body),
                Some(body) => {
                    let answer = message(&format!(r#"{{"jsonrpc":"2.0","id":1,{body}}}"#));
                    let is_own = body == GUARDED;
                    Ok(if is_own { answer.refusing(Code::UpstreamUnavailable) } else { answer })
                }
                None => std::future::pending().await,
            }
        })
    }
}

fn names() -> Names {
    Names::new(["a", "b", "c"].map(Arc::from).to_vec(), vec![].into())
}

fn refused(denial: &Denial) -> String {
    match denial {
        Denial::Refusal(refusal) => refusal.code.name().to_owned(),
        Denial::Fault(fault) => fault.code.to_string(),
    }
}

#[tokio::test(start_paused = true)]
async fn every_page_of_everybody_comes() {
    let fake = Fake::new(|server, asked| {
        Some(match server {
            0 if asked.json().contains(r#"n\"1"#) => r#""result":{"tools":[2]}"#.to_owned(),
            0 => r#""result":{"tools":[1],"nextCursor":"n\"1"}"#.to_owned(),
            1 => r#""error":{"code":-32601,"message":"no"}"#.to_owned(),
            _ => "lost".to_owned(),
        })
    });
    for (request, second) in [
        (
            r#"{"id":1,"method":"tools/list","params":{"_meta":{"progressToken":1,"x":2}}}"#,
            r#"0 {"id":1,"method":"tools/list","params":{"cursor":"n\"1","_meta":{"x":2}}}"#,
        ),
        (
            r#"{"id":1,"method":"tools/list" } "#,
            r#"0 {"id":1,"method":"tools/list" ,"params":{"cursor":"n\"1"}} "#,
        ),
        (
            r#"{"id":1,"method":"tools/list","params":{}}"#,
            r#"0 {"id":1,"method":"tools/list","params":{"cursor":"n\"1"}}"#,
        ),
        (
            r#"{"id":1,"method":"tools/list","params":{"cursor":null}}"#,
            r#"0 {"id":1,"method":"tools/list","params":{"cursor":"n\"1"}}"#,
        ),
    ] {
        fake.asked.lock().unwrap().clear();
        let parts = lists(&fake, &names(), &[0, 1, 2], &message(request)).await.unwrap();
        let pages: Vec<Option<usize>> =
            parts.iter().map(|(_, part)| part.as_ref().ok().map(Vec::len)).collect();
        assert_eq!(pages, [Some(2), Some(0), None]);
        let asked = fake.asked.lock().unwrap().clone();
        assert_eq!(asked.len(), 4);
        assert!(asked.contains(&second.to_owned()), "{asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_list_goes_on_for_ever() {
    let fake = Fake::new(|server, _| match server {
        0 => Some(r#""result":{"tools":[1],"nextCursor":"same"}"#.to_owned()),
        _ => None,
    });
    let began = tokio::time::Instant::now();
    let request = message(r#"{"id":1,"method":"tools/list"}"#);
    let parts = lists(&fake, &names(), &[0, 1], &request).await.unwrap();
    assert_eq!(parts[0].1.as_ref().unwrap().len(), PAGES);
    assert!(parts[1].1.is_err());
    assert_eq!(began.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn lists_that_fail() {
    let lost = Fake::new(|_, _| Some("lost".to_owned()));
    let request = message(r#"{"id":1,"method":"tools/list"}"#);
    let denial = lists(&lost, &names(), &[0, 1], &request).await.unwrap_err();
    assert_eq!(refused(&denial), "upstream_unavailable");
    let request = message(r#"{"id":1,"method":"tools/list","params":{"cursor":"x"}}"#);
    let denial = lists(&lost, &names(), &[0, 1], &request).await.unwrap_err();
    assert_eq!(refused(&denial), "-32602");
}

const READ: &str = r#"{"id":1,"method":"resources/read","params":{"uri":"x:1"}}"#;
const GUARDED: &str =
    r#""error":{"code":-32007,"message":"gone","data":{"guard":{"code":"upstream_unavailable"}}}"#;
/// What another gateway says looks the same.
const POSING: &str =
    r#""error":{"code":-32007,"message":"lost","data":{"guard":{"code":"upstream_unavailable"}}}"#;

async fn reads(bodies: [&'static str; 3]) -> (String, usize, Option<usize>) {
    let fake = Fake::new(move |server, _| Some(bodies[server].to_owned()));
    let catalogue = Catalogue::new();
    let answer = match read(&fake, &catalogue, &[0, 1, 2], &message(READ)).await {
        Ok(answer) => answer.json().replace(r#"{"jsonrpc":"2.0","id":1,"#, ""),
        Err(denial) => refused(&denial),
    };
    let asked = fake.asked.lock().unwrap().len();
    (answer, asked, catalogue.owner("x:1"))
}

#[tokio::test(start_paused = true)]
async fn the_first_that_knows_a_resource_owns_it() {
    let old = r#""error":{"code":-32002,"message":"no"}"#;
    let new = r#""error":{"code":-32602,"message":"no"}"#;
    let other = r#""error":{"code":-32603,"message":"broken"}"#;
    let has = r#""result":{"contents":[]}"#;
    for (bodies, asked, owner, answer) in [
        ([old, has, has], 2, Some(1), has),
        ([new, other, has], 2, None, other),
        ([GUARDED, old, has], 3, Some(2), has),
        ([GUARDED, old, new], 3, None, GUARDED),
        ([POSING, old, has], 1, None, POSING),
        ([old, new, "lost"], 3, None, new),
    ] {
        assert_eq!(reads(bodies).await, (format!("{answer}}}"), asked, owner), "{bodies:?}");
    }
    assert_eq!(reads(["lost"; 3]).await.0, "upstream_unavailable");
}

#[tokio::test(start_paused = true)]
async fn a_resource_is_not_waited_for_for_ever() {
    let fake = Fake::new(|_, _| None);
    let began = tokio::time::Instant::now();
    let denial = read(&fake, &Catalogue::new(), &[0, 1], &message(READ)).await.unwrap_err();
    assert_eq!(refused(&denial), "upstream_unavailable");
    assert_eq!(began.elapsed(), Duration::from_secs(30));
    let request = message(r#"{"id":1,"method":"resources/read"}"#);
    let denial = read(&fake, &Catalogue::new(), &[0], &request).await.unwrap_err();
    assert_eq!(refused(&denial), "-32602");
}
