//! Which of several tests is asked first: what takes least, because one is often enough.

use super::{Node, Operator};

/// Sorts parts of an `all` or `any` by what it takes to tell whether they hold. Tests have no
/// effects, so their order changes nothing else.
pub(super) fn cheapest_first(parts: &mut [u16], nodes: &[Node]) {
    parts.sort_by_cached_key(|part| effort(*part, nodes));
}

/// A rough measure, in comparisons of short texts.
fn effort(index: u16, nodes: &[Node]) -> usize {
    // Parts stand before what they are part of.
    let sum = |parts: &[u16]| {
        let below = parts.iter().filter(|part| **part < index);
        below.map(|part| effort(*part, nodes)).fold(1, usize::saturating_add)
    };
    match nodes.get(usize::from(index)) {
        Some(Node::All(parts) | Node::Any(parts)) => sum(parts),
        Some(Node::Not(part)) => sum(&[*part]),
        Some(Node::Test(_, operator)) => match operator {
            Operator::Exists(_) | Operator::Equals(_) | Operator::Range(..) => 1,
            Operator::In(wanted) => wanted.len(),
            Operator::InCaseless(wanted) => wanted.len(),
            Operator::Glob(patterns, _) => patterns.len().saturating_mul(10),
            Operator::Regex(_) => 50,
            Operator::PathWithin(roots) => roots.len().saturating_mul(50),
            Operator::HostIn(_) | Operator::CidrIn(_) | Operator::VersionIn(_) => 100,
        },
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::Scalar;

    #[test]
    fn what_costs_least_stands_first() {
        let glob = Operator::Glob(vec!["*".into(), "a*".into()].into(), false);
        let flag = Operator::Equals(Scalar::Flag(true));
        let nodes = vec![
            Node::Test(0, glob),
            Node::Test(1, flag.clone()),
            Node::Not(0),
            Node::All(vec![1].into()),
            Node::Test(2, flag),
        ];
        let mut parts = [0, 2, 3, 4, 1];
        cheapest_first(&mut parts, &nodes);
        assert_eq!(parts, [4, 1, 3, 0, 2]);
    }
}
