//! A segment and its file: what a crash between the two, or another recorder, makes of them.

use wiretree_model::{Direction, Message, Publish, Timestamp, Topic};

use super::*;

const SEGMENT: &str = "p-20260102T030405Z";

/// A recording in the first folder, and its files in the second.
struct Setup {
    folder: tempfile::TempDir,
    files: PathBuf,
}

impl Setup {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = folder.path().join("files");
        fs::create_dir(&files).unwrap();
        Self { folder, files }
    }

    fn segment(&self) -> PathBuf {
        self.folder.path().join(SEGMENT).with_extension("wiretree")
    }

    fn file(&self, ending: &str) -> PathBuf {
        self.files.join(format!("{SEGMENT}{ending}.parquet"))
    }

    /// Goes on in the segment with a message.
    fn record(&self, sequence: u64) {
        let publish = Publish { topic: Topic::received("t"), ..Publish::default() };
        let received_at = Timestamp(sequence as i64);
        let message = Message { sequence, received_at, direction: Direction::Received, publish };
        let history = History::open(&self.segment()).unwrap();
        let log = history.connection("k", "K").unwrap();
        log.try_reserve().unwrap().unwrap().send(vec![message]).unwrap();
        history.close().unwrap();
    }

    /// Writes the file, and ends as a crash does: before the segment goes.
    async fn export(&self) {
        let reader = History::open_read_only(&self.segment()).unwrap();
        export(reader, self.file("")).await.unwrap();
    }

    async fn convert(&self) -> Done {
        let names = Names::of(&self.folder.path().join("p.wiretree")).unwrap();
        convert(names, self.segment(), self.files.clone()).await.unwrap()
    }
}

#[tokio::test]
async fn a_segment_that_is_in_its_file_already_is_not_written_again() {
    let setup = Setup::new();
    setup.record(1);
    setup.export().await;
    assert!(matches!(setup.convert().await, Done::Nothing));
    assert!(!setup.segment().exists() && setup.file("").exists() && !setup.file(" (2)").exists());
}

#[tokio::test]
async fn a_segment_that_went_on_after_its_file_is_written_anew_and_the_file_stays() {
    let setup = Setup::new();
    setup.record(1);
    setup.export().await;
    let before = fs::read(setup.file("")).unwrap();
    setup.record(2);
    let done = setup.convert().await;
    let Done::Written { path, messages } = done else { panic!("its new message is nowhere") };
    assert_eq!((path, messages), (setup.file(" (2)"), 2));
    assert_eq!(fs::read(setup.file("")).unwrap(), before);
    assert!(!setup.segment().exists());
}

#[tokio::test]
async fn a_file_of_another_recorder_that_has_the_name_is_not_taken_for_that_of_the_segment() {
    let (setup, other) = (Setup::new(), Setup::new());
    other.record(7);
    other.export().await;
    fs::copy(other.file(""), setup.file("")).unwrap();
    fs::write(setup.file(" (2)"), b"no table").unwrap();
    setup.record(1);
    let done = setup.convert().await;
    let Done::Written { path, messages } = done else { panic!("its message is nowhere") };
    assert_eq!((path, messages), (setup.file(" (3)"), 1));
}
