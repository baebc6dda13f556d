//! The words for operators, and what each is for.

use super::FieldType;

macro_rules! keywords {
    ($( $(#[doc = $doc:literal])+ $name:ident $word:literal $right:literal, )+) => {
        /// The word for an operator, as it stands right of a field.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Keyword {
            $( $(#[doc = $doc])+ $name, )+
        }

        impl Keyword {
            /// Every operator, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// What stands right of it, in a few words of documentation.
            #[must_use]
            pub const fn right_side(self) -> &'static str {
                match self { $(Self::$name => $right),+ }
            }

            /// When it holds, in a few sentences of documentation.
            #[must_use]
            pub fn doc(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim()),+ }
            }
        }
    };
}

keywords! {
    /// The value is this one. Letter case counts, except in names and hosts; a host is the same in every spelling. `field: value` is short for it.
    Equals "equals" "a value",
    /// The value is one of these. `field: [a, b]` is short for it.
    In "in" "a list of values",
    /// The whole value matches one of the patterns: `*` stands for any run of characters, `/` included, `?` for one. Letter case counts, except in names and hosts.
    Glob "glob" "a pattern or a list of patterns",
    /// The expression matches somewhere in the value: `^` and `$` anchor it. The syntax is that of Rust's `regex` crate without Unicode classes; `(?i)` ignores letter case. It never backtracks, and one that grows beyond a mebibyte is refused.
    Regex "regex" "a regular expression",
    /// The number lies between the bounds, both included. One of them may be left out.
    Range "range" "`min`, `max` or both",
    /// The path is one of the directories or lies below, after `.` and `..`, slashes, `file:`, escapes and the spellings of the home directory are resolved. It compares words and never looks at a disk.
    PathWithin "path_within" "a directory or a list of them",
    /// The host matches one of the patterns: `example.com` is that host, `*.example.com` the hosts below it, `.example.com` both, `*` any. Letter case, port and trailing dot do not count, and an address matches in every spelling.
    HostIn "host_in" "a host pattern or a list of them",
    /// The host is an address in one of the networks. A name is in none.
    CidrIn "cidr_in" "a network such as `10.0.0.0/8`, an address, or a list of them",
    /// The version lies in the range of the scheme: `npm` for semantic versions and ranges as in `package.json`, `pypi` for those of PEP 440. What is no version of the scheme, a tag such as `latest`, lies in none.
    VersionIn "version_in" "a mapping from `npm`, `pypi` or both to a range",
    /// The field has a value (`true`) or none (`false`). An empty list is none.
    Exists "exists" "`true` or `false`",
}

impl Keyword {
    /// The types of fields that have it.
    pub fn field_types(self) -> impl Iterator<Item = FieldType> {
        FieldType::ALL.iter().copied().filter(move |kind| kind.operators().contains(&self))
    }
}
