//! What is known against the packages and images that an entry runs.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashSet;

use mcp_guard_detect::secret;

use super::collect::Collector;
use super::command_line::CommandLine;
use super::hidden::Hidden;
use super::kinds;
use super::question;
use super::reported;
use super::secret::carries_credential;
use super::setting::Placed;
use crate::advisory::record::{Advisory, AdvisoryKind, When};
use crate::advisory::{Known, known};
use crate::catalog::server::Registry;
use crate::client::{Located, Server};
use crate::launch::{
    GitReference, ImagePin, ImageRef, PackageRef, PackageSource, Part, Pin, declared_image,
    declared_pin,
};
use crate::online::{Answers, Reported};
use crate::version::{Interval, Scheme};

/// So many names of secrets stand in a sentence.
const NAMED: usize = 6;

/// One fact for each package, repository and image that something is known against, and each kind of it.
pub(super) fn facts(
    collector: &mut Collector,
    server: &Server<'_>,
    line: &CommandLine<'_>,
    settings: &[Placed],
    hidden: &Hidden,
    answers: Option<&Answers>,
) {
    let entry = Entry { server, line, settings, answers };
    if let Some(declared) = &server.package {
        let identifier = &declared.identifier;
        let version = declared.version.as_ref().map(|version| version.text.as_ref());
        if matches!(declared.registry.text.as_ref(), "oci" | "docker") {
            let image = declared_image(&identifier.text, version);
            entry.look(collector, &Item::image(&image, Place::Value(identifier)), hidden);
        } else if let Some(registry) = Registry::of(&declared.registry.text) {
            let item = Item {
                registry,
                name: Cow::Borrowed(&identifier.text),
                version: version.map(str::trim).filter(|version| !version.is_empty()),
                pin: declared_pin(&declared.registry.text, version),
                elsewhere: false,
                place: Place::Value(identifier),
            };
            entry.look(collector, &item, hidden);
        }
    } else {
        for package in line.launch.packages() {
            if let Some(item) = Item::package(package) {
                entry.look(collector, &item, hidden);
            }
            if let Some(item) = Item::repository(package) {
                entry.look(collector, &item, hidden);
            }
        }
    }
    if let Some(image) = &line.launch.target.image {
        entry.look(collector, &Item::image(image, Place::Part(&image.part)), hidden);
    }
}

/// Where something is named.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// By a value of its own.
    Value(&'a Located<'a>),
    /// On the command line.
    Part(&'a Part),
}

/// A package or image that is run.
struct Item<'a> {
    registry: Registry,
    name: Cow<'a, str>,
    version: Option<&'a str>,
    pin: Pin,
    /// It comes from a repository or an archive: nothing is known of its version.
    elsewhere: bool,
    place: Place<'a>,
}

impl<'a> Item<'a> {
    fn package(package: &'a PackageRef) -> Option<Self> {
        let elsewhere = match package.source {
            PackageSource::Registry => false,
            // The name must stand there: the last part of an address is no name of a package.
            PackageSource::Git { .. } | PackageSource::Archive(_) => {
                let rest = package.spec.strip_prefix(&package.name)?;
                if !rest.trim_start().starts_with(['@', '[']) {
                    return None;
                }
                true
            }
            PackageSource::Local(_) => return None,
        };
        Some(Self {
            registry: Registry::of(package.ecosystem.name())?,
            name: Cow::Borrowed(&package.name),
            version: package.version.as_deref().filter(|_| !elsewhere),
            pin: package.pin,
            elsewhere,
            place: Place::Part(&package.part),
        })
    }

