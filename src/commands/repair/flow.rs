//! One run of a wizard, phase by phase (load, inputs, sign in, check, asks, plan, consent, write scopes, apply, verify,
//! receipt), for a real tenant and a practice tenant alike.

use std::sync::Arc;

use serde_json::{Value, json};

use super::check::Checked;
use super::known_apps;
use super::preflight;
use super::recheck;
use super::request::RunRequest;
use super::run_context::{RunContext, lock};
use super::{on_failure, secrets};
use crate::commands::account::connect::{self, Connected};
use crate::commands::history::finish;
use crate::commands::history::report;
use crate::commands::history::stored_run;
use crate::commands::host::Host;
use crate::commands::program::revoked;
use crate::commands::program::update_check;
use crate::commands::prompts::approvals;
use crate::commands::prompts::asks;
use crate::commands::prompts::consent;
use crate::commands::prompts::inputs::{self, Values};
use crate::commands::prompts::missing::Missing;
use crate::engine::apply::Ended;
use crate::engine::approval::Approved;
use crate::engine::check::with_steps;
use crate::engine::deferred;
use crate::engine::describe;
use crate::engine::finding::StepFindings;
use crate::engine::journal_writer::JournalWriter;
use crate::engine::plan::{self, AskAnswers};
use crate::engine::receipt::Receipt;
use crate::engine::record::{self, FORMAT};
use crate::engine::state::ChangeState;
use crate::exit_code::ExitCode;
use crate::expr::{Datum, Scope};
use crate::failure::{Failure, Kind, OrFail};
use crate::ports::Clock;
use crate::ports::event::{Event, Level, RunStarted, WizardName};
use crate::ports::terms::Mode;
use crate::wizard::{Step, Wizard, WizardSource};

