//! Logs on disk: those of real masters, torn ones, foreign ones, and what a new one holds.
#![allow(clippy::unwrap_used, reason = "this file holds tests only")]

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use mesos_log::leveldb::LevelDb;
use mesos_log::replica::Replica;
use mesos_log::single::SingleLog;
use mesos_log::storage::Storage;
use mesos_log::variables::Variables;
use mesos_proto::internal::Registry;
use mesos_proto::internal::log::action::Type;
use mesos_proto::internal::log::metadata::Status;
use mesos_proto::internal::log::{Action, Metadata};
use prost::Message;
use tempfile::TempDir;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// A log of one of three masters of Mesos 1.11, one of which was killed while it led.
fn recorded(name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("replicated_log");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/replicated_log");
    copy(&golden.join(name), &path);
    (folder, path)
}

fn open(path: &Path) -> Variables<SingleLog<LevelDb>> {
    let log = SingleLog::open(LevelDb::open(path).unwrap(), true).unwrap();
    Variables::open(log).unwrap()
}

fn store(variables: &mut Variables<SingleLog<LevelDb>>, value: &str) {
    let entry = variables.fetch("registry");
    let value = Bytes::from(value.to_owned());
    assert!(variables.store(&entry, value).unwrap().is_some());
    variables.truncate().unwrap();
}

#[test]
fn log_1_logs_of_real_masters_are_opened_and_hold_the_registry() {
    let mut leaders = Vec::new();
    for name in ["m5061", "m5062", "m5063"] {
        let (_folder, path) = recorded(name);
        let variables = open(&path);
        let registry = Registry::decode(variables.fetch("registry").value).unwrap();
        assert_eq!(registry.slaves.unwrap().slaves.len(), 1, "{name}");
        leaders.push(registry.master.unwrap().info.hostname().to_owned());
    }
    assert_eq!(leaders.len(), 3);
}

#[test]
fn what_is_written_to_a_real_masters_log_is_there_after_a_restart() {
    let (_folder, path) = recorded("m5062");
    store(&mut open(&path), "new");
    assert_eq!(open(&path).fetch("registry").value, "new");
}

#[test]
fn log_5_a_new_log_holds_what_the_originals_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    store(&mut open(&path), "value");
    let mut storage = LevelDb::open(&path).unwrap();
    let restored = storage.restore().unwrap();
    let metadata = Metadata {
        status: Status::Voting.into(),
        promised: 1,
    };
    assert_eq!(
        (restored.metadata, restored.begin, restored.end),
        (metadata, 1, 2)
    );
    assert!(restored.holes.is_empty() && restored.unlearned.is_empty());
    assert!(storage.read(0).is_err(), "truncated entries are deleted");
    let append = storage.read(1).unwrap();
    let truncate = storage.read(2).unwrap();
    let numbers = |action: &Action| (action.promised, action.performed, action.learned());
    assert_eq!(
        (append.r#type(), numbers(&append)),
        (Type::Append, (1, Some(1), true))
    );
    assert_eq!(
        (truncate.r#type(), numbers(&truncate)),
        (Type::Truncate, (1, Some(1), true))
    );
    assert_eq!(truncate.truncate.unwrap().to, 1);
    assert!(append.append.unwrap().cksum.is_none());

    // The next start promises one more, and each store costs two positions.
    drop(storage);
    store(&mut open(&path), "next");
    let mut storage = LevelDb::open(&path).unwrap();
    let restored = storage.restore().unwrap();
    assert_eq!(
        (restored.metadata.promised, restored.begin, restored.end),
        (2, 3, 4)
    );
}

#[test]
fn reg_21_only_the_version_that_was_fetched_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let mut variables = open(&folder.path().join("log"));
    let old = variables.fetch("registry");
    let stored = variables.store(&old, Bytes::from_static(b"one")).unwrap();
    assert_eq!(stored, Some(variables.fetch("registry")));
    let again = variables.store(&old, Bytes::from_static(b"two")).unwrap();
    assert_eq!(again, None);
    assert_eq!(variables.fetch("registry").value, "one");
}

