//! The wish of the system or the user that the program ends: SIGINT and SIGTERM.
//!
//! However often it is said, it means to end in good order: some supervisors say it twice.

use std::io;

use crate::error::CliError;

/// Begins to listen, so that the signal does not end the process by itself any more. The future
/// that comes back is ready when the program is to end.
///
/// # Errors
/// [`CliError::System`].
pub(crate) fn listen() -> Result<impl Future<Output = ()> + Unpin, CliError> {
    listeners().map(Box::pin).map_err(CliError::System)
}

#[cfg(unix)]
fn listeners() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn listeners() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // An error would mean that nobody can say it.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
