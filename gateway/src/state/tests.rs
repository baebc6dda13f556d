use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::*;

/// A directory of one user with a state in it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn location(&self) -> Location {
        Location::parse("sqlite://own/state.db", None, self.0.path()).unwrap()
    }

    async fn open(&self) -> Result<State, StateError> {
        State::open_within(&self.location(), Duration::from_millis(50)).await
    }

    /// The same file, past everything that the state guards.
    async fn raw(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.location().path());
        options.create_if_missing(true).connect().await.unwrap()
    }

    async fn execute(&self, sql: &'static str) {
        let mut connection = self.raw().await;
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn record(state: &State, key: &str, last_four: &str) -> KeyRecord {
    KeyRecord {
        hash: state.pepper().hash(key),
        id: "ci".to_owned(),
        last_four: last_four.to_owned(),
        note: "for the build".to_owned(),
        created: at(1000),
        expires: Some(at(2000)),
        revoked: None,
    }
}

#[tokio::test]
async fn keys_outlive_the_process() {
    let place = Place::new();
    let state = place.open().await.unwrap();
    let first = record(&state, "one", "aaaa");
    let second = KeyRecord { expires: None, created: at(1001), ..record(&state, "two", "bbbb") };
    assert!(state.add_key(&first).await.unwrap());
    assert!(state.add_key(&second).await.unwrap());
    assert!(state.revoke_key(first.hash, at(1500)).await.unwrap());
    state.close().await;

    let state = place.open().await.unwrap();
    let revoked = KeyRecord { revoked: Some(at(1500)), ..first.clone() };
    assert_eq!(state.keys().await.unwrap().records, [revoked, second]);
    assert_eq!(state.pepper().hash("one"), first.hash);
}

#[tokio::test]
async fn a_key_is_added_and_revoked_once() {
    let place = Place::new();
    let state = place.open().await.unwrap();
    let key = record(&state, "one", "aaaa");
    assert!(state.add_key(&key).await.unwrap());
    assert!(!state.add_key(&record(&state, "one", "bbbb")).await.unwrap());
    assert!(!state.add_key(&record(&state, "two", "aaaa")).await.unwrap());
    assert!(!state.revoke_key(state.pepper().hash("two"), at(1)).await.unwrap());
    assert!(state.revoke_key(key.hash, at(1500)).await.unwrap());
    assert!(!state.revoke_key(key.hash, at(1600)).await.unwrap());
    assert_eq!(state.keys().await.unwrap().records[0].revoked, Some(at(1500)));
}

#[tokio::test]
async fn every_change_by_anybody_makes_another_revision() {
    let place = Place::new();
    let (state, other) = (place.open().await.unwrap(), place.open().await.unwrap());
    let mut seen = vec![state.keys_revision().await.unwrap()];
    let key = record(&other, "one", "aaaa");
    other.add_key(&key).await.unwrap();
    seen.push(state.keys_revision().await.unwrap());
    other.revoke_key(key.hash, at(1500)).await.unwrap();
    seen.push(state.keys_revision().await.unwrap());
    place.execute("DELETE FROM api_keys").await;
    seen.push(state.keys_revision().await.unwrap());
    assert_eq!(seen, [0, 1, 2, 3]);
    assert_eq!(state.keys().await.unwrap().revision, 3);
}

#[tokio::test]
async fn writes_are_durable_and_references_hold() {
    let place = Place::new();
    let state = place.open().await.unwrap();
    let query = "SELECT (SELECT journal_mode FROM pragma_journal_mode), \
                 (SELECT synchronous FROM pragma_synchronous), \
                 (SELECT foreign_keys FROM pragma_foreign_keys)";
    let settings: (String, i64, i64) = sqlx::query_as(query).fetch_one(state.pool()).await.unwrap();
    assert_eq!(settings, ("wal".to_owned(), 2, 1));
}

/// Threads of one process, each with connections of its own, as processes have them.
#[test]
fn twenty_open_a_fresh_state_at_once() {
    for _ in 0..5 {
        let place = Place::new();
        let start = std::sync::Barrier::new(20);
        let open = |number: usize| {
            start.wait();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let state = State::open(&place.location()).await.unwrap();
                let last_four = format!("{number:04}");
                assert!(state.add_key(&record(&state, &last_four, &last_four)).await.unwrap());
                state.pepper().proof()
            })
        };
        let open = &open;
        let proofs: Vec<[u8; 32]> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..20).map(|number| scope.spawn(move || open(number))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(proofs.iter().all(|proof| *proof == proofs[0]));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let keys = runtime.block_on(async { place.open().await.unwrap().keys().await.unwrap() });
        assert_eq!((keys.records.len(), keys.revision), (20, 20));
        let left: Vec<String> = fs::read_dir(place.path("own"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".new"))
            .collect();
        assert_eq!(left, [""; 0]);
    }
}

