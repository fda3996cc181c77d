//! Journals on a real file system: what a crash, a full disk, another user or an editor may leave.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::path::{Path, PathBuf};

use fixforme::host::{Interrupt, JournalFolder};
use fixforme::ports::Journal;
use fixforme::ports::journal::{Integrity, Records};
use serde_json::{Value, json};
use tempfile::TempDir;

const RUN: &str = "0190e5b0-0000-7000-8000-000000000001";
const OTHER: &str = "0190e5b0-0000-7000-8000-000000000002";

struct Folder {
    _temporary: TempDir,
    state: PathBuf,
}

impl Folder {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let state = temporary.path().join("deep").join("state");
        Self { _temporary: temporary, state }
    }

    /// Another handle on the same folder, as another process would have.
    fn open(&self) -> JournalFolder {
        JournalFolder::new(self.state.clone(), Interrupt::new())
    }

    fn file(&self, run: &str) -> PathBuf {
        self.state.join("runs").join(format!("{run}.ndjson"))
    }

    fn read(&self) -> Records {
        self.open().read(RUN).unwrap()
    }

    /// A journal of three records.
    fn filled() -> (Self, Vec<Value>) {
        let folder = Self::new();
        let records = vec![
            json!({"type": "run", "format": 1, "tenant": "t-1"}),
            json!({"type": "intent", "change": "policy", "before": null, "after": "Ä \u{1F511} \"q\""}),
            json!({"type": "outcome", "status": 204, "ids": ["r-1"], "n": -1.5e3}),
        ];
        let journal = folder.open();
        journal.create(RUN).unwrap();
        records.iter().for_each(|record| journal.append(RUN, record.to_string()).unwrap());
        (folder, records)
    }
}

#[test]
fn a_journal_is_read_back_as_it_was_written() {
    let (folder, records) = Folder::filled();
    let found = folder.read();
    assert_eq!((found.records, found.integrity), (records, Integrity::Whole));
    let error = folder.open().create(RUN).unwrap_err();
    assert!(format!("{error:#}").contains(RUN), "{error:#}");
    assert_eq!(PathBuf::from(folder.open().location(RUN)), folder.file(RUN));
}

#[test]
fn a_later_process_writes_on_behind_the_last_whole_record() {
    let (folder, mut records) = Folder::filled();
    let whole = fs_err::read(folder.file(RUN)).unwrap();
    let torn = [whole.clone(), b"{\"n\":4,\"r\":{\"type\":\"ver".to_vec()].concat();
    fs_err::write(folder.file(RUN), torn).unwrap();
    let end = json!({"type": "end"});
    folder.open().append(RUN, end.to_string()).unwrap();
    records.push(end);
    let found = folder.read();
    assert_eq!((found.records, found.integrity), (records, Integrity::Whole));
}

/// What a crash or a disk may leave never gives a whole journal with records that were not written.
#[test]
fn every_prefix_and_every_flipped_bit_is_seen_for_what_it_is() {
    let (folder, records) = Folder::filled();
    let whole = fs_err::read(folder.file(RUN)).unwrap();
    let journal = folder.open();
    let check = |bytes: &[u8], what: &str| {
        fs_err::write(folder.file(RUN), bytes).unwrap();
        let found = journal.read(RUN).unwrap();
        match found.integrity {
            Integrity::Whole => {
                assert!(found.records.len() < records.len(), "{what}");
                assert_eq!(found.records, records[..found.records.len()], "{what}");
            }
            Integrity::Unchained { line } => assert!(line <= found.records.len(), "{what}"),
            Integrity::Damaged { line, .. } => assert_eq!(line, found.records.len() + 1, "{what}"),
        }
    };
    for end in 0..whole.len() {
        check(&whole[..end], &format!("cut after {end} bytes"));
    }
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bent = whole.clone();
            bent[at] ^= 1 << bit;
            check(&bent, &format!("bit {bit} of byte {at}"));
        }
    }
}

