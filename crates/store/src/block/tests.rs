//! Blocks: what is packed comes back, and nothing else passes for it.

use proptest::prelude::*;

use super::{Body, Damage, Head, Opener, Packed, Packer, Row, Sealer, flag, put, put_signed};

#[derive(Clone, Debug)]
struct Given {
    step: i64,
    topic: i64,
    connection: i64,
    received_at: i64,
    sequence: u64,
    flags: u8,
    packet_id: Option<u16>,
    content: Option<(Vec<u8>, Vec<u8>)>,
    size: u64,
}

prop_compose! {
    fn given()(
        step in prop_oneof![6 => Just(1_i64), 1 => 1_i64..1_000_000],
        topic in 1_i64..20_000,
        connection in prop_oneof![5 => Just(1_i64), 1 => 2_i64..4],
        received_at in any::<i64>(),
        sequence in prop_oneof![5 => 1_u64..100, 1 => any::<u64>()],
        qos in 0_u8..3,
        bits in 0_u8..8,
        packet_id in any::<Option<u16>>(),
        content in proptest::option::weighted(0.9, (bytes(6), bytes(40))),
        size in any::<u64>(),
    ) -> Given {
        let size = content.as_ref().map_or(size, |(_, payload)| payload.len() as u64);
        Given {
            step, topic, connection, received_at, sequence, packet_id, content, size,
            flags: qos | bits << 2,
        }
    }
}

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..most)
}

fn pack(list: &[Given]) -> Packed {
    let mut packer = Packer::default();
    // What was in it before leaves no trace.
    fill(&mut packer, list);
    packer.clear();
    fill(&mut packer, list);
    packer.pack(&mut Sealer::new().unwrap()).unwrap()
}

fn fill(packer: &mut Packer, list: &[Given]) {
    let mut id = 0;
    for one in list {
        id += one.step;
        packer.push(&Row {
            id,
            topic: one.topic,
            connection: one.connection,
            received_at: one.received_at,
            sequence: one.sequence,
            flags: one.flags,
            packet_id: one.packet_id,
            size: one.size,
            content: one.content.as_ref().map(|(properties, payload)| (&**properties, &**payload)),
        });
    }
}

fn beside(packed: &Packed) -> [i64; 5] {
    [packed.first, packed.last, packed.min_at, packed.max_at, i64::from(packed.count)]
}

fn open(packed: &Packed) -> Result<(Vec<u8>, Vec<u8>), Damage> {
    let mut opener = Opener::new().unwrap();
    let (mut head, mut body) = (Vec::new(), Vec::new());
    opener.open(&beside(packed), &packed.head, &mut head)?;
    opener.open(&beside(packed), &packed.body, &mut body)?;
    Ok((head, body))
}

proptest! {
    #[test]
    fn what_is_packed_comes_back(list in proptest::collection::vec(given(), 1..60)) {
        let packed = pack(&list);
        let (head, body) = open(&packed).unwrap();
        let (head, body) = (Head::read(&head).unwrap(), Body::read(&body).unwrap());
        prop_assert_eq!(head.metas.len(), list.len());
        prop_assert_eq!(body.has_alone, list.iter().any(|one| one.content.is_none()));
        let mut id = 0;
        for (one, meta) in list.iter().zip(&head.metas) {
            id += one.step;
            prop_assert_eq!(meta.id, id);
            prop_assert_eq!(
                (meta.topic, meta.connection, meta.received_at, meta.sequence),
                (one.topic, one.connection, one.received_at, one.sequence)
            );
            prop_assert_eq!(meta.packet_id, one.packet_id);
            prop_assert_eq!(meta.flags & 0x1f, one.flags);
            prop_assert_eq!(meta.size, one.size);
            prop_assert_eq!(meta.is_alone(), one.content.is_none());
            if let Some((properties, payload)) = &one.content {
                prop_assert_eq!(body.properties(meta).unwrap(), properties);
                prop_assert_eq!(body.payload(meta).unwrap(), payload);
                prop_assert_eq!(meta.flags & flag::PROPERTIES != 0, !properties.is_empty());
            }
        }
        let times = || list.iter().map(|one| one.received_at);
        prop_assert_eq!((times().min(), times().max()), (Some(packed.min_at), Some(packed.max_at)));
    }

    #[test]
    fn a_flipped_bit_is_found(
        list in proptest::collection::vec(given(), 1..20), at in any::<prop::sample::Index>(), bit in 0_u32..8,
    ) {
        let packed = pack(&list);
        let mut flipped = packed.clone();
        let at = at.index(packed.head.len() + packed.body.len());
        match at.checked_sub(packed.head.len()) {
            None => flipped.head[at] ^= 1 << bit,
            Some(at) => flipped.body[at] ^= 1 << bit,
        }
        prop_assert!(open(&flipped).is_err());
        for number in 0..5 {
            let mut moved = packed.clone();
            match number {
                0 => moved.first ^= 1 << bit,
                1 => moved.last ^= 1 << bit,
                2 => moved.min_at ^= 1 << bit,
                3 => moved.max_at ^= 1 << bit,
                _ => moved.count ^= 1 << bit,
            }
            prop_assert_eq!(open(&moved).unwrap_err(), Damage::Checksum);
        }
    }

    #[test]
    fn any_bytes_are_a_block_or_an_error(raw in bytes(60)) {
        if let (Ok(head), Ok(body)) = (Head::read(&raw), Body::read(&raw)) {
            for meta in &head.metas {
                let _ = (body.payload(meta), body.properties(meta));
            }
        }
        let mut out = Vec::new();
        prop_assert!(Opener::new().unwrap().open(&[], &raw, &mut out).is_err());
    }
}

#[test]
fn what_no_block_has_is_not_made_room_for() {
    let numbers = |count, lanes| {
        let mut raw = Vec::new();
        put(&mut raw, count);
        put_signed(&mut raw, 1);
        put(&mut raw, lanes);
        raw.resize(2 * 1024 * 1024, 0);
        raw
    };
    for (count, lanes) in [(1 << 20, 1), (1, 1 << 20)] {
        let raw = numbers(count, lanes);
        assert_eq!(Head::read(&raw).unwrap_err(), Damage::Number, "{count}, {lanes}");
        let sealed = Sealer::new().unwrap().seal(&[1], &raw).unwrap();
        let mut out = Vec::new();
        let opened = Opener::new().unwrap().open_head(&[1], &sealed, &mut out);
        assert_eq!((opened, out.capacity()), (Err(Damage::Number), 0));
    }
}
