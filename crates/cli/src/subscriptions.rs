//! `--filter F --qos Q --no-local …`, again and again: each option belongs to the filter before it,
//! so the order on the command line counts, which clap's derived options do not keep.

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};
use wiretree_model::{QoS, RetainHandling, Subscription, TopicFilter};

use crate::error::CliError;
use crate::options::parse_qos;

const FILTER: &str = "filter";
const QOS: &str = "qos";
const NO_LOCAL: &str = "no-local";
const RETAIN_HANDLING: &str = "retain-handling";
const RETAIN_AS_PUBLISHED: &str = "retain-as-published";
const IDENTIFIER: &str = "subscription-id";

/// What to subscribe to, as far as it was said.
pub(crate) struct Subscriptions(Vec<Wanted>);

/// A filter and the options behind it. Only the first may be without a filter.
#[derive(Clone, Default)]
struct Wanted {
    filter: Option<TopicFilter>,
    qos: Option<QoS>,
    no_local: Option<bool>,
    retain_handling: Option<RetainHandling>,
    retain_as_published: Option<bool>,
    identifier: Option<u32>,
}

/// An option, and where it stood on the command line.
enum Given {
    Filter(TopicFilter),
    QoS(QoS),
    NoLocal(bool),
    RetainHandling(RetainHandling),
    RetainAsPublished(bool),
    Identifier(u32),
}

impl Subscriptions {
    /// The subscriptions; to everything where no filter was given. RETAIN comes as it was published
    /// unless something else was said, since that shows most.
    ///
    /// # Errors
    /// [`CliError::Usage`].
    pub(crate) fn or_everything(mut self) -> Result<Vec<Subscription>, CliError> {
        if self.0.is_empty() {
            self.0.push(Wanted::default());
        }
        if let Some(first) = self.0.first_mut().filter(|first| first.filter.is_none()) {
            let everything = TopicFilter::parse("#");
            first.filter = Some(everything.map_err(|error| CliError::Usage(error.to_string()))?);
        }
        self.named(true)
    }

    /// The subscriptions; none where no filter was given.
    ///
    /// # Errors
    /// [`CliError::Usage`]: an option belongs to no filter.
    pub(crate) fn named(self, retain_as_published: bool) -> Result<Vec<Subscription>, CliError> {
        let subscription = |wanted: Wanted| {
            let filter = wanted.filter.ok_or_else(|| {
                CliError::Usage("each option stands behind the --filter it belongs to".to_owned())
            })?;
            Ok(Subscription {
                filter,
                qos: wanted.qos.unwrap_or_default(),
                no_local: wanted.no_local.unwrap_or_default(),
                retain_as_published: wanted.retain_as_published.unwrap_or(retain_as_published),
                retain_handling: wanted.retain_handling.unwrap_or_default(),
                identifier: wanted.identifier,
            })
        };
        self.0.into_iter().map(subscription).collect()
    }
}

