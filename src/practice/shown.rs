//! How lists and entities are shown: their options, their context, the link to the next page.

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::answer::{Body, Refusal, Reply};
use super::call::Call;
use super::facts::schema::Schema;
use super::object::{Object, text};
use super::query::{Expand, Page, Query, shape};
use super::state::State;
use super::store::{Collection, DEFINITIONS};

/// What stands in a path segment or a query value of a link without being escaped.
const LINK: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

impl State {
    /// Answers a list of objects made for this request.
    pub fn list(
        &self,
        call: &Call<'_>,
        schema: Option<&Schema>,
        name: &str,
        objects: Vec<Arc<Object>>,
    ) -> Result<Reply, Refusal> {
        let query = Query::of_list(call.address, call.request, schema, self.page_size)?;
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
        name: &str,
        collection: &Collection,
        query: &Query,
    ) -> Result<Reply, Refusal> {
        if is_count(call) {
            return Ok(counted(query.count(collection.visible_from(0, call.now))));
        }
        let page = query.page(|start| collection.visible_from(start, call.now));
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
        let mut others: Vec<Schema> = Vec::new();
        for row in &page.rows {
            // A list of several types: each is shown as what it is.
            let own = row.get("@odata.type").and_then(Value::as_str).unwrap_or_default();
            let is_it = |other: &&Schema| own.rsplit_once("graph.").is_some_and(|(_, name)| name == other.of.name);
            if !own.is_empty() && !others.iter().any(|other| is_it(&other)) {
                others.extend(schema.and_then(|schema| schema.of_row(row)));
            }
            let schema = others.iter().find(is_it).or(schema);
            let mut shown = shape(row, query.select.as_deref(), schema, self.shows_nulls);
            expand(self, call, (&query.expand, schema, name), row, &mut shown)?;
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
        let own = schema.and_then(|schema| schema.of_row(object));
        let schema = own.as_ref().or(schema);
        let mut shown = shape(object, query.select.as_deref(), schema, self.shows_nulls);
        expand(self, call, (&query.expand, schema, name), object, &mut shown)?;
        let context = call.context(&format!("{}/$entity", selected(name, query)));
        Ok(Reply::entity(200, context, shown))
    }
}

/// Adds the related entities that were asked for: what a property `{name}Id` points to, or what lives below the object of
/// the list `name` or is linked to it.
fn expand(
    state: &State,
    call: &Call<'_>,
    (wanted, schema, name): (&[Expand], Option<&Schema>, &str),
    from: &Object,
    into: &mut Object,
) -> Result<(), Refusal> {
    for expand in wanted {
        let known = schema.and_then(|schema| schema.field(&[expand.name.as_str()]).ok().flatten());
        let Some(member) = known.filter(|member| member.is_navigation) else {
            let of = schema.map_or("entity", |schema| schema.of.name);
            return Err(Refusal::bad(format!(
                "Parsing OData Select and Expand failed: Could not find a property named '{}' on type \
                 'microsoft.graph.{of}' to expand.",
                expand.name
            )));
        };
        let shown = |kind: &str, object: &Object| {
            let mut shown = Object::new();
            if !kind.is_empty() {
                shown.insert("@odata.type".to_owned(), json!(kind));
            }
            let schema = Schema::of(member.of).and_then(|schema| schema.of_row(object).or(Some(schema)));
            shown.extend(shape(object, expand.select.as_deref(), schema.as_ref(), false));
            Value::Object(shown)
        };
        let pointed = from.get(&format!("{}Id", member.name)).and_then(Value::as_str);
        if let Some(id) = pointed {
            let definition = || state.store.all(DEFINITIONS).find(id).map(|item| ("", item));
            let related = state.store.principal(id).or_else(definition);
            if let Some((kind, object)) = related.and_then(|(kind, item)| Some((kind, item.at(call.now)?))) {
                into.insert(member.name.to_owned(), shown(kind, object));
            }
            continue;
        }
        let own = state.store.target(from).filter(|(_, kind)| !kind.is_empty()).map(|(path, _)| path);
        let listed = format!("/{name}/{}", text(from, "id")).to_ascii_lowercase();
        let single = || if state.store.object(&listed).is_some() { listed.clone() } else { format!("/{name}") };
        let path = format!("{}/{}", own.unwrap_or_else(single), member.name).to_ascii_lowercase();
        let resolved = |object: &Arc<Object>| match state.store.target(object).filter(|_| member.is_reference()) {
            Some((path, kind)) => Some(shown(kind, state.store.object(&path)?.at(call.now)?)),
            None => Some(shown("", object)),
        };
        if member.of.is_list {
            let below = state.store.all(&path).visible_from(0, call.now).filter_map(|(_, object)| resolved(object));
            into.insert(member.name.to_owned(), below.collect());
        } else if let Some(object) = state.store.object(&path).and_then(|item| item.at(call.now)).and_then(resolved) {
            into.insert(member.name.to_owned(), object);
        }
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
