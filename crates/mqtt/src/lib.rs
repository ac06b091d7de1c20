//! Edge: the broker. The only crate that knows rumqttc.
