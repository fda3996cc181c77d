//! A write to what stands behind a link hits the object, not the link: `DELETE /groups/{id}/members/{id}` deletes the user.

use super::Requested;
use crate::contract::Place;
use crate::ports::http::Method;
use crate::wizard::diagnostic::Diagnostic;
use crate::wizard::parse::FileParser;

pub(super) fn check(page: &FileParser<'_>, request: &Requested, place: &Place) {
    let Some(through) = place.through.filter(|_| request.method != Method::Get) else { return };
    let title = match request.method {
        Method::Delete => format!("this would delete what `{}` leads to, not the link to it", through.name),
        _ => format!("this would write to what `{}` leads to, not to the link", through.name),
    };
    page.say(
        Diagnostic::error(page.file, request.range.clone(), title)
            .help("end the path with `/$ref`")
            .note("an object of its own is written at its own path, such as /v1.0/users/{{ … }}"),
    );
}
