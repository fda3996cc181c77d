//! The two streams of the process, written so that a closed pipe is no failure.
//!
//! A reader that goes away (`fixforme list | head -1`) must neither panic the program nor stop a run that is in the
//! middle of a change. So every error of writing is dropped here, in one place.

use std::io::{self, Write};

/// Writes `text` to standard output as it is.
pub fn to_stdout(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// Writes lines to standard output.
pub fn lines_to_stdout(lines: &[String]) {
    let _ = write_lines(io::stdout().lock(), lines);
}

/// Writes lines to standard error, in one piece, so that lines of several threads do not mix.
pub fn lines_to_stderr(lines: &[String]) {
    let _ = write_lines(io::stderr().lock(), lines);
}

fn write_lines(to: impl Write, lines: &[String]) -> io::Result<()> {
    let mut to = io::BufWriter::new(to);
    for line in lines {
        to.write_all(line.as_bytes())?;
        to.write_all(b"\n")?;
    }
    to.flush()
}