    /// The repository that a package is fetched from.
    fn repository(package: &'a PackageRef) -> Option<Self> {
        let PackageSource::Git { repository, reference, kind } = &package.source else {
            return None;
        };
        let reference = reference.as_deref();
        let (version, pin) = match kind {
            GitReference::Tag => {
                (reference.map(|tag| tag.trim_start_matches("refs/tags/")), Pin::Exact)
            }
            // Nothing tells which release it is of.
            GitReference::Commit => (None, Pin::Range),
            GitReference::Branch => (None, Pin::Tag),
            GitReference::Placeholder => (None, Pin::Reference),
            GitReference::None => (None, Pin::None),
        };
        let (registry, name) = (Registry::Git, Cow::Borrowed(repository.as_str()));
        let place = Place::Part(&package.part);
        Some(Self { registry, name, version, pin, elsewhere: false, place })
    }

    fn image(image: &'a ImageRef, place: Place<'a>) -> Self {
        let name = match &image.registry {
            Some(registry) => Cow::Owned(format!("{registry}/{}", image.name)),
            None => Cow::Borrowed(image.name.as_str()),
        };
        let pin = match image.pin {
            // The tag beside a digest says which version the digest is.
            ImagePin::Digest if image.tag.is_some() => Pin::Exact,
            // Nothing tells which one it is, nor that it is the newest.
            ImagePin::Digest => Pin::Range,
            ImagePin::Tag => Pin::Exact,
            ImagePin::Latest => Pin::Tag,
            ImagePin::Reference => Pin::Reference,
            ImagePin::None => Pin::None,
        };
        let version = image.tag.as_deref();
        Self { registry: Registry::Oci, name, version, pin, elsewhere: false, place }
    }

    /// The versions that it may be of, by the order of its package. `None` if that cannot be told.
    fn admitted(&self, scheme: Scheme) -> Option<Vec<Interval>> {
        match (self.pin, self.version) {
            (Pin::Reference, _) => None,
            (Pin::None | Pin::Tag, _) | (_, None) => Some(scheme.all()),
            // A tag that is no version may be put on any.
            (Pin::Exact | Pin::Range, Some(tag)) if scheme == Scheme::ImageTag => {
                let version = scheme.version(tag).map(|version| vec![Interval::only(version)]);
                version.or_else(|| scheme.range(tag)).or_else(|| Some(scheme.all()))
            }
            (Pin::Exact, Some(version)) => Some(vec![Interval::only(scheme.version(version)?)]),
            (Pin::Range, Some(range)) => scheme.range(range),
        }
    }

    /// Whether the newest version is run.
    const fn is_newest(&self) -> bool {
        matches!(self.pin, Pin::None | Pin::Tag) && !self.elsewhere
    }
}

/// An entry, as far as circumstances of advisories are concerned.
struct Entry<'a, 'd> {
    server: &'a Server<'d>,
    line: &'a CommandLine<'a>,
    settings: &'a [Placed],
    answers: Option<&'a Answers>,
}

impl Entry<'_, '_> {
    fn look(&self, collector: &mut Collector, item: &Item<'_>, hidden: &Hidden) {
        let known = known(item.registry, &item.name)
            .filter_map(|known| Some((known, self.advisories(item, &known)?)));
        let known: Vec<(Known, Found)> = known.collect();
        let reported: Vec<&Reported> = self.reported(item).collect();
        if known.is_empty() && reported.is_empty() {
            return;
        }
        // Asked for late: to look for a place costs more than to know that nothing is known.
        let place = match item.place {
            Place::Value(value) => Some((value, 0..value.text.len())),
            Place::Part(part) => self.line.locate(part),
        };
        let Some((value, range)) = place else { return };
        let shown = |text: &str| hidden.taken(text, value, range.clone());
        let facts = known.iter().map(|(known, found)| self.fact(item, known, found, shown));
        let mut facts: Vec<kinds::Advisory> = facts.collect();
        for malicious in [false, true] {
            let own = reported.iter().copied().filter(|one| one.malicious == malicious);
            let own: Vec<&Reported> = own.collect();
            if !own.is_empty() {
                let kind = if malicious { "malicious" } else { "vulnerable" };
                let at = facts.iter().position(|fact| fact.kind.as_deref() == Some(kind));
                let fact = at.map(|at| facts.remove(at));
                let fact = fact.unwrap_or_else(|| self.empty(item, kind, shown));
                facts.push(reported::joined(fact, &own));
            }
        }
        for fact in facts {
            collector.add(fact, value.span_of(range.clone()), &value.pointer);
        }
    }

