//! The live line at the bottom: what goes on, how far it is, why the program waits and how much longer.
//!
//! One thread draws it, ten times a second and only while something goes on for longer than a moment; everybody else
//! only says what goes on. Without cursor movement (accessible mode) the same thread writes a sentence every
//! fifteen seconds instead, so that silence never means "hung".

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ports::event::{Event, Progress};
use crate::ports::text::one_line;
use crate::ui::render::say;
use crate::ui::streams;

/// What takes no longer than this is not drawn.
const SHOWN_AFTER: Duration = Duration::from_millis(250);
/// How often the line is drawn.
const TICK: Duration = Duration::from_millis(100);
/// How often accessible mode says that work goes on.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub struct Activity {
    shared: Arc<Shared>,
}

/// Keeps the line away while a question is asked.
pub struct Pause<'a> {
    activity: &'a Activity,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    is_live: bool,
    is_closed: bool,
    is_paused: bool,
    has_thread: bool,
    work: Option<Work>,
    wait: Option<Countdown>,
    bar: Option<ProgressBar>,
}

/// What goes on, since when, and when it was last said in words.
struct Work {
    phase: String,
    label: String,
    done: usize,
    total: Option<usize>,
    since: Instant,
    said: Instant,
}

struct Countdown {
    reason: String,
    until: Instant,
}

impl Activity {
    /// Returns a line that shows nothing yet. `is_live` says whether it may be drawn, or only said in words.
    pub fn new(is_live: bool) -> Self {
        let state =
            State { is_live, is_closed: false, is_paused: false, has_thread: false, work: None, wait: None, bar: None };
        Self { shared: Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() }) }
    }

    /// Takes up what `event` says about what goes on.
    pub fn follow(&self, event: &Event) {
        let mut state = self.shared.lock();
        match event {
            Event::Progress(progress) if is_over(progress) => state.rest(),
            Event::Progress(progress) => {
                state.wait = None;
                state.work(progress.phase, &progress.label, progress.done, progress.total);
            }
            Event::ChangeStarted(change) => {
                state.wait = None;
                let phase = if change.is_rollback { "rolling back" } else { "changing" };
                state.work(phase, &change.title, change.number.saturating_sub(1), Some(change.total));
            }
            Event::Wait(wait) => {
                // No service asks for more than a day; a longer wait would overflow the clock.
                let seconds = if wait.seconds.is_finite() { wait.seconds.clamp(0.0, 86_400.0) } else { 0.0 };
                let until = Instant::now() + Duration::from_secs_f64(seconds);
                state.wait = Some(Countdown { reason: say::closed(&one_line(&wait.reason)), until });
                if state.work.is_none() {
                    state.work("waiting", "", 0, None);
                }
            }
            Event::StepChecked(_) | Event::Message(_) => state.wait = None,
            Event::RunStarted(_)
            | Event::SignedIn(_)
            | Event::Plan(_)
            | Event::ChangeFinished(_)
            | Event::Notice(_)
            | Event::Reveal(_)
            | Event::Update(_)
            | Event::RunFinished(_) => state.rest(),
        }
        let needs_thread = state.work.is_some() && !state.has_thread;
        state.has_thread |= needs_thread;
        drop(state);
        self.shared.changed.notify_all();
        if needs_thread {
            let shared = Arc::clone(&self.shared);
            // Without the thread there is no live line: a pity, not a failure.
            let _ = std::thread::Builder::new().name("activity".to_owned()).spawn(move || draw(&shared));
        }
    }

    /// Runs `write`, which writes lines, with the live line out of its way.
    pub fn beside(&self, write: impl FnOnce()) {
        let state = self.shared.lock();
        match &state.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Takes the live line away until the returned guard is dropped.
    pub fn pause(&self) -> Pause<'_> {
        let mut state = self.shared.lock();
        state.is_paused = true;
        state.clear();
        Pause { activity: self }
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        self.activity.shared.lock().is_paused = false;
        self.activity.shared.changed.notify_all();
    }
}

impl Drop for Activity {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_closed = true;
        state.clear();
        drop(state);
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn work(&mut self, phase: &str, label: &str, done: usize, total: Option<usize>) {
        let now = Instant::now();
        // The same phase with other numbers goes on; its moment does not begin anew.
        let (since, said) = match &self.work {
            Some(work) if work.phase == phase => (work.since, work.said),
            _ => (now, now),
        };
        let (phase, label) = (phase.to_owned(), one_line(label));
        self.work = Some(Work { phase, label, done, total, since, said });
    }

