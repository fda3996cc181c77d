//! The person at the terminal: the real program in a pseudo-terminal of 80 columns and 25 lines.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use crate::support::crash::kill_when_stalled;
#[cfg(target_os = "linux")]
use crate::support::crash::{not_tested, strace};
use crate::support::home::Home;
use crate::support::release_server::ReleaseServer;
use crate::support::releases::{OLD, newer};
use crate::support::sandbox::{CONTOSO, Sandbox, Served, project};
use crate::support::terminal::{HAPPY, LED, Terminal, contoso};
use crate::support::wizards::{setting, two_settings};

const DOWN: &str = "\u{1b}[B";
const CTRL_C: &str = "\u{3}";

#[test]
fn without_arguments_a_person_is_led_to_the_verified_end() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::at(&sandbox.command(&[]));
    terminal.answers(&[
        ("   Close", "\u{1b}[B\u{1b}[B\u{1b}[B\r"),
        ("Which one?", ""),
        ("Self-service password reset for administrators", "\u{1b}[B\r"),
        HAPPY[0],
        // Who is there is known by now: the account for emergencies is named, and nothing is asked for it.
        ("Emergency access)", "\u{1b}[B\u{1b}[B\u{1b}[B\u{1b}[B\r"),
        ("No others", "\u{1b}[B\r"),
        (HAPPY[1].0, "ann@contoso.example\r"),
        // What was typed stands there still: only its ending is mended.
        ("if the account is locked", ""),
        ("ann@contoso.example (leave it empty to skip)", "\u{17}ann.private@example.net\r"),
        HAPPY[2],
        HAPPY[3],
        HAPPY[4],
        ("Make these 4 changes in Contoso Ltd? [y/N]", "y\r"),
    ]);
    let left = terminal.leaves().exits(0).leaves_the_terminal_as_it_was();
    let left = left.says("4 changes were made and verified.").says(" > ann@contoso.example");
    let text = left.text();
    let (_, after) = text.split_once("The emergency-access accounts are known").unwrap();
    let named: Vec<&str> = after.lines().filter(|line| line.contains("emergency@")).collect();
    assert!(!named.is_empty() && named.iter().all(|line| line.contains("does not apply: Skipped")), "{named:#?}");
}

#[test]
fn what_stands_in_the_profile_is_offered_and_used_where_it_is_chosen() {
    let seed = fs_err::read_to_string(project("wizards/sspr-admins/rehearsal/fields-only/tenant.toml")).unwrap();
    let (sandbox, tenant) = (Sandbox::new(), Served::start(&seed, &[]));
    let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &["run", "sspr-admins"]));
    terminal.answers(&[
        HAPPY[0],
        ("Ann Lee)", "\u{1b}[B\r"),
        ("In the profile: paula.private@example.org. Use this", ""),
        ("   Skip", "\u{1b}[B\r"),
        ("In the profile: +1 4255550106. Use this", ""),
        ("   Skip", "\u{1b}[A\r"),
        ("In the profile: ann.private@example.net. Use this", ""),
        ("   Skip", "\u{1b}[B\r"),
        ("In the profile: +1 4255550102. Use this", ""),
        ("   Skip", "\u{1b}[B\u{1b}[B\r"),
        ("Mobile phone of ann@contoso.example (leave it empty to skip)", "+1 4255550122\r"),
        // The switch is on already: nothing is to be read about it.
        ("Make these 3 changes in Contoso Ltd? [y/N]", "y\r"),
    ]);
    let _left = terminal.leaves().exits(3).says("3 changes were made and verified.");
    let now = tenant.canonical();
    for (value, times) in [
        ("paula.private@example.org", 2),
        ("+1 4255550106", 1),
        ("ann.private@example.net", 2),
        ("+1 4255550102", 1),
        ("+1 4255550122", 1),
    ] {
        assert_eq!(now.to_string().matches(value).count(), times, "{value}: {now}");
    }
}

