//! What became of a request is not known: it is read for as long as it may take to show, then it was not made and may be
//! sent once more; a read that lags leads nobody astray, and nobody is sent in circles.

use fixforme::practice::Fault;

use crate::support::crash::{doubted, kill_when_stalled, made_and, sentence};
use crate::support::sandbox::{CONTOSO, Sandbox, Served};
use crate::support::wizards::setting;

/// A label that is wanted, or not; each run of a window takes a second.
fn label(want: &str) -> String {
    format!(
        "kind = \"setting\"\ntitle = \"A label\"\n[[object]]\nid = \"label\"\n\
         find = {{ get = \"/v1.0/admin/labLabels\", match = {{ displayName = \"Red\" }} }}\n\
         path = \"/v1.0/admin/labLabels/{{{{ id }}}}\"\nfields = [\"displayName\"]\nmanaged = [\"displayName\"]\n\
         desired = {{ displayName = \"'Red'\" }}\nwant = \"'{want}'\"\n\
         create = {{ http = \"POST /v1.0/admin/labLabels\", expect = [201] }}\n\
         remove = {{ http = \"DELETE /v1.0/admin/labLabels/{{{{ id }}}}\", expect = [204] }}\n[verify]\nup_to = \"1s\"\n"
    )
}

fn labels(lag: &str, value: &str, faults: &[&str]) -> Served {
    Served::start(
        &format!("lag = {lag:?}\n{CONTOSO}\n[objects.\"/v1.0/admin/labLabels\"]\nvalue = [{value}]\n"),
        faults,
    )
}

const RED: &str = "{ id = \"a0000000-0000-4000-8000-000000000002\", displayName = \"Red\" }";

/// How many labels there are in truth, whatever reads show.
fn count(tenant: &Served) -> usize {
    tenant.canonical().to_string().matches("\"Red\"").count()
}

#[test]
fn a_removal_in_doubt_that_lists_still_show_is_not_called_rolled_back_while_the_object_is_gone() {
    let (sandbox, tenant) = (Sandbox::new(), labels("1.8s", RED, &["stall-after=DELETE /v1.0/admin/**"]));
    let wizard = sandbox.wizard(&[("label", &label("absent"))]);
    assert!(kill_when_stalled(sandbox.command_at(&tenant, &["run", wizard, "--yes"]), &tenant));
    assert_eq!(count(&tenant), 0);
    let back = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(11);
    assert!(made_and(&sentence(&back), "rolled back"), "{}", back.all());
    assert_eq!(count(&tenant), 1, "{}", back.all());
}

#[test]
fn a_creation_in_doubt_that_lists_do_not_show_yet_is_not_called_rolled_back_while_the_object_stands() {
    let (sandbox, tenant) = (Sandbox::new(), labels("1.8s", "", &["stall-after=POST /v1.0/admin/**"]));
    let wizard = sandbox.wizard(&[("label", &label("present"))]);
    assert!(kill_when_stalled(sandbox.command_at(&tenant, &["run", wizard, "--yes"]), &tenant));
    let back = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(11);
    assert!(made_and(&sentence(&back), "rolled back"), "{}", back.all());
    assert_eq!(count(&tenant), 0, "{}", back.all());
}

#[test]
fn what_was_never_made_is_not_called_rolled_back_and_the_next_run_goes_ahead() {
    let (sandbox, tenant) = (Sandbox::new(), labels("0s", "", &["stall=POST /v1.0/admin/**"]));
    let wizard = sandbox.wizard(&[("label", &label("present"))]);
    assert!(kill_when_stalled(sandbox.command_at(&tenant, &["run", wizard, "--yes"]), &tenant));
    let back = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(0);
    assert_eq!(sentence(&back), "Nothing was changed.", "{}", back.all());
    assert!(back.stderr.contains("A label: not made"), "{}", back.all());
    let _ = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(0);
    assert_eq!(count(&tenant), 1);
}

