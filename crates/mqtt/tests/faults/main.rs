//! A broker that plays a script of faults, built on our own codec.
//!
//! After each fault a canary message has to arrive: on the same connection where the specification
//! lets it live, on the next one where it does not. That is what "survived" means.

#[cfg(test)]
mod aliases;
#[cfg(test)]
mod authenticating;
#[cfg(test)]
#[path = "../it/common.rs"]
#[expect(dead_code, reason = "the other suite uses the rest of it")]
mod common;
#[cfg(test)]
mod connack;
#[cfg(test)]
mod disconnect;
#[cfg(test)]
mod keep_alive;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod malformed;
#[cfg(test)]
mod peer;
#[cfg(test)]
mod publishing;
#[cfg(test)]
mod receiving;
#[cfg(test)]
mod resuming;
#[cfg(test)]
mod takeover;
