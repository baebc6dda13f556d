//! The summary of the job.

use std::path::Path;

use mcp_guard_scanner::report::Report;

use super::outputs;
use super::render::Page;
use crate::failure::Failure;

/// Bytes of a step's summary; GitHub drops a larger one.
const LARGEST: usize = 1 << 20;
/// Bytes that are left free, for what the runner may add.
const MARGIN: usize = 4 << 10;

/// Adds the report to the summary of the step, and tells what went wrong with it.
pub(super) fn write(path: &Path, page: &Page<'_>, report: &Report) -> Result<Vec<String>, Failure> {
    let there = path.metadata().map_or(0, |file| usize::try_from(file.len()).unwrap_or(LARGEST));
    let room = LARGEST.saturating_sub(there + MARGIN);
    let fixed = report.base.as_ref().is_some_and(|base| !base.fixed.is_empty());
    if report.files.is_empty() && report.findings().next().is_none() && !fixed {
        outputs::append(path, "mcp-guard: there is no MCP configuration here.\n")?;
        return Ok(Vec::new());
    }
    let mut text = page.summary(room);
    if text.len() > room {
        // A UTF-16 code unit is at most three bytes.
        text = page.summary(room / 3);
    }
    if text.len() > room {
        return Ok(vec!["the summary of this step is full, and the report is left out".to_owned()]);
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    outputs::append(path, &text)?;
    Ok(Vec::new())
}
