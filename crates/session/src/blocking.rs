//! Calls that block (the disk, decoding), made from a task without holding it up.

use crate::SessionError;

/// Runs `work` on a thread for blocking calls.
///
/// # Errors
/// What `work` gives, or [`SessionError::Interrupted`] when its thread ended without an answer.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SessionError> + Send + 'static,
) -> Result<T, SessionError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(SessionError::Interrupted))
}
