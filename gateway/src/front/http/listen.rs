//! Connections.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{HttpFront, HttpOptions, Lanes};
use crate::front::{Authenticate, Operations, Services};

/// The largest header of a request, in bytes.
const LARGEST_HEADER: usize = 64 << 10;

/// How long to wait when no connection can be accepted, as when there are no more descriptors.
const NO_ACCEPT: Duration = Duration::from_millis(50);

/// Serves until it is told to end, and then until requests have ended or had their time.
///
/// Only HTTP/1.1 is spoken: the time for a header counts from the first moment of a connection. What is
/// done for a connection runs on one of the lanes, also after this has ended.
///
/// # Errors
/// If the listener is of no use.
pub async fn serve(
    listener: TcpListener,
    options: HttpOptions,
    services: Arc<dyn Services>,
    auth: Arc<dyn Authenticate>,
    operations: Arc<dyn Operations>,
    lanes: &Lanes,
    shutdown: CancellationToken,
) -> io::Result<()> {
    listener.local_addr()?;
    let drain = options.drain_timeout;
    let room = Arc::new(Semaphore::new(options.max_connections.min(Semaphore::MAX_PERMITS)));
    let front = Arc::new(HttpFront::new(options, services, auth, operations));
    let connections = TaskTracker::new();
    // Told to connections that are still there when the time is up.
    let over = CancellationToken::new();
    let sweeper = tokio::spawn(sweep(Arc::clone(&front)));
    let accepting = accept(&listener, &room, |stream, permit| {
        let Some(lane) = lanes.quietest() else { return };
        let (front, shutdown, over) = (Arc::clone(&front), shutdown.clone(), over.clone());
        let counted = lane.count();
        let serving = async move {
            match TcpStream::from_std(stream) {
                Ok(stream) => tokio::select! {
                    () = connection(front, stream, shutdown) => {}
                    () = over.cancelled() => {}
                },
                Err(error) => tracing::debug!("connection: {error}"),
            }
            drop((permit, counted));
        };
        connections.spawn_on(serving, lane.handle());
    });
    tokio::select! {
        () = accepting => {}
        () = shutdown.cancelled() => {}
    }
    drop(listener);
    front.sessions.drain();
    connections.close();
    if tokio::time::timeout(drain, connections.wait()).await.is_err() {
        over.cancel();
        connections.wait().await;
    }
    sweeper.abort();
    front.close();
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
    take: impl Fn(std::net::TcpStream, OwnedSemaphorePermit),
) {
    // The semaphore is never closed.
    while let Ok(permit) = Arc::clone(room).acquire_owned().await {
        match listener.accept().await.and_then(|(stream, _)| stream.into_std()) {
            Ok(stream) => take(stream, permit),
            Err(error) => {
                tracing::debug!("no connection accepted: {error}");
                tokio::time::sleep(NO_ACCEPT).await;
            }
        }
    }
}

async fn connection(front: Arc<HttpFront>, stream: TcpStream, shutdown: CancellationToken) {
    // Answers are small and complete when they are written: nothing is gained by waiting for more.
    let _ = stream.set_nodelay(true);
    let header_timeout = front.options.header_timeout;
    let service = service_fn(move |request| {
        let front = Arc::clone(&front);
        async move { Ok::<_, Infallible>(front.handle(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(LARGEST_HEADER)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("connection: {error}");
    }
}

async fn sweep(front: Arc<HttpFront>) {
    let idle = front.options.session_idle;
    let every = (idle / 4).clamp(Duration::from_millis(10), Duration::from_secs(30));
    loop {
        tokio::time::sleep(every).await;
        front.sweep(idle);
    }
}

impl HttpFront {
    fn sweep(&self, idle: Duration) {
        self.sessions.sweep(idle);
        self.rpc.sweep(idle);
    }

    fn close(&self) {
        self.sessions.close();
        self.rpc.close();
    }
}
