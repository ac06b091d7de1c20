//! Which packets a window shows. Pure.

use wiretree_model::{Direction, TopicFilter};
use wiretree_wire::PacketType;

use super::fact::{About, Fact, PacketKind};

/// Which packets are wanted; the default is all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PacketFilter {
    /// Of these kinds; empty: of all.
    pub kinds: Vec<PacketKind>,
    /// Only one way.
    pub direction: Option<Direction>,
    /// Only with this packet identifier.
    pub packet_id: Option<u16>,
    /// Only about topics that contain this, whatever the case; with `+` or `#`, about those that it
    /// matches as a topic filter. Of SUBSCRIBE and UNSUBSCRIBE it is part of a filter. Empty: any.
    pub topic: String,
    /// Leave PINGREQ and PINGRESP out.
    pub hide_pings: bool,
}

/// A filter made ready.
#[derive(Debug)]
pub(super) struct Sieve {
    filter: PacketFilter,
    topics: Topics,
}

#[derive(Debug)]
enum Topics {
    Any,
    Matching(TopicFilter, String),
    Containing(String),
}

impl Sieve {
    pub(super) fn new(filter: PacketFilter) -> Self {
        let text = filter.topic.to_lowercase();
        let topics = match TopicFilter::parse(&filter.topic) {
            _ if text.is_empty() => Topics::Any,
            Ok(pattern) if text.contains(['+', '#']) => Topics::Matching(pattern, text),
            _ => Topics::Containing(text),
        };
        Self { filter, topics }
    }

    /// What it was made of.
    pub(super) fn filter(&self) -> &PacketFilter {
        &self.filter
    }

    pub(super) fn passes(&self, fact: &Fact) -> bool {
        let filter = &self.filter;
        let is_ping = fact.is(PacketType::PingReq) || fact.is(PacketType::PingResp);
        (filter.kinds.is_empty() || filter.kinds.contains(&fact.kind))
            && filter.direction.is_none_or(|wanted| fact.direction == Some(wanted))
            && filter.packet_id.is_none_or(|wanted| fact.packet_id == Some(wanted))
            && !(filter.hide_pings && is_ping)
            && self.topics.have(&fact.about)
    }
}

impl Topics {
    fn have(&self, about: &About) -> bool {
        let contains = |name: &str, part: &str| name.to_lowercase().contains(part);
        match (self, about) {
            (Self::Any, _) => true,
            (_, About::Nothing) => false,
            (Self::Matching(pattern, _), About::Topic(topic)) => pattern.matches(topic),
            (Self::Containing(part), About::Topic(topic)) => contains(&topic.to_text(), part),
            (Self::Matching(_, part) | Self::Containing(part), About::Filters(filters)) => {
                filters.iter().any(|filter| contains(&filter.to_text(), part))
            }
        }
    }
}
