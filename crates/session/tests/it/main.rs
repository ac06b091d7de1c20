//! Sessions against the demo broker and against a real Mosquitto. Loopback only; every test starts
//! what it needs and ends it, and waits for conditions, with a deadline as a guard.

#[cfg(test)]
mod acknowledging;
#[cfg(test)]
mod acting;
#[cfg(test)]
mod closing;
#[cfg(test)]
mod common;
#[cfg(test)]
mod connecting;
#[cfg(test)]
mod exporting;
#[cfg(test)]
mod frames;
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod gaps;
#[cfg(test)]
mod importing;
#[cfg(test)]
mod inspecting;
#[cfg(test)]
mod looking;
#[cfg(test)]
mod own_publishes;
#[cfg(test)]
mod packets;
#[cfg(test)]
mod pausing;
#[cfg(test)]
mod publishing;
#[cfg(test)]
mod recording;
#[cfg(test)]
mod replaying;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod subscribing;
#[cfg(test)]
mod times;