#[test]
fn a_copy_named_after_a_wizard_opens_it_and_one_named_after_none_shows_the_menu() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::at(&sandbox.command_named("fixforme-sspr-admins", &[]));
    terminal.sees("Where? Self-service password reset for administrators").types("\u{1b}");
    let left = terminal.leaves().exits(130).says("Nothing was changed.");
    assert!(!left.text().contains("What do you want to do?"), "{}", left.text());
    let mut terminal = Terminal::at(&sandbox.command_named("fixforme-contacts", &[]));
    terminal.sees("What do you want to do?").types("\u{1b}");
    let _left = terminal.leaves().exits(130).says("is named after a wizard `contacts`");
}

#[test]
fn ctrl_c_at_the_menus_own_questions_changes_nothing() {
    let steps = [("   Close", "\u{1b}[B\u{1b}[B\u{1b}[B\r"), ("Self-service password reset for administrators", "")];
    for stop in 0..steps.len() {
        let sandbox = Sandbox::new();
        let mut terminal = Terminal::at(&sandbox.command(&[]));
        for (words, keys) in &steps[..stop] {
            terminal.sees(words).types(keys).sees("Which one?");
        }
        terminal.sees(steps[stop].0).types(CTRL_C);
        let _left = terminal.leaves().exits(130).leaves_the_terminal_as_it_was().says("Nothing was changed.");
    }
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::at(&sandbox.command_named("fixforme-sspr-admins", &[]));
    terminal.sees("   Close").types(CTRL_C);
    let _left = terminal.leaves().exits(130).leaves_the_terminal_as_it_was().says("Nothing was changed.");
}

#[test]
fn the_menu_takes_the_newest_run_back_and_settles_an_interrupted_one() {
    let (sandbox, tenant) = (Sandbox::new(), contoso(&[]));
    let before = tenant.canonical();
    let _ = sandbox
        .run_at(
            &tenant,
            &[
                "run",
                "sspr-admins",
                "--yes",
                "--set",
                "goal=enable",
                "--acknowledge",
                "baseline-conflict",
                "--answers",
                &project("wizards/sspr-admins/rehearsal/contoso/answers.toml"),
            ],
        )
        .exits(0);
    let mut command = sandbox.command(&[]);
    command.env("FIXFORME_ACCESS_TOKEN", tenant.token());
    let mut terminal = Terminal::at(&command);
    terminal.sees("Roll back: Self-service password reset for administrators").sees("   Close");
    terminal.types("\u{1b}[B\u{1b}[B\u{1b}[B\r").sees("Roll back these 4 changes in Contoso Ltd? [y/N]").types("y\r");
    let _left = terminal.leaves().exits(0).says("4 changes were made and rolled back.");
    assert_eq!(tenant.canonical(), before);
    let tenant = crate::support::crash::LAB.serve(&["stall-after=PATCH /v1.0/admin/labLamp"]);
    assert!(crate::support::crash::kill_when_stalled(crate::support::crash::LAB.command(&sandbox, &tenant), &tenant));
    let mut command = sandbox.command(&[]);
    command.env("FIXFORME_ACCESS_TOKEN", tenant.token());
    let mut terminal = Terminal::at(&command);
    terminal.sees("Finish the run that was interrupted: One change of each kind").sees("   Close");
    terminal.types("\u{1b}[B\u{1b}[B\u{1b}[B\r");
    let _left = terminal.leaves().exits(0).says("7 changes were made and verified.");
}

#[test]
fn ctrl_c_at_every_question_changes_nothing_and_leaves_the_terminal_as_it_was() {
    for stop in 0..HAPPY.len() {
        let (sandbox, tenant) = (Sandbox::new(), contoso(&[]));
        let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &LED));
        terminal.answers(&HAPPY[..stop]).sees(HAPPY[stop].0).types(CTRL_C);
        let left = terminal.leaves().exits(130).leaves_the_terminal_as_it_was().says("Nothing was changed.");
        assert_eq!(tenant.writes(), [""; 0], "question {stop}");
        assert!(sandbox.journals().is_empty(), "question {stop}: {}", left.text());
    }
}

