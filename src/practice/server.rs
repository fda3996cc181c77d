//! The practice tenant on the network: HTTP/1.1 on loopback, on a thread of its own.
//!
//! The only asynchronous file. One connection is one task of a single-threaded runtime; the tenant is asked under a
//! lock, so requests take effect one after the other.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};

use crate::ports::Clock;
use crate::ports::origin::is_loopback;

use super::answer::{Delivery, PracticeRequest, PracticeResponse};
use super::fault::Fault;
use super::tenant::Tenant;

/// The most bytes of a request's body.
const MAX_BODY: usize = 4 * 1024 * 1024;
/// How often a stalled request looks whether it may go on.
const STALL_POLL: Duration = Duration::from_millis(10);
/// How long a client may take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// A running practice tenant. Dropping it closes every connection and ends the thread.
pub struct PracticeServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    tenant: Arc<Mutex<Tenant>>,
    clock: Arc<dyn Clock>,
    stops: AtomicBool,
    released: AtomicU64,
    stalled: AtomicU64,
}

/// Why a connection ends without an answer.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection was cut by a fault")
    }
}

impl std::error::Error for Cut {}

impl PracticeServer {
    /// Starts serving `tenant` on a loopback address; port 0 takes any free one.
    pub fn start(mut tenant: Tenant, faults: Vec<Fault>, address: SocketAddr, clock: Arc<dyn Clock>) -> Result<Self> {
        if !address.ip().is_loopback() {
            bail!("the practice tenant only serves this computer: use an address such as 127.0.0.1:{}", address.port());
        }
        tenant.set_faults(faults);
        let listener = TcpListener::bind(address).with_context(|| {
            format!("the practice tenant cannot listen on {address}: take another port, or 0 for any")
        })?;
        let address = listener.local_addr().context("the practice tenant's address cannot be read")?;
        listener.set_nonblocking(true).context("the practice tenant's socket cannot be set up")?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.context("the practice tenant's runtime cannot be started")?;
        let shared = Arc::new(Shared {
            tenant: Arc::new(Mutex::new(tenant)),
            clock,
            stops: AtomicBool::new(false),
            released: AtomicU64::new(0),
            stalled: AtomicU64::new(0),
        });
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("practice-tenant".to_owned()).spawn(move || {
            let tasks = tokio::task::LocalSet::new();
            tasks.block_on(&runtime, accept(listener, for_thread));
        });
        let thread = thread.context("the practice tenant's thread cannot be started")?;
        Ok(Self { address, shared, thread: Some(thread) })
    }

    /// Returns the root to use in place of Graph's: `http://127.0.0.1:PORT`.
    pub fn root(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn tenant(&self) -> &Arc<Mutex<Tenant>> {
        &self.shared.tenant
    }

    /// Returns the clock that the server tells the time by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// Counts the requests that are stalled now.
    pub fn stalled(&self) -> u64 {
        self.shared.stalled.load(Ordering::SeqCst)
    }

    /// Lets all stalled requests go on: one that was carried out gets its answer, one that was not is cut off.
    pub fn release(&self) {
        self.shared.released.fetch_add(1, Ordering::SeqCst);
    }
}

impl Drop for PracticeServer {
    fn drop(&mut self) {
        self.shared.stops.store(true, Ordering::SeqCst);
        // A connection wakes the thread, which sees the flag; if none can be made, the thread has ended already.
        drop(TcpStream::connect_timeout(&self.address, Duration::from_secs(1)));
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened; nothing is left to do about it here.
            drop(thread.join());
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    while !shared.stops.load(Ordering::SeqCst) {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file handles, most likely: others may close theirs.
            tokio::time::sleep(STALL_POLL).await;
            continue;
        };
        let shared = Arc::clone(&shared);
        tokio::task::spawn_local(async move {
            drop(stream.set_nodelay(true));
            let service = service_fn(|request| handle(request, Arc::clone(&shared)));
            let mut builder = hyper::server::conn::http1::Builder::new();
            let builder = builder.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).keep_alive(true);
            // An error here is the client's going away or a fault that cut the line; both are ordinary.
            drop(builder.serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

async fn handle(request: hyper::Request<Incoming>, shared: Arc<Shared>) -> Result<hyper::Response<Full<Bytes>>, Cut> {
    let (parts, body) = request.into_parts();
    let host = parts.headers.get(hyper::header::HOST).and_then(|host| host.to_str().ok());
    let host = parts.uri.authority().map(|authority| authority.as_str()).or(host);
    let Some(host) = host.filter(|host| is_of_this_machine(host)).map(str::to_owned) else {
        // A page in a browser could otherwise reach the tenant through a name that it makes point here.
        return Ok(plain(421, "The practice tenant only answers requests whose Host is a loopback address."));
    };
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            return Ok(plain(413, "The request's body is larger than 4 MiB."));
        }
        Err(_) => return Err(Cut),
    };
    let headers = parts.headers.iter();
    let headers =
        headers.map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let request = PracticeRequest {
        method: parts.method.as_str().to_owned(),
        target: parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        headers: headers.collect(),
        body: body.to_vec(),
        root: format!("http://{host}"),
    };
    let released = shared.released.load(Ordering::SeqCst);
    let response = lock(&shared.tenant).answer(shared.clock.now(), &request);
    match response.delivery {
        Delivery::Send => Ok(sent(response)),
        Delivery::Close => Err(Cut),
        Delivery::Stall => {
            let _stalled = Stalled::count(&shared);
            while shared.released.load(Ordering::SeqCst) == released && !shared.stops.load(Ordering::SeqCst) {
                tokio::time::sleep(STALL_POLL).await;
            }
            if response.status == 0 || shared.stops.load(Ordering::SeqCst) { Err(Cut) } else { Ok(sent(response)) }
        }
    }
}

/// Counts a stalled request until it goes on, or until its client is gone and the task is dropped.
struct Stalled<'server>(&'server Shared);

impl<'server> Stalled<'server> {
    fn count(shared: &'server Shared) -> Self {
        shared.stalled.fetch_add(1, Ordering::SeqCst);
        Self(shared)
    }
}

impl Drop for Stalled<'_> {
    fn drop(&mut self) {
        self.0.stalled.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Locks the tenant, also after a panic elsewhere: its state is only ever replaced whole.
pub(super) fn lock(tenant: &Mutex<Tenant>) -> MutexGuard<'_, Tenant> {
    tenant.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the header `Host` names this machine, and nothing else.
fn is_of_this_machine(host: &str) -> bool {
    let url = url::Url::parse(&format!("http://{host}/"));
    url.is_ok_and(|url| is_loopback(&url) && url.path() == "/" && url.username().is_empty() && url.query().is_none())
}

fn sent(response: PracticeResponse) -> hyper::Response<Full<Bytes>> {
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    let built = builder.body(Full::new(Bytes::from(response.body)));
    built.unwrap_or_else(|_| plain(500, "The practice tenant made an answer that HTTP cannot carry."))
}

fn plain(status: u16, text: &'static str) -> hyper::Response<Full<Bytes>> {
    let mut response = hyper::Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_taken() {
        for host in ["127.0.0.1", "127.0.0.1:80", "localhost:8080", "LOCALHOST", "[::1]:1", "127.9.9.9"] {
            assert!(is_of_this_machine(host), "{host}");
        }
        for host in [
            "example.org",
            "a@localhost",
            "localhost/a",
            "127.0.0.1.example.org",
            "localhost.example.org:80",
            "192.168.0.1",
            "[::2]",
            "",
            "0.0.0.0",
        ] {
            assert!(!is_of_this_machine(host), "{host}");
        }
    }
}
