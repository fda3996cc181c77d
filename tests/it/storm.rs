//! A storm of refusals on a large tenant: a whole run in a process of its own, in virtual time, against a tenant in this
//! process that gives 429 to three requests of ten and 503 to one of twenty, each with a `Retry-After`.
//!
//! Judged by the tenant's own log: every target is written once, nothing comes sooner than was asked for. The time that
//! both processes live in stands in a file, which moves on only when the program waits.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fixforme::commands::{self, Host};
use fixforme::host::{Interrupt, JournalFolder, ReqwestHttp, VirtualClock};
use fixforme::ports::{Clock, SignInVariables};
use fixforme::practice::{Fault, PracticeServer, Received, Seed, Tenant};
use fixforme::ui::Plain;
use jiff::{SignedDuration, Timestamp};

use crate::support::nowhere::Nowhere;
use crate::support::sandbox::{Ran, Sandbox, project};

/// What the tenant asks for in every refusal.
const ASKED: SignedDuration = SignedDuration::from_secs(7);
/// Names what the other process is to do: the file of the time, and the token.
const ORDER: &str = "FIXFORME_TEST_STORM";

/// The time in a file.
struct FileClock {
    file: Mutex<fs_err::File>,
    random: VirtualClock,
}

impl FileClock {
    fn open(path: &Path) -> Self {
        let file = fs_err::OpenOptions::new().read(true).write(true).open(path).unwrap();
        Self { file: Mutex::new(file), random: VirtualClock::new() }
    }

    fn create(path: &Path) -> Self {
        fs_err::write(path, 1_790_000_000_000_000_000_i64.to_le_bytes()).unwrap();
        Self::open(path)
    }
}

fn read(file: &fs_err::File) -> i64 {
    let mut nanoseconds = [0; 8];
    file.file().read_exact_at(&mut nanoseconds, 0).unwrap();
    i64::from_le_bytes(nanoseconds)
}

impl Clock for FileClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanosecond(read(&self.file.lock().unwrap()).into()).unwrap()
    }

    fn sleep(&self, duration: Duration) {
        let file = self.file.lock().unwrap();
        let now = read(&file) + i64::try_from(duration.as_nanos()).unwrap();
        file.file().write_all_at(&now.to_le_bytes(), 0).unwrap();
    }

    fn random(&self, buffer: &mut [u8]) {
        self.random.random(buffer);
    }
}

/// The run of `crowd`, as `wiring` would start it but for the clock; in a process of its own.
#[test]
#[ignore = "the other process of the storm, which starts it with its orders"]
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::print_stdout,
    clippy::exit,
    reason = "this is a process of its own"
)]
fn the_program_in_the_storm() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let mut order = order.split('\n');
    let (time, state, root, token) =
        (order.next().unwrap(), order.next().unwrap(), order.next().unwrap(), order.next().unwrap());
    let interrupt = Interrupt::new();
    let clock: Arc<dyn Clock> = Arc::new(FileClock::open(Path::new(time)));
    let host = Host {
        clock: Arc::clone(&clock),
        virtual_clock: clock,
        ui: Arc::new(Plain::new(interrupt.flag())),
        http: Arc::new(ReqwestHttp::new(interrupt.clone())),
        journal: Arc::new(JournalFolder::new(state.into(), interrupt.clone())),
        rehearsals: Arc::new(JournalFolder::new(Path::new(state).join("rehearsals"), interrupt)),
        installation: None,
        index_url: None,
        may_look: false,
        newer: Arc::default(),
        variables: SignInVariables::read(&|name| (name == "FIXFORME_ACCESS_TOKEN").then(|| token.into())),
        secrets: Arc::new(Nowhere),
        config: Arc::new(Nowhere),
        machine: Arc::new(Nowhere),
        named_after: None,
    };
    let wizard = project("tests/lab/crowd");
    let args = ["fixforme", "run", &wizard, "--yes", "--on-failure", "stop", "--graph-root", root];
    let code = commands::carry_out(&host, fixforme::cli::parse(args).ok().unwrap());
    let status = fs_err::read_to_string("/proc/self/status").unwrap();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim();
    println!("\nexit={} most={most}", code.number());
    std::process::exit(code.number().into());
}

