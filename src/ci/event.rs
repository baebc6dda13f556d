//! The event that started the workflow, as far as it matters.

use std::path::Path;

use mcp_guard_scanner::source;
use serde::Deserialize;

use super::context::Sha;
use crate::failure::Failure;

/// Bytes of an event file; GitHub's own limit is 25 MB.
const LARGEST: usize = 32 << 20;

/// What happened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A pull request, also by `pull_request_target`.
    PullRequest(PullRequest),
    /// A queue of merges.
    MergeGroup {
        /// What the group is added to.
        base: Sha,
    },
    /// Commits were pushed.
    Push {
        /// What the branch was before; none for a new branch.
        before: Option<Sha>,
        default_branch: Option<String>,
    },
    /// Anything else: a schedule, a hand, another workflow.
    Other { default_branch: Option<String> },
}

/// A pull request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PullRequest {
    pub(crate) number: u64,
    pub(crate) head: Sha,
    pub(crate) base: Sha,
    /// The branch that it is to be merged into.
    pub(crate) base_branch: Option<String>,
    /// Its token may only read: it comes from another repository, or from Dependabot.
    pub(crate) is_restricted: bool,
    /// The workflow runs with the rights of the base.
    pub(crate) is_target: bool,
}

#[derive(Deserialize)]
struct Raw {
    pull_request: Option<RawPull>,
    merge_group: Option<RawGroup>,
    before: Option<String>,
    repository: Option<RawRepository>,
    sender: Option<RawUser>,
}

#[derive(Deserialize)]
struct RawPull {
    number: Option<u64>,
    head: Option<RawSide>,
    base: Option<RawSide>,
    user: Option<RawUser>,
}

#[derive(Deserialize)]
struct RawSide {
    sha: Option<String>,
    #[serde(rename = "ref")]
    branch: Option<String>,
    /// Null where the repository of the change was deleted.
    repo: Option<RawRepository>,
}

#[derive(Deserialize)]
struct RawGroup {
    base_sha: Option<String>,
}

#[derive(Deserialize)]
struct RawRepository {
    full_name: Option<String>,
    default_branch: Option<String>,
}

#[derive(Deserialize)]
struct RawUser {
    login: Option<String>,
}

impl Event {
    /// Reads the event file.
    pub(crate) fn read(name: &str, path: &Path) -> Result<Self, Failure> {
        let unusable = |message: String| Failure::Unusable { path: path.to_owned(), message };
        let (bytes, _) =
            source::read(path, LARGEST).map_err(|problem| unusable(problem.message))?;
        Self::parse(name, &bytes)
            .map_err(|message| unusable(format!("it is no event `{name}`: {message}")))
    }

    fn parse(name: &str, bytes: &[u8]) -> Result<Self, String> {
        let raw: Raw = serde_json::from_slice(bytes).map_err(|error| match error.classify() {
            // What serde says of wrong types quotes the file.
            serde_json::error::Category::Data => {
                format!("unexpected kind of value on line {}", error.line())
            }
            _ => format!("broken JSON on line {}", error.line()),
        })?;
        let default_branch = raw
            .repository
            .as_ref()
            .and_then(|repository| repository.default_branch.clone())
            .filter(|branch| is_branch(branch));
        match name {
            "pull_request" | "pull_request_target" => {
                pull_request(&raw, name == "pull_request_target").map(Self::PullRequest)
            }
            "merge_group" => {
                let base = raw.merge_group.and_then(|group| group.base_sha);
                let base = base.as_deref().and_then(Sha::of);
                Ok(Self::MergeGroup { base: base.ok_or("merge_group.base_sha is no hash")? })
            }
            "push" => {
                let before = match raw.before.as_deref() {
                    None => None,
                    Some(text) => Some(Sha::of(text).ok_or("before is no hash")?),
                };
                Ok(Self::Push { before: before.filter(|sha| !sha.is_null()), default_branch })
            }
            _ => Ok(Self::Other { default_branch }),
        }
    }

    /// The pull request, if there is one.
    pub(crate) const fn pull_request(&self) -> Option<&PullRequest> {
        match self {
            Self::PullRequest(pull) => Some(pull),
            Self::MergeGroup { .. } | Self::Push { .. } | Self::Other { .. } => None,
        }
    }
}

