//! Exports: where they go, and word of them to the page.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};
use wiretree_session::{
    Existing, Export, ExportForm, ExportNews, ExportOrder, PacketExportOrder, blocking,
    estimate_export, free_path, named_path,
};

use crate::ending::Telling;
use crate::state::AppState;
use crate::wire::{
    AppError, ExistingFile, ExportEstimate, ExportEvent, ExportJob, ExportRequest, HistoryQuery,
    PacketExportRequest,
};
use crate::{choosing, reading};

/// How long messages are counted before the rest is reckoned.
const COUNTING: Duration = Duration::from_millis(400);

/// Starts an export of what the history pane shows.
///
/// # Errors
/// The connection is not open, there is no folder to write to, or something stands there already and
/// the page is to ask.
pub(crate) fn start(
    app: AppHandle,
    connection: u32,
    request: ExportRequest,
    events: Channel<ExportEvent>,
) -> Result<ExportJob, AppError> {
    let sight = app.state::<AppState>().sight(connection)?;
    let folder = chosen_folder(&app, request.folder.as_deref())?;
    let form = request.form();
    let (path, existing) = place(form, &folder, &request.file_name, request.existing)?;
    let query = reading::query_by_then(&sight, request.query)?;
    let order = ExportOrder { query, form, path: path.clone(), existing };
    let started = Export::start(sight.reader, order);
    Ok(follow(app, started, &path, events))
}

/// About how many messages an export will have.
///
/// # Errors
/// The connection is not open, or the history cannot be read.
pub(crate) async fn estimate(
    app: AppHandle,
    connection: u32,
    query: HistoryQuery,
) -> Result<ExportEstimate, AppError> {
    let sight = app.state::<AppState>().sight(connection)?;
    let query = reading::query_by_then(&sight, query)?;
    let found = blocking(move || estimate_export(&sight.reader, &query, COUNTING)).await?;
    Ok(ExportEstimate { messages: found.messages, exact: found.is_exact })
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

/// A path that nothing stands at, in the folder that was chosen or in the downloads folder.
///
/// # Errors
/// There is no such folder, or it was not chosen in the dialog.
pub(crate) fn path(app: &AppHandle, chosen: Option<&str>, name: &str) -> Result<PathBuf, AppError> {
    Ok(free_path(&chosen_folder(app, chosen)?, name))
}

/// Where to write to: the folder that was chosen, or the downloads folder.
fn chosen_folder(app: &AppHandle, chosen: Option<&str>) -> Result<PathBuf, AppError> {
    let usual = app.path().download_dir().or_else(|_| app.path().home_dir()).ok();
    folder(&app.state::<AppState>(), chosen, usual)
}

/// The path under this name, and what becomes of what stands there.
fn place(
    form: ExportForm,
    folder: &Path,
    name: &str,
    existing: ExistingFile,
) -> Result<(PathBuf, Existing), AppError> {
    let path = named_path(folder, name);
    match (existing, form.in_the_way(&path)) {
        (ExistingFile::KeepBoth, _) => Ok((form.free_path(folder, name), Existing::Kept)),
        (_, None) => Ok((path, Existing::Kept)),
        (_, Some(found)) if found.is_dir() => Err(AppError::new(
            "export-folder-exists",
            format!("The folder {} exists already, and is not replaced", found.display()),
        )),
        (ExistingFile::Ask, Some(found)) => Err(AppError::new(
            "export-exists",
            format!("The file {} exists already", found.display()),
        )),
        (ExistingFile::Replace, Some(_)) => Ok((path, Existing::Replaced)),
    }
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
    let mut telling = Telling::new(events);
    tauri::async_runtime::spawn(async move {
        while let Some(next) = news.next().await {
            telling.tell(ExportEvent::from_session(next));
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

    #[test]
    fn nothing_is_replaced_unasked_and_a_folder_never() {
        use wiretree_session::{Format, Split};
        let folder = tempfile::tempdir().unwrap();
        let to = |name: &str, existing| {
            let form = ExportForm::Messages(Format::Csv(Default::default()), Split::WhenLarge);
            let place = place(form, folder.path(), name, existing);
            let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
            place.map(|(path, existing)| (name(path), existing)).map_err(|error| error.code)
        };
        let refused = |code: &str| Err(code.to_owned());
        let kept = |name: &str| Ok((name.to_owned(), Existing::Kept));
        assert_eq!(to("../a.csv", ExistingFile::Replace), kept("a.csv"), "nothing is there");
        std::fs::write(folder.path().join("a.csv"), "mine").unwrap();
        assert_eq!(to("a.csv", ExistingFile::Ask), refused("export-exists"));
        assert_eq!(to("a.csv", ExistingFile::KeepBoth), kept("a (2).csv"));
        let replaced = Ok(("a.csv".to_owned(), Existing::Replaced));
        assert_eq!(to("a.csv", ExistingFile::Replace), replaced);
        // It may become a folder without the ending, and that name is taken.
        std::fs::create_dir(folder.path().join("b")).unwrap();
        for existing in [ExistingFile::Ask, ExistingFile::Replace] {
            assert_eq!(to("b.csv", existing), refused("export-folder-exists"));
        }
        assert_eq!(to("b.csv", ExistingFile::KeepBoth), kept("b (2).csv"));
    }
}
