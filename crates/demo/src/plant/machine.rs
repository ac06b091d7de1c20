//! One machine of the factory: what it measures, its retained state and configuration, and what a
//! command changes.

use bytes::Bytes;
use wiretree_model::{Properties, Property, Publish, QoS, Topic};

use super::signal::{Moment, Signal};

const TOOLS: [&str; 4] =
    ["T-14 / 6 mm carbide", "T-02 / 12 mm drill", "T-31 / M8 tap", "T-07 / 40 mm face mill"];

/// What a machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Mill,
    Robot,
    Filler,
    Scale,
    Counter,
}

/// What it measures; one topic each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Spindle,
    Vibration,
    Pose,
    Torque,
    Level,
    Flow,
    Weight,
    Count,
    Status,
}

/// A machine.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) path: &'static str,
    kind: Kind,
    signal: Signal,
    /// Where a command wants the spindle, in revolutions a minute.
    target: f64,
    is_running: bool,
    produced: u64,
}

impl Kind {
    /// The measures with their weights: how often in a round.
    pub(super) fn measures(self) -> &'static [(Measure, usize)] {
        match self {
            Self::Mill => &[(Measure::Spindle, 8), (Measure::Vibration, 8), (Measure::Status, 1)],
            Self::Robot => &[(Measure::Pose, 8), (Measure::Torque, 6), (Measure::Status, 1)],
            Self::Filler => &[(Measure::Level, 4), (Measure::Flow, 6), (Measure::Status, 1)],
            Self::Scale => &[(Measure::Weight, 6), (Measure::Status, 1)],
            Self::Counter => &[(Measure::Count, 6), (Measure::Status, 1)],
        }
    }
}

impl Measure {
    fn name(self) -> &'static str {
        match self {
            Self::Spindle => "spindle",
            Self::Vibration => "vibration",
            Self::Pose => "pose",
            Self::Torque => "torque",
            Self::Level => "level",
            Self::Flow => "flow",
            Self::Weight => "weight",
            Self::Count => "count",
            Self::Status => "status",
        }
    }
}

