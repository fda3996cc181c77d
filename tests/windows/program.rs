//! The program as a process of Windows: its file, its folders, and how it is run without a window.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::support::sandbox::{Ran, Served, project};

/// The target that it is built for.
pub const TARGET: &str = "x86_64-pc-windows-gnu";
/// What its file is called in an archive.
pub const FILE: &str = "fixforme.exe";

/// A folder with a copy of the program in it, as downloaded, and a state folder of its own.
pub struct Download {
    pub folder: TempDir,
    pub program: PathBuf,
}

impl Download {
    /// Puts a copy of the program into a new folder.
    pub fn new() -> Self {
        Self::named("fixforme.exe")
    }

    /// The same under another name.
    pub fn named(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join(name);
        fs_err::copy(exe(), &program).unwrap();
        Self { folder, program }
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The program without a window and with nothing to read from.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.in_wine(&self.program);
        command.args(args).stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    /// The program against a served tenant, with a token of every scope.
    pub fn command_at(&self, tenant: &Served, args: &[&str]) -> Command {
        let mut command = self.command(args);
        command.args(["--graph-root", &tenant.server.root()]).env("FIXFORME_ACCESS_TOKEN", tenant.token());
        command
    }

    pub fn run_at(&self, tenant: &Served, args: &[&str]) -> Ran {
        Ran::of(self.command_at(tenant, args).output().unwrap())
    }

    /// The one user's folder for local application data, as Windows names it.
    pub fn local_data(&self) -> &'static str {
        static FOLDER: OnceLock<String> = OnceLock::new();
        FOLDER.get_or_init(|| {
            let mut command = self.in_wine(Path::new(r"C:\windows\system32\cmd.exe"));
            let ran = Ran::of(command.args(["/c", "echo %LOCALAPPDATA%"]).output().unwrap()).exits(0);
            ran.stdout.trim().to_owned()
        })
    }

    /// Any Windows program, with this one's state folder.
    #[expect(clippy::disallowed_methods, reason = "Wine's runner, by its full path")]
    pub fn in_wine(&self, program: &Path) -> Command {
        let mut command = Command::new(project("dist/windows/run-wine"));
        command.arg(program).env("FIXFORME_STATE_DIR", windows_path(&self.state())).current_dir(self.folder.path());
        command.env("FIXFORME_NO_UPDATE_CHECK", "1");
        command
    }
}

/// What `tests/windows/run` hands on.
#[expect(clippy::disallowed_methods, reason = "the tests' own settings")]
fn handed_on(name: &str) -> PathBuf {
    PathBuf::from(std::env::var_os(name).unwrap_or_else(|| panic!("start these tests by tests/windows/run")))
}

/// The program as built.
pub fn exe() -> PathBuf {
    handed_on("FIXFORME_TEST_EXE")
}

/// What opens a program in a console and reads what that shows, `console.c`.
pub fn console() -> PathBuf {
    handed_on("FIXFORME_TEST_CONSOLE")
}

/// What is planted beside the program, `decoy.c`: a program (`exe`) or a library (`dll`).
pub fn decoy(kind: &str) -> PathBuf {
    handed_on("FIXFORME_TEST_DECOY").join(format!("decoy.{kind}"))
}

/// Where screenshots go.
pub fn screenshots() -> PathBuf {
    handed_on("FIXFORME_TEST_SCREENSHOTS")
}

/// A path of this machine as Windows programs see it.
pub fn windows_path(path: &Path) -> String {
    format!("Z:{}", path.display().to_string().replace('/', "\\"))
}

/// A path on drive C: as this machine sees it.
pub fn on_drive_c(path: &str) -> PathBuf {
    let inside = path.strip_prefix("C:\\").unwrap_or_else(|| panic!("`{path}` is not on drive C:")).replace('\\', "/");
    prefix().join("drive_c").join(inside)
}

/// The folder of this Wine.
pub fn prefix() -> PathBuf {
    handed_on("WINEPREFIX")
}
