//! The console window of a double-click: it leads, it stays until it was read, and it leaves nothing behind.

use crate::desktop::Desktop;
use crate::program::{Download, screenshots, windows_path};
use crate::support::sandbox::project;

const CLOSE: &str = "Press Enter to close this window.";
const MENU: &str = "What do you want to do?";

#[test]
fn a_double_click_leads_from_the_menu_to_the_verified_end() {
    let download = Download::new();
    let mut desktop = Desktop::opens(&download, &[]);
    let first = desktop.sees(MENU);
    // For the record, judged by a person: no test fails because the machine is busy.
    let words = format!("The first screen came {} ms after the double-click.\n", first.as_millis());
    fs_err::write(screenshots().join("first-screen.txt"), words).unwrap();
    let state = desktop.state();
    assert_eq!(state.0[..3], ["fixforme", "code page 65001", "quick edit off"], "{state:?}");
    desktop.photographs("menu");
    desktop.picks("Practice first, with a built-in demo tenant");
    desktop.sees("Which one?");
    desktop.picks("Self-service password reset for administrators");
    desktop.picks("Yes, administrators can reset their own password");
    desktop.picks("emergency@contoso.onmicrosoft.com");
    desktop.picks("No others");
    desktop.sees("Alternate e-mail address of ann@contoso.example");
    desktop.types("ann.private@example.net").sees("Mobile phone of ann@contoso.example");
    desktop.types("+1 4255550102").sees("Alternate e-mail address of bob@contoso.example");
    desktop.types("bob.private@example.net").sees("do you want to go on? [y/N]");
    desktop.types("y").sees("Make these 4 changes in Contoso Ltd? [y/N]");
    desktop.photographs("plan");
    desktop.types("y").sees(CLOSE);
    desktop.sees("4 changes were made and verified.");
    desktop.photographs("end");
    assert!(desktop.stays());
    desktop.presses(&["Return"]);
    assert_eq!(desktop.ends(), 0);
}

#[test]
fn the_window_waits_at_a_mistaken_command_line() {
    let mut desktop = Desktop::opens(&Download::new(), &["lint"]);
    desktop.sees(CLOSE);
    assert!(desktop.screen().contains("required arguments were not provided"), "{}", desktop.screen());
    assert!(desktop.stays());
    desktop.presses(&["Return"]);
    assert_eq!(desktop.ends(), 2);
}

#[test]
fn the_window_waits_at_a_bad_ending() {
    let answers = project("tests/lab/changes/rehearsal/lab/answers.toml");
    let mut desktop =
        Desktop::opens(&Download::new(), &["rehearse", "sspr-admins", "--answers", &windows_path(answers.as_ref())]);
    desktop.sees(CLOSE);
    assert!(desktop.screen().contains("Nothing was changed."), "{}", desktop.screen());
    assert!(desktop.stays());
    desktop.presses(&["Return"]);
    assert_eq!(desktop.ends(), 2);
}

/// The program has no place where a test could make it panic. A clock in the year 11000 does: the time library counts
/// four digits of years.
#[test]
fn the_window_waits_when_the_program_panics() {
    let clock = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
    let variables = [("FAKETIME", "+9000y"), ("LD_PRELOAD", clock)];
    let mut desktop = Desktop::opens_with(&Download::new(), &["rehearse", "sspr-admins"], &variables);
    desktop.sees(CLOSE);
    let screen = desktop.screen().replace('\n', " ");
    assert!(screen.contains("a mistake of its own") && screen.contains("fixforme resume"), "{screen}");
    assert!(desktop.stays());
    desktop.presses(&["Return"]);
    assert_eq!(desktop.ends(), 1);
}

#[test]
fn one_ctrl_c_in_a_list_ends_with_the_last_sentence_and_the_window_stays() {
    let mut desktop = Desktop::opens(&Download::new(), &[]);
    desktop.sees(MENU);
    desktop.presses(&["ctrl+c"]).sees(CLOSE);
    assert!(desktop.screen().contains("Nothing was changed."), "{}", desktop.screen());
    assert!(desktop.stays());
    desktop.presses(&["Return"]);
    assert_eq!(desktop.ends(), 130);
}

#[test]
fn an_unattended_run_in_a_window_of_its_own_waits_for_nobody() {
    let answers = project("wizards/sspr-admins/rehearsal/contoso/answers.toml");
    let answers = windows_path(answers.as_ref());
    let download = Download::new();
    let mut desktop = Desktop::opens(&download, &["rehearse", "sspr-admins", "--yes", "--answers", &answers]);
    assert_eq!(desktop.ends(), 0);
    drop(desktop);
    let mut desktop = Desktop::opens(&download, &["run", "--yes", "--no-such-flag"]);
    assert_eq!(desktop.ends(), 2);
}

#[test]
fn a_console_of_somebody_else_is_put_back_and_not_held_open() {
    let mut desktop = Desktop::shares(&Download::new(), &["rehearse", "sspr-admins"]);
    desktop.sees("recommend)");
    let during = desktop.state();
    assert_eq!(during.0[..3], ["fixforme", "code page 65001", "quick edit off"], "{during:?}");
    desktop.presses(&["Escape"]);
    assert_eq!(desktop.ends(), 130);
    let after = desktop.state();
    assert_eq!(after.0, ["somebody else's", "code page 437", "quick edit on", "output mode 3", "cursor shown"]);
    assert!(!desktop.screen().contains(CLOSE), "{}", desktop.screen());
}

#[test]
fn a_second_ctrl_c_puts_the_console_back_as_well() {
    let download = Download::new();
    let mut desktop = Desktop::shares(&download, &["rehearse", "sspr-admins", "--serve", "127.0.0.1:0"]);
    desktop.sees("FIXFORME_ACCESS_TOKEN=");
    desktop.presses(&["ctrl+c"]);
    assert_eq!(desktop.ends(), 0);
    assert_eq!(desktop.state().0[..2], ["somebody else's", "code page 437"]);
}

#[test]
fn a_closed_window_is_no_change() {
    let download = Download::new();
    let mut desktop = Desktop::opens(&download, &["rehearse", "sspr-admins"]);
    desktop.sees("recommend)");
    desktop.closes();
    desktop.ends();
    // The folder is made ready before anything is asked; no run is in it.
    let runs = fs_err::read_dir(download.state().join("rehearsals").join("runs")).unwrap();
    assert_eq!(runs.count(), 0);
}

#[test]
fn a_copy_named_after_a_wizard_opens_it() {
    let mut desktop = Desktop::opens(&Download::named("fixforme-sspr-admins (1).exe"), &[]);
    desktop.sees("Where? Self-service password reset for administrators");
    assert!(!desktop.screen().contains(MENU), "{}", desktop.screen());
}

#[test]
fn a_copy_named_after_no_wizard_says_so_and_shows_the_menu() {
    let mut desktop = Desktop::opens(&Download::named("fixforme-contacts.exe"), &[]);
    desktop.sees(MENU);
    desktop.sees("is named after a wizard `contacts`");
}
