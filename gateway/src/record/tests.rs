use std::fs::{self, File, Permissions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::decision::tests::answered;
use super::writer::Pace;
use super::{CloseError, Decision, DecisionLog, LogError, OpenError, Outcome, Text, Verdict};

const SOON: Duration = Duration::from_secs(20);
const QUICK: Pace = Pace {
    gather: Duration::from_millis(1),
    retry: Duration::from_millis(5),
    look: Duration::ZERO,
};

fn quick(path: &Path) -> DecisionLog {
    DecisionLog::open_with(path, QUICK, 64).unwrap()
}

fn place_in() -> (TempDir, PathBuf) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("audit.jsonl");
    (directory, path)
}

fn of(principal: &str, number: u64) -> Decision {
    Decision { principal: principal.into(), bytes_in: number, ..answered(number.into()) }
}

/// The lines that are decisions, as the sender and its count, and those that are none.
fn read(path: &Path) -> (Vec<(String, u64)>, Vec<String>) {
    let (mut decisions, mut others) = (Vec::new(), Vec::new());
    // Empty lines stand where a writer took another's unfinished line for a torn one.
    for line in fs::read_to_string(path).unwrap().lines().filter(|line| !line.is_empty()) {
        match serde_json::from_str::<Value>(line) {
            Ok(value) => {
                let principal = value["principal"].as_str().unwrap().to_owned();
                decisions.push((principal, value["bytes_in"].as_u64().unwrap()));
            }
            Err(_) => others.push(line.to_owned()),
        }
    }
    (decisions, others)
}

fn numbers(path: &Path) -> Vec<u64> {
    let (decisions, others) = read(path);
    assert_eq!(others, [""; 0]);
    decisions.into_iter().map(|(_, number)| number).collect()
}

fn until(what: &str, mut test: impl FnMut() -> bool) {
    let start = Instant::now();
    while !test() {
        assert!(start.elapsed() < SOON, "{what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Records it, waiting for room as the pipeline does.
fn insist(log: &DecisionLog, decision: &Decision) {
    until("room", || match log.record(decision.clone()) {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error, LogError::Behind);
            false
        }
    });
}

#[test]
fn what_was_recorded_is_in_the_file_soon_and_whole_after_the_end() {
    let (_directory, path) = place_in();
    let log = DecisionLog::open(&path).unwrap();
    log.record(of("a", 0)).unwrap();
    until("the first line", || numbers(&path) == [0]);
    // The writer sleeps now, and is woken.
    thread::sleep(Duration::from_millis(30));
    log.record(of("a", 1)).unwrap();
    until("the second line", || numbers(&path) == [0, 1]);
    (2..5000).for_each(|number| log.record(of("a", number)).unwrap());
    log.close(SOON).unwrap();
    assert_eq!(numbers(&path), (0..5000).collect::<Vec<_>>());
    assert_eq!(log.record(of("a", 9)), Err(LogError::Closed));
    log.close(SOON).unwrap();
}

#[test]
fn a_log_that_is_dropped_is_whole() {
    let (_directory, path) = place_in();
    let log = DecisionLog::open(&path).unwrap();
    (0..100).for_each(|number| log.record(of("a", number)).unwrap());
    drop(log);
    assert_eq!(numbers(&path).len(), 100);
}

#[test]
fn without_a_log_every_decision_has_a_place() {
    let log = DecisionLog::none();
    log.record(of("a", 1)).unwrap();
    log.close(Duration::ZERO).unwrap();
    log.record(of("a", 1)).unwrap();
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_directory, path) = place_in();
    drop(quick(&path));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    drop(quick(&path));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_path_that_cannot_be_a_log_is_refused() {
    let (directory, path) = place_in();
    let missing = directory.path().join("no/audit.jsonl");
    let error = DecisionLog::open(&missing).unwrap_err();
    assert!(matches!(&error, OpenError::NoDirectory(path) if path.ends_with("no")), "{error}");
    let error = DecisionLog::open(directory.path()).unwrap_err().to_string();
    assert!(error.ends_with("it is not a regular file"), "{error}");
    #[cfg(unix)]
    {
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        let fifo = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, &path, fifo, mode, 0).unwrap();
        assert!(matches!(DecisionLog::open(&path), Err(OpenError::Failed { .. })));
    }
}

