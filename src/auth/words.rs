//! What a refusal means and what to do now: Entra's numbers and OAuth's words as a table.
//!
//! Source of the numbers: Microsoft's reference of error codes (`AADSTS…`). Its texts change, so only the numbers are
//! looked at.

use super::about::About;
use super::error::{Kind, SignInError};
use super::refusal::Refusal;
use super::table::{NOW_UNKNOWN, TABLE, Words};

/// Returns whether the same request may succeed in a moment.
pub fn is_passing(refusal: &Refusal) -> bool {
    row(refusal).is_some_and(|row| row.kind == Kind::Temporary) || refusal.error == "temporarily_unavailable"
}

fn row(refusal: &Refusal) -> Option<&'static Words> {
    let codes = refusal.codes();
    let by_code = codes.iter().find_map(|code| TABLE.iter().find(|row| row.codes.contains(code)));
    // A number that has no row says more by its own sentence than by OAuth's word, which covers a hundred of them.
    match by_code {
        None if codes.is_empty() => TABLE.iter().find(|row| row.errors.contains(&refusal.error.as_str())),
        found => found,
    }
}

/// Returns the failure that a refusal means.
pub fn explain(refusal: &Refusal, about: &About) -> SignInError {
    let mut error = match row(refusal) {
        Some(row) => {
            let now = row.now.iter().filter(|now| now.ways.is_empty() || now.ways.contains(&about.way));
            let error = SignInError::new(row.kind, about.fill(row.sentence));
            now.fold(error, |error, now| error.now(about.fill(now.text)))
        }
        None => {
            let sentence = match refusal.first_sentence() {
                Some(sentence) => format!("Microsoft refused the sign-in: {sentence}."),
                None => "Microsoft refused the sign-in.".to_owned(),
            };
            let kind = if is_passing(refusal) { Kind::Temporary } else { Kind::Refused };
            SignInError::new(kind, sentence).now(NOW_UNKNOWN)
        }
    };
    error.reference = Some(Box::new(refusal.reference()));
    error
}
