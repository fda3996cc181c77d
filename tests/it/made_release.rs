//! What `dist/release` has made is what the program believes and takes; and what a person who releases is kept from doing
//! wrong. Run by `.ci/run` after that script.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::io::Read;
use std::process::{Command, Stdio};

use fixforme::seam::installation::{Passport, Sha256};
use fixforme::trust::Keys;
use fixforme::update::decision::{self, Asked, Outcome, Wanted};
use fixforme::update::memory::Memory;

use crate::publisher::{OLD, now, stem};
use crate::sandbox::{Ran, project};

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

/// A copy of the sources that the scripts of `dist` may work in, and the keys of somebody who releases them.
struct Releaser {
    folder: tempfile::TempDir,
}

impl Releaser {
    fn new() -> Self {
        let releaser = Self { folder: tempfile::tempdir().unwrap() };
        let _ = releaser.runs("git", &["clone", "--quiet", env!("CARGO_MANIFEST_DIR"), "sources"]).exits(0);
        for name in ["current", "next", "stranger"] {
            let (public, secret) = (format!("{name}.pub"), format!("{name}.key"));
            let _ = releaser.runs("minisign", &["-G", "-W", "-p", &public, "-s", &secret]).exits(0);
        }
        releaser
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Runs a tool of this machine, or a script of the sources, in the folder.
    #[expect(clippy::disallowed_methods, reason = "what a person who releases runs")]
    fn runs(&self, program: &str, args: &[&str]) -> Ran {
        let mut command = Command::new(program);
        Ran::of(command.args(args).current_dir(self.folder.path()).stdin(Stdio::null()).output().unwrap())
    }

    /// Changes a file of the sources.
    fn edits(&self, name: &str, from: &str, to: &str) {
        let path = self.path(&format!("sources/{name}"));
        let text = fs_err::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} does not say `{from}`");
        fs_err::write(&path, text.replace(from, to)).unwrap();
    }

    fn takes_keys_of_its_own(&self) {
        for name in ["current.pub", "next.pub"] {
            fs_err::copy(self.path(name), self.path(&format!("sources/dist/keys/{name}"))).unwrap();
        }
    }

    fn commits(&self) {
        let who = ["-C", "sources", "-c", "user.name=TEST", "-c", "user.email=test@fixforme.example"];
        let _ = self.runs("git", &[&who[..], &["commit", "--quiet", "--all", "--message", "TEST"]].concat()).exits(0);
    }

    fn tags(&self) {
        let _ = self.runs("git", &["-C", "sources", "tag", "--force", &format!("v{OLD}")]).exits(0);
    }
}

