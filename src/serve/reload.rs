//! Going by a changed configuration without a restart.

use std::path::PathBuf;
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

/// Reads the configuration again on SIGHUP and when its files change: all of it counts, or nothing
/// does. Keeps API keys fresh meanwhile. Never done.
pub(super) async fn follow(running: &Running) {
    let (changes, mut changed) = mpsc::unbounded_channel();
    let _watcher = watch(running, &changes);
    hang_ups(changes);
    let mut auth = Arc::clone(&running.auth);
    let mut config = running.config.clone();
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
                if change.is_none() {
                    return std::future::pending().await;
                }
                tokio::time::sleep(SETTLED).await;
                while changed.try_recv().is_ok() {}
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

/// Watches the directories of the files: editors put a new file in the place of the old one.
fn watch(
    running: &Running,
    changes: &mpsc::UnboundedSender<()>,
) -> Option<notify::RecommendedWatcher> {
    let sources = &running.sources;
    let files: Vec<PathBuf> = sources
        .file
        .iter()
        .chain(&sources.floor)
        .filter_map(|path| path.canonicalize().ok())
        .collect();
    let (watched, changes) = (files.clone(), changes.clone());
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let concerns = event.is_ok_and(|event| {
            !event.kind.is_access() && event.paths.iter().any(|path| watched.contains(path))
        });
        if concerns {
            // Nobody is left to hear it when we are ending.
            let _ = changes.send(());
        }
    });
    let mut watcher = match watcher {
        Ok(watcher) => watcher,
        Err(error) => {
            tracing::warn!("changes of the configuration are not seen: {error}");
            return None;
        }
    };
    for directory in files.iter().filter_map(|path| path.parent()) {
        if let Err(error) = watcher.watch(directory, RecursiveMode::NonRecursive) {
            tracing::warn!("changes in {} are not seen: {error}", directory.display());
        }
    }
    Some(watcher)
}

#[cfg(unix)]
fn hang_ups(changes: mpsc::UnboundedSender<()>) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut hang_up) = signal(SignalKind::hangup()) else { return };
    tokio::spawn(async move {
        while hang_up.recv().await.is_some() {
            if changes.send(()).is_err() {
                return;
            }
        }
    });
}

#[cfg(not(unix))]
fn hang_ups(changes: mpsc::UnboundedSender<()>) {
    // Kept, so that the channel stays open without a watcher.
    tokio::spawn(async move { changes.closed().await });
}
