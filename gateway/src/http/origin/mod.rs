//! Which hosts and origins a request may name: the guard against DNS rebinding.
//!
//! A page in a browser can have its own name resolved to the address of the gateway. It cannot choose what `Host` and
//! `Origin` say, so a request passes only if both are known.

mod allow;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};

use super::authority::{Authority, Host};

pub use allow::{AllowedHost, Origin, PatternError};

/// What requests may name.
#[derive(Clone, Debug)]
pub struct HostPolicy {
    /// Hosts beside those that the address to listen at stands for.
    pub allowed_hosts: Vec<AllowedHost>,
    /// Origins beside those that belong to the gateway itself.
    pub allowed_origins: Vec<Origin>,
    /// Where the gateway listens.
    pub listen: SocketAddr,
}

/// What a request that passed has named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The host it was sent to.
    pub host: Authority,
    /// The origin of the page that sent it.
    pub origin: Option<AllowedOrigin>,
}

/// The origin of a request that passed, as the request spells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedOrigin(HeaderValue);

impl AllowedOrigin {
    pub(super) const fn as_header(&self) -> &HeaderValue {
        &self.0
    }
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// It names no host.
    #[error("the request has no Host")]
    HostMissing,
    /// It names several hosts.
    #[error("the request has more than one Host")]
    HostRepeated,
    /// What it names is no host.
    #[error("the Host of the request cannot be read")]
    HostMalformed,
    /// It names a host that is none of ours.
    #[error("the Host of the request is not allowed here")]
    HostNotAllowed,
    /// It comes from a page that has no business here, or that does not tell where it is from.
    #[error("the Origin of the request is not allowed here")]
    OriginNotAllowed,
}

impl Rejected {
    /// The status of the answer.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::HostMissing | Self::HostRepeated | Self::HostMalformed => StatusCode::BAD_REQUEST,
            Self::HostNotAllowed | Self::OriginNotAllowed => StatusCode::FORBIDDEN,
        }
    }
}

impl HostPolicy {
    /// Checks the target and the header of a request. `uri` holds the authority of HTTP/2 and of the absolute form.
    ///
    /// # Errors
    ///
    /// If the host is missing, ambiguous or not ours, or the origin is neither absent nor allowed.
    pub fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<Named, Rejected> {
        let host = named_host(uri, headers)?;
        if !self.allows_host(&host) {
            return Err(Rejected::HostNotAllowed);
        }
        let mut origins = headers.get_all(ORIGIN).iter();
        let origin = match (origins.next(), origins.next()) {
            (None, _) => None,
            (Some(value), None) if self.allows_origin(value, &host) => {
                Some(AllowedOrigin(value.clone()))
            }
            _ => return Err(Rejected::OriginNotAllowed),
        };
        Ok(Named { host, origin })
    }

    fn is_bound_to_loopback(&self) -> bool {
        self.listen.ip().to_canonical().is_loopback()
    }

    fn allows_host(&self, named: &Authority) -> bool {
        let ours = if self.is_bound_to_loopback() {
            named.host.is_loopback()
        } else {
            // Nothing is resolved for an address, so it cannot have been rebound.
            named.host.is_loopback() || matches!(named.host, Host::Address(_))
        };
        ours || self.allowed_hosts.iter().any(|allowed| allowed.matches(named))
    }

    fn allows_origin(&self, value: &HeaderValue, host: &Authority) -> bool {
        let Some(origin) = value.to_str().ok().and_then(Origin::parse) else { return false };
        let from_this_machine = self.is_bound_to_loopback() && origin.is_web_on_loopback();
        from_this_machine || origin.is_served_by(host) || self.allowed_origins.contains(&origin)
    }
}

/// The host that a request is for. Where two places name it, they must agree (RFC 9113, section 8.3.1).
fn named_host(uri: &Uri, headers: &HeaderMap) -> Result<Authority, Rejected> {
    let mut hosts = headers.get_all(HOST).iter();
    let header = hosts.next();
    if hosts.next().is_some() {
        return Err(Rejected::HostRepeated);
    }
    let target = uri.authority().map(|authority| read(authority.as_str()));
    let header = header.map(|value| read(value.to_str().unwrap_or_default()));
    match (target, header) {
        (None, None) => Err(Rejected::HostMissing),
        (Some(host), None) | (None, Some(host)) => host,
        (Some(target), Some(header)) => match (target?, header?) {
            (target, header) if target == header => Ok(target),
            _ => Err(Rejected::HostRepeated),
        },
    }
}

fn read(text: &str) -> Result<Authority, Rejected> {
    Authority::parse(text).ok_or(Rejected::HostMalformed)
}
