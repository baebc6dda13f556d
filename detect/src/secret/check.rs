//! What a match must be beyond its regex: checksums, encodings, randomness.

use std::ops::Range;

use super::classify::{ValueClass, classify};
use super::codec::{base62, base64_decode, crc32};
use super::placeholder::{is_blank, placeholder};

/// A check by name, as `verify:` in the rules calls it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Check {
    /// The last six characters are the CRC-32 of the 30 before them in base 62.
    GithubCrc32,
    /// Base 32 after the prefix, as AWS issues since 2018.
    AwsKeyId,
    /// Small letters, capitals and digits all occur.
    MixedCase,
    /// Letters and digits mix as in no word.
    Random,
    /// Two kinds of characters at least.
    Mixed,
    /// A word that could be a secret: no switch, number, address or path.
    Word,
    /// A key block with a base64 body.
    Pem,
    /// The first part is the base64 of a numeric user id.
    DiscordId,
    /// A JWT whose header decodes and whose key is not public by design.
    JwtDecode,
    /// A JWT of Supabase for the role `service_role`.
    JwtServiceRole,
    /// Base64 of `user:password`.
    BasicDecode,
    /// Base64 of `id:key`.
    ElasticKey,
    /// A data source name with a password, to which the match narrows.
    Dsn,
}

/// What a check says about a match.
pub(super) enum Verdict {
    /// It is none.
    Fails,
    /// It has the shape, but a checksum differs: edited, shortened or made up.
    Doubtful,
    Holds,
    /// It holds for this part of the match.
    Part(Range<usize>),
}

impl From<bool> for Verdict {
    fn from(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Fails }
    }
}

impl Check {
    pub(super) fn run(self, secret: &str) -> Verdict {
        let bytes = secret.as_bytes();
        match self {
            Self::GithubCrc32 => doubt(github_crc32(bytes)),
            Self::AwsKeyId => doubt(
                bytes
                    .iter()
                    .skip(4)
                    .all(|byte| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(byte)),
            ),
            Self::MixedCase => mixed_case(bytes).into(),
            Self::Random => random(secret).into(),
            Self::Mixed => (kinds(bytes) > 1 && word(secret)).into(),
            Self::Word => word(secret).into(),
            Self::Pem => pem(secret).into(),
            Self::DiscordId => discord_id(secret).into(),
            Self::JwtDecode => jwt(secret).is_some_and(|payload| !public(&payload)).into(),
            Self::JwtServiceRole => jwt(secret)
                .is_some_and(|payload| {
                    !public(&payload) && member(&payload, b"role") == Some(b"service_role")
                })
                .into(),
            Self::BasicDecode => basic(bytes).is_some().into(),
            Self::ElasticKey => elastic(bytes).is_some().into(),
            Self::Dsn => super::dsn(secret)
                .filter(|dsn| dsn.password.len() > 2)
                .map_or(Verdict::Fails, |dsn| Verdict::Part(dsn.password_start..dsn.password_end)),
        }
    }
}

fn doubt(holds: bool) -> Verdict {
    if holds { Verdict::Holds } else { Verdict::Doubtful }
}

fn github_crc32(token: &[u8]) -> bool {
    token.split_last_chunk::<6>().is_some_and(|(before, sum)| {
        before.get(4..).is_some_and(|body| base62(crc32(body)) == *sum)
    })
}

fn mixed_case(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_lowercase)
        && text.iter().any(u8::is_ascii_uppercase)
        && text.iter().any(u8::is_ascii_digit)
}

fn kinds(text: &[u8]) -> usize {
    let kinds: [fn(&u8) -> bool; 4] =
        [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit, |byte| {
            !byte.is_ascii_alphanumeric()
        }];
    kinds.into_iter().filter(|kind| text.iter().any(kind)).count()
}

/// Within the parts between separators, digits meet letters and small letters meet capitals far more
/// often than in words, dates and versions.
fn random(text: &str) -> bool {
    let (mut pairs, mut changes) = (0_usize, 0_usize);
    for part in text.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        for pair in part.as_bytes().windows(2) {
            let [a, b] = pair else { continue };
            pairs += 1;
            let edge = a.is_ascii_digit() != b.is_ascii_digit()
                || a.is_ascii_lowercase() && b.is_ascii_uppercase();
            changes += usize::from(edge);
        }
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    pairs >= 10 && digits >= 1 && changes * 100 >= pairs * 17 && !text.contains("://")
}

fn word(value: &str) -> bool {
    const SWITCHES: [&str; 30] = [
        "true",
        "false",
        "none",
        "null",
        "auto",
        "default",
        "basic",
        "bearer",
        "oauth",
        "oauth2",
        "jwt",
        "apikey",
        "api-key",
        "api_key",
        "required",
        "optional",
        "enabled",
        "disabled",
        "string",
        "header",
        "cookie",
        "session",
        "token",
        "oidc",
        "saml",
        "anonymous",
        "inherit",
        "never",
        "always",
        "prompt",
    ];
    let lower = value.to_ascii_lowercase();
    let number = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && value.len() < 8;
    !SWITCHES.contains(&lower.as_str())
        && !number
        && !value.contains("://")
        && !value.chars().any(|letter| letter == '\u{fffd}')
}

