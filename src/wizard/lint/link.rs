//! A write to what stands behind a link hits the object, not the link: `DELETE /groups/{id}/members/{id}` deletes the user.

use super::Requested;
use crate::contract::{End, Member, NoPlace, Place};
use crate::ports::http::Method;
use crate::wizard::diagnostic::Diagnostic;
use crate::wizard::parse::FileParser;

pub(super) fn check(page: &FileParser<'_>, request: &Requested, place: Result<&Place, &NoPlace>) {
    let through: Option<Member> = place.map_or_else(|nowhere| nowhere.through, |place| place.through);
    let Some(through) = through.filter(|_| request.method != Method::Get) else { return };
    let title = match request.method {
        Method::Delete => format!("this would delete what `{}` leads to, not the link to it", through.name),
        _ => format!("this would write to what `{}` leads to, not to the link", through.name),
    };
    let is_at_link = place.is_ok_and(|place| {
        matches!(place.end, End::Member(_) | End::Item)
            && place.steps.last().is_some_and(|(_, name)| *name == through.name)
    });
    let own = "an object of its own is written at its own path, such as /v1.0/users/{{ … }}";
    let diagnostic = Diagnostic::error(page.file, request.range.clone(), title);
    page.say(if is_at_link { diagnostic.help("end the path with `/$ref`").note(own) } else { diagnostic.help(own) });
}
