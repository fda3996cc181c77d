//! How lists and entities are shown: their options, their context, the link to the next page.

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::answer::{Body, Refusal, Reply};
use super::call::Call;
use super::facts::schema::Schema;
use super::object::Object;
use super::query::{Expand, Page, Query, shape};
use super::state::State;
use super::store::Collection;

/// What stands in a path segment or a query value of a link without being escaped.
const LINK: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

impl State {
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
            expand(self, call, &query.expand, row, &mut shown)?;
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
        expand(self, call, &query.expand, object, &mut shown)?;
        let context = call.context(&format!("{}/$entity", selected(name, query)));
        Ok(Reply::entity(200, context, shown))
    }
}

/// Adds the related entities that were asked for: what a property `{name}Id` points to.
fn expand(state: &State, call: &Call<'_>, wanted: &[Expand], from: &Object, into: &mut Object) -> Result<(), Refusal> {
    for expand in wanted {
        let key = format!("{}Id", expand.name);
        let id = from.get(&key).and_then(Value::as_str).unwrap_or_default();
        let related = match expand.name.as_str() {
            "principal" => state.store.principal(id).map(|(kind, item)| (Some(kind), item)),
            "roleDefinition" => {
                let definitions = state.store.others.get("/rolemanagement/directory/roledefinitions");
                definitions.and_then(|all| all.find(id)).map(|item| (None, item))
            }
            name => {
                let message = format!(
                    "Parsing OData Select and Expand failed: Could not find a property named '{name}' to expand."
                );
                return Err(Refusal::bad(message));
            }
        };
        let Some((kind, object)) = related.and_then(|(kind, item)| Some((kind, item.at(call.now)?))) else { continue };
        let mut shown = Object::new();
        if let Some(kind) = kind {
            shown.insert("@odata.type".to_owned(), json!(kind));
        }
        shown.extend(shape(object, expand.select.as_deref(), None, false));
        into.insert(expand.name.clone(), Value::Object(shown));
    }
    Ok(())
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