fn pem(block: &str) -> bool {
    let Some((_, rest)) =
        block.split_once("-----BEGIN").and_then(|(_, rest)| rest.split_once("-----"))
    else {
        return false;
    };
    let body = rest
        .split_once("-----END")
        .map_or(rest, |(body, _)| body)
        .replace("\\n", "")
        .replace("\\r", "");
    let digits: Vec<u8> =
        body.bytes().filter(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte)).collect();
    digits.len() >= 64
        && !body.contains(['_', '<', '$', '…'])
        && !body.contains("...")
        && super::entropy(&digits) >= 4.0
}

fn discord_id(token: &str) -> bool {
    let id = token.split('.').next().and_then(|part| base64_decode(part.as_bytes()));
    id.is_some_and(|id| (17..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit))
}

/// The payload of a JWT (RFC 7519) whose header names an algorithm.
fn jwt(token: &str) -> Option<Vec<u8>> {
    let mut parts = token.split('.');
    let header = base64_decode(parts.next()?.as_bytes())?;
    let payload = base64_decode(parts.next()?.as_bytes())?;
    (header.starts_with(b"{") && member(&header, b"alg").is_some() && payload.starts_with(b"{"))
        .then_some(payload)
}

/// Supabase's anon key is made to be published; the keys of its local stack are the same for everybody.
fn public(payload: &[u8]) -> bool {
    let issuer = member(payload, b"iss").unwrap_or_default();
    issuer == b"supabase-demo"
        || issuer.starts_with(b"supabase") && member(payload, b"role") == Some(b"anon")
}

/// The text of a string member of a small JSON object.
fn member<'a>(json: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let quoted: Vec<u8> = [b"\"", name, b"\""].concat();
    let at = json.windows(quoted.len()).position(|part| part == quoted.as_slice())?;
    let rest = json
        .get(at + quoted.len()..)?
        .trim_ascii_start()
        .strip_prefix(b":")?
        .trim_ascii_start()
        .strip_prefix(b"\"")?;
    rest.get(..rest.iter().position(|&byte| byte == b'"')?)
}

/// The password in what follows `Basic` in a header (RFC 7617, section 2). None if it is no such
/// text.
#[must_use]
pub fn basic_password(credentials: &str) -> Option<String> {
    let decoded = String::from_utf8(base64_decode(credentials.as_bytes())?).ok()?;
    decoded.split_once(':').map(|(_, password)| password.to_owned())
}

fn basic(text: &[u8]) -> Option<()> {
    let decoded = String::from_utf8(base64_decode(text)?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    let printable = decoded.chars().all(|letter| !letter.is_control());
    let sample = placeholder(user) && placeholder(password) || is_blank(password);
    (printable
        && !sample
        && matches!(classify(password), ValueClass::Literal | ValueClass::Placeholder))
    .then_some(())
}

fn elastic(text: &[u8]) -> Option<()> {
    let decoded = base64_decode(text)?;
    let (id, key) = decoded.split_at_checked(decoded.iter().position(|&byte| byte == b':')?)?;
    let plain =
        |part: &[u8]| part.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    (id.len() >= 18 && plain(id) && plain(key.get(1..)?) && key.len() > 20).then_some(())
}

#[cfg(test)]
mod tests {
    use super::{basic_password, github_crc32, random};

    #[test]
    fn passwords_of_a_basic_header() {
        for (credentials, password) in [
            ("YWRtaW46YWRtaW4=", Some("admin")),
            ("YWRhOmE6Yg", Some("a:b")),
            ("YWRhOg==", Some("")),
            ("YWRh", None),
            ("no base64", None),
        ] {
            assert_eq!(basic_password(credentials).as_deref(), password, "{credentials}");
        }
    }

    #[test]
    fn github_checksum() {
        let token = crate::secret::template::expand("ghp_{base62:30}{github-crc32}", "check");
        assert!(github_crc32(token.as_bytes()));
        assert!(!github_crc32(token.replace("ghp_", "ghp_A").as_bytes()));
        assert!(!github_crc32(b""));
    }

    #[test]
    fn words_are_not_random() {
        for text in [
            "claude-sonnet-4-20250514",
            "MyApplicationSecretKey2024",
            "gpt-4o-mini-2024-07-18",
            "authentication-required",
        ] {
            assert!(!random(text), "{text}");
        }
        assert!(random(&crate::secret::template::expand("{base62:24}", "check")));
        assert!(random(&crate::secret::template::expand("{hex:32}", "check")));
    }
}
