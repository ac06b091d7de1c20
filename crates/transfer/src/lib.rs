//! Capture formats out (NDJSON, CSV, JSON) over io::Write. Pure.