#[test]
fn a_creation_that_the_service_failed_at_once_is_sent_once_more_where_it_would_be_recognized() {
    for fault in ["fail=POST /v1.0/admin/**#1:503", "refuse=POST /v1.0/admin/**#1"] {
        let (sandbox, tenant) = (Sandbox::new(), labels("0s", "", &[fault]));
        let wizard = sandbox.wizard(&[("label", &label("present"))]);
        let ran = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(0);
        assert_eq!(sentence(&ran), "1 change was made and verified.", "{fault}: {}", ran.all());
        assert_eq!(count(&tenant), 1, "{fault}");
    }
    // Not more than once: a service that fails for good leaves a run that `resume` settles.
    let (sandbox, tenant) = (Sandbox::new(), labels("0s", "", &["fail=POST /v1.0/admin/**:503"]));
    let wizard = sandbox.wizard(&[("label", &label("present"))]);
    let ran = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(8);
    assert_eq!(doubted(&sentence(&ran)), Some("A label"), "{}", ran.all());
    tenant.tenant().set_faults(Vec::new());
    let ran = sandbox.run_at(&tenant, &["resume", "--yes"]).exits(0);
    assert_eq!((sentence(&ran).as_str(), count(&tenant)), ("1 change was made and verified.", 1), "{}", ran.all());
}

#[test]
fn what_nothing_can_show_is_for_a_person_to_look_at_and_stands_in_nobodys_way() {
    let ring = "kind = \"actions\"\ntitle = \"The bell\"\n[[write]]\nid = \"ring\"\nhttp = \"POST /v1.0/admin/labBells\"\n\
                body = { loud = true }\nirreversible = \"Everybody has heard it.\"\n";
    let seed = format!("{CONTOSO}\n[objects.\"/v1.0/admin/labBells\"]\nvalue = []\n");
    let (sandbox, tenant) = (Sandbox::new(), Served::start(&seed, &["refuse=POST /v1.0/admin/**#1"]));
    let wizard = sandbox.wizard(&[("bell", ring)]);
    let run = ["run", wizard, "--yes", "--approve", "bell"];
    let _ = sandbox.run_at(&tenant, &run).exits(8);
    let ran = sandbox.run_at(&tenant, &["resume", "--yes"]).exits(7);
    assert!(sentence(&ran).ends_with("nothing can be read that would tell. Look at it."), "{}", ran.all());
    let _ = sandbox.run_at(&tenant, &run).exits(0);
}

#[test]
fn a_refusal_of_what_was_done_all_the_same_is_not_the_last_word() {
    let seed = format!("{CONTOSO}\n[objects.\"/v1.0/admin/labLamp\"]\nlit = false\n");
    let lamp = setting("The lamp", "/v1.0/admin/labLamp", "lit", "true");
    let both = ["drift=PATCH /v1.0/admin/labLamp#1:{\"lit\":true}", "fail=PATCH /v1.0/admin/labLamp#1:400"];
    let (sandbox, tenant) = (Sandbox::new(), Served::start(&seed, &both));
    let wizard = sandbox.wizard(&[("lamp", &lamp)]);
    let ran = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(0);
    assert_eq!(sentence(&ran), "1 change was made and verified.", "{}", ran.all());
    let _ = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(0);
    assert_eq!(tenant.canonical().to_string(), tenant.start);
}

#[test]
fn once_taking_back_was_begun_resume_ends_it() {
    let seed = format!(
        "{CONTOSO}\n[objects.\"/v1.0/admin/labLamp\"]\nlit = false\n[objects.\"/v1.0/admin/labSettings\"]\ncolour = \"red\"\n"
    );
    let (sandbox, tenant) = (Sandbox::new(), Served::start(&seed, &[]));
    let lamp = setting("The lamp", "/v1.0/admin/labLamp", "lit", "true");
    let wizard = sandbox
        .wizard(&[("lamp", &lamp), ("colour", &setting("The colour", "/v1.0/admin/labSettings", "colour", "'green'"))]);
    let _ = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(0);
    for (verb, fault) in [("rollback", "stall-after=PATCH /v1.0/**#1"), ("resume", "stall=PATCH /v1.0/**#1")] {
        tenant.tenant().set_faults(vec![Fault::parse(fault).expect("a fault")]);
        assert!(kill_when_stalled(sandbox.command_at(&tenant, &[verb, "--yes"]), &tenant), "{verb}");
    }
    let ran = sandbox.run_at(&tenant, &["resume", "--yes"]).exits(0);
    assert!(made_and(&sentence(&ran), "rolled back"), "{}", ran.all());
    assert_eq!(tenant.canonical().to_string(), tenant.start, "{}", ran.all());
}
