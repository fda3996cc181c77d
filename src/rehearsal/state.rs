//! What a request is answered from: the store, the rules of this tenant, and the ways to answer lists and entities.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::address::Address;
use super::answer::{Body, Object, PracticeRequest, Refusal, Reply};
use super::directory;
use super::query::{Page, Query, shape};
use super::schema::Schema;
use super::seed::{Action, Me, OwnPermission};
use super::store::{Collection, Store};
use super::token::Caller;

/// The tenant without its record of requests.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// All objects.
    pub store: Store,
    /// The most entities on a page.
    pub page_size: Option<usize>,
    /// Whether `$select` answers null for what is absent.
    pub shows_nulls: bool,
    /// Service plans that the tenant has.
    pub licences: Vec<String>,
    /// The tenant's id.
    pub organization: String,
    /// Who signs in.
    pub me: Me,
    /// Permissions of paths that only the seed knows.
    pub permissions: Vec<OwnPermission>,
    /// Calls that only the seed knows.
    pub actions: Vec<Action>,
    /// What a token must carry to be one of this tenant's.
    pub nonce: String,
    /// Ids of the administrators at the start, for the registration report.
    pub admins: HashSet<String>,
    /// When the first request came.
    pub started: Option<Timestamp>,
    /// Where minted ids come from.
    pub random: [u8; 16],
    /// How many ids were minted.
    pub minted: u64,
}

/// One request on its way through the tenant.
pub(super) struct Call<'a> {
    /// When it came.
    pub now: Timestamp,
    /// Its method.
    pub method: &'a str,
    /// Where it goes.
    pub address: &'a Address,
    /// The request itself.
    pub request: &'a PracticeRequest,
    /// Who sends it.
    pub caller: &'a Caller,
}

impl Call<'_> {
    /// Returns the address of a piece of Graph's metadata.
    pub fn context(&self, tail: &str) -> String {
        format!("{}/{}/$metadata#{tail}", self.request.root, self.address.version)
    }

    /// Reads the body as a JSON object.
    pub fn body(&self) -> Result<Object, Refusal> {
        let kind = self.request.header("Content-Type").unwrap_or_default();
        if !kind.to_ascii_lowercase().starts_with("application/json") {
            return Err(Refusal::bad("A request that writes needs the header Content-Type: application/json."));
        }
        match serde_json::from_slice(&self.request.body) {
            Ok(Value::Object(body)) => Ok(body),
            _ => Err(Refusal::bad("Unable to read JSON request payload: a valid JSON object is expected.")),
        }
    }
}

/// What stands in a path segment or a query value of a link without being escaped.
const LINK: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

impl State {
    /// Mints an id that no other object of this tenant has.
    pub fn new_id(&mut self) -> String {
        self.minted += 1;
        let seed = [self.random.as_slice(), &self.minted.to_be_bytes()].concat();
        let digest = ring::digest::digest(&ring::digest::SHA256, &seed);
        let mut bytes = [0_u8; 16];
        for (byte, from) in bytes.iter_mut().zip(digest.as_ref()) {
            *byte = *from;
        }
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// Answers a list of objects made for this request.
    pub fn list(
        &self,
        call: &Call<'_>,
        schema: Option<&Schema>,
        name: &str,
        objects: Vec<Object>,
    ) -> Result<Reply, Refusal> {
        let query = Query::of_list(call.address, call.request, schema, self.page_size)?;
        let objects: Vec<Arc<Object>> = objects.into_iter().map(Arc::new).collect();
        if is_count(call) {
            return Ok(counted(query.count(objects.iter().enumerate())));
        }
        let page = query.page(|start| objects.iter().enumerate().skip(start));
        self.page(call, schema, name, &query, page)
    }

    /// Answers a list from a collection, or its number.
    pub fn collection(
        &self,
        call: &Call<'_>,
        schema: Option<&Schema>,
        collection: &Collection,
        query: &Query,
    ) -> Result<Reply, Refusal> {
        if is_count(call) {
            return Ok(counted(query.count(collection.visible_from(0, call.now))));
        }
        let page = query.page(|start| collection.visible_from(start, call.now));
        let name = collection.path.trim_start_matches('/');
        self.page(call, schema, name, query, page)
    }

    fn page(
        &self,
        call: &Call<'_>,
        schema: Option<&Schema>,
        name: &str,
        query: &Query,
        page: Page,
    ) -> Result<Reply, Refusal> {
        let mut value = Vec::with_capacity(page.rows.len());
        for row in &page.rows {
            let mut shown = shape(row, query.select.as_deref(), schema, self.shows_nulls);
            directory::expand(self, call, &query.expand, row, &mut shown)?;
            value.push(Value::Object(shown));
        }
        let mut body = Object::new();
        body.insert("@odata.context".to_owned(), json!(call.context(&selected(name, query))));
        if let Some(count) = page.count {
            body.insert("@odata.count".to_owned(), json!(count));
        }
        if let Some(next) = &page.next {
            body.insert("@odata.nextLink".to_owned(), json!(next_link(call, next)));
        }
        body.insert("value".to_owned(), Value::Array(value));
        Ok(Reply::json(200, Value::Object(body)))
    }

    /// Answers one entity.
    pub fn entity(
        &self,
        call: &Call<'_>,
        schema: Option<&Schema>,
        name: &str,
        object: &Object,
    ) -> Result<Reply, Refusal> {
        let query = Query::of_entity(call.address, schema)?;
        self.entity_by(call, schema, name, object, &query)
    }

    /// Answers one entity by options that were read before.
    pub fn entity_by(
        &self,
        call: &Call<'_>,
        schema: Option<&Schema>,
        name: &str,
        object: &Object,
        query: &Query,
    ) -> Result<Reply, Refusal> {
        let mut shown = shape(object, query.select.as_deref(), schema, self.shows_nulls);
        directory::expand(self, call, &query.expand, object, &mut shown)?;
        let context = call.context(&format!("{}/$entity", selected(name, query)));
        Ok(Reply::entity(200, context, shown))
    }

    /// Writes a new version of an object of a collection.
    pub fn write(&mut self, call: &Call<'_>, collection: &str, id: &str, object: Option<Object>) {
        let lag = self.store.lag;
        if let Some(item) = self.store.collection_mut(collection).and_then(|all| all.find_mut(id)) {
            item.write(call.now, lag, object);
        }
    }
}

fn is_count(call: &Call<'_>) -> bool {
    call.address.lower.last().is_some_and(|last| last == "$count")
}

fn counted(count: usize) -> Reply {
    Reply { status: 200, body: Body::Text(count.to_string()) }
}

fn selected(name: &str, query: &Query) -> String {
    match &query.select {
        Some(names) if !names.is_empty() => format!("{name}({})", names.join(",")),
        _ => name.to_owned(),
    }
}

fn next_link(call: &Call<'_>, token: &str) -> String {
    let mut link = format!("{}/{}", call.request.root, call.address.version);
    for segment in &call.address.segments {
        link.push('/');
        link.extend(utf8_percent_encode(segment, LINK));
    }
    link.push('?');
    for (name, value) in call.address.options_of_page() {
        link.push_str(name);
        link.push('=');
        link.extend(utf8_percent_encode(value, LINK));
        link.push('&');
    }
    link.push_str("$skiptoken=");
    link.push_str(token);
    link
}