/// Runs a wizard to its end.
pub fn run(host: &Host, request: &RunRequest<'_>) -> Result<ExitCode, Failure> {
    let id = run_id(request.target.clock.as_ref());
    trusted(request)?;
    if request.mode == Mode::Run {
        revoked::refuse(host)?;
    }
    if let Some(folder) = &request.report {
        // Before anything is read: a report that cannot be written must not come to light after the changes.
        fs_err::create_dir_all(folder).or_fail(Kind::Usage)?;
    }
    if request.mode.changes() {
        // Nor must it come to light after the questions that no journal can be written.
        let ready = request.target.journal.ready().or_fail(Kind::Internal);
        ready.map_err(|failure| failure.hint("the variable FIXFORME_STATE_DIR names another folder for state"))?;
    }
    started(host, request, (request.mode.changes()).then(|| id.clone()));
    look_again(host, request);
    let mut checked = check(host, request, &id)?;
    if host.ui.interrupted() {
        return Err(Failure::words(Kind::Interrupted, "you stopped"));
    }
    let wizard = request.wizard;
    if !request.mode.changes() {
        let code = finish::findings_code(wizard, &checked.findings, &AskAnswers::new(), None);
        return unchanged(host, request, &id, &checked, code, next_after_check(code, wizard));
    }
    // A practice tenant of this process is nobody else's.
    let tenant = &checked.connected.identity.tenant_id;
    let lock = if request.mode.is_practice() { None } else { Some(lock(&request.target, tenant)?) };
    if request.mode == Mode::Run {
        stored_run::settled(host, request.target.journal.as_ref(), &checked.connected.identity.tenant_id)?;
    }
    let mut missing = Missing::default();
    if host.ui.can_ask() {
        let findings = std::mem::take(&mut checked.findings);
        (checked.findings, checked.approved) =
            approvals::ask(host.ui.as_ref(), &checked.check(host, wizard), findings)?;
    } else {
        approvals::lacking(wizard, &checked.findings, &mut missing);
    }
    let answers = asks::gather(
        host.ui.as_ref(),
        wizard,
        &checked.findings,
        &request.given,
        &checked.values.inputs,
        &mut missing,
    )?;
    let mut plan = plan::plan(wizard, &mut checked.findings, &answers);
    preflight::unplanned(&mut checked.findings, &plan, host.ui.as_ref());
    preflight::permitted(request, &checked.connected, &mut checked.findings, &mut plan, host.ui.as_ref());
    if !host.ui.can_ask() && !plan.changes.is_empty() {
        preflight::blocked_reveals(request, &mut checked.findings, &mut plan, host.ui.as_ref());
    }
    preflight::dependents(wizard, &mut checked.findings, &mut plan);
    if request.any_failure_ends {
        for change in &mut plan.changes {
            Arc::make_mut(change).continue_on_error = false;
        }
    }
    plan.affects = plan::affects(wizard, &checked.findings, &plan);
    if plan.changes.is_empty() && missing.is_empty() {
        host.ui.show(&Event::Plan(describe::plan(&plan)));
        recheck::manual(host, wizard, &mut checked.findings)?;
        let code = finish::findings_code(wizard, &checked.findings, &answers, None);
        let next = plan.not_changed.clone();
        return unchanged(host, request, &id, &checked, code, next);
    }
    if let Some(title) = preflight::in_the_dark(wizard, &checked.findings)
        && !(host.ui.can_ask() || request.partial || plan.changes.is_empty())
    {
        let text = format!("Nothing is changed, because this step is not known or not possible: {title}.");
        host.ui.say(Level::Problem, text);
        let code = finish::findings_code(wizard, &checked.findings, &AskAnswers::new(), None);
        let next = "`--partial` makes the changes of the other steps all the same.".to_owned();
        return unchanged(host, request, &id, &checked, code.or(ExitCode::ProblemsRemain), vec![next]);
    }
    let scope = with_steps(&checked.base, wizard, &checked.findings);
    if !host.ui.can_ask() {
        consent::lacking(wizard, &scope, &plan, &request.agreed, &mut missing)?;
        if !request.agreed.yes {
            missing.flag("--yes", "agrees to the changes of the plan");
        }
        if !missing.is_empty() {
            // What is missing is listed once, below, with what supplies it.
            plan.not_changed.retain(|line| !missing.repeats(line));
            host.ui.show(&Event::Plan(describe::plan(&plan)));
            return Err(missing.failure(wizard));
        }
    }
    // The notices come first: between the list of changes and the question about it nothing scrolls it away.
    let agreed = consent::acknowledge(host.ui.as_ref(), wizard, &scope, &request.agreed)?;
    let tenant = checked.connected.identity.tenant_name.clone();
    if request.mode == Mode::Run {
        // The look that went on beside may have learnt of it only now.
        revoked::refuse(host)?;
    }
    let approved = if agreed {
        host.ui.show(&Event::Plan(describe::plan(&plan)));
        consent::consent(host.ui.as_ref(), plan, &request.agreed, &tenant)?
    } else {
        None
    };
    let Some(approved) = approved else {
        let code =
            finish::findings_code(wizard, &checked.findings, &AskAnswers::new(), None).or(ExitCode::ProblemsRemain);
        finish::not_agreed(host.ui.as_ref(), "You did not confirm the changes.");
        return unchanged(host, request, &id, &checked, code, Vec::new());
    };
    let code = carry_out(host, request, &id, &approved, &mut checked, &answers);
    drop(lock);
    code
}

/// Ends a run that changed nothing, with the report that was asked for.
fn unchanged(
    host: &Host,
    request: &RunRequest<'_>,
    id: &str,
    checked: &Checked,
    code: ExitCode,
    next: Vec<String>,
) -> Result<ExitCode, Failure> {
    if let Some(folder) = &request.report {
        let mut receipt = Receipt::new(run_record(request, &checked.connected, id));
        receipt.ended = Some((code.number(), crate::failure::NOTHING_CHANGED.to_owned()));
        receipt.found = StepFindings::found(request.wizard, &checked.findings).collect();
        report::write_unchanged(host, folder, &receipt)?;
    }
    Ok(finish::end_unchanged(host.ui.as_ref(), code, crate::failure::NOTHING_CHANGED, next))
}

