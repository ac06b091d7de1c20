//! Subscriptions of an open connection, changed while it is up.

use wiretree_model::{Subscription, TopicFilter};
use wiretree_session::{Session, SessionError};

use crate::wire::{AppError, Flaws, SubscriptionInput, SubscriptionState, UnsubscribeResult};

/// Subscribes, or gives filters other options, and tells what the broker made of each.
///
/// # Errors
/// `filter-invalid`: nothing was sent; or the broker did not answer.
pub(crate) async fn subscribe(
    session: &Session,
    inputs: &[SubscriptionInput],
) -> Result<Vec<SubscriptionState>, AppError> {
    let states = session.subscribe(wanted(inputs)?).await?;
    Ok(states.iter().map(SubscriptionState::from_session).collect())
}

fn wanted(inputs: &[SubscriptionInput]) -> Result<Vec<Subscription>, AppError> {
    let mut flaws = Flaws::default();
    let wanted: Vec<_> =
        inputs.iter().filter_map(|input| input.to_model("subscription", &mut flaws)).collect();
    for subscription in &wanted {
        flaws.take("subscription", subscription.check());
    }
    match flaws.0.into_iter().next() {
        None => Ok(wanted),
        Some(flaw) => Err(refused(&flaw.message)),
    }
}

fn refused(why: &str) -> AppError {
    AppError::new("filter-invalid", format!("Nothing was subscribed to: {why}"))
}

/// Ends subscriptions, and tells what the broker made of each.
///
/// # Errors
/// `filter-invalid`: nothing was sent; or the broker did not answer.
pub(crate) async fn unsubscribe(
    session: &Session,
    filters: &[String],
) -> Result<Vec<UnsubscribeResult>, AppError> {
    let filters: Result<Vec<_>, _> = filters.iter().map(|it| TopicFilter::parse(it)).collect();
    let outcomes = session.unsubscribe(filters.map_err(SessionError::from)?).await?;
    Ok(outcomes.iter().map(UnsubscribeResult::from_session).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::RetainHandling;

    fn input(filter: &str, qos: u8, identifier: Option<u32>) -> SubscriptionInput {
        SubscriptionInput {
            filter: filter.to_owned(),
            qos,
            no_local: true,
            retain_as_published: false,
            retain_handling: RetainHandling::SendIfNew,
            identifier,
        }
    }

    #[test]
    fn what_was_typed_is_asked_for() {
        let asked = wanted(&[input("a/#", 2, Some(7)), input("b", 0, None)]).unwrap();
        assert_eq!(asked.len(), 2);
        assert_eq!(asked[0].filter.as_str(), "a/#");
        assert_eq!((asked[0].qos.bits(), asked[0].identifier), (2, Some(7)));
        assert!(asked[0].no_local && !asked[0].retain_as_published);
    }

    #[test]
    fn one_wrong_filter_keeps_all_from_being_sent() {
        for wrong in [
            input("a#", 0, None),
            input("a", 3, None),
            input("a", 0, Some(0)),
            input("$share/g/a", 0, None),
        ] {
            let error = wanted(&[input("b", 0, None), wrong]).unwrap_err();
            assert_eq!(error.code, "filter-invalid", "{error:?}");
        }
    }
}