#[test]
fn a_damaged_journal_is_read_as_far_as_it_goes_and_not_written_to() {
    let (folder, records) = Folder::filled();
    let text = fs_err::read_to_string(folder.file(RUN)).unwrap();
    let damaged = text.replacen("\"intent\"", "\"in\u{0}tent", 1);
    fs_err::write(folder.file(RUN), &damaged).unwrap();
    let found = folder.read();
    assert!(matches!(found.integrity, Integrity::Damaged { line: 2, .. }), "{:?}", found.integrity);
    assert_eq!(found.records, records[..1]);
    let error = format!("{:#}", folder.open().append(RUN, json!({}).to_string()).unwrap_err());
    assert!(error.contains("damaged in line 2"), "{error}");
    assert_eq!(fs_err::read_to_string(folder.file(RUN)).unwrap(), damaged);
}

#[test]
fn an_edited_journal_or_another_key_is_told_from_a_whole_one() {
    let (folder, records) = Folder::filled();
    let text = fs_err::read_to_string(folder.file(RUN)).unwrap();
    fs_err::write(folder.file(RUN), text.replace("204", "200")).unwrap();
    assert_eq!(folder.read().integrity, Integrity::Unchained { line: 3 });
    // An editor's line ends change no record, but the file is no longer what was written.
    fs_err::write(folder.file(RUN), text.replace('\n', "\r\n")).unwrap();
    assert_eq!(folder.read().integrity, Integrity::Unchained { line: 1 });
    assert_eq!(folder.read().records, records);

    fs_err::write(folder.file(RUN), &text).unwrap();
    fs_err::copy(folder.file(RUN), folder.file(OTHER)).unwrap();
    assert_eq!(folder.open().read(OTHER).unwrap().integrity, Integrity::Unchained { line: 1 });

    let key = folder.state.join("journal.key");
    fs_err::remove_file(&key).unwrap();
    assert_eq!(folder.read().integrity, Integrity::Unchained { line: 1 });
    assert!(!key.exists(), "reading makes no key");
    fs_err::write(&key, b"short").unwrap();
    assert_eq!(folder.read().integrity, Integrity::Unchained { line: 1 });
    let error = format!("{:#}", folder.open().create("0190e5b0-0000-7000-8000-000000000003").unwrap_err());
    assert!(error.contains("journal.key") && error.contains("Move it away"), "{error}");
}

#[test]
fn runs_are_listed_newest_first_and_nothing_else_is() {
    let folder = Folder::new();
    assert!(folder.open().list().unwrap().is_empty());
    let journal = folder.open();
    journal.create(RUN).unwrap();
    journal.create(OTHER).unwrap();
    let runs = folder.state.join("runs");
    for foreign in [
        "notes.txt",
        "x.ndjson",
        &format!("{RUN}.ndjson.bak"),
        ".ndjson",
        "0190E5B0-0000-7000-8000-00000000000A.ndjson",
    ] {
        fs_err::write(runs.join(foreign), "").unwrap();
    }
    fs_err::create_dir(runs.join("0190e5b0-0000-7000-8000-00000000000b.ndjson")).unwrap();
    // What is written to last does not count: the other one began later.
    let times = std::fs::FileTimes::new().set_modified(std::time::SystemTime::UNIX_EPOCH);
    fs_err::OpenOptions::new().write(true).open(folder.file(OTHER)).unwrap().file().set_times(times).unwrap();
    let listed: Vec<String> = journal.list().unwrap().into_iter().map(|file| file.run).collect();
    assert_eq!(listed, [OTHER, RUN]);
    journal.delete(RUN).unwrap();
    assert!(format!("{:#}", journal.read(RUN).unwrap_err()).contains("fixforme runs"));
    assert_eq!(journal.list().unwrap().len(), 1);
}

#[test]
fn what_is_no_id_of_a_run_never_becomes_a_file_name() {
    let (folder, _) = Folder::filled();
    let journal = folder.open();
    for odd in [
        "",
        "..",
        "../journal",
        "/etc/passwd",
        "0190E5B0-0000-7000-8000-000000000001",
        "0190e5b0000070008000000000000001",
        "{0190e5b0-0000-7000-8000-000000000001}",
        "0190e5b0-0000-7000-8000-000000000001/../x",
        "a\u{0}b",
    ] {
        assert!(journal.create(odd).is_err(), "{odd}");
        assert!(journal.append(odd, json!({}).to_string()).is_err(), "{odd}");
        assert!(journal.read(odd).is_err(), "{odd}");
        assert!(journal.delete(odd).is_err(), "{odd}");
    }
}

