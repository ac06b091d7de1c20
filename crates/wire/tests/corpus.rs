//! What the fuzzer starts from, and what becomes of it after a few changes.

mod checks;

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use wiretree_model::ProtocolVersion;
use wiretree_wire::decode_frame;

/// The seeds of one fuzz target, and what a fuzzer has found beside them.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut seeds: Vec<_> = files.filter_map(|file| std::fs::read(file.path()).ok()).collect();
    seeds.sort();
    seeds
}

#[test]
fn the_seeds_have_a_valid_packet_of_every_type() {
    let mut types = BTreeSet::new();
    for seed in seeds("decode") {
        checks::frame::check(&seed);
        let version_5 = decode_frame(seed.clone().into(), ProtocolVersion::V5).is_ok();
        let version_3 = decode_frame(seed.clone().into(), ProtocolVersion::V311).is_ok();
        types.extend(version_5.then(|| (5, seed[0] >> 4)));
        types.extend(version_3.then(|| (3, seed[0] >> 4)));
    }
    assert_eq!(types.len(), 15 + 14, "AUTH came with MQTT 5: {types:?}");
    let streams = seeds("stream");
    assert!(!streams.is_empty());
    streams.iter().for_each(|seed| checks::stream::check(seed));
}

/// A change as the fuzzer makes it.
#[derive(Clone, Debug)]
enum Change {
    Set(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Cut(Index),
    Repeat(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<Index>;
    // Bytes at which something begins or ends.
    let byte = prop_oneof![any::<u8>(), prop::sample::select(&[0, 1, 0x26, 0x7f, 0x80, 0xff][..])];
    prop_oneof![
        4 => (index(), byte.clone()).prop_map(|(place, byte)| Change::Set(place, byte)),
        2 => (index(), byte).prop_map(|(place, byte)| Change::Insert(place, byte)),
        2 => index().prop_map(Change::Remove),
        1 => index().prop_map(Change::Cut),
        1 => (index(), index()).prop_map(|(from, to)| Change::Repeat(from, to)),
    ]
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        if length == 0 {
            return;
        }
        match self {
            Self::Set(place, byte) => bytes[place.index(length)] = *byte,
            Self::Insert(place, byte) => bytes.insert(place.index(length), *byte),
            Self::Remove(place) => drop(bytes.remove(place.index(length))),
            Self::Cut(place) => bytes.truncate(place.index(length)),
            Self::Repeat(from, to) => {
                let (from, to) = (from.index(length), to.index(length));
                bytes.extend_from_within(from.min(to)..from.max(to));
            }
        }
    }
}

fn changed(target: &str) -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec(change(), 1..8);
    (prop::sample::select(seeds(target)), changes).prop_map(|(mut bytes, changes)| {
        changes.iter().for_each(|change| change.apply(&mut bytes));
        bytes
    })
}

/// The length of the packet, put right again: otherwise most changes end at the fixed header.
fn with_length(mut bytes: Vec<u8>) -> Vec<u8> {
    let body = bytes.len().saturating_sub(2);
    if body < 128
        && let Some(length) = bytes.get_mut(1)
    {
        *length = body as u8;
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn changed_seeds_can_be_looked_at(bytes in changed("decode")) {
        checks::frame::check(&bytes);
        checks::frame::check(&with_length(bytes));
    }

    #[test]
    fn changed_streams_give_the_same_however_they_are_cut(bytes in changed("stream")) {
        checks::stream::check(&bytes);
    }
}