/// Where the processes of the test below find the state, and which key each of them adds.
const CHILD: &str = "MCP_GUARD_TEST_STATE";

#[tokio::test]
#[ignore = "a process of the test below"]
async fn one_of_twenty() {
    let value = std::env::var(CHILD).unwrap();
    let (directory, last_four) = value.split_once('#').unwrap();
    let location = Location::parse("sqlite://own/state.db", None, Path::new(directory)).unwrap();
    let state = State::open(&location).await.unwrap();
    assert!(state.add_key(&record(&state, last_four, last_four)).await.unwrap());
}

#[tokio::test]
async fn twenty_processes_open_a_fresh_state_at_once() {
    let place = Place::new();
    let spawn = |number: usize| {
        std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "state::tests::one_of_twenty", "--ignored"])
            .env(CHILD, format!("{}#{number:04}", place.0.path().display()))
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut children: Vec<_> = (0..20).map(spawn).collect();
    assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
    let state = place.open().await.unwrap();
    let records = state.keys().await.unwrap().records;
    assert_eq!(records.len(), 20);
    for record in records {
        assert_eq!(record.hash, state.pepper().hash(&record.last_four), "one pepper for all");
    }
}

#[tokio::test]
async fn a_state_that_others_lock_is_waited_for_and_then_refused() {
    let place = Place::new();
    let state = place.open().await.unwrap();
    let mut other = place.raw().await;
    let transaction = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let began = Instant::now();
    let error = state.add_key(&record(&state, "one", "aaaa")).await.unwrap_err();
    assert!(matches!(error, StateError::Locked(_)), "{error}");
    assert!(began.elapsed() >= Duration::from_millis(50));
    assert!(state.keys().await.unwrap().records.is_empty());
    transaction.rollback().await.unwrap();
    assert!(state.add_key(&record(&state, "one", "aaaa")).await.unwrap());
}

#[tokio::test]
async fn a_newer_state_is_left_alone() {
    let place = Place::new();
    place.open().await.unwrap().close().await;
    place.execute("PRAGMA user_version = 99").await;
    let before = fs::read(place.location().path()).unwrap();
    let error = place.open().await.unwrap_err();
    assert!(matches!(error, StateError::Newer { found: 99, known: schema::CURRENT, .. }));
    assert!(error.to_string().contains("upgrade mcp-guard"), "{error}");
    assert_eq!(fs::read(place.location().path()).unwrap(), before);
}

#[tokio::test]
async fn databases_of_others_are_left_alone() {
    for sql in ["CREATE TABLE theirs (x)", "PRAGMA user_version = 1", "PRAGMA application_id = 5"] {
        let place = Place::new();
        private::directory(&place.path("own")).unwrap();
        private::file(place.location().path(), b"").unwrap();
        place.execute(sql).await;
        let before = fs::read(place.location().path()).unwrap();
        let error = place.open().await.unwrap_err();
        assert!(matches!(error, StateError::Foreign(_)), "{sql}: {error}");
        assert_eq!(fs::read(place.location().path()).unwrap(), before, "{sql}");
        assert!(!place.location().pepper().exists());
    }
}

#[tokio::test]
async fn a_damaged_state_is_told() {
    let place = Place::new();
    private::directory(&place.path("own")).unwrap();
    private::file(place.location().path(), &b"no database ".repeat(500)).unwrap();
    let error = place.open().await.unwrap_err();
    assert!(matches!(error, StateError::Corrupt { .. }), "{error}");

    let place = Place::new();
    place.open().await.unwrap().close().await;
    let mut bytes = fs::read(place.location().path()).unwrap();
    bytes.iter_mut().skip(100).for_each(|byte| *byte = 0x5a);
    fs::write(place.location().path(), bytes).unwrap();
    let error = place.open().await.unwrap_err();
    assert!(matches!(error, StateError::Corrupt { .. }), "{error}");
}

