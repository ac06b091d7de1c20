//! Recording: order, numbering, the bounded queue, and closing.

use proptest::prelude::*;
use wiretree_model::{Message, MqttString, Property, PublishLimit};

use super::common::{
    PATIENCE, Place, any_message, block_on, everything, message, messages, save, send, small,
    until, wait,
};
use crate::{Query, StoreError};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn messages_come_back_bit_for_bit(given in proptest::collection::vec(any_message(), 1..30)) {
        let given: Vec<Message> = (1..)
            .zip(given)
            .map(|(sequence, message)| Message { sequence, ..message })
            .collect();
        let place = Place::new();
        let history = place.open_with(|limits| limits.sizes = small(7));
        save(&history.connection("one", "One").unwrap(), given.clone());
        prop_assert_eq!(&everything(&history.reader()), &given);
        history.close().unwrap();
        prop_assert_eq!(&everything(&place.open().reader()), &given, "and after a restart");
    }
}

#[test]
fn numbering_goes_on_after_a_restart() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    assert_eq!(log.last_sequence(), 0);
    save(&log, messages(1, 10));
    assert_eq!(history.connection("two", "Two").unwrap().last_sequence(), 0, "each its own");
    history.close().unwrap();

    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    assert_eq!(log.last_sequence(), 10);
    assert_eq!(log.progress().borrow().committed_sequence, 10);
    assert_eq!(log.progress().borrow().stored, 0, "counts from opening");
    save(&log, messages(11, 5));
    let sequences: Vec<_> = everything(&history.reader()).iter().map(|m| m.sequence).collect();
    assert_eq!(sequences, (1..=15).collect::<Vec<_>>());
}

#[test]
fn a_connection_that_is_opened_twice_is_one() {
    let place = Place::new();
    let history = place.open();
    let first = history.connection("key", "Old name").unwrap();
    save(&first, messages(1, 4));
    let second = history.connection("key", "New name").unwrap();
    assert_eq!((second.id(), second.last_sequence()), (first.id(), 4));
    save(&second, messages(5, 1));
    assert_eq!(first.progress().borrow().stored, 5);
    let known = history.reader().connection("key").unwrap().unwrap();
    assert_eq!((known.name.as_str(), known.last_sequence), ("New name", 5));
    assert_eq!(history.reader().connections().unwrap(), [known]);
}

#[test]
fn what_waits_in_the_queue_counts_as_numbered() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    let (held, hold) = std::sync::mpsc::channel::<()>();
    history.disturb(move |_| _ = hold.recv());
    send(&log, messages(1, 4));
    assert_eq!(log.last_sequence(), 4);
    drop(held);
    until(&log, |progress| progress.stored == 4);
}

#[test]
fn senders_wait_while_the_queue_is_full() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.queue_bytes = 2_000);
    let log = history.connection("one", "One").unwrap();
    let (held, hold) = std::sync::mpsc::channel::<()>();
    history.disturb(move |_| _ = hold.recv());
    let mut sent = 0;
    while let Some(permit) = log.try_reserve().unwrap() {
        sent += 1;
        assert!(sent < 100, "the queue is bounded");
        permit.send(vec![message(sent, "a", vec![0; 500])]).unwrap();
    }
    assert!(sent >= 3, "{sent} batches of about 630 bytes fit into 2,000");
    block_on(async {
        let mut waiting = Box::pin(log.append(vec![message(sent + 1, "a", "")]));
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("there was no room"),
            () = std::future::ready(()) => {}
        }
        drop(held);
        tokio::time::timeout(PATIENCE, waiting).await.expect("room comes").unwrap();
        wait(log.progress(), |progress| progress.stored == sent + 1).await;
    });
    assert_eq!(everything(&history.reader()).len() as u64, sent + 1);
}

#[test]
fn room_comes_back_in_full_after_batches_of_any_weight() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.queue_bytes = 1_000);
    let log = history.connection("one", "One").unwrap();
    for sequence in 1..=20 {
        let size = if sequence % 2 == 0 { 50_000 } else { 1 };
        block_on(log.append(vec![message(sequence, "a", vec![1; size])])).unwrap();
    }
    until(&log, |progress| progress.stored == 20);
    let room = || history.room() == 1_000;
    let deadline = std::time::Instant::now() + PATIENCE;
    while !room() && std::time::Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert!(room(), "{} of 1,000", history.room());
}

