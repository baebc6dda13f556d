//! The one comment on a pull request, which is found again, renewed and, when nothing is left to
//! say, told to be settled.

use reqwest::{Method, Url};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::Refusal;
use super::context::Sha;
use super::gate::Numbers;
use super::options::Commenting;
use super::place::{Place, is_by, is_current};
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
    /// There is something that everybody at the pull request should see.
    pub(super) is_news: bool,
    pub(super) numbers: Numbers,
    pub(super) head: &'a Sha,
    pub(super) id: &'a str,
    pub(super) wanted: Commenting,
}

impl Content<'_> {
    fn marker(&self) -> String {
        format!("<!-- mcp-guard:v1:{} -->", self.id)
    }

    /// Whether one line says it all.
    fn is_settled(&self) -> bool {
        !self.is_news && self.numbers.new == 0 && self.numbers.gaps == 0
    }

    /// Tells what is said from what was said before. When nothing is left it is the same however it
    /// is said.
    fn digest(&self) -> String {
        if self.is_settled() {
            digest(&format!("settled, {} known", self.numbers.existing))
        } else {
            self.page.digest(LARGEST)
        }
    }

    /// The whole comment, of which `share` of the usual room is used.
    fn body(&self, digest: &str, is_new: bool, share: usize) -> String {
        let state = State { sha: self.head.whole().to_owned(), digest: digest.to_owned() };
        // Plain words, which JSON can hold.
        let state = serde_json::to_string(&state).unwrap_or_default();
        let head = format!("{}\n<!-- mcp-guard-state: {state} -->\n", self.marker());
        if self.is_settled() && !is_new {
            let none = if self.numbers.compares { "no new findings" } else { "no findings" };
            let known = match self.numbers.existing {
                0 => String::new(),
                count => format!("; {count} known before"),
            };
            return format!("{head}mcp-guard: {none} at {}{known}.\n", self.head.short());
        }
        let room = (LARGEST / share).saturating_sub(units(&head));
        format!("{head}{}", self.page.comment(room))
    }

    /// Whether one would be written where there is none yet.
    pub(super) fn creates(&self) -> bool {
        match self.wanted {
            Commenting::Auto => self.is_news,
            Commenting::Always => true,
            Commenting::Never => false,
        }
    }

    /// The comments that are ours, the oldest first. Somebody else could write the marker, too: only
    /// what our own author wrote is taken for ours.
    fn ours(&self, comments: &[Value], place: &Place<'_>) -> Vec<Found> {
        let marker = self.marker();
        let mut found: Vec<Found> = comments
            .iter()
            .filter(|comment| is_by(comment, place.author))
            .filter_map(|comment| Found::of(comment, &marker, place.server))
            .collect();
        found.sort_by_key(|found| found.id);
        found
    }

    fn decide<'f>(&self, digest: &str, found: &'f [Found]) -> Decision<'f> {
        match found.first() {
            None if self.creates() => Decision::Create,
            None => Decision::Nothing,
            Some(known) if known.digest.as_deref() == Some(digest) => Decision::Keep(known),
            Some(known) => Decision::Update(known),
        }
    }
}