#[test]
fn a_line_that_another_left_unfinished_swallows_none() {
    let (_directory, path) = place_in();
    fs::write(&path, "{\"schema\":\"mcp-guard/dec").unwrap();
    let log = quick(&path);
    log.record(of("a", 1)).unwrap();
    until("the first line", || read(&path).0.len() == 1);
    File::options().append(true).open(&path).unwrap().write_all(b"{\"sch").unwrap();
    log.record(of("a", 2)).unwrap();
    log.close(SOON).unwrap();
    let (decisions, others) = read(&path);
    assert_eq!(decisions.iter().map(|(_, number)| *number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(others, ["{\"schema\":\"mcp-guard/dec", "{\"sch"]);
}

#[test]
fn a_file_that_was_moved_or_deleted_is_made_anew() {
    let (directory, path) = place_in();
    let log = quick(&path);
    log.record(of("a", 1)).unwrap();
    until("the first line", || numbers(&path) == [1]);
    let moved = directory.path().join("audit.jsonl.1");
    fs::rename(&path, &moved).unwrap();
    log.record(of("a", 2)).unwrap();
    until("a file", || path.exists() && numbers(&path) == [2]);
    fs::remove_file(&path).unwrap();
    log.record(of("a", 3)).unwrap();
    log.close(SOON).unwrap();
    assert_eq!(numbers(&moved), [1]);
    assert_eq!(numbers(&path), [3]);
}

#[tokio::test]
async fn a_log_that_cannot_be_written_gives_no_place_until_it_can() {
    let (directory, path) = place_in();
    let inside = directory.path().join("inside");
    fs::create_dir(&inside).unwrap();
    let path = inside.join(path.file_name().unwrap());
    let log = quick(&path);
    fs::remove_dir_all(&inside).unwrap();
    // The first one is lost to nobody: it waits.
    log.record(of("a", 1)).unwrap();
    until("the fault", || log.try_place().is_err());
    assert_eq!(log.place().await.unwrap_err(), LogError::Broken);
    assert_eq!(log.record(of("a", 2)), Err(LogError::Broken));
    fs::create_dir(&inside).unwrap();
    until("another try", || log.try_place().is_ok());
    log.record(of("a", 3)).unwrap();
    log.close(SOON).unwrap();
    assert_eq!(numbers(&path), [1, 3]);
}

#[test]
fn the_end_says_what_is_missing() {
    let (directory, path) = place_in();
    let log = quick(&path);
    // Before the log can know that it is broken.
    let places = [0, 1, 2].map(|number| (log.try_place().unwrap(), number));
    fs::remove_dir_all(directory.path()).unwrap();
    places.into_iter().for_each(|(place, number)| place.record(of("a", number)));
    let error = log.close(Duration::from_millis(20)).unwrap_err();
    assert!(matches!(error, CloseError::Unwritten { decisions: 3, .. }), "{error}");
}

/// A log whose writer does not come to write, with room for two.
fn slow(path: &Path) -> DecisionLog {
    let pace = Pace { gather: SOON, ..QUICK };
    let log = DecisionLog::open_with(path, pace, 2).unwrap();
    thread::sleep(Duration::from_millis(20));
    log
}

#[tokio::test(start_paused = true)]
async fn a_place_that_is_taken_is_kept_and_a_full_log_lets_wait() {
    let (_directory, path) = place_in();
    let log = Arc::new(slow(&path));
    let first = log.place().await.unwrap();
    let second = log.place().await.unwrap();
    assert_eq!(log.record(of("a", 9)), Err(LogError::Behind));
    // Time is paused: it passes when nothing else can happen.
    assert_eq!(log.place().await.unwrap_err(), LogError::Behind);
    drop(second);
    let third = log.place().await.unwrap();
    let waits = tokio::spawn({
        let log = Arc::clone(&log);
        async move { log.place().await.map(|place| place.record(of("a", 3))) }
    });
    tokio::task::yield_now().await;
    // These press, so that the writer does not let them gather.
    first.record(of("a", 1));
    third.record(of("a", 2));
    tokio::time::resume();
    waits.await.unwrap().unwrap();
    log.close(SOON).unwrap();
    assert_eq!(numbers(&path), [1, 2, 3]);
}

#[test]
fn the_end_waits_for_places_that_are_taken() {
    let (_directory, path) = place_in();
    let log = quick(&path);
    let place = log.try_place().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            until("the end", || log.try_place().is_err());
            thread::sleep(Duration::from_millis(20));
            place.record(of("a", 1));
        });
        log.close(SOON).unwrap();
    });
    assert_eq!(numbers(&path), [1]);

    let log = quick(&path);
    let place = log.try_place().unwrap();
    let error = log.close(Duration::from_millis(20)).unwrap_err();
    assert!(matches!(error, CloseError::Unrecorded(1)), "{error}");
    drop(place);
}

