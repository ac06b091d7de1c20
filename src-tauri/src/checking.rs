//! What to say about a connection while its form is being filled in: what is wrong, and what is
//! legal but unwise.
//!
//! Pure: the form and the saved connections go in, problems at their fields come out.

use std::net::IpAddr;

use wiretree_model::lint::{self, Level};
use wiretree_model::{self as model, PasswordSource, ProtocolVersion, QoS, Transport, Trust};

use crate::error::sentence;
use crate::wire::{FieldProblem, LintLevel, Profile};

/// How long an identifier may be in MQTT 3.1, in characters.
const LONGEST_OF_V31: usize = 23;

/// Everything there is to say about `form`; `saved` are the connections there are, itself among
/// them maybe.
pub(crate) fn check(form: &Profile, saved: &[model::Profile]) -> Vec<FieldProblem> {
    let (profile, flaws) = form.read();
    let mut problems = Problems::default();
    for flaw in flaws {
        problems.add(&flaw.field, LintLevel::Error, &flaw.message);
    }
    problems.takeover(&profile, saved);
    problems.session(&profile);
    problems.security(&profile);
    problems.will(&profile);
    problems.subscriptions(form);
    problems.0
}

#[derive(Default)]
struct Problems(Vec<FieldProblem>);

impl Problems {
    fn add(&mut self, field: &str, level: LintLevel, message: &str) {
        self.0.push(FieldProblem { field: field.to_owned(), level, message: sentence(message) });
    }

    fn warn_if(&mut self, is_so: bool, field: &str, message: &str) {
        if is_so {
            self.add(field, LintLevel::Warning, message);
        }
    }

    fn hint_if(&mut self, is_so: bool, field: &str, message: &str) {
        if is_so {
            self.add(field, LintLevel::Hint, message);
        }
    }

    /// MQTT 5 §3.1.4: a broker ends the older of two connections with one client identifier.
    fn takeover(&mut self, profile: &model::Profile, saved: &[model::Profile]) {
        let is_rival = |other: &&model::Profile| {
            other.id != profile.id
                && !profile.client_id.is_empty()
                && other.client_id == profile.client_id
                && other.port == profile.port
                && other.host.eq_ignore_ascii_case(&profile.host)
        };
        if let Some(rival) = saved.iter().find(is_rival) {
            let message = format!(
                "The connection “{}” has the same client identifier at this broker; open \
                 together, each would throw the other out",
                rival.name
            );
            self.add("clientId", LintLevel::Warning, &message);
        }
        let is_long = profile.client_id.chars().count() > LONGEST_OF_V31;
        let message = "MQTT 3.1 allows 23 characters; the broker may refuse a longer identifier";
        self.warn_if(is_long && profile.protocol == ProtocolVersion::V31, "clientId", message);
    }

    fn session(&mut self, profile: &model::Profile) {
        let is_forgotten = profile.protocol.has_properties()
            && !profile.clean_start
            && profile.session_expiry == 0;
        let message = "With 0 seconds the broker forgets the session as soon as the connection \
                       ends, so there will be none to go on with";
        self.warn_if(is_forgotten, "sessionExpiry", message);
        let message = "Without keep-alive a connection that has died silently is noticed late, or \
                       never";
        self.hint_if(profile.keep_alive == 0, "keepAlive", message);
    }

    fn security(&mut self, profile: &model::Profile) {
        let is_local = matches!(profile.transport, Transport::Unix { .. })
            || is_loopback(&profile.host)
            || profile.host.is_empty();
        let has_credentials =
            profile.password != PasswordSource::None && profile.authentication.is_none();
        let message = match profile.access_token {
            true => "Without TLS the access token can be read by everybody on the way",
            false => "Without TLS the password can be read by everybody on the way",
        };
        self.warn_if(has_credentials && profile.tls.is_none() && !is_local, "password", message);
        let message = "8883 is the usual port for MQTT over TLS, and TLS is off";
        self.hint_if(profile.tls.is_none() && profile.port == 8883, "port", message);
        let Some(tls) = &profile.tls else { return };
        let message = "1883 is the usual port for MQTT without TLS, and TLS is on";
        self.hint_if(profile.port == 1883, "port", message);
        let message = "Nobody is checked: whoever is on the way can read and change everything, \
                       the password included";
        self.warn_if(tls.trust == Trust::Anything, "tls.trust", message);
        let message = "Whoever has the file that SSLKEYLOGFILE names can read the connection";
        self.warn_if(tls.key_log, "tls.keyLog", message);
    }

    fn will(&mut self, profile: &model::Profile) {
        if let Some(will) = &profile.will {
            self.published("will.topic", &will.topic, will.qos, will.retain);
            let delay = will.properties.iter().find_map(|property| match property {
                model::Property::WillDelayInterval(seconds) => Some(*seconds),
                _ => None,
            });
            let is_cut = delay.is_some_and(|delay| delay > profile.session_expiry);
            let message = "The will is published when the session ends, if that is sooner: the \
                           session expiry is shorter than this delay";
            self.warn_if(is_cut && profile.protocol.has_properties(), "will.delay", message);
        }
        if let Some(birth) = &profile.birth {
            self.published("birth.topic", &birth.topic, birth.qos, birth.retain);
        }
    }

    fn published(&mut self, field: &str, topic: &model::Topic, qos: QoS, retain: bool) {
        for finding in lint::lint_publish(&topic.to_text(), qos, retain, false) {
            self.advice(field, &finding);
        }
    }

