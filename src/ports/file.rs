//! Files that somebody has named, or laid beside us: opened once, and read to a bound that holds whatever they are.
//!
//! A file may grow while it is read, be a device without end, or be a pipe that nobody writes to. What is asked about it
//! before it is opened says nothing of what is then read.

use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

use fs_err::{File, OpenOptions};
use secrecy::zeroize::Zeroizing;

/// More is only set aside when it is there: a secret is far below, and not copied about as it grows.
const USUAL: u64 = 64 << 10;

/// Reads a file that the person has named, of at most `most` bytes. It may be a link, or a pipe from another program.
///
/// Errors name the file and show nothing of what is in it: `FileTooLarge` where it has more bytes, `UnexpectedEof` where it
/// is a pipe that gives nothing.
pub fn read(path: &Path, most: u64) -> Result<Zeroizing<Vec<u8>>> {
    let file = open(path, true)?;
    let is_pipe = is_pipe(&file)?;
    let bytes = read_up_to(file, most.saturating_add(1))?;
    if bytes.len() as u64 > most {
        let words = format!("`{}` is larger than {most} bytes", path.display());
        return Err(Error::new(ErrorKind::FileTooLarge, words));
    }
    if bytes.is_empty() && is_pipe {
        let words = format!("`{}` is a pipe that gives nothing", path.display());
        return Err(Error::new(ErrorKind::UnexpectedEof, words));
    }
    Ok(bytes)
}

/// Reads the first `most` bytes of a plain file that nobody has named: a link, a pipe or a device is not followed or read.
pub fn read_head_of_plain(path: &Path, most: u64) -> Result<Zeroizing<Vec<u8>>> {
    let no_plain = || Error::new(ErrorKind::Unsupported, format!("`{}` is not a plain file", path.display()));
    let is_link = || fs_err::symlink_metadata(path).is_ok_and(|about| about.is_symlink());
    let file = open(path, false).map_err(|error| if is_link() { no_plain() } else { error })?;
    if !file.metadata()?.is_file() {
        return Err(no_plain());
    }
    read_up_to(file, most)
}

/// Returns the text of a file that a person has made: UTF-8, or UTF-16 with its byte order mark, which is what `>` of
/// Windows PowerShell 5.1 and "Unicode text" of a spreadsheet write. The mark is no part of the text. `None` where it is
/// neither.
pub fn decode(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let units = |order: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units = Zeroizing::new(pairs.iter().skip(1).map(|pair| order(*pair)).collect::<Vec<u16>>());
        rest.is_empty().then(|| String::from_utf16(&units).ok()).flatten()
    };
    let text = match bytes {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok().map(str::to_owned),
        _ => std::str::from_utf8(bytes).ok().map(str::to_owned),
    };
    text.map(Zeroizing::new)
}

/// Says why a file could not be read, as the end of a sentence; nothing of the file's content or place. The system's own
/// name a call, a number, or nothing that a person looks for.
pub fn unreadable(error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "you may not read it".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        ErrorKind::InvalidData => "it is not a text file".to_owned(),
        ErrorKind::UnexpectedEof => "it is a pipe that gives nothing".to_owned(),
        ErrorKind::Unsupported => "it is not a plain file".to_owned(),
        other => other.to_string(),
    }
}

fn read_up_to(file: File, most: u64) -> Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(most.min(USUAL)).unwrap_or_default()));
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a file for reading without waiting for anybody at its other end.
#[cfg(unix)]
fn open(path: &Path, follows: bool) -> Result<File> {
    use fs_err::os::unix::fs::OpenOptionsExt;
    use rustix::fs::OFlags;

    let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    flags.set(OFlags::NOFOLLOW, !follows);
    let file = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)?;
    // Where there is somebody, reading may wait for what comes.
    rustix::fs::fcntl_setfl(&file, OFlags::empty())?;
    Ok(file)
}

/// Opens a file for reading.
#[cfg(windows)]
fn open(path: &Path, follows: bool) -> Result<File> {
    use fs_err::os::windows::fs::OpenOptionsExt;

    /// FILE_FLAG_OPEN_REPARSE_POINT: a link is opened itself, not what it leads to.
    const THE_LINK_ITSELF: u32 = 0x0020_0000;

    OpenOptions::new().read(true).custom_flags(if follows { 0 } else { THE_LINK_ITSELF }).open(path)
}

#[cfg(unix)]
fn is_pipe(file: &File) -> Result<bool> {
    use std::os::unix::fs::FileTypeExt;

    Ok(file.metadata()?.file_type().is_fifo())
}

/// What another program hands over is not a file's name there.
#[cfg(windows)]
fn is_pipe(_file: &File) -> Result<bool> {
    Ok(false)
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::io::Write;

    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_bound_and_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("file"), folder.path().join("link"));
        fs_err::write(&path, "12345").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!(read(&link, 5).unwrap().as_slice(), b"12345");
        assert_eq!(read(&link, 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(read_head_of_plain(&path, 2).unwrap().as_slice(), b"12");
        assert!(read_head_of_plain(&link, 2).is_err());
        let device = Path::new("/dev/zero");
        assert_eq!(read(device, 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(read_head_of_plain(device, 2).unwrap_err().kind(), ErrorKind::Unsupported);
        assert!(read(folder.path(), 4).is_err());
    }

    #[test]
    fn a_pipe_is_read_where_somebody_writes_and_not_waited_for_where_nobody_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        assert_eq!(read(&path, 9).unwrap_err().kind(), ErrorKind::UnexpectedEof);
        assert_eq!(read_head_of_plain(&path, 9).unwrap_err().kind(), ErrorKind::Unsupported);
        // Opened for both, so that it opens at once.
        let mut writer = fs_err::OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let reader = std::thread::spawn(move || read(&path, 3));
        writer.write_all(b"1234").unwrap();
        assert_eq!(reader.join().unwrap().unwrap_err().kind(), ErrorKind::FileTooLarge);
    }
}
