//! Load on a server over HTTP: clients with a connection and a session each, which ask one call
//! after the other. All on one thread: a second one would compete with what is measured.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use clap::Args;
use http::Uri;
use tokio::task::LocalSet;

use crate::http_client::{Client, Target};
use crate::question::{Answer, Dialect, Verdict, shortened};
use crate::report::Report;
use crate::tally::Tally;
use crate::{Failure, Outcome, watchdog};

#[derive(Args)]
pub(crate) struct Options {
    /// The endpoint
    #[arg(long)]
    url: Uri,
    /// Clients [default: 1, of crosstalk 64]
    #[arg(short = 'c', value_parser = clap::value_parser!(u16).range(1..))]
    clients: Option<u16>,
    /// Calls to measure, of all clients together; a tenth more warms up [default: 20000, of
    /// crosstalk 10000]
    #[arg(short = 'n')]
    calls: Option<u64>,
    /// Plain JSON-RPC: no session, no headers of MCP
    #[arg(long, conflicts_with = "modern")]
    rpc: bool,
    /// Send `Authorization: Bearer KEY`
    #[arg(long)]
    key: Option<String>,
    /// Look at this process and its descendants
    #[arg(long, value_name = "PID")]
    watch: Option<u32>,
    /// Give up when no answer comes for so long
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    patience: u64,
    #[command(flatten)]
    dialect: Dialect,
}

pub(crate) fn run(options: &Options, crosstalk: bool) -> Outcome {
    let (clients, calls) = if crosstalk { (64, 10_000) } else { (1, 20_000) };
    let clients = usize::from(options.clients.unwrap_or(clients));
    let calls = options.calls.unwrap_or(calls);
    let mut tally = Tally::new(calls, clients as u64, options.watch);
    watchdog::watch(tally.progress(), options.patience);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();
    let start = Instant::now();
    local.block_on(&runtime, async {
        let target = Target {
            url: &options.url,
            dialect: &options.dialect,
            rpc: options.rpc,
            key: options.key.as_deref(),
        };
        let mut open = vec![Client::open(&target).await?];
        let opening = start.elapsed();
        for _ in 1..clients {
            open.push(Client::open(&target).await?);
        }
        let version = open.first().map(|client| client.version.clone()).unwrap_or_default();
        tally.look_idle();
        let tally = Rc::new(RefCell::new(tally));
        let workers: Vec<_> = open
            .into_iter()
            .enumerate()
            .map(|(number, client)| {
                let dialect = options.dialect.clone();
                local.spawn_local(work(number, client, dialect, Rc::clone(&tally)))
            })
            .collect();
        for worker in workers {
            worker.await??;
        }
        let tally = Rc::into_inner(tally).ok_or("a client is still at work")?.into_inner();
        Report::new(tally, &options.dialect, clients, version, opening).print()
    })
}

/// Asks until all calls are made. Every client counts its ids from 1, so that all use the same.
async fn work(
    number: usize,
    mut client: Client,
    dialect: Dialect,
    tally: Rc<RefCell<Tally>>,
) -> Result<(), Failure> {
    let (mut text, mut call) = (String::new(), String::new());
    let mut id = 0;
    while tally.borrow_mut().next().is_some() {
        id += 1;
        dialect.text(number, id, &mut text);
        call.clear();
        dialect.call(id, &text, &mut call);
        let body = call.clone().into();
        let sent = Instant::now();
        let answer = client.post(body).await;
        let now = Instant::now();
        let verdict = match &answer {
            Ok((bytes, _)) => match Answer::parse(bytes) {
                Ok(answer) => answer.judge(bytes, &dialect, id, &text),
                Err(_) => Verdict::Failed(format!("no JSON-RPC: {}", shortened(bytes))),
            },
            Err(error) => Verdict::Failed(error.to_string()),
        };
        tally.borrow_mut().count(verdict, sent, now);
        if answer.is_err() && !client.is_open() {
            client.reconnect().await?;
        }
    }
    Ok(())
}
