//! What the window looks at.

use tauri::State;
use wiretree_model::Topic;
use wiretree_session::{Gesture, NodeId};

use crate::state::AppState;
use crate::wire::{AppError, Selection, Step, TreeFilter};

type Answer<T> = Result<T, AppError>;

/// The rows on screen.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_window(
    state: State<'_, AppState>,
    connection: u32,
    first: u32,
    count: u32,
) -> Answer<()> {
    let gesture = Gesture::SetWindow { first: first as usize, count: count as usize };
    look(&state, connection, gesture).await.map(drop)
}

/// Opens or closes a node.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_expanded(
    state: State<'_, AppState>,
    connection: u32,
    node: u32,
    expanded: bool,
) -> Answer<()> {
    look(&state, connection, Gesture::SetExpanded(NodeId(node), expanded)).await.map(drop)
}

/// Selects a node, or nothing.
#[tauri::command]
#[specta::specta]
pub(crate) async fn select_node(
    state: State<'_, AppState>,
    connection: u32,
    node: Option<u32>,
) -> Answer<Option<Selection>> {
    look(&state, connection, Gesture::Select(node.map(NodeId))).await
}

/// Moves the selection by a key.
#[tauri::command]
#[specta::specta]
pub(crate) async fn step_selection(
    state: State<'_, AppState>,
    connection: u32,
    step: Step,
) -> Answer<Option<Selection>> {
    look(&state, connection, Gesture::Step(step.into())).await
}

/// Selects a topic wherever it is, and opens what is above it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn reveal_topic(
    state: State<'_, AppState>,
    connection: u32,
    topic: String,
) -> Answer<Option<Selection>> {
    look(&state, connection, Gesture::Reveal(Topic::received(topic))).await
}

/// Shows only some topics.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_filter(
    state: State<'_, AppState>,
    connection: u32,
    filter: TreeFilter,
) -> Answer<()> {
    look(&state, connection, filter.to_gesture()?).await.map(drop)
}

async fn look(state: &AppState, connection: u32, gesture: Gesture) -> Answer<Option<Selection>> {
    let selection = state.sight(connection)?.look(gesture).await?;
    Ok(selection.as_ref().map(Selection::from_session))
}
