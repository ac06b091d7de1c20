//! Times as other programs write them: with a zone, with two, or with none.

use time::{Date, Month, OffsetDateTime, Time, UtcOffset};
use wiretree_model::Timestamp;

/// A moment such as `2026-01-31 13:00:00:123`, `2026-01-31T13:00:00.123456Z+0100` or RFC 3339.
/// Without a zone it is as far from UTC as `offset` says. What is finer than a microsecond is cut
/// off.
pub(super) fn moment(text: &str, offset: UtcOffset) -> Option<Timestamp> {
    let (text, offset) = zone(text.trim(), offset)?;
    let (date, rest) = text.split_at_checked(10)?;
    let clock = rest.strip_prefix(['T', 't', ' '])?;
    let moment = OffsetDateTime::new_in_offset(read_date(date)?, read_clock(clock)?, offset);
    i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000)).ok().map(Timestamp)
}

/// Takes the zone off. `Z` before a number is mosquitto's way; the number counts.
fn zone(text: &str, usual: UtcOffset) -> Option<(&str, UtcOffset)> {
    if let Some(bare) = text.strip_suffix(['Z', 'z']) {
        return Some((bare, UtcOffset::UTC));
    }
    // Not a hyphen of the date, which ends with the tenth character.
    let sign = text.rfind(['+', '-']).filter(|at| *at > 10);
    let Some((bare, zone)) = sign.and_then(|at| text.split_at_checked(at)) else {
        return Some((text, usual));
    };
    let is_west = zone.starts_with('-');
    let digits: String = zone.chars().skip(1).filter(|each| *each != ':').collect();
    let (hours, minutes) = (number(digits.get(..2)?)?, number(digits.get(2..)?)?);
    let (hours, minutes) = (i8::try_from(hours).ok()?, i8::try_from(minutes).ok()?);
    let offset = match is_west {
        true => UtcOffset::from_hms(-hours, -minutes, 0),
        false => UtcOffset::from_hms(hours, minutes, 0),
    };
    Some((bare.trim_end_matches(['Z', 'z', ' ']), offset.ok()?))
}

fn read_date(text: &str) -> Option<Date> {
    let mut parts = text.split(['-', '/']);
    let year = number(parts.next()?)?;
    let month = u8::try_from(number(parts.next()?)?).ok()?;
    let day = u8::try_from(number(parts.next()?)?).ok()?;
    let whole = parts.next().is_none();
    let year = i32::try_from(year).ok().filter(|_| whole)?;
    Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()
}

fn read_clock(text: &str) -> Option<Time> {
    let mut parts = text.split([':', '.', ',']);
    let mut two = || u8::try_from(number(parts.next()?)?).ok();
    let (hour, minute, second) = (two()?, two()?, two()?);
    let fraction = parts.next().unwrap_or("0");
    let whole = parts.next().is_none();
    let is_number = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !whole || !is_number {
        return None;
    }
    let digits: String = fraction.chars().chain(std::iter::repeat('0')).take(6).collect();
    Time::from_hms_micro(hour, minute, second, number(&digits)?).ok()
}

/// Digits only: `parse` would take a sign.
fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::offset;

    use super::*;

    #[test]
    fn zones_of_all_kinds() {
        let noon = Some(Timestamp(1_769_860_800_123_456));
        for text in [
            "2026-01-31T12:00:00.123456Z",
            "2026-01-31T12:00:00.123456789Z",
            "2026-01-31T13:00:00.123456Z+0100",
            "2026-01-31T13:00:00.123456+01:00",
            "2026-01-31T06:30:00.123456-05:30",
            "2026-01-31 14:00:00:123456",
            "2026-01-31 14:00:00.123456",
            "2026/01/31 14:00:00,123456",
        ] {
            assert_eq!(moment(text, offset!(+2)), noon, "{text}");
        }
        assert_eq!(
            moment("2026-01-31 12:00:00:123", offset!(UTC)),
            Some(Timestamp(1_769_860_800_123_000))
        );
        assert_eq!(moment("1970-01-01 00:00:00", offset!(UTC)), Some(Timestamp(0)));
    }

    #[test]
    fn what_is_no_moment() {
        for text in [
            "",
            "2026-01-31",
            "2026-13-31 00:00:00",
            "2026-01-31 24:00:00",
            "2026-01-31 12:00",
            "2026-01-31 12:00:00:",
            "2026-01-31 12:00:00:1:2",
            "2026-01-31T12:00:00+99:00",
            "2026-01-31T12:00:00+1",
            "+026-01-31 12:00:00",
            "yesterday, at noon.",
        ] {
            assert_eq!(moment(text, UtcOffset::UTC), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in ".{0,40}", close in "[0-9TZ:.+ -]{0,40}") {
            moment(&text, UtcOffset::UTC);
            moment(&close, UtcOffset::UTC);
        }
    }
}
