//! Prepares the shell's build: the page that is embedded must exist before it can be.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    let page = Path::new("ui/dist/index.html");
    if !page.exists() {
        fs::create_dir_all("ui/dist")?;
        fs::write(
            page,
            "<!doctype html><title>Wiretree</title><p>Run script/run to build the page.",
        )?;
    }
    tauri_build::build();
    Ok(())
}