/// The terminal is slow to be set up: the key comes after the question is on the screen and before it is read.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_is_not_lost_between_a_question_and_its_reading() {
    if strace(&["-V"]).output().is_err() {
        not_tested("no key was pressed between a question and its reading");
        return;
    }
    for stop in [0, 1, 4] {
        let (sandbox, tenant) = (Sandbox::new(), contoso(&[]));
        let plain = sandbox.command_at(&tenant, &LED);
        let mut command = strace(&["-f", "-qq", "-o", "/dev/null", "-e", "inject=ioctl:delay_enter=20000"]);
        command.arg(plain.get_program()).args(plain.get_args());
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.current_dir(sandbox.folder.path());
        let mut terminal = Terminal::at(&command);
        terminal.answers(&HAPPY[..stop]).sees(HAPPY[stop].0).types(CTRL_C);
        let _left = terminal.leaves().exits(130).leaves_the_terminal_as_it_was().says("Nothing was changed.");
        assert_eq!(tenant.writes(), [""; 0], "question {stop}");
    }
}

#[test]
fn esc_at_a_question_changes_nothing() {
    for stop in [0, 1, 5] {
        let (sandbox, tenant) = (Sandbox::new(), contoso(&[]));
        let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &LED));
        terminal.answers(&HAPPY[..stop]).sees(HAPPY[stop].0).types("\u{1b}");
        let _left = terminal.leaves().leaves_the_terminal_as_it_was().says("Nothing was changed.");
        assert_eq!(tenant.writes(), [""; 0], "question {stop}");
    }
}

#[test]
fn enter_alone_changes_nothing() {
    let (sandbox, tenant) = (Sandbox::new(), contoso(&[]));
    let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &LED));
    // A choice without a suggestion takes no Enter: the arrow is needed.
    terminal.sees(HAPPY[0].0).types("\r").types(DOWN).types("\r");
    for (words, _) in &HAPPY[1..5] {
        terminal.sees(words).types("\r");
    }
    let _left = terminal.leaves().exits(3).says("Nothing was changed.");
    assert_eq!(tenant.writes(), [""; 0]);
}

#[test]
fn enter_alone_at_the_question_about_the_changes_changes_nothing() {
    let (sandbox, tenant) = (Sandbox::new(), contoso(&[]));
    let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &LED));
    terminal.answers(&HAPPY[..5]).sees(HAPPY[5].0).types("\r");
    let _left = terminal.leaves().exits(3).says("Nothing was changed.").says("You did not confirm the changes.");
    assert_eq!(tenant.writes(), [""; 0]);
}

/// A run of two settings whose second change fails, up to the question what shall become of the first.
fn failed_after_one(sandbox: &Sandbox) -> (Served, Terminal) {
    two_settings(sandbox);
    let seed = fs_err::read_to_string(sandbox.folder.path().join("two/rehearsal/off/tenant.toml")).unwrap();
    let tenant = Served::start(&seed, &["fail=PATCH /v1.0/policies/two:400"]);
    let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &["run", "./two"]));
    for step in ["one", "two"] {
        terminal.sees(&format!("Do you approve this? Setting {step}")).sees("Enter alone means no.");
        terminal.types(&format!("{step}\r"));
    }
    terminal.sees("Make these 2 changes in Practice tenant? [y/N]").types("y\r");
    terminal.sees("What should happen to those that were made?").sees("Leave them, and stop here");
    (tenant, terminal)
}

#[test]
fn after_a_failure_a_person_chooses_what_becomes_of_the_rest() {
    let on = |tenant: &Served| tenant.tenant().object("/v1.0/policies/one").unwrap()["on"].clone();
    let sandbox = Sandbox::new();
    let (tenant, mut terminal) = failed_after_one(&sandbox);
    terminal.types("\u{1b}[B\r");
    let _left = terminal.leaves().exits(6).says("1 of 2 changes was made and rolled back.");
    assert_eq!(on(&tenant), false);
    for keys in ["\u{1b}[B\u{1b}[B\r", "\u{1b}", CTRL_C] {
        let sandbox = Sandbox::new();
        let (tenant, mut terminal) = failed_after_one(&sandbox);
        terminal.types(keys);
        let left = terminal.leaves().exits(7).leaves_the_terminal_as_it_was();
        let _left = left.says("1 of 2 changes was made and verified.").says("fixforme rollback ");
        assert_eq!(on(&tenant), true, "{keys:?}");
    }
}

#[test]
fn declined_means_unchanged() {
    let (sandbox, tenant) = (Sandbox::new(), contoso(&[]));
    let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &LED));
    terminal.answers(&HAPPY[..5]).sees(HAPPY[5].0).types("n\r");
    let _left = terminal.leaves().exits(3).says("Nothing was changed.").says("You did not confirm the changes.");
    assert_eq!(tenant.writes(), [""; 0]);
}

