//! Looks through blocks for the messages that are wanted, on as many threads as there are cores when
//! there is much to look through.
//!
//! Promises: the hits of a block in the order that was asked for, and of those that are sure no more
//! than were asked for; damage of one block does not touch another, nor that of one message its
//! neighbours. Absent: what stands alone, which only its number stands for here, and the names of
//! topics.

use std::num::NonZero;
use std::thread;

use bytes::Bytes;

use super::matching::Matcher;
use super::scope::Wanted;
use crate::block::{Body, Damage, Head, Meta, Opener};
use crate::record::{Marks, Stored};
use crate::tables::blocks::{Raw, Way, beside};

/// Fewer blocks than that are not worth another thread.
const WORTH_A_THREAD: usize = 3;

/// What is wanted of the blocks.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) wanted: &'a Wanted,
    pub(super) matcher: &'a Matcher<'a>,
    /// Both ends included, as with the numbers.
    pub(super) times: (i64, i64),
    pub(super) ids: (i64, i64),
    pub(super) way: Way,
    /// Hits after which a block need not be looked at further.
    pub(super) limit: usize,
}

/// A message that is wanted, or may be.
#[derive(Debug)]
pub(super) enum Hit {
    /// It is wanted, as far as can be told without the name of its topic.
    Whole(Stored),
    /// Its content stands alone, and has to decide.
    Alone { id: i64, topic: i64, marks: Marks },
    /// It cannot be read, while its neighbours can.
    Damaged { id: i64, received_at: i64, cause: Damage },
}

/// The hits of one block.
#[derive(Debug, Default)]
pub(super) struct Hits {
    pub(super) list: Vec<Hit>,
    /// There are as many as were asked for: what stands behind the last was not looked at.
    pub(super) is_cut: bool,
}

/// What was found in one block.
pub(super) type Found = Result<Hits, Damage>;

/// Looks through each of the blocks.
pub(super) fn blocks(raws: &[Raw], ask: Ask<'_>) -> Vec<Found> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(raws.len() / WORTH_A_THREAD);
    if threads < 2 {
        return some(raws, ask);
    }
    let share = raws.len().div_ceil(threads);
    thread::scope(|scope| {
        let workers: Vec<_> =
            raws.chunks(share).map(|raws| (raws, scope.spawn(move || some(raws, ask)))).collect();
        let found = workers.into_iter().flat_map(|(raws, worker)| {
            // Nothing in it panics; if it did, its blocks would be looked through here.
            worker.join().unwrap_or_else(|_| some(raws, ask))
        });
        found.collect()
    })
}

fn some(raws: &[Raw], ask: Ask<'_>) -> Vec<Found> {
    let Ok(mut opener) = Opener::new() else {
        return raws.iter().map(|_| Err(Damage::Compression)).collect();
    };
    let (mut head, mut body) = (Vec::new(), Vec::new());
    raws.iter().map(|raw| one(raw, ask, &mut opener, &mut head, &mut body)).collect()
}

fn one(
    raw: &Raw,
    ask: Ask<'_>,
    opener: &mut Opener,
    head_room: &mut Vec<u8>,
    body_room: &mut Vec<u8>,
) -> Found {
    let beside = beside(&raw.span);
    let is_any_topic = matches!(ask.wanted, Wanted::All);
    let mut is_open = false;
    // A text that is in none of the payloads saves looking at the messages one by one.
    if is_any_topic && ask.matcher.required_text().is_some() {
        opener.open(&beside, &raw.body, body_room)?;
        is_open = true;
        if !may_match(&Body::read(body_room)?, ask) {
            return Ok(Hits::default());
        }
    }
    opener.open_head(&beside, &raw.head, head_room)?;
    let head = Head::read(head_room)?;
    let is_ruled_out = |meta: &Meta| {
        let head = marks(meta).head(meta.size);
        head.is_ok_and(|head| ask.matcher.is_ruled_out(&head))
    };
    let wanted = head.metas.iter().filter(|meta| ask.wants(meta));
    let candidates: Vec<_> = wanted.filter(|meta| !is_ruled_out(meta)).collect();
    if candidates.is_empty() {
        return Ok(Hits::default());
    }
    if !is_open {
        opener.open(&beside, &raw.body, body_room)?;
    }
    let body = Body::read(body_room)?;
    if !may_match(&body, ask) {
        return Ok(Hits::default());
    }
    Ok(match ask.way {
        Way::Up => hits(candidates.into_iter(), &body, ask),
        Way::Down => hits(candidates.into_iter().rev(), &body, ask),
    })
}

fn hits<'a>(metas: impl Iterator<Item = &'a Meta>, body: &Body<'_>, ask: Ask<'_>) -> Hits {
    let (mut list, mut sure) = (Vec::new(), 0);
    for meta in metas {
        if sure >= ask.limit {
            return Hits { list, is_cut: true };
        }
        let (id, received_at) = (meta.id, meta.received_at);
        let found = hit(meta, body, ask);
        let found = found.unwrap_or_else(|cause| Some(Hit::Damaged { id, received_at, cause }));
        let Some(hit) = found else { continue };
        // What stands alone, or waits for the name of its topic, may turn out not to be wanted.
        sure += usize::from(match hit {
            Hit::Whole(_) => !ask.matcher.needs_topic(),
            Hit::Alone { .. } => false,
            Hit::Damaged { .. } => true,
        });
        list.push(hit);
    }
    Hits { list, is_cut: false }
}

fn may_match(body: &Body<'_>, ask: Ask<'_>) -> bool {
    let required = ask.matcher.required_text();
    body.has_alone || required.is_none_or(|text| text.find(body.payloads).is_some())
}

fn hit(meta: &Meta, body: &Body<'_>, ask: Ask<'_>) -> Result<Option<Hit>, Damage> {
    let (id, topic, marks) = (meta.id, meta.topic, marks(meta));
    if meta.is_alone() {
        return Ok(Some(Hit::Alone { id, topic, marks }));
    }
    let content = (body.properties(meta)?, body.payload(meta)?);
    let keep = || Bytes::copy_from_slice(content.1);
    Ok(ask.matcher.screen((id, topic), marks, content, keep)?.map(Hit::Whole))
}

fn marks(meta: &Meta) -> Marks {
    Marks {
        received_at: meta.received_at,
        sequence: meta.sequence,
        flags: meta.flags,
        packet_id: meta.packet_id,
    }
}

impl Ask<'_> {
    fn wants(&self, meta: &Meta) -> bool {
        (self.ids.0..=self.ids.1).contains(&meta.id)
            && (self.times.0..=self.times.1).contains(&meta.received_at)
            && self.wanted.has(meta.topic)
    }
}
