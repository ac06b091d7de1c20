//! The runner against a target that does as it is told, in a time that only the test moves on.

use std::sync::{Arc, Mutex, OnceLock};

use proptest::prelude::*;
use tokio::sync::oneshot;
use tokio::time::{advance, sleep};
use wiretree_model::{Publish, QoS, Timestamp, Topic};
use wiretree_mqtt::Reason;
use wiretree_store::Query;

use super::super::news::{ReplayNews, ReplayProgress, Totals};
use super::super::order::{Cap, Timing};
use super::super::plan::Origin;
use super::super::remap::Refusal;
use super::super::target::Delivery;
use super::super::testing::recorded;
use super::*;

/// What the broker does with messages.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    /// Acknowledges after this long.
    Answers(Duration),
    Refuses,
    Silent,
    /// There is no connection.
    Away,
}

#[derive(Clone)]
struct Fake(Arc<Mutex<Inner>>);

struct Inner {
    mood: Mood,
    began: Instant,
    /// Topic and time of each that was handed over and sent.
    sent: Vec<(String, Duration)>,
    /// On their way: dropped without an answer when the connection is.
    answers: Vec<oneshot::Sender<PublishOutcome>>,
    returns: watch::Sender<bool>,
}

impl Fake {
    fn new(mood: Mood) -> Self {
        let inner = Inner {
            mood,
            began: Instant::now(),
            sent: Vec::new(),
            answers: Vec::new(),
            returns: watch::channel(mood != Mood::Away).0,
        };
        Self(Arc::new(Mutex::new(inner)))
    }

    fn become_(&self, mood: Mood) {
        let mut inner = self.0.lock().unwrap();
        inner.mood = mood;
        if mood == Mood::Away {
            inner.answers.clear();
        }
        inner.returns.send_replace(mood != Mood::Away);
    }

    fn sent(&self) -> Vec<(String, Duration)> {
        self.0.lock().unwrap().sent.clone()
    }

    fn topics(&self) -> Vec<String> {
        self.sent().into_iter().map(|(topic, _)| topic).collect()
    }

    fn times(&self) -> Vec<u128> {
        self.sent().iter().map(|(_, at)| at.as_millis()).collect()
    }
}

fn acknowledged() -> PublishOutcome {
    let reason = Reason { code: 0, name: "Success", text: None };
    PublishOutcome::Acknowledged { after: Duration::ZERO, at: Timestamp(0), reason }
}

impl Target for Fake {
    async fn publish(&self, publish: Publish) -> Delivery {
        let mut inner = self.0.lock().unwrap();
        if inner.mood == Mood::Away {
            let cause = MqttError::NotConnected;
            return Box::pin(async { PublishOutcome::Failed { cause } });
        }
        let at = inner.began.elapsed();
        inner.sent.push((publish.topic.to_text().into_owned(), at));
        match inner.mood {
            Mood::Answers(after) => {
                let then = Instant::now() + after;
                Box::pin(async move {
                    sleep_until(then).await;
                    acknowledged()
                })
            }
            Mood::Refuses => {
                let reason = Reason { code: 0x87, name: "Not authorized", text: None };
                let cause = MqttError::Rejected(reason);
                Box::pin(async { PublishOutcome::Failed { cause } })
            }
            Mood::Silent | Mood::Away => {
                let (answer, outcome) = oneshot::channel();
                inner.answers.push(answer);
                let lost = || PublishOutcome::Unknown { cause: MqttError::SessionLost };
                Box::pin(async move { outcome.await.unwrap_or_else(|_| lost()) })
            }
        }
    }

    fn available(&self) -> Available {
        let mut returns = self.0.lock().unwrap().returns.subscribe();
        Box::pin(async move {
            returns.wait_for(|is_back| *is_back).await.expect("the fake is there");
            Ok(())
        })
    }
}

struct Running {
    fake: Fake,
    wishes: Arc<watch::Sender<Wish>>,
    feed: Option<mpsc::Sender<Fed>>,
    news: ReplayNews,
}