#[test]
fn ctrl_c_while_a_change_is_verified_names_the_way_on() {
    let seed = fs_err::read_to_string(project("wizards/sspr-admins/rehearsal/contoso/tenant.toml")).unwrap();
    let tenant = Served::start(&seed.replace(r#"= "2s""#, r#"= "1h""#), &[]);
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &LED));
    terminal.answers(&HAPPY).sees("verifying").types(CTRL_C);
    let left = terminal.leaves().exits(130).leaves_the_terminal_as_it_was().says("fixforme resume");
    let journals = sandbox.journals();
    let (_, records) = &journals[0];
    let count =
        |kind: &str| records.iter().filter(|record| record.get(kind).is_some() || record["type"] == kind).count();
    assert_eq!(count("intent"), count("outcome"), "{}", left.text());
    assert_eq!(tenant.writes().len(), count("outcome"), "{records:#?}");
}

#[test]
fn the_accessible_face_never_moves_the_cursor() {
    let (sandbox, tenant) = (Sandbox::new(), contoso(&[]));
    let args = [&LED[..], &["--accessible"]].concat();
    let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &args));
    terminal.sees("Enter alone chooses nothing.").types("1\r");
    for answer in ["ann.private@example.net\r", "+1 4255550102\r", "bob.private@example.net\r"] {
        terminal.sees("Enter alone skips this question.").types(answer);
    }
    terminal.sees("Enter alone means no.").types("yes\r").sees("Enter alone means no.").types("yes\r");
    let left = terminal.leaves().exits(0).says("1. Yes, administrators can reset their own password");
    assert!(!left.raw.contains('\u{1b}'), "{:?}", left.raw);
    let _left = left.says("Step 2.").says("4 changes were made and verified.");
}

#[test]
fn no_colour_where_none_is_wanted() {
    for (flag, name, value) in [("--no-color", "LANG", "C.UTF-8"), ("", "NO_COLOR", "1"), ("", "TERM", "dumb")] {
        let (sandbox, tenant) = (Sandbox::new(), contoso(&[]));
        let args: Vec<&str> =
            LED.into_iter().chain((!flag.is_empty()).then_some(flag)).chain(["--set", "goal=enable"]).collect();
        let mut command = sandbox.command_at(&tenant, &args);
        command.env(name, value);
        let mut terminal = Terminal::at(&command);
        terminal.sees("Alternate e-mail address of ann@contoso.example").types(CTRL_C);
        let left = terminal.leaves().exits(130);
        let styled = left
            .raw
            .split("\u{1b}[")
            .skip(1)
            .any(|rest| rest.find(|c: char| c.is_ascii_alphabetic()).is_some_and(|at| rest[at..].starts_with('m')));
        assert!(!styled, "{name}: {:?}", left.raw);
    }
}

#[test]
fn what_the_directory_says_cannot_steer_the_terminal() {
    let seed = fs_err::read_to_string(project("wizards/sspr-admins/rehearsal/contoso/tenant.toml")).unwrap();
    let seed = seed
        .replace(r#""Contoso Ltd""#, r#""Contoso \u001b]52;c;cHduZWQ=\u0007 Ltd\u202E""#)
        .replace(r#""Nightly backup""#, r#""Nightly \u001b[2J\u001b[31mbackup""#);
    let (sandbox, tenant) = (Sandbox::new(), Served::start(&seed, &[]));
    let args = [&LED[..], &["--set", "goal=enable"]].concat();
    let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &args));
    terminal.sees("Alternate e-mail address of ann@contoso.example").types(CTRL_C);
    let left = terminal.leaves().exits(130).says(r"\u{1b}]52;c;").says(r"\u{1b}[2J").says(r"\u{202e}");
    for payload in ["\u{1b}]52", "\u{1b}[2J", "\u{1b}[31mbackup", "\u{202e}", "\u{7}"] {
        assert!(!left.raw.contains(payload), "{payload:?} reached the terminal");
    }
}