/// Checks a tenant: inputs, sign-in, reads.
pub fn check(host: &Host, request: &RunRequest<'_>, id: &str) -> Result<Checked, Failure> {
    let wizard = request.wizard;
    if !wizard.clouds.contains(&request.target.cloud) {
        return Err(Failure::words(
            Kind::Usage,
            format!("`{}` is not made for the cloud `{}`", wizard.id, request.target.cloud),
        )
        .hint(format!("it is made for: {}", wizard.clouds.join(", "))));
    }
    let mut missing = Missing::default();
    let values = inputs::gather(host.ui.as_ref(), wizard, &request.given, &mut missing)?;
    if request.target.tenant_missing {
        missing.flag("--tenant DOMAIN", "the tenant that is meant, so that a wrong token changes nothing");
    }
    if !missing.is_empty() {
        return Err(missing.before_the_check(wizard));
    }
    let connected = connect::connect(host, &request.target, &wizard.check_scopes())?;
    if !request.mode.is_practice() {
        update_check::tell(host);
        stored_run::remind(host, request.target.journal.as_ref(), &connected.identity.tenant_id);
    }
    let client_ids = known_apps::client_ids(host, &request.target, &connected);
    let base = base_scope(request, &values, &connected, id, &client_ids);
    let mut checked =
        Checked { connected, values, base, findings: Vec::new(), approved: request.agreed.approve.clone() };
    let chosen = inputs::to_choose(wizard, &request.given, &checked.values)?;
    let place = |id: &str| wizard.steps.iter().position(|step| step.id == id);
    let Some(last) = chosen.iter().filter_map(|(_, from)| place(&from.step)).max().filter(|_| host.ui.can_ask()) else {
        checked.findings = checked.check(host, wizard).run(None, &|_| true);
        return Ok(checked);
    };
    // First the steps whose lists are chosen from, then the questions, then what they decide on.
    let is_first = |step: &Step| place(&step.id).is_some_and(|place| place <= last);
    let nothing = |step| StepFindings { step, takes_part: false, findings: Vec::new() };
    let unread: Vec<StepFindings> = (0..wizard.steps.len()).map(nothing).collect();
    let first = checked.check(host, wizard).run(Some(&unread), &is_first);
    for (input, from) in chosen {
        let found = place(&from.step).and_then(|place| first.get(place)?.findings.first());
        let list = found.and_then(|finding| finding.captures.get(&from.capture)).unwrap_or(&Value::Null);
        let value = inputs::choose(host.ui.as_ref(), (input, from), list)?;
        checked.values.inputs.insert(input.name.clone(), value);
    }
    checked.base = base_scope(request, &checked.values, &checked.connected, id, &client_ids);
    checked.findings = checked.check(host, wizard).run(Some(&first), &|step| !is_first(step));
    Ok(checked)
}

/// A folder's wizard may write to a practice tenant only: one on loopback whose token Entra would never issue.
fn trusted(request: &RunRequest<'_>) -> Result<(), Failure> {
    let WizardSource::Folder(folder) = &request.wizard.origin else { return Ok(()) };
    let practice = request.target.root.is_loopback() && request.target.sign_in.practice;
    if !request.mode.changes() || practice {
        return Ok(());
    }
    Err(untrusted(folder))
}

pub fn untrusted(folder: &str) -> Failure {
    Failure::words(
        Kind::Trust,
        format!("the wizard in {folder} does not ship with fixforme, so it may not change a tenant"),
    )
    .hint("it may be checked (`fixforme check`) and rehearsed (`fixforme rehearse`)")
}

fn started(host: &Host, request: &RunRequest<'_>, run: Option<String>) {
    let wizard = request.wizard;
    host.ui.show(&Event::RunStarted(RunStarted {
        run,
        mode: request.mode,
        wizard: Some(WizardName {
            id: wizard.id.clone(),
            version: wizard.version.to_string(),
            title: wizard.title.clone(),
            sha256: wizard.sha256.clone(),
        }),
        tool: env!("CARGO_PKG_VERSION"),
        practice: request.mode.is_practice(),
        steps: wizard.steps.len(),
    }));
}

/// A wizard past its author's own date still runs: the reader is told.
fn look_again(host: &Host, request: &RunRequest<'_>) {
    let today = request.target.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    if let Some(review_by) = request.wizard.review_by.filter(|review_by| *review_by < today) {
        let text =
            format!("The author of this wizard wanted it looked at again by {review_by}. Compare with its docs.");
        host.ui.say(Level::Info, text);
    }
}

fn base_scope(
    request: &RunRequest<'_>,
    values: &Values,
    connected: &Connected,
    id: &str,
    client_ids: &[String],
) -> Scope {
    let identity = &connected.identity;
    let table = |value: Value| Datum::json(&value);
    values
        .scope(request.wizard)
        .with(
            "tenant",
            table(json!({"id": identity.tenant_id, "name": identity.tenant_name, "cloud": request.target.cloud})),
        )
        .with("account", table(json!({"id": identity.account_id, "upn": identity.account})))
        .with("cloud", table(json!({"sign_in": request.target.authority})))
        .with(
            "run",
            table(json!({"id": id, "started": request.target.clock.now().to_string(), "client_ids": client_ids})),
        )
        .with("generated", Datum::of_plan(&json!({"password": deferred::of(deferred::GENERATED, "/password")})))
}

