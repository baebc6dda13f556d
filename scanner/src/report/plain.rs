//! Texts of a report in formats that programs read and that end up in logs as well.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::finding::{is_plain, visible};

/// A text without anything that acts where it is shown.
pub(super) fn shown(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// A path without `./` in front.
pub(super) fn relative(path: &str) -> &str {
    path.strip_prefix("./").filter(|rest| !rest.is_empty()).unwrap_or(path)
}

/// Writes a JSON document with a final line end. What does not show itself is written as an escape,
/// so that paths and edits stay what they are and nothing acts on a terminal.
pub(super) fn write_json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    write_as(PrettyFormatter::new(), value, out)
}

/// The same without spaces, for documents that are large and nobody reads.
pub(super) fn write_dense_json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    write_as(CompactFormatter, value, out)
}

fn write_as(
    formatter: impl Formatter,
    value: &impl Serialize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Escaping(formatter));
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

struct Escaping<F>(F);

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if is_plain(fragment) {
            return out.write_all(fragment.as_bytes());
        }
        let mut buffer = [0; 2];
        let mut rest = fragment;
        let hidden = |character: char| visible(character) != character;
        while let Some(at) = rest.find(hidden) {
            let (shown, behind) = rest.split_at(at);
            out.write_all(shown.as_bytes())?;
            let mut characters = behind.chars();
            for unit in
                characters.next().map(|one| one.encode_utf16(&mut buffer)).into_iter().flatten()
            {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = characters.as_str();
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_does_not_show_itself_is_escaped() {
        let text = "a\n\"\\\u{1b}\u{7f}\u{9b}\u{202e}\u{e0001}é😀/";
        let value = BTreeMap::from([("key", vec![text, ""]), ("other", vec![])]);
        let mut out = Vec::new();
        write_json(&value, &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains("\\u001b\\u007f\\u009b\\u202e\\udb40\\udc01é😀/"), "{out}");
        assert_eq!(serde_json::from_str::<BTreeMap<&str, Vec<String>>>(&out).unwrap(), {
            let own = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
            value.into_iter().map(|(key, texts)| (key, own(texts))).collect()
        });
        let pretty = "{\n  \"key\": [\n    \"x\"\n  ]\n}\n";
        let mut out = Vec::new();
        write_json(&BTreeMap::from([("key", ["x"])]), &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), pretty);
    }
}
