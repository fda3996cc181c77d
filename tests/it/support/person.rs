//! A person's machine with a browser, beside Microsoft's sign-in and a tenant.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;

use crate::support::authority::Authority;
use crate::support::browser::browse;
use crate::support::sandbox::{Sandbox, Served};

/// A person's place: a state folder, a sign-in service, and a browser that writes down what it is to open.
pub struct Place {
    pub sandbox: Sandbox,
    pub authority: Authority,
}

impl Place {
    pub fn new(tenant: Served) -> Self {
        let sandbox = Sandbox::new();
        let opener = sandbox.write(
            "bin/xdg-open",
            "#!/bin/sh\nprintf '%s\\n' \"$1\" >> \"$HOME/opened\"\nset > \"$HOME/environment\"\n",
        );
        fs_err::set_permissions(opener, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { sandbox, authority: Authority::start(tenant) }
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.authority.command(&self.sandbox, args);
        command.env("PATH", self.sandbox.folder.path().join("bin")).env("DISPLAY", ":99");
        command
    }

    /// Waits until the program opens its nth page (from 1) and returns the address.
    #[track_caller]
    #[expect(clippy::disallowed_methods, reason = "the file of another process is looked at until it has the line")]
    pub fn opened(&self, nth: usize) -> String {
        for _ in 0..1000 {
            let text = fs_err::read_to_string(self.sandbox.folder.path().join("opened")).unwrap_or_default();
            if let Some(line) = text.lines().nth(nth - 1) {
                return line.to_owned();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("no page number {nth} was opened");
    }

    /// Signs in as the person does, and returns the page that is left in the browser.
    #[track_caller]
    pub fn signs_in(&self, nth: usize) -> String {
        let visit = browse(&self.opened(nth));
        let statuses: Vec<u16> = visit.ways.iter().map(|(_, status)| *status).collect();
        assert_eq!(statuses, [302, 302, 200], "{visit:?}");
        visit.page
    }
}
