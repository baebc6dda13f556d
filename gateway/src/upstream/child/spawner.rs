//! The thread that starts all children.
//!
//! The kernel sends a child its parent-death signal when the thread that started it ends, and
//! threads of a runtime may end while the process lives on. This one ends with the process.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use process_wrap::tokio::{ChildWrapper, CommandWrap};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

type Task = Box<dyn FnOnce() + Send>;

static TASKS: Mutex<Option<Sender<Task>>> = Mutex::new(None);

/// Starts the command, for the runtime that this is called in.
pub(super) async fn spawn(mut command: CommandWrap) -> io::Result<Box<dyn ChildWrapper>> {
    let runtime = Handle::current();
    let (reply, spawned) = oneshot::channel();
    let task = move || {
        let _within = runtime.enter();
        // When nobody waits for it any more, the child is dropped here, which kills it.
        let _unwanted = reply.send(command.spawn());
    };
    send(Box::new(task))?;
    spawned.await.map_err(|_| io::Error::other("the start was interrupted"))?
}

fn send(task: Task) -> io::Result<()> {
    let mut tasks = TASKS.lock().unwrap_or_else(PoisonError::into_inner);
    let task = match tasks.as_ref() {
        Some(running) => match running.send(task) {
            Ok(()) => return Ok(()),
            Err(unsent) => unsent.0,
        },
        None => task,
    };
    start(&mut tasks, task)
}

fn start(tasks: &mut Option<Sender<Task>>, first: Task) -> io::Result<()> {
    let (sender, queue) = channel::<Task>();
    thread::Builder::new().name("child spawner".to_owned()).spawn(move || {
        run(first);
        queue.into_iter().for_each(run);
    })?;
    *tasks = Some(sender);
    Ok(())
}

/// A start that panics, as within a runtime that is being shut down, must not end the thread: that
/// would end all children.
fn run(task: Task) {
    if catch_unwind(AssertUnwindSafe(task)).is_err() {
        tracing::debug!("starting a process panicked");
    }
}