/// Decisions whose lines have many lengths.
fn record_many(log: &DecisionLog, name: &str) {
    for number in 0..2000 {
        let length = usize::try_from(number * 37 % 250).unwrap();
        let tool = Some(Text::new(&"t\n".repeat(length / 2)));
        insist(log, &Decision { tool, ..of(name, number) });
    }
}

fn assert_all_there(path: &Path, names: &[String]) {
    let (decisions, others) = read(path);
    assert_eq!(others, [""; 0]);
    assert_eq!(decisions.len(), names.len() * 2000);
    for name in names {
        let own = decisions.iter().filter(|(principal, _)| principal == name);
        assert!(own.map(|(_, number)| *number).eq(0..2000), "{name}");
    }
}

#[test]
fn many_threads_keep_their_lines_whole() {
    let (_directory, path) = place_in();
    let log = quick(&path);
    let names: Vec<String> = (0..4).map(|number| format!("thread-{number}")).collect();
    thread::scope(|scope| {
        for name in &names {
            scope.spawn(|| record_many(&log, name));
        }
    });
    log.close(SOON).unwrap();
    assert_all_there(&path, &names);
}

/// Runs one of the tests below in a process of its own.
fn child(test: &str, path: &Path, name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("record::tests::{test}"), "--ignored"]);
    command.stdout(Stdio::null()).env("MCP_GUARD_TEST_LOG", path).env("MCP_GUARD_TEST_NAME", name);
    command
}

fn of_parent() -> (PathBuf, String) {
    let path = std::env::var_os("MCP_GUARD_TEST_LOG").unwrap().into();
    (path, std::env::var("MCP_GUARD_TEST_NAME").unwrap())
}

#[test]
fn twenty_processes_keep_their_lines_whole() {
    let (_directory, path) = place_in();
    let names: Vec<String> = (0..20).map(|number| format!("process-{number}")).collect();
    let children: Vec<_> =
        names.iter().map(|name| child("one_of_twenty", &path, name).spawn().unwrap()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_all_there(&path, &names);
}

#[test]
#[ignore = "a process of `twenty_processes_keep_their_lines_whole`"]
fn one_of_twenty() {
    let (path, name) = of_parent();
    let log = quick(&path);
    record_many(&log, &name);
    log.close(SOON).unwrap();
}

/// A limit of the file's size stops a write in the middle, as a full disk does.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_tears_a_line_and_loses_none() {
    let (_directory, path) = place_in();
    let command = child("on_a_full_disk", &path, "full");
    let script = "trap '' XFSZ; exec \"$0\" \"$@\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(command.get_program()).args(command.get_args());
    shell
        .stdout(Stdio::null())
        .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    assert!(shell.status().unwrap().success());
    let (decisions, others) = read(&path);
    let found: Vec<u64> = decisions.into_iter().map(|(_, number)| number).collect();
    assert_eq!(found, (0..40).collect::<Vec<_>>());
    assert_eq!(others.len(), 1, "{others:?}");
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "a process of `a_full_disk_tears_a_line_and_loses_none`"]
fn on_a_full_disk() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let (path, name) = of_parent();
    let before = getrlimit(Resource::Fsize);
    let log = quick(&path);
    setrlimit(Resource::Fsize, Rlimit { current: Some(5000), ..before }).unwrap();
    (0..40).for_each(|number| log.record(of(&name, number)).unwrap());
    until("the fault", || log.try_place().is_err());
    assert_eq!(log.record(of(&name, 99)), Err(LogError::Broken));
    setrlimit(Resource::Fsize, before).unwrap();
    until("another try", || log.try_place().is_ok());
    log.close(SOON).unwrap();
}

#[test]
fn outcomes_reach_the_file() {
    let (_directory, path) = place_in();
    let log = quick(&path);
    for outcome in Outcome::ALL {
        let verdict = Verdict::Allowed { rule: None, outcome };
        insist(&log, &Decision { verdict, ..answered(1) });
    }
    log.close(SOON).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let outcomes = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let outcomes: Vec<_> =
        outcomes.map(|line| line["outcome"].as_str().unwrap().to_owned()).collect();
    assert_eq!(outcomes, Outcome::ALL.map(Outcome::name));
}
