//! Replaces a file so that it has either its old content or the new, whenever the machine stops.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::file::private;

/// Writes beside the file, makes sure it is on the disk, and renames it into place. The new file
/// is for its owner only.
pub(super) fn whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".new-{}", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = write(&beside, content).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // The first error is the one to tell; what could not be written need not stay.
        let _ = fs::remove_file(&beside);
    }
    written?;
    sync_folder(path)
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = private().create(true).truncate(true).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// The rename itself is in the folder, and lasts when that is on the disk.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Elsewhere a folder cannot be opened as a file, and renaming is made to last by the system.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}