#[test]
#[ignore = "it needs the tools of dist/release, and the programs that it has packed"]
fn nothing_is_released_before_everything_is_ready() {
    let releaser = Releaser::new();
    let file = |name: &str, text: &[u8]| fs_err::write(releaser.path(name), text).unwrap();
    file(
        "mac",
        &[0xcf, 0xfa, 0xed, 0xfe, 12, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    );
    file(
        "signer",
        b"#!/bin/sh\nexec osslsigncode sign -certs \"$0.pem\" -key \"$0.pem\" -h sha256 -in \"$1\" -out \"$2\"\n",
    );
    crate::publisher::executable(releaser.path("signer").as_ref());
    let (certificate, windows) = (releaser.path("signer.pem"), project("target/windows/fixforme.exe"));
    let request = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=TEST -addext extendedKeyUsage=codeSigning";
    let request: Vec<&str> = request.split(' ').chain(["-keyout", &certificate, "-out", "made.pem"]).collect();
    let _ = releaser.runs("openssl", &request).exits(0);
    let both = [fs_err::read(&certificate).unwrap(), fs_err::read(releaser.path("made.pem")).unwrap()].concat();
    file("signer.pem", &both);

    let release = |key: &str, more: &[&str]| {
        let (key, signer) = (releaser.path(key), releaser.path("signer"));
        let args = [&["--key", &key, "--signer", &signer, "--roots", &certificate], more].concat();
        releaser.runs("sources/dist/release", &args)
    };
    let refused = |ran: Ran, words: &str| {
        let ran = ran.exits(1);
        assert!(ran.stderr.contains(words) && ran.stderr.contains("may be published"), "{words}: {}", ran.all());
    };
    refused(release("current.key", &["--no-bom"]), "a real release has a bill of materials");
    refused(releaser.runs("sources/dist/release", &["--key", &releaser.path("current.key")]), "needs --signer");
    refused(release("current.key", &[]), "RELEASES in src/commands/program/releases.rs is a placeholder");
    releaser.edits("src/commands/program/releases.rs", "https://fixforme.example/", "https://fixforme.test/");
    refused(release("current.key", &[]), "the maintainer in dist/release is a placeholder");
    releaser.edits("dist/release", "maintainers@fixforme.example", "maintainers@fixforme.test");
    let image = "rust:1.95.0-bookworm";
    let pinned = |digits: usize| format!("{image}@sha256:{}", "5".repeat(digits));
    let no_digest = |name: &str| format!("has no digest, and its tag can be moved to another: {name} (");
    refused(release("current.key", &[]), &no_digest(image));
    releaser.edits(".github/workflows/release.yml", image, &pinned(64));
    refused(release("current.key", &[]), &no_digest(image));
    releaser.edits(".github/workflows/test.yml", image, &pinned(63));
    refused(release("current.key", &[]), &no_digest(&pinned(63)));
    releaser.edits(".github/workflows/test.yml", &pinned(63), &pinned(64));
    refused(release("current.key", &[]), "has changes that are not committed");
    releaser.commits();
    refused(release("current.key", &[]), &format!("is not tagged v{OLD}"));

    let memory = "src/update/memory.rs";
    let text = fs_err::read_to_string(releaser.path(&format!("sources/{memory}"))).unwrap();
    let (_, rest) = text.split_once("BUILT: Timestamp = ").unwrap();
    let mut built = rest.split(';').next().unwrap().to_owned();
    for (next, words) in [
        ("Timestamp::constant(1_600_000_000, 0)".to_owned(), "is older than 30 days"),
        ("Timestamp::constant(9_600_000_000, 0)".to_owned(), "is in the future"),
        (format!("Timestamp::constant({}, 0)", now().as_second()), "a program for every target"),
    ] {
        releaser.edits(memory, &built, &next);
        releaser.commits();
        releaser.tags();
        refused(release("current.key", &[]), words);
        built = next;
    }

    let mac = releaser.path("mac");
    let given: Vec<String> = [
        ("aarch64-apple-darwin", mac.as_str()),
        ("x86_64-apple-darwin", mac.as_str()),
        ("x86_64-pc-windows-gnu", windows.as_str()),
        ("x86_64-pc-windows-msvc", "/dev/null"),
        ("x86_64-unknown-linux-gnu", "/dev/null"),
    ]
    .iter()
    .flat_map(|(target, file)| ["--program".to_owned(), format!("{target}={file}")])
    .collect();
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    refused(release("current.key", &given), "still holds a placeholder");
    releaser.takes_keys_of_its_own();
    releaser.edits("CHANGELOG.md", "## Unreleased", &format!("## {OLD}"));
    releaser.commits();
    releaser.tags();
    refused(release("stranger.key", &given), "no program would believe it");
    refused(release("next.key", &given), "the signature has no timestamp that");
}

/// Decides about a list by two public keys and what was seen before.
fn judge(keys: [&str; 2], index: &[u8], signature: &[u8], memory: &Memory) -> Result<decision::Accepted, String> {
    let [current, next] = keys.map(|path| fs_err::read_to_string(path).unwrap());
    let keys = Keys::read(&current, &next).unwrap();
    let target = "x86_64-unknown-linux-gnu".to_owned();
    let running = Passport { product: "fixforme".to_owned(), version: OLD.parse().unwrap(), target };
    let asked = Asked { keys: &keys, clock: now(), running: &running, channel: "stable", memory };
    decision::accept(index, signature, &asked).map_err(|refused| refused.words)
}

#[test]
#[ignore = "it takes the list that dist/release has made"]
fn a_list_is_signed_anew_without_a_release() {
    let releaser = Releaser::new();
    releaser.takes_keys_of_its_own();
    let made = project(&format!("target/dist/fixforme-{OLD}-TEST/stable/index.json"));
    fs_err::copy(&made, releaser.path("index.json")).unwrap();
    fs_err::copy(format!("{made}.minisig"), releaser.path("index.json.minisig")).unwrap();
    let renew = |key: &str| releaser.runs("sources/dist/renew", &["--key", key, "index.json"]);
    // Somebody else's list is not signed.
    let ran = renew("current.key").exits(1);
    assert!(ran.stderr.contains("is signed by none of dist/keys"), "{}", ran.all());
    let sign = |key: &str, purpose: &str| {
        let _ = releaser.runs("minisign", &["-S", "-s", key, "-m", "index.json", "-t", purpose]).exits(0);
    };
    sign("current.key", "fixforme index 1 preview");
    let _ = renew("current.key").exits(1);
    sign("current.key", "fixforme index 1 stable");
    let ran = renew("stranger.key").exits(1);
    assert!(ran.stderr.contains("no program would believe it"), "{}", ran.all());

    let (current, next) = (releaser.path("current.pub"), releaser.path("next.pub"));
    let read = |name: &str| fs_err::read(releaser.path(name)).unwrap();
    let judge = |folder: &str, memory: &Memory| {
        let (index, signature) = (read(&format!("{folder}index.json")), read(&format!("{folder}index.json.minisig")));
        judge([&current, &next], &index, &signature, memory)
    };
    let before = judge("", &Memory::default()).unwrap().memory;
    let _ = renew("current.key").exits(0);
    let anew = judge("sources/target/dist/index/", &before).unwrap();
    let releases = |name: &str| serde_json::from_slice::<serde_json::Value>(&read(name)).unwrap()["releases"].take();
    assert_eq!((releases("index.json"), None), (releases("sources/target/dist/index/index.json"), anew.withdrawn));
    // The one before is not believed any more.
    assert!(judge("", &anew.memory).unwrap_err().contains("is not the newest"));

    // A version is withdrawn, by the next key: the current one may have leaked.
    let revoked = format!("\"revoked\": [{{ \"version\": \"{OLD}\", \"because\": \"it is wrong.\" }}]");
    releaser.edits("dist/standing.json", "\"revoked\": []", &revoked);
    // A list is as young as the second in which it was made.
    let _ = releaser.runs("sleep", &["1.1"]).exits(0);
    let _ = renew("next.key").exits(0);
    let withdrawn = judge("sources/target/dist/index/", &anew.memory).unwrap();
    assert_eq!(withdrawn.withdrawn.as_deref(), Some("it is wrong."));
    assert_eq!(releases("sources/target/dist/index/index.json"), serde_json::json!([]));
    let _ = renew("current.key").exits(0);
    assert!(judge("sources/target/dist/index/", &withdrawn.memory).unwrap_err().contains("another one has replaced"));
}
