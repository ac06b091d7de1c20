//! Makes expressions, messages and JSON documents at random.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};
use wiretree_model::{
    Direction, Message, Properties, Property, Publish, QoS, Timestamp, Topic, TopicFilter,
};

use crate::ast::{
    Bounds, JsonTest, Literal, Node, Operator, Path, PropertyName, PropertyTest, Step, Test,
    TextTest,
};
use crate::json::Number;
use crate::pattern::{Case, Needle, Pattern};
use crate::{Clock, Expression, parse};

/// Noon of a day in 2026, two hours ahead of UTC.
pub(super) const CLOCK: Clock =
    Clock { now: Timestamp(1_767_268_800_000_000), utc_offset_minutes: 120 };

pub(super) fn query(text: &str) -> Expression {
    parse(text, &CLOCK).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

pub(super) fn message(payload: impl Into<Bytes>) -> Message {
    let payload = payload.into();
    let publish = Publish { topic: Topic::received("a/b"), payload, ..Publish::default() };
    let received_at = CLOCK.now;
    Message { sequence: 1, received_at, direction: Direction::Received, publish }
}

/// Short texts of few letters, so that they meet; some with what needs care.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[ab]{1,2}", 1 => "[a\\\\\"\n/ ü)(\u{1}]{1,3}", 1 => "(and|or|not|true|-1)"]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[ab]", 1 => "[a. \"ü\\\\]{1,2}"]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        (-3_i64..4).prop_map(|it| it.to_string()),
        "-?[1-9]{0,1}[0-3](\\.[0-9]{1,2})?(e-?[0-2])?",
        Just("9007199254740993".to_owned()),
        Just("9007199254740992".to_owned()),
    ]
    .prop_filter("JSON has no zeros before", |text| {
        let digits = text.trim_start_matches('-');
        !digits.starts_with('0') || !digits[1..].starts_with(|c: char| c.is_ascii_digit())
    })
}

fn bounds() -> impl Strategy<Value = Bounds> {
    let end = prop_oneof![0_u64..5, Just(u64::MAX)];
    (end.clone(), end).prop_map(|(one, two)| Bounds { low: one.min(two), high: one.max(two) })
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let source = prop_oneof!["[ab.]{1,2}", Just("a\\/b?".to_owned()), Just("^\\d+$".to_owned())];
    (source, case()).prop_map(|(source, case)| Pattern::new(source, case).unwrap())
}

fn case() -> impl Strategy<Value = Case> {
    prop_oneof![Just(Case::Matters), Just(Case::Ignored)]
}

fn needle() -> impl Strategy<Value = Needle> {
    (text(), case()).prop_map(|(text, case)| match case {
        Case::Matters => Needle::exact(text),
        Case::Ignored => Needle::any_case(text).unwrap(),
    })
}

pub(super) fn path() -> impl Strategy<Value = Path> {
    let step = prop_oneof![4 => name().prop_map(Step::Name), 1 => (0_u64..3).prop_map(Step::Index), 1 => Just(Step::Each)];
    vec(step, 0..4).prop_map(Path)
}

fn json_test() -> impl Strategy<Value = JsonTest> {
    use Operator as O;
    let equal = prop_oneof![Just(O::Equal), Just(O::NotEqual)];
    let order =
        prop_oneof![Just(O::Less), Just(O::LessOrEqual), Just(O::Greater), Just(O::GreaterOrEqual)];
    let ordered = prop_oneof![
        number().prop_map(|text| Literal::Number(Number::new(&text).unwrap())),
        text().prop_map(Literal::Text),
    ];
    let plain = prop_oneof![any::<bool>().prop_map(Literal::Bool), Just(Literal::Null)];
    prop_oneof![
        Just(JsonTest::Exists),
        pattern().prop_map(JsonTest::Like),
        (equal.clone(), plain).prop_map(|(operator, it)| JsonTest::Compare(operator, it)),
        (prop_oneof![equal, order], ordered)
            .prop_map(|(operator, it)| JsonTest::Compare(operator, it)),
    ]
}

fn text_test() -> impl Strategy<Value = TextTest> {
    prop_oneof![
        prop_oneof![text(), Just(String::new())].prop_map(TextTest::Is),
        pattern().prop_map(TextTest::Like)
    ]
}

