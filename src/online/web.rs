//! The HTTP client: timeouts, sizes, proxies, and where it does not go.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response, Url};
use serde_json::Value;

use super::address::{is_metadata, is_public_host, proxies};
use super::words;
use crate::failure::Failure;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a question may take in all.
const WHOLE: Duration = Duration::from_secs(15);
/// Redirects that are followed.
const REDIRECTS: usize = 5;
/// Bytes of an answer that are read.
const LARGEST: usize = 16 << 20;

/// A client with its limits.
pub(super) struct Web {
    client: Client,
}

impl Web {
    /// For the services that the user has chosen, wherever they are.
    pub(super) fn of_services() -> Result<Self, Failure> {
        Self::built(Client::builder().redirect(Policy::custom(onwards)))
    }

    /// For servers that configuration names. What is not a private address by its spelling must
    /// not turn out to be one by its name's resolution, unless `private`, nor ever by a redirect.
    pub(super) fn of_strangers(private: bool) -> Result<Self, Failure> {
        let builder = Client::builder().redirect(Policy::custom(onwards));
        if private {
            return Self::built(builder);
        }
        let resolver = PublicOnly { exempt: proxies().into() };
        Self::built(builder.dns_resolver(Arc::new(resolver)))
    }

    fn built(builder: reqwest::ClientBuilder) -> Result<Self, Failure> {
        let client = builder
            .user_agent(concat!("mcp-guard/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .referer(false)
            .build()
            .map_err(|error| Failure::Online(reason(&error)))?;
        Ok(Self { client })
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// Status and body of a JSON answer; the body is null where it is none.
    pub(super) async fn json(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<(u16, Value), String> {
        let response = request.send().await.map_err(|error| reason(&error))?;
        let status = response.status().as_u16();
        let body = body(response).await?;
        Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }
}

/// The body as far as the limit, beyond which the answer is an error.
async fn body(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| reason(&error))? {
        if body.len() + chunk.len() > LARGEST {
            return Err(format!("the answer is larger than {} MiB", LARGEST >> 20));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn onwards(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    match objection(attempt.previous(), attempt.url()) {
        Some(objection) => attempt.error(objection),
        None => attempt.follow(),
    }
}

/// Why a redirect is not followed: it leads from the internet to a private address, from anywhere to
/// what hands out the credentials of a cloud machine, from HTTPS to HTTP, or on and on.
fn objection(previous: &[Url], next: &Url) -> Option<&'static str> {
    let public = |url: &Url| url.host_str().is_some_and(is_public_host);
    let was_secure = previous.last().is_some_and(|from| from.scheme() == "https");
    if next.host_str().is_some_and(is_metadata) {
        Some("it redirects to the metadata service of a cloud")
    } else if previous.first().is_none_or(public) && !public(next) {
        Some("it redirects to a private address")
    } else if was_secure && next.scheme() != "https" {
        Some("it redirects from HTTPS to HTTP")
    } else if previous.len() > REDIRECTS {
        Some("it redirects without end")
    } else {
        None
    }
}

/// Resolves names to addresses of the internet only, so that a public name cannot stand for a
/// private address.
struct PublicOnly {
    exempt: Arc<[String]>,
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let exempt = Arc::clone(&self.exempt);
        Box::pin(async move {
            let host = name.as_str().to_ascii_lowercase();
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let allowed = |ip: IpAddr| exempt.contains(&host) || is_public_host(&ip.to_string());
            let some = !found.is_empty();
            let found: Vec<SocketAddr> =
                found.into_iter().filter(|address| allowed(address.ip())).collect();
            if some && found.is_empty() {
                return Err("its name stands for a private address".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Why a request failed, in a few words without its URL.
pub(super) fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    // The innermost cause says most; the outer ones repeat the URL.
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let text = cause.to_string();
    let kind = if error.is_connect() { "no connection" } else { "no answer" };
    format!("{kind} ({})", words::line(&text))
}

#[cfg(test)]
mod tests {
    use super::{REDIRECTS, Url, objection};

    #[test]
    fn a_redirect_does_not_lead_inside() {
        let url = |text: &str| text.parse::<Url>().unwrap();
        let from = url("https://a.contoso.com/");
        for (next, expected) in [
            ("https://b.contoso.com/", None),
            ("https://10.0.0.1/", Some("private")),
            ("https://localhost/", Some("private")),
            ("https://169.254.169.254/latest", Some("metadata")),
            ("https://[::ffff:127.0.0.1]/", Some("private")),
            ("https://0x7f000001/", Some("private")),
            ("https://intranet/", Some("private")),
            ("http://b.contoso.com/", Some("HTTP")),
        ] {
            let found = objection(std::slice::from_ref(&from), &url(next));
            assert_eq!(found.is_some(), expected.is_some(), "{next}: {found:?}");
            assert!(found.unwrap_or_default().contains(expected.unwrap_or_default()), "{next}");
        }
        assert!(objection(&vec![from.clone(); REDIRECTS + 1], &from).is_some());
        // Whoever names a private service may be led around in private.
        let private = [url("http://10.0.0.1/")];
        assert_eq!(objection(&private, &url("http://10.0.0.2/")), None);
        for next in ["http://169.254.169.254/latest", "http://metadata.google.internal/"] {
            let found = objection(&private, &url(next));
            assert!(found.is_some_and(|found| found.contains("metadata")), "{next}");
        }
    }
}
