//! `${VAR}`, `${VAR:-default}` and `$${`, which stands for `${` itself.

use super::reader::Variables;

/// What became of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The text, its variables replaced.
    Known(String),
    /// It names variables, and they were not to be looked up.
    Open,
}

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    Text(&'t str),
    /// A variable, and what stands in for it where it is not set or empty.
    Variable(&'t str, Option<&'t str>),
}

/// The pieces of a text, in order.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if let Some(before) = before.strip_suffix('$') {
            pieces.extend([Piece::Text(before), Piece::Text("${")]);
            rest = after;
            continue;
        }
        pieces.push(Piece::Text(before));
        let (inner, behind) = after
            .split_once('}')
            .ok_or("`${` is never closed; write `${NAME}`, or `$${` for the signs themselves")?;
        let (name, default) = match inner.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inner, None),
        };
        if !is_name(name) {
            return Err("what stands in `${…}` is no name of a variable".to_owned());
        }
        pieces.push(Piece::Variable(name, default));
        rest = behind;
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

/// The text with its variables replaced. One that is not set and has no default is told.
pub(super) fn expand(text: &str, variables: Option<&Variables<'_>>) -> Result<Found, String> {
    if !text.contains("${") {
        return Ok(Found::Known(text.to_owned()));
    }
    let mut out = String::new();
    for piece in pieces(text)? {
        match (piece, variables) {
            (Piece::Text(text), _) => out.push_str(text),
            (Piece::Variable(..), None) => return Ok(Found::Open),
            (Piece::Variable(name, default), Some(variables)) => {
                // As in a shell, `:-` stands in for a variable that is empty too.
                let value = variables(name).filter(|value| default.is_none() || !value.is_empty());
                let value = value.or(default.map(str::to_owned)).ok_or_else(|| {
                    format!("the variable `{name}` is not set and has no default")
                })?;
                out.push_str(&value);
            }
        }
    }
    Ok(Found::Known(out))
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{Found, expand};
    use proptest::prelude::*;

    fn of(name: &str) -> Option<String> {
        match name {
            "HOME" => Some("/home/u".to_owned()),
            "EMPTY" => Some(String::new()),
            "ODD" => Some("${HOME}".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn variables_are_replaced_or_missed() {
        for (text, wanted) in [
            ("plain", Ok("plain")),
            ("{a,b}/$x $$", Ok("{a,b}/$x $$")),
            ("${HOME}/rules", Ok("/home/u/rules")),
            ("${NO:-d}${HOME}", Ok("d/home/u")),
            ("${EMPTY:-d}", Ok("d")),
            ("${EMPTY}x", Ok("x")),
            ("${NO:-}", Ok("")),
            ("${ODD}", Ok("${HOME}")),
            ("$${HOME}", Ok("${HOME}")),
            ("a$${b", Ok("a${b")),
            ("${NO}", Err("`NO` is not set")),
            ("${HOME", Err("never closed")),
            ("${1A}", Err("no name")),
            ("${}", Err("no name")),
        ] {
            match (expand(text, Some(&of)), wanted) {
                (Ok(Found::Known(found)), Ok(wanted)) => assert_eq!(found, wanted, "{text}"),
                (Err(found), Err(wanted)) => assert!(found.contains(wanted), "{text}: {found}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
        assert_eq!(expand("${HOME}", None), Ok(Found::Open));
        assert_eq!(expand("$${HOME}", None), Ok(Found::Known("${HOME}".to_owned())));
        assert!(expand("${", None).is_err());
    }

    proptest! {
        #[test]
        fn a_text_without_the_sign_stays(text in "[^{]*") {
            prop_assert_eq!(expand(&text, Some(&of)), Ok(Found::Known(text)));
        }

        #[test]
        fn an_escaped_text_stays(text in ".*") {
            prop_assume!(!text.contains("$$") && !text.contains('{') || !text.contains('$'));
            let escaped = text.replace("${", "$${");
            prop_assert_eq!(expand(&escaped, None), Ok(Found::Known(text)));
        }
    }
}
