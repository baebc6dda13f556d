use super::{faults, lines, read, resolve};

#[test]
fn all_faults_of_a_file_are_told_at_once() {
    let text = "version: 2\nlistn: 8787\npolcies: {}\nroles: {r: {allow: [x]}}\nextends: [a]\n\
                auth: {mode: apikey, jwt_secret: x, keys: [{key: a-key-of-enough-length, roles: [r]}]}\n\
                servers:\n  A b: {command: x}\n  both: {command: x, url: 'https://e.example'}\n  \
                none: {}\n  stray: {command: x, headers: {}, transport: sse}\n  \
                remote: {url: 'ftp://e.example', args: [x], env: {}, cwd: /, max_instances: 1}\n  \
                user: {url: 'https://u:p@e.example/'}\n  listed: [x]\n\
                routes:\n  - {mode: tool, target: both}\n  - {mode: default, tool_name: x, target: bth}\n  \
                - {target: none}\n  - {mode: default, target: none}\n  - {mode: default, target: none}\n\
                policies:\n  rules: []\n  deny: ['a.[', read_file]\n  allow: []\n  tool_denylist: ['x*']\n  \
                rate_limit: {}\n  audit_log: {path: x, mode: strict}\n\
                state: postgres://x\nrefusals: never\nhttp: {max_body: 1, header_timeout: 10, \
                allowed_origins: ['https://a.example/x'], allowed_hosts: ['a b']}\n";
    insta::assert_snapshot!(faults(text));
}

#[test]
fn what_keeps_a_file_from_being_read_has_its_place() {
    for (bytes, wanted) in [
        (&b"a: [1"[..], "the YAML is broken here"),
        (b"a: 'x", "1:4: a string is not closed before this place"),
        (b"auth:\n\tmode: none", "2:1: YAML is indented with spaces; replace the tab"),
        (b"a: &x [*x]", "1:8: this alias stands inside of its own value"),
        (b"a: *x", "1:4: this alias names no anchor"),
        (b"a: !x y", "tags are not read here"),
        (b"version: 1\n---\nversion: 1", "2:1: a configuration file is one document"),
        (b"version: 1 # \xff", "1:14: what stands here is not UTF-8"),
        (b"? [a]\n: b", "1:3: a key must be text"),
        (b"- 1", "1:1: the file must be a map, and this is a list"),
    ] {
        let text = String::from_utf8_lossy(bytes);
        let path = std::path::Path::new("/x");
        let faults = crate::config::ConfigFile::read(bytes, path, path, None).expect_err(&text);
        assert!(lines(&faults).contains(wanted), "{text}\n{}", lines(&faults));
    }
}

