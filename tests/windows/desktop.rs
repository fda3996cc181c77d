//! Somebody at the desktop: opens a program in a console window, reads what it shows, types on the keyboard.
//!
//! There is one screen and one keyboard, so that one test at a time sits at it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::program::{Download, console, screenshots, windows_path};

/// The window's title, by which it is found on the screen.
const TITLE: &str = "^fixforme$";
/// How long anything may take that a person waits for. Generous: the machine may be busy, and Wine starts slowly.
pub const PATIENCE: Duration = Duration::from_secs(90);

static SCREEN: Mutex<()> = Mutex::new(());

/// Keeps everybody from the desktop, for a test that makes all of Wine slow.
pub fn nobody() -> MutexGuard<'static, ()> {
    SCREEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A person, and the program that was opened.
pub struct Desktop {
    console: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
    opened: Instant,
    _screen: MutexGuard<'static, ()>,
}

/// What [`Desktop::state`] tells of a console.
#[derive(Debug, PartialEq, Eq)]
pub struct State(pub Vec<String>);

impl Desktop {
    /// Sits down and double-clicks the program, or opens it with arguments as a shortcut does.
    pub fn opens(download: &Download, args: &[&str]) -> Self {
        Self::opens_with(download, args, &[])
    }

    /// The same with more in the program's environment.
    pub fn opens_with(download: &Download, args: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::sits(download, "open", args, variables)
    }

    /// Starts the program in a console that somebody else keeps open.
    pub fn shares(download: &Download, args: &[&str]) -> Self {
        Self::sits(download, "share", args, &[])
    }

    fn sits(download: &Download, how: &str, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let screen = nobody();
        let mut command = download.in_wine(&console());
        command.env("FIXFORME_WINE_SCREEN", "1").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.envs(variables.iter().copied());
        let mut console = command.spawn().unwrap();
        let (asks, answers) = (console.stdin.take().unwrap(), BufReader::new(console.stdout.take().unwrap()));
        let mut desktop = Self { console, asks, answers, opened: Instant::now(), _screen: screen };
        // The first answer comes when it runs; what is measured begins at the double-click.
        let _ = desktop.ask("wait 0");
        desktop.opened = Instant::now();
        let answer = desktop.ask(&format!("{how} {}|{}", windows_path(&download.program), args.join(" ")));
        assert!(answer[0].starts_with("pid "), "{answer:?}");
        desktop
    }

    /// Waits for the window itself, before anything else joins its console.
    fn finds_window(&self) -> String {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(window) = windows().pop() {
                return window;
            }
            pause();
        }
        panic!("no window came up")
    }

    fn ask(&mut self, command: &str) -> Vec<String> {
        writeln!(self.asks, "{command}").unwrap();
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            assert!(self.answers.read_line(&mut line).unwrap() > 0, "console.exe is gone after `{command}`: {lines:?}");
            match line.trim_end() {
                "." => return lines,
                line => lines.push(line.to_owned()),
            }
        }
    }

    /// What the window shows now.
    pub fn screen(&mut self) -> String {
        self.ask("screen").join("\n")
    }

    /// Waits until `words` are on the screen; returns how long that took since the double-click.
    #[track_caller]
    pub fn sees(&mut self, words: &str) -> Duration {
        self.finds_window();
        let end = Instant::now() + PATIENCE;
        let mut screen = String::new();
        while Instant::now() < end {
            screen = self.screen();
            // A line that is broken at the window's edge goes on in the next.
            if screen.contains(words) || screen.replace('\n', "").contains(words) {
                return self.opened.elapsed();
            }
            pause();
        }
        panic!("`{words}` did not come:\n{screen}")
    }

    /// Presses keys, by their names in X.
    pub fn presses(&mut self, keys: &[&str]) -> &mut Self {
        let window = self.finds_window();
        tool("xdotool", &["windowfocus", "--sync", &window]);
        tool("xdotool", &[&["key", "--delay", "60"], keys].concat());
        self
    }

    /// Takes an entry of a list: goes down until it is marked, then Enter.
    #[track_caller]
    pub fn picks(&mut self, label: &str) -> &mut Self {
        self.sees(label);
        for _ in 0..20 {
            let before = self.marked();
            self.presses(&["Down"]);
            // Nothing is pressed before the last key has shown.
            let end = Instant::now() + PATIENCE;
            while self.marked() == before && Instant::now() < end {
                pause();
            }
            if self.marked().is_some_and(|line| line.starts_with(label)) {
                return self.presses(&["Return"]);
            }
        }
        panic!("`{label}` was never marked:\n{}", self.screen())
    }

    /// What the marked entry of the open list begins with. The answers above it stand behind the same mark.
    fn marked(&mut self) -> Option<String> {
        let screen = self.screen();
        screen.lines().rev().find_map(|line| line.strip_prefix(" > ")).map(str::to_owned)
    }

    /// Types a text and Enter.
    pub fn types(&mut self, text: &str) -> &mut Self {
        let window = self.finds_window();
        tool("xdotool", &["windowfocus", "--sync", &window]);
        tool("xdotool", &["type", "--delay", "30", text]);
        tool("xdotool", &["key", "Return"]);
        self
    }

    /// Keeps a picture of the window.
    pub fn photographs(&mut self, name: &str) {
        let window = self.finds_window();
        let path = screenshots().join(format!("{name}.png"));
        tool("import", &["-window", &window, path.to_str().unwrap()]);
        assert!(fs_err::metadata(&path).unwrap().len() > 1000, "{} shows nothing", path.display());
    }

    /// Title, code page, modes and cursor of the console.
    pub fn state(&mut self) -> State {
        State(self.ask("state"))
    }

    /// Closes the window by its button. Wine ends the program with it, without asking its handlers.
    pub fn closes(&mut self) {
        let answer = self.ask("close");
        assert!(answer.is_empty(), "{answer:?}");
    }

    /// Has the program told that its window closes, as Windows does before it ends the program.
    pub fn is_closing(&mut self) {
        let answer = self.ask("closing");
        assert!(answer.is_empty(), "{answer:?}");
    }

    /// Ends the program at once.
    pub fn kills(&mut self) {
        let _ = self.ask("kill");
    }

    /// Returns the exit code, once the program has ended.
    #[track_caller]
    pub fn ends(&mut self) -> u32 {
        let answer = self.ask(&format!("wait {}", PATIENCE.as_millis()));
        match answer[0].strip_prefix("exit ") {
            Some(code) => code.parse().unwrap(),
            None => panic!("it goes on: {}", self.screen()),
        }
    }

    /// Returns whether the program is still there after a moment in which it would have ended.
    pub fn stays(&mut self) -> bool {
        self.ask("wait 1500")[0] == "running"
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        // The next one must not take this one's window for its own.
        let _ = writeln!(self.asks, "kill\nwait 5000\nquit");
        let _ = self.console.wait();
        let end = Instant::now() + PATIENCE;
        while !windows().is_empty() && Instant::now() < end {
            pause();
        }
    }
}

/// The windows of the program on the screen.
fn windows() -> Vec<String> {
    tool("xdotool", &["search", "--onlyvisible", "--name", TITLE]).lines().map(str::to_owned).collect()
}

#[expect(clippy::disallowed_methods, reason = "the tools of the desktop")]
fn tool(name: &str, args: &[&str]) -> String {
    let output = Command::new(name).args(args).output().unwrap_or_else(|error| panic!("{name}: {error}"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A moment.
#[expect(clippy::disallowed_methods, reason = "the real program runs on real time")]
pub fn pause() {
    std::thread::sleep(Duration::from_millis(50));
}
