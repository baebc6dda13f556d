//! Bodies of requests, within bounds of size and time.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body_util::BodyExt as _;
use hyper::body::Body;

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BodyFault {
    #[error("the body is too large")]
    TooLarge,
    #[error("the body took too long")]
    TooSlow,
    #[error("the body broke off")]
    Broken,
}

impl BodyFault {
    /// The status of the answer.
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }
}

/// Whether the body says that it is larger than this.
pub(super) fn exceeds<B: Body>(body: &B, largest: usize) -> bool {
    body.size_hint().lower() > largest as u64
}

/// Reads it all. One that comes in one piece is not copied.
pub(super) async fn read<B>(body: B, largest: usize, within: Duration) -> Result<Bytes, BodyFault>
where
    B: Body<Data = Bytes> + Unpin,
{
    if exceeds(&body, largest) {
        return Err(BodyFault::TooLarge);
    }
    // The time is that of the whole body: one byte a second is slow, too.
    tokio::time::timeout(within, collect(body, largest)).await.unwrap_or(Err(BodyFault::TooSlow))
}

async fn collect<B>(mut body: B, largest: usize) -> Result<Bytes, BodyFault>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyFault::Broken)?.into_data() else { continue };
        if first.len() + all.len() + data.len() > largest {
            return Err(BodyFault::TooLarge);
        }
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&data);
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}
