//! A method that a path does not take.

use super::Requested;
use crate::contract::{End, Place, methods};
use crate::ports::http::Method;
use crate::wizard::parse::FileParser;

pub(super) fn check(page: &FileParser<'_>, request: &Requested, place: &Place) {
    let is_list = place.of.is_some_and(|of| of.is_list);
    let known = methods(place);
    let method = request.method;
    let fits = match place.end {
        End::Action => method == Method::Post,
        End::Function | End::Raw => method == Method::Get,
        End::Root | End::Member(_) if is_list => {
            matches!(method, Method::Get | Method::Post) || known.contains(&method.as_str())
        }
        // What is known to be written, and otherwise than so.
        _ => method == Method::Get || known.contains(&method.as_str()) || !known.iter().any(|known| *known != "GET"),
    };
    if !fits {
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
