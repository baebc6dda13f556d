//! The command line of an entry: what it starts, through what, with which options.

use std::borrow::Cow;
use std::ops::Range;

use super::collect::Collector;
use super::kinds::{
    ContainerOption, Image, InlineCode, Mount, Package, Root, Shell, Text, Wrapper,
};
use super::value::Hidden;
use crate::client::server::DeclaredPackage;
use crate::client::{Located, Server};
use crate::launch::{
    self, GitReference, Launch, PackageRef, PackageSource, Part, RootClass, Shell as Platform,
    WrapperKind,
};

/// A command line with the way back to the values it is made of.
#[derive(Debug)]
pub(super) struct CommandLine<'s> {
    pub(super) launch: Launch<'s>,
    /// The values that words come from: the command, then the arguments.
    values: Vec<Option<&'s Located<'s>>>,
    options: Vec<CommandOption>,
}

/// A flag with its value, a flag alone, or an argument without a flag.
#[derive(Clone, Debug)]
pub(super) struct CommandOption {
    /// The flag as written, dashes included.
    pub(super) flag: Option<String>,
    /// The name inside of the value: `KEY=value`, `Name: value`.
    key: Option<String>,
    /// The value.
    pub(super) value: Option<Part>,
    /// The word of the flag, or of the argument.
    pub(super) word: usize,
}

impl CommandOption {
    /// The name that says what the value is: its own, or the flag's without dashes.
    pub(super) fn name(&self) -> Option<&str> {
        self.key.as_deref().or_else(|| self.flag_name())
    }

    /// The flag without dashes.
    pub(super) fn flag_name(&self) -> Option<&str> {
        self.flag.as_deref().map(|flag| flag.trim_start_matches(['-', '/']))
    }

    /// Where the value stands, or the flag if it has none.
    pub(super) fn value_part(&self) -> Part {
        self.value.clone().unwrap_or(Part { word: self.word, range: 0..usize::MAX })
    }
}

impl<'s> CommandLine<'s> {
    pub(super) fn of(server: &'s Server<'_>) -> Self {
        let command = server.command.as_ref();
        let args: Vec<&str> = server.args.iter().map(|arg| arg.text.as_ref()).collect();
        let text = command.map_or("", |command| command.text.as_ref());
        let words = launch::words(text, &args, platform(text));
        let given = words.len();
        let launch = if command.is_some() { Launch::of(words) } else { Launch::default() };
        let values = std::iter::once(command).chain(server.args.iter().map(Some)).collect();
        let mut options = options(&launch, 1..given);
        // The words of scripts inside of arguments have options too.
        options.extend(self::options(&launch, given..launch.words.len()));
        Self { launch, values, options }
    }

    /// The options in the order of the words, those of scripts last.
    pub(super) fn options(&self) -> &[CommandOption] {
        &self.options
    }

    /// The value that holds a part, and the bytes of the value.
    pub(super) fn locate(&self, part: &Part) -> Option<(&'s Located<'s>, Range<usize>)> {
        let length = self.launch.word(part.word).len();
        let part = Part { word: part.word, range: part.range.start..part.range.end.min(length) };
        let (source, range) = self.launch.place(&part)?;
        self.values.get(source).copied().flatten().map(|value| (value, range))
    }

    fn whole(&self, word: usize) -> Part {
        Part { word, range: 0..self.launch.word(word).len() }
    }

    /// Whether the entry starts `mcp-guard serve`.
    pub(super) fn is_guarded(&self) -> bool {
        self.launch.is_wrapped(WrapperKind::Guard)
    }

    /// Whether the server runs in a container.
    pub(super) fn is_containerised(&self) -> bool {
        self.launch.is_wrapped(WrapperKind::Container)
    }

    /// Whether the word is an option of a launcher and not of the server.
    pub(super) fn is_launchers(&self, word: usize) -> bool {
        self.launch.target.program.is_some_and(|program| word < program)
    }

    /// Whether a container option of this name is given, with a value that satisfies the test.
    pub(super) fn has_container_option(&self, name: &str, test: impl Fn(&str) -> bool) -> bool {
        self.launch.target.container_options.iter().any(|option| {
            option.name == name
                && test(option.value.as_ref().map_or("", |part| self.launch.text(part)))
        })
    }
}

