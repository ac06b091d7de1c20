//! A dry run: what a replay would send, without sending anything.
//!
//! Promise: bounded memory, however many topics there are; what the samples leave out is said.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use wiretree_model::{Publish, Timestamp, Topic};
use wiretree_store::{Found, Reader};

use super::order::{Repeat, ReplayOrder};
use super::plan::{Origin, Planned, Planner};
use super::remap::Refusal;
use super::schedule::{Brake, Schedule};
use crate::SessionError;

/// The most topics that are listed.
const TOPICS: usize = 200;
/// The most kinds of refusal that are listed.
const REFUSALS: usize = 20;

/// What a replay would do. Counts are those of one pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outlook {
    /// Whether everything was looked at; else these are the figures of the oldest part.
    pub is_complete: bool,
    /// Messages that cannot be read, since the history is damaged there; they may be more than were
    /// asked for.
    pub unreadable: u64,
    /// Messages of the selection that went the other way, and are left out.
    pub skipped: u64,
    /// Messages that cannot be sent.
    pub refused: u64,
    /// Messages that would be sent.
    pub messages: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// Those that the broker would keep.
    pub retained: u64,
    /// Those that would remove a retained message: with RETAIN and without a payload.
    pub clearing: u64,
    /// Those that would go to the topic that they were recorded on.
    pub unchanged: u64,
    /// When the first of them was recorded.
    pub first: Option<Timestamp>,
    /// When the last of them was.
    pub last: Option<Timestamp>,
    /// How long it would take, all passes together, with a broker that keeps up; none: for ever.
    pub duration: Option<Duration>,
    /// Some of the topics, in the order in which they come.
    pub topics: Vec<TopicOutlook>,
    /// Whether there are more topics than those.
    pub has_more_topics: bool,
    /// Why messages cannot be sent.
    pub refusals: Vec<RefusalOutlook>,
}

/// Where the messages of one topic would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicOutlook {
    /// The topic as recorded.
    pub from: Topic,
    /// Where they would go, or why they cannot.
    pub to: Result<Topic, Refusal>,
    /// How many there are.
    pub messages: u64,
}

/// Messages that cannot be sent for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalOutlook {
    /// The reason.
    pub reason: Refusal,
    /// How many there are.
    pub messages: u64,
    /// A topic of one of them.
    pub topic: Topic,
}

