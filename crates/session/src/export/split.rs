//! How messages are spread over files: in one, or a new one each hour, day or so many bytes.

use std::str::FromStr;

use wiretree_model::Timestamp;

/// From here on a file is large, in bytes: DuckDB reads several files at once, and a copy that
/// breaks off begins again with one of them.
pub(super) const LARGE: u64 = 1024 * 1024 * 1024;
/// The shortest period, in seconds.
const SHORTEST: u32 = 60;
/// The longest period, in seconds: a year.
const LONGEST: u64 = 366 * 86_400;
/// The smallest size, in bytes.
const SMALLEST: u64 = 64 * 1024;
const MICROSECONDS: i64 = 1_000_000;

/// When a new file begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Split {
    /// Never: one file, however large.
    #[default]
    Never,
    /// One file; if it would be larger than 1 GiB, a folder of files of about that size.
    WhenLarge,
    /// A folder; a new file with each period of so many seconds, counted from 1970 in UTC.
    Every(u32),
    /// A folder; a new file as soon as one has so many bytes.
    Size(u64),
}

/// A text that is not a [`Split`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// Neither a period nor a size.
    #[error("write a period such as 1h or 1d, a size such as 1GiB, or never")]
    Unknown,
    /// A period or size out of bounds.
    #[error("a file covers at least 1m and at most 366d, or holds at least 64KiB")]
    Bounds,
}

impl Split {
    /// The number of the period that a moment is in; 0 where time plays no part.
    pub(super) fn period_of(self, moment: Timestamp) -> i64 {
        match self {
            Self::Every(seconds) => moment.0.div_euclid(i64::from(seconds) * MICROSECONDS),
            _ => 0,
        }
    }

    /// When the period of a moment begins; the moment itself where time plays no part.
    pub(super) fn begin_of(self, moment: Timestamp) -> Timestamp {
        match self {
            Self::Every(seconds) => {
                let length = i64::from(seconds) * MICROSECONDS;
                Timestamp(self.period_of(moment).saturating_mul(length))
            }
            _ => moment,
        }
    }

    /// The bytes after which a file is full.
    pub(super) fn most_bytes(self) -> u64 {
        match self {
            Self::Never | Self::Every(_) => u64::MAX,
            Self::WhenLarge => LARGE,
            Self::Size(bytes) => bytes,
        }
    }
}

impl FromStr for Split {
    type Err = SplitError;

    /// `never`, `large`, a period (`30m`, `1h`, `1d`) or a size (`500MB`, `1GiB`).
    fn from_str(text: &str) -> Result<Self, SplitError> {
        match text {
            "never" => return Ok(Self::Never),
            "large" => return Ok(Self::WhenLarge),
            _ => {}
        }
        let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let number: u64 = number.parse().map_err(|_| SplitError::Unknown)?;
        let (is_period, factor) = unit_of(unit).ok_or(SplitError::Unknown)?;
        let value = number.checked_mul(factor).ok_or(SplitError::Bounds)?;
        match is_period {
            true if value <= LONGEST => match u32::try_from(value) {
                Ok(seconds) if seconds >= SHORTEST => Ok(Self::Every(seconds)),
                _ => Err(SplitError::Bounds),
            },
            false if value >= SMALLEST => Ok(Self::Size(value)),
            _ => Err(SplitError::Bounds),
        }
    }
}

/// Whether it is one of time, and how many seconds or bytes it has.
fn unit_of(unit: &str) -> Option<(bool, u64)> {
    Some(match unit {
        "m" => (true, 60),
        "h" => (true, 3_600),
        "d" => (true, 86_400),
        "KiB" => (false, 1 << 10),
        "MiB" => (false, 1 << 20),
        "GiB" => (false, 1 << 30),
        "TiB" => (false, 1 << 40),
        "kB" | "KB" => (false, 1_000),
        "MB" => (false, 1_000_000),
        "GB" => (false, 1_000_000_000),
        "TB" => (false, 1_000_000_000_000),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_and_sizes_are_read() {
        for (text, expected) in [
            ("1h", Ok(Split::Every(3_600))),
            ("1d", Ok(Split::Every(86_400))),
            ("30m", Ok(Split::Every(1_800))),
            ("366d", Ok(Split::Every(31_622_400))),
            ("1GiB", Ok(Split::Size(1 << 30))),
            ("500MB", Ok(Split::Size(500_000_000))),
            ("never", Ok(Split::Never)),
            ("large", Ok(Split::WhenLarge)),
            ("0h", Err(SplitError::Bounds)),
            ("367d", Err(SplitError::Bounds)),
            ("1KiB", Err(SplitError::Bounds)),
            ("18446744073709551615TiB", Err(SplitError::Bounds)),
            ("99999999999999999999h", Err(SplitError::Unknown)),
            ("h", Err(SplitError::Unknown)),
            ("1", Err(SplitError::Unknown)),
            ("-1h", Err(SplitError::Unknown)),
            ("1 h", Err(SplitError::Unknown)),
            ("", Err(SplitError::Unknown)),
        ] {
            assert_eq!(text.parse::<Split>(), expected, "{text}");
        }
    }

    #[test]
    fn periods_begin_on_the_hour_before_1970_too() {
        let hour = Split::Every(3_600);
        for (moment, begin) in [(0, 0), (3_599_999_999, 0), (3_600_000_000, 3_600_000_000)] {
            assert_eq!(hour.begin_of(Timestamp(moment)), Timestamp(begin));
        }
        assert_eq!(hour.begin_of(Timestamp(-1)), Timestamp(-3_600_000_000));
        assert_eq!(hour.begin_of(Timestamp(i64::MIN)), Timestamp(i64::MIN), "and no overflow");
        assert_eq!(Split::Never.begin_of(Timestamp(5)), Timestamp(5));
    }
}
