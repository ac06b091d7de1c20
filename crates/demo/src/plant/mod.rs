//! x
/// x
#[derive(Debug)]
pub struct Plant;
