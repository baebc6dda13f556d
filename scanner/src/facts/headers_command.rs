//! The command that a client runs for the headers of a remote server.

use super::collect::Collector;
use super::command_line::CommandLine;
use super::digest::digest;
use super::hidden::Hidden;
use super::kinds::{InlineCode, Shell};
use crate::client::Server;

/// Facts about what it runs. It is a line for a shell by right, so that it has several commands or
/// variables tells nothing; that it runs what it downloads does.
pub(super) fn facts(collector: &mut Collector, server: &Server<'_>, hidden: &Hidden) {
    let Some(command) = &server.headers_command else { return };
    let line = CommandLine::of_shell(command);
    let whole = (command.span_of(0..command.text.len()), command.pointer.as_str());
    let digest = || Some(digest([hidden.shown(command).as_str()]).into());
    let mut scripts = line.launch.scripts.iter();
    if let Some(script) = scripts.find(|script| script.pipes_download_to_interpreter) {
        #[expect(clippy::cast_precision_loss, reason = "a script has few commands")]
        let fact = Shell {
            shell: Some(script.shell.clone().into()),
            commands: Some(script.commands as f64),
            downloads: true,
            runs_download: true,
            digest: digest(),
            ..Shell::default()
        };
        collector.add(fact, whole.0, whole.1);
    }
    if let Some(code) = &line.launch.target.inline
        && code.fetches
    {
        let fact = InlineCode {
            interpreter: Some(code.interpreter.clone().into()),
            encoded: code.encoded,
            fetches: true,
            digest: digest(),
            ..InlineCode::default()
        };
        collector.add(fact, whole.0, whole.1);
    }
}
