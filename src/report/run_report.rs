//! A run's report, as text and as JSON: what was planned, what became of it, and the request ids; addresses and phone numbers
//! masked, tokens and bodies never in it.

use serde_json::{Value, json};

use crate::engine::body::field_path;
use crate::engine::change::{Change, show_path};
use crate::engine::receipt::{ChangeReceipt, Receipt};
use crate::engine::record::Found;
use crate::ports::text::{mask, mask_value, visible};

/// Writes the report as text. `integrity` and `state` say of the journal and of the tenant what can be said.
pub fn text(receipt: &Receipt, integrity: &str, state: &str) -> String {
    let run = &receipt.run;
    let mut lines = vec![
        format!("fixforme {}, run {}", run.tool, run.run),
        format!("Wizard    {} {} ({})", run.wizard, run.wizard_version, run.wizard_title),
        format!("Files     sha256 {}", run.wizard_sha256),
        format!("Tenant    {} ({}) {}", run.tenant_name, run.domain, run.tenant),
        format!("Account   {}", run.account),
        format!("Graph     {} (cloud {})", run.graph_root, run.cloud),
        format!("Started   {}", run.at),
        format!("Journal   {integrity}"),
        String::new(),
    ];
    for (at, change) in receipt.changes.iter().enumerate() {
        lines.extend(change_lines(at + 1, change));
    }
    if !receipt.found.is_empty() {
        lines.extend([String::new(), "What the check found:".to_owned()]);
        for found in &receipt.found {
            lines.push(format!("- {}: {}", found.title, outcome(found).as_str().unwrap_or_default()));
            lines.extend(found.lines.iter().map(|line| format!("  {line}")));
        }
    }
    lines.push(String::new());
    lines.push(state.to_owned());
    if let Some((exit, _)) = &receipt.ended {
        lines.push(format!("Exit code {exit}."));
    }
    lines.push("Not in this report: tokens, passwords, full addresses and phone numbers.".to_owned());
    format!("{}\n", mask(&visible(&lines.join("\n"))))
}

fn change_lines(number: usize, receipt: &ChangeReceipt) -> Vec<String> {
    let change = &receipt.change;
    let mut lines = vec![
        format!("{number}. {}: {}", change.title, receipt.state.outcome().words()),
        format!("   {} {}", change.request.method, show_path(&change.request.path)),
    ];
    for field in &change.fields {
        lines.push(format!(
            "   {}: {} -> {}",
            field_path(&field.pointer).dotted(),
            shown(&field.before),
            shown(&field.after)
        ));
    }
    if let Some(reason) = &receipt.reason {
        lines.push(format!("   {reason}"));
    }
    if !receipt.request_ids.is_empty() {
        lines.push(format!("   request-id {}", receipt.request_ids.join(", ")));
    }
    lines
}

fn outcome(found: &Found) -> Value {
    json!(found.outcome)
}

fn shown(value: &Value) -> String {
    let mut value = value.clone();
    mask_strings(&mut value);
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// Writes the report as JSON, masked like the text.
pub fn json(receipt: &Receipt, integrity: &str, state: &str) -> String {
    let change = |receipt: &ChangeReceipt| {
        let change: &Change = &receipt.change;
        json!({
            "change": change.id,
            "title": change.title,
            "method": change.request.method,
            "path": show_path(&change.request.path),
            "fields": change.fields.iter().map(|field| json!({
                "field": field_path(&field.pointer).dotted(),
                "before": field.before,
                "after": field.after,
            })).collect::<Vec<_>>(),
            "outcome": receipt.state.outcome(),
            "reason": receipt.reason,
            "status": receipt.status,
            "request_ids": receipt.request_ids,
        })
    };
    let run = &receipt.run;
    let mut report = json!({
        "v": 1,
        "run": run.run,
        "tool": run.tool,
        "wizard": {"id": run.wizard, "version": run.wizard_version, "sha256": run.wizard_sha256},
        "tenant": {"id": run.tenant, "name": run.tenant_name, "domain": run.domain},
        "account": run.account,
        "graph_root": run.graph_root,
        "started": run.at.to_string(),
        "journal": integrity,
        "findings": receipt.found,
        "changes": receipt.changes.iter().map(change).collect::<Vec<_>>(),
        "state": state,
        "exit": receipt.ended.as_ref().map(|(exit, _)| exit),
    });
    mask_strings(&mut report);
    format!("{report:#}\n")
}

fn mask_strings(value: &mut Value) {
    match value {
        Value::String(text) => *text = mask_value(text),
        Value::Array(items) => items.iter_mut().for_each(mask_strings),
        Value::Object(map) => map.values_mut().for_each(mask_strings),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
