//! Moments: RFC 3339, a date or a time in local time, or so long ago.

use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};
use wiretree_model::Timestamp;

use super::{Clock, Parser};
use crate::QueryError;
use crate::fields::Entry;

impl Parser<'_> {
    pub(super) fn moment(&mut self, entry: &Entry) -> Result<Timestamp, QueryError> {
        let (text, span) = self.text_value(entry.expected)?;
        moment(&text, &self.clock)
            .ok_or_else(|| QueryError::new(span, format!("“{text}” is no moment."), entry.expected))
    }
}

fn moment(text: &str, clock: &Clock) -> Option<Timestamp> {
    if text == "now" {
        return in_range(i128::from(clock.now.0));
    }
    if let Some(ago) = text.strip_prefix('-') {
        return back(clock.now, ago);
    }
    if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
        return in_range(moment.unix_timestamp_nanos().div_euclid(1_000));
    }
    let utc = local(text)?.assume_utc().unix_timestamp_nanos().div_euclid(1_000);
    in_range(utc - i128::from(clock.utc_offset_minutes) * 60_000_000)
}

/// Years that can be written out again, from 0 to 9999.
fn in_range(microseconds: i128) -> Option<Timestamp> {
    let moment =
        OffsetDateTime::from_unix_timestamp_nanos(microseconds.checked_mul(1_000)?).ok()?;
    (0..=9999).contains(&moment.year()).then_some(())?;
    i64::try_from(microseconds).ok().map(Timestamp)
}

fn back(now: Timestamp, ago: &str) -> Option<Timestamp> {
    let (number, unit) = ago.split_at_checked(ago.len().checked_sub(1)?)?;
    let seconds: i64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        "w" => 7 * 24 * 60 * 60,
        _ => return None,
    };
    let number = i64::try_from(super::value::number(number)?).ok()?;
    let microseconds = number.checked_mul(seconds)?.checked_mul(1_000_000)?;
    in_range(i128::from(now.0.checked_sub(microseconds)?))
}

/// `2026-01-31`, `2026-01-31T12:30` or `2026-01-31 12:30:00.5`, without a zone.
fn local(text: &str) -> Option<PrimitiveDateTime> {
    let (date, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, "00:00"));
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = Month::try_from(u8::try_from(digits(parts.next()?, 2)?).ok()?).ok()?;
    let day = u8::try_from(digits(parts.next()?, 2)?).ok()?;
    if parts.next().is_some() {
        return None;
    }
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, day).ok()?;
    Some(PrimitiveDateTime::new(date, clock_time(time)?))
}

fn clock_time(text: &str) -> Option<Time> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = whole.split(':');
    let hour = u8::try_from(digits(parts.next()?, 2)?).ok()?;
    let minute = u8::try_from(digits(parts.next()?, 2)?).ok()?;
    let second = parts.next().map_or(Some(0), |part| digits(part, 2))?;
    if parts.next().is_some() || fraction.len() > 9 {
        return None;
    }
    // What is finer than a microsecond is cut off.
    let fraction: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let micro = digits(&fraction, 6)?;
    Time::from_hms_micro(hour, minute, u8::try_from(second).ok()?, micro).ok()
}

/// So many digits, and nothing else.
fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count).then(|| super::value::number(text))?.and_then(|it| u32::try_from(it).ok())
}
