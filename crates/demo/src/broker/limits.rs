//! The bounds of the broker: what one client can make it keep, and how long it waits.

use std::time::Duration;

/// The largest packet taken from a client, in bytes; told to MQTT 5 clients in CONNACK.
pub(super) const PACKET: usize = 16 << 20;
/// Bytes of packets that were read and wait for the actor, of all connections together. Beyond it
/// nothing is read, and TCP pushes back on the senders.
pub(super) const UNREAD: usize = 32 << 20;
/// Events that wait for the actor.
pub(super) const EVENTS: usize = 1024;
/// Bytes that wait for one client, be it connected or not.
pub(super) const QUEUE: usize = 16 << 20;
/// Bytes handed to a connection at once, unless one packet is larger.
pub(super) const BATCH: usize = 64 << 10;
/// Messages of QoS 1 and 2 sent to a client and not acknowledged; fewer if it wants fewer.
pub(super) const WINDOW: u16 = 64;
/// Messages of QoS 2 that a client may leave unreleased; told to MQTT 5 clients as the Receive
/// Maximum.
pub(super) const UNRELEASED: u16 = 1024;
/// Bytes of retained messages.
pub(super) const RETAINED: usize = 128 << 20;
/// Connections at a time.
pub(super) const CONNECTIONS: usize = 256;
/// Sessions, connected or kept for clients that may come back.
pub(super) const SESSIONS: usize = 512;
/// Subscriptions of one client.
pub(super) const SUBSCRIPTIONS: usize = 1024;
/// Topic aliases a client may use (MQTT 5 §3.3.2.3.4).
pub(super) const ALIASES: u16 = 32;
/// How long a connection may take to send its CONNECT.
pub(super) const CONNECT: Duration = Duration::from_secs(10);
/// How long a connection that is being closed may take to read what it is still sent.
pub(super) const CLOSING: Duration = Duration::from_secs(2);
/// How often expiries are looked at.
pub(super) const TICK: Duration = Duration::from_millis(250);
/// How often the topics under `$SYS` are published.
pub(super) const SYSTEM: Duration = Duration::from_secs(5);
