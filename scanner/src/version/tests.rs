use std::cmp::Ordering;
use std::ops::Bound;

use proptest::prelude::*;

use super::{Interval, Scheme, Version, covers};

const SCHEMES: [Scheme; 4] =
    [Scheme::Semver, Scheme::Pep440, Scheme::DatedSemver, Scheme::ImageTag];

fn version(scheme: Scheme, text: &str) -> Version {
    scheme.version(text).unwrap_or_else(|| panic!("{text} is a version"))
}

fn admits(scheme: Scheme, range: &str, text: &str) -> bool {
    let range = scheme.range(range).unwrap_or_else(|| panic!("{range} is a range"));
    range.iter().any(|stretch| stretch.contains(&version(scheme, text)))
}

#[test]
fn versions_in_order_of_age() {
    let orders: [(Scheme, &[&str]); 4] = [
        (
            Scheme::Semver,
            &["0.0.1", "v0.9.0", "1.0.0-alpha", "1.0.0-rc.2", "1.0.0-rc.10", "=1.0.0", "1.10.0"],
        ),
        (
            Scheme::Pep440,
            &["0.9", "1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1", "1.2", "1.10", "1!0.1"],
        ),
        (
            Scheme::DatedSemver,
            &["0.6.2", "2025.1.14", "2025.7.29", "2026.8.31", "1.0.0", "2.0.1", "2.3.0", "2.10.0"],
        ),
        (Scheme::ImageTag, &["v0.9.9", "1.0.0-rc.1", "1.0.0-alpine", "1.0.1", "v1.10.0"]),
    ];
    for (scheme, order) in orders {
        for pair in order.windows(2) {
            let [older, newer] = pair else { unreachable!() };
            assert!(version(scheme, older) < version(scheme, newer), "{older} < {newer}");
        }
    }
}

#[test]
fn ways_of_writing_one_version() {
    for (scheme, a, b) in [
        (Scheme::Semver, "v1.2.3", "1.2.3"),
        (Scheme::Semver, "1.2.3+a", "1.2.3"),
        (Scheme::Pep440, "1.2", "1.2.0"),
        (Scheme::Pep440, "1.0-RC1", "1.0rc1"),
        (Scheme::ImageTag, "v1.2.3-slim", "1.2.3"),
    ] {
        assert_eq!(version(scheme, a), version(scheme, b), "{a} = {b}");
    }
}

#[test]
fn what_is_no_version() {
    for (scheme, text) in [
        (Scheme::Semver, "1.2"),
        (Scheme::Semver, "latest"),
        (Scheme::Semver, ""),
        (Scheme::Semver, "99999999999999999999.0.0"),
        (Scheme::Pep440, "latest"),
        (Scheme::Pep440, "1.*"),
        (Scheme::ImageTag, "1.2"),
        (Scheme::ImageTag, "latest"),
        (Scheme::ImageTag, "sha-0123456"),
        (Scheme::ImageTag, "20250101000000.1.1"),
        (Scheme::ImageTag, "1.2.3.4"),
    ] {
        assert_eq!(scheme.version(text), None, "{text}");
    }
}

#[test]
fn ranges() {
    for (scheme, range, version, wanted) in [
        (Scheme::Semver, "^1.2.0", "1.2.0", true),
        (Scheme::Semver, "^1.2.0", "1.99.0", true),
        (Scheme::Semver, "^1.2.0", "2.0.0", false),
        (Scheme::Semver, "^0.5.0", "0.6.0", false),
        (Scheme::Semver, "~1.2", "1.3.0", false),
        (Scheme::Semver, "1.x || >=3", "2.0.0", false),
        (Scheme::Semver, "1.x || >=3", "3.1.0", true),
        (Scheme::Semver, "*", "0.0.1", true),
        (Scheme::Semver, "1.2.3 - 2", "2.9.9", true),
        (Scheme::Pep440, ">=1,<2", "1.9", true),
        (Scheme::Pep440, ">=1,<2", "2.0", false),
        (Scheme::Pep440, "~=1.4.5", "1.4.9", true),
        (Scheme::Pep440, "~=1.4.5", "1.5.0", false),
        (Scheme::Pep440, "~=1.4", "1.9", true),
        (Scheme::Pep440, "==1.4.*", "1.4.7", true),
        (Scheme::Pep440, "==1.4.*", "1.5.dev0", false),
        (Scheme::Pep440, "!=1.3", "1.3", true),
        (Scheme::DatedSemver, "^2025.1.14", "2025.7.1", true),
        (Scheme::DatedSemver, "^2025.1.14", "2026.1.1", false),
        (Scheme::DatedSemver, "^2025.1.14", "2.3.0", false),
        (Scheme::DatedSemver, ">=0.6.0", "2026.8.31", true),
        (Scheme::DatedSemver, "<=2.0.0", "2026.8.31", false),
        (Scheme::DatedSemver, "<3", "0.6.2", true),
        (Scheme::ImageTag, "1.2", "1.2.9", true),
        (Scheme::ImageTag, "v1", "1.9.0", true),
        (Scheme::ImageTag, "1.2-alpine", "1.3.0", false),
    ] {
        assert_eq!(admits(scheme, range, version), wanted, "{range} {version}");
    }
    for (scheme, range) in
        [(Scheme::Semver, "latest"), (Scheme::Pep440, "^1"), (Scheme::ImageTag, "edge")]
    {
        assert_eq!(scheme.range(range), None, "{range}");
    }
}

