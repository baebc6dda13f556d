//! How a server is ended.

use std::time::{Duration, Instant};

use mcp_guard_gateway::upstream::child::Exit;

use crate::support::{GRACE, LIMITS, is_gone_soon, line, lives, run, shell, text};

pub(crate) fn at_the_end_of_input() {
    run(|| async {
        let start = Instant::now();
        let child = shell("cat; exit 7").await;
        assert_eq!(child.shut_down(Duration::from_secs(30)).await, Exit::Code(7));
        assert!(start.elapsed() < Duration::from_secs(10));
    });
}

pub(crate) fn by_a_signal_when_that_does_not_help() {
    run(|| async {
        let child = shell("exec sleep 1000").await;
        assert_eq!(child.shut_down(GRACE).await, Exit::Signal(15));
    });
}

pub(crate) fn by_force_when_nothing_helps() {
    run(|| async {
        let mut child = shell("trap '' TERM; echo ready; while :; do sleep 0.1; done").await;
        let (_outbox, mut lines) = child.wire(LIMITS).unwrap();
        text(&mut lines).await.unwrap();
        assert_eq!(child.shut_down(GRACE).await, Exit::Signal(9));
    });
}

pub(crate) fn of_what_the_server_started() {
    run(|| async {
        for trap in ["", "trap '' TERM; "] {
            let script = format!("({trap}sleep 1000 >/dev/null; :) & echo $!; exec cat");
            let mut child = shell(&script).await;
            let (_outbox, mut lines) = child.wire(LIMITS).unwrap();
            let grandchild = text(&mut lines).await.unwrap().parse().unwrap();
            assert!(lives(grandchild));
            assert_eq!(child.shut_down(GRACE).await, Exit::Code(0));
            assert!(is_gone_soon(grandchild));
        }
    });
}

pub(crate) fn of_all_when_dropped() {
    run(|| async {
        let mut child = shell("trap '' TERM; sleep 1000 & echo $!; wait").await;
        let (_outbox, mut lines) = child.wire(LIMITS).unwrap();
        let grandchild = text(&mut lines).await.unwrap().parse().unwrap();
        let pid = child.id().unwrap();
        let exited = child.exited();
        drop(child);
        assert_eq!(exited.await, Exit::Signal(9));
        assert!(is_gone_soon(pid) && is_gone_soon(grandchild));
    });
}

pub(crate) fn with_what_was_queued_still_delivered() {
    run(|| async {
        let mut child = shell("sleep 0.2; exec cat").await;
        let (outbox, mut lines) = child.wire(LIMITS).unwrap();
        for number in 0..1000 {
            outbox.push(line(format!("{number:0500}"))).await.unwrap();
        }
        let ending = tokio::spawn(child.shut_down(Duration::from_secs(30)));
        for number in 0..1000 {
            assert_eq!(text(&mut lines).await.unwrap(), format!("{number:0500}"));
        }
        assert_eq!(text(&mut lines).await, None);
        assert_eq!(ending.await.unwrap(), Exit::Code(0));
        assert!(outbox.push(line("late")).await.is_err());
    });
}

pub(crate) fn of_one_that_reads_nothing() {
    run(|| async {
        let mut child = shell("exec sleep 1000").await;
        let (outbox, _lines) = child.wire(LIMITS).unwrap();
        while outbox.try_push(line("x".repeat(1000))).is_ok() {
            tokio::task::yield_now().await;
        }
        let start = Instant::now();
        assert_eq!(child.shut_down(GRACE).await, Exit::Signal(15));
        assert!(start.elapsed() < Duration::from_secs(10));
    });
}

pub(crate) fn of_one_that_is_gone() {
    run(|| async {
        let child = shell("exit 4").await;
        child.exited().await;
        assert_eq!(child.shut_down(GRACE).await, Exit::Code(4));
    });
}
