//! The practice tenant as a state machine: (state, time, request) → (state, answer).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::ports::Token;

use super::address::Address;
use super::answer::{Body, Delivery, PracticeRequest, PracticeResponse, Refusal, Reply};
use super::call::Call;
use super::fault::Fault;
use super::faults::{Decision, Faults, Instead, http_date};
use super::object::Object;
use super::rules::generic;
use super::rules::methods;
use super::rules::report;
use super::rules::route;
use super::seed::Seed;
use super::spot::{Spot, What};
use super::state::State;
use super::store::{DELETED, USERS};
use super::token::{self, Caller};

/// A tenant to practise on.
#[derive(Debug, Clone)]
pub struct Tenant {
    pub(super) state: State,
    faults: Faults,
    log: Vec<Received>,
}

/// One request as it was received, and what became of it.
#[derive(Debug, Clone)]
pub struct Received {
    pub at: Timestamp,
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// Path without query, lower case, double slashes collapsed.
    pub path: String,
    /// The client's id of this try.
    pub client_request_id: Option<String>,
    /// The header `ConsistencyLevel`.
    pub consistency_level: Option<String>,
    /// The header `User-Agent`.
    pub user_agent: Option<String>,
    /// The body, as text, where there was one.
    pub body: Option<String>,
    /// The status answered; `None` while the request is stalled without being carried out.
    pub status: Option<u16>,
    pub delivery: Delivery,
    /// Whether it came inside a `$batch`.
    pub in_batch: bool,
}

impl Received {
    /// Returns whether the request changed something (or would have, had nothing differed).
    pub fn wrote(&self) -> bool {
        let done = self.status.is_some_and(|status| (200..300).contains(&status));
        done && self.method != "GET" && !self.path.ends_with("/$batch")
    }
}

/// Properties that change by themselves and say nothing about what somebody set.
const VOLATILE: &[&str] = &[
    "createdDateTime",
    "modifiedDateTime",
    "signInSessionsValidFromDateTime",
    "lastPasswordChangeDateTime",
    "deletedDateTime",
];

impl Tenant {
    /// Makes a tenant from its seed. `random` makes its ids and tokens its own.
    pub fn new(seed: &Seed, random: [u8; 16]) -> Self {
        let state = State {
            admins: report::administrators(&seed.store),
            store: seed.store.clone(),
            page_size: seed.page_size,
            shows_nulls: seed.shows_nulls,
            licenses: seed.licenses.clone(),
            cloud: seed.cloud,
            organization: seed.organization.clone(),
            me: seed.me.clone(),
            permissions: seed.permissions.clone(),
            actions: seed.actions.clone(),
            nonce: random.iter().map(|byte| format!("{byte:02x}")).collect(),
            started: None,
            random,
            minted: 0,
        };
        Self { state, faults: Faults::default(), log: Vec::new() }
    }

    /// Sets the faults, counting from now on.
    pub fn set_faults(&mut self, faults: Vec<Fault>) {
        self.faults = Faults::new(faults);
    }

    /// Returns the apps that the seed calls known to whoever signs in.
    pub fn client_ids(&self) -> &[String] {
        &self.state.me.client_ids
    }

    pub fn answer(&mut self, now: Timestamp, request: &PracticeRequest) -> PracticeResponse {
        self.state.started.get_or_insert(now);
        self.respond(now, request, None)
    }

    /// Mints an access token with these scopes (without their `https://…/`), as far as `[me].scopes` allows them.
    pub fn mint(&self, scopes: &[String], now: Timestamp) -> Token {
        token::mint(&self.state, scopes, now)
    }

    pub fn every_scope() -> Vec<String> {
        token::everything()
    }

    /// Lists the requests received so far, a batch before the requests inside it.
    pub fn log(&self) -> &[Received] {
        &self.log
    }

    /// Counts the requests that wrote.
    pub fn writes(&self) -> usize {
        self.log.iter().filter(|received| received.wrote()).count()
    }

    /// Returns the newest state of one path such as `/v1.0/users/{id}` with all properties, lag or not. A collection
    /// comes as `{"value": […]}`.
    pub fn object(&self, path: &str) -> Option<Value> {
        let address = Address::parse(path).ok()?;
        let store = &self.state.store;
        let lower: Vec<&str> = address.lower.iter().map(String::as_str).collect();
        if let ["users", key, "authentication", kind, id] = lower.as_slice() {
            return methods::find(store.all(USERS).find(key)?.newest()?, kind, id);
        }
        let spot = Spot::find(store, &|item| item.newest().cloned(), &address).ok()?;
        match spot.what {
            What::List => {
                let all = store.all(&spot.stored()).newest().map(|object| visible(object));
                Some(json!({"value": all.collect::<Vec<_>>()}))
            }
            _ => store.object(&spot.stored())?.newest().map(|object| visible(object)),
        }
    }

