//! What a field's value must be like.

use std::borrow::Cow;

use super::{Parsed, Pattern, Value, VersionRange, wildcard};
use crate::host::{self, Cidr, HostPattern};
use crate::path;

/// A single value in a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// Text.
    Text(Cow<'static, str>),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
}

/// An operator and its right-hand side.
#[derive(Clone, Debug)]
pub enum Operator {
    /// Equal to the value.
    Equals(Scalar),
    /// Equal to one of the values.
    In(Cow<'static, [Scalar]>),
    /// Equal to one of the texts, letter case aside.
    InCaseless(Cow<'static, [Cow<'static, str>]>),
    /// Matches one of the `*`/`?` patterns; the flag says whether letter case is ignored.
    Glob(Cow<'static, [Cow<'static, str>]>, bool),
    /// Matches the regular expression somewhere.
    Regex(Pattern),
    /// Lies between the bounds, both included.
    Range(f64, f64),
    /// Has a value (for a list: a non-empty one), or has none.
    Exists(bool),
    /// Names one of the directories or something below it, after normalisation.
    PathWithin(Cow<'static, [Cow<'static, str>]>),
    /// Matches one of the host patterns, see [`host::host_in`].
    HostIn(Parsed<HostPattern>),
    /// Is an address in one of the networks, see [`host::cidr_in`].
    CidrIn(Parsed<Cidr>),
    /// Is a version in one of the ranges.
    VersionIn(Cow<'static, [VersionRange]>),
}

impl Operator {
    /// Whether the value satisfies the operator; a list does when some element does.
    #[must_use]
    pub fn holds(&self, value: Value<'_>) -> bool {
        if let Self::Exists(wanted) = self {
            let there = !matches!(value, Value::Absent | Value::List([]));
            return there == *wanted;
        }
        match value {
            Value::Absent => false,
            Value::Text(text) => self.holds_for_text(text),
            Value::List(texts) => texts.iter().any(|text| self.holds_for_text(text)),
            Value::Number(number) => match self {
                Self::Equals(wanted) => *wanted == Scalar::Number(number),
                Self::In(wanted) => wanted.contains(&Scalar::Number(number)),
                Self::Range(from, to) => *from <= number && number <= *to,
                _ => false,
            },
            Value::Flag(flag) => match self {
                Self::Equals(wanted) => *wanted == Scalar::Flag(flag),
                Self::In(wanted) => wanted.contains(&Scalar::Flag(flag)),
                _ => false,
            },
        }
    }

    fn holds_for_text(&self, text: &str) -> bool {
        let is = |wanted: &Scalar| matches!(wanted, Scalar::Text(wanted) if wanted == text);
        match self {
            Self::Equals(wanted) => is(wanted),
            Self::In(wanted) => wanted.iter().any(is),
            Self::InCaseless(wanted) => wanted.iter().any(|w| w.eq_ignore_ascii_case(text)),
            Self::Glob(patterns, caseless) => {
                patterns.iter().any(|pattern| wildcard::matches(pattern, text, *caseless))
            }
            Self::Regex(pattern) => pattern.is_match(text),
            Self::PathWithin(roots) => roots.iter().any(|root| path::within(text, root)),
            Self::HostIn(hosts) => host::host_in(text, hosts.values()),
            Self::CidrIn(nets) => host::cidr_in(text, nets.values()),
            Self::VersionIn(ranges) => ranges.iter().any(|range| range.contains(text)),
            Self::Range(..) | Self::Exists(_) => false,
        }
    }
}