#[test]
fn keys_of_callers_are_told_apart() {
    let long = "a-key-of-enough-length";
    for (keys, wanted) in [
        (format!("[{long}, {long}]"), "this key is the same as key 1; nobody could tell"),
        (
            format!("[{{id: a, key: {long}}}, {{id: a, key: {long}2}}]"),
            "the id `a` stands at key 1",
        ),
        (format!("[{long}, {{id: agent-1, key: {long}2}}]"), "the id `agent-1` stands at key 1"),
        ("['']".to_owned(), "this key is empty"),
        ("['${EMPTY}']".to_owned(), "this key is empty"),
        ("['${NO:-}']".to_owned(), "this key is empty"),
        ("['${NO}']".to_owned(), "auth.keys[0]: the variable `NO` is not set"),
        ("[{id: a}]".to_owned(), "this entry needs a `key`"),
        ("[[x]]".to_owned(), "this must be text, and is a list"),
        ("['${WORDS}']".to_owned(), "a key takes visible ASCII characters"),
        (format!("[{{id: 'a b', key: {long}}}]"), "an id takes letters"),
        (long.to_owned(), "this must be a list, and is text"),
    ] {
        let told = faults(&format!("auth: {{mode: api_key, keys: {keys}}}"));
        assert!(told.contains(wanted), "{keys}\n{told}");
        for secret in [long, "two words"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
    let warnings = resolve("auth: {mode: api_key, keys: ['${SHORT}']}").unwrap().warnings;
    assert_eq!(lines(&warnings), "1:30: this key is shorter than 16 characters; it can be guessed");
}

#[test]
fn keys_without_a_mode_that_asks_for_them_are_told() {
    let keys = "keys: [a-key-of-enough-length]";
    assert!(faults(&format!("auth: {{{keys}}}")).contains("say the mode"));
    let config = resolve(&format!("auth: {{mode: none, {keys}}}")).unwrap();
    assert!(lines(&config.warnings).contains("no key is asked for"));
    assert!(faults("auth: {require_on_stdio: true}").contains("only with `mode: api_key`"));
    for mode in ["jwt", "os", "oauth2"] {
        let told = faults(&format!("auth: {{mode: {mode}}}"));
        assert!(told.contains("known but not supported by this version yet"), "{told}");
    }
    assert_eq!(
        faults("auth: {mode: apikey}"),
        "1:14: unknown value `apikey`; did you mean `api_key`?"
    );
}

#[test]
fn credentials_for_servers_are_never_empty() {
    for (server, wanted) in [
        ("url: 'https://e.example', headers: {Authorization: ''}", "credential in `authorization`"),
        (
            "url: 'https://e.example', headers: {Authorization: 'Bearer ${EMPTY}'}",
            "credential in `authorization`",
        ),
        ("url: 'https://e.example', headers: {X-Api-Key: '${NO:-}'}", "credential in `x-api-key`"),
        ("command: x, env: {API_TOKEN: '${EMPTY}'}", "the credential `API_TOKEN` is empty"),
        ("url: 'https://e.example', headers: {A b: x}", "`A b` is no name of a header"),
        ("url: 'https://e.example', headers: {a: x, A: y}", "stands here a second time"),
        ("url: 'https://e.example', headers: {Host: x}", "sends the header `host` itself"),
        ("url: 'https://e.example', headers: {a: \"x\\ny\"}", "holds what no header can"),
        ("url: 'https://e.example/#x'", "from `#` on"),
        ("url: 'e.example/mcp'", "this is no URL"),
        ("url: 'https://u@e.example'", "holds no user"),
        ("command: 'a \"b'", "is never closed"),
        ("command: ' '", "the command is empty"),
        ("command: x, args: y", "this must be a list, and is text"),
        ("command: x, env: {A=B: x}", "no name of an environment variable"),
        ("command: x, timeout: 60", "write a number and its unit"),
        ("command: x, max_instances: 0", "a whole number from 1"),
    ] {
        let told = faults(&format!("servers: {{a: {{{server}}}}}"));
        assert!(told.contains(wanted), "{server}\n{told}");
    }
    let empty = "servers: {a: {command: x, env: {LANG: ''}, args: ['']}}";
    assert!(resolve(empty).is_ok(), "only credentials must say something");
}

#[test]
fn what_a_variable_holds_is_never_told() {
    let secret = |name: &str| (name == "S").then(|| "the secret value".to_owned());
    for text in [
        "listen: '${S}'",
        "auth: {mode: '${S}'}",
        "refusals: '${S}'",
        "state: '${S}'",
        "servers: {a: {command: x, timeout: '${S}', bridge: '${S}', max_instances: '${S}'}}",
        "servers: {a: {url: '${S}', transport: '${S}'}}",
        "servers: {a: {url: 'https://e.example', headers: {x: \"${S}\\n\"}, deny: ['[${S}']}}",
        "servers: {a: {command: x}}\nroutes: [{mode: '${S}', target: '${S}'}]",
        "policies: {deny: ['${S}', '[${S}'], tool_denylist: ['${S}*']}",
        "auth: {mode: api_key, require_on_stdio: '${S}', keys: [{id: '${S}', key: '${S}'}]}",
        "http: {max_body: '${S}', header_timeout: '${S}', allowed_origins: ['${S}'], \
         allowed_hosts: ['${S}']}",
    ] {
        let file = read(text).unwrap();
        let faults = file.resolve(&crate::config::Uses::all(), &secret).expect_err(text);
        assert!(!lines(&faults).contains("secret value"), "{text}\n{}", lines(&faults));
    }
}

#[test]
fn a_pattern_for_a_server_that_is_not_there_is_a_warning() {
    let file = read("servers: {files: {command: x}}\npolicies: {deny: ['file.x', '*.x', 'f*.y']}");
    assert_eq!(
        lines(file.unwrap().warnings()),
        "2:19: there is no server `file`; did you mean `files`?"
    );
    assert!(read("policies: {deny: ['file.x']}").unwrap().warnings().is_empty());
}