/// The newest file of LevelDB's own log.
fn newest_log(path: &Path) -> PathBuf {
    let entries = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut logs: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|end| end == "log"))
        .collect();
    logs.sort();
    logs.pop().unwrap()
}

#[test]
fn a_torn_write_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    store(&mut open(&path), "first");
    let mut lengths = Vec::new();
    let mut variables = open(&path);
    for number in 0..4 {
        lengths.push(fs::metadata(newest_log(&path)).unwrap().len());
        store(&mut variables, &number.to_string());
    }
    drop(variables);
    let whole = fs::metadata(newest_log(&path)).unwrap().len();
    for length in (lengths[0]..=whole).step_by(11) {
        let torn = folder.path().join("torn");
        let _ = fs::remove_dir_all(&torn);
        copy(&path, &torn);
        let file = fs::File::options()
            .write(true)
            .open(newest_log(&torn))
            .unwrap();
        file.set_len(length).unwrap();
        let mut variables = open(&torn);
        let value = variables.fetch("registry").value;
        let acknowledged = lengths.iter().rposition(|end| *end <= length).unwrap();
        let least = match acknowledged {
            0 => "first".to_owned(),
            stores => (stores - 1).to_string(),
        };
        let next = acknowledged.to_string();
        assert!(value == least || value == next, "{value:?} at {length}");
        store(&mut variables, "after");
        drop(variables);
        assert_eq!(open(&torn).fetch("registry").value, "after", "at {length}");
    }
}

#[test]
fn a_folder_of_something_else_and_one_in_use_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("precious"), "data").unwrap();
    let error = LevelDb::open(&path).unwrap_err().to_string();
    assert!(error.ends_with("the folder is not empty, and is no log (there is no file 'CURRENT')"));
    assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
    fs::write(path.join("CURRENT"), "MANIFEST-000042\n").unwrap();
    assert!(LevelDb::open(&path).is_err());
    assert_eq!(fs::read_to_string(path.join("precious")).unwrap(), "data");

    let used = folder.path().join("used");
    let held = open(&used);
    let error = LevelDb::open(&used).unwrap_err().to_string();
    assert!(error.ends_with("another process uses it"), "{error}");
    drop(held);
    LevelDb::open(&used).unwrap();
}

#[test]
fn records_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let options = rusty_leveldb::Options::default();
    let mut db = rusty_leveldb::DB::open(&path, options).unwrap();
    db.put(b"0000000001", b"\xff\xff").unwrap();
    db.close().unwrap();
    drop(db);
    let error = Replica::open(LevelDb::open(&path).unwrap()).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("Failed to read the log: the record at '0000000001' is none"),
        "{text}"
    );
}

#[test]
fn tables_that_cannot_be_read_are_no_empty_log() {
    let (_folder, path) = recorded("m5061");
    let table = path.join("000011.ldb");
    let length = fs::metadata(&table).unwrap().len();
    // The footer stays: the library opens it, and passes over blocks whose checksum is wrong.
    let mut bytes = fs::read(&table).unwrap();
    let blocks = usize::try_from(length).unwrap() - 48;
    bytes[..blocks / 2].fill(0x55);
    fs::write(&table, bytes).unwrap();
    let opened = LevelDb::open(&path).and_then(|storage| SingleLog::open(storage, true));
    let error = opened.expect_err("it is refused").to_string();
    assert!(error.starts_with("Failed to "), "{error}");
}

#[test]
fn log_22_only_an_initialized_log_is_used_when_it_is_not_to_initialize_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let error = SingleLog::open(LevelDb::open(&path).unwrap(), false).unwrap_err();
    assert!(error.to_string().contains("not initialized"), "{error}");
    drop(open(&path));
    SingleLog::open(LevelDb::open(&path).unwrap(), false).unwrap();
}
