//! The paths that a document has, to propose them while somebody types.

use super::scan::{Scanner, Value};
use super::text::unescaped;
use crate::ast::{Path, Step};

/// How deep it looks.
const DEEPEST: usize = 16;

/// Up to `limit` paths of values in a JSON payload, in their order, such as `$.values.rpm`. An
/// array has only the path of its first item. Nothing for payloads that are not JSON.
#[must_use]
pub fn paths(payload: &[u8], limit: usize) -> Vec<String> {
    let mut found = Found { path: Path::default(), paths: Vec::new(), limit };
    found.value(&mut Scanner::new(payload));
    found.paths
}

struct Found {
    path: Path,
    paths: Vec<String>,
    limit: usize,
}

impl Found {
    /// Notes the value that begins here; `None`: it is time to stop.
    fn value(&mut self, scanner: &mut Scanner<'_>) -> Option<()> {
        let mut ahead = *scanner;
        let value = ahead.read_value()?;
        let is_object = matches!(value, Value::Object);
        if !is_object && !matches!(value, Value::Array) {
            *scanner = ahead;
            return self.note();
        }
        if self.path.0.len() >= DEEPEST {
            return None;
        }
        let mut is_more = scanner.enter()?;
        for index in 0.. {
            if !is_more {
                break;
            }
            let name = if is_object { Some(scanner.name()?) } else { None };
            self.path.0.push(match name {
                Some(name) => Step::Name(String::from_utf8_lossy(&unescaped(name)).into_owned()),
                None => Step::Index(index),
            });
            // The other items of an array have the same shape, as a rule.
            if is_object || index == 0 {
                self.value(scanner)?
            } else {
                scanner.pass()?
            }
            self.path.0.pop();
            is_more = scanner.follows()?;
        }
        Some(())
    }

    fn note(&mut self) -> Option<()> {
        let path = self.path.to_string();
        if !self.paths.contains(&path) {
            self.paths.push(path);
        }
        (self.paths.len() < self.limit).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_of_a_document_in_order() {
        let document = br#"{"ts":1,"values":{"rpm":2,"a b":[{"x":1},{"y":2}]},"e":{},"l":[]}"#;
        assert_eq!(paths(document, 9), ["$.ts", "$.values.rpm", "$.values[\"a b\"][0].x"]);
        assert_eq!(paths(document, 1), ["$.ts"]);
        assert_eq!(paths(b"21.5", 9), ["$"]);
        assert!(paths(b"plain text", 9).is_empty());
        assert_eq!(paths(br#"{"a":1,"b":"#, 9), ["$.a"], "what stands before the end");
    }

    #[test]
    fn depth_is_bounded() {
        assert!(paths(&b"[".repeat(100_000), 9).is_empty());
    }
}
