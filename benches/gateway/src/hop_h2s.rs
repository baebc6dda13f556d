//! The least that a gateway from HTTP to stdio has to do: one child for all callers, ids renamed.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::OsString;
use std::process::Stdio;
use std::rc::Rc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use memchr::{memchr_iter, memrchr};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task;

use crate::lines::of_block;
use crate::message::{Id, with_id};
use crate::outlet::Outlet;
use crate::server::{empty, json, serve, whole};
use crate::{Failure, Outcome};

pub(crate) fn run(port: u16, command: &[OsString]) -> Outcome {
    serve(port, || {
        let server = Server::start(command)?;
        Ok(move |request| respond(Rc::clone(&server), request))
    })
}

async fn respond(
    server: Rc<Server>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Failure> {
    if request.method() != Method::POST {
        return Ok(empty(StatusCode::METHOD_NOT_ALLOWED));
    }
    let body = whole(request.into_body()).await?;
    let Ok(message) = Id::parse(&body) else { return Ok(empty(StatusCode::BAD_REQUEST)) };
    let mut line = Vec::with_capacity(body.len() + 24);
    let Some(id) = message.id else {
        line.extend_from_slice(&body);
        server.send(line)?;
        return Ok(empty(StatusCode::ACCEPTED));
    };
    let number = server.last.get() + 1;
    server.last.set(number);
    with_id(&body, id, &number.to_string(), &mut line);
    let (sender, receiver) = oneshot::channel();
    server.waiting.borrow_mut().insert(number, sender);
    server.send(line)?;
    let answer = receiver.await?;
    let answered = Id::parse(&answer)?.id.ok_or("an answer without an id")?;
    let mut out = Vec::with_capacity(answer.len() + id.get().len());
    with_id(&answer, answered, id.get(), &mut out);
    Ok(json(StatusCode::OK, out))
}

struct Server {
    last: Cell<u64>,
    waiting: RefCell<HashMap<u64, oneshot::Sender<Vec<u8>>>>,
    outlet: Rc<Outlet>,
    /// Ends with the hop.
    _child: Child,
}

impl Server {
    fn start(command: &[OsString]) -> Result<Rc<Self>, Failure> {
        let (program, arguments) = command.split_first().ok_or("no command")?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let input = child.stdin.take().ok_or("no standard input")?.into_owned_fd()?;
        let output = child.stdout.take().ok_or("no standard output")?.into_owned_fd()?;
        let server = Rc::new(Self {
            last: Cell::new(0),
            waiting: RefCell::default(),
            outlet: Outlet::new(Sender::from_owned_fd(input)?),
            _child: child,
        });
        let receiver = Receiver::from_owned_fd(output)?;
        let reader = Rc::clone(&server);
        task::spawn_local(async move {
            let ended = reader.read(&receiver).await;
            eprintln!("the server's output ended: {ended:?}");
            // Whoever waits is answered by an error of the connection.
            reader.waiting.borrow_mut().clear();
        });
        Ok(server)
    }

    /// Sends a message as one line: JSON has no line feed but between tokens.
    fn send(&self, mut line: Vec<u8>) -> Outcome {
        let feeds: Vec<usize> = memchr_iter(b'\n', &line).collect();
        for at in feeds {
            if let Some(byte) = line.get_mut(at) {
                *byte = b' ';
            }
        }
        line.push(b'\n');
        Ok(self.outlet.send(&line)?)
    }

    async fn read(&self, output: &Receiver) -> Outcome {
        let mut bytes = Vec::with_capacity(256 * 1024);
        loop {
            output.readable().await?;
            let before = bytes.len();
            bytes.reserve(64 * 1024);
            match output.try_read_buf(&mut bytes) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error.into()),
            }
            if let Some(at) = memrchr(b'\n', bytes.split_at(before).1) {
                let end = before + at + 1;
                of_block(bytes.split_at(end).0).for_each(|line| self.hand_over(line));
                bytes.drain(..end);
            }
        }
    }

    fn hand_over(&self, line: &[u8]) {
        let number = Id::parse(line).ok().and_then(|answer| answer.id?.get().parse().ok());
        if let Some(sender) = number.and_then(|id: u64| self.waiting.borrow_mut().remove(&id)) {
            // A caller that went away wants nothing.
            _ = sender.send(line.to_vec());
        }
    }
}