/// Whose quoting rules a command is written for, as far as its looks tell.
fn platform(command: &str) -> Platform {
    let lower = command.to_ascii_lowercase();
    let windows =
        lower.contains('\\') || [".exe", ".cmd", ".bat"].iter().any(|e| lower.contains(e));
    if windows { Platform::Cmd } else { Platform::Posix }
}

/// Flags with values, flags alone, and plain arguments among the words.
fn options(launch: &Launch<'_>, words: Range<usize>) -> Vec<CommandOption> {
    let mut found: Vec<CommandOption> = Vec::new();
    let mut open: Option<CommandOption> = None;
    for word in words {
        let text = launch.word(word);
        let is_flag = text.len() > 1 && text.starts_with('-') && !is_number(text);
        if is_flag {
            found.extend(open.take());
            match text.split_once('=') {
                Some((flag, value)) => {
                    let start = text.len() - value.len();
                    let part = Part { word, range: start..text.len() };
                    found.push(valued(launch, Some(flag.to_owned()), part, word));
                }
                None => {
                    let flag = Some(text.to_owned());
                    open = Some(CommandOption { flag, key: None, value: None, word });
                }
            }
        } else {
            let part = Part { word, range: 0..text.len() };
            let (flag, word) = open.take().map_or((None, word), |flag| (flag.flag, flag.word));
            found.push(valued(launch, flag, part, word));
        }
    }
    found.extend(open);
    found
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok()
}

/// An option whose value may begin with a name of its own.
fn valued(launch: &Launch<'_>, flag: Option<String>, part: Part, word: usize) -> CommandOption {
    let text = launch.text(&part);
    let is_header = flag.as_deref().is_some_and(|flag| {
        flag == "-H" || flag.to_ascii_lowercase().trim_start_matches('-').starts_with("header")
    });
    let split = if is_header { text.split_once(':') } else { text.split_once('=') };
    if let Some((name, rest)) = split
        && (is_header || is_variable(name))
    {
        let value = rest.trim_start();
        let start = part.range.start + text.len() - value.len();
        let value = Part { word: part.word, range: start..part.range.end };
        return CommandOption { flag, key: Some(name.trim().to_owned()), value: Some(value), word };
    }
    CommandOption { flag, key: None, value: Some(part), word }
}

