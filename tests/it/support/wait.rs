//! Waiting for another process, or another thread.

#[expect(clippy::disallowed_methods, reason = "the real program runs on real time")]
pub fn wait_until(is_so: impl Fn() -> bool) {
    for _ in 0..5_000 {
        if is_so() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(4));
    }
    panic!("it did not come to that");
}
