//! Every rule on small files: what breaks it is found at its line, what keeps it is let through.

use wiretree_rules::{Problem, Source, manifests, page, prose, rust};

/// The rule finds problems at exactly these lines of the file.
#[track_caller]
fn check(rule: fn(&Source) -> Vec<Problem>, path: &str, text: &str, lines: &[usize]) {
    let problems = rule(&Source::new(path, text));
    let found: Vec<usize> = problems
        .iter()
        .filter_map(|problem| problem.strip_prefix(path)?.split(':').nth(1)?.parse().ok())
        .collect();
    assert_eq!(found, lines, "in {path}:\n{text}\nproblems: {problems:#?}");
}

fn package(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\n{rest}")
}

#[test]
fn dependency_table() {
    let rule = manifests::dependency_table;
    let path = "crates/x/Cargo.toml";
    for (name, rest, lines) in [
        ("wiretree-tree", "[dependencies]\nwiretree-model.workspace = true", &[][..]),
        ("wiretree-tree", "[dependencies]\nwiretree-store.workspace = true", &[1]),
        ("wiretree-model", "[dependencies]\nwiretree-wire = { path = \"../wire\" }", &[1]),
        ("wiretree-store", "[dependencies]\nwiretree-testkit.workspace = true", &[1]),
        ("wiretree-store", "[dev-dependencies]\nwiretree-testkit.workspace = true", &[]),
        ("wiretree-cli", "[build-dependencies]\nwiretree-mqtt.workspace = true", &[1]),
        ("wiretree-cli", "[target.'cfg(unix)'.dependencies]\nwiretree-mqtt = \"1\"", &[1]),
        ("wiretree-cli", "[dependencies]\nm = { package = \"wiretree-mqtt\" }", &[1]),
        ("wiretree-novelty", "", &[1]),
        ("wiretree-wire-fuzz", "[workspace]", &[]),
    ] {
        check(rule, path, &package(name, rest), lines);
    }
    check(rule, "tools/x/Cargo.toml", &package("firehose", ""), &[]);
}

#[test]
fn foreign_crates() {
    let rule = manifests::foreign_crates;
    let path = "crates/x/Cargo.toml";
    for (name, rest, lines) in [
        ("wiretree-mqtt", "[dependencies]\nrumqttc_v5.workspace = true", &[][..]),
        ("wiretree-session", "[dependencies]\nrumqttc_v5.workspace = true", &[1]),
        ("wiretree-session", "[dev-dependencies]\nr = { package = \"rumqttc-v5-next\" }", &[1]),
        ("wiretree-store", "[dependencies]\nrusqlite.workspace = true", &[]),
        ("wiretree-cli", "[dependencies]\nrusqlite.workspace = true", &[1]),
        ("wiretree-cli", "[dependencies]\ntauri-plugin-dialog = \"2\"", &[1]),
    ] {
        check(rule, path, &package(name, rest), lines);
    }
    let shell = package("wiretree", "[build-dependencies]\ntauri-build = \"2\"");
    check(rule, "Cargo.toml", &shell, &[]);
}

#[test]
fn shared_lints() {
    let rule = manifests::shared_lints;
    let path = "crates/x/Cargo.toml";
    check(rule, path, &package("wiretree-tree", "[lints]\nworkspace = true"), &[]);
    check(rule, path, &package("wiretree-tree", ""), &[1]);
    check(rule, path, &package("wiretree-tree", "[lints.rust]\nunsafe_code = \"allow\""), &[1]);
}

#[test]
fn module_header() {
    let rule = rust::module_header;
    check(rule, "crates/tree/src/arena.rs", "\n//! What it is for.\nfn a() {}", &[]);
    check(rule, "crates/tree/src/arena.rs", "/// Not for the module.\nfn a() {}", &[1]);
    check(rule, "src-tauri/build.rs", "fn main() {}", &[1]);
    check(rule, "tools/firehose/src/main.rs", "fn main() {}", &[]);
}

#[test]
fn file_length() {
    let rule = rust::file_length;
    let path = "crates/tree/src/arena.rs";
    let code = "const A: u8 = 0;\n".repeat(400);
    let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "// b\n".repeat(50));
    check(rule, path, &code, &[]);
    check(rule, path, &format!("{code}{tests}"), &[]);
    check(rule, path, &format!("{code}{tests}const B: u8 = 0;\n"), &[1]);
    check(rule, "crates/tree/tests/arena.rs", &code.repeat(2), &[]);
    check(rule, "crates/tree/src/arena/tests.rs", &code.repeat(2), &[]);
}

#[test]
fn function_length() {
    let rule = rust::function_length;
    let function = |lines: usize| format!("//! A.\nfn long() {{\n{}}}\n", "a();\n".repeat(lines));
    check(rule, "crates/tree/src/arena.rs", &function(58), &[]);
    check(rule, "crates/tree/src/arena.rs", &function(59), &[2]);
    check(rule, "crates/tree/tests/arena.rs", &function(99), &[]);
    let in_test = format!("#[cfg(test)]\nmod tests {{\n{}}}", function(99));
    check(rule, "crates/tree/src/arena.rs", &in_test, &[]);
}