#[test]
fn a_permit_that_is_not_used_gives_its_room_back() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.queue_bytes = 1);
    let log = history.connection("one", "One").unwrap();
    let permit = log.try_reserve().unwrap().unwrap();
    assert!(log.try_reserve().unwrap().is_none());
    drop(permit);
    let permit = log.try_reserve().unwrap().unwrap();
    permit.send(Vec::new()).unwrap();
    assert!(log.try_reserve().unwrap().is_some(), "an empty batch takes no room");
}

#[test]
fn what_no_packet_can_carry_is_refused_and_stops_nobody() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.queue_bytes = 1);
    let import = history.connection("import:1", "Import").unwrap();
    let live = history.connection("live", "Live").unwrap();
    let (long, longer) = (MqttString::from("x".repeat(65_000)), "x".repeat(70_000).into());
    for (list, limit) in [
        // More than the largest block, which would be tried again for ever.
        (vec![Property::UserProperty(long.clone(), long); 2_200], PublishLimit::Content),
        // Not to be decoded again.
        (vec![Property::SubscriptionIdentifier(u32::MAX)], PublishLimit::SubscriptionIdentifier),
        // Cut.
        (vec![Property::ContentType(longer)], PublishLimit::Property),
    ] {
        let mut batch = messages(1, 3);
        batch[1].publish.properties.0 = list;
        assert_eq!(block_on(import.append(batch)), Err(StoreError::Impossible(limit)));
        assert!(import.try_reserve().unwrap().is_some(), "the room is given back");
    }
    for log in [&live, &import] {
        block_on(log.append(messages(1, 3))).unwrap();
        until(log, |progress| progress.stored == 3);
    }
    assert_eq!(everything(&history.reader()).len(), 6);
}

#[test]
fn closing_saves_what_waits_and_refuses_what_comes_later() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    for batch in 0..50 {
        send(&log, messages(batch * 10 + 1, 10));
    }
    history.close().unwrap();
    assert_eq!(log.progress().borrow().stored, 500);
    assert_eq!(block_on(log.append(messages(501, 1))), Err(StoreError::Closed));
    assert_eq!(log.try_reserve().unwrap_err(), StoreError::Closed);
    assert_eq!(history.connection("two", "Two").unwrap_err(), StoreError::Closed);
    assert_eq!(everything(&history.reader()).len(), 500, "reading goes on");
    history.close().unwrap();
}

#[test]
fn dropping_the_history_saves_what_waits() {
    let place = Place::new();
    let history = place.open();
    send(&history.connection("one", "One").unwrap(), messages(1, 1_000));
    drop(history);
    assert_eq!(everything(&place.open().reader()), messages(1, 1_000));
}

#[test]
fn reading_while_writing_sees_whole_batches_in_order() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes = small(100));
    let log = history.connection("one", "One").unwrap();
    let reader = history.reader();
    let (looked, looks) = std::sync::mpsc::channel();
    let looking = std::thread::spawn({
        let progress = log.progress();
        move || {
            while progress.borrow().stored < 5_000 {
                let page = reader.page(&Query::default(), None, 250, PATIENCE).unwrap();
                let ids: Vec<_> = page.items.iter().map(|item| item.message.sequence).collect();
                let newest = ids.first().copied().unwrap_or(0);
                assert_eq!(newest % 10, 0, "a batch of ten is there as a whole or not at all");
                let expected: Vec<_> = (newest.saturating_sub(249).max(1)..=newest).rev().collect();
                assert_eq!(ids, expected, "no holes, no doubles");
                // Nobody listens after the first.
                let _ = looked.send(());
            }
        }
    });
    for batch in 0..500 {
        block_on(log.append(messages(batch * 10 + 1, 10))).unwrap();
        if batch == 250 {
            looks.recv().expect("a look in the midst of it");
        }
    }
    until(&log, |progress| progress.stored == 5_000);
    looking.join().unwrap();
}
