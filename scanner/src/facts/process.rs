//! What an entry starts: packages, images, scripts, and through what.

use std::borrow::Cow;
use std::ops::Range;

use super::collect::Collector;
use super::command_line::CommandLine;
use super::digest::digest;
use super::fact::Surroundings;
use super::hidden::Hidden;
use super::identity;
use super::kinds::{Image, InlineCode, Package, Root, Shell, Text, Wrapper};
use super::question;
use crate::catalog::lookalike::lookalike;
use crate::catalog::server::{KnownServer, Registry, Status};
use crate::client::server::DeclaredPackage;
use crate::client::{Located, Server};
use crate::launch::{self, GitReference, ImageRef, PackageRef, PackageSource, WrapperKind};
use crate::online::{Answers, Release};
use crate::sensitive;

/// Fills in what the context of a server says about its process.
pub(super) fn describe(
    collector: &mut Collector,
    server: &Server<'_>,
    line: &CommandLine<'_>,
    hidden: &Hidden,
) {
    let target = &line.launch.target;
    let context = collector.context();
    context.program = Some(target.program_name.clone()).filter(|name| !name.is_empty());
    context.package = match (&server.package, &target.package) {
        (Some(declared), _) => Some(hidden.shown(&declared.identifier)),
        (None, Some(package)) => Some(line.taken(&package.name, &package.part, hidden)),
        (None, None) => None,
    };
    context.wrapped_by = line.launch.wrappers.iter().map(|wrapper| wrapper.name.clone()).collect();
    context.containerised = line.is_containerised();
}

/// Facts about what is started.
pub(super) fn facts(
    collector: &mut Collector,
    server: &Server<'_>,
    line: &CommandLine<'_>,
    hidden: &Hidden,
    surroundings: &Surroundings<'_>,
) {
    match &server.package {
        Some(declared) => declared_package(collector, declared, hidden, surroundings.answers),
        None => packages(collector, server, line, hidden, surroundings),
    }
    if let Some(image) = &line.launch.target.image
        && let Some((value, range)) = line.locate(&image.part)
    {
        image_fact(collector, image, value, range, hidden);
    }
    scripts(collector, server, line, hidden);
    for wrapper in &line.launch.wrappers {
        if let Some((value, range)) = line.locate(&line.whole(wrapper.word)) {
            let fact = Wrapper {
                kind: Some(wrapper.kind.name().into()),
                name: Some(wrapper.name.clone().into()),
                user: line.user_of(wrapper.word).map(|user| Cow::Owned(user.to_owned())),
            };
            collector.add(fact, value.span_of(range), &value.pointer);
        }
    }
    let package = line.launch.target.package.as_ref().map_or("", |package| &package.name);
    let serves_files = package.contains("filesystem") || package.contains("file-system");
    for root in launch::filesystem_roots(&line.launch) {
        // `--path /` of a server that serves no files is the path of its URL.
        if !serves_files && root.option.as_deref() == Some("--path") {
            continue;
        }
        if let Some((value, range)) = line.locate(&root.part) {
            let place = sensitive::holding(line.launch.text(&root.part));
            let fact = Root {
                sensitive: place.map(|places| places.class.name().into()),
                holds: place.map(|places| places.title.clone()),
                path: Some(hidden.show(value, range.clone()).into()),
                class: Some(root.class.name().into()),
                filesystem_server: serves_files,
            };
            collector.add(fact, value.span_of(range), &value.pointer);
        }
    }
}

pub(super) fn packages(
    collector: &mut Collector,
    server: &Server<'_>,
    line: &CommandLine<'_>,
    hidden: &Hidden,
    surroundings: &Surroundings<'_>,
) {
    let reviewed = surroundings.lock.and_then(|lock| lock.find(&server.pointer, &server.name));
    let reviewed = reviewed.and_then(|reviewed| reviewed.package.as_ref());
    let beside = &line.launch.target.extra_packages;
    for package in line.launch.packages() {
        let Some((value, range)) = line.locate(&package.part) else { continue };
        let runner =
            line.launch.wrappers.iter().rev().find(|w| w.kind == WrapperKind::PackageRunner);
        let spec = hidden.show(value, range.clone());
        let fact = Package {
            extra: beside.contains(package),
            runner: runner.map(|runner| runner.name.clone().into()),
            name: Some(hidden.taken(&package.name, value, range.clone()).into()),
            version: package
                .version
                .as_ref()
                .map(|version| hidden.taken(version, value, range.clone()).into()),
            ..package_fact(package, spec)
        };
        let recorded = reviewed.is_some_and(|reviewed| {
            reviewed.version.is_some()
                && reviewed.ecosystem == package.ecosystem.name()
                && reviewed.name == package.name
        });
        let fact = Package { recorded, ..fact };
        let fact = published(fact, surroundings.answers, question::release(package));
        collector.add(fact, value.span_of(range), &value.pointer);
    }
}

