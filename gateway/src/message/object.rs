//! The members of a JSON object, with the places where they stand.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Members that decisions are made by. Some JSON libraries ignore the case of names.
const DECISIVE: [&str; 16] = [
    "_meta",
    "arguments",
    "cursor",
    "error",
    "id",
    "jsonrpc",
    "level",
    "method",
    "name",
    "params",
    "ref",
    "requestId",
    "result",
    "taskId",
    "uri",
    "version",
];

/// More members than this are compared by a table.
const FEW: usize = 16;

/// A JSON object whose members were told apart and not looked into. No member stands twice, and none
/// that decisions are made by stands beside one that a reader who ignores case takes for it: what is
/// judged is what is forwarded.
#[derive(Clone, Debug, Default)]
pub struct Object<'a> {
    members: Vec<Member<'a>>,
}

/// A member of an object.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    /// Its name, escapes undone.
    pub name: Cow<'a, str>,
    /// The JSON of its value.
    pub value: &'a str,
}

/// Why something is no object whose members can be told apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ObjectFault(String);

impl<'a> Object<'a> {
    /// Reads it.
    ///
    /// # Errors
    /// If it is no JSON object, or names a member twice.
    pub fn from_json(json: &'a str) -> Result<Self, ObjectFault> {
        serde_json::from_str(json).map_err(|error| ObjectFault(unplaced(&error)))
    }

    /// The JSON of the member of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.members.iter().find(|member| member.name == name).map(|member| member.value)
    }

    /// The text of the member of this name, if it is a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name).and_then(text)
    }

    /// Its members, in their order.
    pub fn members(&self) -> impl Iterator<Item = &Member<'a>> {
        self.members.iter()
    }

    /// Whether it has no members.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

/// What a JSON string holds; `None` for any other JSON and for a string that is no Unicode text.
#[must_use]
pub fn text(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str(json).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}

/// Where `part`, a slice of `whole`, stands in it.
pub(crate) fn place(whole: &str, part: &str) -> Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
    start..start + part.len()
}

/// Whether a reader that ignores case takes `other` for `one`, which is plain ASCII.
pub(crate) fn look_alike(one: &str, other: &str) -> bool {
    if one.len() > other.len() {
        return false; // no fold makes a name shorter than `one`, which is plain
    }
    let fold = |c: char| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    one.chars().map(fold).eq(other.chars().map(fold))
}

/// What the reader says, without a line and column, which would be those of a part.
pub(crate) fn unplaced(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
        None => text,
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members: Vec<Member<'de>> = Vec::new();
                let mut many: HashSet<String> = HashSet::new();
                let mut decisive = 0_u32;
                while let Some(Name(name)) = map.next_key()? {
                    let twice = match members.len() {
                        0..FEW => members.iter().any(|member| member.name == name),
                        FEW => {
                            many.extend(members.iter().map(|member| member.name.to_string()));
                            !many.insert(name.to_string())
                        }
                        _ => !many.insert(name.to_string()),
                    };
                    let place = DECISIVE.iter().position(|known| look_alike(known, &name));
                    let mark = place.map_or(0, |place| 1 << place);
                    if twice || decisive & mark != 0 {
                        return Err(A::Error::custom(format_args!("member {name:?} stands twice")));
                    }
                    decisive |= mark;
                    let value: &RawValue = map.next_value()?;
                    members.push(Member { name, value: value.get() });
                }
                Ok(Object { members })
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// The name of a member, borrowed where it holds no escape.
pub(crate) struct Name<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }

            fn visit_string<E>(self, name: String) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name)))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::{Object, look_alike, place, text};

    #[test]
    fn members_are_told_apart_and_not_looked_into() {
        let json = r#"{"a": {"x":1,"x":2} , "\u0062":[1e400], "c":"d\ud800"}"#;
        let object = Object::from_json(json).unwrap();
        assert_eq!(object.get("a"), Some(r#"{"x":1,"x":2}"#));
        assert_eq!(object.get("b"), Some("[1e400]"));
        assert_eq!(object.get("c"), Some(r#""d\ud800""#));
        assert_eq!(object.text("c"), None);
        assert_eq!(place(json, object.get("a").unwrap()), 6..19);
    }

    #[test]
    fn no_member_stands_twice() {
        for json in [
            r#"{"name":1,"name":2}"#,
            r#"{"name":1,"n\u0061me":2}"#,
            r#"{"name":1,"Name":2}"#,
            r#"{"params":1,"param\u017f":2}"#,
        ] {
            let fault = Object::from_json(json).unwrap_err();
            assert!(fault.to_string().ends_with("stands twice"), "{fault}");
        }
    }

    #[test]
    fn nothing_else_is_an_object() {
        for json in ["null", "5", "[]", r#""a""#, "", "{", r#"{"a"}"#, "{} x"] {
            assert!(Object::from_json(json).is_err(), "{json}");
        }
    }

    #[test]
    fn texts() {
        assert_eq!(text(r#""a""#).as_deref(), Some("a"));
        assert_eq!(text(r#""\u0061\n""#).as_deref(), Some("a\n"));
        assert_eq!(text("5"), None);
        assert!(look_alike("task", "ta\u{17f}\u{212a}"));
        assert!(!look_alike("name", "names"));
    }

    #[test]
    fn other_members_may_differ_by_case_only() {
        assert!(Object::from_json(r#"{"a":1,"A":2}"#).is_ok());
    }

    #[test]
    fn many_members_take_no_square_of_their_number() {
        let members: Vec<String> = (0..200_000).map(|n| format!("\"{n}\":0")).collect();
        let json = format!("{{{}}}", members.join(","));
        assert_eq!(Object::from_json(&json).unwrap().members().count(), 200_000);
        let json = format!("{{{},\"7\":1}}", members.join(","));
        assert!(Object::from_json(&json).is_err());
    }
}
