use std::collections::HashSet;

use proptest::prelude::*;

use super::template::expand;
use super::{
    Format, ValueClass, classify, find, formats, hint, names_a_secret, placeholder, variables,
};
use crate::Confidence;

struct Examples {
    id: &'static str,
    keywords: &'static [&'static str],
    good: &'static [&'static str],
    counter: &'static [&'static str],
}

include!(concat!(env!("OUT_DIR"), "/secret_examples.rs"));

fn format(id: &str) -> &'static Format {
    formats().iter().find(|format| format.id == id).unwrap()
}

fn ids(name: Option<&str>, text: &str) -> Vec<&'static str> {
    find(name, text).iter().map(|found| found.format.id).collect()
}

/// `NAME=value` in two.
fn assignment(text: &str) -> Option<(&str, &str)> {
    text.split_once('=')
        .filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
}

#[test]
fn formats_are_sound() {
    assert!(formats().len() >= 80, "{}", formats().len());
    let mut seen = HashSet::new();
    for format in formats() {
        let id = format.id;
        assert!(seen.insert(id), "{id} twice");
        assert!(
            id.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
            "{id}"
        );
        assert!(format.source.starts_with("https://"), "{id}");
        assert!(format.title.len() > 5, "{id}");
    }
}

#[test]
fn loose_patterns_match_the_same() {
    for (examples, format) in EXAMPLES.iter().zip(formats()) {
        let exact = format.compile(format.pattern).expect("it compiles without Unicode");
        let loose = format.compile(format.loose).expect("it compiles without Unicode");
        let templates = examples.good.iter().chain(examples.counter);
        let texts = templates.map(|template| expand(template, examples.id));
        for text in texts.filter(|text| text.len() <= format.loose_up_to) {
            let places = |regex: &regex::bytes::Regex| -> Vec<_> {
                regex.find_iter(text.as_bytes()).map(|found| found.range()).collect()
            };
            assert_eq!(places(&exact), places(&loose), "{}: {text}", format.id);
        }
    }
}

