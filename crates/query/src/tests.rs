//! Tests of the whole crate: reading, writing, answering, planning and completing.

mod answering;
mod completing;
mod making;
mod naive;
mod planning;
mod reading;