fn is_variable(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Fills in what the context of a server says about its process.
pub(super) fn describe(collector: &mut Collector, server: &Server<'_>, line: &CommandLine<'_>) {
    let target = &line.launch.target;
    let context = collector.context();
    context.program = Some(target.program_name.clone()).filter(|name| !name.is_empty());
    context.package = match (&server.package, &target.package) {
        (Some(declared), _) => Some(declared.identifier.text.to_string()),
        (None, Some(package)) => Some(package.name.clone()),
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
        let fact = Image {
            name: Some(name.into()),
            tag: image.tag.clone().map(Into::into),
            pin: Some(image_pin(image.pin.name(), image.tag.as_deref()).into()),
        };
        collector.add(fact, value.span_of(range), &value.pointer);
    }
    containers(collector, line, hidden);
    scripts(collector, line);
    for wrapper in &line.launch.wrappers {
        if let Some((value, range)) = line.locate(&line.whole(wrapper.word)) {
            let fact = Wrapper {
                kind: Some(wrapper.kind.name().into()),
                name: Some(wrapper.name.clone().into()),
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

/// A tag that names no version moves like `latest` does.
pub(super) fn image_pin(pin: &'static str, tag: Option<&str>) -> &'static str {
    const MOVING: &[&str] = &[
        "latest",
        "main",
        "master",
        "dev",
        "develop",
        "edge",
        "nightly",
        "stable",
        "next",
        "head",
        "beta",
        "alpha",
        "canary",
        "snapshot",
        "current",
        "trunk",
        "staging",
        "prod",
        "production",
        "release",
        "rolling",
        "test",
    ];
    match tag {
        Some(tag) if pin == "tag" && MOVING.contains(&tag.to_ascii_lowercase().as_str()) => {
            "latest"
        }
        _ => pin,
    }
}

fn packages(collector: &mut Collector, line: &CommandLine<'_>, hidden: &Hidden) {
    let main = line.launch.target.package.as_ref();
    for package in line.launch.packages() {
        let Some((value, range)) = line.locate(&package.part) else { continue };
        let runner =
            line.launch.wrappers.iter().rev().find(|w| w.kind == WrapperKind::PackageRunner);
        let spec = hidden.show(value, range.clone());
        let fact = Package {
            extra: main != Some(package),
            runner: runner.map(|runner| runner.name.clone().into()),
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
        name: Some(package.name.clone().into()),
        spec: Some(spec.into()),
        version: package.version.clone().map(Into::into),
        pin: Some(package.pin.name().into()),
        source: Some(source.into()),
        git_reference,
        runner: None,
        no_install: package.no_install,
        extra: false,
    }
}

/// A package named by fields of its own. An `oci` one is an image.
fn declared_package(collector: &mut Collector, declared: &DeclaredPackage<'_>, hidden: &Hidden) {
    let DeclaredPackage { registry, identifier, version } = declared;
    let place = identifier.span_of(0..identifier.text.len());
    let version_text = version.as_ref().map(|version| version.text.to_string());
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
            image_pin(if tag.is_some() { "tag" } else { "none" }, tag.as_deref())
        };
        let fact =
            Image { name: Some(name.into()), tag: tag.map(Into::into), pin: Some(pin.into()) };
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
    let pin = match version_text.as_deref() {
        None | Some("") => "none",
        Some("latest") => "tag",
        Some(version) if version.starts_with(['^', '~', '>', '<', '*']) => "range",
        Some(version) if version.contains("${") || version.contains("{{") => "reference",
        Some(_) => "exact",
    };
    // A bundle is fetched from its URL and verified by its hash.
    let bundle = ecosystem == Some("mcpb");
    let fact = Package {
        ecosystem: ecosystem.map(Cow::Borrowed),
        name: Some(identifier.text.to_string().into()),
        spec: Some(hidden.shown(identifier).into()),
        version: version_text.map(Into::into),
        pin: Some(if bundle { "exact" } else { pin }.into()),
        source: Some("registry".into()),
        ..Package::default()
    };
    collector.add(fact, place, &identifier.pointer);
}

fn containers(collector: &mut Collector, line: &CommandLine<'_>, hidden: &Hidden) {
    let target = &line.launch.target;
    let runtime = line.launch.wrappers.iter().find(|w| w.kind == WrapperKind::Container);
    let runtime: Text = runtime
        .and_then(|runtime| runtime.name.split_whitespace().next())
        .map(|name| Cow::Owned(name.to_owned()));
    let mounts = line.launch.mounts();
    let host_mounts = mounts.iter().any(|mount| is_host_path(&mount.source));
    for option in &target.container_options {
        let part = option.value.clone().unwrap_or_else(|| line.whole(option.word));
        let Some((value, range)) = line.locate(&part) else { continue };
        let fact = ContainerOption {
            runtime: runtime.clone(),
            name: Some(option.name.clone().into()),
            value: option.value.is_some().then(|| hidden.show(value, range.clone()).into()),
            host_mounts,
        };
        collector.add(fact, value.span_of(range), &value.pointer);
    }
    for mount in mounts {
        let Some((value, range)) = line.locate(&mount.part) else { continue };
        let fact = Mount {
            source_class: Some(mount_class(&mount.source).into()),
            source: Some(mount.source.clone().into()),
            target: Some(mount.target.clone().into()),
            read_only: mount.read_only,
        };
        collector.add(fact, value.span_of(range), &value.pointer);
    }
}

fn is_host_path(source: &str) -> bool {
    source.starts_with(['/', '.', '~', '$', '\\', '%']) || source.as_bytes().get(1) == Some(&b':')
}

fn mount_class(source: &str) -> &'static str {
    const SOCKETS: &[&str] = &[
        "docker.sock",
        "containerd.sock",
        "podman.sock",
        "crio.sock",
        "dockerd.sock",
        "docker_engine",
    ];
    if SOCKETS.iter().any(|socket| source.ends_with(socket)) {
        return "socket";
    }
    if !is_host_path(source) {
        return "volume";
    }
    RootClass::of(source).name()
}

fn scripts(collector: &mut Collector, line: &CommandLine<'_>) {
    for script in &line.launch.scripts {
        let first = line.locate(&line.whole(script.words.start));
        if script.is_simple() && !script.pipes_download_to_interpreter {
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
            flag: Some(line.launch.word(code.flag).to_owned().into()),
            encoded: code.encoded,
            fetches: code.fetches,
        };
        collector.add(fact, value.span_of(range), &value.pointer);
    }
}
