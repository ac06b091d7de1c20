//! One rule: what it fits, and what it makes of it.

use std::str::FromStr;

use wiretree_model::{FilterError, Topic, TopicFilter};
use wiretree_store::Scope;

use super::moving;

/// The longest topic there is, in bytes (MQTT 5 §4.7.3).
const LONGEST: usize = 65_535;

/// Says where messages on some topics are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemapRule {
    fits: Fits,
    makes: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fits {
    /// Topics that begin with this; where it has no slash at its end, whole levels only.
    Prefix(String),
    /// Topics that a filter matches.
    Filter { filter: TopicFilter, wildcards: usize, has_rest: bool },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// What the `+` with this number matched, from 1 on.
    Level(usize),
    /// What `#` matched.
    Rest,
    Topic,
}

/// Why a text is not a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// There is no arrow.
    #[error("{0:?} has no arrow; write it as plant/ -> test/plant/")]
    Arrow(String),
    /// The left side is not a filter.
    #[error("has a left side that is no topic filter: {0}")]
    Filter(#[from] FilterError),
    /// The left side is a shared subscription.
    #[error("has a left side with $share, which belongs to subscriptions; leave it out")]
    Shared,
    /// Nobody can publish to a wildcard.
    #[error(
        "has the wildcard {0} on its right side; use {{1}} for what a + matched and {{rest}} for #"
    )]
    Wildcard(char),
    /// A brace that stands for nothing.
    #[error(
        "has {0} on its right side, which stands for nothing; there are {{1}}, {{2}}… for each +, \
         {{rest}} for #, {{topic}}, and {{{{ for a brace"
    )]
    Brace(String),
    /// Too long.
    #[error("is longer than a topic can be, 65,535 bytes")]
    TooLong,
    /// Too many.
    #[error("list has more than 1,000 rules")]
    TooMany,
}

impl RemapRule {
    /// Reads a rule with an arrow; blanks around its sides do not count.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let sides = text.split_once(" -> ").or_else(|| text.split_once("->"));
        let (from, to) = sides.ok_or_else(|| RuleError::Arrow(text.to_owned()))?;
        Self::new(from.trim(), to.trim())
    }

    /// Takes the two sides as they are.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn new(from: &str, to: &str) -> Result<Self, RuleError> {
        if from.len().max(to.len()) > LONGEST {
            return Err(RuleError::TooLong);
        }
        if let Some(wildcard) = to.chars().find(|character| matches!(character, '+' | '#')) {
            return Err(RuleError::Wildcard(wildcard));
        }
        let fits = Fits::parse(from)?;
        let makes = pieces(to, &fits)?;
        Ok(Self { fits, makes })
    }

    /// What it makes of a topic; none: it does not fit.
    pub(super) fn apply(&self, topic: &str) -> Option<String> {
        match &self.fits {
            Fits::Prefix(prefix) => {
                let rest = behind(prefix, topic)?;
                // A prefix has no captures, so what it makes is text and the rest.
                let pieces = self.makes.iter().chain([&Piece::Rest]);
                Some(render(pieces, topic, &[], Some(rest)))
            }
            Fits::Filter { filter, .. } => {
                if !filter.matches(&Topic::received(topic)) {
                    return None;
                }
                let (levels, rest) = captures(filter.as_str(), topic);
                Some(render(self.makes.iter(), topic, &levels, rest))
            }
        }
    }

    /// Whether what it makes is sure to be another topic.
    pub(super) fn always_moves(&self) -> bool {
        moving::always(&self.fits, &self.makes)
    }

    /// Whether it fits whatever topic there is within `scope`.
    pub(super) fn covers(&self, scope: &Scope) -> bool {
        let top = match scope {
            Scope::Topic(topic) => {
                let text = std::str::from_utf8(topic.as_bytes());
                return text.is_ok_and(|text| self.apply(text).is_some());
            }
            Scope::Subtree(topic) => std::str::from_utf8(topic.as_bytes()).ok(),
            Scope::Filter(filter) => {
                let fixed = |level: &&str| !matches!(*level, "+" | "#");
                let levels: Vec<_> = filter.as_str().split('/').take_while(fixed).collect();
                return self.covers_all_below(&levels.join("/"));
            }
            Scope::All => Some(""),
        };
        top.is_some_and(|top| self.covers_all_below(top))
    }

    /// Below nothing is everything, but for what begins with `$`.
    fn covers_all_below(&self, top: &str) -> bool {
        match &self.fits {
            Fits::Prefix(prefix) if prefix.is_empty() => true,
            Fits::Prefix(_) if top.is_empty() => false,
            // The topic at the top has no slash behind it.
            Fits::Prefix(prefix) => behind(prefix, top).is_some(),
            Fits::Filter { filter, has_rest: true, .. } => {
                let depth = filter.as_str().split('/').count();
                let is_deep = top.is_empty() || top.split('/').count() + 1 >= depth;
                let reaches = if top.is_empty() { filter.as_str() == "#" } else { is_deep };
                reaches && filter.matches(&Topic::received(if top.is_empty() { "a" } else { top }))
            }
            Fits::Filter { .. } => false,
        }
    }
}

