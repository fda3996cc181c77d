//! Other people's programs on this machine, and the person's browser.
//!
//! They are looked for in the absolute folders of the person's own search path, and never in the current folder or beside
//! this executable, which may lie among downloads that somebody else put there.

use std::path::{Path, PathBuf};
#[cfg(not(windows))]
use std::sync::mpsc;
#[cfg(not(windows))]
use std::time::Duration;

#[cfg(not(windows))]
use anyhow::Context;
use anyhow::{Result, bail};

use super::child::Program;

/// How long the program that opens a page may take to say that it cannot; a browser may run for hours.
#[cfg(not(windows))]
const OPENING: Duration = Duration::from_secs(3);
/// Where programs are looked for when the person has no search path.
#[cfg(not(windows))]
const USUAL_FOLDERS: &[&str] = &["/usr/local/bin", "/usr/bin", "/bin"];
#[cfg(windows)]
const USUAL_FOLDERS: &[&str] = &[];

/// The folders in which programs are looked for.
#[derive(Debug, Clone)]
pub struct Programs {
    folders: Vec<PathBuf>,
}

impl Programs {
    /// Takes the folders of the person's search path, without relative ones, the current folder, and `own`, the folder
    /// of this executable.
    pub fn new(path: &[PathBuf], own: Option<&Path>) -> Self {
        let usual: Vec<PathBuf> = USUAL_FOLDERS.iter().map(PathBuf::from).collect();
        let real = |folder: &Path| fs_err::canonicalize(folder).ok();
        let barred: Vec<PathBuf> = [Some(Path::new(".")), own].into_iter().flatten().filter_map(real).collect();
        let allowed =
            |folder: &&PathBuf| folder.is_absolute() && real(folder).is_some_and(|real| !barred.contains(&real));
        let folders = if path.is_empty() { &usual } else { path };
        Self { folders: folders.iter().filter(allowed).cloned().collect() }
    }

    /// Returns the first program of one of these file names, tried in order.
    pub fn find(&self, names: &[&str]) -> Option<Program> {
        let at = |name: &&str| self.folders.iter().find_map(|folder| Program::at(&folder.join(name)).ok());
        names.iter().find_map(at)
    }

    /// Opens a page in the person's browser. Returns once that is under way; an error says why there is no browser.
    ///
    /// Only `https`, and `http` on this machine, are ever opened: nothing else can be started by an address.
    pub fn open_page(&self, url: &str) -> Result<()> {
        let local = ["http://127.0.0.1:", "http://localhost:"].iter().any(|start| url.starts_with(start));
        if !local && !url.starts_with("https://") {
            bail!("only a page of the web can be opened");
        }
        self.open(url)
    }

    #[cfg(windows)]
    #[expect(
        unsafe_code,
        reason = "Windows opens a page in the chosen browser by this call, without any child of ours"
    )]
    fn open(&self, url: &str) -> Result<()> {
        use windows_sys::Win32::UI::Shell::ShellExecuteW;
        use windows_sys::Win32::UI::WindowsAndMessaging::SW_SHOWNORMAL;

        let wide = |text: &str| text.encode_utf16().chain([0]).collect::<Vec<u16>>();
        let (verb, url) = (wide("open"), wide(url));
        let none = std::ptr::null();
        // SAFETY: both texts end with a zero and outlive the call; the window and the other texts may be null.
        let answer =
            unsafe { ShellExecuteW(std::ptr::null_mut(), verb.as_ptr(), url.as_ptr(), none, none, SW_SHOWNORMAL) };
        // "If the function succeeds, it returns a value greater than 32."
        if answer as usize > 32 { Ok(()) } else { bail!("Windows found no browser (code {})", answer as usize) }
    }

    #[cfg(not(windows))]
    fn open(&self, url: &str) -> Result<()> {
        let name = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        let opener = self.find(&[name]).with_context(|| format!("there is no program `{name}` here"))?;
        let mut child = opener.start(&[url])?;
        let (ended, end) = mpsc::channel();
        // The thread lives as long as the browser does, where the opener waits for that, and never longer than we do.
        std::thread::spawn(move || ended.send(child.wait()));
        match end.recv_timeout(OPENING) {
            Ok(Ok(status)) if !status.success() => bail!("`{name}` could not open a browser"),
            Ok(Err(error)) => Err(anyhow::Error::new(error).context(format!("`{name}` could not be waited for"))),
            _ => Ok(()),
        }
    }
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_in_absolute_folders_only() {
        use std::os::unix::fs::PermissionsExt;

        let (own, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for folder in [&own, &other] {
            for (name, mode, text) in
                [("tool", 0o755, "#!/bin/sh\n"), ("text", 0o644, "#!/bin/sh\n"), ("lines", 0o755, "exit 0\n")]
            {
                let path = folder.path().join(name);
                fs_err::write(&path, text).unwrap();
                fs_err::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            }
        }
        let mut path: Vec<PathBuf> = [".", "relative", ""].map(PathBuf::from).to_vec();
        path.extend([own.path().to_path_buf(), other.path().to_path_buf()]);
        let programs = Programs::new(&path, Some(own.path()));
        assert_eq!(programs.find(&["none", "tool"]).unwrap().path, other.path().join("tool"));
        assert_eq!(programs.find(&["text", "none", "lines"]), None);
        let here = Programs::new(&[fs_err::canonicalize(".").unwrap()], None);
        assert_eq!(here.folders, Vec::<PathBuf>::new());
        assert!(Program::at(Path::new("sh")).is_err() && Program::at(&other.path().join("text")).is_err());
    }

    #[test]
    fn only_pages_are_opened() {
        let programs = Programs::new(&[], None);
        for address in ["file:///etc/passwd", "-psn", "javascript:1", "http://example.net", "/bin/sh", ""] {
            let error = programs.open_page(address).unwrap_err();
            assert!(error.to_string().contains("only a page"), "{address}");
        }
    }
}
