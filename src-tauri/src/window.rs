//! The one window, as tauri.conf.json describes it.
//!
//! Promises: it opens also where the data folder cannot be made, so that the page can say so.

use std::path::Path;
use std::{env, fs};

use tauri::{App, Manager, WebviewWindowBuilder};

/// Opens the window. What the page remembers (sizes, looks) is kept in the data folder; where there
/// is none, in the cache; where there is neither, it is forgotten when the window closes.
///
/// # Errors
/// The system's web view refuses.
pub(crate) fn open(app: &App, data_folder: &Path) -> tauri::Result<()> {
    let mut folders = vec![data_folder.to_owned()];
    folders.extend(app.path().app_cache_dir());
    // Tauri makes the folder of a window, and panics where it cannot.
    let folder = folders.into_iter().find(|folder| fs::create_dir_all(folder).is_ok());
    for config in &app.config().app.windows {
        let window = WebviewWindowBuilder::from_config(app, config)?;
        let window = match &folder {
            Some(folder) => window.data_directory(folder.clone()),
            None => window.incognito(true).data_directory(env::temp_dir()),
        };
        window.build()?;
    }
    Ok(())
}
