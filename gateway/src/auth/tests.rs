use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use secrecy::SecretString;

use super::*;
use crate::state::{KeyStore, Location, State};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn api_key(require_on_stdio: bool) -> Auth {
    let key = ConfiguredKey { id: "ci".to_owned(), key: SecretString::from("right") };
    let keys = Box::new(ApiKeys::configured(&[key]).unwrap());
    Auth::ApiKey { keys, require_on_stdio }
}

fn headers(key: Option<&'static str>) -> HeaderMap {
    key.map(|key| ("x-api-key".parse().unwrap(), HeaderValue::from_static(key)))
        .into_iter()
        .collect()
}

/// Who it is over HTTP and over standard input, with a key in a header and one in the message.
async fn who(auth: &Auth, header: Option<&'static str>, meta: Option<&str>) -> [String; 2] {
    let meta = MetaCredentials { api_key: meta, token: None };
    let (headers, ann) = (headers(header), Principal::local("ann"));
    let told = |found: Result<Principal, Unauthorized>| match found {
        Ok(principal) => principal.to_string(),
        Err(refusal) => {
            format!("{}; {}", refusal.reason(), refusal.challenge().value())
        }
    };
    [
        told(auth.identify(Origin::Http(&headers), meta, NOW)),
        told(auth.identify(Origin::Stdio(&ann), meta, NOW)),
    ]
}

const MISSING: &str = r#"a credential is required; Bearer realm="mcp-guard""#;
const INVALID: &str =
    r#"the credential is not valid; Bearer realm="mcp-guard", error="invalid_token""#;
const MALFORMED: &str = r#"the credential is malformed, or several differ; Bearer realm="mcp-guard", error="invalid_request""#;

#[tokio::test]
async fn without_authentication_nobody_is_asked() {
    for (header, meta) in [(None, None), (Some("any"), Some("other")), (Some(""), Some(""))] {
        assert_eq!(who(&Auth::None, header, meta).await, ["anonymous", "local:ann"]);
    }
}

#[tokio::test]
async fn a_key_is_needed_over_http_and_counts_over_stdio() {
    let auth = api_key(false);
    assert_eq!(who(&auth, None, None).await, [MISSING, "local:ann"]);
    assert_eq!(who(&auth, Some("right"), None).await, ["ci", "local:ann"]);
    assert_eq!(who(&auth, None, Some("right")).await, ["ci", "ci"]);
    assert_eq!(who(&auth, Some("right"), Some("right")).await, ["ci", "ci"]);
    assert_eq!(who(&auth, None, Some("wrong")).await, [INVALID, INVALID]);
    assert_eq!(who(&auth, Some("wrong"), None).await, [INVALID, "local:ann"]);
    assert_eq!(who(&auth, Some("right"), Some("wrong")).await, [MALFORMED, INVALID]);
    assert_eq!(who(&auth, None, Some("")).await, [MALFORMED, MALFORMED]);
}

#[tokio::test]
async fn a_key_can_be_required_over_stdio() {
    let auth = api_key(true);
    assert_eq!(who(&auth, None, None).await, [MISSING, MISSING]);
    assert_eq!(who(&auth, None, Some("right")).await, ["ci", "ci"]);
}

#[test]
fn no_two_kinds_share_a_name() {
    let kinds = [Principal::local("ann"), Principal::anonymous(), Principal::local("anonymous")];
    assert_eq!(kinds.each_ref().map(Principal::id), ["local:ann", "anonymous", "local:anonymous"]);
    for principal in kinds {
        assert!(KeyId::parse(principal.id()).is_err(), "{principal}");
    }
}

async fn state(place: &tempfile::TempDir) -> State {
    let location = Location::parse("sqlite://state.db", None, place.path()).unwrap();
    State::open(&location).await.unwrap()
}

fn request(note: &str, expires: Option<Timestamp>) -> KeyRequest {
    KeyRequest { id: KeyId::parse("ci").unwrap(), note: note.to_owned(), expires }
}

#[tokio::test]
async fn an_issued_key_is_kept_as_a_hash_alone() {
    let place = tempfile::tempdir().unwrap();
    let state = state(&place).await;
    let issued = issue(&state, request("for the build", None), NOW).await.unwrap();
    assert_eq!(state.keys().await.unwrap().records, [issued.record]);
    let key = issued.key.expose().as_bytes();
    let mut files = 0;
    for file in std::fs::read_dir(place.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert!(!holds(&key[..12]) && !holds(&key[5..17]) && !holds(&key[key.len() - 12..]));
        files += 1;
    }
    assert_eq!(files, 4, "state, log, index of the log, pepper");
}

#[tokio::test]
async fn a_request_that_makes_no_sense_makes_no_key() {
    let place = tempfile::tempdir().unwrap();
    let state = state(&place).await;
    for note in ["a\nb", "\u{1b}[2J", &"é".repeat(201)] {
        let error = issue(&state, request(note, None), NOW).await.unwrap_err();
        assert!(matches!(error, IssueError::Note), "{error}");
    }
    let error = issue(&state, request("", Some(NOW)), NOW).await.unwrap_err();
    assert!(matches!(error, IssueError::Expired), "{error}");
    assert!(state.keys().await.unwrap().records.is_empty());
    issue(&state, request(&"é".repeat(200), None), NOW).await.unwrap();
}
