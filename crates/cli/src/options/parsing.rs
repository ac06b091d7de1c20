//! How single values are written.

use std::time::Duration;

use wiretree_model::{MqttString, QoS};

/// How long a time may be: some hundred years, which every clock can add.
const LONGEST: f64 = 1e10;

/// Reads a QoS.
///
/// # Errors
/// The numbers that there are.
pub(crate) fn parse_qos(text: &str) -> Result<QoS, String> {
    let bits = text.parse().ok();
    bits.and_then(QoS::from_bits).ok_or_else(|| "QoS is 0, 1 or 2".to_owned())
}

/// Reads a number of seconds, maybe with a fraction.
///
/// # Errors
/// What is wanted.
pub(crate) fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.0..=LONGEST).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "give a number of seconds".to_owned())
}

/// Reads a user property, `NAME=VALUE`; the value may have more of the signs in it.
///
/// # Errors
/// How it is written.
pub(super) fn parse_pair(text: &str) -> Result<(MqttString, MqttString), String> {
    let pair = text.split_once('=').map(|(name, value)| (name.into(), value.into()));
    pair.ok_or_else(|| "write a user property as NAME=VALUE".to_owned())
}

/// Reads a header of HTTP, `Name: value`.
///
/// # Errors
/// How it is written.
pub(super) fn parse_header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').unwrap_or_default();
    if name.trim().is_empty() || text.contains(['\r', '\n']) {
        return Err("write a header as 'Name: value'".to_owned());
    }
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Reads a SHA-256 fingerprint; colons between the bytes may be there.
///
/// # Errors
/// How it is written.
pub(super) fn parse_fingerprint(text: &str) -> Result<[u8; 32], String> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b':').collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let hex = digits.iter().all(u8::is_ascii_hexdigit);
    let bytes: Option<Vec<u8>> = digits.chunks(2).filter(|_| hex).map(byte).collect();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
        "a fingerprint is the SHA-256 of the certificate: 64 hex digits, with or without colons"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_with_and_without_colons() {
        let plain = "00ff".repeat(16);
        let with_colons = vec!["00:FF"; 16].join(":");
        let expected: [u8; 32] = std::array::from_fn(|at| if at % 2 == 0 { 0 } else { 0xff });
        assert_eq!(parse_fingerprint(&plain), Ok(expected));
        assert_eq!(parse_fingerprint(&with_colons), Ok(expected));
        for text in ["", "00", &"0g".repeat(32), &"00".repeat(33), &"+f".repeat(32), "é"] {
            assert!(parse_fingerprint(text).is_err(), "{text}");
        }
    }

    #[test]
    fn pairs_and_headers() {
        assert_eq!(parse_pair("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(parse_pair("="), Ok(("".into(), "".into())), "MQTT allows it");
        assert!(parse_pair("a").is_err());
        let header = ("Authorization".to_owned(), "Bearer x:y".to_owned());
        assert_eq!(parse_header("Authorization: Bearer x:y"), Ok(header));
        for text in ["", "x", ": x", "a: b\r\nc: d"] {
            assert!(parse_header(text).is_err(), "{text:?}");
        }
    }
}
