//! Bytes -> meaning: decoders and diff, bounded, never failing. Pure.
