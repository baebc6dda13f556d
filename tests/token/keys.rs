//! Keys are made, listed and revoked, and no key stays behind.

use std::path::Path;

use mcp_guard_gateway::state::{KeyStore as _, Location, State};
use serde_json::Value;

use super::mask::masked;
use super::support::run::World;
use super::support::{expand, files, root};
use super::{key, last_four, made, tokens};

#[test]
fn a_key_is_made_listed_and_revoked() {
    let world = World::new();
    let first = world.run(&["token", "create", "--id", "ci", "--note", "nightly\u{202e}build"]);
    let first_key = key(&first);
    let second =
        world.run(&["token", "create", "--id", "ann@example.org", "--expires", "2100-01-31"]);
    let second_key = key(&second);
    let keys = [first_key.as_str(), second_key.as_str()];
    insta::assert_snapshot!("create", masked(&world, &first, &keys));
    insta::assert_snapshot!("create_that_expires", masked(&world, &second, &keys));
    let revoked = world.run(&["token", "revoke", "ci"]);
    insta::assert_snapshot!("revoke", masked(&world, &revoked, &keys));
    // Keys of one second are sorted by their ids.
    insta::assert_snapshot!("list", sorted(&masked(&world, &world.run(&["token", "list"]), &keys)));
    assert!(world.home(".mcp-guard/state.db").is_file());
    let quiet = world.run(&["token", "create", "--quiet"]);
    key(&quiet);
    assert_eq!(quiet.stderr, "");
}

fn sorted(table: &str) -> String {
    let (head, rows) = table.split_once("NOTE\n").unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.sort_unstable();
    format!("{head}NOTE\n{}", rows.join("\n"))
}

#[test]
fn the_key_is_kept_nowhere() {
    let world = World::new();
    let first = made(&world, &["--id", "ci", "--note", "n"]);
    // Whoever uses the state keeps the log beside it, in which the last changes stand.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let location = Location::parse(Location::USUAL, Some(&world.home("")), Path::new("/")).unwrap();
    let state = runtime.block_on(async {
        let state = State::open(&location).await.unwrap();
        assert_eq!(state.keys().await.unwrap().records.len(), 1);
        state
    });
    let keys = [first, made(&world, &["--id", "ci"]), made(&world, &["--id", "ci", "--json"])];
    world.run(&["token", "revoke", last_four(&keys[0])]).ended(0);
    let found = bytes(&world.home(""));
    let listed = world.run(&["token", "list"]);
    let json = world.run(&["token", "list", "--json"]);
    let log = found.iter().find(|(name, _)| name == ".mcp-guard/state.db-wal");
    let log = &log.expect("the log beside the state").1;
    assert!(holds(log, last_four(&keys[1])), "the log holds what was changed last");
    for key in &keys {
        let body = key.strip_prefix("mcpg_").unwrap();
        for (name, bytes) in &found {
            assert!(!holds(bytes, body), "{name}");
        }
        for ran in [&listed, &json] {
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!said.contains(body) && said.contains(last_four(key)), "{said}");
        }
        let revoked = world.run(&["token", "revoke", key]);
        revoked.ended(2).complains(&["its last four characters, not by itself"]);
        assert!(!revoked.stderr.contains(body), "{}", revoked.stderr);
    }
    runtime.block_on(state.close());
}

