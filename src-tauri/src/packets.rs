//! The packets of an open connection for the page: rows, details, handshakes.
//!
//! Reading decodes, so it happens on a thread for that, never in the session.

use wiretree_session::{SessionError, blocking};

use crate::state::Open;
use crate::wire::{AppError, Handshake, PacketDetail, PacketFilter, PacketWindow};

/// How many bytes of packets a connection keeps.
pub(crate) const RING: usize = 16 * 1024 * 1024;

/// Some rows of those that match; without `first` the last ones.
///
/// # Errors
/// There is no such packet type.
pub(crate) async fn window(
    open: Open,
    filter: &PacketFilter,
    first: Option<u32>,
    count: u32,
) -> Result<PacketWindow, AppError> {
    let filter = filter.to_session()?;
    let first = first.map(|first| first as usize);
    let window =
        blocking(move || Ok(open.session.packets().window(&filter, first, count as usize))).await?;
    Ok(PacketWindow::from_session(&window))
}

/// A packet with every field and its bytes.
///
/// # Errors
/// `packet-gone`: it is not kept any more.
pub(crate) async fn detail(open: Open, number: u64) -> Result<PacketDetail, AppError> {
    let detail =
        blocking(move || Ok::<_, SessionError>(open.session.packets().detail(number))).await?;
    detail.as_ref().map(PacketDetail::from_session).ok_or_else(|| {
        let message = "This packet had to make room for newer ones. Choose another one";
        AppError::new("packet-gone", message)
    })
}

/// The conversation that a packet belongs to.
///
/// # Errors
/// The reading was interrupted.
pub(crate) async fn handshake(open: Open, number: u64) -> Result<Option<Handshake>, AppError> {
    let handshake = blocking(move || Ok(open.session.packets().handshake(number))).await?;
    Ok(handshake.as_ref().map(Handshake::from_session))
}

#[cfg(test)]
mod tests;
