//! Debuggers and other doors for developers that an entry opens.

use std::borrow::Cow;
use std::ops::Range;

use super::bind;
use super::collect::Collector;
use super::command_line::CommandLine;
use super::kinds::Debugger;
use crate::client::{Located, Server};
use crate::launch::{Part, ScriptKind};

/// Programs that take V8's options, which `--inspect` is one of.
const RUNTIMES: &[&str] = &[
    "babel-node",
    "bun",
    "deno",
    "electron",
    "node",
    "nodejs",
    "nodemon",
    "ts-node",
    "ts-node-dev",
    "ts-node-esm",
    "tsx",
    "vite-node",
];
/// Packages of web pages that start servers.
const INSPECTORS: &[&str] = &["@modelcontextprotocol/inspector", "@mcpjam/inspector"];
const JAVA_VARIABLES: &[&str] =
    &["JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "MAVEN_OPTS", "_JAVA_OPTIONS"];

/// A door as an option spells it.
struct Door<'t> {
    kind: &'static str,
    option: Cow<'t, str>,
    /// Where it listens, `[host:]port` or a host, if that is written.
    address: Option<&'t str>,
}

/// Facts about the doors that arguments, variables and programs open.
pub(super) fn facts(collector: &mut Collector, server: &Server<'_>, line: &CommandLine<'_>) {
    let published = bind::is_reachable(line);
    let mut add = |door: Door<'_>, via: &'static str, value: &Located<'_>, range: Range<usize>| {
        let address = door.address.and_then(host_of);
        let fact = Debugger {
            kind: Some(door.kind.into()),
            option: Some(Cow::Owned(door.option.into_owned())),
            via: Some(via.into()),
            address_class: Some(address.map_or("loopback", |host| bind::class(host).name()).into()),
            address: address
                .map(|host| Cow::Owned(if host.is_empty() { "*" } else { host }.to_owned())),
            published,
        };
        collector.add(fact, value.span_of(range), &value.pointer);
    };
    let launch = &line.launch;
    for index in 0..launch.words.len() {
        let text = launch.word(index);
        if let Some(door) = of_word(line, index, text)
            && let Some((value, range)) = line.locate(&line.whole(index))
        {
            add(door, "argument", value, range);
        }
    }
    if let Some((door, word)) = of_program(line)
        && let Some((value, range)) = line.locate(&line.whole(word))
    {
        add(door, "program", value, range);
    }
    for variable in &server.env {
        let text = variable.value.text.as_ref();
        for (door, range) in of_variable(&variable.name, text) {
            add(door, "environment", &variable.value, range);
        }
    }
    for assignment in &launch.target.assignments {
        let Some(part) = &assignment.value else { continue };
        for (door, range) in of_variable(&assignment.name, launch.text(part)) {
            let range = part.range.start + range.start..part.range.start + range.end;
            if let Some((value, range)) = line.locate(&Part { word: part.word, range }) {
                add(door, "environment", value, range);
            }
        }
    }
}

/// The host of `[host:]port`. A port alone means the usual host.
fn host_of(address: &str) -> Option<&str> {
    bind::address(address.trim_matches(['"', '\'']))
}

fn of_word<'t>(line: &CommandLine<'_>, index: usize, text: &'t str) -> Option<Door<'t>> {
    if !text.contains('-') {
        return None;
    }
    if let Some(door) = inspect(text) {
        let certain = door.option == "--inspect-brk" || text.contains('=') && is_port(&door);
        return (certain || is_of_runtime(line, index)).then_some(door);
    }
    if let Some(options) = text.strip_prefix("--node-options=") {
        return options.split_whitespace().find_map(inspect);
    }
    java(text).or_else(|| browser(line, text))
}

/// `--inspect[-brk|-wait][=[host:]port]` (Node.js, "Command-line API"; Deno and Bun take it over).
fn inspect(text: &str) -> Option<Door<'_>> {
    let text = text.trim_matches(['"', '\'']);
    let (option, address) = match text.split_once('=') {
        Some((option, address)) => (option, Some(address)),
        None => (text, None),
    };
    ["--inspect", "--inspect-brk", "--inspect-wait"].contains(&option).then_some(Door {
        kind: "node",
        option: Cow::Borrowed(option),
        address,
    })
}

/// Whether what is written is a port, with or without a host: another program's `--inspect=full`
/// means something else.
fn is_port(door: &Door<'_>) -> bool {
    let address = door.address.unwrap_or_default();
    let port = address.rsplit(':').next().unwrap_or(address);
    !port.is_empty() && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the word is an option of a JavaScript runtime and not of the script behind it.
fn is_of_runtime(line: &CommandLine<'_>, index: usize) -> bool {
    let target = &line.launch.target;
    let before_script = target.script.is_none_or(|script| index < script.word);
    let runtime = RUNTIMES.contains(&target.program_name.as_str()) && before_script;
    runtime || line.is_launchers(index)
}

/// `-agentlib:jdwp=…,server=y,address=[host:]port` (JPDA, "Connection and Invocation").
fn java(text: &str) -> Option<Door<'_>> {
    let at = ["-agentlib:jdwp=", "-Xrunjdwp:"]
        .iter()
        .find_map(|head| text.find(head).map(|at| at + head.len()))?;
    let fields = text.get(at..)?.split(char::is_whitespace).next()?;
    let field = |name: &str| {
        fields.split(',').find_map(|field| field.split_once('=').filter(|(n, _)| *n == name))
    };
    let listens = field("server").is_some_and(|(_, value)| value == "y");
    let address = field("address").map(|(_, address)| address);
    listens.then_some(Door { kind: "java", option: Cow::Borrowed("jdwp"), address })
}

