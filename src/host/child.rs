//! Child processes: the one file that starts any.
//!
//! A program is only ever started by its absolute path. No shell is between, a child reads nothing but what it is given,
//! and what signs us in is kept out of its environment.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use crate::ports::ProgramOutput;
use crate::ports::sign_in_method::{self, Variable};
use anyhow::{Context, Result, bail};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
#[cfg(windows)]
use windows_sys::Win32::System::Threading::{CREATE_NEW_PROCESS_GROUP, DETACHED_PROCESS};

/// How often a running child is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How long the output of a child that has ended may take to arrive.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How long a watchdog may take to start.
const WATCHDOG_START: Duration = Duration::from_secs(10);
/// Variables that sign somebody in, beside those of [`METHODS`](crate::ports::sign_in_method::METHODS): those of Azure's
/// tools and of pipelines. No child gets them.
const SECRETS_OF_OTHERS: &[&str] = &[
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_PASSWORD",
    "ARM_CLIENT_SECRET",
    "ARM_CLIENT_CERTIFICATE_PASSWORD",
    "ARM_OIDC_TOKEN",
    "ARM_OIDC_REQUEST_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "SYSTEM_ACCESSTOKEN",
];
/// Another variable by which a machine of Azure signs in. A child that signs in for us gets it.
const SECRET_OF_SHELL: &str = "MSI_SECRET";

/// A program by its absolute path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    pub(super) path: PathBuf,
    signs_in: bool,
}

/// What a child may use up.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long it may run.
    pub time: Duration,
    /// How many bytes it may write to each of its two streams.
    pub output: usize,
}

/// A child that does the rest in case this process dies, and is not needed any more when this is dropped.
pub struct Watchdog(Child);

impl Drop for Watchdog {
    fn drop(&mut self) {
        end(&mut self.0);
    }
}

impl Program {
    /// Takes a program at an absolute path.
    pub fn at(path: &Path) -> Result<Self> {
        if !path.is_absolute() {
            bail!("`{}` is not an absolute path", path.display());
        }
        if !is_program(path) {
            bail!("there is no program at `{}`", path.display());
        }
        Ok(Self { path: path.to_path_buf(), signs_in: false })
    }

    /// Lets the program sign in as this machine of Azure, if it is one.
    #[must_use]
    pub fn signing_in(self) -> Self {
        Self { signs_in: true, ..self }
    }

    /// Runs the program to its end, with nothing to read, and returns what it said.
    ///
    /// It is ended, with everything that it has started, when it exceeds the limits or when `stop` says so.
    pub fn run(&self, args: &[&str], limits: Limits, stop: &dyn Fn() -> bool) -> Result<ProgramOutput> {
        self.run_reading(args, None, limits, stop)
    }

    /// Runs the program to its end as [`Program::run`] does; `input` is what it reads. A secret is handed over this way
    /// alone: arguments are shown to everybody on the machine.
    pub fn run_reading(
        &self,
        args: &[&str],
        input: Option<&SecretString>,
        limits: Limits,
        stop: &dyn Fn() -> bool,
    ) -> Result<ProgramOutput> {
        let name = self.path.display();
        let start = Instant::now();
        let mut command = self.command(args, Stdio::piped);
        if input.is_some() {
            command.stdin(Stdio::piped());
        }
        let mut child = command.spawn().with_context(|| format!("`{name}` could not be started"))?;
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input.cloned()) {
            // On a thread of its own: a child that does not read must not hold us up. One that ends early has its reason.
            std::thread::spawn(move || stdin.write_all(input.expose_secret().as_bytes()));
        }
        let stdout = listen(child.stdout.take(), limits.output);
        let stderr = listen(child.stderr.take(), limits.output);
        let status = match wait(&mut child, start, limits.time, stop) {
            Ok(status) => status,
            Err(error) => {
                end(&mut child);
                return Err(error.context(format!("`{name}` was ended")));
            }
        };
        let heard = |stream: Receiver<Option<Zeroizing<Vec<u8>>>>| match stream.recv_timeout(LAST_WORDS) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => bail!("`{name}` wrote more than {} bytes", limits.output),
            Err(_) => bail!("`{name}` has ended, but something that it started still writes"),
        };
        Ok(ProgramOutput { code: status.code(), stdout: heard(stdout)?, stderr: heard(stderr)? })
    }

    /// Starts the program, with nothing to read and nobody to hear it.
    #[cfg(not(windows))]
    pub(super) fn start(&self, args: &[&str]) -> Result<Child> {
        self.command(args, Stdio::null).spawn().context("it could not be started")
    }

    /// Starts the program as one that outlives us: it has something to do when this process has died. Returns once it has
    /// said that it is ready; it reads to the end of its input, which comes when this process ends, however that happens.
    pub fn watchdog(&self, args: &[&str]) -> Result<Watchdog> {
        let name = self.path.display();
        let mut command = self.command(args, Stdio::null);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // Without a console it is not ended with ours.
        #[cfg(windows)]
        std::os::windows::process::CommandExt::creation_flags(&mut command, DETACHED_PROCESS);
        let mut child = Watchdog(command.spawn().with_context(|| format!("`{name}` could not be started"))?);
        let stdout = child.0.stdout.take().map(|stream| stream.take(1));
        match listen(stdout, 1).recv_timeout(WATCHDOG_START) {
            Ok(Some(said)) if !said.is_empty() => Ok(child),
            _ => bail!("`{name}` does not say that it is ready"),
        }
    }

    /// A command that is its own group, so that Ctrl-C reaches us and not it, and that starts in no folder of ours.
    #[expect(clippy::disallowed_methods, reason = "this is the one file for child processes; the path is absolute")]
    fn command(&self, args: &[&str], output: fn() -> Stdio) -> Command {
        let mut command = Command::new(&self.path);
        command.args(args).stdin(Stdio::null()).stdout(output()).stderr(output());
        if let Some(root) = self.path.ancestors().last() {
            command.current_dir(root);
        }
        for name in SECRETS_OF_OTHERS {
            command.env_remove(name);
        }
        for variable in sign_in_method::variables() {
            match variable {
                Variable::Secret(name) => drop(command.env_remove(name)),
                Variable::MachineSecret(name) if !self.signs_in => drop(command.env_remove(name)),
                Variable::MachineSecret(_) | Variable::Plain(_) | Variable::Telling(_) => {}
            }
        }
        if !self.signs_in {
            command.env_remove(SECRET_OF_SHELL);
        }
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        #[cfg(windows)]
        std::os::windows::process::CommandExt::creation_flags(&mut command, CREATE_NEW_PROCESS_GROUP);
        command
    }
}

