//! Times as text: RFC 3339 in UTC with microseconds, and back.

use time::OffsetDateTime;
use time::format_description::StaticFormatDescription;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use wiretree_model::Timestamp;

const MICROSECONDS: StaticFormatDescription =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

const STAMP: StaticFormatDescription =
    format_description!("[year]-[month]-[day]T[hour]-[minute]-[second]Z");

/// The moment to the second, in UTC, for a file name: `2026-11-29T14-00-00Z`; microseconds since
/// 1970 for a year that has not four digits.
pub fn stamp(moment: Timestamp) -> String {
    let written = four_digits(moment).and_then(|moment| moment.format(STAMP).ok());
    written.unwrap_or_else(|| moment.0.to_string())
}

/// The text, if the year has four digits as RFC 3339 wants it.
pub(crate) fn to_text(moment: Timestamp) -> Option<String> {
    four_digits(moment)?.format(MICROSECONDS).ok()
}

/// The moment, if its year has four digits.
pub(crate) fn four_digits(moment: Timestamp) -> Option<OffsetDateTime> {
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(moment.0) * 1_000).ok()?;
    (0..=9999).contains(&moment.year()).then_some(moment)
}

/// The moment, whatever its offset; what is finer than a microsecond is cut off.
pub(crate) fn from_text(text: &str) -> Option<Timestamp> {
    // Not by its date in UTC, which may lie beyond the years that a date can have.
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000)).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_and_moments() {
        for (moment, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (1_767_225_599_999_999, "2025-12-31T23:59:59.999999Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (2_147_483_648_000_000, "2038-01-19T03:14:08.000000Z"),
        ] {
            assert_eq!(to_text(Timestamp(moment)).as_deref(), Some(text));
            assert_eq!(from_text(text), Some(Timestamp(moment)));
        }
        assert_eq!(from_text("1970-01-01T01:00:00+01:00"), Some(Timestamp(0)), "other offsets");
        let beyond = Some(Timestamp(253_402_304_399_000_000));
        assert_eq!(from_text("9999-12-31T23:59:59-01:00"), beyond, "in UTC, the year 10,000");
        assert_eq!(
            from_text("0000-01-01T00:00:00+01:00"),
            Some(Timestamp(-62_167_222_800_000_000))
        );
        assert_eq!(to_text(Timestamp(i64::MAX)), None, "a year RFC 3339 cannot write");
        assert_eq!(stamp(Timestamp(1_767_225_599_999_999)), "2025-12-31T23-59-59Z");
        assert_eq!(stamp(Timestamp(i64::MIN)), i64::MIN.to_string());
    }

    proptest! {
        #[test]
        fn what_has_a_text_comes_back(moment in any::<i64>()) {
            if let Some(text) = to_text(Timestamp(moment)) {
                prop_assert_eq!(from_text(&text), Some(Timestamp(moment)));
            }
        }
    }
}
