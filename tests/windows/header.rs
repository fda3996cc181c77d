//! What Windows reads of the program before it starts it. Every build checks its own (`dist/windows/pe.py check`); here
//! that check is shown to find what is wrong.

use std::path::Path;
use std::process::Command;

use crate::program::{Download, exe};
use crate::support::sandbox::{Ran, project};

#[expect(clippy::disallowed_methods, reason = "the build's own check, by full paths")]
fn check(program: &Path, args: &[&str]) -> Ran {
    let mut command = Command::new("/usr/bin/python3");
    Ran::of(command.arg(project("dist/windows/pe.py")).arg("check").arg(program).args(args).output().unwrap())
}

/// Where the optional header begins: "PE\0\0", 20 bytes of file header.
fn optional_header(program: &[u8]) -> usize {
    let at = u32::from_le_bytes(program[0x3c..0x40].try_into().unwrap()) as usize;
    assert_eq!(&program[at..at + 4], b"PE\0\0");
    at + 24
}

fn find(program: &[u8], bytes: &[u8]) -> usize {
    let mut places = program.windows(bytes.len()).enumerate().filter(|(_, window)| *window == bytes);
    let (at, _) = places.next().unwrap_or_else(|| panic!("{} is not there", String::from_utf8_lossy(bytes)));
    at
}

#[test]
fn the_programs_header_is_as_it_must_be() {
    let version = env!("CARGO_PKG_VERSION");
    let _ = check(&exe(), &["--version", version, "--absent", env!("CARGO_MANIFEST_DIR")]).exits(0);
}

/// What somebody would notice too late: each of these runs under Wine as well as before.
#[test]
#[expect(clippy::type_complexity, reason = "a table of ways to spoil a program")]
fn a_header_that_lets_others_in_is_found() {
    let download = Download::new();
    let good = fs_err::read(exe()).unwrap();
    let table: [(&str, &[&str], &dyn Fn(&mut Vec<u8>)); 11] = [
        ("it has no load configuration", &[], &|program| {
            // The eleventh of the directories, each an address and a size.
            let at = optional_header(program) + 112 + 10 * 8;
            program[at..at + 8].fill(0);
        }),
        ("looked for by the flags 0x0", &[], &|program| {
            // A size, and as its only other content the flag.
            let mut structure = [0; 80];
            structure[..4].copy_from_slice(&0x140_u32.to_le_bytes());
            structure[78..].copy_from_slice(&0x800_u16.to_le_bytes());
            let at = find(program, &structure) + 78;
            program[at..at + 2].fill(0);
        }),
        ("hardening is off: ASLR", &[], &|program| {
            let at = optional_header(program) + 70;
            program[at] &= !0x40;
        }),
        ("hardening is off: data is not run", &[], &|program| {
            let at = optional_header(program) + 71;
            program[at] &= !0x01;
        }),
        ("is written to and run", &[], &|program| {
            let at = find(program, b".text\0\0\0") + 36 + 3;
            program[at] |= 0x80;
        }),
        ("its checksum is wrong", &[], &|program| {
            let at = optional_header(program) + 64;
            program[at] ^= 1;
        }),
        ("it needs evil32.dll", &["--shipped"], &|program| {
            let at = find(program, b"bcrypt.dll\0");
            program[at..at + 10].copy_from_slice(b"evil32.dll");
        }),
        ("its manifest does not say ('requestedExecutionLevel'", &[], &|program| {
            let at = find(program, b"asInvoker");
            program[at..at + 9].copy_from_slice(b"highestAv");
        }),
        ("its manifest does not say ('activeCodePage'", &[], &|program| {
            let at = find(program, b">UTF-8</activeCodePage>") + 1;
            program[at..at + 5].copy_from_slice(b"UTF-7");
        }),
        ("it says that its version is", &["--version", "99.0.0"], &|_| {}),
        ("of the machine that built it", &["--absent", "/home/builder"], &|program| {
            program.extend("/home/builder".encode_utf16().flat_map(u16::to_le_bytes));
        }),
    ];
    for (words, args, spoil) in table {
        let mut program = good.clone();
        spoil(&mut program);
        fs_err::write(&download.program, &program).unwrap();
        let ran = check(&download.program, args).exits(1);
        assert!(ran.stderr.contains("must not be shipped") && ran.stderr.contains(words), "{words}: {}", ran.all());
    }
    let mut program = good;
    program.resize(11 << 20, 0);
    fs_err::write(&download.program, &program).unwrap();
    let ran = check(&download.program, &["--shipped"]).exits(1);
    assert!(ran.stderr.contains("are the limit") && ran.stderr.contains("follows its last section"), "{}", ran.all());
}
