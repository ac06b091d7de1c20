//! Characters that do not show themselves: they are written as escapes, so that what is on screen
//! is what was sent.

/// Whether a character is invisible, or moves or reorders others: controls, direction marks,
/// zero-width characters, line separators, tags.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A name on one line, with every blank it has: hidden characters as escapes, bytes that are not
/// UTF-8 as `\xNN`.
pub fn escaped(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if is_hidden(character) {
                shown.push_str(&escape(character));
            } else {
                shown.push(character);
            }
        }
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{byte:02X}"));
        }
    }
    shown
}

/// How a hidden character is written.
pub fn escape(character: char) -> String {
    match character {
        '\0' => "\\0".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        other => format!("\\u{{{:04X}}}", u32::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_blanks_and_show_what_hides() {
        assert_eq!(escaped(b"a  b"), "a  b");
        assert_eq!(escaped("\u{202e}x\n".as_bytes()), "\\u{202E}x\\n");
        assert_eq!(escaped(b"a\xffb"), "a\\xFFb");
    }
}