#[test]
fn command_bodies() {
    let rule = rust::command_bodies;
    let command = |lines: usize| {
        let body = "    // why\n    call();\n".repeat(lines);
        format!(
            "#[tauri::command]\n#[specta::specta]\npub async fn open(a: [u8; 4]) {{\n{body}}}\n"
        )
    };
    check(rule, "src-tauri/src/commands/session.rs", &command(8), &[]);
    check(rule, "src-tauri/src/commands/session.rs", &command(9), &[3]);
    check(rule, "src-tauri/src/main.rs", &command(1), &[3]);
    let plain = command(9).replace("#[tauri::command]\n", "");
    check(rule, "src-tauri/src/commands/session.rs", &plain, &[]);
}

#[test]
fn no_unsafe() {
    let rule = rust::no_unsafe;
    let path = "crates/tree/tests/a.rs";
    check(rule, path, "fn a() {\n    unsafe { b() }\n}", &[2]);
    check(rule, path, "// unsafe\n/* unsafe */ const A: &str = \"unsafe\";\nlet unsafe_code;", &[]);
    check(rule, path, "const A: &str = r#\"\" unsafe \"#; const B: char = '\"'; unsafe {}", &[1]);
    check(rule, path, "fn a<'a>(b: &'a str) { '\\'' } // unsafe", &[]);
}

#[test]
fn no_allow() {
    let rule = rust::no_allow;
    check(rule, "crates/tree/src/a.rs", "#[allow(dead_code)]\nfn a() {}", &[1]);
    check(rule, "crates/tree/src/a.rs", "#![allow(dead_code)]", &[1]);
    check(rule, "crates/tree/src/a.rs", "#[expect(dead_code, reason = \"b\")]", &[]);
}

#[test]
fn foreign_names() {
    let rule = rust::foreign_names;
    check(rule, "crates/mqtt/src/engine.rs", "use rumqttc_v5::Event;", &[]);
    check(rule, "crates/session/src/actor.rs", "//! As rumqttc.\nuse rumqttc_v5::Event;", &[2]);
    check(rule, "crates/cli/src/main.rs", "fn a(b: rusqlite::Error) {}", &[1]);
    check(rule, "crates/session/src/lib.rs", "use tauri::Manager;", &[1]);
    check(rule, "src-tauri/src/main.rs", "tauri_plugin_dialog::init();", &[]);
}

#[test]
fn purity() {
    let rule = rust::purity;
    let path = "crates/tree/src/arena.rs";
    check(rule, path, "use std::io::Write;\nfn offs::a() {}", &[]);
    check(rule, path, "use std::{collections::HashMap, fs::File};", &[1]);
    check(rule, path, "let now = std::time::Instant::now();", &[1]);
    check(rule, path, "OffsetDateTime::now_utc();\nstd::thread::spawn(a);", &[1, 2]);
    check(rule, path, "#[cfg(test)]\nmod tests {\n    use std::fs;\n    fs::read(a);\n}", &[]);
    check(rule, "crates/store/src/file.rs", "use std::fs::File;", &[]);
}

#[test]
fn serde_at_the_edges() {
    let rule = rust::serde_at_the_edges;
    let derive = "//! A.\n#[derive(\n    Debug,\n    Serialize,\n)]\nstruct A;";
    check(rule, "crates/model/src/message.rs", derive, &[2]);
    check(rule, "src-tauri/src/stream.rs", derive, &[2]);
    check(rule, "src-tauri/src/wire/frame.rs", derive, &[]);
    check(rule, "crates/store/src/profiles.rs", derive, &[]);
    check(rule, "crates/model/src/message.rs", "#[derive(Debug)]\nstruct Serialize;", &[]);
}

#[test]
fn only_ipc_imports_tauri() {
    let rule = page::only_ipc_imports_tauri;
    let import = "// for the window\nimport { Channel } from '@tauri-apps/api/core';";
    check(rule, "ui/src/ipc/tauri.ts", import, &[]);
    check(rule, "ui/src/features/topics/topics.ts", import, &[2]);
    check(rule, "ui/src/App.svelte", &format!("<script lang=\"ts\">\n{import}\n</script>"), &[3]);
    check(rule, "ui/src/main.ts", "await import('@tauri-apps/api/window');", &[1]);
    check(rule, "ui/src/main.ts", "// import a from '@tauri-apps/api';", &[]);
}