impl Machine {
    pub(super) fn new(path: &'static str, kind: Kind, seed: u64) -> Self {
        let signal = Signal::new(seed);
        Self { path, kind, signal, target: 11_800.0, is_running: true, produced: seed * 1000 }
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// The message for a measure at this moment.
    pub(super) fn measure(&mut self, measure: Measure, moment: Moment) -> Publish {
        let payload = match measure {
            Measure::Spindle => return self.spindle(moment),
            Measure::Status => return self.status(),
            Measure::Vibration => self.vibration(moment),
            Measure::Pose => self.pose(moment),
            Measure::Torque => self.torque(moment),
            Measure::Level => format!("{:.1}", self.signal.value(moment, 62.0, 30.0, 240.0)),
            Measure::Flow => self.flow(moment),
            Measure::Weight => format!("{:.3}", self.signal.value(moment, 12.5, 0.4, 30.0)),
            Measure::Count => {
                self.produced += 1;
                self.produced.to_string()
            }
        };
        Publish { payload: payload.into(), ..self.message(measure.name()) }
    }

    /// Retained, at QoS 1: `"running"` or `"stopped"`, as JSON.
    pub(super) fn status(&self) -> Publish {
        let payload: &[u8] = if self.is_running { b"\"running\"" } else { b"\"stopped\"" };
        Publish {
            payload: Bytes::from_static(payload),
            qos: QoS::AtLeastOnce,
            retain: true,
            ..self.message(Measure::Status.name())
        }
    }

    /// Retained: what the machine was set up for.
    pub(super) fn config(&mut self) -> Publish {
        let recipe = 100 + self.signal.pick(40);
        let revision = 1 + self.signal.pick(9);
        let payload = format!(
            r#"{{"recipe":"A-{recipe}","rev":{revision},"limits":{{"temp":80,"load":0.95}},"unit":"mm"}}"#
        );
        Publish {
            payload: payload.into(),
            qos: QoS::AtLeastOnce,
            retain: true,
            properties: Properties(vec![Property::ContentType("application/json".into())]),
            ..self.message("config")
        }
    }

    /// Sets the speed a command asks for; gives the one it will have.
    pub(super) fn set_target(&mut self, rpm: f64) -> f64 {
        self.target = rpm.clamp(0.0, 24_000.0);
        self.is_running = self.target > 0.0;
        self.target
    }

    /// Starts or stops the machine.
    pub(super) fn set_running(&mut self, is_running: bool) {
        self.is_running = is_running;
    }

    /// A message on a topic below the machine's.
    fn message(&self, name: &str) -> Publish {
        let topic = Topic::received(format!("{}/{name}", self.path));
        Publish { topic, ..Publish::default() }
    }

    fn spindle(&mut self, moment: Moment) -> Publish {
        let speed = if self.is_running { self.target } else { 0.0 };
        let rpm = self.signal.value(moment, speed, speed * 0.012, 60.0);
        let load = if speed > 0.0 { self.signal.value(moment, 0.62, 0.2, 60.0) } else { 0.0 };
        let temp = self.signal.value(moment, 42.0 + load * 10.0, 3.0, 180.0);
        let tool = TOOLS.get(moment.seconds as usize / 120 % TOOLS.len()).unwrap_or(&TOOLS[0]);
        let alarm = if temp > 51.5 { r#""spindle warm""# } else { "null" };
        let axes: Vec<_> = ["X", "Y", "Z", "A", "C"]
            .iter()
            .map(|axis| {
                let position = self.signal.value(moment, 120.0, 90.0, 24.0);
                format!(r#"{{"axis":"{axis}","position":{position:.3},"referenced":true}}"#)
            })
            .collect();
        let payload = format!(
            r#"{{"ts":{},"values":{{"rpm":{rpm:.0},"load":{load:.2},"temp":{temp:.1},"tool":"{tool}","coolant":{},"alarm":{alarm}}},"axes":[{}]}}"#,
            moment.unix_ms,
            speed > 0.0,
            axes.join(","),
        );
        Publish {
            payload: payload.into(),
            qos: QoS::AtLeastOnce,
            properties: self.spindle_properties(),
            ..self.message(Measure::Spindle.name())
        }
    }

    /// MQTT 5 allows a name to stand twice, and here one does.
    fn spindle_properties(&self) -> Properties {
        let pair = |name: &str, value: &str| Property::UserProperty(name.into(), value.into());
        Properties(vec![
            Property::PayloadFormatIndicator(1),
            Property::ContentType("application/json".into()),
            pair("source", "plc-7"),
            pair("unit", "rpm"),
            pair("source", "gateway-2"),
        ])
    }

    /// Three axes as plain text, in millimetres.
    fn vibration(&mut self, moment: Moment) -> String {
        let mut axis = || self.signal.value(moment, 0.02, 0.006, 11.0);
        format!("{:.3} {:.3} {:.3}", axis(), axis(), axis())
    }

    fn pose(&mut self, moment: Moment) -> String {
        let joints: Vec<_> = (0..6)
            .map(|joint| {
                let period = 8.0 + f64::from(joint);
                format!("{:.2}", self.signal.value(moment, 0.0, 90.0, period))
            })
            .collect();
        format!(r#"{{"ts":{},"joints":[{}]}}"#, moment.unix_ms, joints.join(","))
    }

    fn torque(&mut self, moment: Moment) -> String {
        let value = self.signal.value(moment, 18.0, 7.0, 16.0);
        format!(
            r#"{{"value":{value:.2},"timestamp":{},"unit":"Nm","quality":"good"}}"#,
            moment.unix_ms
        )
    }

    fn flow(&mut self, moment: Moment) -> String {
        let value = self.signal.value(moment, 3.4, 0.8, 45.0);
        format!(r#"{{"value":{value:.2},"unit":"l/min","quality":192}}"#)
    }
}
