//! The API of GitHub: one repository of it, asked with a token that goes nowhere else.

use std::cell::Cell;
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, Method, Response, Url};
use serde_json::Value;

use super::context::{Context, Token};
use super::log::told;
use super::retry::{self, Trouble};

const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(15);
/// Bytes of an answer that are read.
const LARGEST: usize = 16 << 20;
/// Pages of a list that are read.
const PAGES: usize = 50;
/// Redirects that are followed.
const REDIRECTS: usize = 3;

pub(super) struct Api {
    client: Client,
    token: Token,
    /// The address of the repository.
    repository: Url,
    /// How long it has been waited in all.
    waited: Cell<Duration>,
}

/// An answer that is as it should be.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Value,
    next: Option<Url>,
}

/// Why there is none.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) trouble: Trouble,
    /// In one line, without secrets.
    pub(super) reason: String,
}

impl Refusal {
    /// The status of the answer, if there was one.
    pub(super) const fn status(&self) -> Option<u16> {
        match self.trouble {
            Trouble::Status(status) => Some(status),
            Trouble::Connection | Trouble::Garbled | Trouble::Limited(_) => None,
        }
    }
}

impl Api {
    /// # Errors
    /// Why nothing can be asked.
    pub(super) fn of(context: &Context, token: &Token) -> Result<Self, String> {
        let mut address = context.api.clone();
        let path = address.path().trim_end_matches('/').to_owned();
        address.set_path(&format!("{path}/repos/{}", context.repository));
        let mut headers = HeaderMap::new();
        let mut login = HeaderValue::from_str(&format!("Bearer {}", token.secret()))
            .map_err(|_| "the token cannot be sent".to_owned())?;
        login.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, login);
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/vnd.github+json"));
        headers.insert("x-github-api-version", HeaderValue::from_static("2022-11-28"));
        let client = Client::builder()
            .user_agent(concat!("mcp-guard/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .build()
            .map_err(|error| told(&error.to_string()))?;
        let waited = Cell::new(Duration::ZERO);
        Ok(Self { client, token: token.clone(), repository: address, waited })
    }

    /// Reads something of the repository.
    pub(super) async fn get(&self, path: &str) -> Result<Answer, Refusal> {
        self.repeat(self.address(path)).await
    }

    /// Reads a list to its end.
    pub(super) async fn list(&self, path: &str) -> Result<Vec<Value>, Refusal> {
        let mut all = Vec::new();
        let mut next = Some(self.address(&format!("{path}?per_page=100")));
        for _ in 0..PAGES {
            let Some(url) = next else { return Ok(all) };
            let answer = self.repeat(url).await?;
            let Value::Array(items) = answer.body else { return Err(self.garbled()) };
            all.extend(items);
            next = answer.next;
        }
        match next {
            None => Ok(all),
            Some(_) => Err(Refusal {
                trouble: Trouble::Garbled,
                reason: format!("the list has more than {PAGES} pages"),
            }),
        }
    }

    /// Adds, changes or deletes something, and does not try again: the pull request may have moved on
    /// meanwhile, and what was added may be there although there was no answer. Whoever tries again
    /// looks first.
    pub(super) async fn write(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Refusal> {
        self.once(&method, self.address(path), body).await
    }

    /// Waits before another try, if there is to be one after so many.
    pub(super) async fn pauses(&self, refusal: &Refusal, tries: u32) -> bool {
        let pause = retry::pause(refusal.trouble, tries, self.waited.get());
        let Some(pause) = pause else { return false };
        self.waited.set(self.waited.get() + pause);
        tokio::time::sleep(pause).await;
        true
    }

    async fn repeat(&self, url: Url) -> Result<Answer, Refusal> {
        let mut tries = 1;
        loop {
            match self.once(&Method::GET, url.clone(), None).await {
                Err(refusal) if self.pauses(&refusal, tries).await => tries += 1,
                done => return done,
            }
        }
    }

    async fn once(
        &self,
        method: &Method,
        mut url: Url,
        body: Option<&Value>,
    ) -> Result<Answer, Refusal> {
        for _ in 0..=REDIRECTS {
            let mut request = self.client.request(method.clone(), url.clone());
            if let Some(body) = body {
                request =
                    request.header(header::CONTENT_TYPE, "application/json").body(body.to_string());
            }
            let response = request.send().await.map_err(|error| self.no_answer(&error))?;
            let status = response.status().as_u16();
            if !(300..400).contains(&status) {
                return self.answer(status, response).await;
            }
            let keeps = *method == Method::GET || matches!(status, 307 | 308);
            let onwards = text(response.headers(), header::LOCATION.as_str());
            let onwards = onwards.and_then(|to| url.join(to).ok());
            url = onwards.filter(|to| keeps && self.is_ours(to)).ok_or_else(|| Refusal {
                trouble: Trouble::Status(status),
                reason: format!("{status}: it redirects to where the token is not sent"),
            })?;
        }
        Err(Refusal {
            trouble: Trouble::Status(302),
            reason: "it redirects without end".to_owned(),
        })
    }

    async fn answer(&self, status: u16, response: Response) -> Result<Answer, Refusal> {
        let headers = response.headers().clone();
        let bytes = self.body(response).await?;
        if (200..300).contains(&status) {
            let next = text(&headers, header::LINK.as_str()).and_then(next_page);
            let next = next.and_then(|next| next.parse().ok()).filter(|next| self.is_ours(next));
            if bytes.is_empty() && status == 204 {
                return Ok(Answer { body: Value::Null, next });
            }
            let body = serde_json::from_slice(&bytes).map_err(|_| self.garbled())?;
            return Ok(Answer { body, next });
        }
        let retry_after = text(&headers, header::RETRY_AFTER.as_str());
        let is_spent = text(&headers, "x-ratelimit-remaining") == Some("0");
        let is_limit = status == 429 || (status == 403 && (retry_after.is_some() || is_spent));
        let trouble = if is_limit {
            Trouble::Limited(retry_after.and_then(|seconds| seconds.trim().parse().ok()))
        } else {
            Trouble::Status(status)
        };
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let message = body.get("message").and_then(Value::as_str).unwrap_or("no reason is given");
        let reason = format!("{status}: {}", self.told(message));
        Err(Refusal { trouble, reason })
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, Refusal> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.no_answer(&error))? {
            if body.len() + chunk.len() > LARGEST {
                return Err(self.garbled());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn address(&self, path: &str) -> Url {
        let (path, query) = path.split_once('?').map_or((path, None), |(a, b)| (a, Some(b)));
        let mut url = self.repository.clone();
        let whole = format!("{}{path}", url.path());
        url.set_path(&whole);
        url.set_query(query);
        url
    }

    /// Whether an address may see the token.
    fn is_ours(&self, url: &Url) -> bool {
        url.origin() == self.repository.origin() && url.username().is_empty()
    }

    fn garbled(&self) -> Refusal {
        let host = self.repository.host_str().unwrap_or_default();
        Refusal {
            trouble: Trouble::Garbled,
            reason: format!("what {host} answers is not what its API answers"),
        }
    }

    fn no_answer(&self, error: &reqwest::Error) -> Refusal {
        let reason = if error.is_timeout() { "no answer in time" } else { "no whole answer" };
        let mut cause: &dyn std::error::Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        let reason = format!("{reason} ({})", self.told(&cause.to_string()));
        Refusal { trouble: Trouble::Connection, reason }
    }

    fn told(&self, text: &str) -> String {
        told(&self.token.hidden_in(text))
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// The address of the next page in a header `Link`.
fn next_page(link: &str) -> Option<&str> {
    link.split(',').find_map(|part| {
        let (address, parameters) = part.trim().strip_prefix('<')?.split_once('>')?;
        let mut parameters = parameters.split(';').map(str::trim);
        parameters
            .any(|parameter| matches!(parameter, "rel=\"next\"" | "rel=next"))
            .then_some(address)
    })
}

#[cfg(test)]
mod tests {
    use super::next_page;

    #[test]
    fn the_next_page() {
        for (link, expected) in [
            (
                "<https://a/?page=2>; rel=\"next\", <https://a/?page=9>; rel=\"last\"",
                Some("https://a/?page=2"),
            ),
            (
                "<https://a/?page=1>; rel=\"prev\", <https://a/?page=3>; rel=\"next\"",
                Some("https://a/?page=3"),
            ),
            ("<https://a/?page=1>; rel=\"prev\"", None),
            ("https://a; rel=\"next\"", None),
            ("<>", None),
            ("", None),
        ] {
            assert_eq!(next_page(link), expected, "{link}");
        }
    }
}
