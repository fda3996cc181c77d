//! Many reads at once: `$batch` in waves of 20, over a few requests in parallel, each answer handed on as it comes.
//!
//! Only what the service refused for now is sent again, after the longest wait that it asked for. A read that a batch
//! does not answer properly is read alone, so a batch can only save time and never lose an answer.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;

use serde_json::{Map, Value, json};

use crate::ports::http::Method;
use crate::ports::retry::{RetryBudget, retry_after};

use super::address::{Address, relative};
use super::answer::{Answer, GraphError};
use super::error::ReadError;
use super::read::{Read, Reader, json as read_json, unexpected};
use super::send::{Call, Refusal, Repeat};

/// Graph's own limit.
const IN_A_BATCH: usize = 20;
/// How many requests are out at a time.
const PARALLEL: usize = 4;

/// What came of one read inside a batch.
enum Inner {
    Answer(Answer),
    /// Refused for now.
    Later(Refusal),
    /// Not answered in a way that settles it.
    Alone,
}

impl Reader {
    /// Reads many resources and calls `each` with the index and the answer of each, exactly once, in any order, on
    /// the caller's thread. At most a few batches of answers are in memory at a time.
    pub fn read_all(&self, reads: &[Read], each: &mut dyn FnMut(usize, Result<Answer, ReadError>)) {
        let waves = waves(reads);
        if let [wave] = waves.as_slice() {
            self.wave(reads, wave, each);
            return;
        }
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(IN_A_BATCH);
            for _ in 0..PARALLEL.min(waves.len()) {
                let sender = sender.clone();
                let (next, waves) = (&next, &waves);
                scope.spawn(move || {
                    while let Some(wave) = waves.get(next.fetch_add(1, Ordering::Relaxed)) {
                        // Sending fails only when the caller is gone, and then nobody wants the answers.
                        self.wave(reads, wave, &mut |index, result| drop(sender.send((index, result))));
                    }
                });
            }
            drop(sender);
            for (index, result) in receiver {
                each(index, result);
            }
        });
    }

    /// Reads the resources of one wave.
    fn wave(&self, reads: &[Read], wave: &[usize], each: &mut dyn FnMut(usize, Result<Answer, ReadError>)) {
        let mut pending: Vec<(usize, &Read)> =
            wave.iter().filter_map(|index| Some((*index, reads.get(*index)?))).collect();
        let mut budget = RetryBudget::new(&self.session.policy);
        loop {
            // What must not be sent is found out here: in a batch it would be hidden from the check of addresses.
            pending.retain(|(index, read)| self.address(read).map_err(|error| each(*index, Err(error))).is_ok());
            if let [(index, read)] = pending.as_slice() {
                each(*index, self.read(read));
                return;
            }
            let Some((_, first)) = pending.first() else { return };
            let version = first.path.segments().first().map_or("v1.0", String::as_str);
            let inner = match self.batch(version, &pending, &mut budget) {
                Ok(inner) => inner,
                Err(ReadError::Bad(_)) => pending.iter().map(|_| Inner::Alone).collect(),
                Err(error) => {
                    pending.iter().for_each(|(index, _)| each(*index, Err(error.clone())));
                    return;
                }
            };
            let mut later = Vec::new();
            let mut longest: Option<Refusal> = None;
            for ((index, read), inner) in pending.into_iter().zip(inner) {
                match inner {
                    Inner::Answer(answer) => each(index, self.complete(read, answer)),
                    Inner::Alone => each(index, self.read(read)),
                    Inner::Later(refusal) => {
                        later.push((index, read));
                        if longest.as_ref().is_none_or(|longest| longest.asked < refusal.asked) {
                            longest = Some(refusal);
                        }
                    }
                }
            }
            pending = later;
            let Some(refusal) = longest else { return };
            if let Err(failure) = self.session.pause_for_batch(&mut budget, refusal) {
                let error = ReadError::from(failure);
                pending.iter().for_each(|(index, _)| each(*index, Err(error.clone())));
                return;
            }
        }
    }

    /// Sends one batch and returns what came of each read, in the order of `reads`.
    fn batch(
        &self,
        version: &str,
        reads: &[(usize, &Read)],
        budget: &mut RetryBudget,
    ) -> Result<Vec<Inner>, ReadError> {
        let requests: Vec<Value> = reads.iter().enumerate().map(|(id, (_, read))| inner_request(id, read)).collect();
        let body = json!({ "requests": requests }).to_string().into_bytes();
        let address = Address::batch(&self.session.root, version);
        // A POST by its method, yet a read by what is inside: it may be repeated freely.
        let call = Call {
            method: Method::Post,
            address: &address,
            headers: &[],
            body: Some(body),
            repeat: Repeat::Freely,
            may_change: false,
            still: &|_| true,
        };
        let reply = self.session.send_within(&call, budget)?;
        let bad = |message: String| ReadError::bad(message, reply.request_ids.clone());
        if reply.response.status != 200 {
            return Err(bad(unexpected(reply.response.status)));
        }
        let mut body = read_json(&reply.response).map_err(bad)?;
        let Some(Value::Array(responses)) = body.get_mut("responses").map(Value::take) else {
            return Err(ReadError::bad("the answer to a batch has no answers in it".to_owned(), reply.request_ids));
        };
        let mut inner: Vec<Inner> = reads.iter().map(|_| Inner::Alone).collect();
        for response in responses {
            let id = response.get("id").and_then(Value::as_str).and_then(|id| id.parse::<usize>().ok());
            if let Some(place) = id.and_then(|id| inner.get_mut(id)) {
                *place = self.understand_inner(response, &reply.request_ids);
            }
        }
        Ok(inner)
    }

    fn understand_inner(&self, mut response: Value, outer_ids: &[String]) -> Inner {
        let headers = response.get("headers").and_then(Value::as_object).cloned().unwrap_or_default();
        let status = response.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
        let body = response.get_mut("body").map(Value::take);
        let is_json = header(&headers, "content-type").is_none_or(|kind| kind.to_ascii_lowercase().contains("json"));
        let ids = || {
            let own = header(&headers, "request-id").map(str::to_owned);
            outer_ids.iter().cloned().chain(own).collect::<Vec<_>>()
        };
        match (status, body) {
            (Some(status @ (408 | 429 | 502..=504)), _) => {
                let asked = header(&headers, "retry-after")
                    .and_then(|value| retry_after(value, header(&headers, "date"), self.session.clock.now()));
                Inner::Later(Refusal { status, asked, request_ids: ids() })
            }
            (Some(204), _) => Inner::Answer(answer(204, Value::Null, None, outer_ids.to_vec())),
            (Some(status @ 200..=299), Some(body)) if is_json && !body.is_null() => {
                Inner::Answer(answer(status, body, None, outer_ids.to_vec()))
            }
            // A 401 needs a new token, a 424 another answer than that of a neighbor: both are had by asking alone.
            (Some(status @ 400..=499), body) if status != 401 && status != 424 => {
                let error = GraphError::read(status, body.as_ref());
                let mut ids = ids();
                if ids.len() == outer_ids.len() {
                    ids.extend(error.request_id.clone());
                }
                Inner::Answer(answer(status, body.unwrap_or_default(), Some(error), ids))
            }
            _ => Inner::Alone,
        }
    }
}

