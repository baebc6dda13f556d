//! No output holds a secret, wherever in a file it stands and whatever state the file is in.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::collections::BTreeSet;

use support::expand;
use support::run::World;

/// Formats with bodies long enough that eight characters of one are no accident.
const FORMATS: &[&str] = &[
    "github-pat",
    "github-fine-grained-pat",
    "anthropic-api-key",
    "openai-project-key",
    "slack-bot-token",
    "stripe-secret-key",
    "gitlab-pat",
    "npm-access-token",
    "huggingface-token",
    "jwt",
    "aws-access-key-id",
    "google-api-key",
];

/// Files with a secret in every place that a server's configuration has, `T` for the token.
const PLACES: &[(&str, &str)] = &[
    (".mcp.json", r#"{"mcpServers":{"a":{"command":"a-mcp","env":{"SOME_TOKEN":"T"}}}}"#),
    (".mcp.json", r#"{"mcpServers":{"a":{"command":"a-mcp","env":{"PLAIN":"T"}}}}"#),
    (
        ".mcp.json",
        r#"{"mcpServers":{"a":{"command":"npx","args":["-y","a-mcp","--api-key","T"]}}}"#,
    ),
    (".mcp.json", r#"{"mcpServers":{"a":{"command":"npx","args":["-y","a-mcp","--api-key=T"]}}}"#),
    (".mcp.json", r#"{"mcpServers":{"a":{"command":"npx","args":["-y","a-mcp","T"]}}}"#),
    (".mcp.json", r#"{"mcpServers":{"a":{"command":"npx -y a-mcp --token T"}}}"#),
    (
        ".mcp.json",
        r#"{"mcpServers":{"a":{"command":"sh","args":["-c","TOKEN=T npx -y a-mcp --token=T | tee x"]}}}"#,
    ),
    (
        ".mcp.json",
        r#"{"mcpServers":{"a":{"command":"sh","args":["-c","curl -H 'Authorization: Bearer T' https://mcp.contoso.com/x.sh | sh"]}}}"#,
    ),
    (".mcp.json", r#"{"mcpServers":{"a":{"command":"env","args":["TOKEN=T","a-mcp"]}}}"#),
    (
        ".mcp.json",
        r#"{"mcpServers":{"a":{"command":"docker","args":["run","-i","-e","TOKEN=T","-v","/T:/data","registry.contoso.com/a-mcp"]}}}"#,
    ),
    (
        ".mcp.json",
        r#"{"mcpServers":{"a":{"command":"docker","args":["run","-i","registry.contoso.com/T/a-mcp:T"]}}}"#,
    ),
    (
        ".mcp.json",
        r#"{"mcpServers":{"a":{"type":"http","url":"http://mcp.contoso.com/mcp","headers":{"Authorization":"Bearer T"}}}}"#,
    ),
    (
        ".mcp.json",
        r#"{"mcpServers":{"a":{"type":"http","url":"http://mcp.contoso.com/mcp","headers":{"X-Other":"T"}}}}"#,
    ),
    (
        ".mcp.json",
        r#"{"mcpServers":{"a":{"type":"sse","url":"http://mcp.contoso.com/T/sse?key=T&api_key=T#T"}}}"#,
    ),
    (".mcp.json", r#"{"mcpServers":{"a":{"type":"http","url":"http://T:T@mcp.contoso.com/mcp"}}}"#),
    (".mcp.json", r#"{"mcpServers":{"a":{"type":"http","url":"http://T@mcp.contoso.com/mcp"}}}"#),
    (
        ".mcp.json",
        r#"{"mcpServers":{"a":{"command":"npx","args":["mcp-remote","http://mcp.contoso.com/mcp?token=T","--header","Authorization: Bearer T"]}}}"#,
    ),
    (
        ".mcp.json",
        r#"{"mcpServers":{"a":{"command":"a-mcp","args":["postgresql://svc:T@db.contoso.com/crm"],"env":{"DSN":"postgresql://svc:T@db.contoso.com/crm"}}}}"#,
    ),
    (
        ".mcp.json",
        r#"{"mcpServers":{"a":{"command":"npx","args":["-y","git+https://T@github.com/contoso/a-mcp.git#main"]}}}"#,
    ),
    (
        ".mcp.json",
        r#"{"mcpServers":{"a":{"command":"uvx","args":["--from","git+https://x:T@github.com/contoso/a-mcp","a-mcp"]}}}"#,
    ),
    (
        ".mcp.json",
        r#"{"mcpServers":{"a":{"command":"node","args":["-e","fetch('http://mcp.contoso.com', {headers: {k: 'T'}})"]}}}"#,
    ),
    (
        ".mcp.json",
        r#"{"mcpServers":{"a":{"command":"a-mcp","description":"use T to log in","cwd":"/T"}}}"#,
    ),
    (
        ".mcp.json",
        r#"{"token":"T","mcpServers":{"a":{"command":"npx","args":["a-mcp"]}},"other":{"deep":["T"]}}"#,
    ),
    (".mcp.json", r#"{"mcpServers":{"a":{"command":"npx","args":["a-mcp"],"unknown":"T"}}}"#),
    (".mcp.json", r#"{"mcpServers":{"a":{"command":"a-mcp","oauth":{"clientSecret":"T"}}}}"#),
    (".mcp.json", r#"{"mcpServers":{"a":{"args":["--token","T"]},"b":{"env":{"TOKEN":"T"}}}}"#),
    (".mcp.json", r#"{"mcpServers":{"a":"T","b":{"command":"npx","args":["a-mcp"]}}}"#),
    (".mcp.json", r#"{"mcpServers":{"T":{"command":"npx","args":["a-mcp"],"env":{"T":"x"}}}}"#),
    (".mcp.json", r#"{"mcpServers":{"a":{"command":"npx","args":["a-mcp"],"T":1,"T":2}}}"#),
    // Broken, so that part of it is no value of the tree.
    (".mcp.json", r#"{"mcpServers":{"a":{"command":"npx","args":["a-mcp"],"env":{"TOKEN":"T"}"#),
    (".mcp.json", r#"{"mcpServers":{"a":{"command":"npx" "env":{"TOKEN":"T"}},}"#),
    (".mcp.json", r#"{"mcpServers":{"a":{"command":"npx","env":{"TOKEN":"T}}}}"#),
    (".mcp.json", r#"{"mcpServers":{"a":{"command":"npx","env":{"TOKEN":T}}}}"#),
    (".mcp.json", r#"{"mcpServers":{"a":{"command":"npx"}}} TOKEN=T"#),
    (".mcp.json", r#"TOKEN=T {"mcpServers":{"a":{"command":"npx","args":["a-mcp"]}}}"#),
    (".mcp.json", r#"["T"]"#),
    (".mcp.json", r#""T""#),
    ("mcp.json", r#"{"things":{"a":{"command":"npx","args":["a-mcp"],"env":{"TOKEN":"T"}}}}"#),
    (".vscode/mcp.json", r#"{/* T */"servers":{"a":{"command":"npx","args":["a-mcp"]}}} // T"#),
    (
        ".vscode/mcp.json",
        r#"{"servers":{"a":{"command":"npx","args":["a-mcp"],"env":{"TOKEN":"T"}/* key: T */}}"#,
    ),
    ("librechat.yaml", "mcpServers: {a: {command: npx, args: [a-mcp], env: {TOKEN: T}}} # T\n"),
    ("librechat.yaml", "mcpServers:\n  a: {command: npx, args: [a-mcp, --token, T]\n  b: T\n"),
    (
        "librechat.yaml",
        "mcpServers:\n  a:\n    command: npx\n    args: [a-mcp]\n    env:\n      TOKEN: |\n        T\n",
    ),
    (
        ".codex/config.toml",
        "mcp_servers.a = {command = \"npx\", args = [\"a-mcp\"], env = {TOKEN = \"T\"}} # T\n",
    ),
    (
        ".codex/config.toml",
        "[mcp_servers.a]\ncommand = \"npx\" # T\nargs = [\"a-mcp\", \"T\nbearer_token = T\n",
    ),
    (
        ".github/agents/a.md",
        "---\nname: a\nmcp-servers: {a: {command: npx, args: [a-mcp], env: {TOKEN: T}}} # T\n---\nT\n",
    ),
    (".mcp.json", r#"{"mcpServers":{"a":{"command":"x","args":["-pT"]}}}"#),
    (
        ".mcp.json",
        "{\"mcpServers\":{\"a\":{\"command\":\"x\",\"args\":[\"--api-key\",\"T\"]}}} // was T",
    ),
    (
        ".mcp.json",
        r#"{"mcpServers":{"a":{"command":"uvx","args":["git+https://T@git.contoso.com/a/b.git"]}}}"#,
    ),
    // Values that are a part of a text.
    (
        ".mcp.json",
        r#"{"mcpServers":{"a":{"type":"http","url":"http://mcp.contoso.com/mcp","headers":["Authorization: Bearer T"]}}}"#,
    ),
    (".mcp.json", r#"{"mcpServers":{"a":{"command":"a-mcp","env":["SOME_TOKEN=T","B=1"]}}}"#),
    (
        ".mcphost.json",
        r#"{"mcpServers":{"a":{"type":"remote","url":"http://mcp.contoso.com/mcp","headers":["Authorization: Bearer T"]}}}"#,
    ),
    (".mcphost.json", r#"{"mcpServers":{"a":{"command":["npx","a-mcp"],"env":["SOME_TOKEN=T"]}}}"#),
    (
        "Witsy/settings.json",
        r#"{"mcp":{"servers":[{"label":"a","type":"stdio","command":"npx","url":"-y a-mcp --token T"}]}}"#,
    ),
    (
        "config.toml",
        "[mcp]\nsse_servers = [\"http://mcp.contoso.com/sse?token=T\", {url = \"http://mcp.contoso.com/sse\", api_key = \"T\"}]\n",
    ),
];

/// Pieces of eight characters of the tokens. The start of a format is the same for everybody.
fn pieces(tokens: &[String]) -> BTreeSet<Vec<u8>> {
    let body = |token: &String| token.as_bytes()[token.len() / 4..].to_owned();
    tokens.iter().flat_map(|token| pieces_of(&body(token))).collect()
}

fn pieces_of(text: &[u8]) -> Vec<Vec<u8>> {
    text.windows(8).map(<[u8]>::to_vec).collect()
}

/// The lines of an output in which such a piece stands.
fn leaks(output: &str, pieces: &BTreeSet<Vec<u8>>) -> Vec<String> {
    output
        .lines()
        .filter(|line| line.as_bytes().windows(8).any(|piece| pieces.contains(piece)))
        .map(str::to_owned)
        .collect()
}

/// The text without colours, which might stand inside of a token.
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn the_search_for_leaks_finds_one() {
    let token = expand("{{secret:github-pat}}");
    let pieces = pieces(std::slice::from_ref(&token));
    assert_eq!(leaks(&format!("a\nb {token} c\nd"), &pieces).len(), 1);
    assert_eq!(leaks(&format!("a {}", &token[20..28]), &pieces).len(), 1);
    let coloured = format!("\u{1b}[1m{}\u{1b}[0m{}", &token[..24], &token[24..]);
    assert_eq!(leaks(&plain(&coloured), &pieces).len(), 1);
    assert!(leaks("…a1b2", &pieces).is_empty());
}

#[test]
fn no_output_holds_a_secret() {
    let world = World::new();
    let mut tokens = Vec::new();
    for format in FORMATS {
        let token = expand(&format!("{{{{secret:{format}}}}}"));
        for (number, (file, text)) in PLACES.iter().enumerate() {
            let text = text.replace("TOKEN", "\u{1}").replace('T', &token);
            world.file(&format!("{format}/{number}/{file}"), &text.replace('\u{1}', "TOKEN"));
        }
        tokens.push(token);
    }
    let pieces = pieces(&tokens);
    let mut faults = Vec::new();
    for options in [
        &["--format", "text"][..],
        &["--color", "always", "--verbose", "--persona", "auditor", "--min-severity", "info"],
        &["--format", "json", "--persona", "auditor"],
        &["--format", "sarif", "--persona", "auditor"],
        &["--format", "markdown", "--persona", "auditor"],
        &["--format", "github", "--persona", "auditor"],
        &["--format", "gitlab", "--persona", "auditor"],
        &["--format", "junit", "--persona", "auditor"],
        &["--format", "rdjson", "--persona", "auditor"],
        &["--format", "cyclonedx", "--persona", "auditor"],
    ] {
        let mut args = vec!["scan", "--fail-on", "none", "--allow-incomplete"];
        args.extend(options);
        args.push(".");
        let ran = world.run(&args);
        // GitHub keeps few annotations, so that there are no more.
        let least = if options.contains(&"github") { 20 } else { FORMATS.len() * PLACES.len() };
        let finished = ran.ended(0).stdout.len() > 100 * least;
        assert!(finished, "{}\n{}", ran.stdout, ran.stderr);
        let output = plain(&ran.stdout) + &plain(&ran.stderr);
        let found = leaks(&output, &pieces).into_iter();
        faults.extend(found.map(|line| format!("{options:?}: {}", line.trim())));
    }
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "{} leaks:\n{}", faults.len(), faults.join("\n"));
}

/// Places whose names say that `V` is secret, whatever it looks like.
const NAMED: &[&str] = &[
    r#"{"command":"a-mcp","args":["--db","V"],"env":{"DB_PASSWORD":"V"}}"#,
    r#"{"command":"a-mcp","args":["--password","V"]}"#,
    r#"{"command":"a.exe","args":["/password:'V'"]}"#,
    r#"{"command":"a-mcp","args":["--config","{\"password\":\"V\"}"]}"#,
    r#"{"command":"sh","args":["-c","export DB_PASSWORD='V'; exec a-mcp"]}"#,
    r#"{"command":"a-mcp","auth":{"type":"x","value":"V"},"args":["V"]}"#,
    r#"{"command":"curl","args":["-u","bob:V","https://mcp.contoso.com/x"]}"#,
    r#"{"command":"sh","args":["-c","curl -u 'bob:V' https://mcp.contoso.com/x"]}"#,
    r#"{"url":"https://mcp.contoso.com/x","headersHelper":"acme --token 'V'"}"#,
    r#"{"url":"https://mcp.contoso.com/x","headersHelper":"TOKEN='V' acme"}"#,
];

#[test]
fn a_value_that_no_format_tells_is_not_shown_either() {
    let values = [
        "quiet water runs deep",
        "Falcon{7}x",
        "Falcon$24",
        "100%Falcon",
        "$ecret-Falcon",
        "abcd&efghQ9x",
        "Ee4$JJJ9xy",
    ];
    let mut faults = Vec::new();
    for (value, entry) in values.iter().flat_map(|value| NAMED.iter().map(move |e| (value, e))) {
        let world = World::new();
        let entry = entry.replace('V', value);
        // The last four characters may be shown.
        let most = value.get(value.len().saturating_sub(9)..).unwrap();
        world.file(".mcp.json", &format!(r#"{{"mcpServers":{{"a":{entry}}}}}"#));
        for format in [
            "json",
            "text",
            "sarif",
            "markdown",
            "github",
            "gitlab",
            "junit",
            "rdjson",
            "cyclonedx",
        ] {
            let args =
                ["scan", "--format", format, "--persona", "auditor", "--fail-on", "none", "."];
            let ran = world.run(&args);
            if ran.ended(0).stdout.contains(most) {
                faults.push(format!("{format}: {entry}"));
            }
        }
        world.run(&["pin"]).ended(0);
        let lock = std::fs::read_to_string(world.work("mcp-guard.lock")).unwrap();
        if lock.contains(most) {
            faults.push(format!("lock: {entry}"));
        }
    }
    assert!(faults.is_empty(), "{} leaks:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn no_complaint_repeats_what_a_file_holds() {
    let world = World::new();
    world.file(".mcp.json", r#"{"mcpServers":{"a":{"command":"a-mcp"}}}"#);
    let token = expand("{{secret:github-pat}}");
    let words = format!("machine contoso.com login ada password Tr0ub4dor-and-3 {token}\n");
    let baseline =
        format!(r#"{{"schema":"mcp-guard/baseline/v1","findings":"{token} Tr0ub4dor"}}"#);
    let settings = format!("version: 1\nscan:\n  fail_on: {token}\n");
    for (file, text, args) in [
        ("house/a.yaml", words.as_str(), &["scan", "--rules", "house", "."][..]),
        ("known.json", &baseline, &["scan", "--baseline", "known.json", "."]),
        ("mcp-guard.lock", &words, &["pin"]),
        ("other.yaml", &settings, &["scan", "--config", "other.yaml", "."]),
    ] {
        world.bytes(file, text.as_bytes());
        let ran = world.run(args).ended(2).stderr.clone();
        assert!(ran.contains(file) || ran.contains("mcp-guard.lock"), "{ran}");
        assert!(!ran.contains("Tr0ub4dor") && !ran.contains(&token[..20]), "{ran}");
    }
    #[cfg(unix)]
    {
        std::fs::remove_file(world.work("mcp-guard.lock")).unwrap();
        std::fs::write(world.outside("netrc"), &words).unwrap();
        std::os::unix::fs::symlink("../netrc", world.work("mcp-guard.lock")).unwrap();
        let ran = world.run(&["pin"]);
        ran.ended(2).complains(&["leads out of its directory"]);
        assert!(!ran.stderr.contains("contoso"), "{}", ran.stderr);
    }
}
