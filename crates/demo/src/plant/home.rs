//! What is not the factory: a house behind a Zigbee bridge, and one device that speaks the topics
//! of an IoT platform.

use bytes::Bytes;
use wiretree_model::{Publish, QoS, Topic};

use super::signal::{Moment, Signal};

/// The telemetry of the platform's device.
const TELEMETRY: &str = "v1/devices/me/telemetry";
/// Where the platform asks the device; the number of the request follows.
pub(super) const REQUEST: &str = "v1/devices/me/rpc/request/";
/// Where the device answers; the number of the request follows.
pub(super) const RESPONSE: &str = "v1/devices/me/rpc/response/";
/// The lamp that can be switched.
pub(super) const LAMP: &str = "zigbee2mqtt/living room/lamp";

/// What is published in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Telemetry,
    Request,
    Motion,
    Climate,
    Lamp,
}

/// The events with their weights: how often in a round.
pub(super) const EVENTS: [(Event, usize); 5] = [
    (Event::Telemetry, 6),
    (Event::Request, 1),
    (Event::Motion, 1),
    (Event::Climate, 2),
    (Event::Lamp, 1),
];

/// The house and the device.
#[derive(Debug)]
pub(super) struct Home {
    signal: Signal,
    requests: u64,
    is_lamp_on: bool,
    brightness: u8,
}

impl Home {
    pub(super) fn new(seed: u64) -> Self {
        Self { signal: Signal::new(seed), requests: 0, is_lamp_on: true, brightness: 180 }
    }

    /// What is retained from the start.
    pub(super) fn first(&self) -> Vec<Publish> {
        let fixed = [
            ("zigbee2mqtt/bridge/state", r#"{"state":"online"}"#),
            (
                "zigbee2mqtt/bridge/info",
                r#"{"version":"2.1.0","coordinator":{"type":"EmberZNet"},"permit_join":false}"#,
            ),
            ("v1/devices/me/attributes", r#"{"firmware":"1.4.2","serial":"WT-0042"}"#),
        ];
        let message =
            |(topic, payload)| retained(topic, Bytes::from_static(str::as_bytes(payload)));
        fixed.into_iter().map(message).collect()
    }

    pub(super) fn next(&mut self, event: Event, moment: Moment) -> Publish {
        match event {
            Event::Telemetry => self.telemetry(moment),
            Event::Request => self.request(),
            Event::Motion => {
                let occupancy = self.signal.pick(3) == 0;
                let battery = 87 - moment.seconds as u64 / 3600 % 80;
                let payload = format!(
                    r#"{{"occupancy":{occupancy},"battery":{battery},"linkquality":{}}}"#,
                    90 + self.signal.pick(60)
                );
                retained("zigbee2mqtt/kitchen/motion", payload)
            }
            Event::Climate => {
                let temperature = self.signal.value(moment, 21.5, 1.5, 600.0);
                let humidity = self.signal.value(moment, 48.0, 8.0, 900.0);
                let payload =
                    format!(r#"{{"temperature":{temperature:.2},"humidity":{humidity:.1}}}"#);
                retained("zigbee2mqtt/hall/climate", payload)
            }
            Event::Lamp => self.lamp(),
        }
    }

    /// Switches the lamp; what is `None` stays.
    pub(super) fn set_lamp(&mut self, is_on: Option<bool>, brightness: Option<u8>) -> Publish {
        self.is_lamp_on = is_on.unwrap_or(self.is_lamp_on);
        self.brightness = brightness.unwrap_or(self.brightness);
        self.lamp()
    }

    fn lamp(&self) -> Publish {
        let state = if self.is_lamp_on { "ON" } else { "OFF" };
        retained(LAMP, format!(r#"{{"state":"{state}","brightness":{}}}"#, self.brightness))
    }

    fn telemetry(&mut self, moment: Moment) -> Publish {
        let temperature = self.signal.value(moment, 25.5, 2.0, 120.0);
        let humidity = self.signal.value(moment, 60.0, 10.0, 300.0);
        Publish {
            topic: Topic::received(TELEMETRY),
            payload: format!(r#"{{"temperature":{temperature:.1},"humidity":{humidity:.0}}}"#)
                .into(),
            qos: QoS::AtLeastOnce,
            ..Publish::default()
        }
    }

    /// The platform asks, and the device answers when the request comes back to it.
    fn request(&mut self) -> Publish {
        self.requests += 1;
        Publish {
            topic: Topic::received(format!("{REQUEST}{}", self.requests)),
            payload: Bytes::from_static(br#"{"method":"getValue","params":{"key":"humidity"}}"#),
            qos: QoS::AtLeastOnce,
            ..Publish::default()
        }
    }
}

fn retained(topic: &str, payload: impl Into<Bytes>) -> Publish {
    Publish {
        topic: Topic::received(topic),
        payload: payload.into(),
        retain: true,
        ..Publish::default()
    }
}
