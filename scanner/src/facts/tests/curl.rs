//! Passwords and tokens that `curl` is given.

use super::{LITERAL, lines};
use crate::facts::kinds::FactKind;

#[test]
fn passwords_and_headers_of_curl() {
    let joined = format!("-HAuthorization: Bearer {}", *LITERAL);
    let url = "https://h.acme.dev/";
    lines(
        FactKind::Secret,
        &["location"],
        &[
            (&["curl", "-u", "bob:Falcon2024", url], &["Falcon2024 location=argument"]),
            (&["/usr/bin/curl", "-sSu", "bob:Fal$con", url], &["Fal$con location=argument"]),
            (&["curl", "-ubob:Falcon=2024", url], &["Falcon=2024 location=argument"]),
            (&["curl", "--user", "bob:Falcon:24", url], &["Falcon:24 location=argument"]),
            (&["curl", "--proxy-user=bob:Falcon24", url], &["Falcon24 location=argument"]),
            (
                &["docker", "run", "-u", "bob:staff", "acme/curl:8", "-u", "bob:Falcon24", url],
                &["Falcon24 location=argument"],
            ),
            (
                &["sh", "-c", "curl -fu 'bob:Falcon24' https://h.acme.dev/ | tar x; exec notes"],
                &["Falcon24 location=argument"],
            ),
            (
                &["sh", "-c", "curl -u bob:Falcon24 https://h.acme.dev/"],
                &["Falcon24 location=argument"],
            ),
            (&["curl", &joined, url], &[&format!("{} location=argument", *LITERAL)]),
            (&["curl", "-u", "bob:$PASS", url], &[]),
            (&["curl", "-u", "bob:${PASS}", url], &[]),
            (&["curl", "-u", "bob:<password>", url], &[]),
            (&["curl", "-u", "bob:", "--user", "bob", "-U", "$LOGIN", url], &[]),
            (&["curl", "-u"], &[]),
            (&["docker", "run", "-u", "bob:staff", "acme/notes"], &[]),
            (&["sh", "-c", "curl -u \"bob:$PASS\" https://h.acme.dev/ | tar x; exec notes"], &[]),
            (
                &["sh", "-c", "curl -u bob:$(pass show acme) https://h.acme.dev/ | tar x; notes"],
                &[],
            ),
            (&["sh", "-c", "curl https://h.acme.dev/ && docker run -u bob:staff acme/notes"], &[]),
        ],
    );
}
