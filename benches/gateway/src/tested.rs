//! The tested program, as a client over stdio starts it.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::lines::{Lines, of_block};
use crate::question::{Answer, Dialect, INITIALIZED, negotiated};
use crate::{Failure, Outcome};

/// How long it may take to end after its input is closed.
const GRACE: Duration = Duration::from_secs(5);

pub(crate) struct Tested {
    pub(crate) process: Child,
    pub(crate) input: ChildStdin,
    pub(crate) lines: Lines<File>,
    /// What `lines` reads, to poll it.
    pub(crate) output: OwnedFd,
}

impl Tested {
    pub(crate) fn start(command: &[OsString]) -> Result<Self, Failure> {
        let (program, arguments) = command.split_first().ok_or("no command")?;
        let mut process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = process.stdin.take().ok_or("no standard input")?;
        let output: OwnedFd = process.stdout.take().ok_or("no standard output")?.into();
        let lines = Lines::new(File::from(output.as_fd().try_clone_to_owned()?));
        Ok(Self { process, input, lines, output })
    }

    /// Opens the session, or asks what the server is. The version that it speaks.
    pub(crate) fn open(&mut self, dialect: &Dialect) -> Result<String, Failure> {
        self.input.write_all(format!("{}\n", dialect.opening()).as_bytes())?;
        let version = loop {
            let block = self.lines.block()?.ok_or("the server ended")?;
            let mut answers = of_block(block).filter(|line| {
                Answer::parse(line)
                    .is_ok_and(|answer| answer.is_response() && answer.id() == Some(0))
            });
            if let Some(answer) = answers.next() {
                break negotiated(answer, dialect)?;
            }
        };
        if !dialect.modern && !dialect.skip_initialized {
            self.input.write_all(format!("{INITIALIZED}\n").as_bytes())?;
        }
        Ok(version)
    }

    /// Closes the input and waits, as the protocol has it; ends the process if that is not enough.
    pub(crate) fn end(self) -> Outcome {
        let Self { mut process, input, .. } = self;
        drop(input);
        let start = Instant::now();
        while process.try_wait()?.is_none() {
            if start.elapsed() > GRACE {
                process.kill()?;
                process.wait()?;
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}
