//! What is said at the run besides the findings: what a change alters and what it accepts.

use mcp_guard_scanner::finding::Because;
use mcp_guard_scanner::report::Report;

use super::log::{notice, warning};

/// How many accepted findings are named.
const NAMED: usize = 5;

/// The commands that show settings and a baseline which the change alters. What the change makes of
/// them is unknown where the base is not at hand.
pub(super) fn alterations(report: &Report) -> String {
    let base = report.base.as_ref().filter(|base| base.commit.is_some());
    let Some(altered) = base.and_then(|base| base.altered.as_ref()) else { return String::new() };
    let keys: Vec<String> = altered.keys.iter().map(|key| format!("scan.{key}")).collect();
    let keys = (!keys.is_empty()).then(|| keys.join(", "));
    let baseline =
        altered.baseline.as_ref().map(|altered| format!("the baseline {}", altered.file));
    let say = |what: String| {
        warning(&format!("this change alters {what}; it does not count here, but will once merged"))
    };
    keys.into_iter().chain(baseline).map(say).collect()
}

/// The commands that show new findings which the change accepts.
pub(super) fn accepted(report: &Report) -> String {
    let by_comment =
        report.set_aside().filter(|(_, aside)| aside.is_new).filter_map(|(file, aside)| {
            let Because::Comment { reason, .. } = &aside.because else { return None };
            Some((file, &aside.finding, reason))
        });
    let accepted: Vec<_> = by_comment.collect();
    let mut lines = String::new();
    for (file, finding, reason) in accepted.iter().take(NAMED) {
        let (line, _) = finding.region.start();
        lines.push_str(&notice(&format!(
            "New, but not counted: {}[{}] {}:{line}: {} ({reason})",
            finding.severity.name(),
            finding.rule.id,
            report.path_of(file),
            finding.message
        )));
    }
    let more = accepted.len().saturating_sub(NAMED);
    if more > 0 {
        lines.push_str(&notice(&format!("And {more} more that are new and not counted")));
    }
    lines
}
