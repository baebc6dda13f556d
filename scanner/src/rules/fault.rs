//! What is wrong with a rule file, and where.

use std::fmt;

use mcp_guard_detect::nearest::nearest;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::fault::{Fault, without_text};

/// A step from a value of a YAML document into it.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// To the value of this key.
    Key(&'static str),
    /// To the element of this index.
    Index(usize),
}

/// A fault of the value that the steps lead to.
#[must_use]
pub fn at(yaml: &str, steps: &[Step], message: String) -> Fault {
    let found = Search(steps).deserialize(serde_yaml::Deserializer::from_str(yaml));
    let (line, column) = found.err().map_or((1, 1), |error| place(&error));
    Fault { line, column, message }
}

/// What the YAML reader complains about.
pub(super) fn of_reader(yaml: &str, error: &serde_yaml::Error) -> Fault {
    let (line, column) = place(error);
    let told = error.to_string();
    let told = told.rsplit_once(" at line ").map_or(told.as_str(), |(message, _)| message);
    let message = match told.split_once(": ") {
        // The way to the value, which the place says better.
        Some((way, message)) if is_way(way) => message,
        _ => told,
    };
    let message = with_nearest(worded(&without_text(message)));
    // The reader tells of the mapping, which for a rule's own keys is the whole file.
    match message.strip_prefix("duplicate field `").and_then(|rest| rest.strip_suffix('`')) {
        Some(key) => {
            let again = Again { key }.deserialize(serde_yaml::Deserializer::from_str(yaml));
            let (line, column) = match again {
                Err(again) if (line, column) == (1, 1) => place(&again),
                _ => (line, column),
            };
            Fault { line, column, message: format!("`{key}` stands here twice") }
        }
        None => Fault { line, column, message },
    }
}

/// The reader's message in the words of the rule's author.
fn worded(message: &str) -> String {
    if message.starts_with("deserializing from YAML containing more than one document") {
        return "a rule file holds one rule, and this one more than one document".to_owned();
    }
    message
        .replace("invalid type: unit value", "there is nothing")
        .replace("invalid type: string", "there is a text")
        .replace("invalid type: sequence", "there is a list")
        .replace("invalid type: map", "there is a mapping")
        .replace("invalid type: ", "there is the ")
        .replace("missing field", "missing key")
        .replace("expected struct Rule", "expected a rule, a mapping with `id` and so on")
        .replace("expected a sequence", "expected a list")
        .replace("expected f64", "expected a number")
        .replace("expected a boolean", "expected `true` or `false`")
}

fn place(error: &serde_yaml::Error) -> (usize, usize) {
    error.location().map_or((1, 1), |location| (location.line(), location.column()))
}

fn is_way(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.[]".contains(&byte))
}

/// Replaces the list of everything that could stand there by the nearest of it.
fn with_nearest(message: String) -> String {
    let unknown = message.starts_with("unknown field") || message.starts_with("unknown variant");
    let Some((told, known)) = message.split_once(", expected ").filter(|_| unknown) else {
        return message;
    };
    let quoted = |text: &'_ str| -> Vec<String> {
        text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let names = quoted(known);
    let told =
        told.replace("unknown field", "unknown key").replace("unknown variant", "unknown word");
    let near = quoted(&told)
        .first()
        .and_then(|name| nearest(name, names.iter().map(String::as_str)).map(str::to_owned));
    match near {
        Some(near) => format!("{told}; did you mean `{near}`?"),
        None => format!("{told}; there are {}", names.join(", ")),
    }
}

/// Goes the steps and fails at their end, because an error of the reader knows its place.
struct Search<'s>(&'s [Step]);

impl Search<'_> {
    fn there<E: Error>() -> E {
        E::custom("here")
    }
}

impl<'de> DeserializeSeed<'de> for Search<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Search<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the way to a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((Step::Key(wanted), rest)) = self.0.split_first() else {
            return Err(Self::there());
        };
        while let Some(key) = map.next_key::<String>()? {
            if key == *wanted {
                map.next_value_seed(Search(rest))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Err(Self::there())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Some((Step::Index(wanted), rest)) = self.0.split_first() else {
            return Err(Self::there());
        };
        for _ in 0..*wanted {
            list.next_element::<IgnoredAny>()?;
        }
        list.next_element_seed(Search(rest))?;
        Err(Self::there())
    }
}

/// Fails at the second place of a key in the outermost mapping.
struct Again<'k> {
    key: &'k str,
}

impl<'de> DeserializeSeed<'de> for Again<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Again<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = 0;
        while map.next_key_seed(Key { wanted: self.key, seen: &mut seen })?.is_some() {
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// A key that may come once.
struct Key<'k> {
    wanted: &'k str,
    seen: &'k mut usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<(), E> {
        *self.seen += usize::from(key == self.wanted);
        if *self.seen > 1 { Err(E::custom("again")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Step, at};

    #[test]
    fn a_value_is_found_where_it_stands() {
        let yaml = "a: 1\nb:\n  - x: [1, 2]\n    y: \"text\"\n  - [deep,\n     er]\nc:\n";
        for (steps, wanted) in [
            (&[][..], (1, 1)),
            (&[Step::Key("a")], (1, 4)),
            (&[Step::Key("b")], (3, 3)),
            (&[Step::Key("b"), Step::Index(0), Step::Key("y")], (4, 8)),
            (&[Step::Key("b"), Step::Index(1), Step::Index(1)], (6, 6)),
            (&[Step::Key("c")], (7, 3)),
            // What is not there is told of what should hold it.
            (&[Step::Key("b"), Step::Index(0), Step::Key("z")], (3, 5)),
            (&[Step::Key("nothing")], (1, 1)),
        ] {
            let fault = at(yaml, steps, String::new());
            assert_eq!((fault.line, fault.column), wanted, "{steps:?}");
        }
    }
}
