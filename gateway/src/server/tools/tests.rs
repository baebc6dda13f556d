use std::sync::Mutex as Lock;

use http::{HeaderName, HeaderValue};

use super::*;

/// A server whose list of tools is what a test says, and how often it was asked.
#[derive(Default)]
struct Server {
    tools: Tools,
    /// The header that mirrors `region` of `deploy`; no list comes without.
    header: Lock<Option<&'static str>>,
    asked: Lock<Vec<String>>,
    manner: Lock<Manner>,
}

#[derive(Clone, Copy, Default)]
enum Manner {
    #[default]
    Lists,
    Refuses,
    Hangs,
}

impl Server {
    fn with(header: &'static str) -> Self {
        let server = Self::default();
        server.annotates(Some(header));
        server
    }

    fn says(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    fn annotates(&self, header: Option<&'static str>) {
        *self.header.lock().unwrap() = header;
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    async fn answer(&self, request: Message) -> Result<Message, String> {
        self.asked.lock().unwrap().push(request.json().to_owned());
        tokio::task::yield_now().await;
        let manner = *self.manner.lock().unwrap();
        match manner {
            Manner::Lists => {}
            Manner::Refuses => {
                let fault = Fault::new(Fault::INVALID_PARAMS, "not for you");
                return Ok(fault.answer(request.id()));
            }
            Manner::Hangs => std::future::pending().await,
        }
        let Some(header) = *self.header.lock().unwrap() else { return Err("away".to_owned()) };
        let id = request.id().unwrap().json().to_owned();
        let second = request.json().contains(r#""cursor":"2""#);
        let (tools, next) = if second {
            let deploy = format!(
                r#"{{"name":"deploy","inputSchema":{{"type":"object","properties":{{"region":{{"type":"string","x-mcp-header":"{header}"}}}}}}}}"#
            );
            (deploy, "")
        } else {
            let bad = r#"{"name":"bad","inputSchema":{"properties":{"a":{"type":"number","x-mcp-header":"A"}}}},{"name":"plain"},7"#;
            (bad.to_owned(), r#","nextCursor":"2""#)
        };
        let result = format!(r#"{{"tools":[{tools}]{next}}}"#);
        Ok(Message::made(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)))
    }

    /// The fields that go on, or the code of the error.
    async fn check(&self, tool: &str, arguments: &str, fields: &[(&str, &str)]) -> String {
        let call = Message::made(format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments},"_meta":{{"progressToken":"t","k":1}}}}}}"#
        ));
        let headers: HeaderMap = fields
            .iter()
            .map(|(name, value)| {
                (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap())
            })
            .collect();
        match self.tools.check("files", &call, &headers, |request| self.answer(request)).await {
            Ok(fields) => format!("{fields:?}"),
            Err(Denial::Fault(fault)) => fault.code.to_string(),
            Err(Denial::Refusal(refusal)) => refusal.reason,
        }
    }
}

/// A tool, its arguments, header fields, and what comes of them.
type Case<'c> = (&'c str, &'c str, &'c [(&'c str, &'c str)], &'c str);

const EU: &str = r#"{"region":"eu"}"#;