#[test]
fn an_advisory_means_versions_written_like_its_bounds() {
    let scheme = Scheme::DatedSemver;
    let between = |low: &str, high: &str| {
        let high = Bound::Excluded(version(scheme, high));
        scheme.between(Bound::Included(version(scheme, low)), high)
    };
    let holds = |set: &[Interval], text: &str| {
        set.iter().any(|stretch| stretch.contains(&version(scheme, text)))
    };
    let semver = between("0.0.0", "2.3.0");
    assert!(holds(&semver, "0.6.2") && holds(&semver, "1.0.0") && holds(&semver, "2.2.9"));
    assert!(!holds(&semver, "2026.8.31") && !holds(&semver, "2.3.0"));
    let dates = between("2025.1.14", "2025.7.1");
    assert!(holds(&dates, "2025.3.1"));
    assert!(!holds(&dates, "2025.7.1") && !holds(&dates, "2.0.0") && !holds(&dates, "0.6.2"));
    let open = scheme.between(Bound::Included(version(scheme, "1.0.0")), Bound::Unbounded);
    assert!(holds(&open, "9.0.0") && !holds(&open, "2026.8.31"));
}

#[test]
fn a_range_that_admits_nothing_is_covered_by_nothing() {
    assert!(!covers(&Scheme::Pep440.all(), &Scheme::Pep440.range(">2,<1").unwrap()));
    for scheme in SCHEMES {
        assert!(covers(&scheme.all(), &scheme.all()), "{scheme:?}");
    }
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..4_u64, 1998..2028_u64]
}

fn text(scheme: Scheme) -> impl Strategy<Value = String> {
    let endings: &[&str] = match scheme {
        Scheme::Semver | Scheme::DatedSemver => &["", "", "-0", "-alpha", "-rc.1", "-rc.10", "+b"],
        Scheme::Pep440 => &["", "", ".dev1", "a1", "rc2", ".post1", "+local.1"],
        Scheme::ImageTag => &["", "", "-rc.1", "-alpine", "-beta2"],
    };
    (number(), 0..3_u64, 0..3_u64, prop::sample::select(endings))
        .prop_map(|(major, minor, patch, ending)| format!("{major}.{minor}.{patch}{ending}"))
}

fn three() -> impl Strategy<Value = (Scheme, [String; 3])> {
    prop::sample::select(&SCHEMES[..])
        .prop_flat_map(|scheme| (Just(scheme), [text(scheme), text(scheme), text(scheme)]))
}

proptest! {
    #[test]
    fn the_order_is_total((scheme, [a, b, c]) in three()) {
        let [a, b, c] = [a, b, c].map(|text| version(scheme, &text));
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a.cmp(&b) == Ordering::Equal, a == b);
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
    }

    /// What lies within a stretch that is covered lies within what covers it.
    #[test]
    fn covered_is_contained(
        (scheme, [a, b, c]) in three(),
        (d, e, open) in (number(), number(), 0..4_u8),
    ) {
        let bound = |text: &str, included: bool| {
            let version = version(scheme, text);
            if included { Bound::Included(version) } else { Bound::Excluded(version) }
        };
        let outer = scheme.between(
            if open & 1 == 0 { Bound::Unbounded } else { bound(&a, true) },
            if open & 2 == 0 { Bound::Unbounded } else { bound(&b, open == 2) },
        );
        let inner = scheme.between(
            bound(&format!("{d}.0.0"), open > 1),
            bound(&format!("{e}.2.0"), open != 1),
        );
        let c = version(scheme, &c);
        let holds = |set: &[Interval]| set.iter().any(|stretch| stretch.contains(&c));
        if covers(&outer, &inner) && holds(&inner) {
            prop_assert!(holds(&outer));
        }
    }

    /// The stretches of a range hold what the library says that it admits.
    #[test]
    fn ranges_agree_with_the_library(
        operator in prop::sample::select(&["^", "~", ">=", ">", "<", "<=", ""][..]),
        (bound, asked) in (text(Scheme::Semver), text(Scheme::Semver)),
    ) {
        let range = format!("{operator}{bound}");
        let asked_version = nodejs_semver::Version::parse(&asked).unwrap();
        let wanted = nodejs_semver::Range::parse(&range).unwrap()
            .satisfies_with_prerelease(&asked_version, true);
        prop_assert_eq!(admits(Scheme::Semver, &range, &asked), wanted, "{} {}", range, asked);
        prop_assert_eq!(admits(Scheme::DatedSemver, &range, &asked), wanted, "{} {}", range, asked);
    }

    /// And so do those of Python, where what they hold more is said.
    #[test]
    fn specifiers_admit_no_more_than_their_stretch(
        operator in prop::sample::select(&["~=", ">=", ">", "<", "<=", "==", "!="][..]),
        (bound, asked) in (text(Scheme::Pep440), text(Scheme::Pep440)),
    ) {
        let range = format!("{operator}{bound}");
        if let Ok(specifiers) = range.parse::<pep440_rs::VersionSpecifiers>() {
            // A local label of the version that is asked for counts only if it is named.
            let asked_version: pep440_rs::Version = asked.parse().unwrap();
            if specifiers.contains(&asked_version) && !asked_version.is_local() {
                prop_assert!(admits(Scheme::Pep440, &range, &asked), "{} {}", range, asked);
            }
        }
    }

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,40}") {
        for scheme in SCHEMES {
            let _ = (scheme.version(&text), scheme.range(&text));
        }
    }
}
