//! The one comment on a pull request, which is found again, renewed and, when nothing is left to
//! say, told to be settled.

use reqwest::{Method, Url};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{Api, Refusal};
use super::context::Sha;
use super::options::Commenting;
use super::render::{Page, digest, units};

/// UTF-16 code units of a comment. GitHub refuses more than 65,536.
const LARGEST: usize = 60_000;

/// A comment of ours that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    id: u64,
    digest: Option<String>,
    url: Option<String>,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
enum Decision<'f> {
    /// There is none, and none is wanted.
    Nothing,
    Create,
    Update(&'f Found),
    /// It says already what is to be said.
    Keep(&'f Found),
}

/// What the second line of a comment holds.
#[derive(Deserialize, Serialize)]
struct State {
    sha: String,
    digest: String,
}

/// What there is to say.
pub(super) struct Content<'a> {
    pub(super) page: &'a Page<'a>,
    /// Some findings count.
    pub(super) has_findings: bool,
    pub(super) head: &'a Sha,
    pub(super) id: &'a str,
    pub(super) wanted: Commenting,
}

impl Content<'_> {
    fn marker(&self) -> String {
        format!("<!-- mcp-guard:v1:{} -->", self.id)
    }

    /// Tells what is said from what was said before. When nothing is left it is the same however it
    /// is said.
    fn digest(&self) -> String {
        if self.has_findings { self.page.digest(LARGEST) } else { digest("settled") }
    }

    /// The whole comment, of which `share` of the usual room is used.
    fn body(&self, is_new: bool, share: usize) -> String {
        let state = State { sha: self.head.whole().to_owned(), digest: self.digest() };
        // Plain words, which JSON can hold.
        let state = serde_json::to_string(&state).unwrap_or_default();
        let head = format!("{}\n<!-- mcp-guard-state: {state} -->\n", self.marker());
        if !self.has_findings && !is_new {
            return format!(
                "{head}mcp-guard: resolved at {}; no findings are left.\n",
                self.head.short()
            );
        }
        let room = (LARGEST / share).saturating_sub(units(&head));
        format!("{head}{}", self.page.text(room))
    }

    /// The comments that are ours, the oldest first. Somebody else could write the marker, too: only
    /// what a bot wrote is taken for ours. Which bot cannot be told, as tokens of apps have names of
    /// their own.
    fn ours(&self, comments: &[Value], server: &Url) -> Vec<Found> {
        let marker = self.marker();
        let mut found: Vec<Found> =
            comments.iter().filter_map(|comment| Found::of(comment, &marker, server)).collect();
        found.sort_by_key(|found| found.id);
        found
    }

    fn decide<'f>(&self, found: &'f [Found]) -> Decision<'f> {
        let digest = self.digest();
        match found.first() {
            None if self.has_findings || self.wanted == Commenting::Always => Decision::Create,
            None => Decision::Nothing,
            Some(known) if known.digest.as_deref() == Some(&digest) => Decision::Keep(known),
            Some(known) => Decision::Update(known),
        }
    }
}

impl Found {
    fn of(comment: &Value, marker: &str, server: &Url) -> Option<Self> {
        let body = comment.get("body")?.as_str()?;
        let mut lines = body.lines();
        let is_ours = lines.next()?.trim_end() == marker && is_by_bot(comment);
        if !is_ours {
            return None;
        }
        let state = lines.next().unwrap_or_default();
        let state = state.strip_prefix("<!-- mcp-guard-state: ");
        let state = state.and_then(|state| state.trim_end().strip_suffix(" -->"));
        let state = state.and_then(|state| serde_json::from_str::<State>(state).ok());
        Some(Self {
            id: comment.get("id")?.as_u64()?,
            digest: state.map(|state| state.digest),
            url: url_of(comment, server),
        })
    }
}

/// Whether the API says that a bot wrote it.
pub(super) fn is_by_bot(comment: &Value) -> bool {
    comment.pointer("/user/type").and_then(Value::as_str) == Some("Bot")
}

/// The page of a comment, if it is one of the server: it becomes an output.
fn url_of(comment: &Value, server: &Url) -> Option<String> {
    let url: Url = comment.get("html_url")?.as_str()?.parse().ok()?;
    let text = String::from(url.clone());
    (url.origin() == server.origin() && text.len() <= 2048).then_some(text)
}

