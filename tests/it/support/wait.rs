//! Waiting for another process, or another thread, for as long as a busy machine may need.

use std::net::SocketAddr;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::support::sandbox::Served;

/// How long anything may take that a test waits for. Only what fails takes that long.
pub const LIMIT: Duration = Duration::from_secs(120);

/// Where nobody listens. Below the ports that a system hands out: what was free a moment ago may be another test's by now.
pub fn nobody() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 1))
}

#[track_caller]
#[expect(clippy::disallowed_methods, reason = "the real program runs on real time")]
pub fn wait_until(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < LIMIT, "it did not come to that");
        std::thread::sleep(Duration::from_millis(4));
    }
}

/// Waits until a request of the child stalls; returns whether it came to that before the child ended.
#[track_caller]
pub fn stalls(tenant: &Served, child: &mut Child) -> bool {
    wait_until(|| tenant.server.stalled() > 0 || child.try_wait().unwrap().is_some());
    tenant.server.stalled() > 0
}

/// How much of a processor this thread has used (proc(5), hundredths of a second). Unlike the time on the wall it does not
/// depend on what else runs.
#[cfg(target_os = "linux")]
pub fn cpu_time() -> Duration {
    let stat = fs_err::read_to_string("/proc/thread-self/stat").unwrap();
    // The name before it may hold blanks.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks: u64 = fields.split(' ').skip(12).take(2).map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}
