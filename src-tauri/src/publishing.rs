//! From the publish form to a PUBLISH packet, and its outcome back to the page.

use bytes::Bytes;
use tauri::ipc::Channel;
use wiretree_model::{Publish, QoS, Topic};
use wiretree_session::payload::Compose;
use wiretree_session::{PublishTicket, SessionError};

use crate::staging::Staging;
use crate::wire::{AppError, PayloadInput, PublishInput, PublishOutcome};

/// The message that the form describes.
///
/// # Errors
/// The topic, the payload or a property is not valid; the sentence says where.
pub(crate) fn compose(staging: &Staging, input: PublishInput) -> Result<Publish, AppError> {
    let topic = Topic::to_publish(&input.topic).map_err(SessionError::from)?;
    let qos = QoS::from_bits(input.qos).ok_or_else(AppError::bad_qos)?;
    let payload = payload(staging, input.payload)?;
    let properties = input.properties.map(|it| it.to_model()).transpose()?.unwrap_or_default();
    Ok(Publish { topic, payload, qos, retain: input.retain, properties, ..Publish::default() })
}

fn payload(staging: &Staging, input: PayloadInput) -> Result<Bytes, AppError> {
    let (kind, text) = match input {
        PayloadInput::Text { text } => (Compose::Text, text),
        PayloadInput::Json { text } => (Compose::Json, text),
        PayloadInput::Hex { text } => (Compose::Hex, text),
        PayloadInput::Base64 { text } => (Compose::Base64, text),
        PayloadInput::Staged { handle } => return staging.get(&handle),
    };
    Ok(kind.bytes(&text).map_err(SessionError::from)?.into())
}

/// Tells the page what becomes of a publish, until it has ended.
pub(crate) fn follow(mut ticket: PublishTicket, qos: QoS, outcomes: Channel<PublishOutcome>) {
    tauri::async_runtime::spawn(async move {
        let mut outcome = Some(ticket.outcome());
        while let Some(reached) = outcome {
            if outcomes.send(PublishOutcome::from_session(&reached, qos)).is_err() {
                break;
            }
            outcome = ticket.changed().await;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::MessageProperties;
    use wiretree_model::Property;

    fn composed(topic: &str, payload: PayloadInput, qos: u8) -> Result<Publish, String> {
        let staging = Staging::default();
        assert_eq!(staging.put(b"\0file").unwrap(), "0");
        let properties = Some(MessageProperties { expiry: Some(60), ..Default::default() });
        let input =
            PublishInput { topic: topic.to_owned(), payload, qos, retain: true, properties };
        compose(&staging, input).map_err(|error| error.code)
    }

    #[test]
    fn what_stands_in_the_form_is_what_is_sent() {
        let text = |text: &str| text.to_owned();
        for (payload, expected) in [
            (PayloadInput::Text { text: text("grüß") }, "grüß".as_bytes()),
            (PayloadInput::Json { text: text("{\"a\": 1.0}") }, b"{\"a\": 1.0}"),
            (PayloadInput::Hex { text: text("00 ff") }, &[0, 0xff]),
            (PayloadInput::Base64 { text: text("AP8=") }, &[0, 0xff]),
            (PayloadInput::Staged { handle: text("0") }, b"\0file"),
        ] {
            let publish = composed("a/b", payload, 2).unwrap();
            assert_eq!(publish.payload, expected);
            assert!(publish.retain && publish.qos == QoS::ExactlyOnce);
            assert_eq!(publish.properties.0, [Property::MessageExpiryInterval(60)]);
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused_by_name() {
        let payload = || PayloadInput::Text { text: String::new() };
        for (topic, payload, qos, code) in [
            ("a/+", payload(), 0, "topic-invalid"),
            ("", payload(), 0, "topic-invalid"),
            ("a", payload(), 3, "qos-invalid"),
            ("a", PayloadInput::Json { text: "{".to_owned() }, 0, "payload-invalid"),
            ("a", PayloadInput::Hex { text: "0g".to_owned() }, 0, "payload-invalid"),
            ("a", PayloadInput::Staged { handle: "7".to_owned() }, 0, "payload-gone"),
        ] {
            assert_eq!(composed(topic, payload, qos).unwrap_err(), code, "{topic} {qos}");
        }
    }
}
