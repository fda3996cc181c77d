//! What an earlier run left: it is mentioned, not lost, and not deleted by the way.

use std::process::Stdio;

use base64::Engine as _;
use fixforme::host::{Interrupt, JournalFolder};
use fixforme::ports::Journal as _;
use fixforme::practice::Fault;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::lost_replies::PASS;
use crate::support::crash::{LAB, kill_when_stalled};
use crate::support::sandbox::{CONTOSO, Ran, Sandbox, Served, project, prompt_tenant};
use crate::support::wait::wait_until;
use crate::support::wizards::PASSWORD;

const DISABLE: [&str; 5] = ["run", "sspr-admins", "--yes", "--set", "goal=disable"];

/// A run of the lab that was killed while its second write was under way.
fn interrupted(sandbox: &Sandbox) -> (Served, String) {
    let tenant = LAB.serve(&["stall=PATCH /v1.0/admin/labPolicy"]);
    assert!(kill_when_stalled(LAB.command(sandbox, &tenant), &tenant));
    let (run, _) = sandbox.journals().remove(0);
    (tenant, run)
}

#[test]
fn a_new_run_tells_of_an_interrupted_one_in_the_same_tenant_and_is_not_made_unattended_before_that_is_settled() {
    let sandbox = Sandbox::new();
    let (tenant, run) = interrupted(&sandbox);
    let written = tenant.writes();
    let ran = LAB.run(&sandbox, &tenant).exits(8);
    assert!(ran.stderr.contains("An earlier run here did not come to its end"), "{}", ran.all());
    assert!(ran.stderr.contains(&format!("settle it first: `fixforme resume {run}`")), "{}", ran.all());
    assert_eq!(tenant.writes(), written);
    // Another tenant has nothing to do with it.
    let other = prompt_tenant("disable", &[]);
    let ran = sandbox.run_at(&other, &DISABLE).exits(0);
    assert!(!ran.stderr.contains("earlier run"), "{}", ran.all());
}

#[test]
fn a_rollback_names_the_other_runs_whose_changes_stand() {
    let sandbox = Sandbox::new();
    let tenant = prompt_tenant("disable", &[]);
    let _ = sandbox.run_at(&tenant, &DISABLE).exits(0);
    let (first, _) = sandbox.journals().remove(0);
    tenant.edit("PATCH", "/v1.0/policies/authorizationPolicy", &json!({ "allowedToUseSSPR": true }));
    let _ = sandbox.run_at(&tenant, &DISABLE).exits(0);
    let ran = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(0);
    assert!(ran.stdout.contains(&format!("`fixforme rollback {first}`")), "{}", ran.all());
    let ran = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(0);
    assert!(!ran.stdout.contains("`fixforme rollback"), "{}", ran.all());
}

#[test]
fn a_journal_whose_changes_stand_is_not_deleted_without_a_word() {
    let sandbox = Sandbox::new();
    let (_tenant, run) = interrupted(&sandbox);
    let ran = sandbox.run(&["runs", "--delete", &run]).exits(4);
    assert!(ran.stderr.contains("the only way to take its changes back"), "{}", ran.all());
    assert!(ran.stderr.contains("We do not know whether change 2"), "{}", ran.all());
    assert_eq!(sandbox.journals().len(), 1);
    let ran = sandbox.run(&["runs", "--yes", "--delete", &run[..13]]).exits(0);
    assert_eq!(ran.stdout, format!("Deleted: {run}\n"));
    assert_eq!(sandbox.journals().len(), 0);
}

#[test]
fn a_journal_that_cannot_be_read_is_deleted_by_its_whole_id() {
    let sandbox = Sandbox::new();
    let (_tenant, run) = interrupted(&sandbox);
    fs_err::write(sandbox.state().join(format!("runs/{run}.ndjson")), "nonsense\n").unwrap();
    let _ = sandbox.run(&["runs", "--delete", &run[..13]]).exits(2);
    let _ = sandbox.run(&["runs", "--delete", &run]).exits(0);
    assert_eq!(sandbox.journals().len(), 0);
}

