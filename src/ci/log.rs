//! The log of a workflow, where a line can be a command.

/// A line in which nothing is a command of a workflow: neither `::name::`, before which a runner
/// passes over blanks, nor `##[name]`, which acts anywhere.
pub(crate) fn inert(line: &str) -> String {
    let line = line.replace("##[", "# #[");
    match line.split_once("::") {
        // How a runner compares passes over what cannot be seen, too.
        Some((before, after)) if !before.chars().any(|c| c.is_ascii_graphic()) => {
            format!("{before}: :{after}")
        }
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_a_command() {
        for (line, shown) in [
            ("a::b", "a::b"),
            ("::error::x", ": :error::x"),
            ("  \t ::error::x", "  \t : :error::x"),
            ("\u{a0}\u{200b}::error::x", "\u{a0}\u{200b}: :error::x"),
            ("x ##[error]y", "x # #[error]y"),
            ("###[group]y", "## #[group]y"),
            ("high[x]: ##[##[a", "high[x]: # #[# #[a"),
        ] {
            assert_eq!(inert(line), shown);
        }
    }
}
