//! Lists that come in pages: the links are opaque, and followed only on the path of the first page.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use serde_json::{Value, json};

use super::address::Address;
use super::answer::Answer;
use super::error::ReadError;
use super::read::{Read, Reader, understand};

/// The most pages of one list.
const MAX_PAGES: usize = 100_000;

impl Reader {
    /// Returns all items of a list whose first page is `first`.
    ///
    /// A list is given whole or not at all: a refused page makes the whole answer that refusal. Only when the service
    /// forgot meanwhile where it was, the list is read once more from its beginning.
    pub(super) fn all_pages(&self, read: &Read, first: Answer) -> Result<Answer, ReadError> {
        let answer = self.pages(read, first)?;
        if !is_expired(&answer) {
            return Ok(answer);
        }
        let again = understand(self.get(read, &self.address(read)?)?)?;
        if again.is_success() { self.pages(read, again) } else { Ok(again) }
    }

    fn pages(&self, read: &Read, first: Answer) -> Result<Answer, ReadError> {
        let mut items = Vec::new();
        let mut answer = first;
        // Only hashes are remembered: a link is long, and a list may have many pages.
        let hasher = RandomState::new();
        let mut seen = HashSet::new();
        loop {
            let link = take_page(read, &mut answer, &mut items)?;
            let Some(link) = link else { break };
            let bad = |message: String| ReadError::bad(message, answer.request_ids.clone());
            if seen.len() >= MAX_PAGES {
                return Err(bad(format!("the list {} has more than {MAX_PAGES} pages", read.path)));
            }
            if !seen.insert(hasher.hash_one(&link)) {
                return Err(bad(format!("the list {} leads back to a page that was read already", read.path)));
            }
            let address =
                Address::next(&self.session.root, &read.path, &link).map_err(|error| bad(format!("{error:#}")))?;
            answer = understand(self.get(read, &address)?)?;
            if !answer.is_success() {
                return Ok(answer);
            }
        }
        answer.body = json!({ "value": items });
        Ok(answer)
    }
}

/// Long waits between pages let the place in the list expire.
fn is_expired(answer: &Answer) -> bool {
    let named = |codes: &[String]| codes.iter().any(|code| code.ends_with("ExpiredPageToken"));
    answer.status == 410 || answer.error.as_ref().is_some_and(|error| named(&error.codes))
}

/// Moves the items of a page to `items` and returns the link to the next page. A page may be empty and yet have one.
fn take_page(read: &Read, answer: &mut Answer, items: &mut Vec<Value>) -> Result<Option<String>, ReadError> {
    let bad = |what: &str| ReadError::bad(format!("the answer for {} {what}", read.path), answer.request_ids.clone());
    let Value::Object(mut page) = std::mem::take(&mut answer.body) else { return Err(bad("is not a list")) };
    let Some(Value::Array(values)) = page.remove("value") else { return Err(bad("is not a list")) };
    match &read.keep {
        Some(keep) => items.extend(values.into_iter().map(|item| keep(item))),
        None => items.extend(values),
    }
    match page.remove("@odata.nextLink") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(link)) => Ok(Some(link)),
        Some(_) => Err(bad("has a link to the next page that is not text")),
    }
}
