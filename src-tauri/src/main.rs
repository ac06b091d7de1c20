//! The desktop shell: one window, its commands, and the files they work on.
//!
//! The only crate that knows Tauri. It holds no logic of its own: what a command does is done by
//! `session` and the rooms below it.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod bindings;
mod checking;
mod choosing;
mod commands;
mod demo;
mod doctoring;
mod ending;
mod error;
mod exporting;
mod importing;
mod keeping;
mod keychain;
mod linting;
mod opening;
mod packets;
mod profiles;
mod publishing;
mod querying;
mod reading;
mod replaying;
mod sights;
mod staging;
mod state;
mod stream;
mod subscribing;
mod tasks;
mod travelling;
mod vault;
mod window;
mod wire;

use std::path::PathBuf;
use std::process::ExitCode;

use tauri::{Manager, RunEvent};

use crate::state::AppState;

const USAGE: &str = "\
Wiretree, a desktop MQTT explorer

Usage: wiretree [--demo] [--import FILE] [FILE]

  FILE           a history file to look at, which is only read
  --demo         open straight on the built-in demo broker and its plant
  --import FILE  look at a file of this or of another program, and choose what to import
  --help         show this help
  --version      show the version
";

#[expect(clippy::print_stderr, reason = "the command line's own channel")]
fn main() -> ExitCode {
    let mut open_demo = false;
    let (mut import, mut open_file) = (None, None);
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_string_lossy().as_ref() {
            "--demo" => open_demo = true,
            "--import" => import = arguments.next().map(PathBuf::from),
            "--help" | "-h" => return say(USAGE),
            "--version" | "-V" => {
                return say(concat!("wiretree ", env!("CARGO_PKG_VERSION"), "\n"));
            }
            file if !file.starts_with('-') && open_file.is_none() => {
                open_file = Some(PathBuf::from(&argument));
            }
            unknown => {
                eprintln!("wiretree: unknown option {unknown}; try wiretree --help");
                return ExitCode::from(2);
            }
        }
    }
    if let Err(error) = run(open_demo, import, open_file) {
        eprintln!("wiretree: the window could not be opened: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

#[expect(clippy::print_stdout, reason = "the command line's own channel")]
fn say(text: &str) -> ExitCode {
    print!("{text}");
    ExitCode::SUCCESS
}

fn run(open_demo: bool, import: Option<PathBuf>, open_file: Option<PathBuf>) -> tauri::Result<()> {
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(bindings::handler())
        .setup(move |app| {
            let folder = app.path().app_data_dir()?;
            let mut state = AppState::new(&folder, open_demo);
            state.open_file = open_file;
            if let Some(file) = &import {
                importing::name(&state, file);
            }
            app.manage(state);
            window::open(app, &folder)?;
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(|app, event| {
        // Whatever was received is committed before the process ends.
        if let RunEvent::Exit = event {
            let state = app.state::<AppState>();
            tauri::async_runtime::block_on(opening::end_all(&state));
        }
    });
    Ok(())
}