/// What became of the comment.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) url: Option<String>,
    /// What is to be told, in whole sentences without secrets.
    pub(super) notices: Vec<String>,
}

/// Where a comment goes.
pub(super) struct Place<'a> {
    pub(super) api: &'a Api,
    pub(super) server: &'a Url,
    pub(super) number: u64,
}

/// Why it was not done.
enum Stop {
    /// The change has moved on.
    Moved,
    Refused(Refusal),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Whether the head of the pull request is still the commit that the scan is about.
pub(super) async fn is_current(place: &Place<'_>, head: &Sha) -> Result<bool, Refusal> {
    let pull = place.api.get(&format!("/pulls/{}", place.number)).await?.body;
    let now = pull.pointer("/head/sha").and_then(Value::as_str).and_then(Sha::of);
    Ok(now.as_ref() == Some(head))
}

/// Writes, renews or leaves the comment.
pub(super) async fn post(place: &Place<'_>, content: &Content<'_>, restricted: bool) -> Outcome {
    let mut notices = Vec::new();
    let url = match settle(place, content, &mut notices).await {
        Ok(url) => url,
        Err(Stop::Moved) => {
            let sha = content.head.short();
            notices.push(format!(
                "the pull request has moved on from {sha}, and its comment is left to the newer run"
            ));
            None
        }
        Err(Stop::Refused(refusal)) => {
            notices.push(explain("the comment was not written", &refusal, restricted));
            None
        }
    };
    Outcome { url, notices }
}

async fn settle(
    place: &Place<'_>,
    content: &Content<'_>,
    notices: &mut Vec<String>,
) -> Result<Option<String>, Stop> {
    let list = format!("/issues/{}/comments", place.number);
    let (mut tries, mut share, mut checked) = (1, 1, false);
    loop {
        let comments = place.api.list(&list).await?;
        let found = content.ours(&comments, place.server);
        let decision = content.decide(&found);
        let writes = matches!(decision, Decision::Create | Decision::Update(_)) || found.len() > 1;
        if writes && !checked {
            if !is_current(place, content.head).await? {
                return Err(Stop::Moved);
            }
            checked = true;
        }
        let done = match decision {
            Decision::Nothing => return Ok(None),
            Decision::Keep(known) => Ok(known.url.clone()),
            Decision::Create => {
                let body = json!({ "body": content.body(true, share) });
                let added = place.api.add(&list, &body).await;
                added.map(|answer| url_of(&answer.body, place.server))
            }
            Decision::Update(known) => {
                let body = json!({ "body": content.body(false, share) });
                let path = format!("/issues/comments/{}", known.id);
                let changed = place.api.change(Method::PATCH, &path, Some(&body)).await;
                changed.map(|_| known.url.clone())
            }
        };
        match done {
            Ok(url) => {
                remove(place, found.get(1..).unwrap_or_default(), notices).await;
                return Ok(url);
            }
            // Too long after all.
            Err(refusal) if refusal.status() == Some(422) && share == 1 => share = 2,
            // Perhaps it is there by now, which the list will tell.
            Err(refusal)
                if decision == Decision::Create && place.api.pauses(&refusal, tries).await =>
            {
                tries += 1;
            }
            Err(refusal) => return Err(refusal.into()),
        }
    }
}

/// Removes comments that say the same, as two runs at once can leave them.
async fn remove(place: &Place<'_>, others: &[Found], notices: &mut Vec<String>) {
    for other in others {
        let path = format!("/issues/comments/{}", other.id);
        match place.api.change(Method::DELETE, &path, None).await {
            Ok(_) => {}
            Err(refusal) if refusal.status() == Some(404) => {}
            Err(refusal) => {
                let reason = refusal.reason;
                notices.push(format!("an older comment could not be removed ({reason})"));
                return;
            }
        }
    }
}

/// What a refusal means for whoever reads it.
pub(super) fn explain(what: &str, refusal: &Refusal, restricted: bool) -> String {
    let reason = &refusal.reason;
    let why = match refusal.status() {
        Some(403 | 404) if restricted => {
            ": pull requests from forks and from Dependabot get a token that may only read. \
             The summary of the job says the same"
        }
        Some(403 | 404) => {
            ": the job needs the permission `pull-requests: write`, which pull requests from forks \
             do not get. The summary of the job says the same"
        }
        Some(401) => ": the token is not accepted",
        _ => "",
    };
    format!("{what} ({reason}){why}")
}

#[cfg(test)]
mod tests {
    use mcp_guard_scanner::report::Report;
    use mcp_guard_scanner::rules::Severity;

