//! Files that a person names, or that lie where the program looks: whatever they are, the program ends, and says so.
#![cfg(unix)]

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::support::sandbox::Sandbox;

/// A pipe that nobody writes to.
pub fn pipe(path: &std::path::Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

const CLIENT: &str = "6f1b3c52-0d5e-4a3b-9f6e-1c2d3e4f5a6b";
const TENANT: &str = "8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1";

#[test]
fn a_pipe_that_gives_nothing_and_a_device_without_end_are_no_files() {
    let sandbox = Sandbox::new();
    let nothing = sandbox.folder.path().join("nothing");
    pipe(&nothing);
    let check = ["check", "sspr-admins", "--yes", "--set", "goal=enable", "--tenant", TENANT, "--client-id", CLIENT];
    let rehearse = ["rehearse", "sspr-admins", "--yes"];
    for (args, flag, code) in [
        (&rehearse[..], "--answers", 2),
        (&rehearse[..], "--practice", 2),
        (&check[..], "--certificate", 2),
        (&check[..], "--client-secret-file", 2),
        (&check[..], "--federated-token-file", 5),
    ] {
        for (file, words) in [(nothing.to_str().unwrap(), "a pipe that gives nothing"), ("/dev/zero", "er than ")] {
            let ran = sandbox.run(&[args, &[flag, file]].concat()).exits(code);
            assert!(ran.stderr.contains(words), "{flag} {file}\n{}", ran.all());
            assert!(ran.stdout.contains("Nothing was changed."), "{flag} {file}\n{}", ran.all());
        }
    }
}

#[test]
fn a_pipe_among_the_files_of_a_wizard_is_none_of_them() {
    let sandbox = Sandbox::new();
    let wizard =
        sandbox.wizard(&[("first", "kind = \"manual\"\ntitle = \"First\"\nmanual = { instruction = \"Do it.\" }\n")]);
    pipe(&sandbox.folder.path().join("small/second.toml"));
    let _ = sandbox.run(&["lint", wizard]).exits(0);
}
