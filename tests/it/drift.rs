//! Somebody else changes something between our looking and our writing, or after our writing: for every change and every
//! field of the lab wizards, forwards and backwards. What somebody else has set is never overwritten, and everything else
//! goes on as it should.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::process::Stdio;

use fixforme::practice::Fault;
use serde_json::{Value, json};

use crate::support::crash::{ADMINS, EVERYTHING, Fixture, LAB, sentence, state};
use crate::support::sandbox::{CONTOSO, Ran, Sandbox, Served};
use crate::support::wait::stalls;
use crate::support::wizards::setting;

/// A field of a change, as the journal of an undisturbed run tells it.
#[derive(Debug)]
struct Target {
    change: String,
    kind: String,
    /// The path that is read before it is sent.
    probe: String,
    /// How many times it has been read by then.
    reads: usize,
    /// What it is found by, in a collection.
    find: Vec<(String, Value)>,
    /// The path that it has afterwards.
    own: String,
    pointer: String,
    before: Value,
    after: Value,
}

fn path(segments: &Value, answers: &BTreeMap<String, Value>) -> String {
    segments
        .as_array()
        .unwrap()
        .iter()
        .map(|segment| match segment.as_str() {
            Some(text) => format!("/{text}"),
            None => {
                let hole = &segment["$captured"];
                let answer = &answers[hole["of"].as_str().unwrap()];
                format!("/{}", answer.pointer(hole["pointer"].as_str().unwrap()).unwrap().as_str().unwrap())
            }
        })
        .collect()
}

/// The fields of all changes that have an object, of a run that nothing disturbs.
fn targets(sandbox: &Sandbox, tenant: &Served) -> Vec<Target> {
    let (_, records) = sandbox.journals().remove(0);
    let answers: BTreeMap<String, Value> = records
        .iter()
        .filter(|record| record["type"] == "outcome" && !record["captured"].is_null())
        .map(|record| (record["change"].as_str().unwrap().to_owned(), record["captured"].clone()))
        .collect();
    let plan = records.iter().find(|record| record["type"] == "plan").unwrap();
    let mut targets = Vec::new();
    for change in plan["changes"].as_array().unwrap().iter().filter(|change| !change["probe"].is_null()) {
        let find: Vec<(String, Value)> =
            serde_json::from_value(change["probe"].get("find").cloned().unwrap_or(json!([]))).unwrap();
        let probe = path(&change["probe"]["path"], &answers);
        let request = path(&change["request"]["path"], &answers).to_lowercase();
        let method = change["request"]["method"].as_str().unwrap();
        let log = tenant.tenant().log().to_vec();
        let sent = log.iter().position(|each| each.method == method && each.path == request).unwrap();
        let reads = log[..sent].iter().filter(|each| each.method == "GET" && each.path == probe.to_lowercase()).count();
        // The type of a phone comes with its path: nobody can make it another one.
        let fields = change["fields"].as_array().unwrap().iter().filter(|field| field["pointer"] != "/phoneType");
        for field in fields {
            targets.push(Target {
                change: change["id"].as_str().unwrap().to_owned(),
                kind: change["kind"].as_str().unwrap().to_owned(),
                own: if find.is_empty() { probe.clone() } else { path(&change["own"], &answers) },
                probe: probe.clone(),
                reads,
                find: find.clone(),
                pointer: field["pointer"].as_str().unwrap().to_owned(),
                before: field["before"].clone(),
                after: field["after"].clone(),
            });
        }
    }
    targets
}

/// A value that is neither the one before nor the one after.
fn other(target: &Target) -> Value {
    let like = if target.after.is_null() || target.after.is_object() { &target.before } else { &target.after };
    match like {
        Value::Bool(_) => Value::Null,
        Value::Number(_) => json!(77),
        Value::Array(_) => json!(["somebody@else.example"]),
        _ if target.pointer.to_lowercase().contains("phone") => json!("+1 4255550177"),
        _ if target.pointer.to_lowercase().contains("email") => json!("somebody@else.example"),
        _ => json!("somebody else's"),
    }
}

/// A body that sets one field.
fn body(pointer: &str, value: Value) -> Value {
    let mut body = value;
    for name in pointer.split('/').skip(1).collect::<Vec<_>>().into_iter().rev() {
        body = json!({ name: body });
    }
    body
}

/// Lets somebody else change an object to what Graph would not let anybody make of it: a switch has no third value.
fn changed(tenant: &Served, path: &str, body: &Value) {
    let drift = format!("drift=GET {path}:{body}");
    tenant.tenant().set_faults(vec![Fault::parse(&drift).unwrap()]);
    tenant.edit("GET", path, &Value::Null);
    tenant.tenant().set_faults(Vec::new());
}