    use super::*;

    const SHA: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn with<T>(has_findings: bool, wanted: Commenting, run: impl FnOnce(&Content<'_>) -> T) -> T {
        let report = Report::new("mcp-guard", "1.0.0", Vec::new(), Severity::Low);
        let page = Page::plain(&report);
        let head = Sha::of(SHA).unwrap();
        run(&Content { page: &page, has_findings, head: &head, id: "default", wanted })
    }

    fn found(id: u64, digest: Option<&str>) -> Found {
        Found { id, digest: digest.map(str::to_owned), url: None }
    }

    #[test]
    fn what_is_done() {
        use Commenting::{Always, Auto};
        for (has_findings, wanted, expected) in [
            (false, Auto, Decision::Nothing),
            (false, Always, Decision::Create),
            (true, Auto, Decision::Create),
            (true, Always, Decision::Create),
        ] {
            with(has_findings, wanted, |content| assert_eq!(content.decide(&[]), expected));
        }
        for has_findings in [false, true] {
            with(has_findings, Auto, |content| {
                let digest = content.digest();
                let same = [found(3, Some(&digest)), found(5, None)];
                assert_eq!(content.decide(&same), Decision::Keep(&same[0]));
                for other in [None, Some("x")] {
                    let other = [found(3, other)];
                    assert_eq!(content.decide(&other), Decision::Update(&other[0]));
                }
            });
        }
        #[allow(
            clippy::redundant_closure_for_method_calls,
            reason = "the path has a lifetime of its own"
        )]
        let digests = [true, false].map(|some| with(some, Auto, |content| content.digest()));
        assert_ne!(digests[0], digests[1]);
    }

    #[test]
    fn what_is_ours() {
        let server: Url = "https://github.com".parse().unwrap();
        let state = r#"<!-- mcp-guard-state: {"sha":"x","digest":"d"} -->"#;
        let marker = "<!-- mcp-guard:v1:default -->";
        let comment = |id: u64, body: String, kind: &str| {
            json!({
                "id": id, "body": body, "user": { "type": kind }, "html_url": "https://github.com/o/r/pull/1#c"
            })
        };
        let comments = [
            comment(9, format!("{marker}\r\n{state}\r\nx"), "Bot"),
            comment(2, format!("{marker}\nx"), "Bot"),
            comment(1, format!("{marker}\n{state}"), "User"),
            comment(3, format!("> {marker}\n{state}"), "Bot"),
            comment(4, "<!-- mcp-guard:v1:default2 -->".to_owned(), "Bot"),
            json!({ "id": "5", "body": marker, "user": { "type": "Bot" } }),
            json!({ "body": null, "user": null }),
            json!([]),
        ];
        with(true, Commenting::Auto, |content| {
            let ours = content.ours(&comments, &server);
            let url = Some("https://github.com/o/r/pull/1#c".to_owned());
            let wanted = [
                Found { id: 2, digest: None, url: url.clone() },
                Found { id: 9, digest: Some("d".to_owned()), url },
            ];
            assert_eq!(ours, wanted);
        });
        for url in ["https://evil.example/x", "javascript:x", "//github.com", "http://github.com/x"]
        {
            assert_eq!(url_of(&json!({ "html_url": url }), &server), None, "{url}");
        }
    }

    #[test]
    fn a_body_says_whose_it_is() {
        for (has_findings, is_new) in [(true, true), (true, false), (false, true), (false, false)] {
            let (body, digest) = with(has_findings, Commenting::Always, |content| {
                (content.body(is_new, 1), content.digest())
            });
            let comment = json!({ "id": 1, "body": body, "user": { "type": "Bot" } });
            let server: Url = "https://github.com".parse().unwrap();
            let marker = "<!-- mcp-guard:v1:default -->";
            let found = Found::of(&comment, marker, &server).unwrap();
            assert_eq!(found.digest, Some(digest));
            let is_settled = body.contains("resolved at aaaaaaa;");
            assert_eq!(is_settled, !has_findings && !is_new, "{body}");
        }
    }
}
