use http::HeaderName;
use proptest::prelude::*;

use super::*;

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

const NOTHING: MetaCredentials<'_> = MetaCredentials { api_key: None, token: None };

#[test]
fn one_place_is_enough() {
    for (lines, wanted) in [
        (&[][..], None),
        (&[("content-type", "application/json")], None),
        (&[("Authorization", "Bearer abc")], Some("abc")),
        (&[("authorization", "bEARER   a.b-c_d~e+f/g==")], Some("a.b-c_d~e+f/g==")),
        (&[("X-API-Key", " abc\t")], Some("abc")),
        (&[("x-api-key", "abc"), ("authorization", "Bearer abc")], Some("abc")),
    ] {
        let headers = headers(lines);
        let found = from_headers(&headers).unwrap().map(Presented::expose);
        assert_eq!(found, wanted, "{lines:?}");
    }
    for (api_key, token) in [(Some("abc"), None), (None, Some("abc")), (Some("abc"), Some("abc"))] {
        let found = from_meta(MetaCredentials { api_key, token }).unwrap();
        assert_eq!(found.map(Presented::expose), Some("abc"));
    }
    assert_eq!(from_meta(NOTHING), Ok(None));
}

#[test]
fn what_is_not_clear_is_refused() {
    use CredentialFault::{Contradictory, Repeated, Scheme, Syntax};
    for (lines, wanted) in [
        (&[("authorization", "Basic YTpi")][..], Scheme),
        (&[("authorization", "abc")], Scheme),
        (&[("authorization", "")], Scheme),
        (&[("authorization", "Bearer\tabc")], Scheme),
        (&[("authorization", "Bearer")], Syntax("authorization")),
        (&[("authorization", "Bearer  ")], Syntax("authorization")),
        (&[("authorization", "Bearer a b")], Syntax("authorization")),
        (&[("authorization", "Bearer a, Bearer a")], Syntax("authorization")),
        (&[("authorization", "Bearer é")], Syntax("authorization")),
        (&[("x-api-key", "")], Syntax("x-api-key")),
        (&[("x-api-key", "é")], Syntax("x-api-key")),
        (
            &[("authorization", "Bearer a"), ("authorization", "Bearer a")],
            Repeated("authorization"),
        ),
        (&[("x-api-key", "a"), ("x-api-key", "b")], Repeated("x-api-key")),
        (&[("x-api-key", "a"), ("authorization", "Bearer b")], Contradictory),
        (&[("x-api-key", "a"), ("authorization", "Basic b")], Scheme),
    ] {
        assert_eq!(from_headers(&headers(lines)), Err(wanted), "{lines:?}");
    }
    let meta = |api_key, token| from_meta(MetaCredentials { api_key, token });
    assert_eq!(meta(Some("a"), Some("b")), Err(Contradictory));
    assert_eq!(meta(Some(""), None), Err(Syntax("_meta.api_key")));
    assert_eq!(meta(None, Some("a\nb")), Err(Syntax("_meta.token")));
}

#[test]
fn header_and_message_must_agree() {
    let headers = headers(&[("authorization", "Bearer abc")]);
    let same = MetaCredentials { api_key: Some("abc"), token: None };
    let other = MetaCredentials { api_key: None, token: Some("abd") };
    assert_eq!(presented(&headers, same).unwrap().map(Presented::expose), Some("abc"));
    assert_eq!(presented(&headers, NOTHING).unwrap().map(Presented::expose), Some("abc"));
    assert_eq!(presented(&headers, other), Err(CredentialFault::Contradictory));
    let none = HeaderMap::new();
    assert_eq!(presented(&none, other).unwrap().map(Presented::expose), Some("abd"));
}

#[test]
fn debug_shows_no_credential() {
    let meta = MetaCredentials { api_key: Some("hush"), token: None };
    let shown = format!("{meta:?} {:?}", from_meta(meta));
    assert!(!shown.contains("hush") && shown.contains("api_key: Some"), "{shown}");
}

proptest! {
    #[test]
    fn any_header_is_a_credential_or_a_fault(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let Ok(value) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
        for name in ["authorization", "x-api-key"] {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.clone());
            if let Ok(found) = from_headers(&headers) {
                prop_assert!(is_credential(found.unwrap().expose()));
            }
        }
    }

    #[test]
    fn every_credential_passes_everywhere(token in "[!-~]{1,60}") {
        let bearer = format!("Bearer {token}");
        let headers = headers(&[("authorization", &bearer), ("x-api-key", &token)]);
        let meta = MetaCredentials { api_key: Some(&token), token: Some(&token) };
        let found = presented(&headers, meta).unwrap().unwrap();
        prop_assert_eq!(found.expose(), token.as_str());
    }
}
