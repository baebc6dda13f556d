//! Signals that end the gateway.

use tokio_util::sync::CancellationToken;

/// Ends it in good order at the first signal that asks for that, and at once at the second.
#[cfg(unix)]
pub(super) fn stop_on_signal(stop: CancellationToken) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        for last in [false, true] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if last {
                std::process::exit(1);
            }
            stop.cancel();
        }
    });
    Ok(())
}

/// Ends it in good order when the user asks for that, and at once the second time.
#[cfg(not(unix))]
pub(super) fn stop_on_signal(stop: CancellationToken) -> std::io::Result<()> {
    tokio::spawn(async move {
        for last in [false, true] {
            if tokio::signal::ctrl_c().await.is_err() {
                return;
            }
            if last {
                std::process::exit(1);
            }
            stop.cancel();
        }
    });
    Ok(())
}