impl Running {
    fn start(mood: Mood, change: impl FnOnce(&mut ReplayOrder)) -> Self {
        let mut order = ReplayOrder::new(Query::default());
        change(&mut order);
        let fake = Fake::new(mood);
        let (feed, queue) = mpsc::channel(1_000);
        let (wishes, wish) = watch::channel(Wish::Run);
        let wishes = Arc::new(wishes);
        let totals = Arc::new(OnceLock::new());
        let _ = totals.set(Totals { messages: 100, duration: Duration::from_secs(100) });
        let (board, news) = Board::new(Arc::clone(&wishes), totals);
        let parts =
            Parts { target: fake.clone(), order, feed: queue, wishes: wish, board, log: None };
        tokio::spawn(run(parts));
        Self { fake, wishes, feed: Some(feed), news }
    }

    fn give(&self, fed: Fed) {
        let sent = self.feed.as_ref().expect("it is open").try_send(fed);
        assert!(sent.is_ok());
    }

    /// A message recorded so many milliseconds after 1970.
    fn message(&self, topic: &str, at: i64) {
        let mut message = recorded(1, topic, "payload");
        message.received_at = Timestamp(at * 1_000);
        message.publish.qos = QoS::AtLeastOnce;
        let topic = message.publish.topic.clone();
        let origin = Origin { message: at, received_at: message.received_at, topic };
        self.give(Fed::Message(Planned::Publish(origin, message.publish)));
    }

    fn messages(&self, moments: &[i64]) {
        moments.iter().for_each(|at| self.message(&at.to_string(), *at));
    }

    fn end_of_feed(&mut self) {
        self.feed = None;
    }

    async fn until(&mut self, pick: impl Fn(&ReplayProgress) -> bool) -> ReplayProgress {
        loop {
            let progress = self.news.next().await.expect("it goes on");
            if pick(&progress) {
                return progress;
            }
            assert!(progress.end.is_none(), "it ended too early: {progress:?}");
        }
    }

    async fn end(&mut self) -> ReplayProgress {
        self.until(|progress| progress.end.is_some()).await
    }
}

const AT_ONCE: Mood = Mood::Answers(Duration::ZERO);

