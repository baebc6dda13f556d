//! The form of the files in `rules/advisories`.

use crate::catalog::name::normalised;
use crate::catalog::server::Registry;
use crate::compiled::{List, Text, compiled};
use crate::rules::level::Severity;
use crate::version::scheme::Scheme;

compiled! {
    /// One file: what is known against the packages of one registry.
    pub struct AdvisoryList {
        /// The registry that they are published in.
        pub ecosystem: Registry,
        /// What is wrong with the packages.
        pub kind: AdvisoryKind,
        /// The packages in the order of their names.
        pub packages: List<Package>,
    }

    /// What is wrong with a release.
    pub enum AdvisoryKind {
        /// It has a fault that somebody can use.
        Vulnerable = "vulnerable",
        /// It was made to do harm.
        Malicious = "malicious",
    }

    /// The advisories on one package.
    pub struct Package {
        /// Its name in the one spelling that its registry compares.
        pub name: Text,
        /// How its versions are ordered, if not as usual in the registry.
        #[serde(default)]
        pub scheme: Option<Scheme>,
        /// The advisories.
        pub advisories: List<Advisory>,
    }

    /// One advisory, as far as it is about one package.
    pub struct Advisory {
        /// CVE identifier; without one that of GHSA, PYSEC or MAL, or the vendor's release and
        /// package for what only its notes tell.
        pub id: Text,
        /// Further identifiers of the same fault.
        #[serde(default)]
        pub aliases: List<Text>,
        /// Other faults of the same releases, recorded together.
        #[serde(default)]
        pub also: List<Text>,
        /// How bad it is; of several faults, the worst.
        pub severity: Severity,
        /// Where the severity comes from, if not from the source.
        #[serde(default)]
        pub severity_source: Option<SeveritySource>,
        /// The releases that have the fault: those of any entry.
        pub affected: List<Affected>,
        /// What the configuration must be like for the fault to matter.
        #[serde(default)]
        pub when: Option<When>,
        /// What can happen: a clause that goes on after a colon.
        pub summary: Text,
        /// The page that was read.
        pub source: Text,
        /// What kind of page that is.
        pub evidence: Evidence,
        /// How sure the affected releases are, if not entirely.
        #[serde(default)]
        pub range_confidence: Option<RangeConfidence>,
    }

    /// Some releases: either `versions`, or those from `introduced` on, to one end or the other.
    pub struct Affected {
        /// The first one; `0` for the first of all.
        #[serde(default)]
        pub introduced: Option<Text>,
        /// The first one without the fault.
        #[serde(default)]
        pub fixed: Option<Text>,
        /// The last one with the fault. Beside it, `fixed` is only what to move to.
        #[serde(default)]
        pub last_affected: Option<Text>,
        /// Just these.
        #[serde(default)]
        pub versions: List<Text>,
    }

    /// Circumstances without which the fault does not matter. All that are given must hold.
    pub struct When {
        /// A flag that the server is started with.
        #[serde(default)]
        pub flag: Option<Text>,
        /// A variable that the entry does not set.
        #[serde(default)]
        pub variable_missing: Option<Text>,
    }

    /// What an advisory was taken from.
    pub enum Evidence {
        /// The CVE record.
        Cve = "cve",
        /// OSV, or a database that it draws upon.
        Osv = "osv",
        /// The vendor's own notes.
        Vendor = "vendor",
        /// Another scanner's table, which nobody of this project checked against a record.
        Secondary = "secondary",
    }

    /// Who judged how bad it is.
    pub enum SeveritySource {
        /// This project, because the source that was read gives no score.
        Assigned = "assigned",
        /// Another scanner.
        Secondary = "secondary",
    }

    /// How sure the affected releases are.
    pub enum RangeConfidence {
        /// Enough to rely upon.
        Medium = "medium",
        /// Not enough to fail a build.
        Low = "low",
    }
}

impl AdvisoryList {
    /// Reads a list and checks what the lookup relies on.
    ///
    /// # Errors
    /// A message, with line and column for malformed YAML, a missing or unknown key or a wrong
    /// value: a package that is listed twice, out of order or in another spelling, an entry that
    /// names no releases.
    pub fn read(yaml: &str) -> Result<Self, String> {
        let list: Self = serde_yaml::from_str(yaml).map_err(|error| error.to_string())?;
        for (one, next) in list.packages.iter().zip(list.packages.iter().skip(1)) {
            if one.name >= next.name {
                return Err(format!("`{}` must stand before `{}`", next.name, one.name));
            }
        }
        for package in list.packages.iter() {
            let name = &package.name;
            if !normalised(list.ecosystem, name).eq(name.bytes()) {
                let spelling = normalised(list.ecosystem, name).text();
                return Err(format!("`{name}` is spelt `{spelling}`"));
            }
            for Advisory { id, affected, .. } in package.advisories.iter() {
                if affected.is_empty() || !affected.iter().all(Affected::is_sound) {
                    return Err(format!(
                        "{}, {id}: `affected` takes `versions`, or `introduced` with or without \
                         `fixed` and `last_affected`",
                        package.name
                    ));
                }
            }
        }
        Ok(list)
    }

    /// What the file is called.
    #[must_use]
    pub fn file_stem(&self) -> String {
        format!("{}-{}", self.ecosystem.name(), self.kind.name())
    }
}

impl Affected {
    fn is_sound(&self) -> bool {
        match (&self.introduced, &self.fixed, &self.last_affected) {
            (Some(_), ..) => self.versions.is_empty(),
            (None, None, None) => !self.versions.is_empty(),
            (None, ..) => false,
        }
    }
}

impl Advisory {
    /// Whether it is sure enough to fail a build.
    #[must_use]
    pub fn is_firm(&self) -> bool {
        self.evidence != Evidence::Secondary && self.range_confidence != Some(RangeConfidence::Low)
    }

    /// All identifiers, its own first.
    pub fn ids(&self) -> impl Iterator<Item = &Text> {
        std::iter::once(&self.id).chain(self.aliases.iter()).chain(self.also.iter())
    }

    /// How many faults it is about.
    #[must_use]
    pub fn faults(&self) -> usize {
        1 + self.also.len()
    }
}