fn property_test() -> impl Strategy<Value = PropertyTest> {
    prop_oneof![
        (name(), text_test()).prop_map(|(key, value)| PropertyTest::User(key, value)),
        text_test().prop_map(PropertyTest::ContentType),
        text_test().prop_map(PropertyTest::ResponseTopic),
        vec(0_u8..3, 0..2).prop_map(PropertyTest::Correlation),
        bounds().prop_map(PropertyTest::Expiry),
        (0_u8..2).prop_map(PropertyTest::Format),
        bounds().prop_map(PropertyTest::SubscriptionId),
    ]
}

fn property_name() -> impl Strategy<Value = PropertyName> {
    use PropertyName as P;
    let plain = [P::ContentType, P::ResponseTopic, P::Correlation, P::Expiry, P::Format];
    prop_oneof![
        option::of(name()).prop_map(P::User),
        proptest::sample::select(plain.to_vec()),
        Just(P::SubscriptionId),
    ]
}

fn test() -> impl Strategy<Value = Test> {
    let filter = prop_oneof!["[ab+](/[ab+]){0,2}(/#)?", Just("a b/(c)".to_owned())];
    let moment = (-2_i64..3).prop_map(|by| Timestamp(CLOCK.now.0 + by));
    let direction = prop_oneof![Just(Direction::Received), Just(Direction::Sent)];
    let qos = bounds().prop_filter("QoS", |it| it.low <= 2 && (it.high <= 2 || it.high > 9));
    prop_oneof![
        3 => needle().prop_map(Test::Contains),
        1 => pattern().prop_map(Test::Like),
        1 => filter.prop_map(|it| Test::Topic(TopicFilter::parse(&it).unwrap())),
        1 => any::<bool>().prop_map(Test::Retain),
        1 => any::<bool>().prop_map(Test::Dup),
        1 => direction.prop_map(Test::Direction),
        1 => qos.prop_map(Test::Qos),
        1 => bounds().prop_map(Test::Size),
        1 => moment.clone().prop_map(Test::From),
        1 => moment.prop_map(Test::To),
        2 => property_test().prop_map(Test::Property),
        1 => property_name().prop_map(Test::Has),
        4 => (path(), json_test()).prop_map(|(path, test)| Test::Json(path, test)),
    ]
}

pub(super) fn expression() -> impl Strategy<Value = Expression> {
    // Few enough for the limit of regular expressions.
    let node = test().prop_map(Node::Test).prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Node::All),
            vec(inner.clone(), 2..4).prop_map(Node::Any),
            inner.prop_map(|node| Node::Not(Box::new(node))),
        ]
    });
    node.prop_map(|root| Expression { root })
}

pub(super) fn document() -> impl Strategy<Value = Value> {
    let number = number().prop_map(|text| serde_json::from_str(&text).expect("a number"));
    let leaf = prop_oneof![
        number,
        text().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null)
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            vec((name(), inner), 0..3).prop_map(|pairs| {
                pairs.into_iter().fold(json!({}), |mut object, (name, value)| {
                    object[name] = value;
                    object
                })
            }),
        ]
    })
}

fn property() -> impl Strategy<Value = Property> {
    prop_oneof![
        (name(), text()).prop_map(|(key, value)| Property::UserProperty(key.into(), value.into())),
        text().prop_map(|text| Property::ContentType(text.into())),
        text().prop_map(|text| Property::ResponseTopic(text.into())),
        vec(0_u8..3, 0..2).prop_map(|bytes| Property::CorrelationData(bytes.into())),
        (0_u32..6).prop_map(Property::MessageExpiryInterval),
        (0_u8..2).prop_map(Property::PayloadFormatIndicator),
        (0_u32..6).prop_map(Property::SubscriptionIdentifier),
    ]
}

pub(super) fn any_message() -> impl Strategy<Value = Message> {
    let payload = prop_oneof![
        3 => document().prop_map(|it| it.to_string().into_bytes()),
        1 => "[abAB ]{0,5}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..6),
    ];
    let flags = (0_u8..3, any::<bool>(), any::<bool>(), any::<bool>());
    let rest = ("[ab](/[ab]){0,2}", -2_i64..3, vec(property(), 0..3));
    (payload, flags, rest).prop_map(|(payload, flags, (topic, by, properties))| {
        let (qos, retain, dup, is_sent) = flags;
        let publish = Publish {
            topic: Topic::received(topic),
            payload: payload.into(),
            qos: QoS::from_bits(qos).unwrap(),
            retain,
            dup,
            packet_id: None,
            properties: Properties(properties),
        };
        let direction = if is_sent { Direction::Sent } else { Direction::Received };
        Message { sequence: 1, received_at: Timestamp(CLOCK.now.0 + by), direction, publish }
    })
}