fn package_fact(package: &PackageRef, spec: String) -> Package {
    let (source, git_reference): (&'static str, Text) = match &package.source {
        PackageSource::Registry => ("registry", None),
        PackageSource::Git { kind, .. } => {
            let reference = match kind {
                GitReference::Commit => Some("commit"),
                GitReference::Tag => Some("tag"),
                GitReference::Branch => Some("branch"),
                GitReference::None => Some("none"),
                GitReference::Placeholder => None,
            };
            ("git", reference.map(Cow::Borrowed))
        }
        PackageSource::Archive(_) => ("archive", None),
        PackageSource::Local(_) => ("local", None),
    };
    let known = identity::of_package(package);
    let registry = Registry::of(package.ecosystem.name());
    Package {
        ecosystem: Some(package.ecosystem.name().into()),
        spec: Some(spec.into()),
        pin: Some(package.pin.name().into()),
        source: Some(source.into()),
        git_reference,
        no_install: package.no_install,
        ..identified(known, registry, &package.name, package.source == PackageSource::Registry)
    }
}

/// What the catalogue says of a package: as which server it is known, or which one it resembles.
fn identified(
    known: Option<&'static KnownServer>,
    registry: Option<Registry>,
    name: &str,
    registered: bool,
) -> Package {
    let resembled = registry.filter(|_| known.is_none() && registered);
    let resembled = resembled.and_then(|registry| lookalike(registry, name));
    Package {
        official: known.map(|known| known.official.name().into()),
        status: known.map(|known| known.status.name().into()),
        successor: successor(known, registry),
        lookalike: resembled.as_ref().map(|found| found.likeness.name().into()),
        published_on: resembled
            .as_ref()
            .map(|found| if found.registry == Registry::Npm { "npm" } else { "PyPI" }.into()),
        lookalike_of: resembled.map(|found| found.of),
        ..Package::default()
    }
}

/// What to take in place of a known server that is given up.
fn successor(known: Option<&'static KnownServer>, registry: Option<Registry>) -> Text {
    let next = known.filter(|known| known.status != Status::Maintained)?.successor()?;
    Some(Cow::Borrowed(next.advice(registry)))
}

/// The fact with what the registry says, where it was asked.
fn published(fact: Package, answers: Option<&Answers>, asked: Option<Release>) -> Package {
    let answer = answers.zip(asked.as_ref()).and_then(|(all, asked)| all.packages.get(asked));
    let Some(published) = answer else { return fact };
    let version = asked.and_then(|asked| asked.version);
    let behind = version.zip(published.newest.as_ref()).is_some_and(|(own, new)| own != *new);
    Package {
        missing: published.package == Some(false),
        missing_version: published.package == Some(true) && published.version == Some(false),
        newest: published.newest.clone().map(Into::into),
        behind,
        given_up: published.deprecated.as_ref().map(|words| worded(words).into()),
        ..fact
    }
}

/// A publisher's words, as far as they are one short line.
fn worded(words: &str) -> String {
    words.lines().next().unwrap_or_default().chars().take(160).collect()
}

fn image_fact(
    collector: &mut Collector,
    image: &ImageRef,
    value: &Located<'_>,
    range: Range<usize>,
    hidden: &Hidden,
) {
    let name = match &image.registry {
        Some(registry) => format!("{registry}/{}", image.name),
        None => image.name.clone(),
    };
    let tag = image.tag.as_ref().map(|tag| hidden.taken(tag, value, range.clone()).into());
    let known = identity::of_image(image);
    let fact = Image {
        official: known.map(|known| known.official.name().into()),
        status: known.map(|known| known.status.name().into()),
        successor: successor(known, Some(Registry::Oci)),
        name: Some(hidden.taken(&name, value, range.clone()).into()),
        tag,
        pin: Some(image.pin.name().into()),
    };
    collector.add(fact, value.span_of(range), &value.pointer);
}

