//! The least that a gateway from HTTP to HTTP has to do: bodies and headers passed on.

use std::rc::Rc;

use http::header::{CONNECTION, HOST, TRANSFER_ENCODING};
use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::server::serve;
use crate::{Failure, Outcome};

pub(crate) fn run(port: u16, to: Uri) -> Outcome {
    serve(port, || {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let upstream = Rc::new(Upstream { client, to });
        Ok(move |request| pass(Rc::clone(&upstream), request))
    })
}

struct Upstream {
    client: Client<HttpConnector, Incoming>,
    to: Uri,
}

async fn pass(
    upstream: Rc<Upstream>,
    mut request: Request<Incoming>,
) -> Result<Response<Incoming>, Failure> {
    *request.uri_mut() = upstream.to.clone();
    for name in [HOST, CONNECTION, TRANSFER_ENCODING] {
        request.headers_mut().remove(name);
    }
    let mut response = upstream.client.request(request).await?;
    for name in [CONNECTION, TRANSFER_ENCODING] {
        response.headers_mut().remove(name);
    }
    Ok(response)
}
