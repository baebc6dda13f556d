//! What a GitHub runner says of the job, read once and checked.

use std::fmt;
use std::path::PathBuf;

use reqwest::Url;

use crate::failure::Failure;

/// A hash of git: 40 or 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sha(String);

impl Sha {
    /// The hash in a text, if it is one.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let fits = matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
        fits.then(|| Self(text.to_ascii_lowercase()))
    }

    /// All of it.
    pub(crate) fn whole(&self) -> &str {
        &self.0
    }

    /// Its beginning, as people write it.
    pub(crate) fn short(&self) -> &str {
        self.0.get(..7).unwrap_or(&self.0)
    }

    /// It stands for no commit.
    pub(crate) fn is_null(&self) -> bool {
        self.0.bytes().all(|byte| byte == b'0')
    }
}

/// A token. It has no way to be printed.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    /// The token itself, for a header and nothing else.
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }

    /// A text without it.
    pub(crate) fn hidden_in(&self, text: &str) -> String {
        text.replace(&self.0, "***")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// What a runner says of the job.
#[derive(Debug)]
pub(crate) struct Context {
    /// Where the API is.
    pub(crate) api: Url,
    /// Where the pages are.
    pub(crate) server: Url,
    /// `owner/name`.
    pub(crate) repository: String,
    pub(crate) event_name: String,
    pub(crate) event_path: PathBuf,
    /// What the run is about; of a pull request the commit that would merge it.
    pub(crate) sha: Option<Sha>,
    pub(crate) run: Option<u64>,
    pub(crate) attempt: Option<u64>,
    pub(crate) outputs: Option<PathBuf>,
    pub(crate) summary: Option<PathBuf>,
    pub(crate) temporary: Option<PathBuf>,
    /// Where the job has its checkout.
    pub(crate) workspace: Option<PathBuf>,
    pub(crate) is_debug: bool,
    pub(crate) token: Option<Token>,
}

impl Context {
    /// What the variables of the environment say.
    pub(crate) fn of_environment() -> Result<Self, Failure> {
        Self::read(&|name| std::env::var(name).ok())
    }

    fn read(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let said = |name: &str| variable(name).filter(|value| !value.is_empty());
        if said("GITHUB_ACTIONS").as_deref() != Some("true") {
            let message = "`ci github` runs in a GitHub workflow only (GITHUB_ACTIONS is not set \
                           to true); elsewhere use `mcp-guard scan`";
            return Err(Failure::Usage(message.to_owned()));
        }
        let needed = |name: &str| said(name).ok_or_else(|| wrong(name, "is not set"));
        let repository = needed("GITHUB_REPOSITORY")?;
        if !is_repository(&repository) {
            return Err(wrong("GITHUB_REPOSITORY", "is not of the form owner/name"));
        }
        let sha = said("GITHUB_SHA").map(|text| {
            Sha::of(&text).ok_or_else(|| wrong("GITHUB_SHA", "is no hash of a commit"))
        });
        let number = |name: &str| {
            said(name)
                .map(|text| text.parse::<u64>().map_err(|_| wrong(name, "is no number")))
                .transpose()
        };
        let token = said("GITHUB_TOKEN").map(|text| {
            let text = text.trim();
            if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(wrong("GITHUB_TOKEN", "holds a character that no token has"));
            }
            Ok(Token(text.to_owned()))
        });
        let path = |name: &str| said(name).map(PathBuf::from);
        Ok(Self {
            api: address("GITHUB_API_URL", said("GITHUB_API_URL"), "https://api.github.com")?,
            server: address("GITHUB_SERVER_URL", said("GITHUB_SERVER_URL"), "https://github.com")?,
            repository,
            event_name: needed("GITHUB_EVENT_NAME")?,
            event_path: PathBuf::from(needed("GITHUB_EVENT_PATH")?),
            sha: sha.transpose()?,
            run: number("GITHUB_RUN_ID")?,
            attempt: number("GITHUB_RUN_ATTEMPT")?,
            outputs: path("GITHUB_OUTPUT"),
            summary: path("GITHUB_STEP_SUMMARY"),
            temporary: path("RUNNER_TEMP"),
            workspace: path("GITHUB_WORKSPACE"),
            is_debug: said("RUNNER_DEBUG").as_deref() == Some("1"),
            token: token.transpose()?,
        })
    }

    /// The page of the repository.
    pub(crate) fn page(&self) -> String {
        format!("{}/{}", self.server.as_str().trim_end_matches('/'), self.repository)
    }

    /// The page of this run.
    pub(crate) fn run_page(&self) -> Option<String> {
        let run = self.run?;
        let attempt = self.attempt.filter(|attempt| *attempt > 1);
        let attempt = attempt.map(|number| format!("/attempts/{number}")).unwrap_or_default();
        Some(format!("{}/actions/runs/{run}{attempt}", self.page()))
    }
}

