//! What a word must be typed for, and what Enter alone, or another word, does not do: by both faces that ask.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use crate::support::sandbox::{CONTOSO, Sandbox, Served, foreign_token, prompt_tenant};
use crate::support::terminal::{LED, Terminal, contoso};
use crate::support::wizards::PASSWORD;

/// The flags of each face.
const FACES: [&[&str]; 2] = [&[], &["--accessible"]];

#[test]
fn what_cannot_be_taken_back_is_made_once_its_name_is_typed() {
    for face in FACES {
        for keys in [&["\r"][..], &["passwort\r", "\r"], &["passwort\r", "y\r"], &["y\r", "\r"], &["password\r"]] {
            let (sandbox, tenant) = (Sandbox::new(), Served::start(CONTOSO, &[]));
            let wizard = sandbox.wizard(&[("password", PASSWORD)]);
            let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &[&["run", wizard], face].concat()));
            terminal.sees("Do you approve this? A new password").sees("Enter alone means no.").types(keys[0]);
            match keys {
                ["password\r"] => drop(terminal.sees("Make this change in Contoso Ltd?").types("\r")),
                [_, again] => {
                    terminal.sees("What you typed is not `password`.").sees("Enter alone means no.").types(again);
                    if again.len() > 1 {
                        terminal.sees("What you typed is not `password` either. That counts as no.");
                    }
                }
                _ => {}
            }
            let _left = terminal.leaves().exits(3).says("Nothing was changed.");
            assert_eq!(tenant.writes(), [""; 0], "{keys:?} {face:?}");
        }
        let (sandbox, tenant) = (Sandbox::new(), Served::start(CONTOSO, &[]));
        let wizard = sandbox.wizard(&[("password", PASSWORD)]);
        let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &[&["run", wizard], face].concat()));
        terminal.sees("Enter alone means no.").types("pasword\r");
        terminal.sees("What you typed is not `password`.").sees("Enter alone means no.").types("password\r");
        terminal.sees("Make this change in Contoso Ltd?").types("y\r");
        terminal.sees("Write it down now").types("\r");
        let _left = terminal.leaves().exits(0);
        assert_eq!(tenant.writes().len(), 1);
    }
}

/// A lamp that somebody keeps, and its setting, which waits for the approval of who keeps it.
const KEPT: [(&str, &str); 2] = [
    (
        "keeper",
        r#"
kind  = "query"
title = "Who keeps the lamp"

[[read]]
id     = "lamp"
get    = "/v1.0/policies/lamp"
fields = ["keeper"]

[approval]
when = "reads.lamp.body.keeper not in run.client_ids"
of   = "reads.lamp.body.keeper"
text = "It is somebody else's lamp."
"#,
    ),
    (
        "lamp",
        r#"
# needs
kind  = "setting"
title = "The lamp"

[[object]]
id      = "lamp"
get     = "/v1.0/policies/lamp"
fields  = ["on"]
managed = ["on"]
desired = { on = "true" }
"#,
    ),
];
const LAMP: &str = "[objects.\"/v1.0/policies/lamp\"]\non = false\nkeeper = \"Dora Keeper\"\n";

#[test]
fn what_was_found_is_approved_by_its_own_name() {
    for face in FACES {
        for (keys, approved) in [(&["\r"][..], false), (&["keeper\r", "\r"], false), (&["Dora Keeper\r"], true)] {
            let (sandbox, tenant) = (Sandbox::new(), Served::start(LAMP, &[]));
            let wizard = sandbox.wizard(&KEPT);
            let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &[&["run", wizard], face].concat()));
            terminal.sees("Do you approve this? Who keeps the lamp");
            for keys in keys {
                terminal.sees("Enter alone means no.").types(keys);
            }
            if approved {
                terminal.sees("Do you approve this? The lamp").sees("Enter alone means no.").types("lamp\r");
                terminal.sees("Make this change").types("y\r");
            }
            let _left = terminal.leaves().exits(if approved { 0 } else { 3 }).says("It is somebody else's lamp.");
            assert_eq!(tenant.writes().len(), usize::from(approved), "{keys:?} {face:?}");
        }
    }
}

