//! One request on its way through the tenant.

use jiff::Timestamp;
use serde_json::Value;

use super::address::Address;
use super::answer::{PracticeRequest, Refusal};
use super::object::Object;
use super::token::Caller;

/// One request on its way through the tenant.
pub(super) struct Call<'a> {
    pub now: Timestamp,
    pub method: &'a str,
    pub address: &'a Address,
    pub request: &'a PracticeRequest,
    pub caller: &'a Caller,
}

impl Call<'_> {
    /// Returns the address of a piece of Graph's metadata.
    pub fn context(&self, tail: &str) -> String {
        format!("{}/{}/$metadata#{tail}", self.request.root, self.address.version)
    }

    /// Returns the outer keys of the body; none where there is no body, or one that cannot be read.
    pub fn keys(&self) -> Vec<String> {
        let body = serde_json::from_slice::<Object>(&self.request.body).unwrap_or_default();
        body.into_iter().map(|(key, _)| key).filter(|key| !key.starts_with('@')).collect()
    }

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
