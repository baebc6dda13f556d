//! Container engines.

const ENGINES: &[&str] =
    &["docker", "podman", "nerdctl", "finch", "container", "docker-compose", "podman-compose"];

/// Whether a program of this name is a container engine.
pub(in crate::launch) fn is_engine(name: &str) -> bool {
    ENGINES.contains(&name)
}
