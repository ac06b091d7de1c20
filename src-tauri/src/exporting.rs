//! Exports: where they go, and word of them to the page.

use std::path::{Path, PathBuf};

use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};
use wiretree_session::{
    Existing, Export, ExportForm, ExportNews, ExportOrder, Formulas, PacketExportOrder, Split,
    free_path,
};

use crate::state::AppState;
use crate::wire::{AppError, ExportEvent, ExportJob, ExportRequest, PacketExportRequest};
use crate::{choosing, reading};

/// Starts an export of what the history pane shows.
///
/// # Errors
/// The connection is not open, or there is no folder to write to.
pub(crate) fn start(
    app: AppHandle,
    connection: u32,
    request: ExportRequest,
    events: Channel<ExportEvent>,
) -> Result<ExportJob, AppError> {
    let open = app.state::<AppState>().open(connection)?;
    let path = path(&app, request.folder.as_deref(), &request.file_name)?;
    let formulas = if request.formula_safe { Formulas::Disarmed } else { Formulas::Verbatim };
    let order = ExportOrder {
        query: reading::query(&open, request.query)?,
        form: ExportForm::Messages(request.format.to_session(formulas), Split::Never),
        path: path.clone(),
        existing: Existing::Kept,
    };
    let started = Export::start(open.session.reader().clone(), order);
    Ok(follow(app, started, &path, events))
}

/// Starts an export of packets.
///
/// # Errors
/// The connection is not open, there is no folder to write to, or no such packet type.
pub(crate) fn start_packets(
    app: AppHandle,
    connection: u32,
    request: PacketExportRequest,
    events: Channel<ExportEvent>,
) -> Result<ExportJob, AppError> {
    let open = app.state::<AppState>().open(connection)?;
    let filter = request.filter.to_session()?;
    let path = path(&app, request.folder.as_deref(), request.format.file_name())?;
    let format = request.format.to_session(&open.host);
    let order = PacketExportOrder { filter, format, path: path.clone() };
    Ok(follow(app, open.session.packets().export(order), &path, events))
}

/// Where to write to: in the folder that was chosen, or in the downloads folder.
pub(crate) fn path(app: &AppHandle, chosen: Option<&str>, name: &str) -> Result<PathBuf, AppError> {
    let usual = app.path().download_dir().or_else(|_| app.path().home_dir()).ok();
    let folder = folder(&app.state::<AppState>(), chosen, usual)?;
    Ok(free_path(&folder, name))
}

/// Lets the user choose a folder.
pub(crate) async fn choose_folder(app: AppHandle) -> Option<String> {
    let folder = choosing::folder(&app).await?;
    let text = folder.to_str()?.to_owned();
    app.state::<AppState>().allow_folder(folder);
    Some(text)
}

/// The folder that the dialog gave, or the usual one. No other is taken from the page.
fn folder(
    state: &AppState,
    chosen: Option<&str>,
    usual: Option<PathBuf>,
) -> Result<PathBuf, AppError> {
    let refused = "This folder was not chosen in the folder dialog. Choose it there";
    match chosen.map(Path::new) {
        Some(folder) if state.allows_folder(folder) => Ok(folder.to_owned()),
        Some(_) => Err(AppError::new("folder-not-chosen", refused)),
        None => usual.ok_or_else(|| {
            AppError::new("folder-missing", "There is no downloads folder. Choose another folder")
        }),
    }
}

/// Takes an export in, and tells the page how it goes on.
fn follow(
    app: AppHandle,
    (export, mut news): (Export, ExportNews),
    path: &Path,
    events: Channel<ExportEvent>,
) -> ExportJob {
    let job = app.state::<AppState>().insert_export(export);
    let path = path.display().to_string();
    tauri::async_runtime::spawn(async move {
        while let Some(next) = news.next().await {
            // The export goes on although nobody listens.
            let _ = events.send(ExportEvent::from_session(next));
        }
        app.state::<AppState>().remove_export(job);
    });
    ExportJob { job, path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_cannot_name_a_folder_that_the_dialog_did_not_give() {
        let place = tempfile::tempdir().unwrap();
        let state = AppState::new(place.path(), false);
        let usual = Some(PathBuf::from("/usual"));
        state.allow_folder(PathBuf::from("/chosen"));
        let folder = |chosen| {
            let answer = folder(&state, chosen, usual.clone());
            answer.map_err(|error| error.code)
        };
        assert_eq!(folder(None), Ok(PathBuf::from("/usual")));
        assert_eq!(folder(Some("/chosen")), Ok(PathBuf::from("/chosen")));
        for other in ["/", "/chosen/../etc", "/chosen/inner", ""] {
            assert_eq!(folder(Some(other)), Err("folder-not-chosen".to_owned()), "{other}");
        }
    }
}