#[tokio::test(start_paused = true)]
async fn the_pauses_of_the_recording_are_kept_and_scaled() {
    for (speed, expected) in
        [(1.0, [0, 500, 2_500]), (2.0, [0, 250, 1_250]), (0.5, [0, 1_000, 5_000])]
    {
        let mut running =
            Running::start(AT_ONCE, |order| order.timing = Timing::Original { speed });
        running.messages(&[10_000, 10_500, 12_500]);
        running.end_of_feed();
        let end = running.end().await;
        assert!(matches!(end.end, Some(ReplayEnd::Finished)), "{end:?}");
        assert_eq!(end.counts.acknowledged, 3);
        for (at, due) in running.fake.times().into_iter().zip(expected) {
            assert!((due..=due + 2).contains(&at), "{at} for {due} at {speed}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_fixed_rate_and_a_cap_space_messages_evenly() {
    for (timing, per_second, step) in [
        (Timing::FixedRate(10.0), None, 100),
        (Timing::FixedRate(1_000.0), Some(4.0), 250),
        (Timing::Original { speed: 1.0 }, Some(2.0), 500),
    ] {
        let mut running = Running::start(AT_ONCE, |order| {
            order.timing = timing;
            order.cap = Cap { per_second, in_flight: 100 };
        });
        running.messages(&[0, 0, 0, 0]);
        running.end_of_feed();
        running.end().await;
        let times = running.fake.times();
        for (at, pair) in times.windows(2).enumerate() {
            let wait = pair[1] - pair[0];
            assert!(wait.abs_diff(step) <= 12, "{wait} ms before message {at} of {times:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_than_the_window_are_on_their_way() {
    let mut running = Running::start(Mood::Answers(Duration::from_secs(1)), |order| {
        order.cap.in_flight = 2;
    });
    running.messages(&[0; 6]);
    running.end_of_feed();
    let full = running.until(|progress| progress.counts.in_flight == 2).await;
    assert_eq!(full.counts.acknowledged, 0);
    running.end().await;
    let seconds: Vec<_> = running.fake.times().iter().map(|at| at / 1_000).collect();
    assert_eq!(seconds, [0, 0, 1, 1, 2, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_shifts_what_comes_after_it() {
    let mut running = Running::start(AT_ONCE, |_| {});
    running.messages(&[0, 1_000, 2_000, 3_000]);
    running.end_of_feed();
    running.until(|progress| progress.counts.acknowledged == 2).await;
    running.wishes.send_replace(Wish::Pause);
    running.until(|progress| progress.stage == ReplayStage::Paused).await;
    advance(Duration::from_secs(3_600)).await;
    assert_eq!(running.fake.sent().len(), 2, "nothing goes while it is paused");
    running.wishes.send_replace(Wish::Run);
    let end = running.end().await;
    assert_eq!(end.counts.acknowledged, 4);
    assert!(end.took < Duration::from_secs(4), "the pause does not count: {:?}", end.took);
    let times = running.fake.times();
    assert!(times[2] >= 3_600_000, "{times:?}");
    assert!((995..=1_005).contains(&(times[3] - times[2])), "no rush afterwards: {times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stop_sends_nothing_more_and_counts_what_has_no_answer() {
    let mut running = Running::start(Mood::Silent, |_| {});
    running.messages(&[0, 0, 60_000]);
    running.until(|progress| progress.counts.in_flight == 2).await;
    let asked = Instant::now();
    running.wishes.send_replace(Wish::Stop);
    let end = running.end().await;
    assert!(matches!(end.end, Some(ReplayEnd::Stopped)));
    assert!(asked.elapsed() <= PATIENCE + WORD, "{:?}", asked.elapsed());
    assert_eq!((end.counts.unknown, end.counts.in_flight, end.counts.published()), (2, 0, 2));
    assert_eq!(end.failures.len(), 2);
    assert!(running.feed.as_ref().unwrap().is_closed(), "nothing more is read");
    assert!(running.news.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_goes_first_once_the_connection_is_back() {
    let mut running = Running::start(AT_ONCE, |_| {});
    running.messages(&[0, 1_000, 2_000, 3_000]);
    running.end_of_feed();
    running.until(|progress| progress.counts.acknowledged == 2).await;
    running.fake.become_(Mood::Away);
    let waiting = running.until(|progress| progress.stage == ReplayStage::Waiting).await;
    assert_eq!(waiting.counts.failed, 0);
    advance(Duration::from_secs(600)).await;
    running.fake.become_(AT_ONCE);
    let end = running.end().await;
    assert_eq!(running.fake.topics(), ["0", "1000", "2000", "3000"]);
    assert_eq!((end.counts.acknowledged, end.counts.published()), (4, 4));
    let times = running.fake.times();
    assert!(times[3] - times[2] >= 995, "the schedule stood still: {times:?}");
}

#[tokio::test(start_paused = true)]
async fn what_may_have_arrived_is_counted_and_never_sent_twice() {
    let mut running = Running::start(Mood::Silent, |_| {});
    running.messages(&[0, 0, 5_000]);
    running.end_of_feed();
    running.until(|progress| progress.counts.in_flight == 2).await;
    running.fake.become_(Mood::Away);
    running.until(|progress| progress.stage == ReplayStage::Waiting).await;
    running.fake.become_(AT_ONCE);
    let end = running.end().await;
    assert_eq!((end.counts.unknown, end.counts.acknowledged), (2, 1));
    assert_eq!(running.fake.topics(), ["0", "0", "5000"]);
}

#[tokio::test(start_paused = true)]
async fn refusals_of_either_side_are_told_by_name_and_it_goes_on() {
    let mut running = Running::start(Mood::Refuses, |_| {});
    running.message("a", 0);
    let topic = Topic::received("$SYS/x");
    let origin = Origin { message: 9, received_at: Timestamp(0), topic };
    running.give(Fed::Message(Planned::Refused(origin, Refusal::System)));
    running.give(Fed::Message(Planned::Skipped));
    running.give(Fed::Unreadable(5));
    running.message("b", 0);
    running.end_of_feed();
    let end = running.end().await;
    let counts = end.counts;
    assert_eq!((counts.failed, counts.refused, counts.skipped), (2, 1, 1));
    assert_eq!((counts.read(), counts.published(), counts.unreadable), (4, 2, 5));
    let causes: Vec<_> = end.failures.iter().map(|failure| failure.cause.to_string()).collect();
    assert!(causes.iter().any(|cause| cause.contains("Not authorized")), "{causes:?}");
    assert!(causes.iter().any(|cause| cause.contains("$SYS")), "{causes:?}");
    assert!(matches!(end.first_cause, Some(MqttError::Rejected(_))));
}

#[tokio::test(start_paused = true)]
async fn a_history_that_breaks_ends_it_with_a_reason() {
    let mut running = Running::start(AT_ONCE, |_| {});
    running.message("a", 0);
    running.until(|progress| progress.counts.acknowledged == 1).await;
    running.give(Fed::Failed(SessionError::Interrupted));
    let end = running.end().await;
    assert!(matches!(end.end, Some(ReplayEnd::Failed(SessionError::Interrupted))));
    assert_eq!(end.counts.acknowledged, 1);
}

#[tokio::test(start_paused = true)]
async fn a_late_broker_shows_as_lag_and_passes_are_counted() {
    let mut running = Running::start(Mood::Answers(Duration::from_secs(3)), |order| {
        order.cap.in_flight = 1;
    });
    running.messages(&[0, 1_000]);
    running.give(Fed::Again);
    running.messages(&[0]);
    running.end_of_feed();
    let end = running.end().await;
    assert_eq!(end.pass, 2);
    let lag = end.lag.as_secs_f64();
    assert!((4.9..5.1).contains(&lag), "the third was due after 1 s and went after 6 s: {lag}");
    assert_eq!(end.total, Some(100));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever the broker does in between, and whenever it is paused.
    #[test]
    fn each_message_ends_exactly_once_and_none_overtakes(
        gaps in proptest::collection::vec(0_i64..2_000, 1..30),
        turns in proptest::collection::vec((0_u8..5, 1_u64..3_000), 0..12),
        window in 1_usize..5,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let (end, topics) = runtime.block_on(async {
            let mut running = Running::start(AT_ONCE, |order| order.cap.in_flight = window);
            let mut at = 0;
            for (number, gap) in gaps.iter().enumerate() {
                at += gap;
                running.message(&number.to_string(), at);
            }
            running.end_of_feed();
            for (turn, wait) in turns {
                sleep(Duration::from_millis(wait)).await;
                match turn {
                    0 => running.fake.become_(Mood::Away),
                    1 => running.fake.become_(Mood::Silent),
                    2 => running.fake.become_(Mood::Answers(Duration::from_millis(700))),
                    3 => { running.wishes.send_replace(Wish::Pause); }
                    _ => { running.wishes.send_replace(Wish::Run); }
                }
            }
            // What is silent is never answered, so it is lost first.
            running.fake.become_(Mood::Away);
            sleep(Duration::from_secs(1)).await;
            running.fake.become_(AT_ONCE);
            running.wishes.send_replace(Wish::Run);
            (running.end().await, running.fake.topics())
        });
        let expected: Vec<_> = (0..gaps.len()).map(|number| number.to_string()).collect();
        prop_assert_eq!(topics, expected);
        prop_assert_eq!(end.counts.published(), gaps.len() as u64);
        prop_assert_eq!(end.counts.in_flight + end.counts.failed, 0);
    }
}