    /// Returns the whole newest state, sorted by path, without what is volatile: equal before and after exactly when
    /// nothing that somebody set has changed. Null, `[]` and `{}` count as absent. An object that was deleted and
    /// created again with the same values counts as the one it was, because nobody can choose its id.
    pub fn canonical(&self) -> Value {
        let store = &self.state.store;
        let mut all: BTreeMap<String, Value> = BTreeMap::new();
        for collection in store.collections().filter(|collection| store.is_reachable(&collection.path)) {
            let is_bin = collection.path.eq_ignore_ascii_case(DELETED);
            let mut gone: Vec<(&str, Value)> = collection
                .items()
                .filter(|(_, item)| item.newest().is_none())
                .filter_map(|(name, item)| Some((name, item.seed()?)))
                .map(|(name, seed)| (name, canonical(&Value::Object(seed.as_ref().clone()))))
                .collect();
            for (mut name, item) in collection.items() {
                // Who was created here and deleted again leaves nothing behind but the recycle bin's entry.
                let Some(object) = item.newest() else { continue };
                let users = store.all(USERS);
                if is_bin && item.seed().is_none() && users.find(name).is_none_or(|user| user.seed().is_none()) {
                    continue;
                }
                let mut object = canonical(&Value::Object(object.as_ref().clone()));
                if item.seed().is_none()
                    && let Some(at) = gone.iter().position(|(_, seed)| same_but_for_id(seed, &object))
                {
                    (name, object) = gone.swap_remove(at);
                }
                all.insert(format!("{}/{name}", collection.path), object);
            }
        }
        Value::Object(all.into_iter().collect())
    }

    /// Answers one request; `caller` is given for those inside a batch.
    pub(super) fn respond(
        &mut self,
        now: Timestamp,
        request: &PracticeRequest,
        caller: Option<&Caller>,
    ) -> PracticeResponse {
        let address = Address::parse(&request.target);
        let path = match &address {
            Ok(address) => address.full_path().to_ascii_lowercase(),
            Err(_) => request.target.to_ascii_lowercase(),
        };
        let place = self.log.len();
        self.log.push(received(now, request, &path, caller.is_some()));
        let decision = self.faults.decide(&request.method, &path, now);
        let response = self.decided(now, request, address, caller, decision);
        if let Some(received) = self.log.get_mut(place) {
            let carried_out = response.status != 0;
            received.status = carried_out.then_some(response.status);
            received.delivery = response.delivery;
        }
        response
    }

    fn decided(
        &mut self,
        now: Timestamp,
        request: &PracticeRequest,
        address: Result<Address, Refusal>,
        caller: Option<&Caller>,
        decision: Decision,
    ) -> PracticeResponse {
        if let Ok(address) = &address {
            for patch in &decision.drifts {
                generic::drift(&mut self.state, now, &address.stored_path().to_ascii_lowercase(), patch, true);
            }
        }
        match decision.instead {
            Some(Instead::Refuse(refusal)) => return self.refused(now, request, &refusal),
            Some(Instead::Html) => return html(),
            Some(Instead::Close) => return nothing(Delivery::Close),
            Some(Instead::Stall) => return nothing(Delivery::Stall),
            None => {}
        }
        let reply = address.and_then(|address| self.reply(now, request, &address, caller));
        let mut response = match reply {
            Ok((reply, delivery)) => PracticeResponse { delivery, ..self.replied(now, request, reply) },
            Err(refusal) => self.refused(now, request, &refusal),
        };
        if decision.delivery != Delivery::Send {
            response.delivery = decision.delivery;
        }
        response
    }

    fn reply(
        &mut self,
        now: Timestamp,
        request: &PracticeRequest,
        address: &Address,
        caller: Option<&Caller>,
    ) -> Result<(Reply, Delivery), Refusal> {
        let verified;
        let caller = match caller {
            Some(caller) => caller,
            None => {
                verified = token::verify(&self.state, request.header("Authorization"), now)?;
                if address.lower == ["$batch"] {
                    return self.batch(now, request, address, &verified);
                }
                &verified
            }
        };
        let call = Call { now, method: &request.method, address, request, caller };
        route::answer(&mut self.state, &call).map(|reply| (reply, Delivery::Send))
    }

