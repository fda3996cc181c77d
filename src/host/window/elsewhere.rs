//! Where a terminal belongs to whoever opened it: there is nothing to prepare, and nothing to put back.

use super::Window;

pub(super) fn prepare(_title: &str) -> Window {
    Window::default()
}

pub(super) fn put_back() {}

pub(super) fn forget_typed() {
    // Where standard input is not a terminal there is nothing to forget.
    #[cfg(unix)]
    let _ = rustix::termios::tcflush(rustix::stdio::stdin(), rustix::termios::QueueSelector::IFlush);
}

pub(super) fn wake_prompt() {}

pub(super) fn when_closed(_end: Box<dyn Fn() + Send + Sync>) {}
