//! Joins the parts: one actor for each open connection, its view, and jobs.
