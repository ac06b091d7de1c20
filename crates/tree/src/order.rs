//! The order of siblings: names that begin with `$` first, then bytes, with runs of digits
//! compared as numbers, so that `line-2` stands before `line-10`.
//!
//! A total order on any bytes: names that differ never compare as equal.

use std::cmp::Ordering;

/// Compares two level names.
pub(crate) fn compare(left: &[u8], right: &[u8]) -> Ordering {
    let is_ordinary = |name: &[u8]| name.first() != Some(&b'$');
    is_ordinary(left)
        .cmp(&is_ordinary(right))
        .then_with(|| natural(left, right))
        .then_with(|| left.cmp(right))
}

fn natural(mut left: &[u8], mut right: &[u8]) -> Ordering {
    loop {
        let (Some((first, left_rest)), Some((second, right_rest))) =
            (left.split_first(), right.split_first())
        else {
            return left.len().cmp(&right.len());
        };
        let order = if first.is_ascii_digit() && second.is_ascii_digit() {
            let (number, after) = digits(left);
            let (other, other_after) = digits(right);
            (left, right) = (after, other_after);
            number.len().cmp(&other.len()).then_with(|| number.cmp(other))
        } else {
            (left, right) = (left_rest, right_rest);
            first.cmp(second)
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// The number a text begins with, without leading zeros, and what follows it.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end).unwrap_or_default();
    let zeros = number.iter().take_while(|byte| **byte == b'0').count();
    (number.get(zeros..).unwrap_or_default(), rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn as_a_person_would_sort_them() {
        let sorted: [&[u8]; 14] = [
            b"$SYS",
            b"$share",
            b"",
            b"007",
            b"7",
            b"8",
            b"10",
            b"a",
            b"line-2",
            b"line-02b",
            b"line-10",
            b"line-10a",
            b"z",
            "ä".as_bytes(),
        ];
        for (left, right) in sorted.iter().zip(sorted.iter().skip(1)) {
            assert_eq!(compare(left, right), Ordering::Less, "{left:?} {right:?}");
        }
    }

    proptest! {
        #[test]
        fn it_is_a_total_order(
            a in "[$a0-2]{0,5}", b in "[$a0-2]{0,5}", c in "[$a0-2]{0,5}",
        ) {
            let order = |x: &str, y: &str| compare(x.as_bytes(), y.as_bytes());
            prop_assert_eq!(order(&a, &b), order(&b, &a).reverse());
            prop_assert_eq!(order(&a, &b).is_eq(), a == b);
            if order(&a, &b).is_le() && order(&b, &c).is_le() {
                prop_assert!(order(&a, &c).is_le());
            }
        }
    }
}
