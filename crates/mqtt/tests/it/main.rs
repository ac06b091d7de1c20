//! The connection against a real Mosquitto, and against a scripted peer where Mosquitto cannot be
//! made to misbehave. Loopback only; every test starts what it needs and ends it.

#[cfg(test)]
mod acts;
#[cfg(test)]
mod common;
#[cfg(test)]
mod correlation;
#[cfg(test)]
mod delivery;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod interrupted;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod publishing;
#[cfg(test)]
mod reconnect;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod subscriptions;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod web_socket;
#[cfg(test)]
mod wills;