    fn replied(&mut self, now: Timestamp, request: &PracticeRequest, reply: Reply) -> PracticeResponse {
        let mut headers = self.headers(now, request);
        let body = match reply.body {
            Body::Empty => Vec::new(),
            Body::Json(value) => {
                let kind = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
                headers.push(("Content-Type".to_owned(), kind.to_owned()));
                value.to_string().into_bytes()
            }
            Body::Text(text) => {
                headers.push(("Content-Type".to_owned(), "text/plain".to_owned()));
                text.into_bytes()
            }
        };
        PracticeResponse { status: reply.status, headers, body, delivery: Delivery::Send }
    }

    fn refused(&mut self, now: Timestamp, request: &PracticeRequest, refusal: &Refusal) -> PracticeResponse {
        let mut headers = self.headers(now, request);
        let id = |name: &str| {
            let found = headers.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let date = now.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let body = refusal.body(&date, &id("request-id"), &id("client-request-id"));
        headers.extend(refusal.headers.iter().cloned());
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        PracticeResponse {
            status: refusal.status,
            headers,
            body: body.to_string().into_bytes(),
            delivery: Delivery::Send,
        }
    }

    fn headers(&mut self, now: Timestamp, request: &PracticeRequest) -> Vec<(String, String)> {
        let id = self.state.new_id();
        let client = request.header("client-request-id").unwrap_or(&id).to_owned();
        let diagnostic = r#"{"ServerInfo":{"DataCenter":"Practice","Slice":"E","Ring":"0","ScaleUnit":"000"}}"#;
        vec![
            ("Date".to_owned(), http_date(now)),
            ("request-id".to_owned(), id),
            ("client-request-id".to_owned(), client),
            ("x-ms-ags-diagnostic".to_owned(), diagnostic.to_owned()),
            ("OData-Version".to_owned(), "4.0".to_owned()),
            ("Cache-Control".to_owned(), "no-cache".to_owned()),
        ]
    }
}

fn received(now: Timestamp, request: &PracticeRequest, path: &str, in_batch: bool) -> Received {
    let header = |name| request.header(name).map(str::to_owned);
    let body = (!request.body.is_empty()).then(|| String::from_utf8_lossy(&request.body).into_owned());
    Received {
        at: now,
        method: request.method.clone(),
        target: request.target.clone(),
        path: path.to_owned(),
        client_request_id: header("client-request-id"),
        consistency_level: header("ConsistencyLevel"),
        user_agent: header("User-Agent"),
        body,
        status: None,
        delivery: Delivery::Send,
        in_batch,
    }
}

/// An answer that never was: status 0 stands for "not carried out".
fn nothing(delivery: Delivery) -> PracticeResponse {
    PracticeResponse { status: 0, headers: Vec::new(), body: Vec::new(), delivery }
}

fn html() -> PracticeResponse {
    let body = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>This is not the page you are looking for.</body></html>";
    let headers = vec![("Content-Type".to_owned(), "text/html; charset=utf-8".to_owned())];
    PracticeResponse { status: 200, headers, body: body.into(), delivery: Delivery::Send }
}

fn visible(object: &Object) -> Value {
    let shown = object.iter().filter(|(name, _)| !matches!(name.as_str(), "authentication" | "registration"));
    Value::Object(shown.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn same_but_for_id(one: &Value, other: &Value) -> bool {
    let without = |value: &Value| {
        let mut value = value.clone();
        if let Value::Object(object) = &mut value {
            object.remove("id");
        }
        value
    };
    without(one) == without(other)
}

/// Sorts keys and leaves out what is volatile or empty.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut sorted: BTreeMap<&String, Value> = BTreeMap::new();
            for (name, value) in object.iter().filter(|(name, _)| !VOLATILE.contains(&name.as_str())) {
                let value = canonical(value);
                let empty = match &value {
                    Value::Null => true,
                    Value::Array(items) => items.is_empty(),
                    Value::Object(object) => object.is_empty(),
                    _ => false,
                };
                if !empty {
                    sorted.insert(name, value);
                }
            }
            Value::Object(sorted.into_iter().map(|(name, value)| (name.clone(), value)).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        other => other.clone(),
    }
}
