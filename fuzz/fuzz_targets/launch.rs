//! Taking a command line apart: every part lies inside of its word, every place inside of its value.
//!
//! The first byte picks the shell; lines are the command and its arguments.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcp_guard_scanner::launch::{Launch, Part, RootClass, Shell, filesystem_roots, words};

const SHELLS: [Shell; 3] = [Shell::Posix, Shell::Cmd, Shell::PowerShell];

fuzz_target!(|data: &[u8]| {
    let Some((pick, bytes)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let values: Vec<&str> = text.split('\n').collect();
    let Some((command, args)) = values.split_first() else { return };
    let launch = Launch::of(words(command, args, SHELLS[usize::from(*pick) % SHELLS.len()]));
    for word in &launch.words {
        assert!(values[word.source].get(word.range.clone()).is_some(), "{word:?}");
    }
    let target = &launch.target;
    assert!(target.arguments.start <= target.arguments.end);
    assert!(target.arguments.end <= launch.words.len());
    let (mounts, roots) = (launch.mounts(), filesystem_roots(&launch));
    let parts = launch
        .packages()
        .map(|package| &package.part)
        .chain(&target.remote_url)
        .chain(target.image.iter().map(|image| &image.part))
        .chain(&target.env_files)
        .chain(target.bridge_headers.iter().flat_map(|h| h.value.iter().chain([&h.part])))
        .chain(target.assignments.iter().flat_map(|a| a.value.iter().chain([&a.part])))
        .chain(target.container_options.iter().filter_map(|option| option.value.as_ref()))
        .chain(mounts.iter().map(|mount| &mount.part))
        .chain(roots.iter().map(|root| &root.part));
    for part in parts {
        inside(&launch, part, &values);
    }
    for wrapper in &launch.wrappers {
        assert!(wrapper.word < launch.words.len(), "{wrapper:?}");
    }
    for value in values {
        let _ = RootClass::of(value);
    }
});

fn inside(launch: &Launch<'_>, part: &Part, values: &[&str]) {
    assert!(launch.word(part.word).get(part.range.clone()).is_some(), "{part:?}");
    let (source, range) = launch.place(part).expect("the word is there");
    assert!(values[source].get(range.clone()).is_some(), "{part:?} at {range:?}");
}