impl Args for Subscriptions {
    fn augment_args(command: Command) -> Command {
        let option = |name: &'static str, help: &'static str| {
            Arg::new(name).long(name).action(ArgAction::Append).help(help)
        };
        // Clap does not keep where a flag stood; an option without a value it does.
        let flag = |name, help| {
            option(name, help).value_parser(value_parser!(bool)).default_missing_value("true")
        };
        command
            .next_help_heading("Subscriptions")
            .arg(
                option(
                    FILTER,
                    "Topic filter to subscribe to; may be given again [default: with record #, otherwise none]",
                )
                    .value_name("F")
                    .value_parser(TopicFilter::parse),
            )
            .arg(
                option(QOS, "Highest QoS wanted for the --filter before it: 0, 1 or 2 [default: 0]")
                    .value_name("Q")
                    .value_parser(parse_qos),
            )
            .arg(
                flag(
                    NO_LOCAL,
                    "For the --filter before it: do not send back what this connection published \
                     (MQTT 5)",
                )
                .num_args(0),
            )
            .arg(
                option(
                    RETAIN_HANDLING,
                    "For the --filter before it: when to send what is retained: send, send-if-new \
                     or do-not-send (MQTT 5)",
                )
                .value_name("WHEN")
                .value_parser(parse_handling),
            )
            .arg(
                flag(
                    RETAIN_AS_PUBLISHED,
                    "For the --filter before it: leave the RETAIN flag as it was published [default: \
                     true; with subscribe false, as mosquitto_sub has it] (MQTT 5)",
                )
                .value_name("BOOL")
                .require_equals(true)
                .num_args(0..=1),
            )
            .arg(
                option(
                    IDENTIFIER,
                    "For the --filter before it: a number that comes back with each message that \
                     matches (MQTT 5)",
                )
                .value_name("N")
                .value_parser(value_parser!(u32).range(1..=268_435_455)),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Subscriptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut given: Vec<(usize, Given)> = Vec::new();
        given.extend(in_place(matches, FILTER, Given::Filter));
        given.extend(in_place(matches, QOS, Given::QoS));
        given.extend(in_place(matches, NO_LOCAL, Given::NoLocal));
        given.extend(in_place(matches, RETAIN_HANDLING, Given::RetainHandling));
        given.extend(in_place(matches, RETAIN_AS_PUBLISHED, Given::RetainAsPublished));
        given.extend(in_place(matches, IDENTIFIER, Given::Identifier));
        given.sort_by_key(|(place, _)| *place);
        let wrong = |why| Error::raw(ErrorKind::ValueValidation, format!("{why}\n"));
        group(given.into_iter().map(|(_, given)| given)).map(Self).map_err(wrong)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn in_place<T: Clone + Send + Sync + 'static>(
    matches: &ArgMatches,
    option: &str,
    to_given: fn(T) -> Given,
) -> impl Iterator<Item = (usize, Given)> {
    let values = matches.get_many::<T>(option).into_iter().flatten().cloned().map(to_given);
    let places: Vec<usize> = matches.indices_of(option).into_iter().flatten().collect();
    places.into_iter().zip(values.collect::<Vec<_>>())
}

/// Joins each filter with the options behind it.
fn group(given: impl Iterator<Item = Given>) -> Result<Vec<Wanted>, String> {
    let mut groups: Vec<Wanted> = Vec::new();
    for given in given {
        if let Given::Filter(filter) = given {
            if groups.iter().any(|known| known.filter.as_ref() == Some(&filter)) {
                return Err(format!("the topic filter {filter} is given twice"));
            }
            groups.push(Wanted { filter: Some(filter), ..Wanted::default() });
            continue;
        }
        if groups.is_empty() {
            groups.push(Wanted::default());
        }
        let Some(wanted) = groups.last_mut() else { continue };
        let fresh = match given {
            Given::Filter(_) => true,
            Given::QoS(value) => wanted.qos.replace(value).is_none(),
            Given::NoLocal(value) => wanted.no_local.replace(value).is_none(),
            Given::RetainHandling(value) => wanted.retain_handling.replace(value).is_none(),
            Given::RetainAsPublished(value) => wanted.retain_as_published.replace(value).is_none(),
            Given::Identifier(value) => wanted.identifier.replace(value).is_none(),
        };
        if !fresh {
            return Err("a filter has each option once at most".to_owned());
        }
    }
    match groups.split_first() {
        Some((first, rest)) if first.filter.is_none() && !rest.is_empty() => {
            Err("each option stands behind the --filter it belongs to".to_owned())
        }
        _ => Ok(groups),
    }
}

fn parse_handling(text: &str) -> Result<RetainHandling, String> {
    match text {
        "send" | "0" => Ok(RetainHandling::Send),
        "send-if-new" | "1" => Ok(RetainHandling::SendIfNew),
        "do-not-send" | "2" => Ok(RetainHandling::DoNotSend),
        _ => Err("write send, send-if-new or do-not-send".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Subscriptions, String> {
        let command = Subscriptions::augment_args(Command::new("test").no_binary_name(true));
        let matches = command.try_get_matches_from(line.split_whitespace());
        let read = matches.and_then(|matches| Subscriptions::from_arg_matches(&matches));
        read.map_err(|error| error.to_string())
    }

    fn parse(line: &str) -> Result<String, String> {
        let show =
            |Subscription { filter, qos, .. }: &Subscription| format!("{filter}:{}", qos.bits());
        let list = read(line)?.or_everything().map_err(|error| error.to_string())?;
        Ok(list.iter().map(show).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn each_qos_belongs_to_the_filter_before_it() {
        for (line, expected) in [
            ("", "#:0"),
            ("--qos 1", "#:1"),
            ("--filter a/#", "a/#:0"),
            ("--filter a --qos 2 --filter b --filter c --qos 1", "a:2 b:0 c:1"),
            ("--filter=a --qos=1 --filter=$SYS/#", "a:1 $SYS/#:0"),
        ] {
            assert_eq!(parse(line).as_deref(), Ok(expected), "{line}");
        }
    }

    #[test]
    fn every_option_belongs_to_the_filter_before_it() {
        let line = "--filter a --no-local --subscription-id 7 \
                    --filter b --retain-handling do-not-send --retain-as-published \
                    --filter c --retain-as-published=false --no-local";
        let list = read(line).unwrap().named(false).unwrap();
        let options = |at: usize| {
            let found: &Subscription = &list[at];
            (found.no_local, found.retain_as_published, found.retain_handling, found.identifier)
        };
        assert_eq!(options(0), (true, false, RetainHandling::Send, Some(7)));
        assert_eq!(options(1), (false, true, RetainHandling::DoNotSend, None));
        assert_eq!(options(2), (true, false, RetainHandling::Send, None));
        let usual = read("--filter a").unwrap().or_everything().unwrap();
        assert!(usual[0].retain_as_published, "it shows most");
    }

    #[test]
    fn what_belongs_to_nothing_is_refused() {
        for (line, reason) in [
            ("--qos 1 --filter a", "behind the --filter"),
            ("--filter a --qos 1 --qos 2", "once at most"),
            ("--filter a --no-local --no-local", "once at most"),
            ("--qos 1 --qos 2", "once at most"),
            ("--filter a --filter a", "given twice"),
            ("--filter a --qos 3", "0, 1 or 2"),
            ("--filter a --subscription-id 0", "1..=268435455"),
            ("--filter a --retain-handling never", "do-not-send"),
            ("--filter a#", "must be the last level"),
        ] {
            let error = parse(line).expect_err(line);
            assert!(error.contains(reason), "{line}: {error}");
        }
        let error = read("--qos 1").unwrap().named(false).err().map(|error| error.to_string());
        assert!(error.is_some_and(|error| error.contains("behind the --filter")));
        assert_eq!(read("").unwrap().named(false).unwrap(), []);
    }
}