#[test]
fn a_rehearsal_promises_no_way_on_that_its_end_takes_away() {
    let sandbox = Sandbox::new();
    let faulty = ["--case", "disable", "--fault", "refuse=PATCH /v1.0/policies/**"];
    let ran = sandbox.run(&[&["rehearse", "sspr-admins", "--yes", "--set", "goal=disable"][..], &faulty].concat());
    let ran = ran.exits(8);
    assert!(ran.stdout.contains("in a real tenant `fixforme resume` would find out"), "{}", ran.all());
    assert!(!ran.all().contains("fixforme resume 0"), "{}", ran.all());
    let listed = sandbox.run(&["runs", "--rehearsal"]).exits(0).stdout;
    assert!(!listed.contains("(interrupted"), "{listed}");
}

#[test]
fn what_is_agreed_to_must_exist() {
    let sandbox = Sandbox::new();
    let rehearse = ["rehearse", "sspr-admins", "--yes", "--set", "goal=enable"];
    let ran = sandbox.run(&[&rehearse[..], &["--acknowledge", "basline-conflict"]].concat()).exits(2);
    assert!(ran.stderr.contains("did you mean `baseline-conflict`?"), "{}", ran.all());
    let ran = sandbox.run(&[&rehearse[..], &["--approve", "polcy"]].concat()).exits(2);
    assert!(ran.stderr.contains("did you mean `policy`?"), "{}", ran.all());
    let answers = "wizard = \"sspr-admins\"\nversion = \"1.0.0\"\nacknowledge = [\"everything\"]\n";
    let answers = sandbox.write("answers.toml", answers);
    let ran = sandbox.run(&[&rehearse[..], &["--answers", &answers]].concat()).exits(2);
    assert!(ran.stderr.contains("the wizard has no notice `everything`"), "{}", ran.all());
    let served = prompt_tenant("disable", &[]);
    let _ = sandbox.run_at(&served, &DISABLE).exits(0);
    let ran = sandbox.run_at(&served, &["rollback", "--yes", "--approve", "polcy"]).exits(2);
    assert!(ran.stderr.contains("did you mean `policy`?"), "{}", ran.all());
    assert_eq!(served.writes().len(), 1);
}

#[test]
fn a_change_in_doubt_stays_in_doubt_while_it_cannot_be_looked_at() {
    let sandbox = Sandbox::new();
    let (tenant, run) = interrupted(&sandbox);
    tenant.tenant().set_faults(vec![Fault::parse("fail=GET /v1.0/admin/labPolicy:403").unwrap()]);
    // Going on reads the object first, and that is refused: nothing is sent, and nothing more is known than before.
    let ran = sandbox.run_at(&tenant, &["resume", "--yes"]).exits(8);
    assert!(ran.stdout.contains("We do not know whether change 2"), "{}", ran.all());
    assert!(ran.stdout.contains(&format!("run `fixforme resume {run}`")), "{}", ran.all());
}

#[test]
fn a_run_that_stops_over_where_a_secret_goes_leaves_no_run_behind() {
    let (sandbox, tenant) = (Sandbox::new(), Served::start(CONTOSO, &[]));
    let wizard = sandbox.wizard(&[("password", PASSWORD)]);
    let args = ["run", wizard, "--yes", "--approve", "password", "--reveal-to", "small"];
    let ran = sandbox.run_at(&tenant, &args).exits(2);
    assert!(ran.stderr.contains("name a new one"), "{}", ran.all());
    assert_eq!(sandbox.journals().len(), 0, "{}", ran.all());
    assert_eq!(tenant.writes(), [""; 0]);
}

/// The practice tenant's token as if Entra had issued it.
fn as_real(tenant: &Served) -> String {
    let token = tenant.token();
    let payload = token.split('.').nth(1).unwrap();
    let head = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
    format!("{head}.{payload}.c2lnbmF0dXJl")
}

