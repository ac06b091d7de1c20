//! The rules, one by one, over this repository. A failure names each place and what to do there.

use std::path::Path;

use wiretree_rules::{Problem, Source, house, manifests, page, prose, rust};

/// Cargo starts tests in the folder of their package. Nothing to read is what the first test finds.
fn sources() -> Vec<Source> {
    house::read(Path::new("../..")).unwrap_or_default()
}

/// Runs one rule over all files.
fn hold(rule: fn(&Source) -> Vec<Problem>) {
    let problems: Vec<Problem> = sources().iter().flat_map(rule).collect();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn the_rules_see_the_house() {
    let sources = sources();
    let has = |path: &str| sources.iter().any(|source| source.path == path);
    for path in [
        "Cargo.toml",
        "Cargo.lock",
        "ARCHITECTURE.md",
        "crates/model/src/lib.rs",
        "src-tauri/src/main.rs",
        "ui/package-lock.json",
        "ui/src/main.ts",
        "ui/src/styles/tokens.css",
    ] {
        assert!(has(path), "{path} is missing, or the rules look for it in the wrong place");
    }
    let fetched = sources.iter().find(|source| source.path.contains("node_modules/"));
    assert!(fetched.is_none(), "the rules look at what others wrote: {fetched:?}");
}

#[test]
fn dependencies_are_those_of_the_table() {
    hold(manifests::dependency_table);
}

#[test]
fn foreign_crates_stay_at_home() {
    hold(manifests::foreign_crates);
}

#[test]
fn lints_are_shared() {
    hold(manifests::shared_lints);
}

#[test]
fn every_module_has_a_header() {
    hold(rust::module_header);
}

#[test]
fn rust_files_fit_into_a_head() {
    hold(rust::file_length);
}

#[test]
fn functions_fit_on_a_screen() {
    hold(rust::function_length);
}

#[test]
fn commands_are_adapters() {
    hold(rust::command_bodies);
}

#[test]
fn nothing_is_unsafe() {
    hold(rust::no_unsafe);
}

#[test]
fn lints_are_excepted_with_a_reason() {
    hold(rust::no_allow);
}

#[test]
fn foreign_names_stay_at_home() {
    hold(rust::foreign_names);
}

#[test]
fn pure_crates_are_pure() {
    hold(rust::purity);
}

#[test]
fn serde_stays_at_the_edges() {
    hold(rust::serde_at_the_edges);
}

#[test]
fn only_ipc_knows_tauri() {
    hold(page::only_ipc_imports_tauri);
}

#[test]
fn the_page_imports_downwards() {
    hold(page::layers);
}

#[test]
fn colours_are_decided_in_the_tokens() {
    hold(page::colours_in_tokens);
}

#[test]
fn nothing_from_a_broker_becomes_markup() {
    hold(page::no_markup_from_data);
}

#[test]
fn components_fit_into_a_head() {
    hold(page::lengths);
}

#[test]
fn the_map_is_two_pages() {
    hold(prose::short_map);
}

#[test]
fn no_file_knows_a_machine() {
    hold(prose::no_machine_paths);
}

#[test]
fn packages_come_from_public_registries() {
    hold(prose::public_registries);
}