impl Found {
    fn of(comment: &Value, marker: &str, server: &Url) -> Option<Self> {
        let body = comment.get("body")?.as_str()?;
        let mut lines = body.lines();
        if lines.next()?.trim_end() != marker {
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

/// Writes, renews or leaves the comment.
pub(super) async fn post(place: &Place<'_>, content: &Content<'_>) -> Outcome {
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
            notices.push(place.explain("the comment was not written", &refusal));
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
    let digest = content.digest();
    let (mut tries, mut share, mut was_gone) = (1, 1, false);
    loop {
        let comments = place.api.list(&list).await?;
        let found = content.ours(&comments, place);
        let decision = content.decide(&digest, &found);
        let writes = matches!(decision, Decision::Create | Decision::Update(_)) || found.len() > 1;
        // Each time, as it may have moved on while it was waited.
        if writes && !is_current(place, content.head).await? {
            return Err(Stop::Moved);
        }
        let done = match decision {
            Decision::Nothing => return Ok(None),
            Decision::Keep(known) => Ok(known.url.clone()),
            Decision::Create => {
                let body = json!({ "body": content.body(&digest, true, share) });
                let added = place.api.write(Method::POST, &list, Some(&body)).await;
                added.map(|answer| url_of(&answer.body, place.server))
            }
            Decision::Update(known) => {
                let body = json!({ "body": content.body(&digest, false, share) });
                let path = format!("/issues/comments/{}", known.id);
                let changed = place.api.write(Method::PATCH, &path, Some(&body)).await;
                changed.map(|_| known.url.clone())
            }
        };
        match done {
            Ok(url) => {
                let others = found.get(1..).unwrap_or_default();
                remove(place, content.head, others, notices).await?;
                return Ok(url);
            }
            // Too long after all.
            Err(refusal) if refusal.status() == Some(422) && share == 1 => share = 2,
            // Somebody may have deleted it in this moment.
            Err(refusal)
                if refusal.status() == Some(404)
                    && matches!(decision, Decision::Update(_))
                    && !was_gone =>
            {
                was_gone = true;
            }
            // Perhaps it is there by now, which the list will tell.
            Err(refusal) if place.api.pauses(&refusal, tries).await => tries += 1,
            Err(refusal) => return Err(refusal.into()),
        }
    }
}

/// Removes comments that say the same, as two runs at once can leave them.
async fn remove(
    place: &Place<'_>,
    head: &Sha,
    others: &[Found],
    notices: &mut Vec<String>,
) -> Result<(), Stop> {
    for other in others {
        let path = format!("/issues/comments/{}", other.id);
        let mut tries = 1;
        loop {
            match place.api.write(Method::DELETE, &path, None).await {
                Ok(_) => break,
                Err(refusal) if refusal.status() == Some(404) => break,
                Err(refusal) if place.api.pauses(&refusal, tries).await => {
                    tries += 1;
                    if !is_current(place, head).await? {
                        return Err(Stop::Moved);
                    }
                }
                Err(refusal) => {
                    notices.push(place.explain("an older comment was not removed", &refusal));
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use mcp_guard_scanner::report::Report;
    use mcp_guard_scanner::rules::Severity;

    use super::*;

    const SHA: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    /// Content of a change with so many new findings, that is news or not.
    fn with<T>(
        (new, is_news): (usize, bool),
        wanted: Commenting,
        run: impl FnOnce(&Content<'_>) -> T,
    ) -> T {
        let report = Report::new("mcp-guard", "1.0.0", Vec::new(), Severity::Low);
        let page = Page::plain(&report, "x");
        let head = Sha::of(SHA).unwrap();
        let numbers = Numbers { new, compares: true, existing: 8, ..Numbers::default() };
        run(&Content { page: &page, is_news, numbers, head: &head, id: "default", wanted })
    }

    fn found(id: u64, digest: Option<&str>) -> Found {
        Found { id, digest: digest.map(str::to_owned), url: None }
    }

    #[test]
    fn what_is_done() {
        use Commenting::{Always, Auto};
        for (state, wanted, expected) in [
            ((0, false), Auto, Decision::Nothing),
            ((2, false), Auto, Decision::Nothing),
            ((0, false), Always, Decision::Create),
            ((2, true), Auto, Decision::Create),
            ((0, true), Auto, Decision::Create),
            ((2, true), Always, Decision::Create),
        ] {
            with(state, wanted, |content| assert_eq!(content.decide("d", &[]), expected));
        }
        for state in [(0, false), (2, false), (2, true)] {
            with(state, Auto, |content| {
                let digest = content.digest();
                let same = [found(3, Some(&digest)), found(5, None)];
                assert_eq!(content.decide(&digest, &same), Decision::Keep(&same[0]));
                for other in [None, Some("x")] {
                    let other = [found(3, other)];
                    assert_eq!(content.decide(&digest, &other), Decision::Update(&other[0]));
                }
            });
        }
        #[allow(
            clippy::redundant_closure_for_method_calls,
            reason = "the path has a lifetime of its own"
        )]
        let digests = [0, 2].map(|new| with((new, false), Auto, |content| content.digest()));
        assert_ne!(digests[0], digests[1]);
    }

    #[test]
    fn what_is_ours() {
        let server: Url = "https://github.com".parse().unwrap();
        let state = r#"<!-- mcp-guard-state: {"sha":"x","digest":"d"} -->"#;
        let marker = "<!-- mcp-guard:v1:default -->";
        let url = "https://github.com/o/r/pull/1#c";
        let of = |id: Value, body: Value| {
            Found::of(&json!({ "id": id, "body": body, "html_url": url }), marker, &server)
        };
        let ours = |id, digest: Option<&str>| {
            Some(Found { url: Some(url.to_owned()), ..found(id, digest) })
        };
        assert_eq!(of(json!(9), json!(format!("{marker}\r\n{state}\r\nx"))), ours(9, Some("d")));
        assert_eq!(of(json!(2), json!(format!("{marker}\nx"))), ours(2, None));
        for (id, body) in [
            (json!(3), json!(format!("> {marker}\n{state}"))),
            (json!(4), json!("<!-- mcp-guard:v1:default2 -->")),
            (json!("5"), json!(marker)),
            (json!(6), json!(null)),
        ] {
            assert_eq!(of(id, body), None);
        }
        for url in ["https://evil.example/x", "javascript:x", "//github.com", "http://github.com/x"]
        {
            assert_eq!(url_of(&json!({ "html_url": url }), &server), None, "{url}");
        }
    }

    #[test]
    fn a_body_says_whose_it_is() {
        for (state, is_new, is_settled) in [
            ((2, true), true, false),
            ((2, false), false, false),
            ((0, true), false, false),
            ((0, false), true, false),
            ((0, false), false, true),
        ] {
            let (body, digest) = with(state, Commenting::Always, |content| {
                (content.body("d", is_new, 1), "d".to_owned())
            });
            let comment = json!({ "id": 1, "body": body });
            let server: Url = "https://github.com".parse().unwrap();
            let marker = "<!-- mcp-guard:v1:default -->";
            let found = Found::of(&comment, marker, &server).unwrap();
            assert_eq!(found.digest, Some(digest));
            let line = "\nmcp-guard: no new findings at aaaaaaa; 8 known before.\n";
            assert_eq!(body.ends_with(line), is_settled, "{body}");
        }
    }
}