#[test]
fn unattended_the_flag_that_approves_what_was_found_names_it() {
    let (sandbox, tenant) = (Sandbox::new(), Served::start(LAMP, &[]));
    let wizard = sandbox.wizard(&KEPT);
    let ran = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(4);
    assert!(ran.stderr.contains(r#"--approve "keeper=Dora Keeper"   Who keeps the lamp"#), "{}", ran.all());
    assert!(ran.stderr.contains(r#"approve = ["keeper=Dora Keeper"]"#), "{}", ran.all());
    for no in ["keeper", "keeper=", "keeper=Dora", "lamp=Dora Keeper"] {
        let _ = sandbox.run_at(&tenant, &["run", wizard, "--yes", "--approve", no]).exits(4);
    }
    let ran = sandbox.run_at(&tenant, &["run", wizard, "--yes", "--approve", "keper=Dora Keeper"]).exits(2);
    assert!(ran.stderr.contains("did you mean `keeper`?"), "{}", ran.all());
    assert_eq!(tenant.writes(), [""; 0]);
    let approved = ["--approve", "keeper=Dora Keeper", "--approve", "lamp"];
    let _ = sandbox.run_at(&tenant, &[&["run", wizard, "--yes"][..], &approved].concat()).exits(0);
    assert_eq!(tenant.writes().len(), 1);
}

#[test]
fn enter_alone_changes_nothing_for_a_screen_reader_either() {
    let (sandbox, tenant) = (Sandbox::new(), contoso(&[]));
    let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &[&LED[..], &["--accessible"]].concat()));
    terminal.sees("Enter alone chooses nothing.").types("\r").sees("Nothing was chosen.").types("1\r");
    for answer in ["ann.private@example.net\r", "+1 4255550102\r", "\r"] {
        terminal.sees("Enter alone skips this question.").types(answer);
    }
    terminal.sees("do you want to go on?").sees("Enter alone means no.").types("\r");
    let _left = terminal.leaves().exits(3).says("Nothing was changed.");
    assert_eq!(tenant.writes(), [""; 0]);
}

#[test]
fn a_journal_whose_seal_does_not_hold_is_gone_on_with_once_the_word_for_it_is_typed() {
    let (sandbox, tenant) = (Sandbox::new(), prompt_tenant("disable", &[]));
    let _ = sandbox.run_at(&tenant, &["run", "sspr-admins", "--yes", "--set", "goal=disable"]).exits(0);
    let (run, _) = sandbox.journals().remove(0);
    let path = sandbox.state().join(format!("runs/{run}.ndjson"));
    let text = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, text.replacen("\"before\":true", "\"before\":null", 1)).unwrap();
    let received = tenant.tenant().log().len();
    for face in FACES {
        for keys in [&["\r"][..], &["y\r", "\r"], &["sealed\r", "sealed\r"]] {
            let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &[&["rollback"], face].concat()));
            terminal.sees("Continue anyway?");
            for keys in keys {
                terminal.sees("Enter alone means no.").types(keys);
            }
            let _left = terminal.leaves().exits(9).says("cannot be trusted");
            assert_eq!(tenant.tenant().log().len(), received, "{keys:?} {face:?}");
        }
    }
    let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &["rollback"]));
    terminal.sees("Enter alone means no.").types("unsealed\r");
    terminal.sees("Roll back this change in Contoso Ltd? [y/N]").types("\r");
    let _left = terminal.leaves().exits(3).says("Nothing was rolled back.");
    assert_eq!(tenant.writes().len(), 1);
}

#[test]
fn a_host_that_nobody_knows_gets_a_token_once_its_name_is_typed() {
    let sandbox = Sandbox::new();
    let check = ["check", "sspr-admins", "--set", "goal=disable", "--graph-root", "https://graph.example.net"];
    for face in FACES {
        for keys in [&["\r"][..], &["y\r", "\r"], &["example.net\r", "example.net\r"]] {
            let mut command = sandbox.command(&[&check[..], face].concat());
            command.env("FIXFORME_ACCESS_TOKEN", foreign_token());
            let mut terminal = Terminal::at(&command);
            terminal.sees("Send your access token to `graph.example.net`?");
            for keys in keys {
                terminal.sees("Enter alone means no.").types(keys);
            }
            let _left = terminal.leaves().exits(9).says("is not a host of Microsoft Graph, and would get");
        }
    }
}
