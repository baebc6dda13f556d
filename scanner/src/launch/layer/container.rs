//! Container engines: the image, and what its options allow.

use crate::launch::options::{self, Given, Syntax, gnu};
use crate::launch::part::Part;
use crate::launch::peeler::{Head, Peeler, Step};
use crate::launch::split::split_command;
use crate::launch::target::ContainerOption;
use crate::launch::token::{Shell, Token};
use crate::launch::wrapper::WrapperKind::Container;
use crate::launch::{image, known, name};

/// Options in front of the subcommand.
const GLOBAL: Syntax = gnu(&[
    "-c",
    "--context",
    "--config",
    "-H",
    "--host",
    "-l",
    "--log-level",
    "--tlscacert",
    "--tlscert",
    "--tlskey",
    "--connection",
    "--url",
    "--root",
    "-n",
    "--namespace",
    "-a",
    "--address",
    "-f",
    "--file",
    "-p",
    "--project-name",
    "--profile",
    "--env-file",
    "--project-directory",
    "--ansi",
    "--progress",
    "--parallel",
]);
/// Switches of `run`, `create` and `exec`; all other long options take a value.
const SWITCHES: &[&str] = &[
    "--detach",
    "--disable-content-trust",
    "--env-host",
    "--help",
    "--init",
    "--interactive",
    "--no-healthcheck",
    "--no-hostname",
    "--no-hosts",
    "--oom-kill-disable",
    "--passwd",
    "--privileged",
    "--publish-all",
    "--quiet",
    "--read-only",
    "--read-only-tmpfs",
    "--replace",
    "--rm",
    "--rmi",
    "--rootfs",
    "--sig-proxy",
    "--tls-verify",
    "--tty",
    "--use-api-socket",
    "--http-proxy",
    "--build",
    "--no-deps",
    "--no-TTY",
    "--no-tty",
    "--quiet-pull",
    "--quiet-build",
    "--remove-orphans",
    "--service-ports",
    "--use-aliases",
    "--latest",
    "--ssh",
    "--rosetta",
    "--virtualization",
    "--no-dns",
];
const RUN: Syntax = Syntax {
    values: &["-a", "-c", "-e", "-h", "-l", "-m", "-p", "-u", "-v", "-w"],
    single_dash: false,
    flags: Some(SWITCHES),
};
/// Short and other names, and the long name meant.
const LONG_NAMES: &[(&str, &str)] = &[
    ("-a", "attach"),
    ("-c", "cpu-shares"),
    ("-d", "detach"),
    ("-e", "env"),
    ("-h", "hostname"),
    ("-i", "interactive"),
    ("-l", "label"),
    ("-m", "memory"),
    ("-p", "publish"),
    ("-P", "publish-all"),
    ("-q", "quiet"),
    ("-t", "tty"),
    ("-u", "user"),
    ("-v", "volume"),
    ("-w", "workdir"),
    ("--net", "network"),
    ("--net-alias", "network-alias"),
    ("--volumes", "volume"),
    ("--dns-opt", "dns-option"),
];

/// Peels `docker run`, `docker exec`, `docker compose run` off.
pub(super) fn peel(peeler: &mut Peeler<'_>, name: &str) -> Step {
    if !known::container::is_engine(name) || peeler.is_package() {
        return Step::Unknown;
    }
    let end = peeler.rest.end;
    let mut path = name.to_owned();
    let mut at = peeler.rest.start;
    let mut compose = name.ends_with("-compose");
    loop {
        let (given, next) = options::leading(&peeler.launch.words, at..end, GLOBAL);
        if next >= end {
            return Step::Target;
        }
        let subcommand = peeler.word(next).to_owned();
        if compose {
            note_env_files(peeler, &given);
        }
        at = next + 1;
        path = format!("{path} {subcommand}");
        match subcommand.as_str() {
            "container" => {}
            "compose" => compose = true,
            "run" | "create" | "exec" => break,
            _ => return Step::Target,
        }
    }
    let executes = path.ends_with("exec");
    let (given, operand) = options::leading(&peeler.launch.words, at..end, RUN);
    if operand >= end {
        return Step::Target;
    }
    note_options(peeler, &given);
    peeler.wrap(Container, path);
    if !compose && !executes {
        peeler.launch.target.image = Some(image::read(peeler.word(operand), peeler.whole(operand)));
    }
    let entrypoint = given
        .iter()
        .rev()
        .find(|option| option.name == "--entrypoint")
        .and_then(|option| option.value.clone());
    let inner = operand + 1..end;
    if let Some(entrypoint) = entrypoint {
        return enter_entrypoint(peeler, &entrypoint, inner);
    }
    // `exec` runs its words as they are. Behind an image they are arguments of its entry point,
    // unless they begin with a program that is surely meant as one.
    let command = inner.start < end
        && (executes || known::is_launcher(&name::program(peeler.word(inner.start))));
    if command {
        peeler.enter(inner);
        return Step::Peeled;
    }
    let base = match &peeler.launch.target.image {
        Some(image) => image.name.rsplit('/').next().unwrap_or_default().to_owned(),
        None => peeler.word(operand).to_owned(),
    };
    let head = Head { word: operand, name: base, package: None, extras: Vec::new() };
    peeler.enter_head(head, inner);
    Step::Target
}

fn enter_entrypoint(
    peeler: &mut Peeler<'_>,
    entrypoint: &Part,
    inner: std::ops::Range<usize>,
) -> Step {
    let Some(word) = peeler.launch.words.get(entrypoint.word) else { return Step::Target };
    let token = Token::word(peeler.text(entrypoint), entrypoint.range.clone());
    let mut words = split_command(word.piece(&token), true, Shell::Posix);
    words.extend(peeler.launch.words.get(inner).map(<[_]>::to_vec).unwrap_or_default());
    peeler.enter_words(words);
    Step::Peeled
}

fn note_env_files(peeler: &mut Peeler<'_>, given: &[Given]) {
    let files = given.iter().filter(|o| o.name == "--env-file").filter_map(|o| o.value.clone());
    peeler.launch.target.env_files.extend(files);
}

fn note_options(peeler: &mut Peeler<'_>, given: &[Given]) {
    note_env_files(peeler, given);
    for option in given {
        let long = LONG_NAMES.iter().find(|(name, _)| *name == option.name).map(|(_, long)| *long);
        let name = long.unwrap_or_else(|| option.name.trim_start_matches('-')).to_owned();
        if name == "env"
            && let Some(part) = &option.value
        {
            let text = peeler.text(part);
            match name::assignment(&text) {
                Some((variable, value)) => peeler.assign(variable, part, Some(value)),
                None => peeler.assign(&text, part, None),
            }
        }
        let options = &mut peeler.launch.target.container_options;
        options.push(ContainerOption { name, value: option.value.clone(), word: option.word });
    }
}
