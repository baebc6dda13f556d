//! The least that a gateway from stdio to stdio has to do: pass lines on, both ways.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use crate::Outcome;
use crate::lines::Lines;
use crate::pipes;

pub(crate) fn run(command: &[OsString]) -> Outcome {
    let (program, arguments) = command.split_first().ok_or("no command")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let to_child = child.stdin.take().ok_or("no standard input")?;
    let from_child = child.stdout.take().ok_or("no standard output")?;
    let client = pipes::input()?;
    // Ends when the client closes the pipe, which then closes the child's.
    let forth = thread::spawn(move || pass(client, to_child));
    pass(from_child, pipes::output()?)?;
    child.wait()?;
    // A child that ended by itself ends the hop, though the client may still be there.
    if forth.is_finished() {
        forth.join().map_err(|_| "the forward direction failed")??;
    }
    Ok(())
}

fn pass(from: impl Read, mut to: impl Write) -> io::Result<()> {
    let mut lines = Lines::new(from);
    while let Some(block) = lines.block()? {
        to.write_all(block)?;
    }
    Ok(())
}
