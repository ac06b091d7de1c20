//! The numbers of the newest messages of segments that are gone, so that those of the next go on.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use wiretree_session::{History, Reader};

use super::names::Names;
use crate::console::warn;
use crate::error::CliError;

/// The newest number by the key of a connection.
type Numbers = BTreeMap<String, u64>;

/// The number to go on behind: that of the newest message of a connection in the segments that are
/// there or were; 0: it begins. What cannot be read is told, and is no reason not to record.
pub(super) fn last(names: &Names, key: &str) -> u64 {
    let gone = read(&names.numbers()).get(key).copied().unwrap_or(0);
    let mut found = None;
    for path in names.all().iter().rev() {
        let connection = History::open_read_only(path).and_then(|reader| reader.connection(key));
        match connection {
            // One that took over right before a crash has the connection, and no message of it.
            Ok(Some(connection)) if connection.last_sequence > 0 => {
                found = Some(connection.last_sequence);
                break;
            }
            Ok(_) => {}
            Err(error) => warn(format!("the numbers go on without those of a segment: {error}")),
        }
    }
    gone.max(found.unwrap_or(0))
}

/// Writes down the numbers of a segment that is about to be removed.
///
/// # Errors
/// The segment cannot be read, or the file not be written.
pub(super) fn keep(names: &Names, reader: &Reader) -> Result<(), CliError> {
    let path = names.numbers();
    let mut numbers = read(&path);
    for connection in reader.connections()? {
        let newest = numbers.entry(connection.key).or_default();
        *newest = connection.last_sequence.max(*newest);
    }
    write(&path, &numbers).map_err(|cause| CliError::File { path, cause })
}

/// None where the file is missing or is not ours.
fn read(path: &Path) -> Numbers {
    let text = fs::read(path).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// At no moment the file is half written.
fn write(path: &Path, numbers: &Numbers) -> std::io::Result<()> {
    let part = path.with_extension("json.part");
    let mut file = File::create(&part)?;
    file.write_all(&serde_json::to_vec(numbers)?)?;
    file.sync_all()?;
    fs::rename(&part, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_segments_that_are_gone_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let names = Names::of(&folder.path().join("plant.wiretree")).unwrap();
        assert_eq!(last(&names, "cli:plant"), 0);
        let numbers = [("cli:plant".to_owned(), 17), ("cli:mill".to_owned(), 3)];
        write(&names.numbers(), &numbers.into()).unwrap();
        assert_eq!((last(&names, "cli:plant"), last(&names, "cli:mill")), (17, 3));
        assert_eq!(last(&names, "cli:other"), 0);
        fs::write(names.numbers(), b"{\"cli:plant\": -1").unwrap();
        assert_eq!(last(&names, "cli:plant"), 0);
    }
}
