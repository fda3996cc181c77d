//! `fixforme test`: rehearses every case of a wizard, compares with what it expects, and rolls each back again.

use std::path::Path;
use std::sync::{Arc, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::consent::Agreed;
use super::flow;
use super::host::Host;
use super::inputs::Given;
use super::request::Request;
use super::{finish, load, practice};
use crate::cli;
use crate::engine::receipt::Receipt;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind, OrFail};
use crate::rehearsal::{PracticeServer, Tenant};
use crate::seam::Ui;
use crate::seam::event::Event;
use crate::seam::ui::{NoReply, Question, Reply};
use crate::sign_in::Ambient;
use crate::wizard::Wizard;

/// Tests a wizard's folder.
pub fn test(host: &Host, flags: &cli::Test) -> Result<ExitCode, Failure> {
    let (wizard, _) = load::folder(&flags.path)?;
    let mut failed = 0;
    let cases = practice::cases(&wizard);
    if cases.is_empty() {
        return Err(Failure::words(Kind::Usage, format!("`{}` has no case, so there is nothing to test", wizard.id))
            .hint("a case is a folder `rehearsal/NAME/` with `tenant.toml`, `answers.toml` and `expect.toml`"));
    }
    for name in &cases {
        let mistakes = rehearse(host, &wizard, name)?;
        let word = if mistakes.is_empty() { "ok" } else { "FAILED" };
        let mut text = format!("case {name}: {word}\n");
        for mistake in &mistakes {
            text.push_str(&format!("    {}\n", mistake.replace('\n', "\n    ")));
        }
        host.ui.row(&json!({"type": "case", "case": name, "ok": mistakes.is_empty(), "mistakes": mistakes}), &text);
        failed += usize::from(!mistakes.is_empty());
    }
    let passed = cases.len() - failed;
    let row = json!({"type": "tested", "wizard": wizard.id, "passed": passed, "failed": failed});
    host.ui.row(&row, &format!("{passed} passed, {failed} failed\n"));
    if failed > 0 {
        return Ok(finish::end_unchanged(
            host.ui.as_ref(),
            ExitCode::ProblemsRemain,
            "Nothing was changed but practice tenants.",
            vec![format!(
                "mend the wizard, or what {} expects in its `expect.toml`, then run this again",
                if failed == 1 { "that case" } else { "each of these cases" }
            )],
        ));
    }
    Ok(ExitCode::AsWanted)
}

