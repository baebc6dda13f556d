//! Going by a changed configuration without a restart.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use mcp_guard_gateway::auth::Auth;
use mcp_guard_gateway::config::Config;
use mcp_guard_gateway::gateway::rules;
use notify::{RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::{Running, load};
use crate::failure::Failure;

/// Editors write a file in several steps.
const SETTLED: Duration = Duration::from_millis(200);

/// Why the configuration may be another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// Somebody says so.
    Told,
    /// Its files look like it.
    Seen,
}

/// Reads the configuration again on SIGHUP and when its files change: all of it counts, or nothing
/// does. Keeps API keys fresh meanwhile. Never done.
pub(super) async fn follow(running: &Running) {
    let (changes, mut changed) = mpsc::unbounded_channel();
    let _watcher = watch(running, &changes);
    hang_ups(changes);
    let mut auth = Arc::clone(&running.auth);
    let mut config = running.config.clone();
    let mut bytes = running.sources.bytes();
    loop {
        let keys = async {
            match &*auth {
                Auth::ApiKey { keys, .. } => keys.keep_fresh().await,
                Auth::None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = keys => {}
            change = changed.recv() => {
                let Some(change) = change else { return std::future::pending().await };
                tokio::time::sleep(SETTLED).await;
                let mut told = change == Change::Told;
                while let Ok(more) = changed.try_recv() {
                    told |= more == Change::Told;
                }
                let now = running.sources.bytes();
                if !told && now == bytes {
                    continue;
                }
                bytes = now;
                match again(running, &config).await {
                    Ok((new, proven)) => {
                        tracing::info!("the configuration was read again");
                        (config, auth) = (new, proven);
                    }
                    Err(failure) => {
                        tracing::error!("the configuration stays as it was: {failure}");
                    }
                }
            }
        }
    }
}

async fn again(running: &Running, before: &Config) -> Result<(Config, Arc<Auth>), Failure> {
    let loaded = running.sources.load()?;
    let config = loaded.config;
    super::refuse_strangers(running.listen.as_ref(), &config, running.insecure)?;
    for (what, changed) in [
        ("listen", config.listen != before.listen),
        ("policies.audit_log", config.audit_log != before.audit_log),
        ("http", config.http != before.http),
    ] {
        if changed {
            tracing::warn!("`{what}` counts from the next start on");
        }
    }
    let auth = load::auth(&config).await?;
    let rules = rules(&config, &loaded.floor, Arc::clone(&auth), running.gateway.metrics());
    running.gateway.reload(&config, rules).map_err(|error| Failure::Usage(error.to_string()))?;
    Ok((config, auth))
}

/// Watches the directories of the files: editors and deployments put a new file, or a new link, in
/// the place of the old one.
fn watch(
    running: &Running,
    changes: &mpsc::UnboundedSender<Change>,
) -> Option<notify::RecommendedWatcher> {
    let sources = &running.sources;
    let named: Vec<PathBuf> = sources
        .file
        .iter()
        .chain(&sources.floor)
        .flat_map(|path| [std::path::absolute(path).ok(), path.canonicalize().ok()])
        .flatten()
        .collect();
    let (watched, changes) = (named.clone(), changes.clone());
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // What is not seen clearly is looked at.
        if event.map_or(true, |event| concerns(&event, &watched)) {
            // Nobody is left to hear it when we are ending.
            let _ = changes.send(Change::Seen);
        }
    });
    let mut watcher = match watcher {
        Ok(watcher) => watcher,
        Err(error) => {
            tracing::warn!("changes of the configuration are not seen: {error}");
            return None;
        }
    };
    let mut directories: Vec<&Path> = named.iter().filter_map(|path| path.parent()).collect();
    directories.dedup();
    for directory in directories {
        if let Err(error) = watcher.watch(directory, RecursiveMode::NonRecursive) {
            tracing::warn!("changes in {} are not seen: {error}", directory.display());
        }
    }
    Some(watcher)
}

/// Whether a file may have changed: something happened to it, or something beside it came, went or
/// was renamed, which may be what it is reached by.
fn concerns(event: &notify::Event, watched: &[PathBuf]) -> bool {
    use notify::EventKind;
    use notify::event::ModifyKind;
    match event.kind {
        _ if event.need_rescan() => true,
        EventKind::Access(_) => false,
        EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) => {
            true
        }
        _ => event.paths.iter().any(|path| watched.contains(path)),
    }
}

#[cfg(unix)]
fn hang_ups(changes: mpsc::UnboundedSender<Change>) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut hang_up) = signal(SignalKind::hangup()) else { return };
    tokio::spawn(async move {
        while hang_up.recv().await.is_some() {
            if changes.send(Change::Told).is_err() {
                return;
            }
        }
    });
}

#[cfg(not(unix))]
fn hang_ups(changes: mpsc::UnboundedSender<Change>) {
    // Kept, so that the channel stays open without a watcher.
    tokio::spawn(async move { changes.closed().await });
}
