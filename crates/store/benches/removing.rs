//! What removing costs those who record meanwhile: `cargo bench -p wiretree-store --bench removing`.
//!
//! Messages of 100 B of JSON on 10,000 topics, two million to begin with. The same flood is recorded
//! with nothing else going on, while one topic in a hundred is cleared, and while the older half is;
//! then the same messages come at a pace, and the longest wait for a commit is told. One run prints
//! rates, and their ratios to the undisturbed ones.

use std::error::Error;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio::runtime::Runtime;
use wiretree_model::{Direction, Message, Publish, Timestamp, Topic, TopicFilter};
use wiretree_store::{ClearOrder, Cleared, History, Log, Scope};

type Failure = Box<dyn Error + Send + Sync>;

const BATCH: u64 = 500;
const TOPICS: u64 = 10_000;
/// Messages that are there in the beginning.
const THERE: u64 = 2_000_000;
/// Messages of a flood, at the least.
const FLOOD: u64 = 1_000_000;
/// Messages a second, where they come at a pace.
const PACE: u64 = 20_000;
/// How long the undisturbed ones come at a pace.
const PACED: Duration = Duration::from_secs(5);

fn main() -> Result<(), Failure> {
    // Cargo asks benches for their tests too; there is none.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let history = History::open(&folder.path().join("history.sqlite3"))?;
    let mut stream = Stream::new(history.connection("bench", "Bench")?)?;
    stream.flood(|sent| sent >= THERE)?;

    for (name, order) in orders(&stream)? {
        let alone = stream.flood(|sent| sent >= FLOOD)?;
        tell("flood, nothing removed", &alone, &alone);
        let (during, cleared) = beside(&history, &order, |is_over| {
            stream.flood(|sent| is_over.load(Ordering::Relaxed) && sent >= FLOOD / 4)
        })?;
        tell(&format!("flood, while {name}"), &during, &alone);
        tell_cleared(&cleared);
    }

    for (name, order) in orders(&stream)? {
        let end = Instant::now() + PACED;
        let alone = stream.pace(|_| Instant::now() >= end)?;
        tell("at a pace, nothing removed", &alone, &alone);
        let (during, cleared) = beside(&history, &order, |is_over| {
            stream.pace(|sent| is_over.load(Ordering::Relaxed) && sent >= PACE)
        })?;
        tell(&format!("at a pace, while {name}"), &during, &alone);
        tell_cleared(&cleared);
    }
    history.close()?;
    Ok(())
}

/// One topic in a hundred, and the older half of what is there.
fn orders(stream: &Stream) -> Result<[(&'static str, ClearOrder); 2], Failure> {
    let few = Scope::Filter(TopicFilter::parse("site/+/line/+/temperature/7")?);
    let to = Some(Timestamp(stream.sequence as i64 * 5));
    Ok([
        ("one topic in 100 is cleared", ClearOrder { scope: few, ..ClearOrder::default() }),
        ("the older half is cleared", ClearOrder { to, ..ClearOrder::default() }),
    ])
}

/// Clears while something else goes on, which is told when the clearing is over.
fn beside<T>(
    history: &History,
    order: &ClearOrder,
    other: impl FnOnce(&AtomicBool) -> Result<T, Failure>,
) -> Result<(T, (Cleared, Duration)), Failure> {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let clearing = scope.spawn(|| {
            let began = Instant::now();
            let cleared = history.clear(order, |_| ControlFlow::Continue(()));
            is_over.store(true, Ordering::Relaxed);
            (cleared, began.elapsed())
        });
        let done = other(&is_over)?;
        let (cleared, took) = clearing.join().map_err(|_| "clearing panicked")?;
        Ok((done, (cleared?, took)))
    })
}

/// What was seen of a stream.
struct Seen {
    /// Messages a second that were committed.
    rate: f64,
    /// The longest that a batch waited for room, and for its commit after it was handed over.
    room: Duration,
    commit: Duration,
}