/// Looks through the selection. Ends early with what it has once `cancelled` is set, or when
/// `budget` is spent. Blocks.
///
/// # Errors
/// The order is not valid, or the history cannot be read.
pub fn outlook(
    reader: &Reader,
    order: &ReplayOrder,
    cancelled: &AtomicBool,
    budget: Option<Duration>,
) -> Result<Outlook, SessionError> {
    order.check()?;
    let deadline = budget.and_then(|budget| Instant::now().checked_add(budget));
    let planner = Planner::new(order);
    let mut survey = Survey::new(order);
    reader.each(&order.query, |found| {
        let is_late = match found {
            Found::Message(stored) => {
                survey.note(&planner.plan(stored.id, stored.message));
                false
            }
            Found::Damaged(damaged) => {
                survey.found.unreadable += damaged.messages;
                false
            }
            // The clock is looked at now and then only.
            Found::Progress(_) => deadline.is_some_and(|deadline| Instant::now() >= deadline),
        };
        if is_late || cancelled.load(Ordering::Relaxed) {
            survey.found.is_complete = false;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    Ok(survey.finish(order.repeat))
}

struct Survey {
    found: Outlook,
    places: HashMap<Topic, usize>,
    schedule: Schedule,
    brake: Brake,
    end: Duration,
}

impl Survey {
    fn new(order: &ReplayOrder) -> Self {
        Self {
            found: Outlook { is_complete: true, ..Outlook::default() },
            places: HashMap::new(),
            schedule: Schedule::new(order.timing, order.longest_gap),
            brake: Brake::new(order.cap.per_second),
            end: Duration::ZERO,
        }
    }

    fn note(&mut self, planned: &Planned) {
        match planned {
            Planned::Skipped => self.found.skipped += 1,
            Planned::Refused(origin, refusal) => {
                self.found.refused += 1;
                self.note_refusal(origin, refusal);
                self.note_topic(origin, Err(refusal));
            }
            Planned::Publish(origin, publish) => {
                self.note_publish(origin, publish);
                self.note_topic(origin, Ok(&publish.topic));
            }
        }
    }

    fn note_publish(&mut self, origin: &Origin, publish: &Publish) {
        let at = self.brake.hold(self.schedule.next(origin.received_at));
        self.brake.passed(at);
        self.end = at;
        let found = &mut self.found;
        found.messages += 1;
        found.bytes = found.bytes.saturating_add(publish.payload.len() as u64);
        let clears = publish.retain && publish.payload.is_empty();
        found.clearing += u64::from(clears);
        found.retained += u64::from(publish.retain && !clears);
        found.unchanged += u64::from(publish.topic == origin.topic);
        found.first.get_or_insert(origin.received_at);
        found.last = Some(origin.received_at);
    }

    fn note_topic(&mut self, origin: &Origin, to: Result<&Topic, &Refusal>) {
        let topics = &mut self.found.topics;
        if let Some(known) = self.places.get(&origin.topic).and_then(|at| topics.get_mut(*at)) {
            known.messages += 1;
        } else if topics.len() < TOPICS {
            self.places.insert(origin.topic.clone(), topics.len());
            let (from, to) = (origin.topic.clone(), to.cloned().map_err(Clone::clone));
            topics.push(TopicOutlook { from, to, messages: 1 });
        } else {
            self.found.has_more_topics = true;
        }
    }

    fn note_refusal(&mut self, origin: &Origin, refusal: &Refusal) {
        let refusals = &mut self.found.refusals;
        if let Some(known) = refusals.iter_mut().find(|known| known.reason == *refusal) {
            known.messages += 1;
        } else if refusals.len() < REFUSALS {
            let (reason, topic) = (refusal.clone(), origin.topic.clone());
            refusals.push(RefusalOutlook { reason, messages: 1, topic });
        }
    }

    fn finish(mut self, repeat: Repeat) -> Outlook {
        self.found.duration = match repeat {
            Repeat::Times(times) => Some(self.end.saturating_mul(times)),
            Repeat::Forever => None,
        };
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::super::order::Timing;
    use super::super::remap::Remap;
    use super::super::testing::recorded;
    use super::*;
    use wiretree_model::{Direction, Message};
    use wiretree_store::Query;

    fn survey(
        messages: impl IntoIterator<Item = Message>,
        change: impl FnOnce(&mut ReplayOrder),
    ) -> Outlook {
        let mut order = ReplayOrder::new(Query::default());
        change(&mut order);
        let planner = Planner::new(&order);
        let mut survey = Survey::new(&order);
        for message in messages {
            survey.note(&planner.plan(message.sequence as i64, message));
        }
        survey.finish(order.repeat)
    }

    #[test]
    fn every_message_is_in_exactly_one_of_the_figures() {
        let mut messages: Vec<_> = (0..10).map(|id| recorded(id, "a/b", "xyz")).collect();
        messages[1].direction = Direction::Sent;
        messages[2].publish.topic = Topic::received("$SYS/x");
        messages[3].publish.retain = true;
        messages[4].publish.retain = true;
        messages[4].publish.payload = Default::default();
        messages[5].publish.topic = Topic::received("c");
        let found = survey(messages, |order| {
            order.remap = Remap::parse(["a/ -> x/"]).unwrap();
            order.timing = Timing::Original { speed: 0.5 };
            order.repeat = Repeat::Times(3);
        });
        assert_eq!((found.skipped, found.refused, found.messages), (1, 1, 8));
        assert_eq!((found.bytes, found.retained, found.clearing), (21, 1, 1));
        assert_eq!(found.unchanged, 1, "c is moved by no rule");
        assert_eq!((found.first, found.last), (Some(Timestamp(0)), Some(Timestamp(9_000_000))));
        assert_eq!(found.duration, Some(Duration::from_secs(54)));
        let topics: Vec<_> = found.topics.iter().map(|topic| topic.messages).collect();
        assert_eq!(topics, [7, 1, 1]);
        assert_eq!(found.refusals.len(), 1);
        assert!(found.is_complete && !found.has_more_topics);
    }

    #[test]
    fn samples_are_bounded_and_say_so() {
        let one = |id: i64| recorded(id, &format!("$SYS/{}/{id}", "a".repeat(65_530)), "");
        let many = (0..1_000).map(one);
        let found = survey(many, |_| {});
        assert_eq!(found.refused, 1_000);
        assert!(found.topics.len() == TOPICS && found.has_more_topics);
        assert!(found.refusals.len() <= REFUSALS);
    }

    #[test]
    fn the_cap_counts_in_the_duration() {
        let messages = || (0..101).map(|id| recorded(id, "a", ""));
        let capped = |per_second| {
            survey(messages(), |order| {
                order.timing = Timing::FixedRate(1_000.0);
                order.cap.per_second = per_second;
            })
        };
        assert_eq!(capped(None).duration, Some(Duration::from_millis(100)));
        let slow = capped(Some(10.0)).duration.unwrap();
        assert!(slow > Duration::from_millis(9_900) && slow <= Duration::from_secs(10), "{slow:?}");
    }
}
