//! Running the real binary in a world of its own: an empty environment, a home and a working
//! directory made for the test.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// No run of a test takes so long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Two empty directories: the home of a user and the one the command is run in.
pub(crate) struct World {
    place: TempDir,
}

/// What the command did.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// The same where the system keeps files in memory, if it does: for very many of them.
    pub(crate) fn in_memory() -> Self {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Self::below(memory) } else { Self::new() }
    }

    fn below(parent: &Path) -> Self {
        let place = TempDir::with_prefix_in("mcp-guard-test-", parent).unwrap();
        std::fs::create_dir_all(place.path().join("home")).unwrap();
        std::fs::create_dir_all(place.path().join("work")).unwrap();
        Self { place }
    }

    /// A path in the home directory.
    pub(crate) fn home(&self, below: &str) -> PathBuf {
        self.place.path().join("home").join(below)
    }

    /// A path in the working directory.
    pub(crate) fn work(&self, below: &str) -> PathBuf {
        self.place.path().join("work").join(below)
    }

    /// A path beside both.
    pub(crate) fn outside(&self, below: &str) -> PathBuf {
        self.place.path().join(below)
    }

    /// Writes a file of the working directory, with `{{secret:FORMAT}}` filled in.
    pub(crate) fn file(&self, below: &str, text: &str) -> &Self {
        write(&self.work(below), super::expand(text).as_bytes());
        self
    }

    /// Writes a file of the working directory as it is.
    pub(crate) fn bytes(&self, below: &str, bytes: &[u8]) -> &Self {
        write(&self.work(below), bytes);
        self
    }

    /// Writes a file of the home directory, with `{{secret:FORMAT}}` filled in.
    pub(crate) fn home_file(&self, below: &str, text: &str) -> &Self {
        write(&self.home(below), super::expand(text).as_bytes());
        self
    }

    /// The command with these arguments, in the scrubbed environment.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = self.scrubbed(env!("CARGO_BIN_EXE_mcp-guard"));
        command.args(arguments);
        command
    }

    /// Any program in the same world. It is found before the environment is emptied.
    pub(crate) fn scrubbed(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.home(""))
            .env("USERPROFILE", self.home(""))
            .env("XDG_CONFIG_HOME", self.home(".config"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .current_dir(self.work(""));
        for kept in ["PATH", "SystemRoot", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        command
    }

    /// Runs the command with these arguments.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Ran {
        finish(self.command(arguments), b"")
    }

    /// Runs it with this on standard input.
    pub(crate) fn run_with<S: AsRef<OsStr>>(&self, arguments: &[S], input: &[u8]) -> Ran {
        finish(self.command(arguments), input)
    }

    /// Runs it with at most that many kilobytes of address space, where there is a way to say so.
    pub(crate) fn run_within<S: AsRef<OsStr>>(&self, kilobytes: usize, arguments: &[S]) -> Ran {
        if !cfg!(target_os = "linux") {
            return self.run(arguments);
        }
        let mut command = self.scrubbed("/bin/sh");
        command
            .arg("-c")
            .arg(format!("ulimit -v {kilobytes} && exec \"$0\" \"$@\""))
            .arg(env!("CARGO_BIN_EXE_mcp-guard"))
            .args(arguments);
        finish(command, b"")
    }
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Runs a command to its end, which must come in time and without a panic.
pub(crate) fn finish(mut command: Command, input: &[u8]) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stdout = drain(child.stdout.take().unwrap());
    let stderr = drain(child.stderr.take().unwrap());
    let mut pipe = child.stdin.take().unwrap();
    let input = input.to_owned();
    // A command that needs no input may be gone before it is written.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&input)));
    let code = wait(&mut child, &command);
    writer.join().unwrap();
    let ran = Ran { code, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() };
    assert!(!ran.stderr.contains("panicked"), "{command:?}: {}", ran.stderr);
    ran
}

fn drain(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn wait(child: &mut Child, command: &Command) -> Option<i32> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("{command:?} did not end within {} s", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Ran {
    /// Fails unless the command ended with this code.
    #[track_caller]
    pub(crate) fn ended(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails unless standard output holds each of these texts.
    #[track_caller]
    pub(crate) fn says(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(self.stdout.contains(text), "no {text:?} in:\n{}", self.stdout);
        }
        self
    }

    /// Fails unless standard error holds each of these texts.
    #[track_caller]
    pub(crate) fn complains(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(self.stderr.contains(text), "no {text:?} in:\n{}", self.stderr);
        }
        self
    }

    /// Everything it wrote, each stream under its name, as snapshots keep it.
    pub(crate) fn whole(&self) -> String {
        let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
        let stdout = self.stdout.replace(&version, "\"version\": \"[version]\"");
        let code = self.code.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
        format!("exit: {code}\n--- stdout\n{stdout}--- stderr\n{}", self.stderr)
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!("{error}:\n{}\n{}", self.stdout, self.stderr);
        })
    }
}
