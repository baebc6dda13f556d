//! A child process as a link.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::process::ChildStdout;
use tokio_util::task::TaskTracker;

use super::command::ChildCommand;
use super::orphan::OrphanGuard;
use super::process::{ChildProcess, WireLimits};
use crate::message::{Frame, Message};
use crate::pipeline::Pass;
use crate::service::{ConnectError, Connector};
use crate::upstream::{Arrival, Link, Pressure, Receiver, Room, Stream};
use crate::wire::{Line, Lines, Outbox};

/// How long a server that was told to end may take before it is told again, and then killed.
const GRACE: Duration = Duration::from_secs(2);
/// How long a server that closed its output may take to say why.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Starts one server, a process for each link.
#[derive(Debug)]
pub struct ChildConnector {
    /// The server's name.
    pub name: Arc<str>,
    /// What is started.
    pub command: ChildCommand,
    /// How it is kept from outliving us.
    pub orphans: OrphanGuard,
    /// How much may pass at once.
    pub limits: WireLimits,
    /// How many processes there may be at once.
    pub most: usize,
    /// How many there are.
    pub running: Arc<AtomicUsize>,
    /// Waits for those that are being ended.
    pub endings: TaskTracker,
}

/// A process and the pipe to it.
struct ChildLink {
    outbox: Outbox,
    process: Mutex<Option<Counted>>,
    endings: TaskTracker,
}

/// A process that counts as long as it lives.
struct Counted {
    process: ChildProcess,
    running: Running,
}

struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Connector for ChildConnector {
    fn connect(
        &self,
        receiver: Arc<dyn Receiver>,
    ) -> BoxFuture<'_, Result<Arc<dyn Link>, ConnectError>> {
        async move {
            let before = self.running.fetch_add(1, Ordering::Relaxed);
            let running = Running(Arc::clone(&self.running));
            if before >= self.most {
                let why = format!("{} processes of it run already (max_instances)", self.most);
                return Err(ConnectError(why));
            }
            let mut process = ChildProcess::spawn(&self.command, &self.name, &self.orphans)
                .await
                .map_err(|error| ConnectError(error.to_string()))?;
            let Some((outbox, lines)) = process.wire(self.limits) else {
                return Err(ConnectError("its pipes are taken".to_owned()));
            };
            tracing::debug!(target: "mcp_guard::server", server = &*self.name, "started");
            let link = Arc::new(ChildLink {
                outbox,
                process: Mutex::new(Some(Counted { process, running })),
                endings: self.endings.clone(),
            });
            let reader = Reader { name: Arc::clone(&self.name), receiver, link: Arc::clone(&link) };
            tokio::spawn(reader.run(lines));
            Ok(link as Arc<dyn Link>)
        }
        .boxed()
    }

    fn is_pipe(&self) -> bool {
        true
    }
}

/// Reads what a process says.
struct Reader {
    name: Arc<str>,
    receiver: Arc<dyn Receiver>,
    link: Arc<ChildLink>,
}

impl Reader {
    async fn run(self, mut lines: Lines<ChildStdout>) {
        let mut strange = 0_u64;
        let read = loop {
            match lines.next().await {
                Ok(Some(Line::Text(line))) => match Frame::read(line) {
                    Ok(Frame::One(message)) => self.pass(message).await,
                    Ok(Frame::Batch(messages)) => {
                        for message in messages {
                            match message {
                                Ok(message) => self.pass(message).await,
                                Err(fault) => self.strange(&mut strange, &fault.to_string()),
                            }
                        }
                    }
                    Err(fault) => self.strange(&mut strange, &fault.to_string()),
                },
                Ok(Some(Line::TooLong { bytes })) => {
                    self.strange(&mut strange, &format!("a line of {bytes} bytes is too long"));
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        self.receiver.lost(&self.ended(read).await);
    }

    async fn pass(&self, message: Message) {
        self.receiver.receive(Arrival::of(message)).wait().await;
    }

    /// What is no message is left out. The first ones are told, then each tenfold.
    fn strange(&self, count: &mut u64, why: &str) {
        *count += 1;
        if *count <= 3 || count.is_power_of_two() {
            tracing::warn!(
                target: "mcp_guard::server",
                server = &*self.name,
                count = *count,
                "its standard output holds something that is no message: {why}"
            );
        }
    }

    async fn ended(&self, read: std::io::Result<()>) -> String {
        let Some(counted) = self.link.take() else { return "it was ended".to_owned() };
        let exit = tokio::time::timeout(LAST_WORDS, counted.process.exited()).await;
        self.link.outbox.close();
        match (exit, read) {
            (Ok(exit), _) => format!("its process {exit}"),
            (Err(_), Ok(())) => {
                self.link.end(counted);
                "it closed its standard output".to_owned()
            }
            (Err(_), Err(error)) => {
                self.link.end(counted);
                format!("its standard output cannot be read: {error}")
            }
        }
    }
}

impl ChildLink {
    fn take(&self) -> Option<Counted> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn end(&self, counted: Counted) {
        self.endings.spawn(async move {
            let Counted { process, running } = counted;
            process.shut_down(GRACE).await;
            drop(running);
        });
    }

    fn write(&self, line: Bytes) -> Pressure {
        match self.outbox.put(line) {
            Ok(true) => Pressure::Free,
            Ok(false) => Pressure::Full(Arc::new(Filled(self.outbox.clone()))),
            // The reader finds out, and tells.
            Err(_) => Pressure::Free,
        }
    }
}

impl Link for ChildLink {
    fn send(&self, pass: Pass, _stream: Stream) -> Pressure {
        self.write(pass.into_message().bytes().clone())
    }

    fn listen(&self, _stream: Stream, _last_event_id: Option<String>) {}

    fn leave(&self, _stream: &Stream) {}

    fn close(&self) {
        if let Some(counted) = self.take() {
            self.end(counted);
        }
    }
}

/// An outbox that is full.
#[derive(Debug)]
pub(crate) struct Filled(pub(crate) Outbox);

impl Room for Filled {
    fn wait(&self) -> BoxFuture<'_, ()> {
        self.0.room().boxed()
    }
}
