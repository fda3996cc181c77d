//! Which requests could hand over the tenant, worked out from the request itself.

use serde_json::Value;

use super::change::{ChangeRequest, Inverse};
use crate::wizard::sinks;

/// Returns why a change or its way back could hand over the tenant: who approves the one approves the other.
pub fn both_ways(request: &ChangeRequest, inverse: &Inverse) -> Option<String> {
    let back = match inverse {
        Inverse::Request { request, .. } => tier0(request).map(|why| format!("its rollback: {why}")),
        Inverse::Irreversible(_) => None,
    };
    tier0(request).or(back)
}

/// Returns why a request is one that could hand over the tenant, where it is.
pub fn tier0(request: &ChangeRequest) -> Option<String> {
    let segments: Vec<Option<&str>> = request.path.iter().map(Value::as_str).collect();
    sinks::tier0(request.method, &segments, &sinks::body_keys(&request.body)).map(str::to_owned)
}
