//! What a run is to do, as the command line, the menu and the rehearsals say it.

use crate::cli;
use crate::commands::account::connect::Target;
use crate::commands::prompts::consent::Agreed;
use crate::commands::prompts::inputs::Given;
use crate::ports::terms::{Mode, OnFailure};
use crate::wizard::Wizard;

pub struct RunRequest<'run> {
    /// `Run`, `Check` or `Rehearse`.
    pub mode: Mode,
    pub wizard: &'run Wizard,
    /// What the person gave.
    pub given: Given,
    pub agreed: Agreed,
    /// What happens when a change fails and nobody can be asked.
    pub on_failure: OnFailure,
    /// Whether the first failure ends the run, also where the wizard would go on with the next item: who says that a
    /// failure rolls the run back means every one.
    pub any_failure_ends: bool,
    /// Whether an unattended run makes the other changes where a whole step is blocked or unknown.
    pub partial: bool,
    pub target: Target,
    /// Where secrets that are shown once go in an unattended run.
    pub reveal_to: Option<std::path::PathBuf>,
    /// The folder that a report is written into.
    pub report: Option<std::path::PathBuf>,
}

impl<'run> RunRequest<'run> {
    /// What `mode` is to do with a wizard before anybody has agreed to anything.
    pub fn new(mode: Mode, wizard: &'run Wizard, given: Given, target: Target) -> Self {
        Self {
            mode,
            wizard,
            given,
            agreed: Agreed::default(),
            on_failure: wizard.on_failure,
            any_failure_ends: false,
            partial: false,
            target,
            reveal_to: None,
            report: None,
        }
    }

    /// Adds what the flags agree to, `agreed` being the part of it that the answers file may say too.
    #[must_use]
    pub fn agreed_to(self, agreed: Agreed, flags: &cli::Approval) -> Self {
        Self {
            agreed,
            on_failure: flags.on_failure.unwrap_or(self.on_failure),
            any_failure_ends: flags.on_failure == Some(OnFailure::Rollback),
            reveal_to: flags.reveal_to.clone(),
            report: flags.report.clone(),
            ..self
        }
    }
}