#[tokio::test]
async fn values_that_make_no_sense_are_damage() {
    let place = Place::new();
    let state = place.open().await.unwrap();
    state.add_key(&record(&state, "one", "aaaa")).await.unwrap();
    place.execute("UPDATE api_keys SET created = 9223372036854775807").await;
    let error = state.keys().await.unwrap_err();
    assert!(matches!(error, StateError::Corrupt { .. }), "{error}");
}

/// What the system says when a disk is full or a file may not be written, said by `SQLite`.
#[tokio::test]
async fn full_and_read_only_are_told_apart() {
    let place = Place::new();
    place.open().await.unwrap().close().await;
    let path = place.location();
    let told = |error| StateError::database(path.path(), error);
    let mut connection = place.raw().await;
    let fill = "CREATE TABLE big (x); INSERT INTO big VALUES (randomblob(1000000));";
    sqlx::raw_sql("PRAGMA max_page_count = 1").execute(&mut connection).await.unwrap();
    let error = sqlx::raw_sql(fill).execute(&mut connection).await.unwrap_err();
    let error = told(error);
    assert!(matches!(error, StateError::Full(_)), "{error}");
    sqlx::raw_sql("PRAGMA query_only = 1").execute(&mut connection).await.unwrap();
    let error = sqlx::raw_sql(fill).execute(&mut connection).await.unwrap_err();
    let error = told(error);
    assert!(matches!(error, StateError::Denied { .. }), "{error}");
}

#[tokio::test]
async fn a_directory_that_cannot_be_is_told() {
    let place = Place::new();
    fs::write(place.path("own"), "a file").unwrap();
    let error = place.open().await.unwrap_err();
    assert!(error.to_string().contains("own"), "{error}");
}

#[tokio::test]
async fn a_pepper_is_missed_and_known_again() {
    let place = Place::new();
    let pepper = place.location().pepper();
    place.open().await.unwrap().close().await;
    assert_eq!(fs::read(&pepper).unwrap().len(), 32);

    let own = fs::read(&pepper).unwrap();
    fs::remove_file(&pepper).unwrap();
    let error = place.open().await.unwrap_err();
    assert!(matches!(error, StateError::PepperMissing { .. }), "{error}");
    assert!(!pepper.exists(), "a new one would make all keys worthless");

    private::file(&pepper, &[9; 32]).unwrap();
    let error = place.open().await.unwrap_err();
    assert!(matches!(error, StateError::PepperOfAnother { .. }), "{error}");

    for length in [0, 31, 33] {
        fs::write(&pepper, vec![9; length]).unwrap();
        let error = place.open().await.unwrap_err();
        assert!(matches!(error, StateError::PepperLength { found, .. } if found == length));
    }
    fs::write(&pepper, own).unwrap();
    place.open().await.unwrap();
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[tokio::test]
    async fn everything_is_its_owners_alone() {
        let place = Place::new();
        let state = place.open().await.unwrap();
        state.add_key(&record(&state, "one", "aaaa")).await.unwrap();
        assert_eq!(mode(&place.path("own")), 0o700);
        let files: Vec<PathBuf> =
            fs::read_dir(place.path("own")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 4, "state, log, index of the log, pepper: {files:?}");
        assert!(files.iter().all(|file| mode(file) == 0o600), "{files:?}");
    }

    #[tokio::test]
    async fn what_others_can_use_is_refused() {
        let place = Place::new();
        place.open().await.unwrap().close().await;
        let pepper = place.location().pepper();
        for (path, wrong, right) in [
            (pepper.as_path(), 0o640, 0o600),
            (pepper.as_path(), 0o604, 0o600),
            (place.location().path(), 0o644, 0o600),
            (&place.path("own"), 0o777, 0o700),
        ] {
            set_mode(path, wrong);
            let error = place.open().await.unwrap_err();
            let told = error.to_string();
            assert!(matches!(error, StateError::Exposed { .. }), "{error}");
            assert!(told.contains("chmod"), "{told}");
            set_mode(path, right);
            place.open().await.unwrap().close().await;
        }
    }

    #[tokio::test]
    async fn a_state_that_was_replaced_is_not_believed() {
        let place = Place::new();
        let state = place.open().await.unwrap();
        let path = place.location().path().to_owned();
        fs::copy(&path, place.path("backup")).unwrap();
        fs::rename(place.path("backup"), &path).unwrap();
        assert!(matches!(state.keys().await, Err(StateError::Replaced(_))));
        fs::remove_file(&path).unwrap();
        assert!(matches!(state.keys_revision().await, Err(StateError::Replaced(_))));
    }
}
