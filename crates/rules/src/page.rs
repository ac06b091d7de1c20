//! Rules for the page in ui/src: who imports whom, where colours are decided, nothing made of markup.

use crate::script_code::{Literal, literals, parts, without_block_comments};
use crate::{Problem, Source, problem};

/// Lines of a Svelte component.
const COMPONENT_LINES: usize = 250;
/// Lines of a TypeScript module.
const MODULE_LINES: usize = 300;

/// Where every colour is decided.
const TOKENS: &str = "ui/src/styles/tokens.css";
/// Written by the Rust side, so its length is nobody's choice.
const GENERATED: &str = "ui/src/ipc/bindings.ts";

/// The layers of the page, and the layers that each may import. Others, like main.ts, join them.
const LAYERS: [(&str, &[&str]); 6] = [
    ("lib", &["lib"]),
    ("styles", &["styles"]),
    ("ipc", &["ipc", "lib"]),
    ("kit", &["kit", "lib", "styles"]),
    ("features", &["kit", "lib", "styles", "ipc"]),
    ("views", &["views", "features", "kit", "lib", "styles", "ipc"]),
];

/// Ways to turn text into markup. A payload is text, whatever it looks like.
const MARKUP: [&str; 6] =
    ["{@html", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "srcdoc"];

const COLOUR_FUNCTIONS: [&str; 10] =
    ["rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color"];

fn on_the_page(source: &Source) -> bool {
    source.path.starts_with("ui/src/") && matches!(source.extension(), "ts" | "svelte" | "css")
}

fn imports(source: &Source) -> Vec<Literal> {
    let all = match source.extension() {
        "ts" => literals(&source.text),
        "svelte" => literals(&parts(&source.text).script),
        _ => Vec::new(),
    };
    all.into_iter().filter(|literal| literal.is_import).collect()
}

/// Only the ipc folder knows that there is a Tauri below; the rest can be tested without.
#[must_use]
pub fn only_ipc_imports_tauri(source: &Source) -> Vec<Problem> {
    if !on_the_page(source) || source.path.starts_with("ui/src/ipc/") {
        return Vec::new();
    }
    let foreign = imports(source).into_iter().filter(|each| each.value.starts_with("@tauri-apps"));
    foreign
        .map(|each| {
            problem(source, each.line, "import it in ui/src/ipc, and use the backend here.")
        })
        .collect()
}

/// Kit, features and views know each other downwards only, and features not at all.
#[must_use]
pub fn layers(source: &Source) -> Vec<Problem> {
    let Some(path) = source.path.strip_prefix("ui/src/") else { return Vec::new() };
    let (layer, feature) = place(path);
    let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
        return Vec::new();
    };
    let wrong = imports(source).into_iter().filter_map(|import| {
        let target = resolve(path, &import.value)?;
        let (other, other_feature) = place(&target);
        let same_feature = layer == "features" && other == layer && feature == other_feature;
        if allowed.contains(&other) || same_feature {
            return None;
        }
        let what =
            format!("{layer} may not import {target}; join them in a view, or move it down.");
        Some(problem(source, import.line, &what))
    });
    wrong.collect()
}

/// The layer of a path below ui/src, and for features the name of the feature.
fn place(path: &str) -> (&str, &str) {
    let mut steps = path.split('/');
    (steps.next().unwrap_or_default(), steps.next().unwrap_or_default())
}

/// The path below ui/src that an import names; nothing for packages.
fn resolve(importer: &str, import: &str) -> Option<String> {
    if let Some(inside) = import.strip_prefix("/src/").or_else(|| import.strip_prefix("@/")) {
        return Some(inside.to_owned());
    }
    if let Some(alias) = import.strip_prefix('$') {
        return Some(alias.to_owned());
    }
    if !import.starts_with('.') {
        return None;
    }
    let mut steps: Vec<&str> = importer.split('/').collect();
    steps.pop();
    for step in import.split('/') {
        match step {
            "." => {}
            ".." => {
                steps.pop();
            }
            name => steps.push(name),
        }
    }
    Some(steps.join("/"))
}

/// A colour is decided once, for both themes, in the tokens.
#[must_use]
pub fn colours_in_tokens(source: &Source) -> Vec<Problem> {
    if !on_the_page(source) || source.is_test() || source.path == TOKENS {
        return Vec::new();
    }
    let mut texts: Vec<(usize, String)> = Vec::new();
    let mut scripts = String::new();
    match source.extension() {
        "css" => texts.extend(numbered(&without_block_comments(&source.text))),
        "svelte" => {
            let parts = parts(&source.text);
            texts.extend(numbered(&without_block_comments(&parts.style)));
            texts.extend(numbered(&parts.markup));
            scripts = parts.script;
        }
        _ => scripts.clone_from(&source.text),
    }
    let strings = literals(&scripts).into_iter().filter(|each| !each.is_import);
    texts.extend(strings.map(|each| (each.line, each.value)));
    let coloured = texts.into_iter().filter(|(_, text)| has_colour(text));
    coloured
        .map(|(line, _)| {
            problem(source, line, &format!("name this colour in {TOKENS} and use it."))
        })
        .collect()
}

fn numbered(text: &str) -> Vec<(usize, String)> {
    text.lines().enumerate().map(|(at, line)| (at + 1, line.to_owned())).collect()
}

fn has_colour(text: &str) -> bool {
    has_hex_colour(text) || COLOUR_FUNCTIONS.iter().any(|name| calls(text, name))
}

fn has_hex_colour(text: &str) -> bool {
    text.match_indices('#').any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + 1..).unwrap_or_default();
        let digits = after.chars().take_while(char::is_ascii_hexdigit).count();
        let next = after.chars().nth(digits);
        let stands_alone = !before.is_some_and(|c| c.is_alphanumeric() || "&{_/-".contains(c));
        let ends = !next.is_some_and(|c| c.is_alphanumeric() || "_-".contains(c));
        stands_alone && ends && matches!(digits, 3 | 4 | 6 | 8)
    })
}

fn calls(text: &str, function: &str) -> bool {
    text.match_indices(&format!("{function}(")).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "_-.".contains(c))
    })
}

/// Whatever came from a broker reaches the page as text.
#[must_use]
pub fn no_markup_from_data(source: &Source) -> Vec<Problem> {
    if !on_the_page(source) || source.is_test() {
        return Vec::new();
    }
    let lines = source.text.lines().enumerate();
    let found = lines.filter(|(_, line)| MARKUP.iter().any(|way| line.contains(way)));
    found
        .map(|(at, _)| problem(source, at + 1, "show it as text: nothing here becomes markup."))
        .collect()
}

/// A component or module fits into a head.
#[must_use]
pub fn lengths(source: &Source) -> Vec<Problem> {
    if !on_the_page(source) || source.is_test() || source.path == GENERATED {
        return Vec::new();
    }
    let most = match source.extension() {
        "svelte" => COMPONENT_LINES,
        "ts" => MODULE_LINES,
        _ => usize::MAX,
    };
    let length = source.text.lines().count();
    if length <= most {
        return Vec::new();
    }
    vec![problem(source, 1, &format!("{length} lines, {most} at most: split it by subject."))]
}