/// A body that sets a field to what it was before us. No collection is null.
fn restored(target: &Target) -> Value {
    let is_list = target.before.is_null() && target.after.is_array();
    body(&target.pointer, if is_list { json!([]) } else { target.before.clone() })
}

/// Runs the wizard; while the object of `target` is read again just before the write, somebody else changes it.
fn drifted(fixture: &Fixture, target: &Target) -> (Sandbox, Served, Ran) {
    let (sandbox, tenant) = (Sandbox::new(), fixture.serve(&[]));
    tenant.tenant().set_faults(vec![Fault::parse(&format!("stall=GET {}#{}", target.probe, target.reads)).unwrap()]);
    let mut command = fixture.command(&sandbox, &tenant);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    assert!(stalls(&tenant, &mut child), "{target:?} was not read again before it was written");
    match (target.kind.as_str(), target.find.as_slice()) {
        // A method has a path of its own; somebody else adds it to the list that it is in.
        ("create", []) => {
            let mut object = body(&target.pointer, other(target));
            if target.pointer == "/phoneNumber" {
                object["phoneType"] = json!("mobile");
            }
            tenant.edit("POST", target.probe.rsplit_once('/').unwrap().0, &object);
        }
        ("create", find) => {
            let mut object = json!({});
            for (pointer, value) in find {
                object[&pointer[1..]] = value.clone();
            }
            object[&target.pointer[1..]] = other(target);
            tenant.edit("POST", &target.probe, &object);
        }
        _ => changed(&tenant, &target.probe, &body(&target.pointer, other(target))),
    }
    tenant.tenant().set_faults(Vec::new());
    tenant.server.release();
    let ran = Ran::of(child.wait_with_output().unwrap());
    (sandbox, tenant, ran)
}

fn sweep_forwards(fixture: &Fixture, least: usize) {
    let (sandbox, tenant) = (Sandbox::new(), fixture.serve(&[]));
    let start = state(&sandbox, &tenant);
    let whole = fixture.run(&sandbox, &tenant);
    assert!([0, 3].contains(&whole.code), "{}", whole.all());
    let mut swept = 0;
    for target in targets(&sandbox, &tenant) {
        // Who creates an object of the same name chooses it by that name: that field cannot be another one.
        if target.find.iter().any(|(pointer, _)| *pointer == target.pointer) {
            continue;
        }
        let (sandbox, tenant, ran) = drifted(fixture, &target);
        let all = format!("{target:?}\n{}\n{:#?}", ran.all(), tenant.writes());
        // `--on-failure stop`: what was made before it stands. In a step that goes on, the others are made.
        assert!([6, 7].contains(&ran.code), "{all}");
        assert!(ran.stderr.contains("Somebody else has"), "{all}");
        let (_, records) = sandbox.journals().remove(0);
        let outcome = records.iter().find(|record| record["type"] == "outcome" && record["change"] == *target.change);
        assert_eq!(outcome.unwrap()["result"], "drift", "{all}");
        // Taking the rest back leaves the tenant as it was, but for what somebody else did.
        let back = sandbox.run_at(&tenant, &["rollback", "--yes"]);
        assert!([0, 2].contains(&back.code), "{all}\n{}", back.all());
        match target.kind.as_str() {
            "create" if target.find.is_empty() => {
                let live = tenant.tenant().object(&target.probe).unwrap();
                assert_eq!(live.pointer(&target.pointer), Some(&other(&target)), "{all}");
                tenant.edit("DELETE", &target.probe, &Value::Null);
            }
            "create" => {
                let listed = tenant.tenant().object(&target.probe).unwrap();
                let made: Vec<&Value> = listed["value"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|item| item.pointer(&target.pointer) == Some(&other(&target)))
                    .collect();
                assert_eq!(made.len(), 1, "{all}");
                tenant.edit("DELETE", &format!("{}/{}", target.probe, made[0]["id"].as_str().unwrap()), &Value::Null);
            }
            _ => {
                let live = tenant.tenant().object(&target.probe).unwrap();
                let value = live.pointer(&target.pointer).cloned().unwrap_or(Value::Null);
                assert_eq!(value, other(&target), "{all}");
                tenant.edit("PATCH", &target.probe, &restored(&target));
            }
        }
        assert_eq!(state(&sandbox, &tenant), start, "{all}\n{}", back.all());
        swept += 1;
    }
    assert!(swept >= least, "only {swept} fields were swept");
}

