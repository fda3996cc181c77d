//! What a step needs holds back what it would change, and never its check; and what is missing is never written.

use crate::support::sandbox::{CONTOSO, Ran, Sandbox, Served};
use crate::support::wizards::setting;

const LABS: &str = "[objects.\"/v1.0/admin/labSettings\"]\ncolour = \"red\"\ntags = [\"a\"]\n";

fn run(steps: &[(&str, &str)]) -> (Ran, Served) {
    let (sandbox, tenant) = (Sandbox::new(), Served::start(&format!("{CONTOSO}\n{LABS}"), &[]));
    let wizard = sandbox.wizard(steps);
    let ran = sandbox.run_at(&tenant, &["run", wizard, "--yes"]);
    (ran, tenant)
}

fn colour(more: &str) -> String {
    format!("# needs\n{}{more}", setting("The colour", "/v1.0/admin/labSettings", "colour", "'green'"))
}

fn gate(kind: &str, ok_when: &str) -> String {
    let instruction = if kind == "manual" { "[manual]\ninstruction = \"Do it.\"\n" } else { "" };
    format!(
        "kind = {kind:?}\ntitle = \"The gate\"\nok_when = {ok_when:?}\n{instruction}[[read]]\nid = \"lab\"\nget = \"/v1.0/admin/labSettings\"\nfields = [\"colour\"]\n"
    )
}

#[test]
fn every_kind_of_step_that_is_not_in_order_holds_back_the_changes_behind_it() {
    for kind in ["query", "assert", "manual"] {
        let (ran, tenant) = run(&[("gate", &gate(kind, "reads.lab.body.colour == 'blue'")), ("colour", &colour(""))]);
        assert_eq!(ran.code, 3, "{kind}: {}", ran.all());
        assert_eq!(tenant.writes(), [""; 0], "{kind}: {}", ran.all());
        // It was checked all the same, and says what it waits for.
        let said = "It is left as it is until this is in order: The gate";
        assert!(ran.stderr.contains("2  The colour: problem") && ran.stderr.contains(said), "{kind}: {}", ran.all());
        let (ran, tenant) = run(&[("gate", &gate(kind, "reads.lab.body.colour == 'red'")), ("colour", &colour(""))]);
        assert_eq!((ran.code, tenant.writes().len()), (0, 1), "{kind}: {}", ran.all());
    }
}

#[test]
fn what_is_as_wanted_is_found_so_behind_a_closed_gate() {
    let red = colour("").replace("'green'", "'red'");
    let (ran, _) = run(&[("gate", &gate("query", "false")), ("colour", &red)]);
    assert!(ran.stderr.contains("[OK] 2  The colour"), "{}", ran.all());
}

#[test]
fn items_wait_for_their_counterpart_and_without_one_for_the_whole_step() {
    let repeated = |items: &str| format!("[for_each]\nitems = \"{items}\"\nas = \"n\"\nkey = \"n\"\n");
    let gate = gate("assert", "n == 'one'").replace("The gate", "The gate {{ n }}") + &repeated("['one', 'two']");
    for (items, code, writes) in [("['one']", 3, 1), ("['two']", 3, 0), ("['other']", 3, 0)] {
        let (ran, tenant) = run(&[("gate", &gate), ("colour", &colour(&repeated(items)))]);
        assert_eq!((ran.code, tenant.writes().len()), (code, writes), "{items}: {}", ran.all());
    }
}

#[test]
fn what_is_missing_is_never_written_unless_the_author_wrote_none() {
    let read = "[[read]]\nid = \"gone\"\nwhen = \"false\"\nget = \"/v1.0/admin/labSettings\"\nfields = [\"colour\"]\n";
    let gap = "reads.gone.body.colour if reads.gone.body else reads.gone.body";
    for (field, wanted, writes) in [
        ("colour", gap, 0),
        ("tags", &format!("['b', {gap}]"), 0),
        ("tags", &format!("before.tags + [{gap}]"), 0),
        ("colour", "none", 1),
    ] {
        let step = setting("The lab", "/v1.0/admin/labSettings", field, wanted) + read;
        let (ran, tenant) = run(&[("lab", &step)]);
        assert_eq!(tenant.writes().len(), writes, "{wanted}: {}", ran.all());
        assert_eq!(ran.code, if writes == 0 { 3 } else { 0 }, "{wanted}: {}", ran.all());
        assert!(writes > 0 || ran.stderr.contains("is missing"), "{wanted}: {}", ran.all());
    }
    let action = format!(
        "kind = \"actions\"\ntitle = \"The lab\"\n{read}[[write]]\nid = \"it\"\nhttp = \"PATCH /v1.0/admin/labSettings\"\n\
         body = {{ tags = [\"{{{{ {gap} }}}}\"] }}\nirreversible = \"Nobody remembers the old tags.\"\n"
    );
    let (ran, tenant) = run(&[("lab", &action)]);
    assert_eq!((ran.code, tenant.writes().len()), (3, 0), "{}", ran.all());
}
