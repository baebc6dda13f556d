//! What an entry starts: packages, images, scripts, and through what.

use std::borrow::Cow;

use super::collect::Collector;
use super::command_line::CommandLine;
use super::declared::declared_pin;
use super::hidden::Hidden;
use super::kinds::{Image, InlineCode, Package, Root, Shell, Text, Wrapper};
use crate::client::Server;
use crate::client::server::DeclaredPackage;
use crate::launch::{self, GitReference, PackageRef, PackageSource, WrapperKind};

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
) {
    match &server.package {
        Some(declared) => declared_package(collector, declared, hidden),
        None => packages(collector, line, hidden),
    }
    if let Some(image) = &line.launch.target.image
        && let Some((value, range)) = line.locate(&image.part)
    {
        let name = match &image.registry {
            Some(registry) => format!("{registry}/{}", image.name),
            None => image.name.clone(),
        };
        let tag = image.tag.as_ref().map(|tag| hidden.taken(tag, value, range.clone()).into());
        let fact = Image {
            name: Some(hidden.taken(&name, value, range.clone()).into()),
            tag,
            pin: Some(image.pin.name().into()),
        };
        collector.add(fact, value.span_of(range), &value.pointer);
    }
    scripts(collector, line);
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
            let fact = Root {
                path: Some(hidden.show(value, range.clone()).into()),
                class: Some(root.class.name().into()),
                filesystem_server: serves_files,
            };
            collector.add(fact, value.span_of(range), &value.pointer);
        }
    }
}

fn packages(collector: &mut Collector, line: &CommandLine<'_>, hidden: &Hidden) {
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
    Package {
        ecosystem: Some(package.ecosystem.name().into()),
        spec: Some(spec.into()),
        pin: Some(package.pin.name().into()),
        source: Some(source.into()),
        git_reference,
        no_install: package.no_install,
        ..Package::default()
    }
}

/// A package named by fields of its own. An `oci` one is an image.
fn declared_package(collector: &mut Collector, declared: &DeclaredPackage<'_>, hidden: &Hidden) {
    let DeclaredPackage { registry, identifier, version } = declared;
    let place = identifier.span_of(0..identifier.text.len());
    let version_text = version.as_ref().map(|version| hidden.shown(version));
    if registry.text == "oci" || registry.text == "docker" {
        let line = [identifier.text.as_ref(), version_text.as_deref().unwrap_or_default()];
        let (name, inline_tag) = match identifier.text.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name.to_owned(), Some(tag.to_owned())),
            _ => (identifier.text.to_string(), None),
        };
        let tag = version_text.clone().filter(|version| !version.is_empty()).or(inline_tag);
        let pin = if line.iter().any(|part| part.contains("sha256:")) {
            "digest"
        } else {
            match tag.as_deref() {
                None => "none",
                Some("latest") => "latest",
                Some(_) => "tag",
            }
        };
        let whole = 0..identifier.text.len();
        let fact = Image {
            name: Some(hidden.taken(&name, identifier, whole).into()),
            tag: tag.map(Into::into),
            pin: Some(pin.into()),
        };
        collector.add(fact, place, &identifier.pointer);
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
    let fact = Package {
        ecosystem: ecosystem.map(Cow::Borrowed),
        name: Some(identifier.text.to_string().into()),
        spec: Some(hidden.shown(identifier).into()),
        version: version_text.map(Into::into),
        pin: Some(declared_pin(declared).into()),
        source: Some("registry".into()),
        ..Package::default()
    };
    collector.add(fact, place, &identifier.pointer);
}

fn scripts(collector: &mut Collector, line: &CommandLine<'_>) {
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
        };
        collector.add(fact, value.span_of(range), &value.pointer);
    }
}

/// The flag that takes program text, without the text; nothing where a whole script decodes some.
fn inline_flag(word: &str) -> Text {
    let flag = word.split('=').next().unwrap_or(word);
    (flag.starts_with('-') && flag.len() < 30).then(|| Cow::Owned(flag.to_owned()))
}
