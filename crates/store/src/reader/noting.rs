//! What is damaged, as it is told: single messages next to each other as one stretch.

use wiretree_model::Timestamp;

use crate::block::Damage;
use crate::index::Span;
use crate::query::Damaged;

/// The span of one message.
pub(super) fn single(id: i64, at: i64) -> Span {
    Span { first: id, last: id, min_at: at, max_at: at, count: 1 }
}

/// Adds what is damaged.
pub(super) fn note(list: &mut Vec<Damaged>, span: &Span, cause: Damage) {
    let (from, to) = (Timestamp(span.min_at), Timestamp(span.max_at));
    if let Some(known) = list.last_mut().filter(|known| goes_on(known, span, cause)) {
        known.messages += span.count;
        (known.first, known.last) = (known.first.min(span.first), known.last.max(span.last));
        (known.from, known.to) = (known.from.min(from), known.to.max(to));
        return;
    }
    let (messages, first, last) = (span.count, span.first, span.last);
    list.push(Damaged { messages, first, last, from, to, cause });
}

fn goes_on(known: &Damaged, span: &Span, cause: Damage) -> bool {
    let is_next = known.last.checked_add(1) == Some(span.first)
        || span.last.checked_add(1) == Some(known.first);
    span.count == 1 && known.cause == cause && is_next
}
