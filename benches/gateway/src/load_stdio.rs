//! Load on a server over stdio: some calls always in flight, on one thread.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ChildStdin;
use std::time::Instant;

use clap::Args;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{OFlags, fcntl_setfl};

use crate::lines::of_block;
use crate::question::{Answer, Dialect, Verdict, shortened};
use crate::report::Report;
use crate::tally::Tally;
use crate::tested::Tested;
use crate::{Outcome, watchdog};

#[derive(Args)]
pub(crate) struct Options {
    /// Calls in flight
    #[arg(short = 'c', default_value_t = 1, value_name = "CALLS", value_parser = clap::value_parser!(u16).range(1..))]
    in_flight: u16,
    /// Calls to measure; a tenth more warms up
    #[arg(short = 'n', default_value_t = 20_000, value_name = "CALLS")]
    calls: u64,
    /// Give up when no answer comes for so long
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    patience: u64,
    #[command(flatten)]
    dialect: Dialect,
    /// The server, or a gateway before it
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

/// A call in flight. Calls take turns in a slot, which their ids tell.
struct Slot {
    id: u64,
    text: String,
    sent: Instant,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let start = Instant::now();
    let mut child = Tested::start(&options.command)?;
    let in_flight = usize::from(options.in_flight);
    let mut tally = Tally::new(options.calls, in_flight as u64, Some(child.process.id()));
    watchdog::watch(tally.progress(), options.patience);

    let dialect = &options.dialect;
    let version = child.open(dialect)?;
    let opening = start.elapsed();
    tally.look_idle();
    fcntl_setfl(&child.input, OFlags::NONBLOCK)?;

    let mut slots: Vec<Slot> =
        (0..in_flight).map(|_| Slot { id: 0, text: String::new(), sent: start }).collect();
    let mut free: Vec<usize> = (0..in_flight).collect();
    let mut outgoing = Outgoing::default();
    while !tally.is_done() {
        ask(dialect, &mut slots, &mut free, &mut tally, &mut outgoing.text);
        outgoing.write(&mut child.input)?;
        // As long as the pipe does not take all, there may be something to read first.
        while !outgoing.is_empty() && !readable_first(&child)? {
            outgoing.write(&mut child.input)?;
        }
        let block = child.lines.block()?.ok_or("the server ended")?;
        let now = Instant::now();
        for line in of_block(block) {
            let slot = judge(line, dialect, &slots, now, &mut tally);
            free.extend(slot);
        }
    }
    child.end()?;
    Report::new(tally, dialect, in_flight, version, opening).print()
}

/// Asks in every free slot while there are calls to make.
fn ask(
    dialect: &Dialect,
    slots: &mut [Slot],
    free: &mut Vec<usize>,
    tally: &mut Tally,
    out: &mut String,
) {
    let count = slots.len() as u64;
    let now = Instant::now();
    for at in free.drain(..) {
        let (Some(number), Some(slot)) = (tally.next(), slots.get_mut(at)) else { continue };
        slot.id = number * count + at as u64;
        slot.sent = now;
        dialect.text(at, slot.id, &mut slot.text);
        dialect.call(slot.id, &slot.text, out);
        out.push('\n');
    }
}

/// Counts an answer. The slot that it frees.
fn judge(
    line: &[u8],
    dialect: &Dialect,
    slots: &[Slot],
    now: Instant,
    tally: &mut Tally,
) -> Option<usize> {
    let Ok(answer) = Answer::parse(line) else {
        tally.fault(Verdict::Failed(format!("no JSON-RPC message: {}", shortened(line))));
        return None;
    };
    if !answer.is_response() {
        return None;
    }
    let at = answer.id().and_then(|id| usize::try_from(id % slots.len() as u64).ok());
    let asked = at.and_then(|at| slots.get(at)).filter(|slot| answer.id() == Some(slot.id));
    let Some(slot) = asked else {
        tally.fault(Verdict::Wrong(format!("nothing with this id is open: {}", shortened(line))));
        return None;
    };
    tally.count(answer.judge(line, dialect, slot.id, &slot.text), slot.sent, now);
    at
}

/// Whether the server has written before it takes more.
fn readable_first(child: &Tested) -> io::Result<bool> {
    let mut events =
        [PollFd::new(&child.input, PollFlags::OUT), PollFd::new(&child.output, PollFlags::IN)];
    poll(&mut events, None)?;
    let [_, read] = events;
    Ok(!read.revents().is_empty())
}

/// What is to be written, of which the pipe may take a part.
#[derive(Default)]
struct Outgoing {
    text: String,
    written: usize,
}

impl Outgoing {
    fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    fn write(&mut self, to: &mut ChildStdin) -> io::Result<()> {
        while self.written < self.text.len() {
            match to.write(self.text.as_bytes().split_at(self.written).1) {
                Ok(some) => self.written += some,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        self.text.clear();
        self.written = 0;
        Ok(())
    }
}