#[tokio::test(start_paused = true)]
async fn fields_go_with_the_arguments() {
    let server = Server::with("Region");
    let region = |value| [("mcp-param-region", value)];
    let cases: [Case<'_>; 10] = [
        ("deploy", EU, &region("eu"), "{}"),
        ("deploy", EU, &region("=?base64?ZXU=?="), "{}"),
        ("deploy", EU, &region("us"), "-32020"),
        ("deploy", EU, &region("=?base64?ZXU?="), "-32020"),
        ("deploy", EU, &[], "-32020"),
        ("deploy", "{}", &region("eu"), "-32020"),
        ("deploy", r#"{"region":null}"#, &[], "{}"),
        ("deploy", r#"{"region":["eu"]}"#, &region("eu"), "-32602"),
        ("plain", EU, &region("us"), r#"{"mcp-param-region": "us"}"#),
        ("bad", r#"{"a":1}"#, &[], "{}"),
    ];
    for (tool, arguments, fields, expected) in cases {
        assert_eq!(server.check(tool, arguments, fields).await, expected, "{tool} {fields:?}");
    }
    assert_eq!(server.asked(), 2, "each page once");
    let first = server.asked.lock().unwrap()[0].clone();
    assert!(first.contains(r#""_meta":{"k":1}"#), "{first}");
}

#[tokio::test(start_paused = true)]
async fn only_what_nobody_knows_goes_on() {
    let server = Server::with("Region");
    let fields = [
        ("mcp-param-region", "eu"),
        ("mcp-param-other", "o"),
        ("mcp-param-hop", "h"),
        ("connection", "mcp-param-hop"),
        ("authorization", "Bearer x"),
        ("mcp-method", "tools/call"),
    ];
    assert_eq!(server.check("deploy", EU, &fields).await, r#"{"mcp-param-other": "o"}"#);
}

#[tokio::test(start_paused = true)]
async fn one_call_asks_for_all() {
    let server = Server::with("Region");
    let fields = [("mcp-param-region", "eu")];
    let both = tokio::join!(server.check("deploy", EU, &fields), server.check("plain", "{}", &[]));
    assert_eq!((both.0.as_str(), both.1.as_str()), ("{}", "{}"));
    assert_eq!(server.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_old_list_is_read_again() {
    let server = Server::with("Region");
    let (old, new) = ([("mcp-param-region", "eu")], [("mcp-param-zone", "eu")]);
    assert_eq!(server.check("deploy", EU, &old).await, "{}");
    server.annotates(Some("Zone"));
    // So soon the client is not believed more than the list.
    assert_eq!(server.check("deploy", EU, &new).await, "-32020");
    assert_eq!(server.asked(), 2);
    tokio::time::advance(PAUSE).await;
    assert_eq!(server.check("deploy", EU, &new).await, "{}");
    assert_eq!(server.asked(), 4);
    server.annotates(Some("Area"));
    assert_eq!(server.check("deploy", EU, &new).await, "{}");
    tokio::time::advance(FRESH).await;
    assert_eq!(server.check("deploy", EU, &new).await, "-32020");
    assert_eq!(server.asked(), 6);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_checked_does_not_pass() {
    let server = Server::default();
    let fields = [("mcp-param-region", "eu")];
    assert_eq!(server.check("deploy", EU, &[]).await, "{}");
    let refused = server.check("deploy", EU, &fields).await;
    assert!(refused.contains("cannot be checked") && refused.ends_with("away"), "{refused}");
    assert_eq!(server.asked(), 1);
    server.annotates(Some("Region"));
    tokio::time::advance(PAUSE).await;
    assert_eq!(server.check("deploy", EU, &fields).await, "{}");
}

#[tokio::test(start_paused = true)]
async fn calls_wait_once_for_a_list_that_never_comes() {
    let server = Server::default();
    server.annotates(Some("Region"));
    server.says(Manner::Hangs);
    let began = Instant::now();
    let calls = (0..20).map(|_| server.check("deploy", EU, &[]));
    for passed in futures_util::future::join_all(calls).await {
        assert_eq!(passed, "{}");
    }
    assert_eq!(began.elapsed().as_secs(), LIST_TIME.as_secs());
    assert_eq!(server.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_old_list_holds_until_there_is_a_new_one() {
    let server = Server::default();
    server.annotates(Some("Region"));
    let fields = [("mcp-param-region", "eu")];
    assert_eq!(server.check("deploy", EU, &fields).await, "{}");
    tokio::time::advance(FRESH).await;
    server.says(Manner::Hangs);
    let began = Instant::now();
    let calls = (0..20).map(|_| server.check("deploy", EU, &fields));
    for passed in futures_util::future::join_all(calls).await {
        assert_eq!(passed, "{}");
    }
    assert_eq!(began.elapsed().as_secs(), LIST_TIME.as_secs());
    // One page each time, as the second one never came.
    assert_eq!(server.asked(), 3);
    let other = [("mcp-param-region", "us")];
    assert!(server.check("deploy", EU, &other).await.contains("-32020"));
}

#[tokio::test(start_paused = true)]
async fn what_one_client_is_refused_says_nothing_of_the_next() {
    let server = Server::default();
    server.annotates(Some("Region"));
    server.says(Manner::Refuses);
    let fields = [("mcp-param-region", "eu")];
    assert!(server.check("deploy", EU, &fields).await.contains("cannot be checked"));
    server.says(Manner::Lists);
    assert_eq!(server.check("deploy", EU, &fields).await, "{}");
}
