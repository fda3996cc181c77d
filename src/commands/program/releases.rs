//! The releases as they are fetched: the index, its signature, an archive. What is in them is not judged here.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::commands::host::Host;
use crate::failure::{Failure, Kind, OrFail};
use crate::ports::http::{HeaderValue, HttpError, Method, Request, Response};
use crate::ports::installation::Archive;
use crate::ports::origin::is_loopback;
use crate::ports::text::one_line;
use crate::ports::{Clock, Http, Ui};
use crate::update::index::{MOST_BYTES, MOST_SIGNATURE_BYTES};

/// Where the releases are, each channel in a folder of its own. `dist/README.md` tells what lies there.
const RELEASES: &str = "https://fixforme.example/releases/";
/// How often an address may lead to another one.
const MOST_HOPS: usize = 4;
/// How long a small file may take.
const SMALL_FILE: SignedDuration = SignedDuration::from_secs(60);

pub struct Releases {
    http: Arc<dyn Http>,
    clock: Arc<dyn Clock>,
    ui: Arc<dyn Ui>,
    index: Url,
    until: Timestamp,
}

impl Releases {
    /// Takes the compiled address of a channel, or the one that is given. `limit` is for all that is fetched.
    pub fn of(host: &Host, channel: &str, given: Option<&str>, limit: SignedDuration) -> Result<Self, Failure> {
        let index = match given {
            Some(given) => Url::parse(given).or_fail(Kind::Usage)?,
            None => Url::parse(&format!("{RELEASES}{channel}/index.json")).or_fail(Kind::Internal)?,
        };
        if !allowed(&index) {
            return Err(Failure::words(
                Kind::Usage,
                format!("`{}` cannot be an address of releases", one_line(index.as_str())),
            )
            .hint(
                "it must be `https://…/index.json`, without a name or password; plain http is for this machine alone",
            ));
        }
        let until = host.clock.now().checked_add(limit).unwrap_or(Timestamp::MAX);
        let (http, clock, ui) = (Arc::clone(&host.http), Arc::clone(&host.clock), Arc::clone(&host.ui));
        Ok(Self { http, clock, ui, index, until })
    }

    /// Fetches the index and its signature.
    pub fn index(&self) -> Result<(Vec<u8>, Vec<u8>), Failure> {
        let index = self.get(&self.index, MOST_BYTES, SMALL_FILE)?;
        let mut signature = self.index.clone();
        signature.set_path(&format!("{}.minisig", self.index.path()));
        let signature = self.get(&signature, MOST_SIGNATURE_BYTES, SMALL_FILE)?;
        Ok((index, signature))
    }

    /// Fetches an archive, which lies beside the index. Its name has been checked with the index.
    pub fn archive(&self, archive: &Archive) -> Result<Vec<u8>, Failure> {
        let url = self.index.join(&archive.name).or_fail(Kind::Internal)?;
        let most = usize::try_from(archive.length).or_fail(Kind::Internal)?;
        self.get(&url, most, SignedDuration::MAX)
    }

    fn get(&self, url: &Url, most: usize, limit: SignedDuration) -> Result<Vec<u8>, Failure> {
        let mut url = url.clone();
        for _ in 0..=MOST_HOPS {
            let response = self.send(&url, most, limit)?;
            let place = || one_line(url.as_str());
            match response.status {
                200 => return Ok(response.body),
                301 | 302 | 303 | 307 | 308 => {
                    let to = response.header("location").and_then(|to| url.join(to).ok());
                    let Some(to) = to.filter(|to| allowed(to) && (to.scheme() == "https" || is_loopback(&url))) else {
                        return Err(Failure::words(
                            Kind::Trust,
                            format!(
                                "`{}` redirects to an address that is not `https`; fixforme does not follow it",
                                place()
                            ),
                        ));
                    };
                    url = to;
                }
                status => {
                    return Err(Failure::words(Kind::Temporary, format!("`{}` answers {status}", place()))
                        .hint("try again later, or with another `--index-url`"));
                }
            }
        }
        Err(Failure::words(Kind::Temporary, "the address of the releases leads from one place to the next without end"))
    }

    fn send(&self, url: &Url, most: usize, limit: SignedDuration) -> Result<Response, Failure> {
        let stopped = || Failure::words(Kind::Interrupted, "you stopped");
        if self.ui.interrupted() {
            return Err(stopped());
        }
        let left = self.until.duration_since(self.clock.now()).min(limit);
        let timeout = Duration::try_from(left).unwrap_or_default();
        let late =
            || Failure::words(Kind::Temporary, "the update took too long").hint("`--time-limit` gives it more time");
        if timeout.is_zero() {
            return Err(late());
        }
        let plain = |text: &str| HeaderValue::Plain(text.to_owned());
        let request = Request {
            method: Method::Get,
            url: url.as_str().to_owned(),
            // An archive is packed already; what a cache holds may be older than the newest index.
            headers: vec![
                ("Accept-Encoding".to_owned(), plain("identity")),
                ("Cache-Control".to_owned(), plain("no-cache")),
            ],
            body: None,
            may_change: false,
            fresh_connection: false,
            timeout,
            max_body: most,
        };
        self.http.send(&request).map_err(|error| match error {
            HttpError::TooLarge(most) => Failure::words(
                Kind::Trust,
                format!("`{}` has more than the {most} bytes that it may have", one_line(url.as_str())),
            ),
            HttpError::NotSent(_) | HttpError::Unclear(_) if self.ui.interrupted() => stopped(),
            HttpError::Unclear(_) if self.until <= self.clock.now() => late(),
            HttpError::NotSent(error) | HttpError::Unclear(error) => Failure::new(
                Kind::Temporary,
                error.context(format!("`{}` could not be fetched", one_line(url.as_str()))),
            )
            .hint("look at the connection and the proxy, and try again"),
        })
    }
}

/// `https`, or `http` on this machine; nothing that hides which host it is.
fn allowed(url: &Url) -> bool {
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    scheme && url.host().is_some() && url.username().is_empty() && url.password().is_none()
}
