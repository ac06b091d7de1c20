//! Expressions written out, in the form that reads back as the same.

use std::fmt::{self, Display, Formatter, Write};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wiretree_model::{Direction, Timestamp};

use crate::Expression;
use crate::ast::{
    Bounds, JsonTest, Literal, Node, Path, PropertyName, PropertyTest, Step, Test, TextTest,
};
use crate::pattern::{Case, Needle, Pattern};

impl Display for Expression {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        self.root.fmt(out)
    }
}

impl Display for Node {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(nodes) => join(out, nodes, " "),
            Self::Any(nodes) => join(out, nodes, " or "),
            Self::Not(inner) => {
                out.write_str("not ")?;
                grouped(out, inner)
            }
            Self::Test(test) => test.fmt(out),
        }
    }
}

fn join(out: &mut Formatter<'_>, nodes: &[Node], between: &str) -> fmt::Result {
    for (at, node) in nodes.iter().enumerate() {
        if at > 0 {
            out.write_str(between)?;
        }
        // "and" binds tighter than "or", so only the other way round needs parentheses.
        match node {
            Node::All(_) if between == " or " => node.fmt(out)?,
            _ => grouped(out, node)?,
        }
    }
    Ok(())
}

fn grouped(out: &mut Formatter<'_>, node: &Node) -> fmt::Result {
    match node {
        Node::All(_) | Node::Any(_) => write!(out, "({node})"),
        Node::Not(_) | Node::Test(_) => node.fmt(out),
    }
}

impl Display for Test {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let yes = |wanted: &bool| if *wanted { "yes" } else { "no" };
        match self {
            Self::Contains(needle) => needle.fmt(out),
            Self::Like(pattern) => pattern.fmt(out),
            Self::Topic(filter) => write!(out, "topic:{}", Value(filter.as_str())),
            Self::Retain(wanted) => write!(out, "retain:{}", yes(wanted)),
            Self::Dup(wanted) => write!(out, "dup:{}", yes(wanted)),
            Self::Direction(Direction::Received) => out.write_str("dir:in"),
            Self::Direction(Direction::Sent) => out.write_str("dir:out"),
            Self::Qos(bounds) => write!(out, "qos:{bounds}"),
            Self::Size(bounds) => write!(out, "size:{bounds}"),
            Self::From(moment) => write!(out, "from:{}", Moment(*moment)),
            Self::To(moment) => write!(out, "to:{}", Moment(*moment)),
            Self::Property(test) => test.fmt(out),
            Self::Has(name) => write!(out, "has:{name}"),
            Self::Json(path, JsonTest::Exists) => write!(out, "exists({path})"),
            Self::Json(path, JsonTest::Like(pattern)) => write!(out, "{path} ~ {pattern}"),
            Self::Json(path, JsonTest::Compare(operator, literal)) => {
                write!(out, "{path} {} {literal}", operator.symbol())
            }
        }
    }
}

impl Display for Needle {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let is_word = self.text().chars().all(char::is_alphanumeric)
            && !["and", "or", "not", "AND", "OR", "NOT"].contains(&self.text());
        match self.case() {
            Case::Matters if is_word => out.write_str(self.text()),
            Case::Matters => Quoted(self.text()).fmt(out),
            Case::Ignored => write!(out, "i{}", Quoted(self.text())),
        }
    }
}

impl Display for Pattern {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let flag = if self.case() == Case::Ignored { "i" } else { "" };
        write!(out, "/{}/{flag}", self.source())
    }
}

impl Display for Bounds {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match (self.low, self.high) {
            (low, high) if low == high => low.fmt(out),
            (low, u64::MAX) => write!(out, ">={low}"),
            (0, high) => write!(out, "<={high}"),
            (low, high) => write!(out, "{low}..{high}"),
        }
    }
}

impl Display for PropertyTest {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(key, value) => write!(out, "user.{}:{value}", Value(key)),
            Self::ContentType(value) => write!(out, "content-type:{value}"),
            Self::ResponseTopic(value) => write!(out, "response-topic:{value}"),
            Self::Correlation(bytes) => {
                out.write_str("correlation:0x")?;
                bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
            }
            Self::Expiry(bounds) => write!(out, "expiry:{bounds}"),
            Self::Format(1) => out.write_str("format:utf8"),
            Self::Format(_) => out.write_str("format:bytes"),
            Self::SubscriptionId(bounds) => write!(out, "subscription-id:{bounds}"),
        }
    }
}

impl Display for TextTest {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(text) => Value(text).fmt(out),
            Self::Like(pattern) => pattern.fmt(out),
        }
    }
}

impl Display for PropertyName {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::User(Some(key)) => return write!(out, "user.{}", Value(key)),
            Self::User(None) => "user",
            Self::ContentType => "content-type",
            Self::ResponseTopic => "response-topic",
            Self::Correlation => "correlation",
            Self::Expiry => "expiry",
            Self::Format => "format",
            Self::SubscriptionId => "subscription-id",
        })
    }
}

impl Display for Path {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_char('$')?;
        self.0.iter().try_for_each(|step| match step {
            Step::Name(name) if is_bare(name) => write!(out, ".{name}"),
            Step::Name(name) => write!(out, "[{}]", Quoted(name)),
            Step::Index(index) => write!(out, "[{index}]"),
            Step::Each => out.write_str("[*]"),
        })
    }
}

impl Display for Literal {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => out.write_str(number.text()),
            Self::Text(text) => Quoted(text).fmt(out),
            Self::Bool(value) => value.fmt(out),
            Self::Null => out.write_str("null"),
        }
    }
}

/// A name that can stand behind a dot.
pub(crate) fn is_bare(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

/// Text in quotes.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(out, "\\{character}")?,
                '\n' => out.write_str("\\n")?,
                '\r' => out.write_str("\\r")?,
                '\t' => out.write_str("\\t")?,
                control if control.is_control() => write!(out, "\\u{:04x}", u32::from(control))?,
                other => out.write_char(other)?,
            }
        }
        out.write_char('"')
    }
}

/// Text behind a colon: in quotes where it would be read otherwise.
pub(crate) struct Value<'a>(pub(crate) &'a str);

impl Display for Value<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let is_plain = |c: char| c.is_alphanumeric() || "/_-.+#$".contains(c);
        let is_bare = !self.0.is_empty() && !self.0.starts_with('/');
        if is_bare && self.0.chars().all(is_plain) {
            return out.write_str(self.0);
        }
        Quoted(self.0).fmt(out)
    }
}

struct Moment(Timestamp);

impl Display for Moment {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let nanoseconds = i128::from(self.0.0) * 1_000;
        let utc = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok();
        let text = utc.and_then(|utc| utc.format(&Rfc3339).ok());
        // The parser gives no other moments than those that can be written.
        out.write_str(&text.unwrap_or_else(|| "now".to_owned()))
    }
}
