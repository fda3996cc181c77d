//! The log file: the same NDJSON events, beside whichever frontend is shown.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use fs_err::File;
use serde_json::Value;

use super::ndjson::{LastWord, Ndjson};
use crate::ports::event::Event;
use crate::ports::ui::{NoReply, Question, Reply};
use crate::ports::{Clock, Ui};

/// Writes every event to a file and passes it on.
pub struct LogFile {
    frontend: Arc<dyn Ui>,
    stream: Ndjson,
}

impl LogFile {
    /// Opens (or creates, owner-only) the file at `path` for appending, beside `frontend`.
    pub fn open(path: &Path, frontend: Arc<dyn Ui>, clock: Arc<dyn Clock>) -> Result<Self> {
        let file = append(path).with_context(|| format!("failed to open the log file `{}`", path.display()))?;
        let second = file.try_clone().with_context(|| format!("failed to open the log file `{}`", path.display()))?;
        let emergency = Box::new(move |line: &str| {
            let _ = (&second).write_all(line.as_bytes());
        });
        let place = format!("the log file `{}`", path.display());
        Ok(Self { frontend, stream: Ndjson::new(clock, place, Box::new(file), emergency) })
    }

    /// Returns the handle that ends the log from a panic hook.
    pub fn last_word(&self) -> LastWord {
        self.stream.last_word()
    }
}

fn append(path: &Path) -> std::io::Result<File> {
    let mut options = fs_err::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    fs_err::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

impl Ui for LogFile {
    fn show(&self, event: &Event) {
        self.stream.write(event);
        self.frontend.show(event);
    }

    fn print(&self, text: &str) {
        self.frontend.print(text);
    }

    fn row(&self, row: &Value, text: &str) {
        self.frontend.row(row, text);
    }

    fn can_ask(&self) -> bool {
        self.frontend.can_ask()
    }

    fn ask(&self, question: &Question) -> Result<Reply, NoReply> {
        self.frontend.ask(question)
    }

    fn interrupted(&self) -> bool {
        self.frontend.interrupted()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    use super::*;
    use crate::ports::event::Level;
    use crate::ui::Plain;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> jiff::Timestamp {
            jiff::Timestamp::UNIX_EPOCH
        }
        fn sleep(&self, _: Duration) {}
        fn random(&self, _: &mut [u8]) {}
    }

    #[test]
    fn the_log_is_appended_to_and_readable_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.ndjson");
        for _ in 0..2 {
            let frontend = Arc::new(Plain::new(Arc::new(AtomicBool::new(false))));
            let log = LogFile::open(&path, frontend, Arc::new(Still)).unwrap();
            assert!(!log.can_ask());
            log.say(Level::Info, "for ann@contoso.example".to_owned());
            log.last_word().finish_after_panic();
        }
        let text = fs_err::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 4);
        assert!(text.contains("for a***@c***.example") && text.contains("\"exit\":1"), "{text}");
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs_err::metadata(&path).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_log_that_cannot_be_opened_names_its_path() {
        let frontend = Arc::new(Plain::new(Arc::new(AtomicBool::new(false))));
        let error = LogFile::open(Path::new("/nowhere/at/all"), frontend, Arc::new(Still)).err().unwrap();
        assert!(error.to_string().contains("/nowhere/at/all"));
    }
}
