//! A person at a terminal: the real program in a pseudo-terminal of 80 columns and 25 lines.

use std::process::Command;

use expectrl::process::unix::{PtyStream, UnixProcess, WaitStatus};
use expectrl::{Eof, Expect as _, Session};

use crate::support::sandbox::{Served, project};
use crate::support::wait::LIMIT;

/// A check that a person is asked nothing about, and a run that asks for all but the emergency account.
pub const CHECK: [&str; 6] =
    ["check", "sspr-admins", "--set", "goal=enable", "--set", "exclude=emergency@contoso.onmicrosoft.com"];
pub const LED: [&str; 4] = ["run", "sspr-admins", "--set", "exclude=emergency@contoso.onmicrosoft.com"];

/// The questions of the happy path, by words that end their screen, and what answers each.
pub const HAPPY: [(&str, &str); 6] = [
    ("recommend)", "\u{1b}[B\r"),
    ("Alternate e-mail address of ann@contoso.example (leave it empty to skip)", "ann.private@example.net\r"),
    ("Mobile phone of ann@contoso.example (leave it empty to skip)", "+1 4255550102\r"),
    ("Alternate e-mail address of bob@contoso.example (leave it empty to skip)", "bob.private@example.net\r"),
    ("do you want to go on? [y/N]", "y\r"),
    ("Make these 4 changes in Contoso Ltd? [y/N]", "y\r"),
];

/// The program at a terminal, and everything that it has written there.
pub struct Terminal {
    session: Session<UnixProcess, PtyStream>,
    seen: String,
}

/// How it ended.
pub struct Left {
    code: i32,
    /// With its escapes.
    pub raw: String,
    /// The modes of the terminal afterwards, as `stty -a` tells them.
    modes: String,
}

impl Terminal {
    /// Starts `program`; a shell around it tells the modes of the terminal after its end.
    pub fn at(program: &Command) -> Self {
        Self::of_rows(program, 25)
    }

    /// Starts `program` in a window of so many rows.
    #[expect(clippy::disallowed_methods, reason = "a shell by its full path around the program under test")]
    pub fn of_rows(program: &Command, rows: u16) -> Self {
        let script = r#"trap : INT; /bin/stty sane cols 80 rows ROWS; "$0" "$@"; code=$?; echo "@modes"; /bin/stty -a; exit $code"#;
        let script = script.replace("ROWS", &rows.to_string());
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(script).arg(program.get_program()).args(program.get_args());
        shell.env_clear().env("PATH", "/usr/bin:/bin").env("TERM", "xterm-256color");
        for (name, value) in program.get_envs() {
            if let Some(value) = value {
                shell.env(name, value);
            }
        }
        if let Some(folder) = program.get_current_dir() {
            shell.current_dir(folder);
        }
        let mut session = Session::spawn(shell).unwrap();
        session.set_expect_timeout(Some(LIMIT));
        Self { session, seen: String::new() }
    }

    /// Waits until `words` are on the screen.
    #[track_caller]
    pub fn sees(&mut self, words: &str) -> &mut Self {
        match self.session.expect(words) {
            Ok(found) => self.seen.push_str(&String::from_utf8_lossy(found.as_bytes())),
            Err(error) => panic!("`{words}` did not come: {error}\n{}", console::strip_ansi_codes(&self.seen)),
        }
        self
    }

    /// Returns what stands on the screen between two words.
    #[track_caller]
    pub fn until(&mut self, from: &str, to: &str) -> String {
        self.sees(from);
        let before = self.seen.len();
        self.sees(to);
        self.seen[before..].trim_end_matches(to).to_owned()
    }

    pub fn types(&mut self, keys: &str) -> &mut Self {
        self.session.send(keys).unwrap();
        self
    }

    #[track_caller]
    pub fn answers(&mut self, questions: &[(&str, &str)]) -> &mut Self {
        for (words, keys) in questions {
            self.sees(words).types(keys);
        }
        self
    }

    /// Waits for the end.
    #[track_caller]
    pub fn leaves(mut self) -> Left {
        let rest = self.session.expect(Eof).unwrap_or_else(|error| panic!("no end: {error}\n{}", self.seen));
        self.seen.push_str(&String::from_utf8_lossy(rest.as_bytes()));
        let WaitStatus::Exited(_, code) = self.session.get_process().wait().unwrap() else { panic!("{}", self.seen) };
        let (raw, modes) = self.seen.split_once("@modes").unwrap_or((&self.seen, ""));
        Left { code, raw: raw.to_owned(), modes: modes.to_owned() }
    }
}

impl Left {
    /// What a person reads.
    pub fn text(&self) -> String {
        console::strip_ansi_codes(&self.raw).replace('\r', "")
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.text());
        self
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.text().contains(words), "`{words}` is not in\n{}", self.text());
        self
    }

    /// The cursor can be seen, lines are edited and echoed, Ctrl-C is a signal.
    #[track_caller]
    pub fn leaves_the_terminal_as_it_was(self) -> Self {
        let (hidden, shown) = (self.raw.rfind("\u{1b}[?25l"), self.raw.rfind("\u{1b}[?25h"));
        assert!(hidden <= shown, "the cursor stays hidden\n{:?}", self.raw);
        let modes: Vec<&str> = self.modes.split([' ', ';', '\r', '\n']).collect();
        for mode in ["icanon", "echo", "isig", "icrnl", "opost"] {
            assert!(modes.contains(&mode), "{mode} is off: {}", self.modes);
        }
        self
    }
}

/// The case `contoso`, whose writes show at once.
pub fn contoso(faults: &[&str]) -> Served {
    let seed = fs_err::read_to_string(project("wizards/sspr-admins/rehearsal/contoso/tenant.toml")).unwrap();
    Served::start(&seed.replace(r#"= "2s""#, r#"= "0s""#), faults)
}
