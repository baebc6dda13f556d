//! Names that can be mistaken for that of a known server.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::LazyLock;

use strsim::osa_distance;
use unicode_security::skeleton;

use super::index::{Alias, PackageKey};
use super::likeness::{is_of_mcp, is_telling, scoped, serves, signature, squeezed, words};
use super::name::normalised;
use super::server::Registry;
use super::{NAMESAKES, PACKAGES, SCOPES, SQUEEZED, UNSCOPED, package};
use crate::compiled::compiled;

compiled! {
    /// How one name resembles another.
    pub enum Likeness {
        /// A letter or two are wrong, missing, too many or swapped.
        Letters = "letters",
        /// The words are separated in another way.
        Separator = "separator",
        /// The base name is the same, the scope nearly so.
        Scope = "scope",
        /// Other characters that look the same.
        Homoglyph = "homoglyph",
        /// The name without its scope.
        Unscoped = "unscoped",
        /// The same name, in a registry where the server is not published.
        Ecosystem = "ecosystem",
    }
}

/// The known name that another one can be mistaken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookalike {
    /// How they resemble each other.
    pub likeness: Likeness,
    /// The known name; of a scope alone where nothing else is known, `@scope`.
    pub of: Cow<'static, str>,
    /// Where the known name is published.
    pub registry: Registry,
}

/// Longer names than that are none of a registry (npm allows 214 characters, but nobody writes
/// them).
const LONGEST: usize = 100;

/// What a package's name can be mistaken for. Nothing if it is known itself, or known to be
/// somebody's own.
#[must_use]
pub fn lookalike(registry: Registry, name: &str) -> Option<Lookalike> {
    let named = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '/');
    let has_lists = matches!(registry, Registry::Npm | Registry::Pypi);
    if !has_lists
        || name.is_empty()
        || name.len() > LONGEST
        || !name.chars().all(named)
        || package(registry, name).is_some()
        || is_namesake(registry, name)
    {
        return None;
    }
    elsewhere(registry, name)
        .or_else(|| unscoped(registry, name))
        .or_else(|| homoglyph(registry, name))
        .or_else(|| other_scope(registry, name))
        .or_else(|| separated(registry, name))
        .or_else(|| misspelt(registry, name))
}

fn is_namesake(registry: Registry, name: &str) -> bool {
    let lists = NAMESAKES.iter().filter(|list| list.registry == registry);
    lists.into_iter().any(|list| {
        let names = &list.names;
        names.binary_search_by(|own| own.bytes().cmp(normalised(registry, name))).is_ok()
    })
}

fn elsewhere(registry: Registry, name: &str) -> Option<Lookalike> {
    let other = if registry == Registry::Npm { Registry::Pypi } else { Registry::Npm };
    let wanted = normalised(registry, name).text();
    let server = package(other, &wanted)?;
    let mut packages = server.packages.iter().filter(|package| package.ecosystem == other);
    let known = packages.find(|p| normalised(other, &p.name).eq(normalised(other, &wanted)))?;
    Some(Lookalike { likeness: Likeness::Ecosystem, of: known.name.clone(), registry: other })
}

fn unscoped(registry: Registry, name: &str) -> Option<Lookalike> {
    alias(
        &UNSCOPED,
        registry,
        |key| key.bytes().cmp(normalised(registry, name)),
        Likeness::Unscoped,
    )
}

fn separated(registry: Registry, name: &str) -> Option<Lookalike> {
    let wanted = squeezed(name);
    alias(&SQUEEZED, registry, |key| key.bytes().cmp(wanted.clone()), Likeness::Separator)
}

fn alias(
    table: &'static [Alias],
    registry: Registry,
    compare: impl Fn(&str) -> Ordering,
    likeness: Likeness,
) -> Option<Lookalike> {
    let order = |alias: &Alias| alias.ecosystem.cmp(&registry).then_with(|| compare(&alias.name));
    let found = table.get(table.binary_search_by(order).ok()?)?;
    Some(Lookalike { likeness, of: found.package.clone(), registry })
}

/// The names as the eye reads them (UTS #39, 4), by registry and name.
static READ: LazyLock<Vec<(Registry, String, &'static PackageKey)>> = LazyLock::new(|| {
    let names = PACKAGES.iter().filter(|key| is_of_mcp(&key.name));
    let mut read: Vec<_> = names.map(|key| (key.ecosystem, read(&key.name), key)).collect();
    read.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    read
});

fn read(name: &str) -> String {
    skeleton(name).flat_map(char::to_lowercase).collect()
}

