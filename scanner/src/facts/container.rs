//! What a container is allowed and what it sees of the host.

use std::borrow::Cow;

use super::collect::Collector;
use super::command_line::CommandLine;
use super::hidden::Hidden;
use super::kinds::{ContainerOption, Mount, Text};
use crate::launch::{RootClass, WrapperKind};
use crate::sensitive;

/// Facts about the options and mounts of containers on the way.
pub(super) fn facts(collector: &mut Collector, line: &CommandLine<'_>, hidden: &Hidden) {
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
        let place = sensitive::holding(&mount.source);
        let fact = Mount {
            sensitive: place.map(|places| places.class.name().into()),
            holds: place.map(|places| places.title.clone()),
            source_class: Some(mount_class(&mount.source).into()),
            source: Some(hidden.taken(&mount.source, value, range.clone()).into()),
            target: Some(hidden.taken(&mount.target, value, range.clone()).into()),
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
