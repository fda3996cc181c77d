//! `fixforme lint`: every mistake of a wizard, with its place, before anybody signs in.

use serde_json::{Value, json};

use crate::cli;
use crate::commands::host::Host;
use crate::commands::load;
use crate::commands::practice;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind};
use crate::ports::Ui;
use crate::ports::text::one_line;
use crate::practice::SeedMistake;
use crate::wizard::Wizard;
use crate::wizard::diagnostic::{Diagnostic, Report};
use crate::wizard::takeover::approval::{self, NeedsApproval};

/// Lints a wizard's folder, its cases included.
pub fn lint(host: &Host, flags: &cli::Lint) -> Result<ExitCode, Failure> {
    let ui = host.ui.as_ref();
    let (wizard, warnings) = match load::judged(&flags.path)? {
        Ok(judged) => judged,
        Err(report) => {
            mistakes(ui, &report);
            return Err(refused(&report.summary()));
        }
    };
    mistakes(ui, &warnings);
    let cases = practice::cases(&wizard);
    let wrong = cases.iter().filter(|name| !is_sound(ui, &wizard, name)).count();
    if wrong > 0 {
        return Err(refused(&format!("{wrong} of {} cases cannot be rehearsed", cases.len())));
    }
    let (steps, version, warned) = (wizard.steps.len(), wizard.version.to_string(), warnings.diagnostics().len());
    approvals(ui, &wizard);
    let row = json!({
        "type": "linted",
        "wizard": wizard.id,
        "version": version,
        "steps": steps,
        "cases": cases,
        "warnings": warned,
    });
    let count = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let mut text =
        format!("{} {version}: {}, {}, no mistakes", wizard.id, count(steps, "step"), count(cases.len(), "case"));
    if warned > 0 {
        text.push_str(&format!(", {}", count(warned, "warning")));
    }
    ui.row(&row, &format!("{text}\n"));
    Ok(ExitCode::AsWanted)
}

fn refused(summary: &str) -> Failure {
    Failure::words(Kind::Usage, summary).hint("correct the files, then run it again")
}

/// Writes each mistake as a row, errors before warnings.
fn mistakes(ui: &dyn Ui, report: &Report) {
    let (errors, warnings): (Vec<_>, Vec<_>) = report.diagnostics().iter().partition(|diagnostic| diagnostic.is_error);
    for diagnostic in errors.into_iter().chain(warnings) {
        ui.row(&row(diagnostic, report.place(diagnostic)), &format!("{}\n", report.render_one(diagnostic)));
    }
}

/// Writes which requests of a wizard need typed approval because they are not ordinary changes, and why.
fn approvals(ui: &dyn Ui, wizard: &Wizard) {
    for step in &wizard.steps {
        for NeedsApproval { id, method, path, why, is_certain } in approval::needed(step) {
            let needs = if is_certain { "needs typed approval" } else { "may need typed approval" };
            let place = format!("{}/{id}", step.id);
            let row = json!({
                "type": "needs_approval",
                "step": step.id,
                "of": id,
                "method": method.as_str(),
                "path": path,
                "certain": is_certain,
                "text": why,
            });
            ui.row(&row, &format!("{}: {method} {} {needs}: {why}\n", one_line(&place), one_line(&path)));
        }
    }
}

fn row(diagnostic: &Diagnostic, place: Option<(usize, usize)>) -> Value {
    json!({
        "type": "mistake",
        "severity": if diagnostic.is_error { "error" } else { "warning" },
        "file": diagnostic.file,
        "line": place.map(|(line, _)| line),
        "column": place.map(|(_, column)| column),
        "text": diagnostic.title,
        "suggestion": diagnostic.help.as_ref().filter(|help| !help.is_empty()),
        "notes": diagnostic.notes,
    })
}

/// Reads a case, and writes what is wrong with it. What its answers and expectations lack is known by now.
fn is_sound(ui: &dyn Ui, wizard: &Wizard, name: &str) -> bool {
    let Err(failure) = practice::case(wizard, Some(name), None) else { return true };
    let mistake = failure.error.downcast_ref::<SeedMistake>();
    let row = json!({
        "type": "mistake",
        "severity": "error",
        "file": format!("rehearsal/{name}/tenant.toml"),
        "line": mistake.map(|mistake| mistake.line),
        "column": mistake.map(|mistake| mistake.column),
        "text": mistake.map_or_else(|| format!("{:#}", failure.error), |mistake| mistake.message.clone()),
        "suggestion": null,
        "notes": [],
    });
    ui.row(&row, &format!("error: {:#}\n\n", failure.error));
    false
}