fn wrong(name: &str, what: &str) -> Failure {
    Failure::Usage(format!("{name} {what}"))
}

/// Whether a text is `owner/name` as GitHub has them.
fn is_repository(text: &str) -> bool {
    let fits = |part: &str| {
        (1..=100).contains(&part.len())
            && !matches!(part, "." | "..")
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    text.split_once('/').is_some_and(|(owner, name)| fits(owner) && fits(name))
}

/// An address that a token may be sent to: by HTTPS, or to this machine.
fn address(name: &str, said: Option<String>, usual: &str) -> Result<Url, Failure> {
    let text = said.unwrap_or_else(|| usual.to_owned());
    let url = text.parse::<Url>().map_err(|_| wrong(name, "is no address"))?;
    let is_here = match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
        None => return Err(wrong(name, "names no host")),
    };
    if !(url.scheme() == "https" || (url.scheme() == "http" && is_here)) {
        return Err(wrong(name, "does not begin with https://"));
    }
    let is_plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !is_plain {
        return Err(wrong(name, "holds more than a host and a path"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(changes: &[(&str, &str)]) -> Result<Context, Failure> {
        let usual = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_EVENT_PATH", "/e.json"),
        ];
        let find = |name: &str| {
            let all = changes.iter().chain(&usual);
            all.clone().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Context::read(&find)
    }

    #[test]
    fn what_is_not_said_has_a_usual_value() {
        let context = read(&[("GITHUB_TOKEN", ""), ("GITHUB_RUN_ID", "7")]).unwrap();
        assert_eq!(context.api.as_str(), "https://api.github.com/");
        assert_eq!(context.run_page().unwrap(), "https://github.com/o/r/actions/runs/7");
        assert!(context.token.is_none() && context.sha.is_none());
        let other = [("GITHUB_SERVER_URL", "https://git.acme.dev"), ("GITHUB_RUN_ID", "7")];
        let again = [other[0], other[1], ("GITHUB_RUN_ATTEMPT", "2")];
        let page = read(&again).unwrap().run_page().unwrap();
        assert_eq!(page, "https://git.acme.dev/o/r/actions/runs/7/attempts/2");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (name, value, expected) in [
            ("GITHUB_ACTIONS", "", "GitHub workflow"),
            ("GITHUB_REPOSITORY", "", "GITHUB_REPOSITORY is not set"),
            ("GITHUB_REPOSITORY", "o/r/x", "owner/name"),
            ("GITHUB_REPOSITORY", "../r", "owner/name"),
            ("GITHUB_REPOSITORY", "o/r?x", "owner/name"),
            ("GITHUB_EVENT_NAME", "", "GITHUB_EVENT_NAME is not set"),
            ("GITHUB_EVENT_PATH", "", "GITHUB_EVENT_PATH is not set"),
            ("GITHUB_SHA", "main", "GITHUB_SHA"),
            ("GITHUB_RUN_ID", "7/x", "GITHUB_RUN_ID"),
            ("GITHUB_TOKEN", "a b", "GITHUB_TOKEN"),
            ("GITHUB_TOKEN", "a\nb", "GITHUB_TOKEN"),
            ("GITHUB_API_URL", "http://api.acme.dev", "https"),
            ("GITHUB_API_URL", "http://localhost.acme.dev", "https"),
            ("GITHUB_API_URL", "ftp://127.0.0.1", "https"),
            ("GITHUB_API_URL", "https://a:b@api.acme.dev", "more than"),
            ("GITHUB_SERVER_URL", "nowhere", "no address"),
        ] {
            let failure = read(&[(name, value)]).unwrap_err().to_string();
            assert!(failure.contains(expected), "{name}={value}: {failure}");
            assert!(value.len() < 5 || !failure.contains(value), "{failure}");
        }
        for url in ["http://127.0.0.1:8080", "http://[::1]/api/v3", "https://git.acme.dev/api/v3"] {
            assert!(read(&[("GITHUB_API_URL", url)]).is_ok(), "{url}");
        }
    }

    #[test]
    fn hashes() {
        assert!(Sha::of(&"0".repeat(40)).unwrap().is_null());
        assert_eq!(Sha::of(&"Ab".repeat(20)).unwrap().short(), "abababa");
        for text in ["", "abc", &"g".repeat(40), &"0".repeat(41), "--upload-pack=touch /tmp/x"] {
            assert!(Sha::of(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_token_is_not_printed() {
        let context = read(&[("GITHUB_TOKEN", " ghs_abcdef ")]).unwrap();
        assert!(!format!("{context:?}").contains("ghs_abcdef"));
        let token = context.token.unwrap();
        assert_eq!(token.hidden_in("x ghs_abcdef y"), "x *** y");
    }
}
