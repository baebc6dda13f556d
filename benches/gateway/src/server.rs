//! An HTTP/1.1 server on one thread of the loopback interface.

use std::future::Future;
use std::net::Ipv4Addr;
use std::rc::Rc;

use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task;

use crate::{Failure, Outcome};

/// Answers requests until the process is ended. One thread, because the load generator and the
/// gateway want the other core.
pub(crate) fn serve<H, F, B>(port: u16, handler: impl FnOnce() -> Result<H, Failure>) -> Outcome
where
    H: Fn(Request<Incoming>) -> F + 'static,
    F: Future<Output = Result<Response<B>, Failure>> + 'static,
    B: Body<Data = Bytes> + 'static,
    B::Error: Into<Failure>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    task::LocalSet::new().block_on(&runtime, async move {
        let handler = Rc::new(handler()?);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        eprintln!("listening on {}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let handler = Rc::clone(&handler);
            task::spawn_local(async move {
                let service = service_fn(move |request| handler(request));
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                if let Err(error) = connection.await {
                    eprintln!("connection: {error}");
                }
            });
        }
    })
}

/// The whole body of a request or response.
pub(crate) async fn whole(mut body: Incoming) -> Result<Bytes, hyper::Error> {
    let mut first = Bytes::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        if first.is_empty() {
            first = data;
            continue;
        }
        let mut all = Vec::with_capacity(first.len() + data.len());
        all.extend_from_slice(&first);
        all.extend_from_slice(&data);
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame?.into_data() {
                all.extend_from_slice(&data);
            }
        }
        return Ok(all.into());
    }
    Ok(first)
}

pub(crate) fn json(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

pub(crate) fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = status;
    response
}
