//! One verb a file: each asks, calls the engine, and says what happened.
//!
//! The verbs lie in folders: what runs a wizard is in [`repair`], what is kept of runs and how they
//! end in [`history`], what an [`author`] needs, the [`program`] itself, and the [`account`] that is connected. What
//! several verbs share is named after the thing it is about: the [`prompts`], to [`load`] a wizard.
//! Arrows go down from `repair` over `program` and `account` to `history`, `prompts`, `load` and `host`.

mod account;
mod author;
pub(crate) mod history;
pub(crate) mod host;
mod list;
mod load;
mod practice;
pub(crate) mod program;
mod prompts;
mod repair;

pub use host::Host;

use crate::cli::{Cli, Command};
use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// Carries out the command, and says what happened, also when it failed.
pub fn carry_out(host: &Host, cli: Cli) -> ExitCode {
    match dispatch(host, cli) {
        Ok(code) => code,
        Err(failure) => history::finish::end_failed(host.ui.as_ref(), &failure),
    }
}

fn dispatch(host: &Host, cli: Cli) -> Result<ExitCode, Failure> {
    let Some(command) = cli.command else { return repair::menu::menu(host) };
    match command {
        Command::List => list::list(host),
        Command::Run(run) => repair::run::run(host, &run),
        Command::Check(check) => repair::check::check(host, &check),
        Command::Rollback(rollback) => repair::rollback::rollback(host, &rollback),
        Command::Resume(resume) => repair::resume::resume(host, &resume),
        Command::Runs(runs) => history::runs::runs(host, &runs),
        Command::Report(report) => history::report::report(host, &report),
        Command::Guide(guide) => repair::guide::guide(host, &guide),
        Command::Permissions(permissions) => author::permissions::permissions(host, &permissions),
        Command::Answers(answers) => repair::answers::answers(host, &answers),
        Command::Rehearse(rehearse) => repair::rehearse::rehearse(host, &rehearse),
        Command::New(new) => author::new::new(host, &new),
        Command::Lint(lint) => author::lint::lint(host, &lint),
        Command::Schema(schema) => author::schema::schema(host, &schema),
        Command::Test(test) => repair::test::test(host, &test),
        Command::Update(update) => program::update::update(host, &update),
        Command::SelfTest => program::self_test::self_test(host),
        Command::FinishUpdate => program::finish_update::finish_update(host),
        Command::ClientId(client_id) => account::client_id::client_id(host, &client_id),
        Command::SignOut => account::sign_out::sign_out(host),
        Command::Completions(completions) => program::completions::completions(host, &completions),
    }
}
