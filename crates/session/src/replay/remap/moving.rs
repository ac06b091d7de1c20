//! Whether a rule is sure to make another topic than the one that it was given.
//!
//! Both sides are written as text and what was matched; two such patterns differ whatever was matched
//! if their texts differ at the front or at the end, or if one is longer than the other in any case.
//! Promise: where that cannot be told, it is denied.

use super::rule::{Fits, Piece};

/// Whether what is made of a topic that fits differs from it.
pub(super) fn always(fits: &Fits, makes: &[Piece]) -> bool {
    match fits {
        Fits::Prefix(prefix) => {
            let topic = [Piece::Text(prefix.clone()), Piece::Rest];
            differ(&expand(makes.iter().chain([&Piece::Rest]), &[]), &topic)
        }
        Fits::Filter { filter, has_rest, .. } => {
            let topic = pattern(filter.as_str());
            let differs_below = differ(&expand(makes.iter(), &topic), &topic);
            // `a/#` matches `a` too, and then there is no rest.
            let differs_at_top = !has_rest || filter.as_str() == "#" || {
                let top = pattern(filter.as_str().trim_end_matches("/#"));
                without_rest(makes, &top).is_some_and(|made| differ(&made, &top))
            };
            differs_below && differs_at_top
        }
    }
}

/// A topic that a filter matches.
fn pattern(filter: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut wildcards = 0;
    for (at, level) in filter.split('/').enumerate() {
        if at > 0 {
            add(&mut pieces, Piece::Text("/".to_owned()));
        }
        let piece = match level {
            "+" => {
                wildcards += 1;
                Piece::Level(wildcards)
            }
            "#" => Piece::Rest,
            text => Piece::Text(text.to_owned()),
        };
        add(&mut pieces, piece);
    }
    pieces
}

/// With the pattern of the topic where the topic stands.
fn expand<'a>(makes: impl Iterator<Item = &'a Piece>, topic: &[Piece]) -> Vec<Piece> {
    let mut made = Vec::new();
    for piece in makes {
        match piece {
            Piece::Topic => topic.iter().for_each(|piece| add(&mut made, piece.clone())),
            piece => add(&mut made, piece.clone()),
        }
    }
    made
}

/// What is made where nothing is below, with no slash before the rest that is missing. None: whether
/// there is one depends on what was matched.
fn without_rest(makes: &[Piece], top: &[Piece]) -> Option<Vec<Piece>> {
    let mut made = Vec::new();
    for piece in makes {
        match (piece, made.last_mut()) {
            (Piece::Rest, None) => {}
            (Piece::Rest, Some(Piece::Text(text))) => {
                if text.ends_with('/') {
                    text.pop();
                }
            }
            (Piece::Rest, Some(_)) => return None,
            (piece, _) => {
                expand([piece].into_iter(), top)
                    .into_iter()
                    .for_each(|piece| add(&mut made, piece));
            }
        }
    }
    Some(made)
}

/// Text goes behind text; without any there is no piece.
fn add(pieces: &mut Vec<Piece>, piece: Piece) {
    match (pieces.last_mut(), piece) {
        (_, Piece::Text(text)) if text.is_empty() => {}
        (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
        (_, piece) => pieces.push(piece),
    }
}

fn differ(made: &[Piece], topic: &[Piece]) -> bool {
    let text = |piece: Option<&Piece>| match piece {
        Some(Piece::Text(text)) => text.clone().into_bytes(),
        _ => Vec::new(),
    };
    let (front, of_topic) = (text(made.first()), text(topic.first()));
    let (end, of_end) = (text(made.last()), text(topic.last()));
    let at_front = front.iter().zip(&of_topic).any(|(one, other)| one != other);
    let at_end = end.iter().rev().zip(of_end.iter().rev()).any(|(one, other)| one != other);
    at_front || at_end || is_longer(made, topic) || is_longer(topic, made)
}

/// Whether one has more text, and all that was matched at least as often.
fn is_longer(one: &[Piece], other: &[Piece]) -> bool {
    let text = |pieces: &[Piece]| -> usize {
        let lengths = pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.len(),
            _ => 0,
        });
        lengths.sum()
    };
    let count =
        |pieces: &[Piece], wanted: &Piece| pieces.iter().filter(|piece| *piece == wanted).count();
    let mut matched = other.iter().filter(|piece| !matches!(piece, Piece::Text(_)));
    text(one) > text(other) && matched.all(|piece| count(one, piece) >= count(other, piece))
}
