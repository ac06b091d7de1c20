//! What DISCONNECT says (MQTT 5 §3.14).

/// How a connection is to be ended. The default is a normal disconnection; with 3.1.1 there is no
/// other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Farewell {
    /// The reason code: 0x00, or 0x04 to have the will published (§3.14.2.1).
    pub reason: u8,
    /// Another session expiry than CONNECT asked for, in seconds (§3.14.2.2.2).
    pub session_expiry: Option<u32>,
    /// Text for people.
    pub reason_string: Option<String>,
    /// User properties in their order.
    pub user_properties: Vec<(String, String)>,
}
