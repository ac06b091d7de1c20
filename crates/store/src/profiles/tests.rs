//! Tests of the profiles file.
