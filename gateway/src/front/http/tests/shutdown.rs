use std::time::{Duration, Instant};

use super::world::World;
use super::{call, eventually, start, start_with};

#[tokio::test]
async fn requests_end_and_streams_are_told() {
    let front = start().await;
    let id = front.session("2025-11-25").await;
    let session = [("Mcp-Session-Id", &*id)];
    let mut get = front.get_open("/mcp", &session).await;
    get.until("text/event-stream").await;
    let mut open = front.post_open("/mcp", &session, &call(1, "hold")).await;
    let talk = front.world.talk();
    eventually("held", || talk.has("hold 1")).await;
    front.shutdown.cancel();
    get.read_all().await;
    assert!(get.text.ends_with("0\r\n\r\n"));
    assert!(!talk.has("close"));
    talk.answer(1, None, None);
    open.read_all().await;
    assert!(open.text.contains("\"held\":true"));
    front.task.await.unwrap().unwrap();
    assert!(talk.has("close"));
    assert!(tokio::net::TcpStream::connect(front.address).await.is_err());
}

#[tokio::test]
async fn what_takes_too_long_is_cut_off() {
    let front = start_with(World::default(), |options| {
        options.drain_timeout = Duration::from_millis(200);
    })
    .await;
    let id = front.session("2025-11-25").await;
    let mut open = front.post_open("/mcp", &[("Mcp-Session-Id", &id)], &call(1, "hold")).await;
    let talk = front.world.talk();
    eventually("held", || talk.has("hold 1")).await;
    let began = Instant::now();
    front.shutdown.cancel();
    front.task.await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(3));
    open.read_all().await;
    assert!(talk.has("close"));
}
