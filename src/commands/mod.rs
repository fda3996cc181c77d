//! One verb a file: each asks, calls the engine, and says what happened. What several verbs share is named after the
//! thing it is about: [`load`] a wizard, [`inputs`], [`asks`], [`connect`], [`consent`], [`flow`] of a run,
//! [`finish`].

pub mod again;
pub mod answers;
pub mod asks;
pub mod barred;
pub mod check;
pub mod checked;
pub mod client_id;
pub mod completions;
pub mod connect;
pub mod consent;
pub mod finish;
pub mod finish_update;
pub mod flow;
pub mod guide;
pub mod host;
pub mod inputs;
pub mod lint;
pub mod list;
pub mod load;
pub mod menu;
pub mod missing;
pub mod new;
pub mod newer;
pub mod past;
pub mod permissions;
pub mod practice;
pub mod recover;
pub mod rehearse;
pub mod releases;
pub mod report;
pub mod request;
pub mod resume;
pub mod rollback;
pub mod run;
pub mod runs;
pub mod schema;
pub mod self_test;
pub mod sign_in;
pub mod sign_out;
pub mod test;
pub mod update;
pub mod which_app;
pub mod widen;
pub mod withdrawn;

pub use host::Host;

use crate::cli::{Cli, Command};
use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// Carries out the command, and says what happened, also when it failed.
pub fn carry_out(host: &Host, cli: Cli) -> ExitCode {
    match dispatch(host, cli) {
        Ok(code) => code,
        Err(failure) => finish::end_failed(host.ui.as_ref(), &failure),
    }
}

fn dispatch(host: &Host, cli: Cli) -> Result<ExitCode, Failure> {
    let Some(command) = cli.command else { return menu::menu(host) };
    match command {
        Command::List => list::list(host),
        Command::Run(run) => run::run(host, &run),
        Command::Check(check) => check::check(host, &check),
        Command::Rollback(rollback) => rollback::rollback(host, &rollback),
        Command::Resume(resume) => resume::resume(host, &resume),
        Command::Runs(runs) => runs::runs(host, &runs),
        Command::Report(report) => report::report(host, &report),
        Command::Guide(guide) => guide::guide(host, &guide),
        Command::Permissions(permissions) => permissions::permissions(host, &permissions),
        Command::Answers(answers) => answers::answers(host, &answers),
        Command::Rehearse(rehearse) => rehearse::rehearse(host, &rehearse),
        Command::New(new) => new::new(host, &new),
        Command::Lint(lint) => lint::lint(host, &lint),
        Command::Schema(schema) => schema::schema(host, &schema),
        Command::Test(test) => test::test(host, &test),
        Command::Update(update) => update::update(host, &update),
        Command::SelfTest => self_test::self_test(host),
        Command::FinishUpdate => finish_update::finish_update(host),
        Command::ClientId(client_id) => client_id::client_id(host, &client_id),
        Command::SignOut => sign_out::sign_out(host),
        Command::Completions(completions) => completions::completions(host, &completions),
    }
}