#[test]
fn a_record_that_could_not_be_read_back_is_not_written() {
    let (folder, records) = Folder::filled();
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    assert!(folder.open().append(RUN, deep.to_string()).is_err());
    assert_eq!(folder.read().records, records);
}

#[test]
fn one_process_at_a_time_holds_the_lock_of_a_tenant() {
    let folder = Folder::new();
    let (one, other) = (folder.open(), folder.open());
    let held = one.lock("Contoso.example").unwrap();
    assert!(held.is_some());
    assert!(other.lock("contoso.example").unwrap().is_none());
    assert!(one.lock("contoso.example").unwrap().is_none());
    assert!(other.lock("../fabrikam.example").unwrap().is_some(), "another tenant is free");
    drop(held);
    assert!(other.lock("contoso.example").unwrap().is_some());
}

#[test]
fn two_processes_that_begin_at_once_share_one_key() {
    let folder = Folder::new();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let journal = folder.open();
            scope.spawn(move || {
                let run = format!("0190e5b0-0000-7000-8000-0000000001{number:02}");
                journal.create(&run).unwrap();
                journal.append(&run, json!({"n": number}).to_string()).unwrap();
            });
        }
    });
    let journal = folder.open();
    let runs = journal.list().unwrap();
    assert_eq!(runs.len(), 8);
    for file in runs {
        assert_eq!(journal.read(&file.run).unwrap().integrity, Integrity::Whole);
    }
}

#[cfg(unix)]
mod on_unix {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs_err::metadata(path).unwrap().mode() & 0o777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn everything_is_for_the_owner_alone() {
        let (folder, _) = Folder::filled();
        folder.open().lock("contoso.example").unwrap();
        for path in
            [&folder.state, &folder.state.join("runs"), &folder.state.join("locks"), folder.state.parent().unwrap()]
        {
            assert_eq!(mode(path), 0o700, "{}", path.display());
        }
        assert_eq!(mode(&folder.file(RUN)), 0o600);
        assert_eq!(mode(&folder.state.join("journal.key")), 0o600);
        for lock in fs_err::read_dir(folder.state.join("locks")).unwrap() {
            assert_eq!(mode(&lock.unwrap().path()), 0o600);
        }
    }

    #[test]
    fn a_folder_that_others_can_write_to_is_refused() {
        let (folder, _) = Folder::filled();
        for (path, bits) in [(folder.state.clone(), 0o770), (folder.state.join("runs"), 0o702)] {
            set_mode(&path, bits);
            let error = format!("{:#}", folder.open().create(OTHER).unwrap_err());
            assert!(error.contains("chmod go-w"), "{error}");
            assert!(folder.open().read(RUN).is_err());
            assert!(folder.open().append(RUN, json!({}).to_string()).is_err());
            set_mode(&path, 0o700);
        }
        assert_eq!(folder.read().integrity, Integrity::Whole);
    }

    #[test]
    fn a_link_in_place_of_a_folder_or_a_file_is_refused() {
        let (folder, _) = Folder::filled();
        let elsewhere = tempfile::tempdir().unwrap();
        let link = elsewhere.path().join("link");
        symlink(&folder.state, &link).unwrap();
        for state in [link.clone(), link.join("")] {
            let journal = JournalFolder::new(state, Interrupt::new());
            let error = format!("{:#}", journal.create(OTHER).unwrap_err());
            assert!(error.contains("is a link"), "{error}");
            assert!(journal.lock("contoso.example").is_err());
        }
        let target = elsewhere.path().join("target");
        symlink(&target, folder.file(OTHER)).unwrap();
        assert!(folder.open().create(OTHER).is_err());
        fs_err::write(&target, "").unwrap();
        assert!(folder.open().append(OTHER, json!({}).to_string()).is_err());
        assert!(folder.open().read(OTHER).is_err());
        assert_eq!(fs_err::read_to_string(&target).unwrap(), "");
    }

    #[test]
    fn a_folder_of_another_user_is_refused() {
        let folder = Folder::new();
        fs_err::create_dir_all(&folder.state).unwrap();
        // Only root can give a folder away; elsewhere the system itself keeps us out of such folders.
        if std::os::unix::fs::chown(&folder.state, Some(12_345), None).is_ok() {
            set_mode(&folder.state, 0o755);
            let error = format!("{:#}", folder.open().create(RUN).unwrap_err());
            assert!(error.contains("another user (id 12345"), "{error}");
        }
    }
}