#[test]
fn what_was_tried_in_a_practice_tenant_is_written_to_no_real_one() {
    for (interrupt, again, code) in [(false, "rollback", 9), (true, "rollback", 8), (true, "resume", 8)] {
        let sandbox = Sandbox::new();
        let tenant = if interrupt {
            interrupted(&sandbox).0
        } else {
            let tenant = LAB.serve(&[]);
            let _ = LAB.run(&sandbox, &tenant).exits(0);
            tenant
        };
        let before = (tenant.canonical(), tenant.tenant().log().len());
        let root = tenant.server.root();
        for place in [&[][..], &["--graph-root", &root]] {
            let mut command = sandbox.command(&[&[again, "--yes"][..], place].concat());
            let ran = Ran::of(command.env("FIXFORME_ACCESS_TOKEN", as_real(&tenant)).output().unwrap()).exits(code);
            assert!(ran.stderr.contains("the run was in a practice tenant"), "{}", ran.all());
            assert_eq!((tenant.canonical(), tenant.tenant().log().len()), before, "{}", ran.all());
        }
    }
}

#[test]
fn an_unsealed_journal_leads_no_token_anywhere() {
    let (sandbox, tenant, other) = (Sandbox::new(), LAB.serve(&[]), LAB.serve(&[]));
    let _ = LAB.run(&sandbox, &tenant).exits(0);
    let (run, _) = sandbox.journals().remove(0);
    let path = sandbox.state().join(format!("runs/{run}.ndjson"));
    let text = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, text.replacen(&tenant.server.root(), &other.server.root(), 1)).unwrap();
    for again in ["rollback", "resume"] {
        let ran = sandbox.run_at(&other, &[again, &run, "--yes"]).exits(9);
        assert!(ran.stderr.contains("seal does not hold"), "{}", ran.all());
        assert!(ran.stdout.contains("What the journal says cannot be trusted"), "{}", ran.all());
        assert_eq!(other.tenant().log().len(), 0, "{}", ran.all());
    }
}

#[test]
fn a_resumed_change_that_shows_a_secret_needs_a_place_for_it() {
    let seed = format!("{CONTOSO}\n[objects.\"/v1.0/admin/labPasses\"]\nvalue = []\n");
    let tenant = Served::start(&seed, &["stall=GET /v1.0/admin/labPasses"]);
    let sandbox = Sandbox::new();
    let wizard = sandbox.wizard(&[("pass", PASS)]);
    let args = ["run", wizard, "--yes", "--approve", "pass", "--reveal-to", "secret.txt"];
    assert!(kill_when_stalled(sandbox.command_at(&tenant, &args), &tenant));
    let resume = ["resume", "--yes", "--approve", "pass"];
    let ran = sandbox.run_at(&tenant, &resume).exits(4);
    assert!(ran.stderr.contains("--reveal-to FILE"), "{}", ran.all());
    let ran = sandbox.run_at(&tenant, &[&resume[..], &["--reveal-to", "small"]].concat()).exits(2);
    assert_eq!(tenant.posts(), [""; 0], "{}", ran.all());
    let ran = sandbox.run_at(&tenant, &[&resume[..], &["--reveal-to", "secret.txt"]].concat()).exits(0);
    let kept = fs_err::read_to_string(sandbox.folder.path().join("secret.txt")).unwrap();
    assert!(
        kept.contains("A pass: practice-pass") && !ran.all().contains("A pass: practice-pass"),
        "{kept}{}",
        ran.all()
    );
}

#[test]
fn a_rollback_that_leaves_something_counts_it_and_names_it() {
    let (sandbox, tenant) = (Sandbox::new(), LAB.serve(&[]));
    let _ = LAB.run(&sandbox, &tenant).exits(0);
    tenant.edit("PATCH", "/v1.0/admin/labSettings", &json!({ "colour": "violet" }));
    let ran = sandbox.run_at(&tenant, &["rollback", "--yes", "--output", "json"]).exits(7);
    let end = ran.events().pop().unwrap();
    assert_eq!(end["changed"], 1, "{end}");
    assert!(end["next"].to_string().contains("What somebody else has changed since was left as it is"), "{end}");
}

