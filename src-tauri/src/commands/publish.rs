//! Publishing.

use tauri::State;
use tauri::ipc::{Channel, InvokeBody, Request};
use wiretree_model::{QoS, Topic};
use wiretree_session::SessionError;

use crate::publishing;
use crate::state::AppState;
use crate::wire::{AppError, PublishInput, PublishOutcome};

type Answer<T> = Result<T, AppError>;

/// Publishes a message and tells what becomes of it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn publish(
    state: State<'_, AppState>,
    connection: u32,
    input: PublishInput,
    outcomes: Channel<PublishOutcome>,
) -> Answer<()> {
    let publish = publishing::compose(&state.staging, input)?;
    let qos = publish.qos;
    let ticket = state.open_to_write(connection)?.session.publish(publish).await;
    publishing::follow(ticket, qos, outcomes);
    Ok(())
}

/// Removes the retained message of a topic.
#[tauri::command]
#[specta::specta]
pub(crate) async fn clear_retained(
    state: State<'_, AppState>,
    connection: u32,
    topic: String,
    outcomes: Channel<PublishOutcome>,
) -> Answer<()> {
    let topic = Topic::to_publish(&topic).map_err(SessionError::from)?;
    let ticket = state.open_to_write(connection)?.session.clear_retained(topic).await;
    publishing::follow(ticket, QoS::AtLeastOnce, outcomes);
    Ok(())
}

/// Takes a file's bytes as a raw request; gives the handle to publish them by.
#[tauri::command]
pub(crate) fn stage_payload(state: State<'_, AppState>, request: Request<'_>) -> Answer<String> {
    match request.body() {
        InvokeBody::Raw(bytes) => state.staging.put(bytes),
        InvokeBody::Json(_) => Err(AppError::new("payload-invalid", "The file came as text")),
    }
}