    fn subscriptions(&mut self, form: &Profile) {
        let filters: Vec<_> = form.subscriptions.iter().map(|it| it.filter.as_str()).collect();
        for (index, filter) in filters.iter().enumerate() {
            let field = format!("subscriptions.{index}.filter");
            let before = filters.get(..index).unwrap_or_default();
            // Both of two that overlap need not say so.
            for finding in lint::lint_filter(filter, before) {
                self.advice(&field, &finding);
            }
            let message = "This filter stands here twice; the later one replaces the earlier";
            self.warn_if(before.contains(filter), &field, message);
        }
    }

    /// Errors have been said as flaws, and nobody is asked for a word while filling in a form.
    fn advice(&mut self, field: &str, finding: &lint::Finding) {
        let level = match finding.level {
            Level::Error => return,
            Level::Confirm | Level::Warning => LintLevel::Warning,
            Level::Hint => LintLevel::Hint,
        };
        self.add(field, level, &finding.message);
    }
}

/// Whether a host is this machine, by its name or its address.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{SubscriptionInput, TypedPayload, WillInput};

    fn saved() -> model::Profile {
        let mut profile = crate::profiles::tests::profile("p");
        // Nothing to say about this one.
        profile.host = "broker.example".to_owned();
        profile.port = 8883;
        profile.tls = Some(model::Tls::default());
        profile
    }

    fn problems(change: impl FnOnce(&mut model::Profile)) -> Vec<(String, LintLevel)> {
        let mut profile = saved();
        change(&mut profile);
        told(&Profile::from_model(&profile), &[])
    }

    fn told(form: &Profile, saved: &[model::Profile]) -> Vec<(String, LintLevel)> {
        let found = check(form, saved);
        found.into_iter().map(|problem| (problem.field, problem.level)).collect()
    }

    #[test]
    fn what_is_unwise_is_said_at_its_field() {
        use LintLevel::{Error, Hint, Warning};
        type Case = (&'static [(&'static str, LintLevel)], fn(&mut model::Profile));
        let cases: &[Case] = &[
            (&[], |_| {}),
            (&[("name", Error)], |profile| profile.name.clear()),
            (&[("keepAlive", Hint)], |profile| profile.keep_alive = 0),
            (&[("sessionExpiry", Warning)], |profile| {
                (profile.protocol, profile.session_expiry) = (ProtocolVersion::V5, 0);
            }),
            (&[], |profile| profile.session_expiry = 0),
            (&[("password", Warning), ("port", Hint)], |profile| profile.tls = None),
            (&[], |profile| {
                (profile.tls, profile.port, profile.host) = (None, 1883, "[::1]".to_owned());
            }),
            (&[("port", Hint)], |profile| profile.port = 1883),
            (&[("tls.trust", Warning), ("tls.keyLog", Warning)], |profile| {
                let (trust, key_log) = (Trust::Anything, true);
                profile.tls = Some(model::Tls { trust, key_log, ..model::Tls::default() });
            }),
            (&[("clientId", Warning)], |profile| {
                (profile.protocol, profile.client_id) = (ProtocolVersion::V31, "a".repeat(24));
            }),
            (&[("will.delay", Warning)], |profile| {
                profile.protocol = ProtocolVersion::V5;
                let topic = model::Topic::received("a");
                let delay = model::Property::WillDelayInterval(61);
                let properties = model::Properties(vec![delay]);
                profile.will = Some(model::Will { topic, properties, ..Default::default() });
            }),
        ];
        for (expected, change) in cases {
            let expected: Vec<_> =
                expected.iter().map(|(field, level)| ((*field).to_owned(), *level)).collect();
            assert_eq!(problems(change), expected);
        }
    }

    #[test]
    fn two_connections_with_one_identifier_are_told_before_they_fight() {
        let other = |change: fn(&mut model::Profile)| {
            let mut other = model::Profile { name: "lathe".to_owned(), ..saved() };
            other.id.0 = "q".to_owned();
            change(&mut other);
            check(&Profile::from_model(&saved()), &[saved(), other])
        };
        let found = other(|profile| profile.host = "BROKER.example".to_owned());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].field, "clientId");
        assert!(found[0].message.contains("“lathe”"), "{}", found[0].message);
        assert!(other(|profile| profile.host = "elsewhere".to_owned()).is_empty());
        assert!(other(|profile| profile.port = 1).is_empty());
        assert!(other(|profile| profile.client_id = "other".to_owned()).is_empty());
        assert!(other(|profile| profile.id.0 = "p".to_owned()).is_empty(), "that is itself");
    }

    #[test]
    fn topics_and_filters_get_their_advice_once() {
        let mut form = Profile::from_model(&saved());
        let wanted = |filter: &str| SubscriptionInput {
            filter: filter.to_owned(),
            ..form.subscriptions[0].clone()
        };
        form.subscriptions = vec![wanted("a/+"), wanted("a/b"), wanted("a/+"), wanted("a#")];
        form.will = Some(WillInput {
            topic: "/a".to_owned(),
            payload: TypedPayload::default(),
            qos: 0,
            retain: false,
            delay: None,
            expiry: None,
            content_type: None,
            payload_is_text: false,
            response_topic: None,
            correlation_data: None,
            user_properties: Vec::new(),
        });
        let found = told(&form, &[]);
        let of = |field: &str| found.iter().filter(|(found, _)| found == field).count();
        assert!(of("will.topic") > 0, "a leading slash: {found:?}");
        assert_eq!(of("subscriptions.0.filter"), 0);
        assert_eq!(of("subscriptions.1.filter"), 1, "it overlaps with the first");
        assert!(found.contains(&("subscriptions.2.filter".to_owned(), LintLevel::Warning)));
        assert_eq!(of("subscriptions.3.filter"), 1, "an error is said once");
    }
}