fn homoglyph(registry: Registry, name: &str) -> Option<Lookalike> {
    let deceives =
        !name.is_ascii() || name.contains(['0', '1']) || name.contains("rn") || name.contains("vv");
    if !deceives {
        return None;
    }
    let wanted = read(name);
    let order = |(of, text, _): &(Registry, String, _)| (of, text).cmp(&(&registry, &wanted));
    let (.., key) = READ.get(READ.binary_search_by(order).ok()?)?;
    Some(Lookalike { likeness: Likeness::Homoglyph, of: key.name.clone(), registry })
}

/// A scope of this length may be misspelt in two letters and still be nobody else's.
const LONG_SCOPE: usize = 12;

fn other_scope(registry: Registry, name: &str) -> Option<Lookalike> {
    let (scope, base) = scoped(name).filter(|_| registry == Registry::Npm)?;
    let bits = signature(scope.bytes());
    let mut whole = None;
    for known in &SCOPES {
        let known = known.name.as_ref();
        let near = |most: u32| {
            (signature(known.bytes()) ^ bits).count_ones() <= 2 * most
                && known.len().abs_diff(scope.len()) <= 2
                && osa_distance(known, scope) <= if most == 1 { 1 } else { 2 }
        };
        let longer = |a: &str, b: &str| b.len() >= 5 && a.starts_with(b);
        let same_words = squeezed(known).eq(squeezed(scope));
        let extended = is_telling(base) && (longer(scope, known) || longer(known, scope));
        let misspelt = known.len() >= 5 && near(if known.len() < 8 { 1 } else { 2 });
        if scope == known || !(same_words || extended || misspelt) {
            continue;
        }
        let of = format!("@{known}/{base}");
        if package(registry, &of).is_some() {
            let of = Cow::Owned(of);
            return Some(Lookalike { likeness: Likeness::Scope, of, registry });
        }
        if serves(base) && known.len() >= LONG_SCOPE && (same_words || misspelt) {
            whole = Some(format!("@{known}"));
        }
    }
    let of = Cow::Owned(whole?);
    Some(Lookalike { likeness: Likeness::Scope, of, registry })
}

fn misspelt(registry: Registry, name: &str) -> Option<Lookalike> {
    let bits = signature(normalised(registry, name));
    let start = PACKAGES.partition_point(|key| key.ecosystem < registry);
    let mut text = None;
    for key in PACKAGES.iter().skip(start).take_while(|key| key.ecosystem == registry) {
        let near = (key.signature ^ bits).count_ones() <= 4
            && key.name.len().abs_diff(name.len()) <= 2
            && is_of_mcp(&key.name);
        if near {
            let text = text.get_or_insert_with(|| normalised(registry, name).text());
            if is_misspelt(text, &key.name) {
                let of = key.name.clone();
                return Some(Lookalike { likeness: Likeness::Letters, of, registry });
            }
        }
    }
    None
}

