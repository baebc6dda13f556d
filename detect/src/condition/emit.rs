//! Conditions as Rust source, so that a build script can compile them in.

use std::borrow::Cow;
use std::fmt::Write;

use super::{Condition, Node, Operator, Scalar};

/// An expression of type `[Node; n]` that can initialise a `static`. It names the items of this
/// crate as `mcp_guard_detect::condition::…` and the standard library's `Cow` in full.
#[must_use]
pub fn to_rust(condition: &Condition) -> String {
    list(condition.nodes(), node)
}

const BORROWED: &str = "::std::borrow::Cow::Borrowed";
const HOME: &str = "::mcp_guard_detect::condition";

fn list<T>(items: &[T], write: impl Fn(&T) -> String) -> String {
    let mut out = String::from("[");
    for item in items {
        out.push_str(&write(item));
        out.push_str(", ");
    }
    out.push(']');
    out
}

fn texts(items: &[Cow<'static, str>]) -> String {
    format!("{BORROWED}(&{})", list(items, |text| format!("{BORROWED}({text:?})")))
}

fn node(node: &Node) -> String {
    let indexes = |parts: &[u16]| format!("{BORROWED}(&{})", list(parts, u16::to_string));
    match node {
        Node::All(parts) => format!("{HOME}::Node::All({})", indexes(parts)),
        Node::Any(parts) => format!("{HOME}::Node::Any({})", indexes(parts)),
        Node::Not(part) => format!("{HOME}::Node::Not({part})"),
        Node::Test(field, test) => {
            format!("{HOME}::Node::Test({field}, {HOME}::Operator::{})", operator(test))
        }
    }
}

fn scalar(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Text(text) => format!("{HOME}::Scalar::Text({BORROWED}({text:?}))"),
        Scalar::Number(number) => format!("{HOME}::Scalar::Number({})", float(*number)),
        Scalar::Flag(flag) => format!("{HOME}::Scalar::Flag({flag})"),
    }
}

fn float(number: f64) -> String {
    if number == f64::INFINITY {
        "f64::INFINITY".to_owned()
    } else if number == f64::NEG_INFINITY {
        "f64::NEG_INFINITY".to_owned()
    } else {
        format!("{number:?}")
    }
}

fn operator(operator: &Operator) -> String {
    match operator {
        Operator::Equals(value) => format!("Equals({})", scalar(value)),
        Operator::In(values) => format!("In({BORROWED}(&{}))", list(values, scalar)),
        Operator::InCaseless(names) => format!("InCaseless({})", texts(names)),
        Operator::Glob(patterns, caseless) => format!("Glob({}, {caseless})", texts(patterns)),
        Operator::Regex(pattern) => {
            format!("Regex({HOME}::Pattern::new({BORROWED}({:?})))", pattern.source())
        }
        Operator::Range(from, to) => format!("Range({}, {})", float(*from), float(*to)),
        Operator::Exists(wanted) => format!("Exists({wanted})"),
        Operator::PathWithin(roots) => format!("PathWithin({})", texts(roots)),
        Operator::HostIn(hosts) => {
            format!("HostIn({HOME}::Parsed::new({}))", texts(hosts.sources()))
        }
        Operator::CidrIn(nets) => format!("CidrIn({HOME}::Parsed::new({}))", texts(nets.sources())),
        Operator::VersionIn(ranges) => {
            let mut out = format!("VersionIn({BORROWED}(&[");
            for range in ranges.iter() {
                // Writing to a String cannot fail.
                let _ = write!(
                    out,
                    "{HOME}::VersionRange {{ scheme: {HOME}::Scheme::{:?}, range: {BORROWED}({:?}) }}, ",
                    range.scheme, range.range
                );
            }
            out.push_str("]))");
            out
        }
    }
}
