//! `fixforme test`: rehearses every case of a wizard, compares with what it expects, and rolls each back again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use super::flow;
use super::request::RunRequest;
use crate::cli;
use crate::commands::history::finish;
use crate::commands::host::Host;
use crate::commands::load;
use crate::commands::practice;
use crate::commands::prompts::consent::Agreed;
use crate::commands::prompts::inputs::Given;
use crate::engine::body;
use crate::engine::receipt::Receipt;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind, OrFail};
use crate::ports::SignInVariables;
use crate::ports::Ui;
use crate::ports::event::{ChangeFinished, ChangeOutcome, CheckOutcome, Event, Line, StepChecked};
use crate::ports::terms::Mode;
use crate::ports::ui::{NoReply, Question, Reply};
use crate::practice::{PracticeServer, Tenant};
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
                "correct the wizard, or what {} expects in its `expect.toml`, then run this again",
                if failed == 1 { "that case" } else { "each of these cases" }
            )],
        ));
    }
    Ok(ExitCode::AsWanted)
}

/// Rehearses one case; returns where it did not end as expected.
fn rehearse(host: &Host, wizard: &Wizard, name: &str) -> Result<Vec<String>, Failure> {
    let case = practice::case(wizard, Some(name), None)?;
    let clock = practice::moved(&case, &host.virtual_clock);
    let server = practice::start(host, &case, &[], None, Arc::clone(&clock))?;
    let heard = Arc::new(Heard::default());
    let quiet = Host {
        installation: None,
        ui: Arc::clone(&heard) as Arc<dyn Ui>,
        variables: SignInVariables::default(),
        ..host.clone()
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
    let target = practice::target(&quiet, &case, &server, Arc::clone(&clock))?;
    let request =
        RunRequest { agreed, ..RunRequest::new(Mode::Rehearse, wizard, Given::of_case(answers, folder), target) };
    let (exit, why) = match flow::run(&quiet, &request) {
        Ok(code) => (code, String::new()),
        Err(failure) => {
            let hints: String = failure.hints.iter().map(|hint| format!("\nhint: {hint}")).collect();
            (failure.exit_code(), format!(": {:#}{hints}", failure.error))
        }
    };
    // Other tests may be under way in the same folder: ours is the one of our practice tenant.
    let receipt = runs(host)?
        .into_iter()
        .filter(|run| !runs_before.contains(run))
        .filter_map(|run| {
            Some(crate::commands::history::stored_run::read(host.rehearsals.as_ref(), &run).ok()?.receipt)
        })
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
            mistakes.push(format!("the exit code is {}, expected {}{why}", exit.number(), expect.exit));
        }
        if let Some(wanted) = expect.changes.as_ref().filter(|wanted| **wanted != made) {
            mistakes.push(format!("the changes are {made:?}, expected {wanted:?}"));
        }
        if !mistakes.is_empty() {
            mistakes.extend(heard.reasons(&made));
        }
        for (path, wanted) in &expect.objects {
            let live = lock(&server).object(path).unwrap_or(Value::Null);
            for (pointer, wanted) in body::leaves(wanted) {
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
    request: &RunRequest<'_>,
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
    mistakes.extend(differences(before, &canonical(server)));
    Ok(mistakes)
}

/// Says what of a tenant is not as it was, object by object and field by field.
fn differences(before: &Value, after: &Value) -> Vec<String> {
    let empty = Map::new();
    let (before, after) = (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
    let mut mistakes = Vec::new();
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for path in paths {
        match (before.get(path), after.get(path)) {
            (Some(_), None) => mistakes.push(format!("after the rollback {path} is gone")),
            (None, Some(object)) => mistakes.push(format!("after the rollback {path} is still there: {object}")),
            (Some(before), Some(after)) if before != after => {
                let (before, after) = (leaves(before), leaves(after));
                let fields: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
                for field in fields.into_iter().filter(|field| before.get(*field) != after.get(*field)) {
                    let shown = |value: Option<&Value>| value.map_or_else(|| "absent".to_owned(), Value::to_string);
                    mistakes.push(format!(
                        "after the rollback {path} {field} is {}, before the run it was {}",
                        shown(after.get(field)),
                        shown(before.get(field))
                    ));
                }
            }
            _ => {}
        }
    }
    mistakes
}

fn leaves(object: &Value) -> BTreeMap<String, Value> {
    body::leaves(object).into_iter().map(|(pointer, value)| (body::field_path(&pointer).dotted(), value)).collect()
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
    for change in receipt.changes.iter().filter(|change| change.state.maybe_applied()) {
        let item = change.change.label.as_ref().map(|label| format!("[{label}]")).unwrap_or_default();
        let id = format!("{}{item}", change.change.step);
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// A frontend that says nothing, since a test prints its own result, and keeps what explains one that is not as expected.
#[derive(Default)]
struct Heard {
    checked: Mutex<Vec<StepChecked>>,
    finished: Mutex<Vec<ChangeFinished>>,
}

impl Heard {
    /// Returns why steps are not as they should be, a sentence each, but for those whose changes were made.
    fn reasons(&self, made: &[String]) -> Vec<String> {
        let named = |step: &str, label: Option<&str>| match label {
            Some(label) => format!("{step}[{label}]"),
            None => step.to_owned(),
        };
        let said = |lines: &[Line]| lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ");
        let mut reasons = Vec::new();
        for checked in self.checked.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let what = match checked.outcome {
                CheckOutcome::Ok | CheckOutcome::NotApplicable => continue,
                CheckOutcome::Problem => "has a problem",
                CheckOutcome::Blocked => "is blocked",
                CheckOutcome::Unknown => "could not be found out",
            };
            let name = named(&checked.step, checked.label.as_deref());
            if !made.contains(&name) {
                reasons.push(format!("the step `{name}` {what}: {}", said(&checked.lines)));
            }
        }
        for finished in self.finished.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let is_good = matches!(
                finished.outcome,
                ChangeOutcome::Verified | ChangeOutcome::Accepted | ChangeOutcome::RolledBack
            );
            if !is_good {
                let words = finished.outcome.words();
                reasons.push(format!("the change `{}`: {words}. {}", finished.change, said(&finished.lines)));
            }
        }
        reasons
    }
}

impl Ui for Heard {
    fn show(&self, event: &Event) {
        match event {
            Event::StepChecked(checked) => {
                let mut all = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
                // Some are checked again after the changes: what was found last counts.
                all.retain(|known| (&known.step, &known.key) != (&checked.step, &checked.key));
                all.push(checked.clone());
            }
            Event::ChangeFinished(finished) => {
                let mut all = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
                all.retain(|known| known.change != finished.change);
                all.push(finished.clone());
            }
            _ => {}
        }
    }

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
