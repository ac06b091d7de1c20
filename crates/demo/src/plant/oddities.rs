//! Topics with awkward names and payloads that are no plain text: what an explorer must bear.

use bytes::{BufMut, Bytes};
use wiretree_model::{Properties, Property, Publish, QoS, Topic};

use super::image;
use super::signal::{Moment, Signal};

/// What is published in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Oddity {
    /// One of [`NAMES`], or the one with the long level.
    Name(usize),
    Image,
    Floats,
    Cbor,
    Digits,
    Markup,
    NotText,
    Nothing,
    Batch,
}

const NAMES: [&str; 14] = [
    "/lab/leading slash",
    "lab/trailing/",
    "lab//empty level",
    "lab/ spaces  inside / and around ",
    "lab/Case",
    "lab/case",
    "lab/größe/温度",
    "lab/مختبر/درجة الحرارة",
    "lab/🏭/🌡️",
    "lab/e\u{301} and \u{e9}",
    "lab/\u{202e}gpj.reversed",
    "lab/__proto__/constructor",
    "lab/deep/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20",
    "lab/\"quotes\"/<b>markup</b>/\\back\\slash",
];

/// In bytes; an MQTT topic has room for 65,535.
const LONG_LEVEL: usize = 4000;

/// All of them; each has one turn in a round.
pub(super) fn all() -> Vec<Oddity> {
    let others = [
        Oddity::Image,
        Oddity::Floats,
        Oddity::Cbor,
        Oddity::Digits,
        Oddity::Markup,
        Oddity::NotText,
        Oddity::Nothing,
        Oddity::Batch,
    ];
    (0..=NAMES.len()).map(Oddity::Name).chain(others).collect()
}

/// The message for an oddity at this moment.
pub(super) fn next(oddity: Oddity, signal: &mut Signal, moment: Moment) -> Publish {
    match oddity {
        Oddity::Name(index) => named(index, signal, moment),
        Oddity::Image => camera(moment),
        Oddity::Floats => floats(signal, moment),
        Oddity::Cbor => message("lab/binary/cbor", cbor(signal, moment)),
        // More digits than a double has: shown exactly, or wrong.
        Oddity::Digits => fixed(
            "lab/digits",
            br#"{"integer":9007199254740993,"decimal":0.1000000000000000055511151231257827,"exponent":1E400,"key":1,"key":2}"#,
        ),
        Oddity::Markup => {
            fixed("lab/markup", b"<img src=x onerror=alert(1)><script>alert(2)</script>")
        }
        Oddity::NotText => fixed("lab/binary/not text", b"caf\xe9 \xff\xfe \x00 end"),
        Oddity::Nothing => fixed("lab/empty payload", b""),
        Oddity::Batch => batch(signal, moment),
    }
}

fn message(topic: impl Into<String>, payload: impl Into<Bytes>) -> Publish {
    Publish { topic: Topic::received(topic.into()), payload: payload.into(), ..Publish::default() }
}

fn fixed(topic: &str, payload: &'static [u8]) -> Publish {
    message(topic, Bytes::from_static(payload))
}

fn named(index: usize, signal: &mut Signal, moment: Moment) -> Publish {
    let value = format!("{:.2}", signal.value(moment, 20.0, 5.0, 90.0));
    match NAMES.get(index) {
        Some(name) => message(*name, value),
        None => message(format!("lab/{}", "long-level-".repeat(LONG_LEVEL / 11)), value),
    }
}

/// A bright spot that moves over a grey ground.
fn camera(moment: Moment) -> Publish {
    let size = 48;
    let spot = |speed: f64| 24.0 + 16.0 * (moment.seconds * speed).sin();
    let (column, row) = (spot(0.7), spot(1.1));
    let payload = image::png(size, |x, y| {
        let distance = (f64::from(x) - column).hypot(f64::from(y) - row);
        (230.0 - distance * 6.0).max(40.0) as u8
    });
    Publish {
        properties: Properties(vec![Property::ContentType("image/png".into())]),
        ..message("acme/munich/quality/cell-1/camera-01/image", payload)
    }
}

/// 256 little-endian 32-bit floats: one window of a vibration sensor.
fn floats(signal: &mut Signal, moment: Moment) -> Publish {
    let mut payload = Vec::new();
    for step in 0..256 {
        let seconds = moment.seconds + f64::from(step) / 1000.0;
        payload.put_f32_le(signal.value(Moment { seconds, ..moment }, 0.0, 0.5, 0.05) as f32);
    }
    message("acme/munich/packaging/line-1/cnc-01/vibration/raw", payload)
}

/// `{"t": milliseconds, "v": float, "ok": true}` (RFC 8949 §3).
fn cbor(signal: &mut Signal, moment: Moment) -> Vec<u8> {
    let mut payload = b"\xa3\x61t\x1b".to_vec();
    payload.put_u64(u64::try_from(moment.unix_ms).unwrap_or(u64::MAX));
    payload.extend(b"\x61v\xfb");
    payload.put_f64(signal.value(moment, 7.2, 0.3, 75.0));
    payload.extend(b"\x62ok\xf5");
    payload
}

/// A payload of some 9 kB, at QoS 2, with properties of every kind a message can have.
fn batch(signal: &mut Signal, moment: Moment) -> Publish {
    let rows: Vec<_> = (0..250)
        .map(|row| {
            let value = signal.value(moment, 100.0, 20.0, 50.0);
            format!(r#"{{"n":{row},"torque":{value:.3},"ok":true}}"#)
        })
        .collect();
    Publish {
        qos: QoS::ExactlyOnce,
        properties: Properties(vec![
            Property::MessageExpiryInterval(3600),
            Property::ContentType("application/json".into()),
            Property::ResponseTopic("acme/berlin/assembly/line-2/screwdriver-01/receipt".into()),
            Property::CorrelationData(Bytes::copy_from_slice(&moment.unix_ms.to_be_bytes())),
            Property::UserProperty("shift".into(), "early".into()),
            Property::UserProperty("shift".into(), "late".into()),
            Property::UserProperty("".into(), "a name may be empty".into()),
        ]),
        ..message(
            "acme/berlin/assembly/line-2/screwdriver-01/batch",
            format!(r#"{{"batch":[{}]}}"#, rows.join(",")),
        )
    }
}
