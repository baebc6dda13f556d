use super::{FULL, read, resolve, variables};
use crate::config::{AuthMode, ChildSpec, Config, Front, HttpSpec, Route, Transport, Uses};
use crate::policy::Decision;
use secrecy::ExposeSecret;

#[test]
fn every_key_has_its_effect() {
    let config = resolve(FULL).unwrap();
    insta::assert_debug_snapshot!(config);
    let secrets: Vec<&str> =
        config.auth.keys.iter().map(|key| key.secret.expose_secret()).collect();
    assert_eq!(secrets, ["ci-key-of-twenty-bytes", "a-bare-key-of-some-length"]);
    let filesystem = child(&config, 0);
    assert_eq!(filesystem.args.last().unwrap(), "7");
    assert_eq!(filesystem.env[2].1.expose_secret(), "search-token-value");
    let (_, authorization) = &http(&config, 1).headers[0];
    assert_eq!(authorization, "Bearer search-token-value");
    assert!(authorization.is_sensitive());
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    insta::assert_debug_snapshot!(resolve("").unwrap());
    let config = resolve("servers: {a: {command: x}, b: {url: 'http://localhost:1'}}").unwrap();
    insta::assert_debug_snapshot!(config.servers);
}

fn child(config: &Config, at: usize) -> &ChildSpec {
    match &config.servers[at].transport {
        Transport::Child(child) => child,
        Transport::Http(_) => panic!("{at} is remote"),
    }
}

fn http(config: &Config, at: usize) -> &HttpSpec {
    match &config.servers[at].transport {
        Transport::Http(http) => http,
        Transport::Child(_) => panic!("{at} is a process"),
    }
}

#[test]
fn the_lists_of_the_file_decide_together() {
    let tools = resolve(FULL).unwrap().tools;
    let denied = |rule: &str| Decision::Denied { rule: rule.to_owned() };
    for (server, tool, decision) in [
        ("filesystem", "read_file", Decision::Allowed),
        ("filesystem", "write_file", Decision::Allowed),
        ("filesystem", "write_secret", denied("servers.filesystem.deny: write_secret")),
        ("filesystem", "delete_file", denied("policies.deny: filesystem.delete_file")),
        ("filesystem", " Delete_File", denied("policies.deny: filesystem.delete_file")),
        ("filesystem", "query", denied("servers.filesystem.allow")),
        ("search", "query", Decision::Allowed),
        ("search", "write_secret", Decision::Allowed),
        ("search", "DROP_TABLE", denied("policies.tool_denylist: drop_table")),
        ("search", "other", denied("policies.tool_allowlist")),
        ("other", "query", denied("policies.allow")),
    ] {
        assert_eq!(tools.decision(server, tool), decision, "{server} {tool}");
    }
}

#[test]
fn paths_start_from_the_file_and_from_home() {
    let text = "servers:\n  a: {command: ./bin/a, args: [./x], cwd: ~}\n  \
                b: {command: '~/bin/b', cwd: ../up}\n  c: {command: /usr/bin/c}\n  \
                d: {command: node}\npolicies: {audit_log: audit.jsonl}\nstate: sqlite://s.db\n";
    // A bare `~` is null in YAML.
    assert_eq!(super::faults(text), "2:43: this must be text, and is nothing");
    let config = resolve(&text.replace("cwd: ~}", "cwd: '~'}")).unwrap();
    let commands: Vec<_> =
        (0..4).map(|at| child(&config, at).command.display().to_string()).collect();
    assert_eq!(commands, ["/srv/repo/bin/a", "/home/u/bin/b", "/usr/bin/c", "node"]);
    assert_eq!(child(&config, 0).args, ["./x"]);
    assert_eq!(child(&config, 0).cwd.as_ref().unwrap().display().to_string(), "/home/u");
    assert_eq!(child(&config, 1).cwd.as_ref().unwrap().display().to_string(), "/srv/repo/../up");
    assert_eq!(config.audit_log.unwrap().display().to_string(), "/srv/repo/audit.jsonl");
    assert_eq!(config.state.unwrap().to_string(), "/srv/repo/s.db");
}

#[test]
fn where_the_state_is_can_be_asked_alone() {
    let nothing = |_: &str| None;
    for (text, wanted) in [
        ("", "/home/u/.mcp-guard/state.db"),
        ("auth: {mode: api_key, keys: ['${NO}']}\nstate: sqlite://s.db", "/srv/repo/s.db"),
        ("servers: {a: {url: '${NO}'}}\nstate: 'sqlite://${NO:-~/d}.db'", "/home/u/d.db"),
    ] {
        let state = read(text).unwrap().state(&nothing).unwrap().unwrap();
        assert_eq!(state.to_string(), wanted, "{text}");
    }
    let set = |name: &str| (name == "AT").then(|| "sqlite:///s".to_owned());
    let file = read("listen: '${NO}'\nstate: ${AT}/t.db").unwrap();
    assert_eq!(file.state(&set).unwrap().unwrap().to_string(), "/s/t.db");
    assert_eq!(
        super::lines(&file.state(&nothing).unwrap_err()),
        "2:8: state: the variable `AT` is not set and has no default"
    );
}

