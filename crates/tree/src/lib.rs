//! The topic tree: apply a batch, answer for a window. Pure.
