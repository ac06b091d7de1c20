//! The doctor.

use tauri::State;
use tauri::ipc::Channel;

use crate::doctoring;
use crate::state::AppState;
use crate::wire::{AppError, DoctorCheck, DoctorEvent, GivenSecrets, Profile};

type Answer<T> = Result<T, AppError>;

/// Tries a connection out without saving it, and tells what it finds.
#[tauri::command]
#[specta::specta]
pub(crate) async fn run_doctor(
    state: State<'_, AppState>,
    profile: Profile,
    given: GivenSecrets,
    checks: Vec<DoctorCheck>,
    events: Channel<DoctorEvent>,
) -> Answer<u32> {
    doctoring::start(&state, &profile, given, checks, events).await
}

/// Ends a run of the doctor where it stands; nothing more is told of it.
#[tauri::command]
#[specta::specta]
pub(crate) fn cancel_doctor(state: State<'_, AppState>, job: u32) -> Answer<()> {
    state.doctors.cancel(job);
    Ok(())
}
