//! Moments on the command line: RFC 3339, or how long ago.

use std::time::{SystemTime, UNIX_EPOCH};

use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;
use wiretree_model::Timestamp;

/// Reads a moment such as `2026-01-31T12:00:00Z`, or `-15m` for a quarter of an hour ago.
///
/// # Errors
/// How a moment is written.
pub(crate) fn parse_moment(text: &str) -> Result<Timestamp, String> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
    let moment = match text.strip_prefix('-') {
        Some(ago) => back(now, ago),
        None => absolute(text),
    };
    moment.ok_or_else(|| {
        "write a time as 2026-01-31T12:00:00Z or 2026-01-31T13:00:00.5+01:00, or as a time ago: \
         -30s, -15m, -1h, -2d"
            .to_owned()
    })
}

/// A moment in UTC as people read it; a number of microseconds for years that RFC 3339 cannot write.
pub(crate) fn to_text(moment: Timestamp) -> String {
    let utc = OffsetDateTime::from_unix_timestamp_nanos(i128::from(moment.0) * 1_000).ok();
    let text = utc.and_then(|utc| utc.format(&Rfc3339).ok());
    text.unwrap_or_else(|| moment.0.to_string())
}

/// What is finer than a microsecond is cut off.
fn absolute(text: &str) -> Option<Timestamp> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000)).ok().map(Timestamp)
}

fn back(now: Timestamp, ago: &str) -> Option<Timestamp> {
    let (number, unit) = ago.split_at_checked(ago.len().checked_sub(1)?)?;
    let seconds: i64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    // `parse` would take another sign.
    let number: i64 =
        number.parse().ok().filter(|_| number.starts_with(|c: char| c.is_ascii_digit()))?;
    let microseconds = number.checked_mul(seconds)?.checked_mul(1_000_000)?;
    now.0.checked_sub(microseconds).map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_with_any_offset() {
        for (text, microseconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T01:00:00+01:00", 0),
            ("1970-01-01T00:00:01.0000019Z", 1_000_001),
            ("2025-12-31T23:59:59.999999Z", 1_767_225_599_999_999),
        ] {
            assert_eq!(parse_moment(text), Ok(Timestamp(microseconds)), "{text}");
        }
    }

    #[test]
    fn moments_ago() {
        let now = Timestamp(1_000_000_000_000);
        for (ago, seconds) in [("0s", 0), ("30s", 30), ("15m", 900), ("1h", 3_600), ("2d", 172_800)]
        {
            let expected = Timestamp(now.0 - seconds * 1_000_000);
            assert_eq!(back(now, ago), Some(expected), "{ago}");
        }
        let (earlier, later) = (parse_moment("-1h").unwrap(), parse_moment("-1m").unwrap());
        assert!(earlier < later, "a longer time ago is earlier");
    }

    #[test]
    fn what_is_no_moment_is_refused_with_examples() {
        for text in [
            "",
            "-",
            "-h",
            "-1",
            "-1y",
            "--1h",
            "-+1h",
            "-1\u{e4}",
            "yesterday",
            "2026-01-31",
            "-99999999999999999d",
        ] {
            let error = parse_moment(text).expect_err(text);
            assert!(error.contains("2026-01-31T12:00:00Z"), "{error}");
        }
    }
}