fn carry_out(
    host: &Host,
    request: &RunRequest<'_>,
    id: &str,
    approved: &Approved,
    checked: &mut Checked,
    answers: &AskAnswers,
) -> Result<ExitCode, Failure> {
    let wizard = request.wizard;
    let connected = &checked.connected;
    let clock = request.target.clock.as_ref();
    let journal = &request.target.journal;
    // Before there is a journal: who stops here, or names no fit file for a secret, leaves no run behind.
    let reveal_to = request.reveal_to.as_deref();
    let context = RunContext { host, target: &request.target, connected, reveal_to };
    context.prepare(&wizard.check_scopes(), approved)?;
    let mut given = checked.values.secrets.clone();
    given.extend(secrets::generate(host, clock, approved.changes(), reveal_to)?);
    let unwritten = |error: anyhow::Error| {
        Failure::new(Kind::Internal, error)
            .hint("nothing is changed without a journal: look at the disk and the folder")
    };
    let mut ledger =
        JournalWriter::create(journal.as_ref(), clock, run_record(request, connected, id)).map_err(unwritten)?;
    ledger.plan(approved.changes()).map_err(unwritten)?;
    ledger.found(StepFindings::found(wizard, &checked.findings)).map_err(unwritten)?;
    let ended = context.apply(
        approved,
        given,
        &mut ledger,
        Some(&|step, ledger| recheck::judge(host, checked, wizard, step, ledger)),
    )?;
    let mut next = Vec::new();
    let mut code = ExitCode::AsWanted;
    match ended {
        Ended::Completed => recheck::check(host, checked, wizard, &ledger)?,
        Ended::Interrupted => {
            code = ExitCode::Interrupted;
            if !request.mode.is_practice() {
                next.push(format!("To go on: `fixforme resume {id}`"));
            }
        }
        Ended::Failed => {
            on_failure::after_failure(&context, request.on_failure, &mut ledger, &mut next)?;
        }
    }
    let receipt = ledger.receipt();
    let changes_code = receipt.exit_code(false);
    code = if code == ExitCode::Interrupted && changes_code != ExitCode::OutcomeUnknown {
        code
    } else {
        code.or(changes_code)
    };
    if ended == Ended::Completed {
        if receipt.count(|state| matches!(state, ChangeState::Failed | ChangeState::Drift)) > 0
            && receipt.can_roll_back()
        {
            next.push("The other changes were not rolled back. Use `--on-failure rollback` to do that.".to_owned());
        }
        if let Err(failure) = recheck::manual(host, wizard, &mut checked.findings) {
            // The changes are made: stopping at a question here changes nothing about that.
            next.push(format!("The manual steps were not confirmed: {:#}.", failure.error));
            code = code.or(failure.exit_code());
        }
        let left = finish::findings_code(wizard, &checked.findings, answers, Some(receipt));
        next.extend(finish::what_is_left(left));
        code = code.or(left);
    }
    Ok(finish::end_run(host, journal, &mut ledger, code, next, request.report.as_deref()))
}

fn run_record(request: &RunRequest<'_>, connected: &Connected, id: &str) -> record::RunRecord {
    let identity = &connected.identity;
    record::RunRecord {
        format: FORMAT,
        run: id.to_owned(),
        at: request.target.clock.now(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        wizard: request.wizard.id.clone(),
        wizard_version: request.wizard.version.to_string(),
        wizard_title: request.wizard.title.clone(),
        wizard_sha256: request.wizard.sha256.clone(),
        tenant: identity.tenant_id.clone(),
        tenant_name: identity.tenant_name.clone(),
        domain: identity.domain.clone(),
        account: identity.account.clone(),
        account_id: identity.account_id.clone(),
        cloud: request.target.cloud.clone(),
        graph_root: request.target.root.as_str().to_owned(),
        practice: connected.practice,
        rehearsal: request.mode.is_practice(),
    }
}

fn next_after_check(code: ExitCode, wizard: &Wizard) -> Vec<String> {
    match code {
        ExitCode::ProblemsRemain => {
            let id = wizard.at();
            vec![format!("To repair: `fixforme run {id}`. To do it by hand: `fixforme guide {id}`.")]
        }
        _ => Vec::new(),
    }
}

/// Makes a run's id, which sorts by time.
pub fn run_id(clock: &dyn Clock) -> String {
    let mut random = [0; 10];
    clock.random(&mut random);
    let millis = u64::try_from(clock.now().as_millisecond()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()
}