fn pull_request(raw: &Raw, is_target: bool) -> Result<PullRequest, String> {
    let pull = raw.pull_request.as_ref().ok_or("pull_request is missing")?;
    let number = pull.number.filter(|number| *number > 0);
    let sha = |side: Option<&RawSide>| Sha::of(side?.sha.as_deref()?);
    let repository = |side: Option<&RawSide>| side?.repo.as_ref()?.full_name.clone();
    let login = |user: Option<&RawUser>| user?.login.clone();
    let is_fork = repository(pull.head.as_ref()) != repository(pull.base.as_ref());
    let is_dependabot =
        [login(pull.user.as_ref()), login(raw.sender.as_ref())].iter().flatten().any(is_dependabot);
    Ok(PullRequest {
        number: number.ok_or("pull_request.number is missing")?,
        head: sha(pull.head.as_ref()).ok_or("pull_request.head.sha is no hash")?,
        base: sha(pull.base.as_ref()).ok_or("pull_request.base.sha is no hash")?,
        base_branch: pull
            .base
            .as_ref()
            .and_then(|base| base.branch.clone())
            .filter(|branch| is_branch(branch)),
        is_restricted: is_fork || is_dependabot,
        is_target,
    })
}

fn is_dependabot(login: &String) -> bool {
    login == "dependabot[bot]"
}

/// Whether a text can be the name of a branch and nothing more than that.
fn is_branch(name: &str) -> bool {
    (1..=255).contains(&name.len())
        && !name.starts_with(['-', '/', '.'])
        && !name.contains("..")
        && name.chars().all(|c| c.is_alphanumeric() || "._-/+#".contains(c))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(name: &str, event: &Value) -> Result<Event, String> {
        Event::parse(name, event.to_string().as_bytes())
    }

    fn pull(head: &Value, base: &Value, user: &str) -> Value {
        json!({ "pull_request": {
            "number": 7, "user": { "login": user },
            "head": { "sha": "a".repeat(40), "repo": head },
            "base": { "sha": "b".repeat(40), "repo": base },
        } })
    }

    #[test]
    fn who_may_only_read() {
        let own = json!({ "full_name": "o/r" });
        let other = json!({ "full_name": "x/r" });
        for (head, user, restricted) in [
            (&own, "a", false),
            (&other, "a", true),
            (&Value::Null, "a", true),
            (&own, "dependabot[bot]", true),
            (&own, "dependabot", false),
        ] {
            let event = parse("pull_request", &pull(head, &own, user)).unwrap();
            let found = event.pull_request().unwrap();
            assert_eq!((found.number, found.is_target), (7, false));
            assert_eq!(found.is_restricted, restricted, "{head} {user}");
        }
        let event = parse("pull_request_target", &pull(&own, &own, "a")).unwrap();
        assert!(event.pull_request().unwrap().is_target);
    }

    #[test]
    fn other_events() {
        let sha = "c".repeat(40);
        let event = parse("merge_group", &json!({ "merge_group": { "base_sha": sha } })).unwrap();
        assert_eq!(event, Event::MergeGroup { base: Sha::of(&sha).unwrap() });
        let main = json!({ "default_branch": "main" });
        let event = parse("push", &json!({ "before": sha, "repository": main })).unwrap();
        let default_branch = Some("main".to_owned());
        assert_eq!(event, Event::Push { before: Sha::of(&sha), default_branch });
        let event = parse("push", &json!({ "before": "0".repeat(40) })).unwrap();
        assert_eq!(event, Event::Push { before: None, default_branch: None });
        for name in ["schedule", "workflow_dispatch", "release", "x\ny"] {
            let event = parse(name, &json!({ "repository": { "default_branch": "-x" } })).unwrap();
            assert_eq!(event, Event::Other { default_branch: None }, "{name}");
        }
    }

    #[test]
    fn garbage_is_told() {
        for text in ["", "{", "[]", "null", "\"x\"", "{\"pull_request\": 7}", "{}", "\u{0}"] {
            assert!(Event::parse("pull_request", text.as_bytes()).is_err(), "{text}");
        }
        assert!(Event::parse("pull_request", b"\xff\xfe{}").is_err());
        let own = json!({ "full_name": "o/r" });
        let good = pull(&own, &own, "a");
        for (pointer, value) in [
            ("/pull_request/number", json!(0)),
            ("/pull_request/number", json!("7")),
            ("/pull_request/number", json!(-1)),
            ("/pull_request/head/sha", json!("main")),
            ("/pull_request/base/sha", json!("--output=x")),
            ("/pull_request/base", json!(null)),
        ] {
            let mut event = good.clone();
            *event.pointer_mut(pointer).unwrap() = value.clone();
            let error = parse("pull_request", &event).unwrap_err();
            assert!(!error.contains("--output"), "{error}");
        }
        assert!(parse("merge_group", &json!({})).is_err());
        assert!(parse("push", &json!({ "before": "x" })).is_err());
    }
}
