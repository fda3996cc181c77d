//! A method that a path does not take.

use super::Requested;
use crate::contract::{End, Place, methods, takes};
use crate::wizard::parse::FileParser;

pub(super) fn check(page: &FileParser<'_>, request: &Requested, place: &Place) {
    let method = request.method;
    if !takes(place, method.as_str()) {
        let known = methods(place);
        let title = format!("Graph v1.0 takes no {method} at this path");
        let help = match (place.end, known.is_empty()) {
            (End::Action, _) => "an action takes POST".to_owned(),
            (End::Function, _) => "a function takes GET".to_owned(),
            (_, true) => String::new(),
            _ => format!("it takes {}", known.join(", ")),
        };
        let range = page.word_in(&request.range, method.as_str()).unwrap_or_else(|| request.range.clone());
        page.error(&range, title, &help);
    }
}