#[test]
fn a_failure_ends_the_run_and_takes_it_back_where_that_is_said() {
    let fault = ["fail=POST /v1.0/users/*/authentication/*:400:Request_BadRequest"];
    let run = ["run", "sspr-admins", "--yes", "--tenant", "contoso.example", "--acknowledge", "baseline-conflict"];
    let answers = project("wizards/sspr-admins/rehearsal/contoso/answers.toml");
    for (more, code, enabled) in [(&[][..], 7, true), (&["--on-failure", "rollback"], 6, false)] {
        let (sandbox, tenant) = (Sandbox::new(), Served::case("wizards/sspr-admins", "contoso", &fault));
        let ran = sandbox.run_at(&tenant, &[&run[..], &["--answers", &answers], more].concat()).exits(code);
        let policy = tenant.tenant().object("/v1.0/policies/authorizationPolicy").unwrap();
        assert_eq!(policy["allowedToUseSSPR"], enabled, "{}", ran.all());
        assert_eq!(ran.stdout.contains("The other changes were not rolled back."), enabled, "{}", ran.all());
    }
}

#[test]
fn answers_for_nobody_are_said_to_be_and_a_misspelt_exception_gives_nobody_contact_data() {
    let sandbox = Sandbox::new();
    let answers = fs_err::read_to_string(project("wizards/sspr-admins/rehearsal/contoso/answers.toml")).unwrap();
    let misspelt = answers.replace("ann@contoso.example", "anne@contoso.example");
    let file = sandbox.write("answers.toml", &misspelt);
    let ran = sandbox.run(&["rehearse", "sspr-admins", "--yes", "--answers", &file]).exits(4);
    assert!(ran.stderr.contains("The answers of `contacts.anne@contoso.example` are not used"), "{}", ran.all());
    assert!(ran.stderr.contains("Did you mean `ann@contoso.example`?"), "{}", ran.all());
    let misspelt = answers.replace("emergency@contoso", "emergncy@contoso");
    assert_ne!(misspelt, answers);
    let file = sandbox.write("answers.toml", &misspelt);
    let ran = sandbox.run(&["rehearse", "sspr-admins", "--yes", "--answers", &file]).exits(3);
    assert!(
        ran.stderr.contains("Not an administrator in this tenant: emergncy@contoso.onmicrosoft.com (named"),
        "{}",
        ran.all()
    );
    assert!(ran.stdout.contains("Nothing was changed.") && sandbox.rehearsals().is_empty(), "{}", ran.all());
}

