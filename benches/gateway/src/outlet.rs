//! Writing to a pipe without waiting for its reader.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use tokio::net::unix::pipe::Sender;
use tokio::sync::Notify;
use tokio::task;

/// Lines for a pipe: written at once if it takes them, else by a task when it does.
pub(crate) struct Outlet {
    sender: Sender,
    /// What the pipe did not take yet.
    rest: RefCell<Vec<u8>>,
    more: Notify,
}

impl Outlet {
    pub(crate) fn new(sender: Sender) -> Rc<Self> {
        let outlet = Rc::new(Self { sender, rest: RefCell::default(), more: Notify::new() });
        let writer = Rc::clone(&outlet);
        task::spawn_local(async move {
            if let Err(error) = writer.drain().await {
                eprintln!("writing to the server: {error}");
            }
        });
        outlet
    }

    pub(crate) fn send(&self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = self.rest.borrow_mut();
        let mut written = 0;
        if rest.is_empty() {
            while written < bytes.len() {
                match self.sender.try_write(bytes.split_at(written).1) {
                    Ok(some) => written += some,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error),
                }
            }
        }
        if written < bytes.len() {
            rest.extend_from_slice(bytes.split_at(written).1);
            self.more.notify_one();
        }
        Ok(())
    }

    async fn drain(&self) -> io::Result<()> {
        loop {
            self.more.notified().await;
            while !self.rest.borrow().is_empty() {
                self.sender.writable().await?;
                let mut rest = self.rest.borrow_mut();
                match self.sender.try_write(&rest) {
                    Ok(some) => drop(rest.drain(..some)),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
}
