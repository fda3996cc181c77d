//! What `dist/release` has made is what the program believes and takes. Run by `.ci/run` after that script.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::io::Read;

use fixforme::seam::installation::{Passport, Sha256};
use fixforme::trust::Keys;
use fixforme::update::decision::{self, Asked, Outcome, Wanted};
use fixforme::update::memory::Memory;

use crate::publisher::{OLD, now, stem};
use crate::sandbox::project;

#[test]
#[ignore = "it looks at what dist/release has made"]
fn the_made_index_is_believed_and_leads_to_the_made_archives() {
    let folder = project(&format!("target/dist/fixforme-{OLD}-TEST"));
    let read = |name: &str| fs_err::read(format!("{folder}/{name}")).unwrap();
    let text = |name: &str| String::from_utf8(read(name)).unwrap();
    let next = fs_err::read_to_string(project("dist/keys/next.pub")).unwrap();
    let keys = Keys::read(&text("TEST-signer.pub"), &next).unwrap();
    let (index, signature) = (read("stable/index.json"), read("stable/index.json.minisig"));
    for (target, ending) in [("x86_64-unknown-linux-gnu", ""), ("x86_64-pc-windows-gnu", ".exe")] {
        let running =
            Passport { product: "fixforme".to_owned(), version: "0.0.1".parse().unwrap(), target: target.to_owned() };
        let memory = Memory::default();
        let asked = Asked { keys: &keys, clock: now(), running: &running, channel: "stable", memory: &memory };
        let accepted = decision::accept(&index, &signature, &asked).unwrap();
        let Outcome::Install { archive, .. } = accepted.decide(&asked, &Wanted::Newest, None).unwrap() else {
            panic!("nothing is installed")
        };
        assert_eq!(archive.version.to_string(), OLD);
        let packed = read(&format!("stable/{}", archive.name));
        assert_eq!((packed.len() as u64, Sha256::of(&packed)), (archive.length, archive.sha256));
        let name = format!("{}/fixforme{ending}", stem(OLD).replace(crate::program::TARGET, target));
        let mut unpacked = tar::Archive::new(flate2::read::GzDecoder::new(packed.as_slice()));
        let mut program = Vec::new();
        for entry in unpacked.entries().unwrap() {
            let mut entry = entry.unwrap();
            if entry.path_bytes() == name.as_bytes() {
                entry.read_to_end(&mut program).unwrap();
            }
        }
        assert_eq!(
            (program.len() as u64, Sha256::of(&program)),
            (archive.executable_length, archive.executable_sha256)
        );
    }
    // The pinned keys do not believe TEST keys.
    let running = Passport { product: "fixforme".to_owned(), version: OLD.parse().unwrap(), target: String::new() };
    let memory = Memory::default();
    let pinned = Keys::pinned().unwrap();
    let asked = Asked { keys: &pinned, clock: now(), running: &running, channel: "stable", memory: &memory };
    assert!(decision::accept(&index, &signature, &asked).is_err());
}
