//! What Microsoft accepted and reading has not shown yet: it stands, and it is taken back as what it is. A read that lags
//! is not proof of anything.

use std::process::Stdio;

use fixforme::practice::Fault;
use jiff::SignedDuration;

use crate::support::crash::{kill_when_stalled, made_and, sentence};
use crate::support::sandbox::{CONTOSO, Sandbox, Served};

const LABEL: &str = r#"
kind  = "setting"
title = "A label"

[[object]]
id      = "label"
find    = { get = "/v1.0/admin/labLabels", match = { displayName = "Confidential" } }
path    = "/v1.0/admin/labLabels/{{ id }}"
fields  = ["displayName", "colour"]
managed = ["displayName", "colour"]
desired = { displayName = "'Confidential'", colour = "'red'" }
create  = { http = "POST /v1.0/admin/labLabels", expect = [201] }

[verify]
up_to = "1s"
"#;

const OUTDATED: &str = r#"
kind  = "setting"
title = "An outdated label"

[[object]]
id      = "outdated"
find    = { get = "/v1.0/admin/labLabels", match = { displayName = "Outdated" } }
path    = "/v1.0/admin/labLabels/{{ id }}"
fields  = ["displayName", "colour"]
managed = ["displayName", "colour"]
desired = { displayName = "'Outdated'" }
want    = "'absent'"
create  = { http = "POST /v1.0/admin/labLabels", expect = [201] }

[verify]
up_to = "1s"
"#;

fn lagging(lag: &str) -> Served {
    let labels = r#"
[objects."/v1.0/admin/labLabels"]
value = [{ id = "a0000000-0000-4000-8000-000000000002", displayName = "Outdated", colour = "brown" }]
"#;
    Served::start(&format!("lag = {lag:?}\n{CONTOSO}{labels}"), &[])
}

#[test]
fn what_was_created_and_never_seen_is_removed_all_the_same() {
    let (sandbox, tenant) = (Sandbox::new(), lagging("20m"));
    let wizard = sandbox.wizard(&[("label", LABEL)]);
    let _ = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(11);
    let ran = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(0);
    assert!(made_and(&sentence(&ran), "rolled back"), "{}", ran.all());
    assert_eq!(tenant.canonical().to_string(), tenant.start, "{}", ran.all());
}

#[test]
fn what_was_removed_and_still_shows_is_not_called_back_before_it_can_be() {
    let (sandbox, tenant) = (Sandbox::new(), lagging("20m"));
    let wizard = sandbox.wizard(&[("outdated", OUTDATED)]);
    let _ = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(11);
    let ran = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(7);
    assert_eq!(sentence(&ran), "1 change was made; 0 were rolled back, 1 still stands.", "{}", ran.all());
    assert_eq!(tenant.posts(), [""; 0], "{}", ran.all());
    tenant.passes(SignedDuration::from_mins(20));
    let ran = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(11);
    assert_eq!(tenant.canonical().to_string(), tenant.start, "{}", ran.all());
}

#[test]
fn what_may_have_been_created_again_is_not_created_twice() {
    let (sandbox, tenant) = (Sandbox::new(), lagging("0.7s"));
    let wizard = sandbox.wizard(&[("outdated", &OUTDATED.replace("1s", "60s"))]);
    let _ = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(0);
    tenant.tenant().set_faults(vec![Fault::parse("stall-after=POST /v1.0/admin/**").unwrap()]);
    let mut command = sandbox.command_at(&tenant, &["rollback", "--yes"]);
    command.stdout(Stdio::null());
    assert!(kill_when_stalled(command, &tenant));
    let ran = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(0);
    assert_eq!(tenant.posts().len(), 1, "{}", ran.all());
    assert_eq!(tenant.canonical().to_string(), tenant.start, "{}", ran.all());
}

#[test]
fn what_needs_an_object_that_was_made_just_before_waits_until_it_is_known() {
    let holder = r#"
# needs
kind  = "setting"
title = "Who holds the label"

[[object]]
id      = "holder"
get     = "/v1.0/admin/labHolder"
fields  = ["label"]
managed = ["label"]
desired = { label = "steps.label.id" }

[verify]
up_to = "1s"
"#;
    let label = LABEL
        .replace("up_to = \"1s\"", "up_to = \"20s\"\n[capture.id]\nvalue = \"objects.label.id\"")
        .replace("fields  = [", "fields  = [\"id\", ");
    let seed =
        "[objects.\"/v1.0/admin/labLabels\"]\nvalue = []\n[objects.\"/v1.0/admin/labHolder\"]\nlabel = \"none\"\n";
    // Another replica than the one that showed the label answers first.
    for (refused, code) in [("#1:404", 0), ("#1:400", 0), ("#1:403", 0), ("#1:409", 7)] {
        let fault = format!("fail=PATCH /v1.0/admin/labHolder{refused}");
        let (sandbox, tenant) = (Sandbox::new(), Served::start(&format!("{CONTOSO}\n{seed}"), &[&fault]));
        let wizard = sandbox.wizard(&[("label", &label), ("holder", holder)]);
        let _ = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(code);
    }
}

#[test]
fn what_may_have_been_created_is_not_created_again_by_going_on() {
    let label = "kind = \"setting\"\ntitle = \"A label\"\n[[object]]\nid = \"label\"\n\
                 find = { get = \"/v1.0/admin/labLabels\", match = { displayName = \"Confidential\" } }\n\
                 path = \"/v1.0/admin/labLabels/{{ id }}\"\nfields = [\"displayName\"]\nmanaged = [\"displayName\"]\n\
                 desired = { displayName = \"'Confidential'\" }\ncreate = { http = \"POST /v1.0/admin/labLabels\", expect = [201] }\n\
                 remove = { http = \"DELETE /v1.0/admin/labLabels/{{ id }}\", expect = [204] }\n[verify]\nup_to = \"1s\"\n";
    // It shows in the second window only.
    let seed = format!("lag = \"1.8s\"\n{CONTOSO}\n[objects.\"/v1.0/admin/labLabels\"]\nvalue = []\n");
    let (sandbox, tenant) = (Sandbox::new(), Served::start(&seed, &["stall-after=POST /v1.0/admin/**"]));
    let wizard = sandbox.wizard(&[("label", label)]);
    assert!(kill_when_stalled(sandbox.command_at(&tenant, &["run", wizard, "--yes"]), &tenant));
    let ran = sandbox.run_at(&tenant, &["resume", "--yes"]).exits(0);
    assert_eq!(sentence(&ran), "1 change was made and verified.", "{}", ran.all());
    assert_eq!(tenant.posts().len(), 1, "{}", ran.all());
}