#[test]
fn every_example_is_found() {
    let mut wrong = Vec::new();
    for examples in &EXAMPLES {
        assert!(!examples.good.is_empty() && !examples.counter.is_empty(), "{}", examples.id);
        for template in examples.good {
            let text = expand(template, examples.id);
            let lower = text.to_ascii_lowercase();
            if !examples
                .keywords
                .iter()
                .any(|keyword| lower.contains(&keyword.to_ascii_lowercase()))
            {
                wrong.push(format!("{}: no keyword in {template}", examples.id));
            }
            let weak = format(examples.id).confidence == Confidence::Low;
            if !weak && ids(None, &text) != [examples.id] {
                wrong.push(format!(
                    "{}: {template} gives {:?} in {text}",
                    examples.id,
                    ids(None, &text)
                ));
            }
            if let Some((name, value)) = assignment(&text)
                && ids(Some(name), value) != [examples.id]
            {
                wrong.push(format!(
                    "{}: {template} by name gives {:?}",
                    examples.id,
                    ids(Some(name), value)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_counter_example_is_found() {
    let mut wrong = Vec::new();
    for examples in &EXAMPLES {
        for template in examples.counter {
            let text = expand(template, examples.id);
            let mut found = ids(None, &text);
            if let Some((name, value)) = assignment(&text) {
                found.extend(ids(Some(name), value));
            }
            if found.contains(&examples.id) {
                wrong.push(format!("{}: {template}", examples.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn harmless_text_gives_nothing() {
    for template in [
        "git+https://github.com/acme/mcp-server@{hex:40}",
        "ghcr.io/acme/server@sha256:{hex:64}",
        "PROJECT_ID={uuid}",
        "{\"id\": \"{uuid}\", \"requestId\": \"{uuid}\"}",
        "data:image/png;base64,iVBORw0KGgo{base64:800}",
        "/usr/local/share/very/long/path/to/node_modules/.bin/mcp-server-token-auth",
        r"C:\Users\me\AppData\Roaming\npm\node_modules\server-key\dist\index.js",
        "sk-learn",
        "scikit-learn==1.5.2",
        "claude-sonnet-4-20250514",
        "gpt-4o-mini-2024-07-18",
        "@modelcontextprotocol/server-everything@2026.8.31",
        "getUserByIdentifierFromDatabaseConnectionFactory2",
        "https://api.githubcopilot.com/mcp/",
        "https://mcp.linear.app/sse?project=main&team=core",
        "https://example.com/@acme/package?next=/home",
        "Set the API key in the settings, then restart: token expires after 24h.",
        "key: value, token: string, password: required",
        "let password = settings.password.unwrap_or_default(); pub user_password: crate::Secret2,",
        "http://a:b@example.com/",
        "{\"nextPageToken\": \"{base62:40}\", \"maxTokens\": 4096, \"key\": \"{uuid}\"}",
        "Authorization: Bearer ${API_TOKEN}",
        "--header=X-Api-Key: ${input:api-key}",
        "TOKEN_URL=https://login.acme.dev/oauth2/v2.0/token",
        "npx -y mcp-remote https://mcp.acme.dev/mcp --header Authorization:${AUTH_HEADER}",
        "AUTH_MODE=oauth2",
        "SECRET_NAME=prod/database/main",
        "sort_key=created_at partition_key=tenant",
        "SSH_AUTH_SOCK=/run/user/1000/keyring/ssh",
        "postgresql://localhost:5432/mydb",
        "uvx --from git+https://github.com/oraios/serena serena start-mcp-server",
        "integrity sha512-{base64:86}==",
        "OPENAI_API_KEY=YOUR_OPENAI_API_KEY",
        "GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "FIGMA_KEY=<figma-key>",
    ] {
        let text = expand(template, "harmless");
        assert_eq!(ids(None, &text), [""; 0], "{template}");
        if let Some((name, value)) = assignment(&text) {
            assert_eq!(ids(Some(name), value), [""; 0], "{template} by name");
        }
    }
}

#[test]
fn harmless_values_of_secret_names() {
    for value in [
        "",
        "true",
        "none",
        "${TOKEN}",
        "$TOKEN",
        "%TOKEN%",
        "${TOKEN:-}",
        "${TOKEN:-changeme}",
        "op://vault/item/field",
        "Bearer ${TOKEN}",
        "{{token}}",
        "/run/secrets/token",
        "~/.config/acme/token",
        "YOUR_TOKEN",
        "<your token>",
        "***",
        "sk-...",
        "xxxxxxxx",
        "process.env.TOKEN",
        "https://acme.dev/tokens",
        "keyring:acme",
        "$(pass show acme)",
    ] {
        assert_eq!(ids(Some("ACME_TOKEN"), value), [""; 0], "{value}");
    }
}

#[test]
fn spans_cover_the_secret_alone() {
    let token = expand("ghp_{base62:30}{github-crc32}", "span");
    for text in [
        format!("export GITHUB_TOKEN={token}; npx server"),
        format!("{{\"env\": {{\"T\": \"{token}\"}}}}"),
        format!("line\\n{token}\\nline"),
        format!("https://api.acme.dev/?x=1&t%3D{token}&y"),
        format!("${{T:-{token}}}"),
        format!("schlüssel {token} ünd"),
    ] {
        let found = find(None, &text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(text.get(found[0].start..found[0].end), Some(token.as_str()), "{text}");
        assert_eq!(found[0].confidence, Confidence::High);
    }
    for text in
        [format!("x{token}"), format!("{token}x"), format!("word-{token}"), format!("{token}-word")]
    {
        assert!(ids(None, &text).is_empty(), "{text}");
    }
}

#[test]
fn a_wrong_checksum_lowers_the_confidence() {
    let token = expand("ghp_{base62:36}", "made up");
    assert_eq!(find(None, &token).first().map(|found| found.confidence), Some(Confidence::Medium));
}

#[test]
fn several_secrets_in_one_text() {
    let text = expand(
        "A=sk-ant-api03-{base64url:93}AA B=glpat-{base62:20} postgres://u:{base62:12}@h/d",
        "several",
    );
    assert_eq!(ids(None, &text), ["anthropic-api-key", "gitlab-pat", "dsn-password"]);
}

#[test]
fn the_default_of_a_reference_counts() {
    let text = expand("${ACME_TOKEN:-{base62:32}}", "default");
    let found = find(Some("ACME_TOKEN"), &text);
    assert_eq!(found.len(), 1);
    assert_eq!(text.get(found[0].start..found[0].end).map(str::len), Some(32));
}

#[test]
fn values_are_classified() {
    use ValueClass::{Empty, Literal, Placeholder, Reference};
    let cases = [
        (Empty, &["", "  ", "\"\"", "Bearer ", "Bearer"][..]),
        (
            Reference,
            &[
                "${VAR}",
                "$VAR",
                "%VAR%",
                "${env:X}",
                "${input:x}",
                "{env:X}",
                "{file:./p}",
                "${{ secrets.X }}",
                "{{x}}",
                "{{ .Values.x }}",
                "${VAR:-}",
                "${VAR:-your-key}",
                "${VAR:?missing}",
                "op://v/i/f",
                "vault:kv/x#y",
                "keyring:svc/user",
                "$(cmd arg)",
                "`pass show x`",
                "Bearer ${X}",
                "Bearer $X",
                "Basic %X%",
                "token ${X}",
                "Authorization: Bearer ${X}",
                "X-Api-Key:${X}",
                "\"${X}\"",
                "'$X'",
                "${A}:${B}",
                "$env:X",
                "process.env.X",
                "/run/secrets/x",
                "~/.x/token",
                "credentials.json",
                "key.pem",
                "./secret.txt",
                r"C:\x\token",
                "file:///x/y",
                "${X:-${Y}}",
                "<%= ENV['X'] %>",
            ],
        ),
        (
            Placeholder,
            &[
                "<x>",
                "<your-api-key>",
                "YOUR_API_KEY",
                "your-api-key-here",
                "xxxxxxxx",
                "XXXX-XXXX",
                "changeme",
                "change-me",
                "replace-me",
                "REPLACE_WITH_YOUR_TOKEN",
                "AKIAIOSFODNN7EXAMPLE",
                "sk-...",
                "***",
                "…",
                "insert token",
                "todo",
                "TODO",
                "example",
                "dummy",
                "test",
                "password",
                "secret",
                "token",
                "{API_KEY}",
                "[api key]",
                "__TOKEN__",
                "sk-your-key",
                "sk-xxxxxxxxxxxxxxxx",
                "ghp_your_token_here",
                "OPENAI_API_KEY",
                "00000000-0000-0000-0000-000000000000",
                "1234567890",
                "abcdefghijklmnop",
                "aaaaaaaaaaaa",
                "your token",
                "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
                "Bearer YOUR_TOKEN",
                "Bearer <token>",
                "my-api-key",
                "none",
                "null",
                "12345678-1234-1234-1234-123456789abc",
                "sk-1234567890abcdef",
                "fake-key",
                "test-token",
                "paste_your_key_here",
            ],
        ),
        (
            Literal,
            &[
                "hunter22!",
                "postgres",
                "s3cr3t-Pa55",
                "pa$$word9",
                "$ecret123",
                "letmein-acme",
                "xoxo-bot-77",
                "${X}abc9",
                "https://acme.dev/x",
                "p%40ss%21w",
                "100%sure",
                "acme-dev-token-1942",
                "correct horse battery",
                "S3cr3t!pass",
                "Winter!Pass",
                "9f8g7h6j5k4l3q2w",
            ],
        ),
    ];
    for (class, values) in cases {
        for value in values {
            assert_eq!(classify(value), class, "{value}");
        }
    }
    let random = expand("{base62:32}", "classify");
    assert_eq!(classify(&random), Literal);
    assert_eq!(classify(&format!("${{VAR:-{random}}}")), Literal);
    assert_eq!(classify(&format!("Bearer {random}")), Literal);
}

#[test]
fn random_text_is_no_placeholder() {
    for seed in 0..500 {
        for template in [
            "{base62:20}",
            "{hex:32}",
            "{uuid}",
            "{base64url:43}",
            "{base32:16}",
            "{alnum-lower:24}",
            "{digits:12}",
        ] {
            let text = expand(template, &seed.to_string());
            assert!(!placeholder(&text), "{text}");
        }
    }
}

#[test]
fn names_of_secrets() {
    for name in [
        "API_KEY",
        "apiKey",
        "api-key",
        "X-Api-Key",
        "--password",
        "accessToken",
        "ACCESS_TOKEN",
        "GITHUB_TOKEN",
        "DB_PASSWORD",
        "PGPASSWORD",
        "MYSQL_PWD",
        "client_secret",
        "clientSecret",
        "Authorization",
        "SLACK_BOT_TOKEN",
        "OPENAI_KEY",
        "OPENAIAPIKEY",
        "AWS_SECRET_ACCESS_KEY",
        "GITHUB_PAT",
        "DB_PASS",
        "API_KEY_2",
        "TOKEN_PROD",
        "credentials",
        "passphrase",
        "PRIVATE_KEY",
        "exaApiKey",
        "REDISCLI_AUTH",
        "NGROK_AUTHTOKEN",
        "SEED_PHRASE",
        "key",
        "token",
        "bearer",
        "Cookie",
        "APP_PASSWORD",
        "PWD_ADMIN",
        "PASSWORD_ROOT",
        "API_KEY_OPENAI",
    ] {
        assert!(names_a_secret(name), "{name}");
    }
    for name in [
        "",
        "TOKENIZER",
        "KEYBOARD",
        "MAX_TOKENS",
        "maxTokens",
        "TOKEN_LIMIT",
        "PUBLIC_KEY",
        "KEY_ID",
        "AWS_ACCESS_KEY_ID",
        "TOKEN_PATH",
        "KEY_FILE",
        "TOKEN_URL",
        "SECRET_DIR",
        "SECRET_NAME",
        "AUTH_ENDPOINT",
        "TOKEN_TTL",
        "AUTH_TIMEOUT",
        "TOKEN_EXPIRY",
        "AUTHOR",
        "AUTHORITY",
        "KEYCLOAK_URL",
        "MONKEY",
        "PASSENGER",
        "COMPASS_MODE",
        "PRIMARY_KEY",
        "sort_key",
        "nextPageToken",
        "SSH_AUTH_SOCK",
        "AUTH_MODE",
        "API_KEY_HEADER",
        "SECRET_MANAGER_PROJECT",
        "PROJECT_KEY",
        "keyName",
        "SUPABASE_ANON_KEY",
        "PATH",
        "USER",
        "tokens",
        "keys",
        "keyword",
        "token_count",
        "STRIPE_PUBLISHABLE_KEY",
        "csrfToken",
        "AUTH_ADMIN",
        "KEY_DB",
        "PASS_THROUGH",
    ] {
        assert!(!names_a_secret(name), "{name}");
    }
}

#[test]
fn no_hint_in_plain_text() {
    assert!(!hint("Reads files below the given folder."));
    assert!(hint("ghp_"));
    assert!(hint(b"xoxb-\xff".as_slice()));
}

/// Text in which keywords, names, signs and random parts meet.
fn texts() -> impl Strategy<Value = String> {
    let keywords: Vec<&str> =
        EXAMPLES.iter().flat_map(|examples| examples.keywords).copied().collect();
    let templates: Vec<(&str, &str)> = EXAMPLES
        .iter()
        .flat_map(|examples| examples.good.iter().map(|good| (examples.id, *good)))
        .collect();
    let part = prop_oneof![
        prop::sample::select(keywords).prop_map(str::to_owned),
        (prop::sample::select(templates), any::<u32>())
            .prop_map(|((id, good), seed)| expand(good, &format!("{id}{seed}"))),
        prop::sample::select(vec![
            "=", ":", "://", "@", "${", "}", "\"", "'", " ", "\\n", "%3D", "Bearer ", "API_KEY",
            "é", "-", "\n"
        ])
        .prop_map(str::to_owned),
        r"\PC{0,20}",
        "[A-Za-z0-9_+/=-]{0,60}",
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn ranges_lie_inside(text in texts(), name in prop::option::of("[A-Za-z_-]{0,12}(KEY|token|password)?")) {
        let found = find(name.as_deref(), &text);
        let mut end = 0;
        for found in &found {
            prop_assert!(found.start >= end && found.start < found.end, "overlap or empty");
            prop_assert!(text.get(found.start..found.end).is_some(), "not on characters");
            end = found.end;
        }
        if !hint(&text) {
            prop_assert!(find(None, &text).is_empty());
        }
    }

    #[test]
    fn classify_takes_anything(value in r"(\PC|[$%{}<>:`'\x22 -]|\$\{|:-|Bearer ){0,40}") {
        classify(&value);
        placeholder(&value);
        names_a_secret(&value);
        super::redact(&value);
    }
}

#[test]
fn references_name_variables() {
    for (text, expected) in [
        ("${TOKEN}", vec![("TOKEN", "${NAME}")]),
        ("Bearer $API_TOKEN", vec![("API_TOKEN", "$NAME")]),
        ("${env:TOKEN}", vec![("TOKEN", "${env:NAME}")]),
        ("{env:TOKEN}", vec![("TOKEN", "{env:NAME}")]),
        ("${input:api-token}", vec![("api-token", "${input:NAME}")]),
        ("${TOKEN:-none}", vec![("TOKEN", "${NAME}")]),
        ("${{ secrets.TOKEN }}", vec![("TOKEN", "${{ secrets.NAME }}")]),
        ("{{TOKEN}}", vec![("TOKEN", "{{NAME}}")]),
        ("%TOKEN%", vec![("TOKEN", "%NAME%")]),
        ("$env:TOKEN", vec![("TOKEN", "$env:NAME")]),
        ("${A}:${B}", vec![("A", "${NAME}"), ("B", "${NAME}")]),
        ("$(pass show token)", vec![]),
        ("op://vault/token", vec![]),
        ("100%", vec![]),
        ("~/token.txt", vec![]),
    ] {
        let found = variables(text);
        let found: Vec<_> = found.iter().map(|v| (v.name, v.form.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }
}
