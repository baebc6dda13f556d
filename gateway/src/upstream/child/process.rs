//! A running child process.

use std::time::Duration;

use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::command::ChildCommand;
use super::exit::Exit;
use super::group::Group;
use super::orphan::OrphanGuard;
use super::spawn::{self, SpawnError};
use super::standard_error;
use crate::wire::{Lines, Outbox, OutboxLimits};

/// How long processes that a child left behind have between SIGTERM and SIGKILL.
const LEFT: Duration = Duration::from_millis(500);
/// How long the last words on standard error are waited for.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// How long a killed process may take to be gone.
const KILLED: Duration = Duration::from_secs(5);

/// How much may pass at once between us and a child.
#[derive(Clone, Copy, Debug)]
pub struct WireLimits {
    /// The longest line that is read, in bytes.
    pub line: usize,
    /// What may wait to be written.
    pub outbox: OutboxLimits,
}

/// A child process, its group or job, and what it says on standard error. Dropped, all of it is
/// killed.
#[derive(Debug)]
pub struct ChildProcess {
    id: Option<u32>,
    pipes: Option<(ChildStdin, ChildStdout)>,
    /// The outbox of the pipe, and the task that writes it.
    writing: Option<(Outbox, JoinHandle<()>)>,
    orders: mpsc::UnboundedSender<Order>,
    exit: watch::Receiver<Option<Exit>>,
    supervision: JoinHandle<()>,
}

#[derive(Debug)]
enum Order {
    Terminate,
    Kill,
}

impl ChildProcess {
    /// Starts the command, as the server `name`, in a process group or job of its own. Must be
    /// called within a runtime with IO and time. What the process writes to standard error is logged
    /// with target `mcp_guard::server` and field `server`.
    ///
    /// # Errors
    ///
    /// When there is no such program, or the system does not let it start. With
    /// [`OrphanGuard::ReExec`] a program that the system refuses at the last moment shows as an exit
    /// with code 126 or 127 and a line on standard error.
    pub async fn spawn(
        command: &ChildCommand,
        name: &str,
        orphans: &OrphanGuard,
    ) -> Result<Self, SpawnError> {
        let mut child = spawn::spawn(command, orphans).await?;
        let pipes = child.stdin().take().zip(child.stdout().take());
        let said = child.stderr().take();
        let reading = said.map(|said| tokio::spawn(standard_error::log(said, name.to_owned())));
        let (orders, received) = mpsc::unbounded_channel();
        let (ended, exit) = watch::channel(None);
        let group = Group::new(child);
        let id = group.id();
        let supervision = tokio::spawn(supervise(group, received, ended, reading));
        Ok(Self { id, pipes, writing: None, orders, exit, supervision })
    }

    /// The process identifier, on Unix also that of its group.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.id
    }

    /// What is written to its standard input and read from its standard output, as lines. `None`
    /// when they were taken before.
    pub fn wire(&mut self, limits: WireLimits) -> Option<(Outbox, Lines<ChildStdout>)> {
        let (input, output) = self.pipes.take()?;
        let (outbox, writer) = Outbox::new(input, limits.outbox);
        let running = tokio::spawn(async move {
            if let Err(error) = writer.run().await {
                tracing::debug!(%error, "cannot write to a server");
            }
        });
        self.writing = Some((outbox.clone(), running));
        Some((outbox, Lines::new(output, limits.line)))
    }

    /// Is done when the process ended. What it wrote before may still be to be read.
    pub fn exited(&self) -> impl Future<Output = Exit> + Send + use<> {
        let mut exit = self.exit.clone();
        async move {
            let ended = exit.wait_for(Option::is_some).await;
            ended.ok().and_then(|exit| *exit).unwrap_or(Exit::Unknown)
        }
    }

    /// Ends the process as the stdio transport wants it: closes its standard input once the queued
    /// lines are written, waits for `grace`, sends SIGTERM to its group, waits for `grace` again,
    /// sends SIGKILL. Then whatever it left in its group is ended too. Half of the first `grace` is
    /// for the queued lines. Someone should read its output meanwhile.
    pub async fn shut_down(mut self, grace: Duration) -> Exit {
        let start = Instant::now();
        self.pipes = None;
        if let Some((outbox, mut running)) = self.writing.take() {
            outbox.close();
            if timeout_at(start + grace / 2, &mut running).await.is_err() {
                running.abort();
            }
        }
        let exited = self.exited();
        tokio::pin!(exited);
        let mut waits =
            [(start + grace, Order::Terminate), (start + grace * 2, Order::Kill)].into_iter();
        let exit = loop {
            let Some((deadline, order)) = waits.next() else {
                break timeout(KILLED, &mut exited).await.unwrap_or(Exit::Unknown);
            };
            if let Ok(exit) = timeout_at(deadline, &mut exited).await {
                break exit;
            }
            let _ended = self.orders.send(order);
        };
        // All that this does is bounded.
        if exit != Exit::Unknown {
            let _panicked = self.supervision.await;
        }
        exit
    }
}

/// Owns the processes until all are gone. When nobody gives orders any more, they are killed.
async fn supervise(
    mut group: Group,
    mut orders: mpsc::UnboundedReceiver<Order>,
    ended: watch::Sender<Option<Exit>>,
    reading: Option<JoinHandle<()>>,
) {
    let mut killed = false;
    let exit = loop {
        tokio::select! {
            exit = group.wait() => break exit,
            order = orders.recv(), if !killed => {
                if let Some(Order::Terminate) = order {
                    group.terminate();
                } else {
                    group.kill();
                    killed = true;
                }
            }
        }
    };
    ended.send_replace(Some(exit));
    if group.has_others() {
        group.terminate();
        let deadline = Instant::now() + LEFT;
        while group.has_others() && Instant::now() < deadline {
            sleep(LEFT / 50).await;
        }
    }
    drop(group);
    if let Some(mut reading) = reading
        && timeout(LAST_WORDS, &mut reading).await.is_err()
    {
        reading.abort();
    }
}
