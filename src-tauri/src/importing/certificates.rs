//! Certificates that came within a file of connections: as files of their own in the data folder,
//! in a folder for each connection, for their owner only.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use wiretree_model::{ClientCertificateFiles, Profile, ProfileId};
use wiretree_session::{CertificatePart, EmbeddedFile};

use crate::wire::AppError;

/// The folder in the data folder.
const FOLDER: &str = "certificates";

/// Writes the files, and names them in the profile.
///
/// # Errors
/// One of them cannot be written; then none is left.
pub(super) fn write(
    data_folder: &Path,
    profile: &mut Profile,
    files: &[EmbeddedFile],
) -> Result<(), AppError> {
    if files.is_empty() {
        return Ok(());
    }
    let folder = folder(data_folder, &profile.id);
    let written = write_all(&folder, files);
    let paths = written.map_err(|error| {
        forget(data_folder, &profile.id);
        let message = format!(
            "The certificates of {} could not be written to {} ({error}). Check the space on the \
             disk and the folder's rights",
            profile.name,
            folder.display()
        );
        AppError::new("import-certificates", message)
    })?;
    for (part, path) in paths {
        name(profile, part, path);
    }
    Ok(())
}

/// Removes the certificates that came with a connection, if any did.
pub(crate) fn forget(data_folder: &Path, id: &ProfileId) {
    // Identifiers are hex digits; anything else is no folder of ours.
    if !id.0.is_empty() && id.0.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        // What is left does no harm: nobody can read it, and nothing names it.
        let _ = fs::remove_dir_all(folder(data_folder, id));
    }
}

fn folder(data_folder: &Path, id: &ProfileId) -> PathBuf {
    data_folder.join(FOLDER).join(&id.0)
}

fn write_all(folder: &Path, files: &[EmbeddedFile]) -> io::Result<Vec<(CertificatePart, String)>> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        builder.mode(0o700);
        options.mode(0o600);
    }
    builder.create(folder)?;
    let write = |file: &EmbeddedFile| {
        let path = folder.join(file.part.file_name());
        let mut made = options.open(&path)?;
        made.write_all(file.contents.expose_bytes())?;
        made.sync_all()?;
        let text = path.into_os_string().into_string();
        let path = text.map_err(|_| io::Error::other("its path is not text"))?;
        Ok((file.part, path))
    };
    files.iter().map(write).collect()
}

fn name(profile: &mut Profile, part: CertificatePart, path: String) {
    let Some(tls) = &mut profile.tls else { return };
    let client = tls.client.as_mut().map(|client| &mut client.files);
    match (part, client) {
        (CertificatePart::Authority, _) => tls.ca_file = Some(path),
        (CertificatePart::Certificate, Some(ClientCertificateFiles::Pem { certificate, .. })) => {
            *certificate = path;
        }
        (CertificatePart::Key, Some(ClientCertificateFiles::Pem { key, .. })) => *key = path,
        _ => {}
    }
}