impl FromStr for RemapRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Fits {
    fn parse(text: &str) -> Result<Self, RuleError> {
        let wildcards = text.split('/').filter(|level| *level == "+").count();
        let has_rest = text.split('/').next_back() == Some("#");
        if !text.contains(['+', '#']) {
            return Ok(Self::Prefix(text.to_owned()));
        }
        if text.starts_with("$share/") {
            return Err(RuleError::Shared);
        }
        Ok(Self::Filter { filter: TopicFilter::parse(text)?, wildcards, has_rest })
    }

    fn piece(&self, name: &str) -> Option<Piece> {
        let Self::Filter { wildcards, has_rest, .. } = self else { return None };
        match name {
            "topic" => Some(Piece::Topic),
            "rest" if *has_rest => Some(Piece::Rest),
            number => {
                let number = number.parse().ok().filter(|number| (1..=*wildcards).contains(number));
                number.map(Piece::Level)
            }
        }
    }
}

/// What stands in `topic` behind `prefix`, which ends where a level does.
fn behind<'a>(prefix: &str, topic: &'a str) -> Option<&'a str> {
    let rest = topic.strip_prefix(prefix)?;
    let whole =
        prefix.is_empty() || prefix.ends_with('/') || rest.is_empty() || rest.starts_with('/');
    whole.then_some(rest)
}

/// What each `+` matched, and what `#` did; the latter is none where `a/#` matched `a`.
fn captures<'a>(filter: &str, topic: &'a str) -> (Vec<&'a str>, Option<&'a str>) {
    let mut levels = Vec::new();
    let mut rest = Some(topic);
    for wanted in filter.split('/') {
        if wanted == "#" {
            return (levels, rest);
        }
        let Some(here) = rest else { break };
        let (level, behind) = match here.split_once('/') {
            Some((level, behind)) => (level, Some(behind)),
            None => (here, None),
        };
        if wanted == "+" {
            levels.push(level);
        }
        rest = behind;
    }
    (levels, None)
}

fn pieces(text: &str, fits: &Fits) -> Result<Vec<Piece>, RuleError> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from_brace) = rest.split_at(at);
        plain.push_str(before);
        if let Some(behind) = from_brace.strip_prefix("{{") {
            plain.push('{');
            rest = behind;
        } else if let Some(behind) = from_brace.strip_prefix("}}") {
            plain.push('}');
            rest = behind;
        } else {
            let unknown = |name: &str| RuleError::Brace(name.to_owned());
            let inner = from_brace.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let (name, behind) = inner.ok_or_else(|| unknown(from_brace))?;
            let piece = fits.piece(name).ok_or_else(|| unknown(&format!("{{{name}}}")))?;
            pieces.extend((!plain.is_empty()).then(|| Piece::Text(std::mem::take(&mut plain))));
            pieces.push(piece);
            rest = behind;
        }
    }
    plain.push_str(rest);
    pieces.extend((!plain.is_empty()).then_some(Piece::Text(plain)));
    Ok(pieces)
}

/// Ends early once the result is too long, so that no rule can fill the memory.
fn render<'a>(
    pieces: impl Iterator<Item = &'a Piece>,
    topic: &str,
    levels: &[&str],
    rest: Option<&str>,
) -> String {
    let mut out = String::new();
    for piece in pieces {
        if out.len() > LONGEST {
            break;
        }
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Level(number) => {
                out.push_str(number.checked_sub(1).and_then(|at| levels.get(at)).unwrap_or(&""));
            }
            Piece::Topic => out.push_str(topic),
            Piece::Rest => match rest {
                Some(rest) => out.push_str(rest),
                // `a/#` matched `a`: nothing is below it, and so no slash before it.
                None if out.ends_with('/') => {
                    out.pop();
                }
                None => {}
            },
        }
    }
    out
}