/// Whether a name is another one with two letters wrong at most: in long words only, because short
/// ones are too near to each other, and never in numbers.
fn is_misspelt(name: &str, known: &str) -> bool {
    let scope = |name| scoped(name).map(|(scope, _)| scope.to_owned());
    if scope(name) != scope(known) || words(name).count() != words(known).count() {
        return false;
    }
    let mut edits = 0;
    for (word, known) in words(name).zip(words(known)) {
        if word == known {
            continue;
        }
        let digits = |word: &str| word.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
        let distance = osa_distance(word, known);
        let same_letters = signature(word.bytes()) == signature(known.bytes());
        let allowed = match known.len() {
            0..5 => usize::from(same_letters && known == "mcp"),
            5..9 => 1,
            _ => 2,
        };
        if distance > allowed || digits(word) != digits(known) {
            return false;
        }
        edits += distance;
    }
    (1..=2).contains(&edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(registry: Registry, name: &str) -> Option<String> {
        let found = lookalike(registry, name)?;
        Some(format!("{} {}:{}", found.likeness.name(), found.registry.name(), found.of))
    }

    #[test]
    fn what_resembles_a_known_server_is_told() {
        for (registry, name, expected) in [
            (Registry::Npm, "fircrawl-mcp", "letters npm:firecrawl-mcp"),
            (Registry::Npm, "firecrawl-mpc", "letters npm:firecrawl-mcp"),
            (Registry::Npm, "mongdb-mcp-server", "letters npm:mongodb-mcp-server"),
            (Registry::Pypi, "mcp_server_fetchh", "letters pypi:mcp-server-fetch"),
            (Registry::Pypi, "mcp-atlasian", "letters pypi:mcp-atlassian"),
            (
                Registry::Npm,
                "@modelcontextprotocol/server-filesytem",
                "letters npm:@modelcontextprotocol/server-filesystem",
            ),
            (Registry::Npm, "fire-crawl-mcp", "separator npm:firecrawl-mcp"),
            (Registry::Npm, "firecrawl_mcp", "separator npm:firecrawl-mcp"),
            (Registry::Pypi, "mcpatlassian", "separator pypi:mcp-atlassian"),
            (Registry::Npm, "@upstashed/context7-mcp", "scope npm:@upstash/context7-mcp"),
            (Registry::Npm, "@up-stash/context7-mcp", "scope npm:@upstash/context7-mcp"),
            (Registry::Npm, "@stripee/mcp", "scope npm:@stripe/mcp"),
            (
                Registry::Npm,
                "@modelcontextprotocl/server-memory",
                "scope npm:@modelcontextprotocol/server-memory",
            ),
            (Registry::Npm, "@model-context-protocol/server-x", "scope npm:@modelcontextprotocol"),
            (Registry::Npm, "f\u{0456}recrawl-mcp", "homoglyph npm:firecrawl-mcp"),
            (Registry::Npm, "firecraw1-mcp", "homoglyph npm:firecrawl-mcp"),
            (Registry::Npm, "mcp-server-supabase", "unscoped npm:@supabase/mcp-server-supabase"),
            (
                Registry::Npm,
                "server-filesystem",
                "unscoped npm:@modelcontextprotocol/server-filesystem",
            ),
            (Registry::Npm, "mcp-server-git", "ecosystem pypi:mcp-server-git"),
            (Registry::Npm, "mcp-server-time", "ecosystem pypi:mcp-server-time"),
            (Registry::Pypi, "firecrawl-mcp", "ecosystem npm:firecrawl-mcp"),
            (Registry::Pypi, "chrome_devtools_mcp", "ecosystem npm:chrome-devtools-mcp"),
        ] {
            assert_eq!(told(registry, name).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn what_is_known_or_far_enough_is_not() {
        for (registry, name) in [
            (Registry::Npm, "firecrawl-mcp"),
            (Registry::Npm, "docker-mcp"),
            (Registry::Npm, "motion-mcp"),
            (Registry::Pypi, "motion-mcp"),
            (Registry::Npm, "slick-mcp-server-two"),
            (Registry::Npm, "mcp-server-gist"),
            (Registry::Npm, "mcp-server-lime"),
            (Registry::Npm, "context8-mcp"),
            (Registry::Npm, "@me/context7-mcp"),
            (Registry::Npm, "@me/mcp"),
            (Registry::Npm, "@stripes-app/mcp"),
            (Registry::Npm, "@modelcontextprotocol/server-figma"),
            (Registry::Npm, "@google_cloud/common"),
            (Registry::Npm, "mcp"),
            (Registry::Npm, "mcp-server"),
            (Registry::Npm, "${PACKAGE}"),
            (Registry::Npm, ""),
            (Registry::Npm, "typescript"),
            (Registry::Npm, "inspector"),
            (Registry::Npm, "@/x"),
            (Registry::Golang, "github.com/x/y"),
        ] {
            assert_eq!(told(registry, name), None, "{name}");
        }
    }

    #[test]
    fn no_known_package_and_no_namesake_resembles_another() {
        for key in &PACKAGES {
            assert_eq!(told(key.ecosystem, &key.name), None);
        }
        for list in &NAMESAKES {
            for name in list.names.iter() {
                assert_eq!(told(list.registry, name), None);
                assert!(package(list.registry, name).is_none(), "{name} is in the catalogue");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn any_name_can_be_asked_about(name in ".*") {
            for registry in Registry::ALL {
                let _ = lookalike(*registry, &name);
                let _ = package(*registry, &name);
            }
            let _ = super::super::remote(&name, &name);
            let _ = super::super::program(&name);
        }

        #[test]
        fn a_letter_swapped_in_a_long_word_is_noticed(at in 0_usize..8) {
            let mut name = b"firecrawl-mcp".to_vec();
            name.swap(at, at + 1);
            let name = String::from_utf8(name).unwrap();
            let found = lookalike(Registry::Npm, &name).map(|found| found.of);
            proptest::prop_assert_eq!(found.as_deref(), Some("firecrawl-mcp"));
        }
    }
}