fn sweep_backwards(fixture: &Fixture, least: usize) {
    let mut swept = 0;
    loop {
        let (sandbox, tenant) = (Sandbox::new(), fixture.serve(&[]));
        let start = state(&sandbox, &tenant);
        let whole = fixture.run(&sandbox, &tenant);
        assert!([0, 3].contains(&whole.code), "{}", whole.all());
        let targets: Vec<Target> =
            targets(&sandbox, &tenant).into_iter().filter(|target| target.kind != "remove").collect();
        let Some(target) = targets.get(swept) else { break };
        changed(&tenant, &target.own, &body(&target.pointer, other(target)));
        let ran = sandbox.run_at(&tenant, &["rollback", "--yes"]);
        let all = format!("{target:?}\n{}\n{:#?}", ran.all(), tenant.writes());
        assert_eq!(ran.code, 7, "{all}");
        assert!(ran.stderr.contains("Somebody else has"), "{all}");
        // Exactly that field is left as somebody else set it; the rest is as it was.
        let live = tenant.tenant().object(&target.own).unwrap();
        assert_eq!(live.pointer(&target.pointer).cloned().unwrap_or(Value::Null), other(target), "{all}");
        if target.kind == "create" {
            tenant.edit("DELETE", &target.own, &Value::Null);
        } else {
            tenant.edit("PATCH", &target.own, &restored(target));
        }
        assert_eq!(state(&sandbox, &tenant), start, "{all}");
        swept += 1;
    }
    assert!(swept >= least, "only {swept} fields were swept");
}

#[test]
fn what_somebody_else_sets_meanwhile_is_not_overwritten() {
    sweep_forwards(&LAB, 7);
    sweep_forwards(&ADMINS, 4);
}

#[test]
fn what_somebody_else_sets_meanwhile_is_not_overwritten_by_a_run_of_every_key() {
    sweep_forwards(&EVERYTHING, 8);
}

#[test]
fn what_somebody_else_set_since_is_not_taken_back() {
    sweep_backwards(&LAB, 5);
    sweep_backwards(&ADMINS, 4);
}

#[test]
fn what_somebody_else_set_since_is_not_taken_back_from_a_run_of_every_key() {
    sweep_backwards(&EVERYTHING, 9);
}

#[test]
fn what_somebody_changes_while_a_write_waits_to_be_sent_again_is_not_overwritten() {
    let seed = format!("{CONTOSO}\n[objects.\"/v1.0/admin/labLamp\"]\ncolour = \"blue\"\n");
    for (refusal, code, colour, said) in [
        // Busy, and in the meantime somebody chose another colour, or the same as we.
        ("fail=PATCH /v1.0/admin/labLamp#1:429", 6, "red", "Nothing was changed."),
        ("fail=PATCH /v1.0/admin/labLamp#1:429", 0, "green", "Nothing was changed."),
        // It may have been carried out before the other's.
        ("fail=PATCH /v1.0/admin/labLamp#1:503", 6, "red", "Nothing was changed."),
    ] {
        let drift = format!("drift=PATCH /v1.0/admin/labLamp#1:{{\"colour\":\"{colour}\"}}");
        let (sandbox, tenant) = (Sandbox::new(), Served::start(&seed, &[&drift, refusal]));
        let wizard = sandbox.wizard(&[("lamp", &setting("The lamp", "/v1.0/admin/labLamp", "colour", "'green'"))]);
        let ran = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(code);
        assert_eq!(sentence(&ran), said, "{}", ran.all());
        assert_eq!(tenant.tenant().object("/v1.0/admin/labLamp").unwrap()["colour"], colour, "{}", ran.all());
        assert_eq!(tenant.writes(), [""; 0], "{}", ran.all());
    }
}

#[test]
fn what_somebody_else_set_as_wanted_meanwhile_is_not_taken_back() {
    let seed = format!("{CONTOSO}\n[objects.\"/v1.0/admin/labLamp\"]\ncolour = \"blue\"\nlit = false\n");
    // The second read of the object is the one just before it is written.
    let drift = "drift=GET /v1.0/admin/labLamp#2:{\"colour\":\"green\"}";
    let (sandbox, tenant) = (Sandbox::new(), Served::start(&seed, &[drift]));
    let lamp = setting("The lamp", "/v1.0/admin/labLamp", "colour", "'green'")
        .replace("[\"colour\"]", "[\"colour\", \"lit\"]")
        .replace("'green'\"", "'green'\", lit = \"true\"");
    let wizard = sandbox.wizard(&[("lamp", &lamp)]);
    let ran = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(0);
    let live = tenant.tenant().object("/v1.0/admin/labLamp").unwrap();
    assert_eq!((&live["colour"], &live["lit"]), (&json!("green"), &json!(true)), "{}", ran.all());
    let ran = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(0);
    let live = tenant.tenant().object("/v1.0/admin/labLamp").unwrap();
    assert_eq!((&live["colour"], &live["lit"]), (&json!("green"), &json!(false)), "{}", ran.all());
}
