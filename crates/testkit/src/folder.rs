//! Files for a test, in a folder that ends with its value.

use std::fs;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::port::fail;

/// A folder for the files a client reads: certificates, keys, sockets.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Folder {
    /// An empty one.
    ///
    /// # Panics
    /// When there is no room for it.
    #[expect(clippy::new_without_default, reason = "it makes something on disk")]
    pub fn new() -> Self {
        match tempfile::tempdir() {
            Ok(folder) => Self(folder),
            Err(error) => fail(&format!("no temporary folder: {error}")),
        }
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Writes a file and gives its path.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        if let Err(error) = fs::write(&path, bytes) {
            fail(&format!("could not write {path}: {error}"));
        }
        path
    }

    /// Runs `openssl` in it, for keys and certificates that no library makes any more.
    ///
    /// # Panics
    /// When the program fails, or is not installed.
    pub fn openssl(&self, arguments: &[&str]) {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        match command.output() {
            Ok(output) if output.status.success() => {}
            Ok(output) => fail(&String::from_utf8_lossy(&output.stderr)),
            Err(error) => fail(&format!("openssl: {error}")),
        }
    }
}