fn version_of<'a>(declared: &'a DeclaredPackage<'_>) -> Option<&'a str> {
    declared.version.as_ref().map(|version| version.text.as_ref())
}

/// A package named by fields of its own. An `oci` one is an image.
fn declared_package(
    collector: &mut Collector,
    declared: &DeclaredPackage<'_>,
    hidden: &Hidden,
    answers: Option<&Answers>,
) {
    let DeclaredPackage { registry, identifier, version } = declared;
    let place = identifier.span_of(0..identifier.text.len());
    let version_text = version.as_ref().map(|version| hidden.shown(version));
    if registry.text == "oci" || registry.text == "docker" {
        let image = launch::declared_image(&identifier.text, version_of(declared));
        image_fact(collector, &image, identifier, 0..identifier.text.len(), hidden);
        return;
    }
    let ecosystem = match registry.text.as_ref() {
        "npm" => Some("npm"),
        "pypi" => Some("pypi"),
        "nuget" => Some("nuget"),
        "cargo" => Some("cargo"),
        "mcpb" => Some("mcpb"),
        _ => None,
    };
    let known = identity::of_declared(&registry.text, &identifier.text);
    let fact = Package {
        ecosystem: ecosystem.map(Cow::Borrowed),
        name: Some(identifier.text.to_string().into()),
        spec: Some(hidden.shown(identifier).into()),
        version: version_text.map(Into::into),
        pin: Some(launch::declared_pin(&registry.text, version_of(declared)).name().into()),
        source: Some("registry".into()),
        ..identified(known, Registry::of(&registry.text), &identifier.text, true)
    };
    let version = version_of(declared).filter(|_| fact.pin.as_deref() == Some("exact"));
    let asked = question::named(&registry.text, &identifier.text, version.map(str::trim));
    collector.add(published(fact, answers, asked), place, &identifier.pointer);
}

fn scripts(
    collector: &mut Collector,
    server: &Server<'_>,
    line: &CommandLine<'_>,
    hidden: &Hidden,
) {
    let mut known = None;
    let mut digest = || -> Text {
        let known = known.get_or_insert_with(|| {
            let values: Vec<String> = server
                .command
                .iter()
                .chain(&server.args)
                .map(|value| hidden.shown(value))
                .collect();
            digest(values.iter().map(String::as_str))
        });
        Some(known.clone().into())
    };
    for script in &line.launch.scripts {
        let first = line.locate(&line.whole(script.words.start));
        let plain = script.is_simple() && !script.expansion;
        if plain && !script.pipes_download_to_interpreter {
            continue;
        }
        let Some((value, range)) = first else { continue };
        let features = [
            (script.pipe, "pipe"),
            (script.sequence, "sequence"),
            (script.expansion, "expansion"),
            (script.substitution, "substitution"),
            (script.redirection, "redirection"),
            (script.background, "background"),
        ];
        #[expect(clippy::cast_precision_loss, reason = "a script has few commands")]
        let fact = Shell {
            shell: Some(script.shell.clone().into()),
            features: features
                .iter()
                .filter(|(has, _)| *has)
                .map(|(_, name)| (*name).to_owned())
                .collect(),
            commands: Some(script.commands as f64),
            downloads: script.download,
            runs_download: script.pipes_download_to_interpreter,
            found_main: line.launch.target.package.is_some() || line.launch.target.image.is_some(),
            digest: digest(),
        };
        collector.add(fact, value.span_of(range), &value.pointer);
    }
    if let Some(code) = &line.launch.target.inline
        && let Some((value, range)) = line.locate(&line.whole(code.flag))
    {
        let fact = InlineCode {
            interpreter: Some(code.interpreter.clone().into()),
            flag: inline_flag(line.launch.word(code.flag)),
            encoded: code.encoded,
            fetches: code.fetches,
            digest: digest(),
        };
        collector.add(fact, value.span_of(range), &value.pointer);
    }
}

/// The flag that takes program text, without the text; nothing where a whole script decodes some.
pub(super) fn inline_flag(word: &str) -> Text {
    let flag = word.split('=').next().unwrap_or(word);
    (flag.starts_with('-') && flag.len() < 30).then(|| Cow::Owned(flag.to_owned()))
}
