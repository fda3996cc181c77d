//! Fields that an answer has only where they are asked for. Read without `$select` they look empty: a check would find a
//! difference that is none, and a rollback would write the emptiness back.

use super::file_parser::FileParser;
use crate::ports::user;
use crate::wizard::diagnostic::Diagnostic;
use crate::wizard::document::Placed;
use crate::wizard::field_path::FieldPath;
use crate::wizard::template::{PathTemplate, Segment};

/// Checks that a read without `$select` keeps nothing which the answer would not have; `help` says how to ask for it.
pub(super) fn check(
    page: &FileParser<'_>,
    path: &PathTemplate,
    fields: &[FieldPath],
    written: &[Placed<String>],
    help: &str,
) {
    if !is_user(path) {
        return;
    }
    for (field, written) in fields.iter().zip(written) {
        let Some(name) = field.0.first().filter(|name| !name.contains('@')) else { continue };
        if !user::WITHOUT_SELECT.contains(&name.as_str()) {
            let title = format!("`{name}` is in no answer that does not ask for it, so it would look empty");
            page.say(
                Diagnostic::error(page.file, written.range.clone(), title)
                    .help(help)
                    .note("of a user Microsoft Graph gives only a few properties by itself"),
            );
        }
    }
}

/// Returns whether a path is that of users, of a user, or of the one who is signed in.
fn is_user(path: &PathTemplate) -> bool {
    match path.segments.as_slice() {
        [_, Segment::Literal(of)] => of.eq_ignore_ascii_case("users") || of.eq_ignore_ascii_case("me"),
        [_, Segment::Literal(of), _] => of.eq_ignore_ascii_case("users"),
        _ => false,
    }
}
