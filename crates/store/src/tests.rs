//! What the history promises, over its public interface; small limits make the rare things happen.

mod common;
mod crashes;
mod durability;
mod failing;
mod flips;
mod gaps;
mod gathering;
mod interrupted;
mod moments;
mod opening;
mod pruning;
mod reading;
mod recording;
mod salvaging;
mod sessions;
mod upgrading;
