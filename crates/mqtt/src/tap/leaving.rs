//! The end of a connection by our wish.

use std::future::poll_fn;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use wiretree_model::{MqttString, Properties, Property};
use wiretree_wire::{Disconnect, Packet, ReasonCode, encode};

use super::Tap;
use crate::Farewell;

/// How long writing the rest and DISCONNECT may take.
const GOODBYE: Duration = Duration::from_secs(2);

impl Tap {
    /// Reads no more messages; what was read may still be acknowledged.
    pub(crate) fn stop_reading(&mut self) {
        self.closing = true;
    }

    /// Sends what is queued and DISCONNECT, and closes. Nothing of it can fail in a way that matters:
    /// the connection ends in any case.
    pub(crate) async fn leave(mut self, farewell: &Farewell) {
        let packet = self.goodbye(farewell);
        let goodbye = async {
            if self.broken.is_some() || self.send(&packet).is_err() {
                return;
            }
            let (output, stream) = (&mut self.output, &mut self.stream);
            let mut progress = 0;
            let written =
                poll_fn(|context| output.poll_write(&mut **stream, context, &mut progress));
            if written.await.is_err() || stream.shutdown().await.is_err() {
                return;
            }
            // Closing a socket that has unread bytes would take back what was just written.
            let mut unread = vec![0; 16 * 1024];
            while stream.read(&mut unread).await.is_ok_and(|length| length > 0) {}
        };
        let in_time = timeout(GOODBYE, goodbye).await.is_ok();
        self.trace.event(self.connection, || {
            let how = if in_time { "closed" } else { "closed without waiting for the broker" };
            how.to_owned()
        });
    }

    /// DISCONNECT; without its texts when the broker does not take so much (MQTT 5 §3.14.2.2.3), or
    /// when they cannot be expressed.
    fn goodbye(&self, farewell: &Farewell) -> Packet {
        let packet = Packet::Disconnect(disconnect(farewell));
        let mut bytes = Vec::new();
        if encode(&packet, self.version, &mut bytes).is_ok() && bytes.len() <= self.most_to_send {
            return packet;
        }
        let (reason, session_expiry) = (farewell.reason, farewell.session_expiry);
        let short = Farewell { reason, session_expiry, ..Farewell::default() };
        Packet::Disconnect(disconnect(&short))
    }

    /// Tells the broker why the connection ends, as far as it will hear it (MQTT 5 §4.13); with
    /// 3.1.1 it is just closed.
    pub(crate) async fn leave_because(self, reason: ReasonCode) {
        if self.version.has_properties() {
            self.leave(&Farewell { reason: reason.0, ..Farewell::default() }).await;
        }
    }
}

fn disconnect(farewell: &Farewell) -> Disconnect {
    let mut list = Vec::new();
    list.extend(farewell.session_expiry.map(Property::SessionExpiryInterval));
    list.extend(
        farewell.reason_string.as_deref().map(MqttString::from).map(Property::ReasonString),
    );
    let pairs = farewell.user_properties.iter();
    list.extend(
        pairs.map(|(name, value)| {
            Property::UserProperty(name.as_str().into(), value.as_str().into())
        }),
    );
    Disconnect { reason: ReasonCode(farewell.reason), properties: Properties(list) }
}