/// Splits reads into waves that one batch can hold: of one version of Graph, at most 20.
fn waves(reads: &[Read]) -> Vec<Vec<usize>> {
    let mut waves: Vec<Vec<usize>> = Vec::new();
    for version in ["v1.0", "beta"] {
        let of_version: Vec<usize> = reads
            .iter()
            .enumerate()
            .filter(|(_, read)| read.path.segments().first().is_some_and(|first| first == version))
            .map(|(index, _)| index)
            .collect();
        waves.extend(of_version.chunks(IN_A_BATCH).map(<[usize]>::to_vec));
    }
    waves
}

/// Writes one inner request. The method is not a parameter: a batch holds nothing but reads.
fn inner_request(id: usize, read: &Read) -> Value {
    let whole = relative(&read.path, &read.query);
    let version = read.path.segments().first().map_or(0, |version| version.len() + 1);
    let mut request = json!({ "id": id.to_string(), "method": "GET", "url": whole.get(version..).unwrap_or(&whole) });
    if !read.headers.is_empty() {
        let headers: Map<String, Value> =
            read.headers.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
        request["headers"] = Value::Object(headers);
    }
    request
}

fn answer(status: u16, body: Value, error: Option<GraphError>, request_ids: Vec<String>) -> Answer {
    Answer { status, body, error, request_ids, after_unclear: false }
}

fn header<'a>(headers: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).and_then(|(_, value)| value.as_str())
}
