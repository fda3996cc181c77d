//! The lab's writes go to paths that no Graph has (`/v1.0/admin/lab…`, `/v1.0/policies/one`), so every one of them needs to
//! be approved by name. It is approved here for each unattended run whose test is not about approvals.

use std::path::Path;

use serde_json::Value;

const PATHS: [&str; 4] = ["/v1.0/admin/lab", "/v1.0/policies/one", "/v1.0/policies/two", "/v1.0/policies/lamp"];

/// The approvals that an unattended command needs for what it does in the lab.
pub fn approvals(folder: &Path, args: &[&str]) -> Vec<String> {
    if !args.contains(&"--yes") || args.contains(&"--approve") {
        return Vec::new();
    }
    let steps = match args {
        ["run" | "rehearse", wizard, ..] if wizard.contains('/') => of_wizard(&folder.join(wizard)),
        ["rollback" | "resume", ..] => of_journals(&folder.join("state/runs"), args),
        _ => Vec::new(),
    };
    steps.into_iter().flat_map(|step| ["--approve".to_owned(), step]).collect()
}

fn of_wizard(wizard: &Path) -> Vec<String> {
    let Ok(head) = fs_err::read_to_string(wizard.join("wizard.toml")) else { return Vec::new() };
    let Ok(head) = head.parse::<toml::Table>() else { return Vec::new() };
    let steps = head.get("steps").and_then(toml::Value::as_array).into_iter().flatten();
    let in_lab = |file: &str| {
        let text = fs_err::read_to_string(wizard.join(file)).unwrap_or_default();
        PATHS.iter().any(|path| text.contains(path))
    };
    let steps = steps.filter(|step| step.get("file").and_then(toml::Value::as_str).is_some_and(in_lab));
    steps.filter_map(|step| Some(step.get("id")?.as_str()?.to_owned())).collect()
}

/// The steps of the run that is named, or of the newest one that planned something.
fn of_journals(runs: &Path, args: &[&str]) -> Vec<String> {
    let plan = |(_, lines): &(String, Vec<Value>)| lines.iter().find(|line| line["type"] == "plan").cloned();
    let mut runs = super::sandbox::journals(runs);
    if let Some(named) = args.get(1).filter(|named| !named.starts_with("--")) {
        runs.retain(|(run, _)| run.starts_with(named));
    }
    let Some(plan) = runs.iter().rev().find_map(plan) else { return Vec::new() };
    let mut steps: Vec<String> = Vec::new();
    for change in plan["changes"].as_array().into_iter().flatten() {
        let path: Vec<&str> = change["request"]["path"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|part| part.as_str().unwrap_or("…"))
            .collect();
        let step = change["step"].as_str().unwrap().to_owned();
        if PATHS.iter().any(|lab| format!("/{}", path.join("/")).starts_with(lab)) && !steps.contains(&step) {
            steps.push(step);
        }
    }
    steps
}
