//! Which fields a record has, and of what type they are.

use super::Keyword;
use crate::nearest::nearest;

/// What a field holds, and so which operators it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Text compared letter by letter.
    Text,
    /// A name in which letter case does not count (header and variable names).
    Name,
    /// A file system path of any platform.
    Path,
    /// A host name or IP address.
    Host,
    /// A version of a package.
    Version,
    /// A number.
    Number,
    /// Yes or no.
    Flag,
}

impl FieldType {
    /// Every type, in the order of the documentation.
    pub const ALL: &'static [Self] =
        &[Self::Text, Self::Name, Self::Path, Self::Host, Self::Version, Self::Number, Self::Flag];

    /// The name used in messages and documentation.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Name => "name",
            Self::Path => "path",
            Self::Host => "host",
            Self::Version => "version",
            Self::Number => "number",
            Self::Flag => "flag",
        }
    }

    /// What it holds, in one line of documentation.
    #[must_use]
    pub const fn doc(self) -> &'static str {
        match self {
            Self::Text => "Text, compared letter by letter",
            Self::Name => "A name in which letter case does not count, such as a header's",
            Self::Path => "A path of any platform, compared as text except by `path_within`",
            Self::Host => "A host name or IP address, the same in every spelling",
            Self::Version => "A version as written, compared as text except by `version_in`",
            Self::Number => "A number",
            Self::Flag => "`true` or `false`, never absent",
        }
    }

    /// The operators a field of this type has.
    #[must_use]
    pub const fn operators(self) -> &'static [Keyword] {
        use Keyword::{
            CidrIn, Equals, Exists, Glob, HostIn, In, PathWithin, Range, Regex, VersionIn,
        };
        match self {
            Self::Text | Self::Name => &[Equals, In, Glob, Regex, Exists],
            Self::Path => &[Equals, In, Glob, Regex, PathWithin, Exists],
            Self::Host => &[Equals, In, Glob, Regex, HostIn, CidrIn, Exists],
            Self::Version => &[Equals, In, Glob, Regex, VersionIn, Exists],
            Self::Number => &[Equals, In, Range, Exists],
            Self::Flag => &[Equals, Exists],
        }
    }
}

/// One field of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name used in conditions and messages.
    pub name: &'static str,
    /// The type of the value, or of each element.
    pub kind: FieldType,
    /// Whether the value is a list.
    pub list: bool,
    /// The only values a text field can have; empty when it is open.
    pub values: &'static [&'static str],
    /// Whether the value may hold a secret and so must never be printed.
    pub sensitive: bool,
    /// What it means, in one line of documentation.
    pub doc: &'static str,
}

/// The fields of one kind of record.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// The name of the kind of record, used in messages.
    pub name: &'static str,
    /// Its own fields, then the fields shared with other kinds; a field's index counts through
    /// both.
    pub fields: [&'static [Field]; 2],
}

impl Schema {
    /// The field of that name and its index, or a message that names the nearest one.
    ///
    /// # Errors
    /// When the schema has no such field.
    pub fn field(&self, name: &str) -> Result<(u16, &'static Field), String> {
        self.iter()
            .enumerate()
            .find(|(_, field)| field.name == name)
            .and_then(|(index, field)| Some((u16::try_from(index).ok()?, field)))
            .ok_or_else(|| {
                let names = self.iter().map(|field| field.name);
                match nearest(name, names.clone()) {
                    Some(near) => {
                        format!("`{}` has no field `{name}`; did you mean `{near}`?", self.name)
                    }
                    None => format!(
                        "`{}` has no field `{name}`; it has {}",
                        self.name,
                        names.collect::<Vec<_>>().join(", ")
                    ),
                }
            })
    }

    /// All fields in the order of their indexes.
    pub fn iter(&self) -> impl Iterator<Item = &'static Field> + Clone {
        let [own, shared] = self.fields;
        own.iter().chain(shared)
    }
}
