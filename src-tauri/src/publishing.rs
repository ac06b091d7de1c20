//! From the publish form to a PUBLISH packet, and its outcome back to the page.

use tauri::ipc::Channel;
use wiretree_model::{Publish, QoS, Topic};
use wiretree_session::payload::Compose;
use wiretree_session::{PublishTicket, SessionError};

use crate::staging::Staging;
use crate::wire::{AppError, PayloadInput, PublishInput, PublishOutcome};

/// The message that the form describes.
///
/// # Errors
/// The topic or the payload is not valid; the sentence says where.
pub(crate) fn compose(staging: &Staging, input: PublishInput) -> Result<Publish, AppError> {
    let topic = Topic::to_publish(&input.topic).map_err(SessionError::from)?;
    let qos = QoS::from_bits(input.qos)
        .ok_or_else(|| AppError::new("qos-invalid", "The QoS is 0, 1 or 2. Choose one of them"))?;
    let payload = payload(staging, input.payload)?.into();
    Ok(Publish { topic, payload, qos, retain: input.retain, ..Publish::default() })
}

fn payload(staging: &Staging, input: PayloadInput) -> Result<Vec<u8>, AppError> {
    let (kind, text) = match input {
        PayloadInput::Text { text } => (Compose::Text, text),
        PayloadInput::Json { text } => (Compose::Json, text),
        PayloadInput::Hex { text } => (Compose::Hex, text),
        PayloadInput::Base64 { text } => (Compose::Base64, text),
        PayloadInput::Staged { handle } => return staging.get(&handle),
    };
    Ok(kind.bytes(&text).map_err(SessionError::from)?)
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