#[test]
fn what_the_directory_says_cannot_steer_the_terminal_in_questions_and_while_it_waits() {
    const EVIL: &str = r"\u001b]52;c;cHduZWQ=\u0007\u202E";
    let lamp = "kind = \"setting\"\ntitle = \"Lamp of {{ tenant.name }}\"\n[[object]]\nid = \"lamp\"\n\
                get = \"/v1.0/admin/labLamp\"\nfields = [\"lit\"]\nmanaged = [\"lit\"]\ndesired = { lit = \"true\" }\n";
    let seed = CONTOSO.replace("Contoso Ltd", &format!("Contoso {EVIL} Ltd"));
    let seed = format!("lag = \"0.8s\"\n{seed}\n[objects.\"/v1.0/admin/labLamp\"]\nlit = false\n");
    for face in [&[][..], &["--accessible"]] {
        let (sandbox, tenant) = (Sandbox::new(), Served::start(&seed, &[]));
        let wizard = sandbox.wizard(&[("lamp", lamp)]);
        let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &[&["run", wizard], face].concat()));
        terminal.sees("Do you approve this?").sees("Enter alone means no.").types("lamp\r");
        terminal.sees("Make this change in Contoso").types("y\r");
        let left = terminal.leaves().exits(0).says(r"Contoso \u{1b}]52;c;").says(r"Lamp of Contoso \u{1b}]52;c;");
        for payload in ["\u{1b}]52", "\u{202e}", "\u{7}"] {
            assert!(!left.raw.contains(payload), "{payload:?} reached the terminal: {:?}", left.raw);
        }
        assert_eq!(left.raw.contains("verifying: Lamp of Contoso"), face.is_empty(), "{:?}", left.raw);
    }
}

#[test]
fn the_plan_and_the_question_fit_on_one_screen() {
    let (sandbox, tenant) = (Sandbox::new(), contoso(&[]));
    let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &LED));
    terminal.answers(&HAPPY[..5]).sees(HAPPY[5].0).types("n\r");
    let left = terminal.leaves().exits(3);
    let text = left.text();
    let from = text.rfind("The list of changes").unwrap();
    let to = text.rfind("Make these 4 changes").unwrap();
    assert!(text[from..to].lines().count() < 25, "{}", &text[from..to]);
    // A path is never broken: who copies it gets it whole.
    let is_path = |line: &str| line.trim_start().starts_with("/v1.0/");
    let wide: Vec<&str> = text[from..to].lines().filter(|line| line.chars().count() > 80 && !is_path(line)).collect();
    assert_eq!(wide, [""; 0], "lines that the terminal would break");
}

#[test]
fn a_name_that_a_spreadsheet_would_calculate_is_in_no_file() {
    let seed = fs_err::read_to_string(project("wizards/sspr-admins/rehearsal/contoso/tenant.toml")).unwrap();
    let formula = "=1+1@contoso.example";
    let more = format!(
        "[[users]]\nuserPrincipalName = {formula:?}\n[[role_assignments]]\nrole = \"Global Administrator\"\n\
         principal = {formula:?}\n[[generate]]\nusers = 5\nadmins = 5\nrole = \"Global Administrator\"\n"
    );
    let (sandbox, tenant) = (Sandbox::new(), Served::start(&format!("{seed}\n{more}"), &[]));
    let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &[&LED[..], &["--set", "goal=enable"]].concat()));
    terminal.sees("Skip them in this run").types("\u{1b}[B\u{1b}[B\r");
    terminal.sees("Where should the file be written?").types("\r");
    let _left = terminal.leaves().exits(4).says("a spreadsheet would calculate it:").says(formula);
    let skeleton = fs_err::read_to_string(sandbox.folder.path().join("contacts_file.csv")).unwrap();
    assert!(skeleton.contains("ann@contoso.example,,") && !skeleton.contains(formula), "{skeleton}");
}

