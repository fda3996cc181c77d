//! Files that people make, as Windows, spreadsheets and mail programs leave them: read, or refused in words.

use crate::support::sandbox::{Sandbox, project};
use crate::support::terminal::{LED, Terminal, contoso};

const CONTOSO: &str = "wizards/sspr-admins/rehearsal/contoso";

fn text(name: &str) -> String {
    fs_err::read_to_string(project(&format!("{CONTOSO}/{name}"))).unwrap()
}

/// The text in UTF-16 with its mark, as `>` of Windows PowerShell 5.1 writes it; `swap` for the other order of bytes.
fn utf16(text: &str, swap: bool) -> Vec<u8> {
    let text = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    text.encode_utf16().flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

fn put(sandbox: &Sandbox, name: &str, bytes: &[u8]) -> String {
    let path = sandbox.folder.path().join(name);
    fs_err::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn what_windows_writes_is_read() {
    let head = text("answers.toml")
        .split_once("[answers")
        .unwrap()
        .0
        .replace("[inputs]", "[inputs]\ncontacts_file = \"c.csv\"");
    let csv = "user,email,phone\nann@contoso.example,ann@example.net,+1 4255550102\nbob@contoso.example,Bob Ray <bob@example.net>,\n";
    for encoded in [
        |text: &str| utf16(text, false),
        |text: &str| utf16(text, true),
        |text: &str| format!("\u{feff}{text}").into_bytes(),
    ] {
        let sandbox = Sandbox::new();
        put(&sandbox, "c.csv", &encoded(csv));
        let answers = put(&sandbox, "answers.toml", &encoded(&head));
        let tenant = put(&sandbox, "tenant.toml", &encoded(&text("tenant.toml").replace("\"2s\"", "\"0s\"")));
        let run = ["rehearse", "sspr-admins", "--yes", "--practice", &tenant, "--answers", &answers];
        let ran = sandbox.run(&run).exits(0);
        assert!(ran.stdout.contains("4 changes were made and verified."), "{}", ran.all());
    }
    // What is neither is refused by its name.
    let sandbox = Sandbox::new();
    let half = utf16(&head, false);
    for bytes in [&half[..half.len() - 1], &[0xff, 0xfe, 0x00, 0xd8][..], b"wizard = \"\xe9\""] {
        let answers = put(&sandbox, "answers.toml", bytes);
        let ran = sandbox.run(&["rehearse", "sspr-admins", "--yes", "--answers", &answers]).exits(2);
        assert!(ran.stderr.contains("answers.toml is not UTF-8"), "{}", ran.all());
    }
}

#[test]
fn an_account_that_is_answered_for_twice_is_refused() {
    let sandbox = Sandbox::new();
    let once = text("answers.toml");
    let more = |name: &str, email: &str| format!("{once}\n[answers.contacts.\"{name}\"]\nemail = \"{email}\"\n");
    for (written, csv, words) in [
        (
            more("ANN@contoso.example", "other@example.net"),
            "",
            "is answered for twice: here, and as `ann@contoso.example`",
        ),
        (
            more("b2e2a1d4-0002-4c1e-8a55-6d0f1a2b3c02", "other@example.net"),
            "",
            "another place says `other@example.net`",
        ),
        (
            once.clone(),
            "user,email,phone\nAnn@Contoso.example,other@example.net,\n",
            "another place says `other@example.net`",
        ),
    ] {
        let answers = sandbox.write("answers.toml", &written);
        let mut run = vec!["rehearse", "sspr-admins", "--yes", "--answers", &answers];
        let csv = sandbox.write("c.csv", csv);
        let set = format!("contacts_file={csv}");
        if !fs_err::read(&csv).unwrap().is_empty() {
            run.extend(["--set", &set]);
        }
        let ran = sandbox.run(&run).exits(2);
        let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(words), "{words}\n{}", ran.all());
        assert!(ran.stdout.contains("Nothing was changed."), "{}", ran.all());
    }
}

#[test]
fn rows_about_nobody_are_counted_aloud() {
    let sandbox = Sandbox::new();
    let answers = sandbox.write("answers.toml", &text("answers.toml"));
    let csv = sandbox.write("c.csv", "user,email,phone\nanne@contoso.example,a@example.net,\nbob@contoso.example,,\n");
    let set = format!("contacts_file={csv}");
    let ran = sandbox.run(&["rehearse", "sspr-admins", "--yes", "--answers", &answers, "--set", &set]).exits(0);
    let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("1 of 2 rows of `contacts_file` are not used: the check did not find anne@contoso.example."),
        "{}",
        ran.all()
    );
}

#[test]
fn a_window_of_a_few_rows_takes_numbers_in_place_of_a_list() {
    for rows in [1, 2, 4] {
        let (sandbox, tenant) = (Sandbox::new(), contoso(&[]));
        let mut terminal = Terminal::of_rows(&sandbox.command_at(&tenant, &LED), rows);
        terminal.sees("Enter alone chooses nothing").types("\u{3}");
        let _ = terminal.leaves().exits(130).says("Nothing was changed.").leaves_the_terminal_as_it_was();
    }
}
