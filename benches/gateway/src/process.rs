//! What the tested processes take, from /proc.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::time::Duration;

/// A process and its descendants at one time, without echo servers of this program.
#[derive(Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) processes: u32,
    /// User and system time since their start.
    pub(crate) cpu: Duration,
    /// Resident memory in KiB, now and at most.
    pub(crate) resident: u64,
    pub(crate) peak: u64,
}

pub(crate) fn usage(root: u32) -> Usage {
    let table = table();
    let mut usage = Usage::default();
    let mut left = vec![root];
    while let Some(id) = left.pop() {
        left.extend(table.iter().filter(|(_, row)| row.parent == id).map(|(child, _)| *child));
        let Some(row) = table.get(&id) else { continue };
        if is_echo(id) {
            continue;
        }
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        usage.processes += 1;
        usage.cpu += row.cpu;
        usage.resident += kibibytes(&status, "VmRSS:");
        usage.peak += kibibytes(&status, "VmHWM:");
    }
    usage
}

struct Row {
    parent: u32,
    cpu: Duration,
}

fn table() -> HashMap<u32, Row> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            Some((id, row(&stat)?))
        })
        .collect()
}

/// Reads the parent, utime and stime of `proc_pid_stat(5)`, which follow the name in parentheses.
fn row(stat: &str) -> Option<Row> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    let ticks = number(11)? + number(12)?;
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    Some(Row {
        parent: u32::try_from(number(1)?).ok()?,
        cpu: Duration::from_millis(ticks * 1000 / per_second),
    })
}

fn is_echo(id: u32) -> bool {
    let command = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    let mut words = command.split(|byte| *byte == 0);
    let is_ours = words.next().is_some_and(|program| program.ends_with(b"mcpbench"))
        && fs::read_link(format!("/proc/{id}/exe"))
            .is_ok_and(|path| path.file_name() == Some(OsStr::new("mcpbench")));
    is_ours && words.next().is_some_and(|task| task.starts_with(b"echo-"))
}

fn kibibytes(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::{row, usage};

    #[test]
    fn a_name_may_hold_anything() {
        let stat = "12 (a) R (b) S 7 12 12 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 1 0 5 0 0";
        let row = row(stat).unwrap();
        assert_eq!((row.parent, row.cpu.as_millis()), (7, 2000));
    }

    #[test]
    fn descendants_count() {
        let mut child = Command::new("sleep").arg("30").stdin(Stdio::null()).spawn().unwrap();
        let with = usage(std::process::id());
        let alone = usage(child.id());
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(alone.processes, 1);
        assert!(with.processes >= 2 && alone.resident > 0 && with.peak > alone.peak);
    }
}