#[test]
fn layers() {
    let rule = page::layers;
    let topics = "ui/src/features/topics/TopicTree.svelte";
    let script = |line: &str| format!("<script>\n  {line}\n</script>\n<p>it's</p>");
    for (path, line, lines) in [
        (topics, "import A from './TopicRow.svelte';", &[][..]),
        (topics, "import A from '../../kit/Button.svelte';", &[]),
        (topics, "import type { A } from '../history/history.svelte';", &[2]),
        (topics, "import A from '../../views/Workspace.svelte';", &[2]),
        (topics, "import { onMount } from 'svelte';", &[]),
        ("ui/src/kit/Button.svelte", "import { a } from '../ipc/backend';", &[2]),
        ("ui/src/kit/Button.svelte", "import { a } from '../lib/keys';", &[]),
        ("ui/src/kit/Button.svelte", "import A from '/src/features/topics/A.svelte';", &[2]),
        ("ui/src/views/Workspace.svelte", "import A from '../features/topics/A.svelte';", &[]),
        ("ui/src/App.svelte", "import A from './views/Workspace.svelte';", &[]),
    ] {
        check(rule, path, &script(line), lines);
    }
    check(rule, "ui/src/lib/a.ts", "import {\n  b,\n} from '../kit/b';", &[3]);
    check(rule, "ui/src/ipc/a.ts", "export * from '../features/b/b';", &[1]);
}

#[test]
fn colours_in_tokens() {
    let rule = page::colours_in_tokens;
    let css = "/* #fff */\na { color: #1b2A44; }\nb { color: var(--accent); }\n";
    check(rule, "ui/src/styles/base.css", css, &[2]);
    check(rule, "ui/src/styles/tokens.css", css, &[]);
    check(
        rule,
        "ui/src/styles/base.css",
        "a { color: rgb(0 0 0); background: color-mix(a) }",
        &[1],
    );
    let component = "<script>\n  const a = this.#add ?? '#fff';\n  private #bad;\n</script>\n\
        {#each rows as row}<i fill=\"#abc\" />&#123;{/each}\n<style>\n  a { color: hsla(0); }\n</style>";
    let mut found = vec![2, 5, 7];
    let problems = page::colours_in_tokens(&Source::new("ui/src/kit/A.svelte", component));
    found.retain(|line| problems.iter().any(|problem| problem.contains(&format!(":{line}:"))));
    assert_eq!((found.as_slice(), problems.len()), (&[2, 5, 7][..], 3), "{problems:#?}");
    check(rule, "ui/src/lib/topic.ts", "const filters = ['#', 'a/#', 'sport/#add'];", &[]);
    check(rule, "ui/src/lib/topic.test.ts", "const a = '#fff';", &[]);
}

#[test]
fn no_markup_from_data() {
    let rule = page::no_markup_from_data;
    check(rule, "ui/src/kit/A.svelte", "<p>\n{@html a}\n</p>", &[2]);
    check(rule, "ui/src/kit/a.ts", "a.innerHTML = b;", &[1]);
    check(rule, "ui/src/kit/a.test.ts", "expect(a.innerHTML).toBe(b);", &[]);
    check(rule, "ui/src/kit/A.svelte", "<p>{a}</p>", &[]);
}

#[test]
fn page_lengths() {
    let rule = page::lengths;
    check(rule, "ui/src/kit/A.svelte", &"a\n".repeat(250), &[]);
    check(rule, "ui/src/kit/A.svelte", &"a\n".repeat(251), &[1]);
    check(rule, "ui/src/kit/a.ts", &"a\n".repeat(301), &[1]);
    check(rule, "ui/src/ipc/bindings.ts", &"a\n".repeat(900), &[]);
}

#[test]
fn short_map() {
    let rule = prose::short_map;
    check(rule, "ARCHITECTURE.md", &"a\n".repeat(110), &[]);
    check(rule, "ARCHITECTURE.md", &"a\n".repeat(111), &[1]);
    check(rule, "ARCHITECTURE.md", &format!("a\n{}", "ä".repeat(121)), &[2]);
    check(rule, "README.md", &"a\n".repeat(500), &[]);
}

#[test]
fn no_machine_paths() {
    let rule = prose::no_machine_paths;
    let there = concat!("see `/wo", "rk/main`\nsite/wo", "rk/main\n$HOME/ro", "ot/");
    check(rule, "README.md", there, &[1]);
    check(rule, "crates/model/src/lib.rs", there, &[1]);
    let temporary = concat!("in /tm", "p/a");
    check(rule, "README.md", temporary, &[1]);
    check(rule, "script/run", temporary, &[]);
}

#[test]
fn public_registries() {
    let rule = prose::public_registries;
    let cargo = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    check(rule, "Cargo.lock", &format!("{cargo}\nsource = \"git+https://example.org/a\""), &[2]);
    let npm = "  \"resolved\": \"https://registry.npmjs.org/a.tgz\",";
    let other = "  \"resolved\": \"http://127.0.0.1:4873/a.tgz\",";
    check(rule, "ui/package-lock.json", &format!("{npm}\n{other}"), &[2]);
}