struct Stream {
    log: Log,
    runtime: Runtime,
    sequence: u64,
    topics: Vec<Topic>,
}

impl Stream {
    fn new(log: Log) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let name = |topic| format!("site/{}/line/{topic}/temperature/{}", topic % 10, topic % 100);
        let topics = (0..TOPICS).map(|topic| Topic::received(name(topic))).collect();
        Ok(Self { log, runtime, sequence: 0, topics })
    }

    /// As fast as it goes, until `is_enough` of what was sent.
    fn flood(&mut self, is_enough: impl Fn(u64) -> bool) -> Result<Seen, Failure> {
        self.send(None, is_enough)
    }

    /// A batch each few milliseconds.
    fn pace(&mut self, is_enough: impl Fn(u64) -> bool) -> Result<Seen, Failure> {
        self.send(Some(Duration::from_micros(BATCH * 1_000_000 / PACE)), is_enough)
    }

    fn send(
        &mut self,
        every: Option<Duration>,
        is_enough: impl Fn(u64) -> bool,
    ) -> Result<Seen, Failure> {
        let began = Instant::now();
        let (mut sent, mut room, mut commit) = (0, Duration::ZERO, Duration::ZERO);
        let mut waiting = std::collections::VecDeque::new();
        let mut progress = self.log.progress();
        while !is_enough(sent) {
            let batch = self.batch();
            let asked = Instant::now();
            let permit = self.runtime.block_on(self.log.reserve())?;
            room = room.max(asked.elapsed());
            permit.send(batch)?;
            sent += BATCH;
            waiting.push_back((self.sequence, Instant::now()));
            let committed = progress.borrow_and_update().committed_sequence;
            while let Some((_, since)) = waiting.pop_front_if(|(last, _)| *last <= committed) {
                commit = commit.max(since.elapsed());
            }
            if let Some(every) = every {
                let due = began + every * u32::try_from(sent / BATCH)?;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        }
        let last = self.sequence;
        self.runtime.block_on(progress.wait_for(|progress| progress.committed_sequence >= last))?;
        Ok(Seen { rate: sent as f64 / began.elapsed().as_secs_f64(), room, commit })
    }

    /// Their payloads share one buffer, as what is read from a socket does.
    fn batch(&mut self) -> Vec<Message> {
        let first = self.sequence;
        self.sequence += BATCH;
        let mut payloads = BytesMut::with_capacity(BATCH as usize * 100);
        (first + 1..=self.sequence)
            .map(|sequence| {
                // A step that shares no factor with the number of topics visits them in disorder.
                let topic = self.topics.get((sequence * 7_919 % TOPICS) as usize).cloned();
                // A buffer in memory takes whatever is written.
                let _ = write!(payloads, "{{\"sequence\": {sequence:>80}}}      ");
                let payload = payloads.split().freeze();
                let publish =
                    Publish { topic: topic.unwrap_or_default(), payload, ..Publish::default() };
                let received_at = Timestamp(sequence as i64 * 10);
                Message { sequence, received_at, direction: Direction::Received, publish }
            })
            .collect()
    }
}

#[expect(clippy::print_stdout, reason = "what a bench is for")]
fn tell(name: &str, seen: &Seen, alone: &Seen) {
    println!(
        "{name}: {:.0} messages/s, {:.2} of the undisturbed; longest wait for room {:.0} ms, for a \
         commit {:.0} ms",
        seen.rate,
        seen.rate / alone.rate,
        seen.room.as_secs_f64() * 1e3,
        seen.commit.as_secs_f64() * 1e3
    );
}

#[expect(clippy::print_stdout, reason = "what a bench is for")]
fn tell_cleared((cleared, took): &(Cleared, Duration)) {
    println!(
        "  removed {} messages in {:.1} s; the longest slice kept the writer {:.0} ms",
        cleared.messages,
        took.as_secs_f64(),
        cleared.longest_slice.as_secs_f64() * 1e3
    );
}
