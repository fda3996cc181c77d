//! The console window: made fit for us at the start, put back at the end, and held open when it would vanish.
//!
//! Windows opens a window for a program that is double-clicked and closes it when the program ends, so that nobody
//! would ever read its last sentence. Elsewhere a terminal belongs to whoever opened it, and nothing of this is done.

#[cfg_attr(windows, path = "window/win32.rs")]
#[cfg_attr(not(windows), path = "window/elsewhere.rs")]
mod system;

use ::console::{Key, Term};

use super::Console;

/// The window as it was found and made fit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// How many processes share the console, this one included; 0 without a console.
    processes: usize,
    /// Whether a person may be sitting in front of it: services have consoles that nobody sees.
    is_visible: bool,
    /// Whether it shows UTF-8. `None` where the platform does not tell.
    pub utf8: Option<bool>,
    /// Whether it understands escape sequences. `None` where the platform does not tell.
    pub escapes: Option<bool>,
}

impl Window {
    /// Makes the window fit: UTF-8, escape sequences, our title, and a click that marks text stops nothing.
    pub fn prepare(title: &str) -> Self {
        system::prepare(title)
    }

    /// Puts back what [`Window::prepare`] changed. To be called on every way out of the process.
    pub fn put_back() {
        system::put_back();
    }

    /// Returns whether the window goes away with this process although somebody may be reading it.
    ///
    /// Never for an unattended run: a scheduled task has a window of its own as well, and would wait for ever.
    pub fn would_vanish(&self, console: &Console, unattended: bool) -> bool {
        let is_read = console.stdin && console.stdout && console.stderr;
        self.processes == 1 && self.is_visible && is_read && !unattended
    }

    /// Waits for Enter. What was typed before is forgotten, so that one Enter too many does not close the window.
    pub fn wait_for_enter() {
        system::forget_typed();
        let term = Term::stderr();
        while term.is_term() {
            match term.read_key_raw() {
                Ok(Key::Enter | Key::Escape | Key::CtrlC) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }

    /// Forgets keys that were typed and not read yet.
    pub fn forget_typed() {
        system::forget_typed();
    }

    /// Ends a prompt that reads keys, where a signal does not end it by itself.
    pub fn wake_prompt() {
        system::wake_prompt();
    }

    /// Calls `end` when the window is closed, or the person logs off. The system ends the process some seconds later,
    /// or as soon as `end` returns.
    pub fn when_closed(end: impl Fn() + Send + Sync + 'static) {
        system::when_closed(Box::new(end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: Console = Console { stdin: true, stdout: true, stderr: true, width: Some(80) };
    const OWN: Window = Window { processes: 1, is_visible: true, utf8: None, escapes: None };

    #[test]
    fn only_a_window_of_our_own_that_somebody_reads_is_held_open() {
        assert!(OWN.would_vanish(&SEEN, false), "a double-click");
        assert!(!Window { processes: 2, ..OWN }.would_vanish(&SEEN, false), "a shell lives on in it");
        assert!(!Window::default().would_vanish(&SEEN, false), "no console of Windows");
        assert!(!Window { is_visible: false, ..OWN }.would_vanish(&SEEN, false), "a service");
        assert!(!OWN.would_vanish(&SEEN, true), "a scheduled task with --yes");
        for blind in
            [Console { stdin: false, ..SEEN }, Console { stdout: false, ..SEEN }, Console { stderr: false, ..SEEN }]
        {
            assert!(!OWN.would_vanish(&blind, false), "{blind:?}");
        }
    }

    #[test]
    #[cfg(not(windows))]
    fn elsewhere_no_window_is_ours() {
        assert!(!Window::prepare("fixforme").would_vanish(&SEEN, false));
    }
}
