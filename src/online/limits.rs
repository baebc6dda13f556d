//! How much is asked: a configuration may name any number of servers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mcp_guard_detect::host;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

/// Addresses that are asked in all.
const ADDRESSES: usize = 500;
/// Addresses that are asked of one host, whatever the ports.
const PER_HOST: usize = 20;
/// How long everything may take together.
pub(super) const WHOLE: Duration = Duration::from_secs(120);

/// Questions that are open at the same time.
const CONCURRENT: usize = 16;

/// The addresses to ask, and those that are too many.
pub(super) fn allotted<'a>(
    addresses: impl Iterator<Item = &'a String>,
) -> (BTreeSet<&'a str>, BTreeSet<&'a str>) {
    let mut per_host: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut asked, mut left) = (BTreeSet::new(), BTreeSet::new());
    for address in addresses {
        let host = host::parse(address).map_or(address.as_str(), |url| url.host);
        let count = per_host.entry(host).or_default();
        if *count < PER_HOST && asked.len() < ADDRESSES {
            *count += 1;
            asked.insert(address.as_str());
        } else {
            left.insert(address.as_str());
        }
    }
    (asked, left)
}

/// Why so many addresses are not asked.
pub(super) fn reason(left: usize) -> String {
    let are = if left == 1 { "address is" } else { "addresses are" };
    format!("{left} {are} not asked (at most {PER_HOST} of a host and {ADDRESSES} in all)")
}

/// Lets some questions be asked at a time, and none after the deadline.
pub(super) struct Turns {
    gate: Semaphore,
    deadline: Instant,
}

impl Turns {
    /// All questions must be answered by that time.
    pub(super) fn until(deadline: Instant) -> Self {
        Self { gate: Semaphore::new(CONCURRENT), deadline }
    }

    /// Asks when it is its turn.
    ///
    /// # Errors
    /// As the question, and when the time is up.
    pub(super) async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, String>>,
    ) -> Result<T, String> {
        let in_turn = async {
            let _turn = self.gate.acquire().await;
            question.await
        };
        match timeout_at(self.deadline, in_turn).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("not answered within {} s in all", WHOLE.as_secs())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_host_is_asked_too_often() {
        let some: BTreeSet<String> =
            (0..30).map(|n| format!("https://a.contoso.com:{}/mcp", 1000 + n)).collect();
        let (asked, left) = allotted(some.iter());
        assert_eq!((asked.len(), left.len()), (PER_HOST, 10));
        let many: BTreeSet<String> =
            (0..700).map(|n| format!("https://a{n}.contoso.com/mcp")).collect();
        let (asked, left) = allotted(many.iter());
        assert_eq!((asked.len(), left.len()), (ADDRESSES, 200));
        assert!(asked.is_disjoint(&left));
    }

    #[test]
    fn nothing_is_waited_for_after_the_deadline() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let turns = Turns::until(Instant::now() + Duration::from_millis(20));
            assert_eq!(turns.ask(async { Ok(1) }).await, Ok(1));
            let never = turns.ask(std::future::pending::<Result<(), String>>()).await;
            assert_eq!(never, Err("not answered within 120 s in all".to_owned()));
        });
    }
}
