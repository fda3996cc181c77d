//! A person's machine with a browser, beside Microsoft's sign-in and a tenant.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::support::authority::Authority;
use crate::support::browser::browse;
use crate::support::sandbox::{Sandbox, Served};
use crate::support::wait::wait_until;

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
    pub fn opened(&self, nth: usize) -> String {
        let mut page = None;
        wait_until(|| {
            let text = fs_err::read_to_string(self.sandbox.folder.path().join("opened")).unwrap_or_default();
            page = text.split_inclusive('\n').nth(nth - 1).and_then(|line| line.strip_suffix('\n')).map(str::to_owned);
            page.is_some()
        });
        page.unwrap()
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