    fn rest(&mut self) {
        self.work = None;
        self.wait = None;
        self.clear();
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn is_over(progress: &Progress) -> bool {
    progress.total.is_some_and(|total| progress.done >= total)
}

/// Draws until the frontend is dropped.
fn draw(shared: &Shared) {
    let mut state = shared.lock();
    while !state.is_closed {
        let State { is_live, is_paused, work, wait, bar, .. } = &mut *state;
        match work {
            Some(work) if !*is_paused => {
                if wait.as_ref().is_some_and(|wait| wait.until <= Instant::now()) {
                    *wait = None;
                }
                if *is_live && work.since.elapsed() >= SHOWN_AFTER {
                    work.draw(wait.as_ref(), bar.get_or_insert_with(new_bar));
                } else if !*is_live && work.said.elapsed() >= HEARTBEAT {
                    work.said = Instant::now();
                    streams::lines_to_stderr(&[work.sentence(wait.as_ref())]);
                }
                state = shared.changed.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0;
            }
            _ => state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
        }
    }
}

fn new_bar() -> ProgressBar {
    // Characters that every code page has.
    let style = ProgressStyle::with_template(" {spinner} {prefix}{wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .tick_chars("|/-\\ ");
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
}

impl Work {
    fn draw(&self, wait: Option<&Countdown>, bar: &ProgressBar) {
        let prefix = match self.total {
            Some(total) if total > 1 && wait.is_none() => {
                format!("{} {}/{total}  ", meter(self.done, total), self.done)
            }
            _ => String::new(),
        };
        // The spinner stands before, and the last column stays free.
        let columns = usize::from(console::Term::stderr().size().1).saturating_sub(4 + prefix.len());
        bar.set_prefix(prefix);
        bar.set_message(match wait {
            Some(wait) => fitting(columns, &wait.forms()),
            None => fitting(columns, &[self.words(), self.label.clone()]),
        });
        bar.tick();
    }

    fn sentence(&self, wait: Option<&Countdown>) -> String {
        match (wait, self.total) {
            (Some(wait), _) => format!("Still waiting, {} seconds left. {}", wait.seconds_left(), wait.reason),
            (None, Some(total)) => format!("Still {}: {} of {total} done.", self.words(), self.done),
            (None, None) => format!("Still {}.", self.words()),
        }
    }

    fn words(&self) -> String {
        if self.label.is_empty() { self.phase.clone() } else { format!("{}: {}", self.phase, self.label) }
    }
}

impl Countdown {
    fn seconds_left(&self) -> u64 {
        let left = self.until.saturating_duration_since(Instant::now());
        left.as_secs() + u64::from(left.subsec_nanos() > 0)
    }

    /// Returns what is said of the wait, from the longest to the shortest form.
    fn forms(&self) -> [String; 3] {
        let (left, reason) = (self.seconds_left(), &self.reason);
        [
            format!("{left:>3} s  {reason} Ctrl-C stops safely."),
            format!("{left:>3} s  {reason} Ctrl-C stops."),
            format!("{left:>3} s  {reason}"),
        ]
    }
}

/// Returns the first form that fits into so many columns, else the last one, cut where it can be seen that it is.
fn fitting(columns: usize, forms: &[String]) -> String {
    let wide = |text: &str| console::measure_text_width(text);
    let last = forms.iter().rev().find(|form| !form.is_empty());
    match forms.iter().find(|form| wide(form) <= columns) {
        Some(form) => form.clone(),
        None => console::truncate_str(last.map_or("", String::as_str), columns, "...").into_owned(),
    }
}

/// Returns `[##........]`.
fn meter(done: usize, total: usize) -> String {
    let filled = (done.min(total) * 10).checked_div(total).unwrap_or(0);
    format!("[{}{}]", "#".repeat(filled), ".".repeat(10 - filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_meter_fills_up() {
        assert_eq!(meter(0, 3), "[..........]");
        assert_eq!(meter(2, 3), "[######....]");
        assert_eq!(meter(9, 3), "[##########]");
        assert_eq!(meter(0, 0), "[..........]");
    }

    #[test]
    fn words_are_left_out_before_any_is_cut() {
        let until = Instant::now() + Duration::from_secs(11);
        let reason = "Microsoft asked us to wait 12 s (busy), third time.".to_owned();
        let forms = Countdown { reason, until }.forms();
        assert_eq!(
            fitting(96, &forms),
            " 11 s  Microsoft asked us to wait 12 s (busy), third time. Ctrl-C stops safely."
        );
        assert_eq!(fitting(76, &forms), " 11 s  Microsoft asked us to wait 12 s (busy), third time. Ctrl-C stops.");
        assert_eq!(fitting(60, &forms), " 11 s  Microsoft asked us to wait 12 s (busy), third time.");
        assert_eq!(fitting(20, &forms), " 11 s  Microsoft ...");
    }
}
