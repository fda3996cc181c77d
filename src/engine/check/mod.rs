//! The check of a whole wizard: every step's state machine is asked which reads it needs, the reads of all steps go
//! out together in `$batch` waves, and the answers are handed back, until every step has its finding.
//!
//! Reads always run and nothing here can write: the client that a check holds has no way to.

pub mod evaluate;
pub mod item;
mod items;
pub mod needs;
pub mod reads;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::finding::{Cause, Finding, Item, StepFindings};
use crate::expr::{Datum, Expression, Partial, Scope};
use crate::graph::{Read, Reader};
use crate::ports::Ui;
use crate::ports::event::{CheckOutcome, Event, Level, Line, Progress, StepChecked};
use crate::wizard::{Step, Wizard};
use item::{Advance, ItemCheck};
use needs::{Needed, is_beyond_repair, is_unknown};
use reads::{ReadRequest, ReadResult};

pub struct Check<'run> {
    pub wizard: &'run Wizard,
    /// Inputs, data, tenant, account, cloud, run.
    pub base: Scope,
    /// The client that cannot write.
    pub reader: &'run Reader,
    /// Who is shown the findings; nobody where they are only looked at once more.
    pub ui: Option<&'run dyn Ui>,
    /// What was found and approved before, each as `STEP=NAME`.
    pub approved: &'run [String],
}

/// One step's check under way.
struct Running<'run> {
    step: &'run Step,
    state: Phase<'run>,
    findings: Vec<Option<Finding>>,
    /// For each of them, the title of an earlier step's finding that its changes wait for.
    waits_for: Vec<Option<String>>,
    /// What later steps see of it, made once: it may hold thousands of items.
    node: Option<Datum>,
}

enum Phase<'run> {
    Waiting,
    Items(Vec<ItemCheck<'run>>),
    Done { takes_part: bool },
}

impl<'run> Check<'run> {
    /// Checks the steps of which `wanted` is true, and shows each finding in the steps' order.
    ///
    /// `before` are findings of an earlier check, which stand for the steps that are not wanted now.
    pub fn run(&self, before: Option<&[StepFindings]>, wanted: &dyn Fn(&Step) -> bool) -> Vec<StepFindings> {
        let mut running: Vec<Running<'run>> = self
            .wizard
            .steps
            .iter()
            .map(|step| Running {
                step,
                state: Phase::Waiting,
                findings: Vec::new(),
                waits_for: Vec::new(),
                node: None,
            })
            .collect();
        if let Some(before) = before {
            for (running, old) in running.iter_mut().zip(before) {
                if !wanted(running.step) {
                    running.findings = old.findings.iter().cloned().map(Some).collect();
                    running.state = Phase::Done { takes_part: old.takes_part };
                }
            }
        }
        let mut shown = 0;
        let mut done = 0;
        loop {
            let (reads, mut moved) = self.wave(&mut running);
            while let Some(next) = running.get(shown).filter(|next| matches!(next.state, Phase::Done { .. })) {
                if before.is_none() || wanted(next.step) {
                    self.show(shown, next);
                }
                shown += 1;
                moved = true;
            }
            if shown == running.len() {
                break;
            }
            if reads.is_empty() && !moved {
                // Nothing can go on: only a wizard whose steps wait for each other gets here.
                self.give_up(&mut running);
                continue;
            }
            done = self.read(reads, &mut running, done);
        }
        running
            .into_iter()
            .enumerate()
            .map(|(step, running)| StepFindings {
                step,
                takes_part: !matches!(running.state, Phase::Done { takes_part: false }),
                findings: running.findings.into_iter().flatten().collect(),
            })
            .collect()
    }

