//! The same answers from a second evaluator: whole documents in memory, windows instead of a search
//! algorithm, numbers as exact fractions.

use std::cmp::Ordering;

use serde_json::Value;
use wiretree_model::{Message, MqttString, Property};

use crate::ast::{
    Bounds, JsonTest, Literal, Node, Operator, PropertyName, PropertyTest, Step, Test, TextTest,
};
use crate::pattern::{Case, Needle, Pattern};

pub(super) fn matches(node: &Node, message: &Message) -> bool {
    match node {
        Node::All(nodes) => nodes.iter().all(|node| matches(node, message)),
        Node::Any(nodes) => nodes.iter().any(|node| matches(node, message)),
        Node::Not(inner) => !matches(inner, message),
        Node::Test(test) => holds(test, message),
    }
}

fn holds(test: &Test, message: &Message) -> bool {
    let publish = &message.publish;
    let properties = || publish.properties.0.iter();
    match test {
        Test::Contains(needle) => contains(needle, &publish.payload),
        Test::Like(pattern) => like(pattern, &publish.payload),
        Test::Topic(filter) => filter.matches(&publish.topic),
        Test::Retain(wanted) => publish.retain == *wanted,
        Test::Dup(wanted) => publish.dup == *wanted,
        Test::Direction(wanted) => message.direction == *wanted,
        Test::Qos(bounds) => within(*bounds, publish.qos.bits().into()),
        Test::Size(bounds) => within(*bounds, publish.payload.len() as u64),
        Test::From(moment) => moment.0 <= message.received_at.0,
        Test::To(moment) => message.received_at.0 < moment.0,
        Test::Property(test) => properties().any(|it| property(test, it)),
        Test::Has(name) => properties().any(|it| named(name, it)),
        Test::Json(path, test) => match serde_json::from_slice::<Value>(&publish.payload) {
            Ok(document) => values(&document, &path.0).into_iter().any(|it| answers(it, test)),
            Err(_) => false,
        },
    }
}

fn within(bounds: Bounds, number: u64) -> bool {
    bounds.low <= number && number <= bounds.high
}

fn contains(needle: &Needle, payload: &[u8]) -> bool {
    let text = needle.text().as_bytes();
    match needle.case() {
        Case::Matters => payload.windows(text.len()).any(|window| window == text),
        Case::Ignored => like(&any_case(needle.text()), payload),
    }
}

fn any_case(text: &str) -> Pattern {
    Pattern::new(regex::escape(text), Case::Ignored).expect("a regular expression")
}

/// There is one way to understand a regular expression: that of its library.
fn like(pattern: &Pattern, bytes: &[u8]) -> bool {
    let flags = if pattern.case() == Case::Ignored { "(?i)" } else { "" };
    let source = format!("{flags}{}", pattern.source());
    regex::bytes::Regex::new(&source).expect("a regular expression").is_match(bytes)
}

fn property(test: &PropertyTest, property: &Property) -> bool {
    let text = |test: &TextTest, given: &MqttString| match test {
        TextTest::Is(wanted) => given.as_str() == Some(wanted),
        TextTest::Like(pattern) => like(pattern, given.as_bytes()),
    };
    match property {
        Property::UserProperty(name, value) => match test {
            PropertyTest::User(key, it) => name.as_str() == Some(key) && text(it, value),
            _ => false,
        },
        Property::ContentType(value) => {
            matches!(test, PropertyTest::ContentType(it) if text(it, value))
        }
        Property::ResponseTopic(value) => {
            matches!(test, PropertyTest::ResponseTopic(it) if text(it, value))
        }
        Property::CorrelationData(value) => {
            matches!(test, PropertyTest::Correlation(it) if it == value)
        }
        Property::MessageExpiryInterval(value) => {
            matches!(test, PropertyTest::Expiry(it) if within(*it, u64::from(*value)))
        }
        Property::PayloadFormatIndicator(value) => {
            matches!(test, PropertyTest::Format(it) if it == value)
        }
        Property::SubscriptionIdentifier(value) => {
            matches!(test, PropertyTest::SubscriptionId(it) if within(*it, u64::from(*value)))
        }
        _ => false,
    }
}

fn named(name: &PropertyName, property: &Property) -> bool {
    match property {
        Property::UserProperty(key, _) => match name {
            PropertyName::User(Some(wanted)) => key.as_str() == Some(wanted),
            other => *other == PropertyName::User(None),
        },
        Property::ContentType(_) => *name == PropertyName::ContentType,
        Property::ResponseTopic(_) => *name == PropertyName::ResponseTopic,
        Property::CorrelationData(_) => *name == PropertyName::Correlation,
        Property::MessageExpiryInterval(_) => *name == PropertyName::Expiry,
        Property::PayloadFormatIndicator(_) => *name == PropertyName::Format,
        Property::SubscriptionIdentifier(_) => *name == PropertyName::SubscriptionId,
        _ => false,
    }
}

fn values<'a>(value: &'a Value, steps: &[Step]) -> Vec<&'a Value> {
    let Some((step, rest)) = steps.split_first() else { return vec![value] };
    let next: Vec<&Value> = match (step, value) {
        (Step::Name(name), Value::Object(members)) => members.get(name).into_iter().collect(),
        (Step::Index(index), Value::Array(items)) => {
            items.get(usize::try_from(*index).unwrap()).into_iter().collect()
        }
        (Step::Each, Value::Object(members)) => members.values().collect(),
        (Step::Each, Value::Array(items)) => items.iter().collect(),
        _ => Vec::new(),
    };
    next.into_iter().flat_map(|value| values(value, rest)).collect()
}

fn answers(value: &Value, test: &JsonTest) -> bool {
    match test {
        JsonTest::Exists => true,
        JsonTest::Like(pattern) => match value {
            Value::String(text) => like(pattern, text.as_bytes()),
            Value::Number(number) => like(pattern, number.to_string().as_bytes()),
            _ => false,
        },
        JsonTest::Compare(operator, literal) => {
            let order = compare(value, literal);
            match operator {
                Operator::Equal => order == Some(Ordering::Equal),
                Operator::NotEqual => order != Some(Ordering::Equal),
                Operator::Less => order.is_some_and(|it| it == Ordering::Less),
                Operator::LessOrEqual => order.is_some_and(|it| it != Ordering::Greater),
                Operator::Greater => order.is_some_and(|it| it == Ordering::Greater),
                Operator::GreaterOrEqual => order.is_some_and(|it| it != Ordering::Less),
            }
        }
    }
}

fn compare(value: &Value, literal: &Literal) -> Option<Ordering> {
    match (value, literal) {
        (Value::String(one), Literal::Text(two)) => Some(one.as_str().cmp(two)),
        (Value::Number(one), Literal::Number(two)) => {
            Some(millionths(&one.to_string()).cmp(&millionths(two.text())))
        }
        (Value::Bool(one), Literal::Bool(two)) => Some(one.cmp(two)),
        (Value::Null, Literal::Null) => Some(Ordering::Equal),
        _ => None,
    }
}

/// The numbers that the tests make are whole numbers of these.
fn millionths(text: &str) -> i128 {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().expect("digits");
    let exponent: i32 = exponent.parse().expect("an exponent");
    let places = exponent + 6 - i32::try_from(fraction.len()).unwrap();
    digits * 10_i128.pow(u32::try_from(places).expect("no finer than a millionth"))
}