    /// What a database on the network has against the version.
    fn reported(&self, item: &Item<'_>) -> impl Iterator<Item = &Reported> {
        let version = item.version.filter(|_| item.pin == Pin::Exact && !item.elsewhere);
        let published = self.answers.zip(version).and_then(|(answers, version)| {
            let asked = question::named(item.registry.name(), &item.name, Some(version))?;
            answers.packages.get(&asked)
        });
        published.into_iter().flat_map(|published| &published.advisories)
    }

    /// A fact about an item against which nothing is known yet.
    fn empty(
        &self,
        item: &Item<'_>,
        kind: &'static str,
        shown: impl Fn(&str) -> String,
    ) -> kinds::Advisory {
        let (name, version) = (shown(&item.name), item.version.map(&shown));
        let secrets = if kind == "malicious" { self.secrets() } else { Vec::new() };
        kinds::Advisory {
            kind: Some(kind.into()),
            ecosystem: Some(item.registry.name().into()),
            release: Some(format!("{name} {}", version.as_deref().unwrap_or_default()).into()),
            which: Some("which has".into()),
            name: Some(name.into()),
            version: version.map(Into::into),
            rotate: Some(rotate(&secrets).into()),
            secrets,
            ..kinds::Advisory::default()
        }
    }

    /// The advisories that hold, the worst first; if some are firm, only those, and the others
    /// apart.
    fn advisories(&self, item: &Item<'_>, known: &Known) -> Option<Found> {
        let admitted = item.admitted(known.scheme());
        let malicious = known.kind == AdvisoryKind::Malicious;
        let mut held: Vec<&'static Advisory> = match &admitted {
            // Whatever the version and the source: a name all of whose releases are malicious.
            _ if malicious && (item.elsewhere || admitted.is_none()) => {
                known.against(&known.scheme().all()).collect()
            }
            _ if item.elsewhere => return None,
            // The releases of an attack that goes on are what somebody gets today.
            Some(_) if malicious && item.is_newest() => known.against_newest().collect(),
            Some(admitted) => known.against(admitted).collect(),
            None => return None,
        };
        held.retain(|advisory| advisory.when.as_ref().is_none_or(|when| self.is_so(when)));
        held.sort_by_key(|advisory| Reverse(advisory.severity));
        let (firm, loose): (Vec<_>, Vec<_>) =
            held.into_iter().partition(|advisory| advisory.is_firm());
        let lowest_fix = admitted.and_then(|admitted| known.lowest_fix(&admitted));
        let (advisories, beside) = if firm.is_empty() { (loose, firm) } else { (firm, loose) };
        let worst = *advisories.first()?;
        Some(Found { worst, advisories, beside, lowest_fix })
    }

    fn is_so(&self, when: &When) -> bool {
        let flag = when.flag.as_deref().is_none_or(|flag| {
            self.settings.iter().any(|placed| placed.setting.flag.as_deref() == Some(flag))
        });
        let missing = when.variable_missing.as_deref().is_none_or(|variable| {
            let set = self.server.env.iter().any(|named| named.name == variable);
            let assignments = &self.line.launch.target.assignments;
            !set && !assignments.iter().any(|assignment| assignment.name == variable)
        });
        flag && missing
    }

    fn fact(
        &self,
        item: &Item<'_>,
        known: &Known,
        found: &Found,
        shown: impl Fn(&str) -> String,
    ) -> kinds::Advisory {
        let Found { worst, advisories, beside, lowest_fix } = found;
        let name = shown(&item.name);
        let version = item.version.filter(|_| !matches!(item.pin, Pin::Tag | Pin::None)).map(shown);
        let count: usize = advisories.iter().map(|advisory| advisory.faults()).sum();
        let ids = |advisories: &[&'static Advisory]| {
            distinct(advisories.iter().flat_map(|a| a.ids()).map(ToString::to_string))
        };
        let malicious = known.kind == AdvisoryKind::Malicious;
        let secrets = if malicious { self.secrets() } else { Vec::new() };
        #[expect(clippy::cast_precision_loss, reason = "a package has few advisories")]
        let counted = count as f64;
        kinds::Advisory {
            kind: Some(known.kind.name().into()),
            firm: worst.is_firm(),
            severity: Some(worst.severity.name().into()),
            ecosystem: Some(item.registry.name().into()),
            release: Some(match &version {
                Some(version) => format!("{name} {version}").into(),
                None => name.clone().into(),
            }),
            which: Some(match (&version, item.pin) {
                (Some(_), Pin::Exact) => "which has".into(),
                (Some(_), _) => "every version of which has".into(),
                (None, _) => "every release of which has".into(),
            }),
            name: Some(name.into()),
            version: version.map(Into::into),
            id: Some(Cow::Borrowed(worst.id.as_ref())),
            named: Some(match count - 1 {
                0 => Cow::Borrowed(worst.id.as_ref()),
                more => Cow::Owned(format!("{} and {more} more", worst.id)),
            }),
            count: Some(counted),
            ids: ids(advisories),
            unconfirmed: ids(beside),
            summary: Some(Cow::Borrowed(worst.summary.as_ref())),
            fixed: lowest_fix.map(Cow::Borrowed),
            remedy: Some(match lowest_fix {
                Some(fixed) => Cow::Owned(format!("fixed in {fixed}")),
                None => Cow::Borrowed("no fixed release known"),
            }),
            rotate: Some(rotate(&secrets).into()),
            secrets,
        }
    }

    /// The names under which the entry hands out secrets, written out or taken from elsewhere.
    fn secrets(&self) -> Vec<String> {
        let settings = self.settings.iter().map(|placed| &placed.setting).filter(|setting| {
            let unshown = setting.value.is_some() && setting.plain_value.is_none();
            !setting.container_option
                && setting.value_class.as_deref() != Some("empty")
                && (setting.secret_name || unshown)
        });
        let mut names: Vec<String> = settings
            .filter_map(|setting| Some(setting.flag.clone().or(setting.name.clone())?.into_owned()))
            .collect();
        let passed = self.line.launch.target.assignments.iter();
        let passed = passed.filter(|a| a.value.is_none() && secret::names_a_secret(&a.name));
        names.extend(passed.map(|assignment| assignment.name.clone()));
        let headers = self.server.headers.iter().filter(|header| carries_credential(&header.name));
        names.extend(headers.map(|header| header.name.to_string()));
        distinct(names.into_iter().filter(|name| !name.is_empty()))
    }
}

/// Each text once, where it came first.
fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    texts.filter(|text| seen.insert(text.clone())).collect()
}

/// What holds for an item.
struct Found {
    worst: &'static Advisory,
    /// Those that are told, the worst first.
    advisories: Vec<&'static Advisory>,
    /// Those that are not sure enough to be told beside the others.
    beside: Vec<&'static Advisory>,
    lowest_fix: Option<&'static str>,
}

/// What to do about secrets, after `remove it`.
fn rotate(names: &[String]) -> String {
    let some = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>();
    let more = names.len() - some.len();
    match (some.as_slice(), more) {
        ([], _) => String::new(),
        ([only], 0) => format!(" and rotate {only}"),
        ([first @ .., last], 0) => format!(" and rotate {} and {last}", first.join(", ")),
        (some, more) => format!(" and rotate {} and {more} more", some.join(", ")),
    }
}
