//! A path that leads nowhere.

use super::Requested;
use crate::contract::NoPlace;
use crate::ports::nearest::nearest;
use crate::wizard::diagnostic::Diagnostic;
use crate::wizard::parse::FileParser;
use crate::wizard::template::Segment;

/// What is near a name that is there is a slip; anything else may be newer than this program's copy of Graph.
pub(super) fn check(page: &FileParser<'_>, request: &Requested, nowhere: &NoPlace) {
    if request.is_beta() {
        return;
    }
    let wrong = request.path.segments.get(nowhere.at + 1).and_then(Segment::literal);
    let meant = wrong.and_then(|wrong| nearest(wrong, nowhere.known()));
    let title = match (wrong, nowhere.of) {
        (Some(wrong), Some(of)) => format!("no such path in Graph v1.0: `{of}` has no `{wrong}`"),
        (Some(wrong), None) => format!("no such path in Graph v1.0: nothing begins with `/{wrong}`"),
        (None, Some(of)) => format!("no such path in Graph v1.0: no id can stand behind a `{of}`"),
        (None, None) => "no such path in Graph v1.0".to_owned(),
    };
    let range = wrong.and_then(|wrong| page.word_in(&request.range, wrong)).unwrap_or_else(|| request.range.clone());
    page.say(match meant {
        Some(meant) => Diagnostic::error(page.file, range, title).help(format!("did you mean `{meant}`?")),
        None => Diagnostic::warning(page.file, range, title)
            .help("compare with its reference page")
            .note("what Microsoft added after August 2026 is not known here"),
    });
}