/// Rehearses one case; returns where it did not end as expected.
fn rehearse(host: &Host, wizard: &Wizard, name: &str) -> Result<Vec<String>, Failure> {
    let case = practice::case(wizard, Some(name), None)?;
    let clock = Arc::clone(&host.virtual_clock);
    let server = practice::start(host, &case, &[], None, Arc::clone(&clock))?;
    let quiet = Host {
        installation: None,
        clock: Arc::clone(&host.clock),
        virtual_clock: Arc::clone(&host.virtual_clock),
        ui: Arc::new(Silent),
        http: Arc::clone(&host.http),
        journal: Arc::clone(&host.journal),
        rehearsals: Arc::clone(&host.rehearsals),
        index_url: None,
        may_look: false,
        newer: Arc::default(),
        access_token: None,
        client_id: None,
        client_secret: None,
        ambient: Ambient::default(),
        run_az: Arc::clone(&host.run_az),
        secrets: Arc::clone(&host.secrets),
        config: Arc::clone(&host.config),
        open_page: Arc::clone(&host.open_page),
        append_secret: Arc::clone(&host.append_secret),
        read_input: Arc::clone(&host.read_input),
        named_after: None,
    };
    let folder = Path::new(wizard.at()).join("rehearsal").join(name);
    let before = canonical(&server);
    let runs_before: Vec<String> = runs(host)?;
    let answers = case.answers.clone().unwrap_or_default();
    let agreed = Agreed {
        yes: true,
        approve: answers.approve.clone(),
        acknowledge: answers.acknowledge.clone(),
        max_changes: None,
    };
    let request = Request {
        mode: "rehearse",
        wizard,
        given: Given::of_case(answers, folder),
        agreed,
        on_failure: wizard.on_failure,
        any_failure_ends: false,
        target: practice::target(&quiet, &server, Arc::clone(&clock))?,
        reveal_to: None,
        report: None,
    };
    let (exit, why) = match flow::run(&quiet, &request) {
        Ok(code) => (code, String::new()),
        Err(failure) => (failure.exit_code(), format!(" ({:#}; {})", failure.error, failure.hints.join("; "))),
    };
    // Other tests may be under way in the same folder: ours is the one of our practice tenant.
    let receipt = runs(host)?
        .into_iter()
        .filter(|run| !runs_before.contains(run))
        .filter_map(|run| Some(super::past::read(host.rehearsals.as_ref(), &run).ok()?.receipt))
        .find(|receipt| receipt.run.graph_root == request.target.root.as_str());
    let mut mistakes = Vec::new();
    let made = receipt.as_ref().map(changes).unwrap_or_default();
    if case.expect.is_none() {
        mistakes.push(format!(
            "there is no `rehearsal/{name}/expect.toml`, so nothing was compared. It ended like this{why}:\nexit    = {}\n\
             changes = {}",
            exit.number(),
            json!(made)
        ));
    }
    if let Some(expect) = &case.expect {
        if exit.number() != expect.exit {
            mistakes.push(format!("the exit code is {}{why}, expected {}", exit.number(), expect.exit));
        }
        if let Some(wanted) = expect.changes.as_ref().filter(|wanted| **wanted != made) {
            mistakes.push(format!("the changes are {made:?}, expected {wanted:?}"));
        }
        for (path, wanted) in &expect.objects {
            let live = lock(&server).object(path).unwrap_or(Value::Null);
            for (pointer, wanted) in crate::engine::body::leaves(wanted) {
                let there = live.pointer(&pointer).cloned().unwrap_or(Value::Null);
                if !crate::engine::compare::same(&there, &wanted, crate::wizard::step::Comparison::Exact) {
                    mistakes.push(format!("{path} {pointer} is {there}, expected {wanted}"));
                }
            }
        }
    }
    if let Some(receipt) = receipt {
        mistakes.extend(round_trip(&quiet, &server, &request, &receipt, &before)?);
        // Nobody can go on with it, and the result is printed: a test leaves nothing behind.
        host.rehearsals.delete(&receipt.run.run).or_fail(Kind::Internal)?;
    }
    Ok(mistakes)
}

/// Rolls a case's run back: the tenant must be as it was, but for what cannot be taken back.
fn round_trip(
    host: &Host,
    server: &PracticeServer,
    request: &Request<'_>,
    receipt: &Receipt,
    before: &Value,
) -> Result<Vec<String>, Failure> {
    let irreversible = receipt.changes.iter().any(|change| change.change.irreversible().is_some());
    let code = super::rollback::take_back(host, &request.target, receipt.clone())?;
    if irreversible {
        return Ok(Vec::new());
    }
    let mut mistakes = Vec::new();
    if code != ExitCode::AsWanted && receipt.can_roll_back() {
        mistakes.push(format!("the rollback ended with exit code {}", code.number()));
    }
    if canonical(server) != *before {
        mistakes.push("the tenant after the rollback is not as it was before the run".to_owned());
    }
    Ok(mistakes)
}

fn canonical(server: &PracticeServer) -> Value {
    lock(server).canonical()
}

fn lock(server: &PracticeServer) -> MutexGuard<'_, Tenant> {
    server.tenant().lock().unwrap_or_else(PoisonError::into_inner)
}

fn runs(host: &Host) -> Result<Vec<String>, Failure> {
    Ok(host.rehearsals.list().or_fail(Kind::Internal)?.into_iter().map(|run| run.run).collect())
}

/// Returns the ids of the changes that were made, by step and item, each once.
fn changes(receipt: &Receipt) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for change in receipt.changes.iter().filter(|change| change.state.may_stand()) {
        let item = change.change.label.as_ref().map(|label| format!("[{label}]")).unwrap_or_default();
        let id = format!("{}{item}", change.change.step);
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// A face that says nothing: a test prints its own result.
struct Silent;

impl Ui for Silent {
    fn show(&self, _: &Event) {}

    fn print(&self, _: &str) {}

    fn row(&self, _: &Value, _: &str) {}

    fn can_ask(&self) -> bool {
        false
    }

    fn ask(&self, _: &Question) -> Result<Reply, NoReply> {
        Err(NoReply::Failed("nobody is there".to_owned()))
    }

    fn interrupted(&self) -> bool {
        false
    }
}
