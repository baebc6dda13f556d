//! Lines to a server and back.

use mcp_guard_gateway::upstream::child::Exit;

use crate::support::{GRACE, LIMITS, line, run, shell, text};

pub(crate) fn a_line_comes_back() {
    run(|| async {
        let mut child = shell("exec cat").await;
        let (outbox, mut lines) = child.wire(LIMITS).unwrap();
        assert!(child.wire(LIMITS).is_none());
        outbox.push(line("{\"id\": 1}")).await.unwrap();
        assert_eq!(text(&mut lines).await.unwrap(), "{\"id\": 1}");
        assert_eq!(child.shut_down(GRACE).await, Exit::Code(0));
        assert_eq!(text(&mut lines).await, None);
    });
}

pub(crate) fn many_lines_come_back_in_order() {
    run(|| async {
        let mut child = shell("exec cat").await;
        let (outbox, mut lines) = child.wire(LIMITS).unwrap();
        let pushing = tokio::spawn(async move {
            for number in 0..200_000 {
                outbox.push(line(format!("message {number}"))).await.unwrap();
            }
        });
        for number in 0..200_000 {
            assert_eq!(text(&mut lines).await.unwrap(), format!("message {number}"));
        }
        pushing.await.unwrap();
        child.shut_down(GRACE).await;
    });
}

pub(crate) fn a_flood_on_standard_error_blocks_nothing() {
    run(|| async {
        let script = "yes 'all is well all is well' | head -n 500000 >&2; echo done; exec cat";
        let mut child = shell(script).await;
        let (_outbox, mut lines) = child.wire(LIMITS).unwrap();
        assert_eq!(text(&mut lines).await.unwrap(), "done");
        assert_eq!(child.shut_down(GRACE).await, Exit::Code(0));
    });
}

pub(crate) fn an_exit_is_told() {
    run(|| async {
        let child = shell("exit 3").await;
        assert_eq!(child.exited().await.to_string(), "exited with code 3");
        let child = shell("kill -9 $$").await;
        assert_eq!(child.exited().await.to_string(), "was killed by signal 9");
        let exited = shell("exec cat").await.exited();
        assert_eq!(exited.await, Exit::Signal(9), "it was dropped");
    });
}

pub(crate) fn the_last_words_are_read() {
    run(|| async {
        let mut child = shell("echo one; printf two; exit 1").await;
        assert_eq!(child.exited().await, Exit::Code(1));
        let (outbox, mut lines) = child.wire(LIMITS).unwrap();
        assert_eq!(text(&mut lines).await.unwrap(), "one");
        assert_eq!(text(&mut lines).await.unwrap(), "two");
        assert_eq!(text(&mut lines).await, None);
        outbox.push(line("three")).await.unwrap();
        while outbox.push(line("four")).await.is_ok() {
            tokio::task::yield_now().await;
        }
    });
}
