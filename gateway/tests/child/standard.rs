//! Our own standard input and output, of each kind that a client may give us.

use std::fs::File;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use crate::support::ourselves;

fn echo(input: impl Into<Stdio>, output: impl Into<Stdio>) -> std::process::Child {
    Command::new(ourselves()).arg("echo").stdin(input).stdout(output).spawn().unwrap()
}

/// Lines of all lengths, many times what a pipe holds.
fn lines() -> String {
    (0..20_000).map(|number| format!("{number}{}\n", "x".repeat(number % 700))).collect()
}

/// Sends all lines and reads them back at the same time.
fn exchange(
    mut into: impl Write + Send + 'static,
    end: impl FnOnce() + Send + 'static,
    mut out: impl Read,
) {
    let writing = std::thread::spawn(move || {
        into.write_all(lines().as_bytes()).unwrap();
        drop(into);
        end();
    });
    let mut read = String::new();
    out.read_to_string(&mut read).unwrap();
    assert!(read == lines());
    writing.join().unwrap();
}

pub(crate) fn input_and_output_as_pipes() {
    let mut child = echo(Stdio::piped(), Stdio::piped());
    exchange(child.stdin.take().unwrap(), || {}, child.stdout.take().unwrap());
    assert!(child.wait().unwrap().success());
}

pub(crate) fn input_and_output_as_sockets() {
    let (near, far) = UnixStream::pair().unwrap();
    let mut child = echo(OwnedFd::from(far.try_clone().unwrap()), OwnedFd::from(far));
    let ending = near.try_clone().unwrap();
    exchange(near.try_clone().unwrap(), move || ending.shutdown(Shutdown::Write).unwrap(), near);
    assert!(child.wait().unwrap().success());
}

pub(crate) fn input_and_output_as_files() {
    let directory = tempfile::tempdir().unwrap();
    let [input, output] = ["input", "output"].map(|name| directory.path().join(name));
    std::fs::write(&input, lines()).unwrap();
    let mut child = echo(File::open(&input).unwrap(), File::create(&output).unwrap());
    assert!(child.wait().unwrap().success());
    assert!(std::fs::read_to_string(&output).unwrap() == lines());
}

pub(crate) fn a_named_pipe_as_input() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let writing = std::thread::spawn({
        let path = path.clone();
        move || File::create(path).unwrap().write_all(lines().as_bytes()).unwrap()
    });
    let mut child = echo(File::open(&path).unwrap(), Stdio::piped());
    let mut read = String::new();
    child.stdout.take().unwrap().read_to_string(&mut read).unwrap();
    assert!(read == lines());
    writing.join().unwrap();
    assert!(child.wait().unwrap().success());
}
