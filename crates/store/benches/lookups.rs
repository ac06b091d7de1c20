//! How fast a history answers, asked in the way the window asks: through a [`Reader`].
//! `cargo bench -p wiretree-store --bench lookups -- FILE QUESTION ARGUMENT...`, where it is one of
//!
//!     substring TEXT      through everything, five times
//!     last TIMES ROWS     the newest of a topic, each time of another one
//!     jump TIMES ROWS     what came before a moment, each time another one
//!
//! Prints one object of JSON: p50_ms, p95_ms, and how many messages were found (substring: each time).
//! Changes nothing in the file. Without a file it does nothing, so that `cargo bench` can run all.

use std::error::Error;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use wiretree_model::Timestamp;
use wiretree_store::{Found, History, Query, Reader, Scope};

type Failure = Box<dyn Error>;

const SCANS: usize = 5;
const USAGE: &str = "substring TEXT, last TIMES ROWS or jump TIMES ROWS";

fn main() -> Result<(), Failure> {
    // Cargo adds `--bench`.
    let given: Vec<String> =
        std::env::args().skip(1).filter(|given| !given.starts_with("--")).collect();
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    let Some((file, question)) = given.split_first() else { return Ok(()) };
    let reader = History::open_read_only(Path::new(file))?;
    let answer = match question {
        ["substring", text] => substring(&reader, text)?,
        ["last", times, rows] => last(&reader, times.parse()?, rows.parse()?)?,
        ["jump", times, rows] => jump(&reader, times.parse()?, rows.parse()?)?,
        _ => return Err(USAGE.into()),
    };
    answer.print()
}

/// How long each question took, and what was found.
#[derive(Default)]
struct Answer {
    took: Vec<Duration>,
    found: usize,
}

impl Answer {
    fn ask(&mut self, reader: &Reader, query: &Query, rows: usize) -> Result<(), Failure> {
        let began = Instant::now();
        let (mut cursor, mut found) = (None, 0);
        loop {
            let page = reader.page(query, cursor, rows - found, Duration::MAX)?;
            found += page.items.len();
            cursor = page.next;
            if cursor.is_none() || found >= rows {
                break;
            }
        }
        self.took.push(began.elapsed());
        self.found += found;
        Ok(())
    }

    fn print(mut self) -> Result<(), Failure> {
        self.took.sort();
        let at = |share: usize| {
            let took = self.took.get((self.took.len() * share / 100).min(self.took.len() - 1));
            took.map_or(0.0, Duration::as_secs_f64) * 1e3
        };
        let (p50, p95, found) = (at(50), at(95), self.found);
        let mut out = std::io::stdout();
        writeln!(out, r#"{{"p50_ms":{p50:.3},"p95_ms":{p95:.3},"found":{found}}}"#)?;
        Ok(())
    }
}

fn substring(reader: &Reader, text: &str) -> Result<Answer, Failure> {
    let query = Query { contains: Some(text.as_bytes().to_vec()), ..Query::default() };
    let mut answer = Answer::default();
    // The first brings the file into memory, as for whoever it is compared with.
    answer.ask(reader, &query, usize::MAX)?;
    answer = Answer::default();
    for _ in 0..SCANS {
        answer.ask(reader, &query, usize::MAX)?;
    }
    answer.found /= SCANS;
    Ok(answer)
}

fn last(reader: &Reader, times: usize, rows: usize) -> Result<Answer, Failure> {
    let connections = reader.connections()?;
    let connection = connections.first().ok_or("the history is empty")?.id;
    let topics = reader.topics(connection, usize::MAX)?;
    let (mut answer, mut random) = (Answer::default(), Random(1));
    for _ in 0..times {
        let topic = topics.get(random.below(topics.len())).ok_or("the history has no topics")?;
        let scope = Scope::Topic(topic.clone());
        let query = Query { connection: Some(connection), scope, ..Query::default() };
        answer.ask(reader, &query, rows)?;
    }
    Ok(answer)
}

fn jump(reader: &Reader, times: usize, rows: usize) -> Result<Answer, Failure> {
    let everything = Query::default();
    let newest = reader.page(&everything, None, 1, Duration::MAX)?;
    let newest = newest.items.first().ok_or("the history is empty")?.message.received_at.0;
    let mut oldest = newest;
    reader.each(&everything, |found| match found {
        Found::Message(stored) => {
            oldest = stored.message.received_at.0;
            ControlFlow::Break(())
        }
        Found::Damaged(_) | Found::Progress(_) => ControlFlow::Continue(()),
    })?;
    let (mut answer, mut random) = (Answer::default(), Random(2));
    let span = usize::try_from(newest - oldest)?.max(1);
    for _ in 0..times {
        let moment = oldest + i64::try_from(random.below(span))?;
        let query = Query { to: Some(Timestamp(moment)), ..Query::default() };
        answer.ask(reader, &query, rows)?;
    }
    Ok(answer)
}

/// A linear congruential generator: the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}
