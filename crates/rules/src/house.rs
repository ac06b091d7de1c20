//! Reads the files of the repository once, for the rules to look at.
//!
//! Promises: text files only, paths relative to the root and with `/`, in a stable order; what is
//! generated or fetched (the names in `SKIPPED`) is not looked at. Deliberately absent: git. The
//! rules hold in a source archive too.

use std::{fs, io, path::Path};

/// Folders that no one writes by hand, wherever they stand.
const SKIPPED: [&str; 8] =
    [".git", "target", "node_modules", "dist", "dist-fake", "gen", "artifacts", ".svelte-kit"];

/// One text file of the repository.
#[derive(Debug, Clone)]
pub struct Source {
    /// Relative to the root, with `/` on every system.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// A file that need not exist on the disk.
    #[must_use]
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// The part of the file name after the last dot, or nothing.
    #[must_use]
    pub fn extension(&self) -> &str {
        Path::new(&self.path).extension().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// True for files that hold nothing but tests and benchmarks.
    #[must_use]
    pub fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        self.path.split('/').any(|part| matches!(part, "tests" | "benches" | "e2e"))
            || name == "tests.rs"
            || name.ends_with(".test.ts")
            || name == "test-setup.ts"
    }
}

/// All text files below `root`, sorted by path.
///
/// # Errors
/// When a folder or a file can't be read. Files that aren't UTF-8 are left out.
pub fn read(root: &Path) -> io::Result<Vec<Source>> {
    let mut sources = Vec::new();
    read_folder(root, "", &mut sources)?;
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

fn read_folder(folder: &Path, prefix: &str, sources: &mut Vec<Source>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                read_folder(&entry.path(), &path, sources)?;
            }
        } else if kind.is_file()
            && let Ok(text) = String::from_utf8(fs::read(entry.path())?)
        {
            sources.push(Source { path, text });
        }
    }
    Ok(())
}
