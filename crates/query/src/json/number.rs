//! Decimal numbers of any length, compared digit by digit.

use std::cmp::Ordering;

/// A number to compare with, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    text: String,
    /// The same, where it is a whole number of few digits, which is quicker.
    small: Option<i64>,
}

/// The parts of a number in its source.
#[derive(Clone, Copy, Debug)]
struct Decimal<'a> {
    is_negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

/// Digits that surely fit.
const FEW: usize = 18;
/// Exponents beyond are all the same: no payload has so many digits.
const LARGEST: i64 = 1 << 60;

impl Number {
    /// A number as JSON writes it; zeros before it are let pass.
    pub(crate) fn new(text: &str) -> Option<Self> {
        Decimal::new(text.as_bytes())?;
        Some(Self { text: text.to_owned(), small: small(text.as_bytes()) })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// How the number written in `digits` compares with this one; `None`: that is no number.
    pub(crate) fn compared_with(&self, digits: &[u8]) -> Option<Ordering> {
        if let (Some(wanted), Some(value)) = (self.small, small(digits)) {
            return Some(value.cmp(&wanted));
        }
        Some(Decimal::new(digits)?.compare(&Decimal::new(self.text.as_bytes())?))
    }
}

/// Whether this is a number by the grammar of JSON (RFC 8259 §6), which lets no zeros stand before it.
pub(super) fn is_number(text: &[u8]) -> bool {
    Decimal::new(text)
        .is_some_and(|number| number.whole.len() == 1 || !number.whole.starts_with(b"0"))
}

/// A whole number of few digits.
fn small(text: &[u8]) -> Option<i64> {
    let (is_negative, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    if digits.is_empty() || digits.len() > FEW {
        return None;
    }
    let mut value = 0_i64;
    for byte in digits {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        value = value * 10 + i64::from(digit);
    }
    Some(if is_negative { -value } else { value })
}

impl<'a> Decimal<'a> {
    fn new(text: &'a [u8]) -> Option<Self> {
        let (is_negative, rest) = match text.strip_prefix(b"-") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, rest) = digits(rest);
        let (fraction, rest) = match rest.strip_prefix(b".") {
            Some(rest) => Some(digits(rest)).filter(|(fraction, _)| !fraction.is_empty())?,
            None => (&[][..], rest),
        };
        let exponent = match rest.split_first() {
            None => 0,
            Some((b'e' | b'E', rest)) => exponent(rest)?,
            Some(_) => return None,
        };
        (!whole.is_empty()).then_some(Self { is_negative, whole, fraction, exponent })
    }

    /// All digits from the first that is not zero.
    fn significant(&self) -> impl Iterator<Item = u8> {
        self.whole.iter().chain(self.fraction).copied().skip_while(|digit| *digit == b'0')
    }

    /// How many digits stand before the point once it is written out; `None`: it is zero.
    fn magnitude(&self) -> Option<i64> {
        let zeros = self.whole.iter().chain(self.fraction).take_while(|digit| **digit == b'0');
        let zeros = zeros.count();
        if zeros == self.whole.len() + self.fraction.len() {
            return None;
        }
        let before = i64::try_from(self.whole.len()).ok()? - i64::try_from(zeros).ok()?;
        Some(self.exponent.saturating_add(before))
    }

    fn compare(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match number.magnitude() {
            None => 0,
            Some(_) if number.is_negative => -1,
            Some(_) => 1,
        };
        let by_sign = sign(self).cmp(&sign(other));
        if by_sign != Ordering::Equal || sign(self) == 0 {
            return by_sign;
        }
        let by_size = self.magnitude().cmp(&other.magnitude()).then_with(|| {
            let (mut one, mut two) = (self.significant(), other.significant());
            loop {
                match (one.next(), two.next()) {
                    (None, None) => return Ordering::Equal,
                    // Zeros at the end of a fraction change nothing.
                    (one, two) => match one.unwrap_or(b'0').cmp(&two.unwrap_or(b'0')) {
                        Ordering::Equal => {}
                        different => return different,
                    },
                }
            }
        });
        if self.is_negative { by_size.reverse() } else { by_size }
    }
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

fn exponent(text: &[u8]) -> Option<i64> {
    let (is_negative, text) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let (digits, rest) = digits(text);
    if digits.is_empty() || !rest.is_empty() {
        return None;
    }
    let add = |sum: i64, digit: &u8| sum.saturating_mul(10).saturating_add((digit - b'0').into());
    let value = digits.iter().fold(0_i64, add).min(LARGEST);
    Some(if is_negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn order(one: &str, two: &str) -> Ordering {
        let number = Number::new(two).expect("a number");
        number.compared_with(one.as_bytes()).expect("a number")
    }

    #[test]
    fn digits_count_where_a_float_would_lie() {
        use Ordering::{Equal, Greater, Less};
        for (one, two, expected) in [
            ("9007199254740993", "9007199254740992", Greater),
            ("18446744073709551615", "18446744073709551616", Less),
            ("0.1", "0.1000000000000000055511151231257827", Less),
            ("1e400", "1e401", Less),
            ("-1e400", "-1e401", Greater),
            ("1.50", "1.5", Equal),
            ("100", "1e2", Equal),
            ("0.00123E5", "123", Equal),
            ("-0", "0.0e7", Equal),
            ("-1", "0", Less),
            ("1e99999999999999999999", "5", Greater),
            ("1e-99999999999999999999", "0", Greater),
            ("10", "9.99", Greater),
        ] {
            assert_eq!(order(one, two), expected, "{one} and {two}");
            assert_eq!(order(two, one), expected.reverse(), "{two} and {one}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "-", ".5", "5.", "1e", "1e+", "0x10", "NaN", "1 2", "+1", "--1", "1.2.3"] {
            assert!(Number::new(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whole_numbers_compare_as_such(one in any::<i128>(), two in any::<i128>()) {
            prop_assert_eq!(order(&one.to_string(), &two.to_string()), one.cmp(&two));
        }

        /// A number and the same one with its point moved and zeros added are equal.
        #[test]
        fn the_form_does_not_matter(
            number in -1_000_000_000_i64..1_000_000_000, places in 0_usize..12, zeros in 0_usize..4,
        ) {
            let moved = format!("{number}{}e-{}", "0".repeat(places), places);
            let longer = format!("{number}.{}", "0".repeat(zeros + 1));
            prop_assert_eq!(order(&moved, &longer), Ordering::Equal);
        }
    }
}
