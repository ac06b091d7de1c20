//! `--filter F --qos Q`, again and again: each QoS belongs to the filter before it, so the order on
//! the command line counts, which clap's derived options do not keep.

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};
use wiretree_model::{QoS, Subscription, TopicFilter};

use crate::options::parse_qos;

const FILTER: &str = "filter";
const QOS: &str = "qos";

/// What to subscribe to; never nothing.
pub(crate) struct Subscriptions(pub(crate) Vec<Subscription>);

/// An option, and where it stood on the command line.
enum Given {
    Filter(TopicFilter),
    QoS(QoS),
}

impl Args for Subscriptions {
    fn augment_args(command: Command) -> Command {
        let filter = Arg::new(FILTER)
            .long(FILTER)
            .value_name("F")
            .action(ArgAction::Append)
            .value_parser(TopicFilter::parse)
            .help("Topic filter to subscribe to; may be given again [default: #]");
        let qos = Arg::new(QOS)
            .long(QOS)
            .value_name("Q")
            .action(ArgAction::Append)
            .value_parser(parse_qos)
            .help("Highest QoS wanted for the --filter before it: 0, 1 or 2 [default: 0]");
        command.arg(filter).arg(qos)
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
        given.sort_by_key(|(place, _)| *place);
        let pairs = pair(given.into_iter().map(|(_, given)| given).collect());
        let wrong = |why| Error::raw(ErrorKind::ValueValidation, format!("{why}\n"));
        pairs.map(Self).map_err(wrong)
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

/// Joins each filter with the QoS behind it.
fn pair(given: Vec<Given>) -> Result<Vec<Subscription>, String> {
    let mut pairs: Vec<(TopicFilter, Option<QoS>)> = Vec::new();
    let alone = !given.iter().any(|given| matches!(given, Given::Filter(_)));
    if alone {
        let everything = TopicFilter::parse("#").map_err(|error| error.to_string())?;
        pairs.push((everything, None));
    }
    for given in given {
        match given {
            Given::Filter(filter) if pairs.iter().any(|(known, _)| *known == filter) => {
                return Err(format!("the topic filter {filter} is given twice"));
            }
            Given::Filter(filter) => pairs.push((filter, None)),
            Given::QoS(qos) => match pairs.last_mut() {
                Some((_, wanted @ None)) => *wanted = Some(qos),
                Some(_) => return Err("a filter has one --qos only".to_owned()),
                None => return Err("--qos stands behind the --filter it belongs to".to_owned()),
            },
        }
    }
    let subscription =
        |(filter, qos): (_, Option<QoS>)| Subscription::new(filter, qos.unwrap_or_default());
    Ok(pairs.into_iter().map(subscription).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<String, String> {
        let command = Subscriptions::augment_args(Command::new("test").no_binary_name(true));
        let matches = command.try_get_matches_from(line.split_whitespace());
        let read = matches.and_then(|matches| Subscriptions::from_arg_matches(&matches));
        let show =
            |Subscription { filter, qos, .. }: &Subscription| format!("{filter}:{}", qos.bits());
        match read {
            Ok(Subscriptions(list)) => Ok(list.iter().map(show).collect::<Vec<_>>().join(" ")),
            Err(error) => Err(error.to_string()),
        }
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
    fn what_belongs_to_nothing_is_refused() {
        for (line, reason) in [
            ("--qos 1 --filter a", "behind the --filter"),
            ("--filter a --qos 1 --qos 2", "one --qos only"),
            ("--qos 1 --qos 2", "one --qos only"),
            ("--filter a --filter a", "given twice"),
            ("--filter a --qos 3", "0, 1 or 2"),
            ("--filter a#", "must be the last level"),
        ] {
            let error = parse(line).expect_err(line);
            assert!(error.contains(reason), "{line}: {error}");
        }
    }
}
