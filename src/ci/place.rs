//! Where something is written at a pull request, and by whom.

use reqwest::Url;
use serde_json::Value;

use super::api::{Api, Refusal};
use super::context::Sha;

/// A pull request, and our author there.
pub(super) struct Place<'a> {
    pub(super) api: &'a Api,
    pub(super) server: &'a Url,
    pub(super) number: u64,
    /// Who writes there with our token.
    pub(super) author: &'a str,
    /// The token may well be one that may only read.
    pub(super) is_restricted: bool,
    /// What the summary says of the same.
    pub(super) has_summary: bool,
}

/// Whether the API says that this author wrote it. A person could have the name of a bot, but not be
/// one.
pub(super) fn is_by(comment: &Value, author: &str) -> bool {
    let text = |place: &str| comment.pointer(place).and_then(Value::as_str);
    let is_bot = text("/user/type") == Some("Bot");
    // GitHub's names are the same in capitals.
    let is_named = text("/user/login").is_some_and(|login| login.eq_ignore_ascii_case(author));
    is_named && (is_bot || !author.ends_with("[bot]"))
}

/// Whether the head of the pull request is still the commit that the scan is about.
pub(super) async fn is_current(place: &Place<'_>, head: &Sha) -> Result<bool, Refusal> {
    let pull = place.api.get(&format!("/pulls/{}", place.number)).await?.body;
    let now = pull.pointer("/head/sha").and_then(Value::as_str).and_then(Sha::of);
    Ok(now.as_ref() == Some(head))
}

impl Place<'_> {
    /// What a refusal means for whoever reads it.
    pub(super) fn explain(&self, what: &str, refusal: &Refusal) -> String {
        let reason = &refusal.reason;
        let why = match refusal.status() {
            Some(403 | 404) if self.is_restricted => {
                ": pull requests from forks and from Dependabot get a token that may only read"
            }
            Some(403 | 404) => {
                ": the job needs the permission `pull-requests: write`, which pull requests from \
                 forks do not get"
            }
            Some(401) => ": the token is not accepted",
            _ => "",
        };
        let clause = independent(self.has_summary);
        format!("{what} ({reason}){why}. {clause}")
    }
}

/// What a call that failed does not change.
pub(super) const fn independent(has_summary: bool) -> &'static str {
    if has_summary {
        "The check does not depend on it, and the summary of the job holds the same"
    } else {
        "The check does not depend on it"
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::is_by;

    #[test]
    fn an_author_is_known_by_name_and_kind() {
        let user = |login: &str, kind: &str| json!({ "user": { "login": login, "type": kind } });
        for (login, kind, author, expected) in [
            ("github-actions[bot]", "Bot", "github-actions[bot]", true),
            ("other[bot]", "Bot", "github-actions[bot]", false),
            ("github-actions[bot]", "User", "github-actions[bot]", false),
            ("somebody", "User", "github-actions[bot]", false),
            ("somebody", "User", "somebody", true),
            ("Somebody", "User", "somebody", true),
        ] {
            assert_eq!(is_by(&user(login, kind), author), expected, "{login} {kind} {author}");
        }
        assert!(!is_by(&json!({ "user": null }), "a") && !is_by(&json!([]), "a"));
    }
}
