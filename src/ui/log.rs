//! The log file: the same NDJSON events, beside whichever face is shown.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use fs_err::File;

use super::ndjson::{LastWord, Ndjson};
use crate::seam::event::Event;
use crate::seam::ui::{NoReply, Question, Reply};
use crate::seam::{Clock, Ui};

/// Writes every event to a file and passes it on.
pub struct LogFile {
    face: Arc<dyn Ui>,
    stream: Ndjson,
}

impl LogFile {
    /// Opens (or creates, owner-only) the file at `path` for appending, beside `face`.
    pub fn open(path: &Path, face: Arc<dyn Ui>, clock: Arc<dyn Clock>) -> Result<Self> {
        let file = append(path).with_context(|| format!("failed to open the log file `{}`", path.display()))?;
        let second = file.try_clone().with_context(|| format!("failed to open the log file `{}`", path.display()))?;
        let emergency = Box::new(move |line: &str| {
            let _ = (&second).write_all(line.as_bytes());
        });
        Ok(Self { face, stream: Ndjson::new(clock, Box::new(file), emergency) })
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
        self.face.show(event);
    }

    fn print(&self, text: &str) {
        self.face.print(text);
    }

    fn can_ask(&self) -> bool {
        self.face.can_ask()
    }

    fn ask(&self, question: &Question) -> Result<Reply, NoReply> {
        self.face.ask(question)
    }

    fn interrupted(&self) -> bool {
        self.face.interrupted()
    }
}
