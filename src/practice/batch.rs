//! `$batch`: up to twenty requests in one.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::address::Address;
use super::answer::{Body, Delivery, PracticeRequest, PracticeResponse, Refusal, Reply};
use super::object::Object;
use super::tenant::Tenant;
use super::token::Caller;

const MAX_REQUESTS: usize = 20;

/// One request of a batch, still unsent.
struct Step {
    id: String,
    depends_on: Vec<String>,
    request: PracticeRequest,
}

impl Tenant {
    /// Answers a batch. Requests are carried out in order, each after those it depends on; answers come in another.
    pub(super) fn batch(
        &mut self,
        now: Timestamp,
        request: &PracticeRequest,
        address: &Address,
        caller: &Caller,
    ) -> Result<(Reply, Delivery), Refusal> {
        if request.method != "POST" {
            return Err(Refusal::method(&request.method));
        }
        let steps = steps(request, address.version)?;
        let mut statuses: HashMap<String, u16> = HashMap::new();
        let mut answers: BTreeMap<usize, Value> = BTreeMap::new();
        let mut delivery = Delivery::Send;
        let mut open: Vec<(usize, Step)> = steps.into_iter().enumerate().collect();
        while !open.is_empty() {
            let ready = open.iter().position(|(_, step)| step.depends_on.iter().all(|id| statuses.contains_key(id)));
            let Some(ready) = ready else {
                return Err(Refusal::bad("The requests of the batch depend on each other in a circle."));
            };
            let (place, step) = open.remove(ready);
            let failed = step.depends_on.iter().any(|id| statuses.get(id).is_none_or(|status| *status >= 400));
            let answer = if failed {
                let refusal = Refusal::new(424, "FailedDependency", "A request that this one depends on has failed.");
                statuses.insert(step.id.clone(), 424);
                let body = refusal.body(&now.to_string(), "", "");
                json!({"id": step.id, "status": 424, "headers": {"Content-Type": "application/json"}, "body": body})
            } else {
                let response = self.respond(now, &step.request, Some(caller));
                if response.status == 0 {
                    // A fault cut this one off, and with it the batch.
                    return Ok((Reply { status: 0, body: Body::Empty }, response.delivery));
                }
                if response.delivery != Delivery::Send {
                    delivery = response.delivery;
                }
                statuses.insert(step.id.clone(), response.status);
                inner(&step.id, &response)
            };
            answers.insert(place, answer);
        }
        // Graph promises no order; giving the odd ones first makes sure that nobody relies on one.
        let (odd, even): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(place, _)| place % 2 == 1);
        let responses: Vec<Value> = odd.into_iter().chain(even).map(|(_, answer)| answer).collect();
        Ok((Reply::json(200, json!({"responses": responses})), delivery))
    }
}

fn inner(id: &str, response: &PracticeResponse) -> Value {
    let shown = ["Content-Type", "Retry-After", "request-id", "client-request-id", "Location", "WWW-Authenticate"];
    let headers = response.headers.iter().filter(|(name, _)| shown.iter().any(|one| one.eq_ignore_ascii_case(name)));
    let headers: Object = headers.map(|(name, value)| (name.clone(), json!(value))).collect();
    let mut answer = json!({"id": id, "status": response.status, "headers": headers});
    let is_json = response.header("Content-Type").is_some_and(|kind| kind.starts_with("application/json"));
    if let Some(answer) = answer.as_object_mut()
        && !response.body.is_empty()
    {
        let body = if is_json { response.json() } else { json!(String::from_utf8_lossy(&response.body)) };
        answer.insert("body".to_owned(), body);
    }
    answer
}

fn steps(request: &PracticeRequest, version: &str) -> Result<Vec<Step>, Refusal> {
    let body: Value = serde_json::from_slice(&request.body).map_err(|_| {
        Refusal::bad("Unable to read JSON request payload: a batch is a JSON object with a list `requests`.")
    })?;
    let Some(requests) = body.get("requests").and_then(Value::as_array).filter(|list| !list.is_empty()) else {
        return Err(Refusal::bad("A batch needs a list `requests` with at least one request."));
    };
    if requests.len() > MAX_REQUESTS {
        return Err(Refusal::bad(format!(
            "Number of batch request steps exceeds the maximum value of {MAX_REQUESTS}."
        )));
    }
    let mut steps: Vec<Step> = Vec::new();
    for inner in requests {
        let step = step(inner, request, version)?;
        if steps.iter().any(|known| known.id == step.id) {
            return Err(Refusal::bad(format!("The request id '{}' is there twice.", step.id)));
        }
        steps.push(step);
    }
    let ids: Vec<&String> = steps.iter().map(|step| &step.id).collect();
    for step in &steps {
        if let Some(unknown) = step.depends_on.iter().find(|id| !ids.contains(id)) {
            return Err(Refusal::bad(format!(
                "The request '{}' depends on '{unknown}', which is not in the batch.",
                step.id
            )));
        }
    }
    Ok(steps)
}

fn step(inner: &Value, outer: &PracticeRequest, version: &str) -> Result<Step, Refusal> {
    let text = |key: &str| inner.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (id, method, url) = (text("id"), text("method").to_ascii_uppercase(), text("url"));
    if id.is_empty() || method.is_empty() || url.is_empty() {
        return Err(Refusal::bad("Every request of a batch has an `id`, a `method` and a `url`, each a string."));
    }
    if url.contains("://") || url.trim_start_matches('/').to_ascii_lowercase().starts_with("$batch") {
        return Err(Refusal::bad(format!(
            "The url of request '{id}' must be relative, and no batch inside the batch."
        )));
    }
    let mut headers: Vec<(String, String)> = Vec::new();
    for (name, value) in inner.get("headers").and_then(Value::as_object).into_iter().flatten() {
        headers.push((name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
    }
    let has_type = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Content-Type"));
    let body = inner.get("body").filter(|body| !body.is_null());
    if body.is_some() && !has_type {
        return Err(Refusal::bad(format!("Write request id : {id} does not contain Content-Type header or body.")));
    }
    let depends_on = inner.get("dependsOn").and_then(Value::as_array).into_iter().flatten();
    let depends_on = depends_on.filter_map(Value::as_str).map(str::to_owned).collect();
    let request = PracticeRequest {
        method,
        target: format!("/{version}/{}", url.trim_start_matches('/')),
        headers,
        body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
        root: outer.root.clone(),
    };
    Ok(Step { id, depends_on, request })
}
