//! Why a file cannot be read, in words: the system's own name a call, a number, or nothing that a person looks for.

use std::io::{Error, ErrorKind};

/// Says why a file could not be read, as the end of a sentence; nothing of the file's content or place.
pub fn unreadable(error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "you may not read it".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        ErrorKind::InvalidData => "it is no text".to_owned(),
        ErrorKind::UnexpectedEof => "it is a pipe that gives nothing".to_owned(),
        ErrorKind::Unsupported => "it is no plain file".to_owned(),
        other => other.to_string(),
    }
}