fn in_a_storm(users: u32) -> u64 {
    let sandbox = Sandbox::new();
    let time = sandbox.folder.path().join("time");
    let clock: Arc<dyn Clock> = Arc::new(FileClock::create(&time));
    let seed = format!(
        r#"
            [organization]
            id = "8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1"
            displayName = "Big Ltd"
            verifiedDomains = [{{ name = "big.example", isDefault = true }}]
            [[generate]]
            users = {users}
            admins = 1
        "#
    );
    let tenant = Tenant::new(&Seed::parse("tenant.toml", &seed).unwrap(), [9; 16]);
    let faults = ["throttle=0.3:7", "unavailable=0.05:7"].map(|fault| Fault::parse(fault).unwrap());
    let address = "127.0.0.1:0".parse().unwrap();
    let server = PracticeServer::start(tenant, faults.to_vec(), address, Arc::clone(&clock)).unwrap();
    // It must outlast a run of hours.
    let token = server.tenant().lock().unwrap().mint(&Tenant::every_scope(), Timestamp::MAX).expose().to_owned();
    let order = [time.to_str().unwrap(), sandbox.state().to_str().unwrap(), &server.root(), &token].join("\n");
    let before = clock.now();
    #[expect(clippy::disallowed_methods, reason = "this very test, by its full path")]
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "storm::the_program_in_the_storm", "--ignored", "--nocapture"])
        .env_clear()
        .env(ORDER, order)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let ran = Ran::of(output).exits(0);
    assert!(ran.stdout.contains(&format!("{users} changes were made and verified.")), "{}", ran.stdout);
    assert!(ran.stderr.contains("Microsoft asked us to wait 7 s (busy)"), "{}", ran.stderr);

    let tenant = server.tenant().lock().unwrap();
    let log = tenant.log();
    for number in 1..=users {
        let path = format!("/v1.0/users/00000000-0000-4000-8000-{number:012}");
        assert_eq!(tenant.object(&path).unwrap()["department"], "Sales");
    }
    let mut written: HashMap<&str, u32> = HashMap::new();
    for received in log.iter().filter(|received| received.wrote()) {
        assert_eq!(received.method, "PATCH");
        *written.entry(&received.path).or_default() += 1;
    }
    assert!(written.values().all(|times| *times == 1), "a target was written twice");
    assert_eq!(written.len(), users as usize);
    never_sooner_than_asked(log);

    let refused = log.iter().filter(|received| is_refused(received)).count();
    assert!((25..45).contains(&(refused * 100 / log.len())), "{refused} of {} requests were refused", log.len());
    let most = ran.stdout.split("most=").nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap();
    let waited = clock.now().duration_since(before).as_secs_f64() / 3600.0;
    let said = format!("{users} users: {} requests, {refused} refused, {waited:.1} h, at most {most} kB\n", log.len());
    fs_err::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("storm-{users}.txt")), said).unwrap();
    most
}

fn is_refused(received: &Received) -> bool {
    matches!(received.status, Some(429 | 503))
}

/// The same request comes no sooner than was asked for; once changes are made, which happens one after the other, no
/// other request does either.
fn never_sooner_than_asked(log: &[Received]) {
    let mut own: HashMap<(&str, &str, Option<&str>), Timestamp> = HashMap::new();
    let mut until = Timestamp::MIN;
    let mut is_changing = false;
    for received in log {
        is_changing |= received.method == "PATCH";
        let key = (received.method.as_str(), received.target.as_str(), received.body.as_deref());
        if let Some(not_before) = own.insert(key, Timestamp::MIN) {
            assert!(received.at >= not_before, "{key:?} came too soon");
        }
        if is_changing && !received.in_batch {
            assert!(received.at >= until, "{key:?} came too soon after another request");
        }
        if is_refused(received) {
            let not_before = received.at.checked_add(ASKED).unwrap();
            own.insert(key, not_before);
            if !received.in_batch {
                until = not_before;
            }
        }
    }
}

#[test]
fn every_target_is_written_once_in_a_storm_of_refusals() {
    in_a_storm(150);
}

#[test]
#[ignore = "it takes minutes, and an optimized program: tests/soak/run"]
fn ten_thousand_targets_are_written_once_in_a_storm_of_refusals() {
    if cfg!(debug_assertions) {
        panic!("the bound on memory holds for an optimized program: tests/soak/run");
    }
    let most = in_a_storm(10_000);
    assert!(most <= 64 * 1024, "the program took {most} kB, more than 64 MiB");
}
