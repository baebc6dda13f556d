//! Where things are: URIs and regions.

use super::model::{ArtifactLocation, PhysicalLocation, Region};
use crate::region;
use crate::report::Report;
use crate::report::address::encoded;
use crate::scanned::FileReport;
use crate::source::STDIN;

/// What paths of the repository count from.
pub(super) const ROOT: &str = "%SRCROOT%";
/// What paths of the user count from.
pub(super) const HOME: &str = "HOME";

/// The place of a region: the part of it that is on its first line, because code hosts show what
/// lies on changed lines only if all of it does.
pub(super) fn physical(
    report: &Report,
    file: &FileReport,
    region: region::Region,
) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: artifact(report, file),
        region: Some(on_one_line(file, region)),
    }
}

/// How a file is called.
pub(super) fn artifact(report: &Report, file: &FileReport) -> ArtifactLocation {
    if let Some(below) = report.in_repository(file) {
        return ArtifactLocation { uri: encoded(below), uri_base_id: Some(ROOT) };
    }
    shown(&file.path, file.real.as_deref())
}

/// How a file is called that lies outside of the repository and is shown so.
pub(super) fn shown(path: &str, real: Option<&str>) -> ArtifactLocation {
    if path == STDIN {
        return ArtifactLocation { uri: "stdin".to_owned(), uri_base_id: None };
    }
    if let Some(below) = path.strip_prefix("~/") {
        return ArtifactLocation { uri: encoded(below), uri_base_id: Some(HOME) };
    }
    let is_whole = |path: &str| path.starts_with('/') || path.get(1..3) == Some(":/");
    match real.filter(|_| !is_whole(path)).unwrap_or(path) {
        path if path.starts_with('/') => {
            ArtifactLocation { uri: format!("file://{}", encoded(path)), uri_base_id: None }
        }
        path if is_whole(path) => {
            ArtifactLocation { uri: format!("file:///{}", encoded(path)), uri_base_id: None }
        }
        path => ArtifactLocation { uri: encoded(path), uri_base_id: Some(ROOT) },
    }
}

/// The first line of a region. A place without a line is the beginning of its file.
fn on_one_line(file: &FileReport, region: region::Region) -> Region {
    match &file.lines {
        Some(lines) if region.start_line > 0 => {
            let part = lines.first_line(region);
            Region {
                start_line: part.line,
                start_column: part.start,
                end_line: part.line,
                end_column: part.end,
            }
        }
        _ => {
            let (line, column) = (region.start_line.max(1), region.start_column.max(1));
            Region { start_line: line, start_column: column, end_line: line, end_column: column }
        }
    }
}

/// The whole of a region.
pub(super) fn whole(file: &FileReport, region: region::Region) -> Option<Region> {
    let lines = file.lines.as_ref()?;
    Some(Region {
        start_line: region.start_line,
        start_column: lines.utf16(region.start_line, region.start_column),
        end_line: region.end_line,
        end_column: lines.utf16(region.end_line, region.end_column),
    })
}

#[cfg(test)]
mod tests {
    use super::{HOME, ROOT, shown};

    #[test]
    fn paths_become_uris() {
        let uri = |path: &str, real: Option<&str>| {
            let location = shown(path, real);
            (location.uri, location.uri_base_id)
        };
        let text = |text: &str| text.to_owned();
        assert_eq!(uri("~/.cursor/mcp.json", None), (text(".cursor/mcp.json"), Some(HOME)));
        assert_eq!(uri("/etc/a b", None), (text("file:///etc/a%20b"), None));
        assert_eq!(uri("C:/x", None), (text("file:///C%3A/x"), None));
        assert_eq!(uri("../x", Some("/srv/x")), (text("file:///srv/x"), None));
        assert_eq!(uri("x", None), (text("x"), Some(ROOT)));
        assert_eq!(uri("<stdin>", None), (text("stdin"), None));
    }
}