#[test]
fn what_is_no_state_is_a_fault() {
    for (url, wanted) in [
        ("postgres://ann:secret@db/x", "known but not supported"),
        ("state.db", "write sqlite://PATH"),
        ("sqlite://", "the path of the file is missing"),
        ("sqlite://:memory:", "the path of the file is missing"),
        ("sqlite://s.db?mode=ro", "options"),
        ("sqlite://~bob/s.db", "home directory"),
    ] {
        let told = super::faults(&format!("state: '{url}'"));
        assert!(told.contains(wanted) && !told.contains("secret"), "{url}: {told}");
    }
}

#[test]
fn the_published_format_keeps_working() {
    let config = resolve(
        "auth:\n  mode: api_key\n  keys: ['${CI_KEY}', another-key-of-some-length]\n\
         policies:\n  tool_allowlist: [a, b]\n  tool_denylist: [b]\n  audit_log: ./audit.jsonl\n\
         servers:\n  first:\n    command: npx -y '@scope/a b' --root ${WORDS}\n    \
         env: {K: '${N}'}\n  second: {command: python server.py, args: []}\n\
         routes:\n  - {mode: tool, tool_name: a, target: first}\n  - {mode: default, target: second}\n",
    )
    .unwrap();
    let ids: Vec<&str> = config.auth.keys.iter().map(|key| key.id.as_str()).collect();
    assert_eq!((config.auth.mode, ids), (AuthMode::ApiKey, vec!["agent-1", "agent-2"]));
    let first = child(&config, 0);
    assert_eq!(first.command.display().to_string(), "npx");
    assert_eq!(first.args, ["-y", "@scope/a b", "--root", "two words"]);
    assert_eq!(child(&config, 1).command.display().to_string(), "python server.py");
    assert_eq!(config.routes[1], Route::Default { target: "second".to_owned() });
    assert!(matches!(config.tools.decision("first", "b"), Decision::Denied { .. }));
    assert_eq!(config.tools.decision("second", "a"), Decision::Allowed);
}

#[test]
fn only_variables_of_what_is_used_must_be_set() {
    let text = "auth: {mode: api_key, keys: ['${NO_KEY}', '${CI_KEY}']}\nlisten: '${NO_ADDRESS}'\n\
                servers:\n  a: {command: x, env: {A: '${N}'}}\n  b: {command: x, args: ['${NO}']}\n";
    let file = read(text).unwrap();
    let config = file.resolve(&Uses::server("a", Front::Stdio), &variables).unwrap();
    assert_eq!((config.servers.len(), config.listen), (1, None));
    // The place in the list stays the name.
    assert_eq!(config.auth.keys[0].id, "agent-2");
    insta::assert_snapshot!(super::lines(&config.warnings), @"1:30: auth.keys[0]: the variable `NO_KEY` is not set and has no default; this key is left out");
    let faults = file.resolve(&Uses::server("b", Front::Http), &variables).unwrap_err();
    insta::assert_snapshot!(super::lines(&faults), @r"
    1:30: auth.keys[0]: the variable `NO_KEY` is not set and has no default
    2:9: listen: the variable `NO_ADDRESS` is not set and has no default
    5:26: servers.b.args[0]: the variable `NO` is not set and has no default
    ");
    let faults = file.resolve(&Uses::server("aa", Front::Stdio), &variables).unwrap_err();
    assert_eq!(super::lines(&faults), "4:3: there is no server `aa`; did you mean `a`?");
    insta::assert_snapshot!(super::lines(&file.unset(&variables)), @r"
    1:30: the variable `NO_KEY` is not set here
    2:9: the variable `NO_ADDRESS` is not set here
    5:26: the variable `NO` is not set here
    ");
}

#[test]
fn the_command_line_can_name_what_is_run() {
    let child_spec = ChildSpec::new("uvx", vec!["mcp".to_owned()]);
    let text = "servers:\n  a: {timeout: 5s, deny: [x], max_instances: 2}\n  \
                b: {command: other, env: {K: '${NO}'}}\n";
    let file = read(text).unwrap();
    let of = |name: &str| file.resolve(&Uses::wrapped(name, child_spec.clone()), &variables);
    let config = of("a").unwrap();
    assert_eq!(config.servers[0].timeout.as_secs(), 5);
    let run = child(&config, 0);
    assert_eq!((run.command.as_os_str().to_str(), run.max_instances), (Some("uvx"), 2));
    assert!(matches!(config.tools.decision("a", "x"), Decision::Denied { .. }));
    let config = of("b").unwrap();
    assert_eq!(child(&config, 0).command.as_os_str(), "uvx");
    insta::assert_snapshot!(super::lines(&config.warnings), @r"
    3:16: `command` does not count: the command line names what is run
    3:28: `env` does not count: the command line names what is run
    ");
    let config = of("not-there").unwrap();
    assert_eq!((config.servers[0].name.as_str(), config.servers.len()), ("not-there", 1));
    assert!(of("Not There").is_err());
    // Nothing else can run what only a client's file describes.
    let faults = file.resolve(&Uses::server("a", Front::Stdio), &variables).unwrap_err();
    assert!(super::lines(&faults).contains("neither `command` nor `url`"));
    let text = "servers: {a: {deny: [x]}, b: {command: y}}\n";
    let config = resolve(text).unwrap();
    assert_eq!((config.servers.len(), config.servers[0].name.as_str()), (1, "b"));
    assert!(
        super::lines(&config.warnings)
            .contains("`a` has neither `command` nor `url` and is left out")
    );
    let routed = format!("{text}routes: [{{mode: default, target: a}}]");
    assert!(read(&routed).is_ok());
    assert_eq!(super::faults(&routed), "2:34: there is no server `a`");
}