fn is_program(path: &Path) -> bool {
    let Ok(about) = fs_err::metadata(path) else { return false };
    #[cfg(unix)]
    let runs = std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let runs = true;
    about.is_file() && runs && starts(path)
}

/// Returns whether the system itself starts a file that begins like this one. What it does not, C libraries hand to a
/// shell (POSIX, `execvp`); one that may not be read is left to the system.
#[cfg(unix)]
fn starts(path: &Path) -> bool {
    /// `#!`, ELF, and Mach-O of 64 bits and of several processors.
    const BEGINNINGS: [&[u8]; 4] = [b"#!", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"];

    let mut head = Vec::new();
    match fs_err::File::open(path).and_then(|file| file.take(4).read_to_end(&mut head)) {
        Ok(_) => BEGINNINGS.iter().any(|beginning| head.starts_with(beginning)),
        Err(_) => true,
    }
}

#[cfg(not(unix))]
fn starts(_path: &Path) -> bool {
    true
}

#[expect(clippy::disallowed_methods, reason = "a child runs in real time")]
fn wait(child: &mut Child, start: Instant, most: Duration, stop: &dyn Fn() -> bool) -> Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if stop() {
            bail!("you stopped");
        }
        if start.elapsed() >= most {
            bail!("it did not end within {} s", most.as_secs());
        }
        std::thread::sleep(POLL_INTERVAL);
    }
}

fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // An error says that it has ended by itself just now.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Reads a stream to its end on a thread of its own; `None` when it is longer than `most`.
fn listen(stream: Option<impl Read + Send + 'static>, most: usize) -> Receiver<Option<Zeroizing<Vec<u8>>>> {
    let (said, heard) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::new());
        if let Some(stream) = stream {
            // What was read before an error is all that there is.
            let _ = stream.take(most as u64 + 1).read_to_end(&mut bytes);
        }
        let _ = said.send((bytes.len() <= most).then_some(bytes));
    });
    heard
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { time: Duration::from_secs(20), output: 1000 };

    fn shell(script: &str, limits: Limits, stop: &dyn Fn() -> bool) -> Result<ProgramOutput> {
        Program::at(Path::new("/bin/sh")).unwrap().run(&["-c", script], limits, stop)
    }

    #[test]
    fn a_child_is_heard_and_reads_nothing() {
        let said = shell("cat; echo out; echo err >&2; pwd; exit 3", LIMITS, &|| false).unwrap();
        assert_eq!(
            (said.code, said.stdout.as_slice(), said.stderr.as_slice()),
            (Some(3), &b"out\n/\n"[..], &b"err\n"[..])
        );
    }

    #[test]
    fn a_child_reads_what_it_is_given() {
        let secret = SecretString::from("x".repeat(200_000));
        let cat = Program::at(Path::new("/bin/cat")).unwrap();
        let said = cat.run_reading(&[], Some(&secret), Limits { output: 300_000, ..LIMITS }, &|| false).unwrap();
        assert_eq!(said.stdout.len(), 200_000);
        // One that does not read ends as it likes.
        let cat = Program::at(Path::new("/bin/true")).unwrap();
        assert_eq!(cat.run_reading(&[], Some(&secret), LIMITS, &|| false).unwrap().code, Some(0));
    }

    #[test]
    fn a_child_that_stands_by_acts_when_its_input_ends_and_not_when_it_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let acted = folder.path().join("acted");
        let script = |first: &str| format!("{first}; cat; : >'{}'", acted.display());
        let sh = Program::at(Path::new("/bin/sh")).unwrap();
        let mut child = sh.watchdog(&["-c", &script("echo ready")]).unwrap();
        assert!(child.0.try_wait().unwrap().is_none());
        drop(child);
        assert!(!acted.exists());
        let mut child = sh.watchdog(&["-c", &script("echo ready")]).unwrap();
        drop(child.0.stdin.take());
        assert!(child.0.wait().unwrap().success() && acted.exists());
        let silent = sh.watchdog(&["-c", "exit 0"]).err().unwrap();
        assert!(silent.to_string().contains("does not say that it is ready"), "{silent}");
    }

    #[test]
    fn a_child_that_is_too_slow_too_loud_or_unwanted_is_ended() {
        let short = Limits { time: Duration::from_millis(100), ..LIMITS };
        let error = |result: Result<ProgramOutput>| format!("{:#}", result.err().unwrap());
        assert!(error(shell("sleep 60 & sleep 60", short, &|| false)).contains("did not end within"));
        assert!(error(shell("sleep 60", LIMITS, &|| true)).contains("you stopped"));
        assert!(error(shell("head -c 2000 /dev/zero", LIMITS, &|| false)).contains("more than 1000 bytes"));
    }
}
