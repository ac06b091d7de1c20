//! Which format a payload is shown in, and why.
//!
//! In order: what the MQTT 5 content type declares (§3.3.2.3.9), if it holds; else what the bytes
//! are. Clean text comes before everything binary, since short texts look like many a binary
//! format. A declaration that does not hold yields, and the reason says so.

use crate::chars::is_hidden;
use crate::json;

/// How a payload can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// No bytes.
    Empty,
    /// JSON (RFC 8259), single values included.
    Json,
    /// UTF-8 text.
    Text,
    /// Bytes.
    Binary,
}

/// A format with its cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detected {
    /// The format to show.
    pub format: Format,
    /// Why, in a few words.
    pub reason: String,
}

/// Chooses the format of a payload.
pub fn detect(bytes: &[u8], content_type: Option<&str>) -> Detected {
    let found = detect_bytes(bytes);
    let Some(declared) = content_type.and_then(declared_format) else { return found };
    let content_type = content_type.unwrap_or_default().trim();
    match (declared, found.format) {
        (_, Format::Empty) => found,
        (declared, format) if declared == format => {
            Detected { format, reason: format!("content type {content_type}") }
        }
        // JSON is text too: whoever declares text gets text.
        (Format::Text, Format::Json) => {
            Detected { format: Format::Text, reason: format!("content type {content_type}") }
        }
        _ => Detected {
            reason: format!("{}; the content type {content_type} does not hold", found.reason),
            ..found
        },
    }
}

/// How a payload is not of its content type; `None`: it is, or the type says nothing about that.
pub fn not_of(content_type: &str, bytes: &[u8]) -> Option<String> {
    let declared = declared_format(content_type)?;
    let found = detect_bytes(bytes);
    let holds = match (declared, found.format) {
        (_, Format::Empty) | (Format::Text, Format::Json) => true,
        (declared, format) => declared == format,
    };
    (!holds).then(|| format!("the payload is not of this type: {}", found.reason))
}

/// How a payload is not the UTF-8 text that a payload format indicator of 1 promises (MQTT 5
/// §3.3.2.3.2).
pub fn not_text(bytes: &[u8]) -> Option<String> {
    let error = std::str::from_utf8(bytes).err()?;
    let at = error.valid_up_to();
    let byte = bytes.get(at).copied().unwrap_or_default();
    Some(format!("the payload is not UTF-8: byte 0x{byte:02X} at {at}"))
}

fn detect_bytes(bytes: &[u8]) -> Detected {
    let (format, reason) = match clean_text(bytes) {
        _ if bytes.is_empty() => (Format::Empty, "no payload".to_owned()),
        Err(reason) => (Format::Binary, reason),
        Ok(text) => match json::check(text) {
            Ok(kind) => (Format::Json, format!("valid JSON: {kind}")),
            Err(error) if json::is_json_like(text) => (
                Format::Text,
                format!("text; begins like JSON, but at byte {}: {}", error.offset, error.reason),
            ),
            Err(_) => (Format::Text, "UTF-8 text".to_owned()),
        },
    };
    Detected { format, reason }
}

/// The payload as text, if a person would call it text: UTF-8 without NUL inside, and not made of
/// control characters for the most part. Or why it is none.
pub(crate) fn clean_text(bytes: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let byte = bytes.get(at).copied().unwrap_or_default();
        format!("not UTF-8: byte 0x{byte:02X} at {at}")
    })?;
    // Programs in C send the NUL that ends their strings.
    let trimmed = text.trim_end_matches('\0');
    if let Some(at) = trimmed.find('\0') {
        return Err(format!("NUL byte at {at}"));
    }
    let layout = ['\t', '\n', '\r'];
    let hidden = text.chars().filter(|c| c.is_control() && !layout.contains(c)).count();
    let is_text = hidden == 0 || (!trimmed.is_empty() && hidden * 2 <= text.chars().count());
    if is_text { Ok(text) } else { Err("control characters for the most part".to_owned()) }
}

/// The format a content type stands for; `None` for those that say nothing, such as
/// `application/octet-stream`, and those not known here.
fn declared_format(content_type: &str) -> Option<Format> {
    let name = content_type.split(';').next()?.trim().to_ascii_lowercase();
    if name.chars().any(is_hidden) {
        None
    } else if matches!(name.as_str(), "application/json" | "text/json") || name.ends_with("+json") {
        Some(Format::Json)
    } else {
        name.starts_with("text/").then_some(Format::Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_decide() {
        let cases: [(&[u8], Format); 21] = [
            (b"", Format::Empty),
            (b"{}", Format::Json),
            (b" [1] ", Format::Json),
            (b"23.5", Format::Json),
            (b"\"on\"", Format::Json),
            (b"true", Format::Json),
            (b"\xef\xbb\xbf{}", Format::Json),
            (b"{\"a\":1}\0", Format::Json),
            (b"ON", Format::Text),
            (b"NaN", Format::Text),
            (b"01", Format::Text),
            (b"{\"t\":NaN}", Format::Text),
            (b"line\r\n\tline", Format::Text),
            (b"\x02scan\x03", Format::Text),
            (b"c string\0", Format::Text),
            ("Größe".as_bytes(), Format::Text),
            (b"\x01", Format::Binary),
            (b"\0", Format::Binary),
            (b"\0\0\0\x05", Format::Binary),
            (b"\xfe", Format::Binary),
            (b"Gr\xf6\xdfe", Format::Binary),
        ];
        for (bytes, format) in cases {
            let detected = detect(bytes, None);
            assert_eq!(detected.format, format, "{bytes:?}: {}", detected.reason);
            assert!(!detected.reason.is_empty());
        }
    }

    #[test]
    fn a_content_type_counts_when_it_holds() {
        let check = |bytes: &[u8], content_type, format, said| {
            let detected = detect(bytes, Some(content_type));
            assert_eq!(detected.format, format, "{content_type}: {}", detected.reason);
            assert_eq!(detected.reason.contains(content_type.trim()), said, "{}", detected.reason);
        };
        check(b"{}", "application/json", Format::Json, true);
        check(b"{}", "Application/JSON; charset=utf-8", Format::Json, true);
        check(b"{}", "application/senml+json", Format::Json, true);
        check(b"{}", "text/plain", Format::Text, true);
        check(b"{}", "image/png", Format::Json, false);
        check(b"{}", "application/octet-stream", Format::Json, false);
        check(b"{", "application/json", Format::Text, true);
        check(b"\xff", "text/plain", Format::Binary, true);
        check(b"", "application/json", Format::Empty, false);
    }
    #[test]
    fn what_a_declaration_promises_and_the_bytes_are_not_is_said_with_the_place() {
        for (bytes, content_type) in [
            (b"".as_slice(), "application/json"),
            (b"{}", "text/plain"),
            (b"\xff", "image/png"),
            (b"{}", "application/json; charset=utf-8"),
        ] {
            assert_eq!(not_of(content_type, bytes), None, "{content_type}");
        }
        let json = not_of("application/json", b"{\"a\":").unwrap();
        assert!(json.contains("at byte 5"), "{json}");
        assert!(not_of("text/plain", b"a\xff").unwrap().contains("0xFF at 1"));
        assert_eq!(not_text("a\0ü".as_bytes()), None);
        assert!(not_text(b"ab\xff").unwrap().contains("0xFF at 2"));
    }
}
