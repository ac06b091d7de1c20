//! Runs the real binary against the demo broker and against Mosquitto, as a script would.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod connecting;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod export;
#[cfg(test)]
mod help;
#[cfg(test)]
mod import;
#[cfg(test)]
mod keep;
#[cfg(test)]
mod mending;
#[cfg(test)]
mod probe;
#[cfg(test)]
mod publish;
#[cfg(test)]
mod record;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod search;
#[cfg(test)]
mod segments;
#[cfg(test)]
mod subscribe;
#[cfg(test)]
mod support;
#[cfg(test)]
mod trace;
#[cfg(test)]
mod tree;
