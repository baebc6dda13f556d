use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// Whether a key, variable, header or flag by this name holds a secret: `API_KEY`, `accessToken`,
/// `X-Api-Key`, `--password`; not `MAX_TOKENS`, `PUBLIC_KEY`, `TOKEN_URL`, `KEY_ID`.
pub fn names_a_secret(name: &str) -> bool {
    if name.len() > 200
        || name.is_ascii() && !STEMS.as_ref().is_none_or(|stems| stems.is_match(name))
    {
        return false;
    }
    let spaced = spaced(name);
    let words: Vec<&str> = spaced.split(' ').filter(|word| !word.is_empty()).collect();
    let mut rest = words.as_slice();
    while let [before @ .., last] = rest
        && !before.is_empty()
        && (is_qualifier(last) || is_owner(last) && is_plainly_secret(before))
    {
        rest = before;
    }
    let [before @ .., last] = rest else { return false };
    let before_last = before.last().copied().unwrap_or_default();
    if words.iter().any(|word| is_open(word)) {
        return false;
    }
    match *last {
        "key" => !is_plain_key(before_last),
        "keys" => ["api", "access", "secret", "auth"].contains(&before_last),
        "token" => !is_plain_token(before_last),
        "tokens" => ["api", "access", "auth", "bearer", "refresh"].contains(&before_last),
        "pat" | "pass" | "auth" | "authorization" | "cookie" | "credential" | "credentials"
        | "creds" | "bearer" | "passphrase" | "mnemonic" | "secret" | "secrets" => true,
        "phrase" => ["seed", "recovery", "pass"].contains(&before_last),
        word => {
            const ENDS: [&str; 13] = [
                "password",
                "passwd",
                "pwd",
                "passcode",
                "apikey",
                "accesskey",
                "secretkey",
                "privatekey",
                "authkey",
                "secret",
                "token",
                "authtoken",
                "accesstoken",
            ];
            ENDS.iter().any(|end| word.ends_with(end))
        }
    }
}

/// One of these is in each name of a secret. Most names have none and need not be taken apart. If
/// the table could not be built, all of them are.
static STEMS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    const STEMS: [&str; 12] = [
        "key", "token", "pat", "pass", "auth", "cookie", "cred", "bearer", "mnemonic", "secret",
        "phrase", "pwd",
    ];
    AhoCorasick::builder().ascii_case_insensitive(true).build(STEMS).ok()
});

/// What is meant to be seen.
fn is_open(word: &str) -> bool {
    ["public", "publishable", "anon", "pub", "csrf", "xsrf"].contains(&word)
}

/// Says which one of several, not what it is: `API_KEY_2`, `TOKEN_PROD`.
fn is_qualifier(word: &str) -> bool {
    const QUALIFIERS: [&str; 24] = [
        "prod",
        "production",
        "dev",
        "development",
        "staging",
        "stage",
        "test",
        "testing",
        "live",
        "sandbox",
        "primary",
        "secondary",
        "backup",
        "default",
        "old",
        "new",
        "value",
        "plain",
        "plaintext",
        "read",
        "write",
        "ro",
        "rw",
        "base64",
    ];
    QUALIFIERS.contains(&word)
        || word.trim_start_matches('v').bytes().all(|byte| byte.is_ascii_digit())
}

/// Says whose it is, where the name begins with what it is: `PWD_ADMIN`.
fn is_owner(word: &str) -> bool {
    const OWNERS: [&str; 20] = [
        "admin", "root", "master", "owner", "app", "db", "database", "postgres", "mysql", "mongo",
        "redis", "smtp", "mail", "ssh", "ftp", "ldap", "github", "gitlab", "openai", "slack",
    ];
    OWNERS.contains(&word)
}

/// Whether the words end in one that means a secret whatever follows. `AUTH_ADMIN` may be a user.
fn is_plainly_secret(words: &[&str]) -> bool {
    const SECRETS: [&str; 8] =
        ["password", "passwd", "pwd", "pass", "passphrase", "secret", "token", "apikey"];
    match words {
        [.., before, last] if *last == "key" => *before == "api",
        [.., last] => SECRETS.contains(last),
        [] => false,
    }
}

/// Keys that open nothing.
fn is_plain_key(before: &str) -> bool {
    const PLAIN: [&str; 36] = [
        "primary",
        "partition",
        "sort",
        "foreign",
        "cache",
        "object",
        "project",
        "issue",
        "space",
        "hot",
        "shortcut",
        "idempotency",
        "group",
        "lookup",
        "index",
        "registry",
        "routing",
        "row",
        "map",
        "dict",
        "json",
        "sequence",
        "range",
        "hash",
        "order",
        "query",
        "dedup",
        "message",
        "event",
        "feature",
        "flag",
        "i18n",
        "locale",
        "config",
        "metadata",
        "column",
    ];
    PLAIN.contains(&before)
}

/// Tokens that open nothing: counted ones, page marks, coins.
fn is_plain_token(before: &str) -> bool {
    const PLAIN: [&str; 32] = [
        "max",
        "min",
        "num",
        "total",
        "next",
        "page",
        "pagination",
        "continuation",
        "cursor",
        "sync",
        "progress",
        "pad",
        "eos",
        "bos",
        "unk",
        "mask",
        "stop",
        "start",
        "end",
        "special",
        "prompt",
        "completion",
        "input",
        "output",
        "per",
        "design",
        "native",
        "mint",
        "erc20",
        "quote",
        "price",
        "collateral",
    ];
    PLAIN.contains(&before)
}

/// The name in lower case, with a space between its words: split at `_`, `-`, `.`, spaces, and where
/// a capital follows a small letter.
fn spaced(name: &str) -> String {
    let mut spaced = String::with_capacity(name.len() + 8);
    let mut before: Option<char> = None;
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let next_small = letters.peek().is_some_and(|next| next.is_lowercase());
        let hump = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || before.is_uppercase() && next_small
            });
        if !letter.is_alphanumeric() || hump {
            spaced.push(' ');
        }
        if letter.is_alphanumeric() {
            spaced.extend(letter.to_lowercase());
        }
        before = Some(letter);
    }
    spaced
}
