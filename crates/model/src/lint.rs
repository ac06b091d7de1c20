//! Advice on topics and topic filters: what is forbidden, what brokers dislike, what people regret.
//!
//! Promises: an error is found exactly where publishing or subscribing would be refused; everything
//! else informs and stops nobody. Style is no matter on topics whose form somebody else decided
//! (see [`dialect`]). Deliberately absent: what needs more than one topic to see, such as a level
//! with thousands of children.

mod dialect;
mod filter;
mod name;
mod publish;
#[cfg(test)]
mod tests;

pub use filter::lint_filter;
pub use publish::lint_publish;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// The specification forbids it; it would be refused.
    Error,
    /// Somebody has to want this, and to say so.
    Confirm,
    /// It is likely to do harm.
    Warning,
    /// It could be done better.
    Hint,
}

/// One piece of advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which rule found it; stays the same when the sentence is changed.
    pub rule: &'static str,
    /// How grave it is.
    pub level: Level,
    /// A sentence for people.
    pub message: String,
}

impl Finding {
    fn new(rule: &'static str, level: Level, message: impl Into<String>) -> Self {
        Self { rule, level, message: message.into() }
    }
}
