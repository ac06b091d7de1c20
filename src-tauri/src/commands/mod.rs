//! What the page may ask for. Each command checks, calls once and gives back.

pub(crate) mod advice;
pub(crate) mod connections;
pub(crate) mod doctor;
pub(crate) mod exports;
pub(crate) mod history;
pub(crate) mod imports;
pub(crate) mod keeping;
pub(crate) mod packets;
pub(crate) mod past;
pub(crate) mod profiles;
pub(crate) mod publish;
pub(crate) mod replays;
pub(crate) mod tree;