#[test]
fn tests_of_a_wizard_do_not_get_into_each_others_way() {
    let sandbox = Sandbox::new();
    let wizard = project("wizards/sspr-admins");
    let test = || sandbox.command(&["test", &wizard]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let children: Vec<_> = (0..3).map(|_| test().unwrap()).collect();
    for child in children {
        let _ = Ran::of(child.wait_with_output().unwrap()).exits(0);
    }
}

#[test]
fn a_folder_that_takes_no_journal_is_found_before_anybody_is_asked_or_signed_in() {
    let (sandbox, tenant) = (Sandbox::new(), prompt_tenant("disable", &[]));
    fs_err::create_dir_all(sandbox.state()).unwrap();
    fs_err::write(sandbox.state().join("runs"), "in the way").unwrap();
    let ran = sandbox.run_at(&tenant, &DISABLE).exits(1);
    assert!(ran.stderr.contains("FIXFORME_STATE_DIR names another folder"), "{}", ran.all());
    assert_eq!(tenant.tenant().log().len(), 0);
}

/// Writes the one journal anew with other records, by the state folder's own key: what is sealed cannot be edited.
fn rewrite(sandbox: &Sandbox, change: impl Fn(&mut Value)) {
    let (run, mut records) = sandbox.journals().remove(0);
    records.iter_mut().for_each(change);
    fs_err::remove_file(sandbox.state().join(format!("runs/{run}.ndjson"))).unwrap();
    let journal = JournalFolder::new(sandbox.state(), Interrupt::new());
    journal.create(&run).unwrap();
    records.iter().for_each(|record| journal.append(&run, record.to_string()).unwrap());
}

#[test]
fn a_journal_of_a_later_version_is_read_where_it_only_says_more_and_refused_where_it_means_something_else() {
    let (sandbox, tenant) = (Sandbox::new(), LAB.serve(&[]));
    let _ = LAB.run(&sandbox, &tenant).exits(0);
    let (run, _) = sandbox.journals().remove(0);
    let received = tenant.tenant().log().len();
    let of_format = |format: u64| {
        rewrite(&sandbox, |record| {
            record["later"] = json!({"more": [1]});
            if record["type"] == "run" {
                record["format"] = json!(format);
            }
        });
    };
    of_format(2);
    let gone_on = ["rollback", "resume"].map(|again| sandbox.run_at(&tenant, &[again, &run, "--yes"]));
    for ran in gone_on.into_iter().chain([sandbox.run(&["report", &run])]) {
        assert!(ran.code == 2 && ran.stderr.contains("update fixforme"), "{}", ran.all());
    }
    assert_eq!(tenant.tenant().log().len(), received);
    of_format(1);
    let journal = JournalFolder::new(sandbox.state(), Interrupt::new());
    journal.append(&run, json!({"type": "of_a_later_version", "change": "x"}).to_string()).unwrap();
    let ran = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(0);
    assert_eq!(tenant.canonical().to_string(), tenant.start, "{}", ran.all());
}

/// A run that has made everything; a sector of its journal before the first change is lost.
#[test]
fn a_damaged_journal_leads_nowhere_and_never_says_that_nothing_was_changed() {
    let (sandbox, tenant) = (Sandbox::new(), LAB.serve(&[]));
    let _ = LAB.run(&sandbox, &tenant).exits(0);
    let (run, _) = sandbox.journals().remove(0);
    let path = sandbox.state().join(format!("runs/{run}.ndjson"));
    let text = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, text.replacen("{\"n\":4,", "\0\0\0\0\0\0\0", 1)).unwrap();
    let received = tenant.tenant().log().len();
    let untrusted = "What the journal says cannot be trusted";
    for again in ["rollback", "resume"] {
        let ran = sandbox.run_at(&tenant, &[again, &run, "--yes"]).exits(2);
        assert!(ran.stderr.contains("the journal is damaged in line 4"), "{}", ran.all());
        assert!(ran.stderr.contains(&format!("afterwards `fixforme runs --yes --delete {run}`")), "{}", ran.all());
        assert!(ran.stdout.contains(untrusted), "{}", ran.all());
        // Nor is it passed over in silence where the newest run is meant.
        let ran = sandbox.run_at(&tenant, &[again, "--yes"]);
        assert!(ran.code == 2 && ran.stderr.contains("is damaged in line 4"), "{}", ran.all());
        assert_eq!(tenant.tenant().log().len(), received);
    }
    // Nobody knows what stood behind the damage: an unattended run waits until a person has looked.
    let ran = LAB.run(&sandbox, &tenant).exits(8);
    assert!(ran.stdout.contains(untrusted) && ran.stderr.contains(&format!("fixforme resume {run}")), "{}", ran.all());
    for args in [&["runs"][..], &["report", &run], &["runs", "--output", "json"], &["report", &run, "--output", "json"]]
    {
        let ran = sandbox.run(args).exits(0);
        assert!(ran.stdout.contains(untrusted), "{}", ran.all());
    }
    let ran = sandbox.run(&["runs", "--delete", &run]).exits(4);
    assert!(ran.all().contains(untrusted), "{}", ran.all());
    assert!(path.exists());
}

#[test]
fn a_plan_older_than_an_hour_is_settled_and_not_gone_on_with() {
    for (minutes, code, writes) in [(59, 0, true), (61, 3, false)] {
        let sandbox = Sandbox::new();
        let (tenant, _) = interrupted(&sandbox);
        let before = tenant.writes();
        rewrite(&sandbox, |record| {
            if record["type"] == "plan" {
                let at: Timestamp = record["at"].as_str().unwrap().parse().unwrap();
                record["at"] = json!(at.checked_sub(SignedDuration::from_mins(minutes)).unwrap().to_string());
            }
        });
        let ran = sandbox.run_at(&tenant, &["resume", "--yes"]).exits(code);
        assert_eq!(ran.stdout.contains("The plan is older than an hour"), !writes, "{}", ran.all());
        assert_eq!(tenant.writes() != before, writes, "{}", ran.all());
    }
}

