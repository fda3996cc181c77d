//! Asks: questions of a step, asked only where the answer is missing.

use super::input;
use super::step_reader::{StepReader, whole};
use crate::expr::Expected;
use crate::wizard::diagnostic::Diagnostic;
use crate::wizard::document::Placed;
use crate::wizard::document::step_file::AskSection;
use crate::wizard::input::InputType;
use crate::wizard::step::Ask;
use crate::wizard::takeover::source::{WHY, can_be_asked};
use crate::wizard::takeover::suggest;

impl StepReader<'_> {
    pub fn ask(&self, name: &Placed<String>, section: &AskSection) -> Option<Ask> {
        let page = self.page;
        let names = self.words.read();
        let kind = section.kind.value;
        if !can_be_asked(section.kind.value) {
            page.error(
                &section.kind.range,
                "an ask has no file of its own",
                "make it an input of the wizard, and use it in `from`",
            );
        }
        if kind == InputType::Secret {
            page.error(
                &section.kind.range,
                "an answer of a step is written to the journal, so it cannot be a secret",
                "make it an input of the wizard; a password of an account is `generated.password`",
            );
        }
        let options = input::options(page, &section.kind, section.options.as_ref());
        let label = page.template(&section.label, &names);
        page.one_line(&section.label, "label");
        let help = page.maybe_template(section.help.as_ref(), &names);
        let when = section.when.as_ref().map(|when| page.expression(when, &names, Expected::Boolean));
        let from = section.from.as_ref().map(|from| page.expression(from, &names, Expected::Anything));
        let suggest = section.suggest.as_ref().map(|suggest| {
            if let Err(reason) = suggest::check(self.file, kind, &suggest.value) {
                page.say(
                    Diagnostic::error(
                        page.file,
                        suggest.range.clone(),
                        "a recovery contact may not be suggested from here",
                    )
                    .label(reason)
                    .help("suggest a field of the same person's own profile, or nothing")
                    .note(WHY),
                );
            }
            page.expression(suggest, &names, Expected::Anything)
        });
        let with_value = names.clone().with("value", super::names::shape_of(kind));
        let check = section.check.as_ref().map(|check| page.expression(check, &with_value, Expected::Boolean));
        match (&section.check, &section.reject) {
            (Some(check), None) => {
                page.error(&check.range, "an ask with `check` says why it refuses", "add `reject = \"…\"`")
            }
            (None, Some(reject)) => {
                page.error(&reject.range, "`reject` belongs to `check`", "add `check`, or remove `reject`")
            }
            _ => {}
        }
        let reject = page.maybe_template(section.reject.as_ref(), &names);
        Some(Ask {
            name: name.value.clone(),
            kind,
            label: label?,
            help,
            options,
            when: whole(when)?,
            from: whole(from)?,
            suggest: whole(suggest)?,
            check: whole(check)?,
            reject,
        })
    }

    /// Warns of answers that nothing uses.
    pub fn unused_asks(&self) {
        // What has a mistake may be what was to use it.
        if self.page.has_errors() {
            return;
        }
        let used = self.page.used.borrow();
        for (name, _) in &self.file.ask.0 {
            let is_used = used.contains(&("ask".to_owned(), name.value.clone()))
                || used.contains(&("ask".to_owned(), String::new()));
            if !is_used {
                self.page.warning(
                    &name.range,
                    format!("the answer `ask.{}` is never used", name.value),
                    "use it in `desired` or in a write, or remove it",
                );
            }
        }
    }
}
