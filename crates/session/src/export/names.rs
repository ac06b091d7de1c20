//! Names for what an export makes: safe on every system, and free.

use std::path::{Path, PathBuf};

/// The longest file name without number and ending, in bytes; most file systems take 255 in all.
const LONGEST_STEM: usize = 180;
/// The longest ending, in bytes; what is longer is part of the name.
const LONGEST_ENDING: usize = 16;
/// The path in `folder` for this name. Only the last part of `name` is used, with letters, digits
/// and `._-()` and blanks kept.
pub fn named_path(folder: &Path, name: &str) -> PathBuf {
    let (stem, ending) = safe_name(name);
    folder.join(format!("{stem}{ending}"))
}

/// A path in `folder` that nothing stands at, nor is being written to: `name`, or `name (2)` and so
/// on before the ending. The name is made safe as by [`named_path`].
pub fn free_path(folder: &Path, name: &str) -> PathBuf {
    free_path_where(folder, name, |path| vec![path.to_owned()])
}

/// As [`free_path`], for what may come to stand at several places.
pub(super) fn free_path_where(
    folder: &Path,
    name: &str,
    places: impl Fn(&Path) -> Vec<PathBuf>,
) -> PathBuf {
    let (stem, ending) = safe_name(name);
    let mut path = folder.join(format!("{stem}{ending}"));
    let mut number = 2_u32;
    while places(&path).iter().any(|place| is_taken(place) || is_taken(&part_of(place, 1))) {
        path = folder.join(format!("{stem} ({number}){ending}"));
        number = number.saturating_add(1);
    }
    path
}

/// Whether anything stands there, a link to nowhere included.
pub(super) fn is_taken(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Where a file is written before it is complete.
pub(super) fn part_of(path: &Path, number: u32) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(if number == 1 { ".part".to_owned() } else { format!(".part{number}") });
    PathBuf::from(part)
}

/// What stands before the number, and the ending with its dot.
fn safe_name(name: &str) -> (String, String) {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless = |character: char| character.is_alphanumeric() || "._-() ".contains(character);
    let replaced: String =
        last.chars().map(|character| if harmless(character) { character } else { '_' }).collect();
    let trimmed = replaced.trim_matches([' ', '.']);
    let (stem, ending) = match trimmed.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= LONGEST_ENDING => (stem, format!(".{ending}")),
        _ => (trimmed, String::new()),
    };
    let stem = cut(stem, LONGEST_STEM);
    if stem.is_empty() { ("wiretree-export".to_owned(), ending) } else { (stem.to_owned(), ending) }
}

/// As many whole characters as fit into so many bytes.
fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_made_of_topics_stay_in_their_folder() {
        for (given, expected) in [
            ("../../etc/passwd", "passwd"),
            ("..\\..\\autoexec.bat", "autoexec.bat"),
            ("a:b*c?.csv", "a_b_c_.csv"),
            ("a\u{202e}vsc.exe", "a_vsc.exe"),
            ("..", "wiretree-export"),
            ("", "wiretree-export"),
            (".csv", "csv"),
            ("plant line-1 (2).ndjson", "plant line-1 (2).ndjson"),
            ("v1.2.line of a topic.json", "v1.2.line of a topic.json"),
        ] {
            let (stem, ending) = safe_name(given);
            assert_eq!(format!("{stem}{ending}"), expected, "{given}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let (stem, ending) = safe_name(&format!("{}.ndjson", "ä".repeat(60_000)));
        assert_eq!((stem.len(), ending.as_str()), (LONGEST_STEM, ".ndjson"));
    }
}
