//! Views against what a person sees; the property tests stand in `tests/model.rs`.
