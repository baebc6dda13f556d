//! Fetching one commit that a shallow clone lacks: the only process that mcp-guard starts, and only
//! in a workflow. There is no other way to the commit: what the API could give instead are single
//! files, and without git there would be no work tree to compare them with.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::context::{Context, Sha};
use super::log::told;

/// How long git may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of what git says that are read.
const SAID: u64 = 16 << 10;

/// Variables that would have git work elsewhere or write down what it sends, and the token, which it
/// gets in another way.
const UNWANTED: [&str; 14] = [
    "GITHUB_TOKEN",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_NAMESPACE",
    "GIT_TRACE",
    "GIT_TRACE_CURL",
    "GIT_TRACE_CURL_NO_DATA",
    "GIT_TRACE_PACKET",
    "GIT_TRACE2",
    "GIT_TRACE2_EVENT",
    "GIT_TRACE_REDACT",
    "GIT_CURL_VERBOSE",
];

/// Fetches a commit into the repository of that work tree.
///
/// # Errors
/// Why it could not, in one line.
pub(super) fn fetch(
    root: &Path,
    sha: &Sha,
    is_shallow: bool,
    context: &Context,
) -> Result<(), String> {
    let mut said = tempfile::tempfile().map_err(|error| error.to_string())?;
    let mut command = command(root, sha, is_shallow, context);
    let stderr = said.try_clone().map_err(|error| error.to_string())?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(stderr);
    let child = command.spawn().map_err(|error| format!("git cannot be started: {error}"))?;
    let status = wait(child, PATIENCE)?;
    if status.success() {
        return Ok(());
    }
    let said = gist(&mut said);
    let said = context.token.as_ref().map_or(said.clone(), |token| token.hidden_in(&said));
    Err(format!("git fetch failed: {}", told(&said)))
}

fn command(root: &Path, sha: &Sha, is_shallow: bool, context: &Context) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(root);
    for setting in [
        "core.hooksPath=/dev/null",
        "core.fsmonitor=false",
        "protocol.ext.allow=never",
        "gc.auto=0",
        "maintenance.auto=false",
    ] {
        command.args(["-c", setting]);
    }
    for name in UNWANTED {
        command.env_remove(name);
    }
    command.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
    if let Some(token) = &context.token {
        // In the environment, for arguments can be read by everybody on the machine. The first value
        // takes back what the checkout may have left: two such headers are refused.
        let key = format!("http.{}/.extraheader", context.server.as_str().trim_end_matches('/'));
        let login = STANDARD.encode(format!("x-access-token:{}", token.secret()));
        let first = std::env::var("GIT_CONFIG_COUNT").ok().and_then(|count| count.parse().ok());
        let first: usize = first.unwrap_or(0);
        command.args(["-c", "credential.helper="]);
        command.env("GIT_CONFIG_COUNT", first.saturating_add(2).to_string());
        for (number, value) in
            (first..).zip([String::new(), format!("AUTHORIZATION: basic {login}")])
        {
            command.env(format!("GIT_CONFIG_KEY_{number}"), &key);
            command.env(format!("GIT_CONFIG_VALUE_{number}"), value);
        }
    }
    command.args(["fetch", "--quiet", "--no-tags", "--no-write-fetch-head"]);
    if is_shallow {
        // Where the history is whole it would be cut off.
        command.arg("--depth=1");
    }
    command.args(["--no-recurse-submodules", "origin"]).arg(sha.whole());
    command
}

fn wait(mut child: Child, patience: Duration) -> Result<ExitStatus, String> {
    let deadline = Instant::now() + patience;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(None) => {
                // If it is gone in this moment, there is nothing to end.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("git fetch took longer than {} s", patience.as_secs()));
            }
            Err(error) => return Err(format!("git cannot be waited for: {error}")),
        }
    }
}

/// The line that says why: what comes last may be advice.
fn gist(said: &mut File) -> String {
    let mut bytes = Vec::new();
    let read = said.rewind().and_then(|()| said.take(SAID).read_to_end(&mut bytes));
    let text = read.map(|_| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let fatal = lines.clone().find(|line| line.starts_with("fatal:"));
    fatal.or_else(|| lines.next_back()).unwrap_or("it says nothing").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 4648, section 10.
    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_ended() {
        let child = Command::new("sleep").arg("30").spawn().unwrap();
        let begun = Instant::now();
        let error = wait(child, Duration::from_millis(50)).unwrap_err();
        assert!(error.contains("took longer") && begun.elapsed().as_secs() < 20, "{error}");
    }

    #[test]
    fn what_git_says_is_summed_up() {
        for (text, expected) in [
            ("", "it says nothing"),
            ("warning: x\nfatal: y\nTo add an exception, call:\n\n\tgit config\n", "fatal: y"),
            ("a\n b \n\n", "b"),
        ] {
            let mut said = tempfile::tempfile().unwrap();
            std::io::Write::write_all(&mut said, text.as_bytes()).unwrap();
            assert_eq!(gist(&mut said), expected);
        }
    }
}
