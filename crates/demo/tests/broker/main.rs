//! The demo broker from outside: over TCP, with clients of our own and with those of Mosquitto.

mod mosquitto;
mod packets;
mod support;
