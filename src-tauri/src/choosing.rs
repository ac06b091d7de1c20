//! Files and folders that the user chooses in the system's dialogs.

use std::path::PathBuf;

use tauri::AppHandle;
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};
use tokio::sync::oneshot;

use crate::wire::FilePurpose;

/// Lets the user choose a folder.
pub(crate) async fn folder(app: &AppHandle) -> Option<PathBuf> {
    let (reply, answer) = oneshot::channel();
    // The page may have gone when the answer comes.
    app.dialog().file().pick_folder(move |folder| drop(reply.send(folder)));
    path(answer.await.ok().flatten())
}

/// Lets the user choose a file that exists, of the kind that `purpose` needs.
pub(crate) async fn file(app: &AppHandle, purpose: FilePurpose) -> Option<String> {
    let (reply, answer) = oneshot::channel();
    let dialog: FileDialogBuilder<_> = app.dialog().file().set_title(title(purpose));
    let usual = usual_endings(purpose);
    let dialog = if usual.is_empty() {
        dialog
    } else {
        // Many such files have no ending of their own, so all can be shown too.
        dialog.add_filter("Usual files", usual).add_filter("All files", &["*"])
    };
    dialog.pick_file(move |file| drop(reply.send(file)));
    path(answer.await.ok().flatten())?.to_str().map(str::to_owned)
}

/// Lets the user choose a file to import from.
pub(crate) async fn import(app: &AppHandle) -> Option<PathBuf> {
    let (reply, answer) = oneshot::channel();
    let dialog = app.dialog().file().set_title("Choose a file to import from");
    // They are told by their content, and mosquitto_sub writes to whatever one likes.
    let usual = ["json", "ndjson", "jsonl", "csv", "db", "log", "txt"];
    let dialog = dialog.add_filter("Usual files", &usual).add_filter("All files", &["*"]);
    dialog.pick_file(move |file| drop(reply.send(file)));
    path(answer.await.ok().flatten())
}

/// Lets the user choose a history file.
pub(crate) async fn history(app: &AppHandle) -> Option<PathBuf> {
    let (reply, answer) = oneshot::channel();
    let dialog = app.dialog().file().set_title("Choose a history file");
    let dialog = dialog.add_filter("Histories", &["wiretree"]).add_filter("All files", &["*"]);
    dialog.pick_file(move |file| drop(reply.send(file)));
    path(answer.await.ok().flatten())
}

fn path(chosen: Option<FilePath>) -> Option<PathBuf> {
    chosen?.into_path().ok()
}

fn title(purpose: FilePurpose) -> &'static str {
    match purpose {
        FilePurpose::Authority => "Choose the certificate authority",
        FilePurpose::Certificate => "Choose the client certificate",
        FilePurpose::Key => "Choose the key of the client certificate",
        FilePurpose::Pkcs12 => "Choose the PKCS#12 file",
        FilePurpose::Socket => "Choose the Unix socket",
    }
}

fn usual_endings(purpose: FilePurpose) -> &'static [&'static str] {
    match purpose {
        FilePurpose::Authority | FilePurpose::Certificate => &["pem", "crt", "cer", "der"],
        FilePurpose::Key => &["pem", "key", "der"],
        FilePurpose::Pkcs12 => &["p12", "pfx"],
        FilePurpose::Socket => &[],
    }
}
