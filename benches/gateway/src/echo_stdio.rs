//! The echo server over stdio.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::Write;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use crate::Outcome;
use crate::echo;
use crate::lines::{Lines, of_block};
use crate::message::Message;
use crate::pace::{Delays, Pace};
use crate::pipes;

pub(crate) fn run(pace: Pace) -> Outcome {
    match pace.delays() {
        None => at_once(),
        Some(delays) => later(delays),
    }
}

/// One thread; what one read brings is answered by one write.
fn at_once() -> Outcome {
    let mut input = Lines::new(pipes::input()?);
    let mut output = pipes::output()?;
    let mut answers = Vec::new();
    while let Some(block) = input.block()? {
        for line in of_block(block) {
            answer(line, &mut answers);
        }
        output.write_all(&answers)?;
        answers.clear();
    }
    Ok(())
}

fn answer(line: &[u8], answers: &mut Vec<u8>) {
    let before = answers.len();
    match Message::parse(line) {
        Ok(message) => echo::answer(&message, answers),
        Err(_) => echo::parse_error(answers),
    }
    if answers.len() > before {
        answers.push(b'\n');
    }
}

/// When an answer is due, its number, and the answer. The number keeps equal times in order.
type Due = (Instant, u64, Vec<u8>);

fn later(mut delays: Delays) -> Outcome {
    let mut input = Lines::new(pipes::input()?);
    let (sender, receiver) = mpsc::channel();
    let writer = thread::spawn(move || write_when_due(&receiver));
    let mut number = 0;
    while let Some(block) = input.block()? {
        for line in of_block(block) {
            let mut text = Vec::new();
            answer(line, &mut text);
            let is_call = Message::parse(line).is_ok_and(|message| message.is_call());
            let delay = if is_call { delays.next().unwrap_or_default() } else { <_>::default() };
            number += 1;
            if !text.is_empty() && sender.send((Instant::now() + delay, number, text)).is_err() {
                return Ok(());
            }
        }
    }
    drop(sender);
    writer.join().map_err(|_| "the writer failed")?
}

fn write_when_due(receiver: &Receiver<Due>) -> Outcome {
    let mut output = pipes::output()?;
    let mut waiting = BinaryHeap::<Reverse<Due>>::new();
    let mut open = true;
    while open || !waiting.is_empty() {
        let next = match waiting.peek() {
            None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(Reverse((due, _, _))) => {
                receiver.recv_timeout(due.saturating_duration_since(Instant::now()))
            }
        };
        match next {
            Ok(due) => waiting.push(Reverse(due)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => open = false,
        }
        let now = Instant::now();
        while let Some(Reverse((due, _, _))) = waiting.peek()
            && (*due <= now || !open)
        {
            if let Some(Reverse((_, _, text))) = waiting.pop() {
                output.write_all(&text)?;
            }
        }
    }
    Ok(())
}
