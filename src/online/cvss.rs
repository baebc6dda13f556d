//! Base scores of the Common Vulnerability Scoring System, versions 3.0 and 3.1.

/// The base score (specification of version 3.1, section 7.1), 0.0 to 10.0. `None` for what is no
/// vector of these versions with all base metrics.
pub(super) fn base_score(vector: &str) -> Option<f64> {
    let metrics = vector.strip_prefix("CVSS:3.1/").or_else(|| vector.strip_prefix("CVSS:3.0/"))?;
    let value = |metric: &str| {
        let mut found = metrics.split('/').filter_map(|part| part.split_once(':'));
        found.find(|(name, _)| *name == metric).map(|(_, value)| value)
    };
    let changed = match value("S")? {
        "U" => false,
        "C" => true,
        _ => return None,
    };
    let reach = match value("AV")? {
        "N" => 0.85,
        "A" => 0.62,
        "L" => 0.55,
        "P" => 0.2,
        _ => return None,
    };
    let complexity = match value("AC")? {
        "L" => 0.77,
        "H" => 0.44,
        _ => return None,
    };
    let privileges = match (value("PR")?, changed) {
        ("N", _) => 0.85,
        ("L", false) => 0.62,
        ("L", true) => 0.68,
        ("H", false) => 0.27,
        ("H", true) => 0.5,
        _ => return None,
    };
    let interaction = match value("UI")? {
        "N" => 0.85,
        "R" => 0.62,
        _ => return None,
    };
    let spared = |metric: &str| match value(metric)? {
        "H" => Some(1.0 - 0.56),
        "L" => Some(1.0 - 0.22),
        "N" => Some(1.0),
        _ => None,
    };
    let subscore: f64 = 1.0 - spared("C")? * spared("I")? * spared("A")?;
    let impact = if changed {
        7.52 * (subscore - 0.029) - 3.25 * (subscore - 0.02).powi(15)
    } else {
        6.42 * subscore
    };
    if impact <= 0.0 {
        return Some(0.0);
    }
    let exploitability: f64 = 8.22 * reach * complexity * privileges * interaction;
    let whole = impact + exploitability;
    Some(rounded_up(f64::min(if changed { 1.08 * whole } else { whole }, 10.0)))
}

/// The lowest number with one decimal that is no less (appendix A): by five decimals, so that the
/// inexactness of binary fractions does not count.
fn rounded_up(score: f64) -> f64 {
    ((score * 100_000.0).round() / 10_000.0).ceil() / 10.0
}

#[cfg(test)]
mod tests {
    use super::base_score;

    #[test]
    fn scores_are_those_of_the_calculator() {
        for (vector, expected) in [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Some("9.8")),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", Some("10.0")),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", Some("6.1")),
            ("CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", Some("6.4")),
            ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", Some("3.1")),
            ("CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", Some("9.9")),
            ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", Some("7.8")),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", Some("7.5")),
            ("CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N", Some("4.6")),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", Some("0.0")),
            ("CVSS:3.1/E:P/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/RL:O", Some("9.8")),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H", None),
            ("CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", None),
            ("CVSS:4.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", None),
            ("7.5", None),
            ("", None),
        ] {
            let found = base_score(vector).map(|score| format!("{score:.1}"));
            assert_eq!(found.as_deref(), expected, "{vector}");
        }
    }
}
