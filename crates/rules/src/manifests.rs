//! Who may depend on whom: the table of ARCHITECTURE.md, read against every Cargo.toml.

use toml::{Table, Value};

use crate::{Problem, Source, problem};

/// Each package of ours and those of ours that it may use. Whoever isn't listed may not be used.
/// Tests may use anything of ours: what they need isn't part of the program.
const MAY_USE: [(&str, &[&str]); 14] = [
    ("wiretree-model", &[]),
    ("wiretree-wire", &["model"]),
    ("wiretree-tree", &["model"]),
    ("wiretree-payload", &["model"]),
    ("wiretree-transfer", &["model"]),
    ("wiretree-query", &["model"]),
    ("wiretree-mqtt", &["model", "wire"]),
    ("wiretree-store", &["model", "payload", "query"]),
    (
        "wiretree-session",
        &["model", "wire", "tree", "payload", "transfer", "query", "mqtt", "store"],
    ),
    ("wiretree-demo", &["model", "wire"]),
    ("wiretree-cli", &["session", "model", "demo"]),
    ("wiretree", &["session", "model", "demo"]),
    ("wiretree-testkit", &["model", "wire"]),
    ("wiretree-rules", &[]),
];

/// Foreign packages, by the start of their names, and the one package of ours that may name them.
const AT_HOME: [(&str, &str); 3] =
    [("rumqttc", "wiretree-mqtt"), ("rusqlite", "wiretree-store"), ("tauri", "wiretree")];

/// Sibling crates never meet: dependencies are those of the table.
#[must_use]
pub fn dependency_table(manifest: &Source) -> Vec<Problem> {
    let Some(package) = Package::read(manifest) else { return Vec::new() };
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == package.name) else {
        let what = format!(
            "{} has no row in the dependency table; add it to ARCHITECTURE.md and crates/rules.",
            package.name
        );
        return vec![problem(manifest, 1, &what)];
    };
    let ours = package.dependencies.iter().filter(|each| !each.in_tests);
    let ours = ours.filter_map(|each| each.name.strip_prefix("wiretree-"));
    ours.filter(|name| !allowed.contains(name))
        .map(|name| {
            let what = format!(
                "{} may not use wiretree-{name}; move what it needs to a crate below both.",
                package.name
            );
            problem(manifest, 1, &what)
        })
        .collect()
}

/// A foreign type never leaves the crate that imports it, so nobody else depends on its crate.
#[must_use]
pub fn foreign_crates(manifest: &Source) -> Vec<Problem> {
    let Some(package) = Package::read(manifest) else { return Vec::new() };
    let mut problems = Vec::new();
    for dependency in &package.dependencies {
        for (foreign, home) in AT_HOME {
            if dependency.name.starts_with(foreign) && package.name != home {
                let what = format!(
                    "{} names {}, which only {home} may know; ask {home} for what you need.",
                    package.name, dependency.name
                );
                problems.push(problem(manifest, 1, &what));
            }
        }
    }
    problems
}

/// Lints are decided once, in the root manifest.
#[must_use]
pub fn shared_lints(manifest: &Source) -> Vec<Problem> {
    let Some(package) = Package::read(manifest) else { return Vec::new() };
    if package.shares_lints {
        return Vec::new();
    }
    vec![problem(
        manifest,
        1,
        "add `[lints]` with `workspace = true`, so that our lints hold here.",
    )]
}

struct Package {
    name: String,
    dependencies: Vec<Dependency>,
    shares_lints: bool,
}

struct Dependency {
    /// The name in the registry, also where the manifest gives the crate another one.
    name: String,
    in_tests: bool,
}

impl Package {
    /// Nothing for files that are no manifest of a package of this workspace.
    fn read(manifest: &Source) -> Option<Self> {
        let path = manifest.path.as_str();
        if path != "Cargo.toml" && !(path.starts_with("crates/") && path.ends_with("/Cargo.toml")) {
            return None;
        }
        let table = manifest.text.parse::<Table>().ok()?;
        // A workspace of its own, as cargo-fuzz wants it: nothing of ours can depend on it.
        if path != "Cargo.toml" && table.contains_key("workspace") {
            return None;
        }
        let name = table.get("package")?.get("name")?.as_str()?.to_owned();
        let shares_lints = table.get("lints").and_then(|lints| lints.get("workspace"));
        let mut dependencies = Vec::new();
        collect(&table, &mut dependencies);
        // `[target.'cfg(…)'.dependencies]` are dependencies like any other.
        for target in table.get("target").and_then(Value::as_table).into_iter().flatten() {
            target.1.as_table().into_iter().for_each(|target| collect(target, &mut dependencies));
        }
        let shares_lints = shares_lints.and_then(Value::as_bool).unwrap_or(false);
        Some(Self { name, dependencies, shares_lints })
    }
}

fn collect(table: &Table, dependencies: &mut Vec<Dependency>) {
    let sections =
        [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)];
    for (section, in_tests) in sections {
        for (key, value) in table.get(section).and_then(Value::as_table).into_iter().flatten() {
            let renamed = value.get("package").and_then(Value::as_str);
            dependencies.push(Dependency { name: renamed.unwrap_or(key).to_owned(), in_tests });
        }
    }
}
