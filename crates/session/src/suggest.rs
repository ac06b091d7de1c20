//! What could be typed next in a query, with what was recorded lately.
//!
//! Absent: a clock, and the page; a door asks once for each pause in typing.

use std::time::Duration;

use wiretree_model::Property;
use wiretree_query::{Completion, Known, complete, paths};
use wiretree_store::{Query, Reader};

use crate::SessionError;

/// Messages whose fields are proposed, and how long they are looked for.
const SAMPLES: usize = 12;
const BUDGET: Duration = Duration::from_millis(60);
/// Bytes of a payload that is looked into.
const LARGEST: usize = 256 * 1024;
/// Fields of one payload, and topics.
const MOST_PATHS: usize = 100;
const MOST_TOPICS: usize = 2_000;

/// Proposals for the spot before `cursor`, a place in bytes, from the newest messages of `scope`.
///
/// # Errors
/// The history cannot be read.
pub fn suggest(
    reader: &Reader,
    scope: &Query,
    text: &str,
    cursor: usize,
) -> Result<Completion, SessionError> {
    let page = reader.page(scope, None, SAMPLES, BUDGET)?;
    let (mut known_paths, mut user_keys) = (Vec::new(), Vec::new());
    for item in &page.items {
        let publish = &item.message.publish;
        if publish.payload.len() <= LARGEST {
            paths(&publish.payload, MOST_PATHS)
                .into_iter()
                .for_each(|it| add(&mut known_paths, it));
        }
        for property in publish.properties.iter() {
            if let Property::UserProperty(key, _) = property {
                add(&mut user_keys, key.to_text().into_owned());
            }
        }
    }
    let topics = match scope.connection {
        Some(connection) if text.contains("topic:") => {
            let topics = reader.topics(connection, MOST_TOPICS)?.into_iter();
            topics.map(|topic| topic.to_text().into_owned()).collect()
        }
        _ => Vec::new(),
    };
    let known = Known { topics: &topics, paths: &known_paths, user_keys: &user_keys };
    Ok(complete(text, cursor, &known))
}

/// Each once, in the order in which they come.
fn add(list: &mut Vec<String>, text: String) {
    if !list.contains(&text) {
        list.push(text);
    }
}
