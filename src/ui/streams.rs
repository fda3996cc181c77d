//! The two streams of the process, written so that a closed pipe is not a failure.
//!
//! A reader that goes away (`fixforme list | head -1`) must neither panic the program nor stop a run that is in the
//! middle of a change. So no error of writing stops anything. Whatever else is lost (a full disk) is kept in mind, and
//! the end of the process tells it: who relies on what was written must not take it for whole.

use std::io::{self, ErrorKind, Write};
use std::sync::{Mutex, PoisonError};

/// What was lost, a sentence a place. The streams are the process's own, so this is too.
static LOST: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Writes `text` to standard output as it is.
pub fn to_stdout(text: &str) {
    let mut stdout = io::stdout().lock();
    keep_in_mind("standard output", stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()));
}

/// Writes lines to standard output.
pub fn lines_to_stdout(lines: &[String]) {
    keep_in_mind("standard output", write_lines(io::stdout().lock(), lines));
}

/// Writes lines to standard error, in one piece, so that lines of several threads do not mix.
pub fn lines_to_stderr(lines: &[String]) {
    // There is no place left where its loss could be told.
    let _ = write_lines(io::stderr().lock(), lines);
}

/// Keeps in mind that `place` did not take what was written to it, once a place. A reader that went away wants no more.
pub fn keep_in_mind(place: &str, written: io::Result<()>) {
    let Err(error) = written else { return };
    if error.kind() == ErrorKind::BrokenPipe {
        return;
    }
    let mut lost = LOST.lock().unwrap_or_else(PoisonError::into_inner);
    if lost.iter().all(|(known, _)| known != place) {
        lost.push((place.to_owned(), error.to_string()));
    }
}

/// Returns what was lost so far, a sentence a place.
pub fn lost() -> Vec<String> {
    let lost = LOST.lock().unwrap_or_else(PoisonError::into_inner);
    let sentence =
        |(place, error): &(String, String)| format!("error: {place} is not complete, it could not be written: {error}");
    lost.iter().map(sentence).collect()
}

fn write_lines(to: impl Write, lines: &[String]) -> io::Result<()> {
    let mut to = io::BufWriter::new(to);
    for line in lines {
        to.write_all(line.as_bytes())?;
        to.write_all(b"\n")?;
    }
    to.flush()
}