/// `--remote-debugging-port` of Chromium, on its own or handed on by an option.
fn browser<'t>(line: &CommandLine<'_>, text: &'t str) -> Option<Door<'t>> {
    const OPTION: &str = "--remote-debugging-port";
    let rest = text.get(text.find(OPTION)? + OPTION.len()..)?;
    if !(rest.is_empty() || rest.starts_with(|c: char| !c.is_alphanumeric() && c != '-')) {
        return None;
    }
    // The address is an option of its own.
    let elsewhere = (0..line.launch.words.len()).any(|index| {
        let (_, rest) =
            line.launch.word(index).split_once("--remote-debugging-address").unwrap_or_default();
        let next = line.launch.word(index + 1);
        let host = rest.strip_prefix('=').unwrap_or(if rest.is_empty() { next } else { rest });
        line.launch.word(index).contains("--remote-debugging-address")
            && ["0.0.0.0", "::", "[::]"].iter().any(|all| host.trim().starts_with(all))
    });
    let address = elsewhere.then_some("0.0.0.0");
    Some(Door { kind: "browser", option: Cow::Borrowed(OPTION), address })
}

/// Programs that are debuggers, or a page for trying servers out.
fn of_program<'l>(line: &'l CommandLine<'_>) -> Option<(Door<'l>, usize)> {
    let launch = &line.launch;
    let target = &launch.target;
    let name = target.program_name.as_str();
    let value_of = |names: &[&str]| {
        let mut options = line.options().iter();
        options.find_map(|option| {
            let flag = option.flag.as_deref().filter(|flag| names.contains(flag))?;
            Some((flag, option.value.as_ref().map(|part| launch.text(part))))
        })
    };
    let first = launch.word(target.arguments.start);
    let module = target.script.filter(|script| script.kind == ScriptKind::Module);
    if let Some(module) = module.filter(|module| launch.word(module.word) == "debugpy") {
        let (_, address) = value_of(&["--listen"])?;
        let door = Door { kind: "python", option: Cow::Borrowed("debugpy --listen"), address };
        return Some((door, module.word));
    }
    let program = target.program?;
    if name == "dlv" {
        let headless = value_of(&["--headless"]).is_some() || first == "dap";
        let address = value_of(&["--listen", "-l"]).and_then(|(_, address)| address);
        let door = Door { kind: "go", option: Cow::Borrowed("dlv"), address };
        return headless.then_some((door, program));
    }
    if name == "rdbg" {
        value_of(&["--open", "-O"])?;
        let address = value_of(&["--host"]).and_then(|(_, address)| address);
        return Some((
            Door { kind: "ruby", option: Cow::Borrowed("rdbg --open"), address },
            program,
        ));
    }
    let package = target.package.as_ref().map_or("", |package| package.name.as_str());
    let inspector = INSPECTORS.contains(&package) && value_of(&["--cli"]).is_none();
    let develops = matches!(name, "mcp" | "fastmcp") && first == "dev";
    let option = if develops { format!("{name} dev") } else { "MCP Inspector".to_owned() };
    let door = Door { kind: "inspector", option: Cow::Owned(option), address: None };
    (inspector || develops).then_some((door, program))
}

/// The doors that a variable opens, and where in its value.
fn of_variable<'t>(name: &str, text: &'t str) -> Vec<(Door<'t>, Range<usize>)> {
    let upper = name.to_ascii_uppercase();
    let named = |door: Option<Door<'t>>| {
        let door = door.map(|door| Door { option: Cow::Owned(name.to_owned()), ..door });
        door.map(|door| (door, 0..text.len())).into_iter().collect()
    };
    match upper.as_str() {
        "NODE_OPTIONS" | "NPM_CONFIG_NODE_OPTIONS" | "BUN_OPTIONS" => {
            let mut at = 0;
            let mut doors = Vec::new();
            for piece in text.split_inclusive(char::is_whitespace) {
                let word = piece.trim_end();
                if let Some(door) = inspect(word) {
                    let option = Cow::Owned(format!("{name}={}", door.option));
                    doors.push((Door { option, ..door }, at..at + word.len()));
                }
                at += piece.len();
            }
            doors
        }
        "BUN_INSPECT" if !text.is_empty() => {
            let address =
                text.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
            named(Some(Door { kind: "node", option: Cow::Borrowed(""), address }))
        }
        "RUBY_DEBUG_OPEN" if !matches!(text, "" | "0" | "false") => {
            named(Some(Door { kind: "ruby", option: Cow::Borrowed(""), address: None }))
        }
        variable if JAVA_VARIABLES.contains(&variable) => named(java(text)),
        _ => Vec::new(),
    }
}