#[test]
fn who_goes_on_with_a_run_waits_for_the_one_that_works_on_the_tenant() {
    let sandbox = Sandbox::new();
    let (tenant, _) = interrupted(&sandbox);
    let (_, records) = sandbox.journals().remove(0);
    let journal = JournalFolder::new(sandbox.state(), Interrupt::new());
    let held = journal.lock(records[0]["tenant"].as_str().unwrap()).unwrap().unwrap();
    let written = tenant.writes();
    for again in ["resume", "rollback"] {
        let ran = sandbox.run_at(&tenant, &[again, "--yes"]).exits(10);
        assert!(ran.stderr.contains("another run of fixforme is working on this tenant"), "{}", ran.all());
    }
    assert_eq!((tenant.writes(), sandbox.journals().remove(0).1), (written, records));
    drop(held);
    let _ = sandbox.run_at(&tenant, &["resume", "--yes"]).exits(0);
}

#[test]
fn what_another_process_has_written_down_meanwhile_counts() {
    for again in ["resume", "rollback"] {
        let sandbox = Sandbox::new();
        let (tenant, run) = interrupted(&sandbox);
        tenant.tenant().set_faults(vec![Fault::parse("stall=GET /v1.0/organization#1").unwrap()]);
        let mut command = sandbox.command_at(&tenant, &[again, &run, "--yes"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until(|| tenant.server.stalled() > 0);
        // This one has read the journal; now another one goes on with the run to its end.
        let _ = sandbox.run_at(&tenant, &[again, &run, "--yes"]).exits(0);
        let written = tenant.writes();
        tenant.tenant().set_faults(Vec::new());
        tenant.server.release();
        let ran = Ran::of(child.wait_with_output().unwrap()).exits(0);
        assert_eq!(tenant.writes(), written, "{again}: {}", ran.all());
        let report = sandbox.run(&["report", &run]).exits(0).stdout;
        assert!(report.contains("Journal   whole"), "{report}");
    }
}

#[test]
fn what_a_journal_holds_steers_no_terminal_when_it_is_listed_or_reported() {
    const EVIL: &str = "\u{1b}]52;c;cHduZWQ=\u{7}\u{9b}2J\u{202e}\u{200b}";
    let sandbox = Sandbox::new();
    let (_tenant, run) = interrupted(&sandbox);
    rewrite(&sandbox, |record| {
        for key in ["tenant_name", "domain", "account", "wizard_title", "wizard", "reason"] {
            if record[key].is_string() {
                record[key] = json!(format!("{EVIL}{}", record[key].as_str().unwrap()));
            }
        }
        for change in record.get_mut("changes").and_then(Value::as_array_mut).into_iter().flatten() {
            change["title"] = json!(format!("{EVIL}{}", change["title"].as_str().unwrap()));
            for field in change["fields"].as_array_mut().into_iter().flatten() {
                field["after"] = json!(EVIL);
            }
        }
    });
    for args in [
        &["runs"][..],
        &["report", &run],
        &["runs", "--output", "json"],
        &["report", &run, "--output", "json"],
        &["report", &run, "--report", "reports"],
    ] {
        let said = sandbox.run(args).exits(0).all();
        let steers = |c: &char| *c != '\n' && (c.is_control() || "\u{202e}\u{200b}".contains(*c));
        assert_eq!(said.chars().find(steers), None, "{args:?}: {said:?}");
        assert!(args.contains(&"--report") || said.contains("1b") && said.contains("202e"), "{args:?}: {said}");
    }
    let text =
        fs_err::read_to_string(sandbox.folder.path().join(format!("reports/fixforme-report-{run}.txt"))).unwrap();
    assert!(text.contains(r"\u{1b}]52") && !text.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{text:?}");
}
