//! What the devices do with what others publish to them: commands, requests and settings.
//!
//! Payloads come from anybody, so what is not understood is answered as such. Only the few numbers
//! and words that matter are looked for; this is no JSON parser.

use bytes::Bytes;
use wiretree_model::{Properties, Property, Publish, QoS, Topic};

use super::home::{Home, LAMP, REQUEST, RESPONSE};
use super::machine::Machine;
use super::signal::Moment;

/// What the devices listen to.
pub(super) const FILTERS: [&str; 3] =
    ["acme/+/+/+/+/command", "v1/devices/me/rpc/request/+", "zigbee2mqtt/living room/lamp/set"];

/// The messages that follow from one that came in.
pub(super) fn answer(
    message: &Publish,
    machines: &mut [Machine],
    home: &mut Home,
    moment: Moment,
) -> Vec<Publish> {
    let topic = message.topic.to_text();
    let text = String::from_utf8_lossy(&message.payload);
    if let Some(path) = topic.strip_suffix("/command") {
        let machine = machines.iter_mut().find(|machine| machine.path == path);
        return machine.map(|machine| command(message, &text, machine, moment)).unwrap_or_default();
    }
    if let Some(number) = topic.strip_prefix(REQUEST) {
        let payload = format!(r#"{{"method":{},"value":60}}"#, quoted(word(&text, "method")));
        return vec![reply(message, &format!("{RESPONSE}{number}"), payload)];
    }
    if topic.strip_suffix("/set") == Some(LAMP) {
        let is_on = word(&text, "state").map(|state| state.eq_ignore_ascii_case("on"));
        let brightness = number(&text, "brightness").map(|value| value.clamp(0.0, 254.0) as u8);
        return vec![home.set_lamp(is_on, brightness)];
    }
    Vec::new()
}

/// `setSpindle` with `rpm`, `start` and `stop`.
fn command(message: &Publish, text: &str, machine: &mut Machine, moment: Moment) -> Vec<Publish> {
    let method = word(text, "method").unwrap_or(text.trim());
    let ts = moment.unix_ms;
    let done = match (method, number(text, "rpm")) {
        (_, Some(rpm)) => {
            let rpm = machine.set_target(rpm);
            Some(format!(r#"{{"ts":{ts},"ok":true,"rpm":{rpm:.0}}}"#))
        }
        ("start" | "stop", None) => {
            machine.set_running(method == "start");
            Some(format!(r#"{{"ts":{ts},"ok":true}}"#))
        }
        _ => None,
    };
    let is_done = done.is_some();
    let payload = done.unwrap_or_else(|| {
        format!(
            r#"{{"ts":{ts},"ok":false,"error":"send {{\"method\":\"setSpindle\",\"params\":{{\"rpm\":9000}}}}, start or stop"}}"#
        )
    });
    let response = reply(message, &format!("{}/command/response", machine.path), payload);
    if is_done { vec![response, machine.status()] } else { vec![response] }
}

/// The answer goes where the message asks for it, with its correlation data (MQTT 5 §4.10), or to
/// `topic`.
fn reply(message: &Publish, topic: &str, payload: String) -> Publish {
    let mut topic = Topic::received(topic);
    let mut properties = Vec::new();
    for property in message.properties.iter() {
        match property {
            Property::ResponseTopic(wanted) if !wanted.is_empty() => {
                topic = Topic::received(wanted.clone());
            }
            Property::CorrelationData(_) => properties.push(property.clone()),
            _ => {}
        }
    }
    Publish {
        topic,
        payload: Bytes::from(payload),
        qos: QoS::AtLeastOnce,
        properties: Properties(properties),
        ..Publish::default()
    }
}

/// What follows `"key":`.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("\"{key}\""))?;
    Some(rest.trim_start().strip_prefix(':')?.trim_start())
}

fn number(text: &str, key: &str) -> Option<f64> {
    let rest = value(text, key)?;
    let end = rest.find(|next: char| !matches!(next, '0'..='9' | '.' | '-' | '+' | 'e' | 'E'));
    let digits = rest.get(..end.unwrap_or(rest.len()))?;
    digits.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A string without escapes; others are not needed here.
fn word<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let (word, _) = value(text, key)?.strip_prefix('"')?.split_once('"')?;
    (!word.contains('\\')).then_some(word)
}

fn quoted(word: Option<&str>) -> String {
    word.map_or_else(|| "null".to_owned(), |word| format!("\"{word}\""))
}

#[cfg(test)]
mod tests {
    use super::super::layout::machines;
    use super::*;

    fn answers(topic: &str, payload: &'static str, properties: Vec<Property>) -> Vec<String> {
        let message = Publish {
            topic: Topic::received(topic),
            payload: Bytes::from_static(payload.as_bytes()),
            properties: Properties(properties),
            ..Publish::default()
        };
        let mut home = Home::new(1);
        answer(&message, &mut machines(), &mut home, Moment::default())
            .iter()
            .map(|answer| {
                let payload = String::from_utf8_lossy(&answer.payload);
                let properties = answer.properties.0.len();
                format!("{} {payload} {properties}", answer.topic.to_text())
            })
            .collect()
    }

    #[test]
    fn commands_are_obeyed_and_answered() {
        let mill = "acme/munich/packaging/line-1/cnc-01";
        let (command, response) = (format!("{mill}/command"), format!("{mill}/command/response"));
        let set = r#"{"method":"setSpindle","params":{"rpm": 9000}}"#;
        assert_eq!(
            answers(&command, set, vec![]),
            [
                format!(r#"{response} {{"ts":0,"ok":true,"rpm":9000}} 0"#),
                format!("{mill}/status \"running\" 0"),
            ]
        );
        assert_eq!(answers(&command, "stop", vec![])[1], format!("{mill}/status \"stopped\" 0"));
        let refused = answers(&command, "{\"rpm\":\"fast\"}", vec![]);
        assert!(refused.len() == 1 && refused[0].contains(r#""ok":false"#), "{refused:?}");
        assert!(answers("acme/no/such/machine/x/command", set, vec![]).is_empty());
    }

    #[test]
    fn an_answer_goes_where_it_is_wanted() {
        let wanted = vec![
            Property::ResponseTopic("my/inbox".into()),
            Property::CorrelationData(Bytes::from_static(b"41")),
        ];
        let got = answers("v1/devices/me/rpc/request/7", r#"{"method":"x"}"#, wanted);
        assert_eq!(got, [r#"my/inbox {"method":"x","value":60} 1"#]);
        let got = answers("v1/devices/me/rpc/request/7", "?", vec![]);
        assert_eq!(got, [r#"v1/devices/me/rpc/response/7 {"method":null,"value":60} 0"#]);
    }

    #[test]
    fn the_lamp_can_be_switched() {
        let got = answers(&format!("{LAMP}/set"), r#"{"state":"off","brightness":999}"#, vec![]);
        assert_eq!(got, [format!(r#"{LAMP} {{"state":"OFF","brightness":254}} 0"#)]);
    }
}
