//! Programs that start others, as data: their names and what their options mean.

pub(super) mod bridge;
pub(super) mod container;
pub(super) mod gateway;
pub(super) mod interpreter;
pub(super) mod prefix;
pub(super) mod runner;
pub(super) mod shell;

/// Whether a program of this name starts other programs or runs scripts, so that words after it
/// are surely arguments.
pub(super) fn is_launcher(name: &str) -> bool {
    runner::is_runner(name)
        || interpreter::is_interpreter(name)
        || container::is_engine(name)
        || shell::is_shell(name)
        || prefix::is_prefix(name)
        || bridge::is_bridge(name)
        || gateway::is_gateway(name)
}
