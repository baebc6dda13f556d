//! Children that are real processes, and our own standard input and output.
//!
//! This has a `main` of its own, as it stands for our binary in some tests: for one that starts
//! servers, for one that is started by a client, and for `__child`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on fails"
)]
#![cfg_attr(not(unix), allow(unused, reason = "the servers of these tests are Unix programs"))]

#[cfg(unix)]
mod end;
#[cfg(unix)]
mod orphan;
#[cfg(unix)]
mod roles;
#[cfg(unix)]
mod standard;
#[cfg(unix)]
mod start;
#[cfg(unix)]
mod support;
#[cfg(unix)]
mod talk;

use std::process::ExitCode;

type Case = (&'static str, fn());

macro_rules! cases {
    ($($module:ident: $($name:ident)+;)+) => {
        &[$($((concat!(stringify!($module), "::", stringify!($name)), $module::$name as fn()),)+)+]
    };
}

#[cfg(unix)]
const CASES: &[Case] = cases! {
    end: at_the_end_of_input by_a_signal_when_that_does_not_help by_force_when_nothing_helps
        of_what_the_server_started of_all_when_dropped with_what_was_queued_still_delivered
        of_one_that_reads_nothing of_one_that_is_gone;
    orphan: none_is_left_when_we_are_killed one_is_left_without_the_guard
        none_is_left_of_a_launcher_that_passes_the_signal_on a_stranger_is_not_served;
    standard: input_and_output_as_pipes input_and_output_as_sockets input_and_output_as_files
        a_named_pipe_as_input;
    start: of_a_program_that_is_not_there of_a_file_that_is_no_program in_a_missing_directory
        in_a_directory with_a_clean_environment of_a_script_without_its_interpreter
        of_a_command_that_no_system_takes of_many_at_once;
    talk: a_line_comes_back many_lines_come_back_in_order a_flood_on_standard_error_blocks_nothing
        an_exit_is_told the_last_words_are_read;
};

#[cfg(unix)]
fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next().as_ref().and_then(|first| first.to_str()) {
        Some("__child") => roles::child(arguments),
        Some("parent") => roles::parent(arguments),
        Some("echo") => roles::echo(),
        _ => run(&std::env::args().skip(1).collect::<Vec<_>>()),
    }
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    ExitCode::SUCCESS
}

/// Runs the cases whose names hold one of the words, or lists them, as the usual harness would.
#[cfg(unix)]
fn run(arguments: &[String]) -> ExitCode {
    let has = |option: &str| arguments.iter().any(|argument| argument == option);
    let words: Vec<_> = arguments.iter().filter(|word| !word.starts_with('-')).collect();
    let wanted = |(name, _): &&Case| {
        let fits = |word: &&String| {
            if has("--exact") { *name == word.as_str() } else { name.contains(word.as_str()) }
        };
        !has("--ignored") && (words.is_empty() || words.iter().any(fits))
    };
    let mut failed = false;
    for (name, case) in CASES.iter().filter(wanted) {
        if has("--list") {
            println!("{name}: test");
            continue;
        }
        let ended = std::panic::catch_unwind(case);
        println!("test {name} ... {}", if ended.is_ok() { "ok" } else { "FAILED" });
        failed |= ended.is_err();
    }
    if failed { ExitCode::from(101) } else { ExitCode::SUCCESS }
}