#[test]
fn many_missing_contacts_go_through_a_file() {
    let seed = fs_err::read_to_string(project("wizards/sspr-admins/rehearsal/contoso/tenant.toml")).unwrap();
    let generate = "[[generate]]\nusers = 5\nadmins = 5\nrole = \"Global Administrator\"";
    let many = format!("{}\n{generate}\n", seed.replace(r#"= "2s""#, r#"= "0s""#));
    let (sandbox, tenant) = (Sandbox::new(), Served::start(&many, &[]));
    let args = [&LED[..], &["--set", "goal=enable"]].concat();
    let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &args));
    terminal.sees("Skip them in this run").types("\u{1b}[B\u{1b}[B\r");
    terminal.sees("Where should the file be written?").types("\r");
    let left = terminal.leaves().exits(4).says("contacts_file=contacts_file.csv");
    let path = sandbox.folder.path().join("contacts_file.csv");
    let skeleton = fs_err::read_to_string(&path).unwrap();
    assert!(skeleton.starts_with("user,email,phone\nann@contoso.example,,\n"), "{skeleton}\n{}", left.text());
    let mut filled = String::from("user,email,phone\n");
    for (at, line) in skeleton.lines().skip(1).enumerate() {
        let user = line.trim_end_matches(',');
        filled.push_str(&format!("{user},private{at}@example.net,+1 42555501{:02}\n", at + 20));
    }
    fs_err::write(&path, filled).unwrap();
    let args = [&args[..], &["--set", "contacts_file=contacts_file.csv"]].concat();
    let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &args));
    terminal.sees("do you want to go on? [y/N]").types("y\r").sees("in Contoso Ltd? [y/N]").types("y\r");
    let _left = terminal.leaves().exits(0).says("changes were made and verified.");
}

#[test]
fn a_person_is_asked_before_a_program_among_downloads_is_installed() {
    let (home, site, new) = (Home::at("Downloads/fixforme", OLD), ReleaseServer::start(), newer('9'));
    site.offer(&[&new]);
    let own = home.sandbox.folder.path().join(".local/bin/fixforme");
    let url = site.index_url();
    for (keys, code, words, installed) in
        [("\r", 3, "was not installed", false), ("y\r", 0, "is installed for you", true)]
    {
        let mut terminal = Terminal::at(&home.command(&["update", "--index-url", &url]));
        terminal.sees(&format!("Install fixforme {new} for you in")).sees("[y/N]").types(keys);
        let _left = terminal.leaves().exits(code).leaves_the_terminal_as_it_was().says(words);
        assert_eq!(own.exists(), installed);
    }
    assert_eq!(home.version(), OLD);
}

#[test]
fn a_change_in_doubt_that_shows_while_the_person_decides_is_ours_to_take_back() {
    let (sandbox, tenant) =
        (Sandbox::new(), Served::start(&format!("{CONTOSO}{LAMP}"), &["stall=PATCH /v1.0/admin/**"]));
    let wizard = sandbox.wizard(&[("lamp", &setting("The lamp", "/v1.0/admin/labLamp", "lit", "true"))]);
    assert!(kill_when_stalled(sandbox.command_at(&tenant, &["run", wizard, "--yes"]), &tenant));
    let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &["resume"]));
    terminal.sees("Go on with the changes that are left");
    // It arrived after all.
    tenant.edit("PATCH", "/v1.0/admin/labLamp", &serde_json::json!({"lit": true}));
    terminal.types(DOWN).types("\r").sees("Enter alone means no.").types("lamp\r");
    terminal.sees("Make this change in Contoso Ltd? [y/N]").types("y\r");
    let _left = terminal.leaves().exits(0).says("1 change was made and verified.");
    let ran = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(0);
    assert_eq!(tenant.canonical().to_string(), tenant.start, "{}", ran.all());
}

const LAMP: &str = r#"
[objects."/v1.0/admin/labLamp"]
lit = false
"#;

#[test]
fn keys_typed_before_a_question_is_seen_are_no_answer_to_it() {
    let sandbox = Sandbox::new();
    let tenant = Served::case("wizards/sspr-admins", "disable", &["stall=GET /v1.0/policies/**"]);
    let mut terminal = Terminal::at(&sandbox.command_at(&tenant, &["run", "sspr-admins", "--set", "goal=disable"]));
    terminal.sees("checking: Step 1");
    terminal.types("y\r");
    tenant.tenant().set_faults(Vec::new());
    tenant.server.release();
    terminal.sees("[y/N]").types("\u{1b}");
    let left = terminal.leaves();
    assert_eq!(tenant.writes(), [""; 0], "{}", left.text());
    let _left = left.says("Nothing was changed.");
}
