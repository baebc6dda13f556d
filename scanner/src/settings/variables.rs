//! `${VAR}` and `${VAR:-default}` in paths.

use super::Variables;

/// The text with its variables replaced. A variable that is not set and has no default, or a `${`
/// that is not closed, is told.
pub(super) fn expand(text: &str, variable: &Variables<'_>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let (inner, behind) = after
            .split_once('}')
            .ok_or_else(|| "`${` is never closed; write `${NAME}`".to_owned())?;
        let (name, default) = match inner.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inner, None),
        };
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !name.starts_with(|first: char| first.is_ascii_digit());
        if !is_name {
            return Err(format!("`{name}` is no name of a variable"));
        }
        // As in a shell, `:-` stands in for a variable that is empty too.
        match (variable(name).filter(|value| default.is_none() || !value.is_empty()), default) {
            (Some(value), _) => out.push_str(&value),
            (None, Some(default)) => out.push_str(default),
            (None, None) => {
                return Err(format!("the variable `{name}` is not set and has no default"));
            }
        }
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn variables_are_replaced_or_missed() {
        let of = |name: &str| match name {
            "HOME" => Some("/home/u".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        for (text, wanted) in [
            ("plain", Ok("plain")),
            ("{a,b}/$x", Ok("{a,b}/$x")),
            ("${HOME}/rules", Ok("/home/u/rules")),
            ("${NO:-d}${HOME}", Ok("d/home/u")),
            ("${EMPTY:-d}", Ok("d")),
            ("${EMPTY}x", Ok("x")),
            ("${NO:-}", Ok("")),
            ("${NO}", Err("`NO` is not set")),
            ("${HOME", Err("never closed")),
            ("${1A}", Err("no name")),
            ("${}", Err("no name")),
        ] {
            match (expand(text, &of), wanted) {
                (Ok(found), Ok(wanted)) => assert_eq!(found, wanted, "{text}"),
                (Err(found), Err(wanted)) => assert!(found.contains(wanted), "{text}: {found}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }
}
