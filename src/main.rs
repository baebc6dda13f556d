//! The `mcp-guard` command: arguments in, exit code out.

mod against;
mod agreed;
mod base;
mod baseline;
mod child;
mod ci;
mod cli;
mod clients;
mod environment;
mod failure;
mod fix;
mod format;
mod git;
mod named;
mod online;
mod output;
mod pin;
mod progress;
mod replace;
mod rulebook;
mod rules;
mod scan;
mod serve;
mod session;
mod settings;
mod sources;
mod token;
mod unread;
mod validate;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use cli::{Cli, Command};
use failure::Failure;

fn main() -> ExitCode {
    // Before the command line is looked at: the program's arguments are not ours.
    if let Some(code) = child::run_if_asked(std::env::args_os()) {
        return code;
    }
    let cli = Cli::parse();
    cli.colour.apply();
    let done = match &cli.command {
        Command::Scan(options) => scan::run(options, cli.talk()),
        Command::Serve(options) => serve::run(options),
        Command::Baseline(options) => baseline::run(options, cli.talk()),
        Command::Ci { command } => ci::run(command, cli.talk()),
        Command::Pin(options) => pin::run(options),
        Command::Rules(options) => rules::run(options),
        Command::Validate(options) => validate::run(options, cli.talk()),
        Command::Token { command } => token::run(command, cli.talk()),
        Command::Clients(options) => clients::run(options),
        Command::Completions { shell } => completions(*shell),
        Command::Man { command } => manual(command.as_deref()),
    };
    match done {
        Ok(code) => code,
        Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Err(failure) => {
            failure::report(&failure);
            ExitCode::from(2)
        }
    }
}

fn completions(shell: clap_complete::Shell) -> Result<ExitCode, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "mcp-guard", &mut text);
    output::print(&String::from_utf8_lossy(&text))?;
    Ok(ExitCode::SUCCESS)
}

fn manual(command: Option<&str>) -> Result<ExitCode, Failure> {
    let mut whole = Cli::command();
    whole.build();
    let page = match command {
        None => whole,
        Some(name) => match whole.find_subcommand(name) {
            Some(found) => found.clone(),
            None => return Err(Failure::Usage(format!("there is no command `{name}`"))),
        },
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text).map_err(Failure::Output)?;
    output::print(&String::from_utf8_lossy(&text))?;
    Ok(ExitCode::SUCCESS)
}