#[test]
fn json_fits_its_schema() {
    let schema = std::fs::read_to_string(root().join("docs/tokens-v1.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    let schema = jsonschema::draft202012::new(&schema).unwrap();
    let world = World::new();
    let empty = world.run(&["token", "list", "--json"]).ended(0).json();
    assert!(schema.is_valid(&empty) && empty["tokens"] == Value::Array(Vec::new()), "{empty}");
    let create =
        ["token", "create", "--json", "--id", "ci", "--expires", "12h", "--note", "a \"b\""];
    let created = world.run(&create).ended(0).json();
    assert!(schema.is_valid(&created), "{created}");
    let token = &created["tokens"][0];
    let key = token["key"].as_str().unwrap();
    assert_eq!(token["last_four"].as_str(), Some(last_four(key)));
    assert_eq!(token["status"], "valid");
    assert_eq!(token["note"], "a \"b\"");
    made(&world, &[]);
    world.run(&["token", "revoke", "ci"]).ended(0);
    let list = world.run(&["token", "list", "--json"]).ended(0).json();
    assert!(schema.is_valid(&list), "{list}");
    let statuses: Vec<(&str, &str)> = list["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .map(|token| (token["id"].as_str().unwrap(), token["status"].as_str().unwrap()))
        .collect();
    assert!(statuses.contains(&("ci", "revoked")) && statuses.contains(&("token-1", "valid")));
    assert_eq!(list["state"], created["state"]);
    assert!(
        !schema.is_valid(&serde_json::json!({ "schema": "mcp-guard/tokens/v2", "tokens": [] }))
    );
}

#[test]
fn a_secret_in_a_note_is_not_told() {
    let world = World::new();
    let secret = expand("{{secret:github-pat}}");
    let created = world.run(&["token", "create", "--json", "--note", &format!("for {secret}")]);
    let said = [created, world.run(&["token", "list"]), world.run(&["token", "list", "--json"])];
    for ran in said {
        ran.ended(0).says(&["for "]);
        assert!(!ran.stdout.contains(&secret), "{}", ran.stdout);
    }
}

#[test]
fn keys_without_an_id_are_numbered() {
    let world = World::new();
    for _ in 0..2 {
        made(&world, &[]);
    }
    world.run(&["token", "revoke", "token-2"]).ended(0);
    made(&world, &["--id", "token-x"]);
    made(&world, &[]);
    let mut ids: Vec<String> =
        tokens(&world, &[]).iter().map(|token| token["id"].as_str().unwrap().to_owned()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["token-1", "token-2", "token-3", "token-x"]);
}

#[test]
fn what_could_mean_several_keys_revokes_none() {
    let world = World::new();
    let keys = [
        made(&world, &["--id", "ann", "--note", "laptop"]),
        made(&world, &["--id", "ann", "--note", "phone\u{200b}"]),
        made(&world, &["--id", "anton"]),
    ];
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    let several = world.run(&["token", "revoke", "ann"]);
    several.ended(2).complains(&["`ann` could mean any of these", "laptop", "phone\u{fffd}"]);
    let masked = masked(&world, &several, &names);
    assert!(masked.contains("…[k0]") && masked.contains("…[k1]"), "{masked}");
    assert!(!masked.contains("[k2]"), "{masked}");
    world.run(&["token", "revoke", "an"]).ended(2).complains(&["anton", "laptop", "phone"]);
    assert!(tokens(&world, &[]).iter().all(|token| token["status"] == "valid"));

    world.run(&["token", "revoke", "ant"]).ended(0).complains(&["revoked anton"]);
    world.run(&["token", "revoke", last_four(&keys[0])]).ended(0);
    world.run(&["token", "revoke", "ann"]).ended(0);
    let again = world.run(&["token", "revoke", "ann"]);
    again.ended(2).complains(&[last_four(&keys[0]), last_four(&keys[1]), "was revoked before"]);
    let unknown = world.run(&["token", "revoke", "bob\u{1b}[2J"]);
    unknown.ended(2).complains(&["there is no API key `bob\u{fffd}[2J`", "token list"]);
    world.run(&["token", "revoke", "antin"]).ended(2).complains(&["did you mean `anton`?"]);
    world.run(&["token", "revoke", ""]).ended(2);
}

/// A key that nobody has received is not left valid.
#[cfg(target_os = "linux")]
#[test]
fn a_key_that_cannot_be_printed_is_revoked() {
    use std::process::Stdio;

    let world = World::new();
    let full = || Stdio::from(std::fs::File::options().write(true).open("/dev/full").unwrap());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let cases = [(full(), "No space left"), (Stdio::from(writer), "nobody reads it")];
    for (at, (stdout, why)) in cases.into_iter().enumerate() {
        let mut command = world.command(&["token", "create", "--id", "ci"]);
        command.stdin(Stdio::null()).stdout(stdout);
        let output = command.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(why) && stderr.contains("it was revoked again"), "{stderr}");
        let tokens = tokens(&world, &[]);
        assert_eq!(tokens.len(), at + 1);
        assert!(tokens.iter().all(|token| token["status"] == "revoked"), "{tokens:?}");
    }
}

/// Several shells may make keys at once, also where there is no state yet.
#[test]
fn keys_can_be_made_at_the_same_time() {
    let world = World::new();
    let keys: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..6).map(|_| scope.spawn(|| made(&world, &["--id", "ci"]))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let tokens = tokens(&world, &[]);
    assert_eq!(tokens.len(), keys.len());
    for key in &keys {
        assert!(tokens.iter().any(|token| token["last_four"] == last_four(key)));
    }
}

/// Every byte below a directory.
fn bytes(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |(name, path): (String, _)| (name, std::fs::read(path).unwrap());
    files(directory).into_iter().map(read).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
