//! The memory of the process, with the token in it, is on no disk and open to no other program of the same user.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, geteuid, kill_process};

use crate::support::crash::LAB;
use crate::support::program::exe;
use crate::support::sandbox::{Sandbox, copy_program};
use crate::support::wait::stalls;

/// A user who is nobody in particular: what belongs to root says nothing when root is asked.
const NOBODY: u32 = 65534;

/// The command where the person wants images of crashed processes, as a user who is not root.
#[expect(clippy::disallowed_methods, reason = "the shell, by its full path, sets what only a process itself can")]
fn dumping(command: &Command) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "ulimit -c unlimited && exec \"$0\" \"$@\""]).arg(command.get_program()).args(command.get_args());
    shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.current_dir(command.get_current_dir().unwrap());
    if geteuid().is_root() {
        shell.uid(NOBODY);
    }
    shell
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.to_str().unwrap().to_owned()).filter(|name| name.starts_with("core")).collect()
}

#[test]
fn a_crash_leaves_no_image_of_the_memory_and_nobody_else_reads_it() {
    let (sandbox, tenant) = (Sandbox::new(), LAB.serve(&["stall=GET /v1.0/**#1"]));
    let folder = sandbox.folder.path();
    if geteuid().is_root() {
        chown(folder, Some(NOBODY), None).unwrap();
    }
    let program = folder.join("program");
    copy_program(&exe(), &program);
    let mut command = sandbox.command_of(&program, &["check", "sspr-admins", "--yes", "--set", "goal=enable"]);
    command.args(["--tenant", "contoso.example", "--graph-root", &tenant.server.root()]);
    command.env("FIXFORME_ACCESS_TOKEN", tenant.token());
    let mut child = dumping(&command).spawn().unwrap();
    assert!(stalls(&tenant, &mut child));
    // The system gives root what belongs to a process that may not be looked into (proc(5), "/proc/pid").
    let (pid, about) = (child.id(), |name: &str| fs_err::metadata(format!("/proc/{}/{name}", child.id())).unwrap());
    assert_eq!(["mem", "environ", "maps"].map(|name| about(name).uid()), [0; 3]);
    let limits = fs_err::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let limit = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(limit.split_whitespace().filter(|word| *word == "0").count(), 2, "{limit}");
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), Signal::QUIT).unwrap();
    let status = child.wait().unwrap();
    tenant.server.release();
    assert_eq!((status.signal(), status.core_dumped()), (Some(Signal::QUIT.as_raw()), false));
    assert_eq!(files(folder), Vec::<String>::new());
}
