//! The bridge over a pipe that many clients share.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

use super::{Client, DISCOVERED, INITIALIZE, message};
use crate::bridge::Forward;
use crate::message::Message;
use crate::pipeline::{Caller, Front, Gate, Pass, Target};
use crate::protocol::Era;
use crate::service::{ConnectError, Connector, Conversation};
use crate::session::{Patience, Shared};
use crate::upstream::{Arrival, Link, Pressure, Receiver, Stream, What};

/// A pipe whose other end the test holds.
struct Pipe(mpsc::UnboundedSender<(Message, Arc<dyn Receiver>)>);

struct End(mpsc::UnboundedSender<(Message, Arc<dyn Receiver>)>, Arc<dyn Receiver>);

impl Connector for Pipe {
    fn connect(
        &self,
        receiver: Arc<dyn Receiver>,
    ) -> BoxFuture<'_, Result<Arc<dyn Link>, ConnectError>> {
        let end: Arc<dyn Link> = Arc::new(End(self.0.clone(), receiver));
        async { Ok(end) }.boxed()
    }

    fn is_pipe(&self) -> bool {
        true
    }
}

impl Link for End {
    fn send(&self, pass: Pass, _stream: Stream) -> Pressure {
        let _ = self.0.send((pass.into_message(), Arc::clone(&self.1)));
        Pressure::Free
    }

    fn listen(&self, _stream: Stream, _last_event_id: Option<String>) {}

    fn leave(&self, _stream: &Stream) {}

    fn close(&self) {}
}

#[tokio::test]
async fn sessions_share_a_pipe() {
    let (sent, mut server) = mpsc::unbounded_channel();
    let patience = Patience { idle: Duration::from_secs(60), whole: Duration::from_secs(600) };
    let shared = Shared::new("files".into(), Arc::new(Pipe(sent)), patience);
    let gate = Gate::unguarded();
    let target = Target::Server("files".into());
    let caller = Arc::new(Caller {
        principal: "p".into(),
        front: Front::Stdio,
        era: Era::Session,
        session: None,
    });
    let mut sessions = Vec::new();
    for _ in 0..2 {
        let (arrivals, mut client) = mpsc::unbounded_channel();
        let (pass, ticket) = gate.admit(&caller, &target, message(INITIALIZE)).unwrap().split();
        let forward = Forward::open(
            Arc::clone(&shared) as _,
            Arc::clone(&gate),
            "files".into(),
            Arc::clone(&caller),
            Arc::new(Client(arrivals)),
            &message(DISCOVERED),
            (pass, ticket, Stream::Standalone),
        );
        client.recv().await.unwrap();
        sessions.push((forward, client));
    }
    let say = |session: usize, json: &str| {
        let permitted = gate.admit(&caller, &target, message(json)).unwrap();
        let _ = sessions[session].0.say(permitted, Stream::Standalone);
    };
    let call = r#"{"jsonrpc":"2.0","id":"c","method":"tools/call","params":{"_meta":{"progressToken":"t"},"name":"a"}}"#;
    say(0, call);
    say(1, call);
    say(0, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    let mut taken = Vec::new();
    for _ in 0..3 {
        taken.push(server.recv().await.unwrap());
    }
    let send = |of: &(Message, Arc<dyn Receiver>), json: &str| {
        let json = json.replace("ID", of.0.id().unwrap().json());
        let _ = of.1.receive(Arrival::of(message(&json)));
    };
    let listen = taken.iter().find(|(message, _)| message.method() == "subscriptions/listen");
    let calls: Vec<_> =
        taken.iter().filter(|(message, _)| message.method() == "tools/call").collect();
    send(
        calls[1],
        r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":ID,"progress":1}}"#,
    );
    send(
        calls[1],
        r#"{"jsonrpc":"2.0","id":ID,"result":{"resultType":"input_required","inputRequests":{"r":{"method":"roots/list"}}}}"#,
    );
    send(
        listen.unwrap(),
        r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":ID}}}"#,
    );
    send(calls[0], r#"{"jsonrpc":"2.0","id":ID,"result":{"resultType":"complete","content":[]}}"#);
    let heard = async |session: &mut mpsc::UnboundedReceiver<Arrival>| {
        let arrival = tokio::time::timeout(Duration::from_secs(9), session.recv()).await;
        let What::Message(message) = arrival.unwrap().unwrap().what else { panic!() };
        message.json().to_owned()
    };
    let [(_, first), (second_session, second)] = sessions.as_mut_slice() else { panic!() };
    let mut of_first = [heard(first).await, heard(first).await];
    of_first.sort();
    assert_eq!(
        of_first,
        [
            r#"{"jsonrpc":"2.0","id":"c","result":{"content":[]}}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{}}"#,
        ]
    );
    let progress = heard(second).await;
    assert!(progress.contains(r#""progressToken":"t""#), "{progress}");
    assert!(heard(second).await.contains("roots/list"));
    let reply = r#"{"jsonrpc":"2.0","id":1,"result":{"roots":[]}}"#;
    let _ = second_session.reply(gate.answer(&caller, message(reply)));
    let again = server.recv().await.unwrap();
    assert!(again.0.json().contains(r#""inputResponses":{"r":{"roots":[]}}"#));
    assert!(taken.iter().all(|(before, _)| before.id() != again.0.id()));
    send(&again, r#"{"jsonrpc":"2.0","id":ID,"error":{"code":-1,"message":"m"}}"#);
    let answer = heard(second).await;
    assert_eq!(answer, r#"{"jsonrpc":"2.0","id":"c","error":{"code":-1,"message":"m"}}"#);
}