    /// Moves every step on as far as it goes; returns the reads that are needed now.
    fn wave(&self, running: &mut [Running<'run>]) -> (Vec<(usize, usize, ReadRequest, Read)>, bool) {
        let mut reads = Vec::new();
        let mut moved = false;
        for at in 0..running.len() {
            let base = self.base.with("steps", steps_node(running));
            if matches!(running.get(at).map(|step| &step.state), Some(Phase::Waiting)) {
                moved |= self.start(at, running, &base);
            }
            let Some(step) = running.get_mut(at) else { continue };
            let Phase::Items(items) = &mut step.state else { continue };
            for (index, item) in items.iter_mut().enumerate() {
                if step.findings.get(index).is_some_and(Option::is_some) {
                    continue;
                }
                match item.advance(&base) {
                    Advance::Needs(needs) => {
                        reads.extend(needs.into_iter().map(|(request, read)| (at, index, request, read)));
                    }
                    Advance::Waits => {}
                    Advance::Done(mut finding) => {
                        moved = true;
                        item.forget();
                        self.gate(step.step, &mut finding);
                        wait(step.step, &mut finding, step.waits_for.get(index).cloned().flatten());
                        if let Some(place) = step.findings.get_mut(index) {
                            *place = Some(*finding);
                        }
                    }
                }
            }
            if step.findings.iter().all(Option::is_some) {
                step.state = Phase::Done { takes_part: true };
                moved = true;
            }
        }
        (reads, moved)
    }

    /// Starts a step whose predecessors are done; returns whether anything moved.
    fn start(&self, at: usize, running: &mut [Running<'run>], base: &Scope) -> bool {
        let Some(step) = running.get(at).map(|running| running.step) else { return false };
        let done =
            |id: &String| running.iter().any(|other| &other.step.id == id && matches!(other.state, Phase::Done { .. }));
        if !step.needs.iter().all(done) {
            return false;
        }
        let (state, findings) = match self.open(step, running, base) {
            Ok(Some((state, findings))) => (state, findings),
            Ok(None) => return false,
            Err(error) => (Phase::Done { takes_part: true }, vec![Some(evaluate::failed(step, None, base, &error))]),
        };
        let needed = needed(step, running, &is_beyond_repair);
        let waits_for = match &state {
            Phase::Items(items) if step.can_change() || step.manual().is_some() => items
                .iter()
                .map(|item| {
                    let key = item.item.as_ref().map(|item| item.key.as_str());
                    needed.iter().find_map(|needed| needed.in_the_way_of(key)).map(|cause| cause.title.clone())
                })
                .collect(),
            _ => Vec::new(),
        };
        if let Some(running) = running.get_mut(at) {
            *running = Running { step, state, findings, waits_for, node: None };
        }
        true
    }

    /// Works out a step's items; `None` while an earlier step is missing.
    fn open(
        &self,
        step: &'run Step,
        running: &[Running<'run>],
        base: &Scope,
    ) -> anyhow::Result<Option<(Phase<'run>, Vec<Option<Finding>>)>> {
        match Expression::holds(step.when.as_ref(), true, base)? {
            Partial::Known(true) => {}
            Partial::NotRead => return Ok(None),
            _ => return Ok(Some((Phase::Done { takes_part: false }, Vec::new()))),
        }
        // What nothing is known of cannot be built on, nor what a person has not approved; what is not as it should be is no
        // reason not to look.
        let needed = needed(step, running, &|other, finding| {
            finding.cause == Some(Cause::Approval) || is_unknown(finding) && step.mentions(&|id| *id == other.id)
        });
        let whole = needed.iter().find_map(|needed| needed.in_the_way_of_all(step));
        if let Some(finding) = whole.map(|cause| built_on_nothing(step, None, cause, base)) {
            return Ok(Some((Phase::Done { takes_part: true }, vec![Some(finding)])));
        }
        let Some(for_each) = &step.for_each else {
            return Ok(Some((Phase::Items(vec![ItemCheck::new(step, None)]), vec![None])));
        };
        let list = match for_each.items.evaluate(base)? {
            Partial::Known(list) => list,
            Partial::NotRead => return Ok(None),
            Partial::Unanswered(_) | Partial::AfterChange(_) => {
                anyhow::bail!("the items of this step are known only after an earlier change")
            }
        };
        let items = items::of(&list, for_each, base)?;
        let findings = items
            .iter()
            .map(|item| {
                let cause = needed.iter().find_map(|needed| needed.in_the_way_of(Some(&item.key)));
                cause.map(|cause| built_on_nothing(step, Some(item), cause, base))
            })
            .collect();
        let checks = items.into_iter().map(|item| ItemCheck::new(step, Some(item))).collect();
        Ok(Some((Phase::Items(checks), findings)))
    }

    fn read(&self, reads: Vec<(usize, usize, ReadRequest, Read)>, running: &mut [Running<'run>], done: usize) -> usize {
        let (places, reads): (Vec<_>, Vec<_>) =
            reads.into_iter().map(|(step, item, request, read)| ((step, item, request), read)).unzip();
        let total = done + reads.len();
        let mut done = done;
        let progress = |step: usize, done| {
            let label = format!("Step {} of {}", step + 1, self.wizard.steps.len());
            if let Some(ui) = self.ui {
                ui.show(&Event::Progress(Progress { phase: "checking", label, done, total: Some(total) }));
            }
        };
        if let Some((step, ..)) = places.first() {
            // Before the first answer, too: it may be long in coming.
            progress(*step, done);
        }
        self.reader.read_all(&reads, &mut |index, answer| {
            done += 1;
            let Some((step, item, request)) = places.get(index).copied() else { return };
            let Some(running) = running.get_mut(step) else { return };
            progress(step, done);
            if let Phase::Items(items) = &mut running.state
                && let Some(item) = items.get_mut(item)
            {
                item.take(
                    request,
                    match answer {
                        Ok(answer) => ReadResult::Answered(answer),
                        Err(error) => ReadResult::Failed(error),
                    },
                );
            }
        });
        done
    }

    /// Blocks what a person must approve and has not: whatever else was found, nothing that needs it goes on.
    fn gate(&self, step: &Step, finding: &mut Finding) {
        let Some(wanted) = finding.approval.as_ref().filter(|wanted| !wanted.is_in(&step.id, self.approved)) else {
            return;
        };
        finding.lines.push(Line::new(Level::Problem, wanted.why.clone()));
        finding.outcome = CheckOutcome::Blocked;
        finding.cause = Some(Cause::Approval);
        finding.facts = None;
    }

    fn give_up(&self, running: &mut [Running<'run>]) {
        let base = self.base.with("steps", steps_node(running));
        for running in running.iter_mut() {
            if matches!(running.state, Phase::Done { .. }) {
                continue;
            }
            let error = anyhow::anyhow!("this step waits for a step that never finishes");
            if running.findings.is_empty() {
                running.findings = vec![Some(evaluate::failed(running.step, None, &base, &error))];
            }
            for finding in running.findings.iter_mut().filter(|finding| finding.is_none()) {
                *finding = Some(evaluate::failed(running.step, None, &base, &error));
            }
            running.state = Phase::Done { takes_part: true };
        }
    }

    fn show(&self, at: usize, running: &Running<'run>) {
        let Some(ui) = self.ui else { return };
        for finding in running.findings.iter().flatten() {
            ui.show(&Event::StepChecked(describe(at, running.step, finding)));
        }
    }
}

pub fn describe(at: usize, step: &Step, finding: &Finding) -> StepChecked {
    StepChecked {
        step: step.id.clone(),
        key: finding.key().map(str::to_owned),
        label: finding.label().map(str::to_owned),
        number: at + 1,
        title: finding.title.clone(),
        outcome: finding.outcome,
        severity: step.severity,
        lines: finding.lines.clone(),
        link: finding.link.clone(),
        request_ids: finding.request_ids.clone(),
    }
}

/// Returns the scope in which every step is known by its findings.
pub fn with_steps(base: &Scope, wizard: &Wizard, checked: &[StepFindings]) -> Scope {
    let nodes = checked.iter().filter_map(|checked| {
        let step = wizard.steps.get(checked.step)?;
        let findings: Vec<&Finding> = checked.findings.iter().collect();
        Some((step.id.clone(), step_node(step, checked.takes_part, &findings)))
    });
    base.with("steps", Datum::table(nodes))
}

/// Returns what expressions see of a step's findings: its captures, of a repeated step its items; null for what
/// takes no part.
pub fn step_node(step: &Step, takes_part: bool, findings: &[&Finding]) -> Datum {
    let mut names = BTreeMap::new();
    if step.for_each.is_some() {
        let items: Vec<Value> = findings
            .iter()
            .filter(|finding| finding.item.is_some())
            .map(|finding| {
                let mut item = json!({"key": finding.key(), "label": finding.label(), "outcome": finding.outcome});
                if let Value::Object(map) = &mut item {
                    for capture in &step.captures {
                        let value = finding.captures.get(&capture.name).cloned().unwrap_or(Value::Null);
                        map.insert(capture.name.clone(), value);
                    }
                }
                item
            })
            .collect();
        names.insert("items".to_owned(), Datum::of_plan(&Value::Array(items)));
    }
    for capture in &step.captures {
        let value = findings.first().and_then(|finding| finding.captures.get(&capture.name));
        let node = match value {
            Some(value) if takes_part && step.for_each.is_none() => Datum::of_plan(value),
            _ => Datum::json(&Value::Null),
        };
        names.insert(capture.name.clone(), node);
    }
    Datum::table(names)
}

fn steps_node(running: &mut [Running<'_>]) -> Datum {
    Datum::table(running.iter_mut().map(|running| {
        if let (Phase::Done { takes_part }, None) = (&running.state, &running.node) {
            let findings: Vec<&Finding> = running.findings.iter().flatten().collect();
            running.node = Some(step_node(running.step, *takes_part, &findings));
        }
        (running.step.id.clone(), running.node.clone().unwrap_or(Datum::NotRead))
    }))
}

/// Returns what a step needs, with what was found of it and stands in its way.
fn needed<'run>(
    step: &Step,
    running: &'run [Running<'_>],
    is_bad: &dyn Fn(&Step, &Finding) -> bool,
) -> Vec<Needed<'run>> {
    let others = step.needs.iter().filter_map(|id| running.iter().find(|other| &other.step.id == id));
    others.map(|other| Needed::new(other.findings.iter().flatten(), &|finding| is_bad(other.step, finding))).collect()
}

/// Returns the finding of a step, or an item, that builds on what could not be found out, or is not approved.
fn built_on_nothing(step: &Step, item: Option<&Item>, cause: &Finding, base: &Scope) -> Finding {
    let scope = match (&step.for_each, item) {
        (Some(for_each), Some(item)) => base.with(&for_each.name, item.value.clone()),
        _ => base.clone(),
    };
    let mut finding = Finding::new(item.cloned(), evaluate::title(step, item, &scope), CheckOutcome::Blocked);
    let handed_on = cause.cause.filter(|cause| matches!(cause, Cause::Temporary | Cause::Approval));
    finding.cause = Some(handed_on.unwrap_or(Cause::Needs));
    let why = match handed_on {
        Some(Cause::Approval) => "It waits for your approval of an earlier step",
        _ => "It builds on an earlier step that could not be checked",
    };
    finding.lines.push(Line::new(Level::Problem, format!("{why}: {}", cause.title)));
    finding
}

/// Holds back what would be changed until an earlier step is as it should be; what was found stays found. Nor is a person
/// sent to do by hand what waits.
fn wait(step: &Step, finding: &mut Finding, waits_for: Option<String>) {
    let Some(title) = waits_for.filter(|_| finding.outcome == CheckOutcome::Problem) else { return };
    finding.lines.push(Line::new(Level::Hint, format!("It is left as it is until this is in order: {title}")));
    if step.manual().is_some() {
        finding.outcome = CheckOutcome::Blocked;
        finding.lines.retain(|line| line.level == Level::Hint);
        finding.link = None;
    }
    finding.cause = Some(Cause::Needs);
    finding.asks = Vec::new();
    finding.facts = None;
}
