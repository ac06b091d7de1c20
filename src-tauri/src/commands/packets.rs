//! The packets of a connection.

use tauri::ipc::Channel;
use tauri::{AppHandle, State};

use crate::state::AppState;
use crate::wire::{
    AppError, ExportEvent, ExportJob, Handshake, PacketDetail, PacketExportRequest, PacketFilter,
    PacketWindow,
};
use crate::{exporting, packets};

type Answer<T> = Result<T, AppError>;

/// Some rows of those that match; without `first` the last ones.
#[tauri::command]
#[specta::specta]
pub(crate) async fn packet_window(
    state: State<'_, AppState>,
    connection: u32,
    filter: PacketFilter,
    first: Option<u32>,
    count: u32,
) -> Answer<PacketWindow> {
    packets::window(state.open(connection)?, &filter, first, count).await
}

/// A packet with every field and its bytes.
#[tauri::command]
#[specta::specta]
pub(crate) async fn packet_detail(
    state: State<'_, AppState>,
    connection: u32,
    number: u64,
) -> Answer<PacketDetail> {
    packets::detail(state.open(connection)?, number).await
}

/// The conversation that a packet belongs to.
#[tauri::command]
#[specta::specta]
pub(crate) async fn packet_handshake(
    state: State<'_, AppState>,
    connection: u32,
    number: u64,
) -> Answer<Option<Handshake>> {
    packets::handshake(state.open(connection)?, number).await
}

/// Records packets, or stops to.
#[tauri::command]
#[specta::specta]
pub(crate) fn set_packet_recording(
    state: State<'_, AppState>,
    connection: u32,
    on: bool,
) -> Answer<()> {
    state.open(connection)?.session.packets().trace().set_recording(on);
    Ok(())
}

/// Forgets all packets.
#[tauri::command]
#[specta::specta]
pub(crate) fn clear_packets(state: State<'_, AppState>, connection: u32) -> Answer<()> {
    state.open(connection)?.session.packets().trace().clear();
    Ok(())
}

/// Starts an export of packets, and tells how it goes on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn start_packet_export(
    app: AppHandle,
    connection: u32,
    request: PacketExportRequest,
    events: Channel<ExportEvent>,
) -> Answer<ExportJob> {
    exporting::start_packets(app, connection, request, events)
}
