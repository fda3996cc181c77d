//! What `dist/release` has made is what the program believes and takes; and what a person who releases is kept from doing
//! wrong. What is ignored here is run by `.ci/run` after that script.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::io::Read;
use std::process::{Command, Stdio};

use fixforme::ports::installation::{BuildInfo, Sha256};
use fixforme::trust::Keys;
use fixforme::update::decision::{self, Asked, Outcome, Wanted};
use fixforme::update::place::{Place, place};
use fixforme::update::state::UpdateState;

use crate::support::releases::{OLD, now, stem};
use crate::support::sandbox::{Ran, project};

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
            BuildInfo { product: "fixforme".to_owned(), version: "0.0.1".parse().unwrap(), target: target.to_owned() };
        let memory = UpdateState::default();
        let asked = Asked { keys: &keys, clock: now(), running: &running, channel: "stable", state: &memory };
        let accepted = decision::accept(&index, &signature, &asked).unwrap();
        let Outcome::Install { archive, .. } = accepted.decide(&asked, &Wanted::Newest, None).unwrap() else {
            panic!("nothing is installed")
        };
        assert_eq!(archive.version.to_string(), OLD);
        let packed = read(&format!("stable/{}", archive.name));
        assert_eq!((packed.len() as u64, Sha256::of(&packed)), (archive.length, archive.sha256));
        let name = format!("{}/fixforme{ending}", stem(OLD).replace(crate::support::program::TARGET, target));
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
    let running = BuildInfo { product: "fixforme".to_owned(), version: OLD.parse().unwrap(), target: String::new() };
    let memory = UpdateState::default();
    let pinned = Keys::pinned().unwrap();
    let asked = Asked { keys: &pinned, clock: now(), running: &running, channel: "stable", state: &memory };
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

    fn reads(&self, name: &str) -> Vec<u8> {
        fs_err::read(self.path(name)).unwrap()
    }

    fn reads_json(&self, name: &str) -> serde_json::Value {
        serde_json::from_slice(&self.reads(name)).unwrap()
    }

    fn signs(&self, key: &str, file: &str, purpose: &str) {
        let _ = self.runs("minisign", &["-S", "-s", key, "-m", file, "-t", purpose]).exits(0);
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
    crate::support::releases::executable(releaser.path("signer").as_ref());
    let (certificate, windows) = (releaser.path("signer.pem"), project("target/windows/fixforme.exe"));
    let request = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=TEST -addext extendedKeyUsage=codeSigning";
    let request: Vec<&str> = request.split(' ').chain(["-keyout", &certificate, "-out", "made.pem"]).collect();
    let _ = releaser.runs("openssl", &request).exits(0);
    let both = [fs_err::read(&certificate).unwrap(), fs_err::read(releaser.path("made.pem")).unwrap()].concat();
    file("signer.pem", &both);

    let release = |key: &str, more: &[&str]| {
        let (key, signer) = (releaser.path(key), releaser.path("signer"));
        let args = [&["--key", &key, "--signer", &signer, "--roots", &certificate, "--first"], more].concat();
        releaser.runs("sources/dist/release", &args)
    };
    let refused = |ran: Ran, words: &str| {
        let ran = ran.exits(1);
        assert!(ran.stderr.contains(words) && ran.stderr.contains("may be published"), "{words}: {}", ran.all());
    };
    refused(release("current.key", &["--no-bom"]), "a real release has a bill of materials");
    let key = releaser.path("current.key");
    refused(releaser.runs("sources/dist/release", &["--key", &key]), "needs --signer");
    refused(releaser.runs("sources/dist/release", &["--key", &key, "--signer", "signer"]), "needs --last");
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

    let memory = "src/update/state.rs";
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

/// Decides about a channel's list by two public keys and what was seen before, as a program of that version would.
fn judge(
    keys: [&str; 2],
    (channel, running): (&str, &str),
    (index, signature): (&[u8], &[u8]),
    memory: &UpdateState,
    wanted: &[Wanted],
) -> Result<(decision::Accepted, Vec<Result<Outcome, String>>), String> {
    let [current, next] = keys.map(|path| fs_err::read_to_string(path).unwrap());
    let keys = Keys::read(&current, &next).unwrap();
    let target = "x86_64-unknown-linux-gnu".to_owned();
    let running = BuildInfo { product: "fixforme".to_owned(), version: running.parse().unwrap(), target };
    let asked = Asked { keys: &keys, clock: now(), running: &running, channel, state: memory };
    let accepted = decision::accept(index, signature, &asked).map_err(|refused| refused.words)?;
    let decided =
        wanted.iter().map(|wanted| accepted.decide(&asked, wanted, None).map_err(|refused| refused.words)).collect();
    Ok((accepted, decided))
}

#[test]
#[ignore = "it takes the list that dist/release has made"]
fn a_list_is_signed_anew_without_a_release() {
    let releaser = Releaser::new();
    releaser.takes_keys_of_its_own();
    let made = project(&format!("target/dist/fixforme-{OLD}-TEST/stable/index.json"));
    fs_err::copy(&made, releaser.path("index.json")).unwrap();
    fs_err::copy(format!("{made}.minisig"), releaser.path("index.json.minisig")).unwrap();
    let renew = |key: &str| releaser.runs("sources/dist/renew", &["--key", key, "--last", "index.json"]);
    let publishes = |folder: &str| {
        for name in ["index.json", "index.json.minisig"] {
            fs_err::copy(releaser.path(&format!("{folder}{name}")), releaser.path(name)).unwrap();
        }
    };
    // Somebody else's list is not signed.
    let ran = renew("current.key").exits(1);
    assert!(ran.stderr.contains("is signed by none of dist/keys"), "{}", ran.all());
    releaser.signs("current.key", "index.json", "fixforme index 1 preview");
    let _ = renew("current.key").exits(1);
    releaser.signs("current.key", "index.json", "fixforme index 1 stable");
    let ran = renew("stranger.key").exits(1);
    assert!(ran.stderr.contains("no program would believe it"), "{}", ran.all());

    // The list of a machine whose clock runs ahead. One of this very second is none, as below.
    let mut ahead = releaser.reads_json("index.json");
    ahead["version"] = (now().as_second() + 3600).into();
    fs_err::write(releaser.path("ahead.json"), ahead.to_string()).unwrap();
    releaser.signs("current.key", "ahead.json", "fixforme index 1 stable");
    let ran = releaser.runs("sources/dist/renew", &["--key", "current.key", "--last", "ahead.json"]).exits(1);
    assert!(ran.stderr.contains("is from the future"), "{}", ran.all());

    let (current, next) = (releaser.path("current.pub"), releaser.path("next.pub"));
    let judge = |folder: &str, memory: &UpdateState| {
        let (index, signature) =
            (releaser.reads(&format!("{folder}index.json")), releaser.reads(&format!("{folder}index.json.minisig")));
        let (accepted, _) = judge([&current, &next], ("stable", OLD), (&index, &signature), memory, &[])?;
        Ok::<_, String>(accepted)
    };
    let before = judge("", &UpdateState::default()).unwrap().state;
    let _ = renew("current.key").exits(0);
    let renewed = "sources/target/dist/index/stable/";
    let anew = judge(renewed, &before).unwrap();
    let releases = |folder: &str| releaser.reads_json(&format!("{folder}index.json"))["releases"].take();
    assert_eq!((releases(""), None), (releases(renewed), anew.revoked));
    // The one before is not believed any more.
    assert!(judge("", &anew.state).unwrap_err().contains("is not the newest"));

    // A version is withdrawn, by the next key: the current one may have leaked.
    let revoked = format!("\"revoked\": [{{ \"version\": \"{OLD}\", \"because\": \"it is wrong.\" }}]");
    releaser.edits("dist/standing.json", "\"revoked\": []", &revoked);
    publishes(renewed);
    let _ = renew("next.key").exits(0);
    let withdrawn = judge(renewed, &anew.state).unwrap();
    assert_eq!(withdrawn.revoked.as_deref(), Some("it is wrong."));
    assert_eq!(releases(renewed), serde_json::json!([]));
    publishes(renewed);
    let _ = renew("current.key").exits(0);
    assert!(judge(renewed, &withdrawn.state).unwrap_err().contains("another one has replaced"));
}

#[test]
#[ignore = "it takes the list that dist/release has made, and the programs that it has packed"]
fn a_release_keeps_those_before_it_on_the_list_of_its_channel() {
    let releaser = Releaser::new();
    releaser.takes_keys_of_its_own();
    let linux = format!("x86_64-unknown-linux-gnu={}", project("target/linux/fixforme"));
    let publishes = |versions: &[&str], min_supported: &str, revoked: &str| {
        let made = fs_err::read(project(&format!("target/dist/fixforme-{OLD}-TEST/stable/index.json"))).unwrap();
        let mut list: serde_json::Value = serde_json::from_slice(&made).unwrap();
        let template = list["releases"][0].to_string();
        let of = |version: &&str| serde_json::from_str(&template.replace(OLD, version)).unwrap();
        list["channel"] = "preview".into();
        list["min_supported"] = min_supported.into();
        list["revoked"] = serde_json::json!([{ "version": revoked, "because": "it is wrong." }]);
        list["releases"] = versions.iter().map(of).collect::<Vec<serde_json::Value>>().into();
        fs_err::write(releaser.path("last.json"), list.to_string()).unwrap();
        releaser.signs("current.key", "last.json", "fixforme index 1 preview");
    };
    let last = releaser.path("last.json");
    let release = |channel: &str| {
        let args = ["--no-bom", "--program", &linux, "--channel", channel, "--last", &last];
        releaser.runs("sources/dist/release", &args)
    };
    let refused = |ran: Ran, words: &str| assert!(ran.stderr.contains(words), "{words}: {}", ran.exits(1).all());
    let standing = |min_supported: &str, revoked: &[&str]| {
        let of = |version: &&str| serde_json::json!({ "version": version, "because": "it is wrong." });
        let revoked: Vec<_> = revoked.iter().map(of).collect();
        let text = serde_json::json!({ "min_supported": min_supported, "revoked": revoked }).to_string();
        fs_err::write(releaser.path("sources/dist/standing.json"), text).unwrap();
    };

    // In no order, as the oldest list may be, and more than ten.
    let [rc9, rc10] = ["9", "10"].map(|number| format!("{OLD}-rc.{number}"));
    let old: Vec<String> = (1..=12).map(|number| format!("0.0.{number}")).collect();
    let versions: Vec<&str> = old.iter().chain([&rc9, &rc10]).map(String::as_str).collect();
    publishes(&versions, "0.0.2", "0.0.1");
    standing("0.0.2", &["0.0.11"]);
    refused(release("preview"), "has withdrawn 0.0.1, and dist/standing.json has not");
    standing("0.0.1", &["0.0.1", "0.0.11"]);
    refused(release("preview"), "min_supported is 0.0.2 in");
    standing("0.0.7", &["0.0.1", "0.0.11"]);
    refused(release("stable"), "as the list of the channel stable");
    refused(release("../stable"), "no channel can be called");

    let listed = |name: &str| -> Vec<String> {
        let list = releaser.reads_json(name);
        list["releases"].as_array().unwrap().iter().map(|release| release["version"].to_string()).collect()
    };
    let quoted = |versions: &[&str]| versions.iter().map(|version| format!("\"{version}\"")).collect::<Vec<_>>();
    let kept = [OLD, &rc10, &rc9, "0.0.12", "0.0.10", "0.0.9", "0.0.8", "0.0.7"];
    let _ = release("preview").exits(0);
    let made = format!("sources/target/dist/fixforme-{OLD}-TEST");
    assert_eq!(listed(&format!("{made}/preview/index.json")), quoted(&kept));
    assert!(!fs_err::exists(releaser.path(&format!("{made}/packages"))).unwrap(), "no manager is told of a channel");

    let (signer, next) = (releaser.path(&format!("{made}/TEST-signer.pub")), releaser.path("next.pub"));
    let index = releaser.reads(&format!("{made}/preview/index.json"));
    let signature = releaser.reads(&format!("{made}/preview/index.json.minisig"));
    let judge = |channel: &str| {
        let wanted = ["0.0.12", &rc9, "0.0.11", "0.0.13"].map(|version| Wanted::Exactly(version.parse().unwrap()));
        let wanted = [&[Wanted::Newest][..], &wanted].concat();
        judge([&signer, &next], (channel, "0.0.5"), (&index, &signature), &UpdateState::default(), &wanted)
    };
    let names: Vec<String> = judge("preview")
        .unwrap()
        .1
        .into_iter()
        .map(|decided| match decided {
            Ok(Outcome::Install { archive, .. }) => archive.name,
            Ok(other) => panic!("{other:?}"),
            Err(words) => words,
        })
        .collect();
    let archive = |version: &str| format!("fixforme-{version}-x86_64-unknown-linux-gnu.tar.gz");
    let [withdrawn, none] = ["0.0.11 was withdrawn: it is wrong.", "there is no version 0.0.13"].map(str::to_owned);
    assert_eq!(names, [archive(OLD), archive("0.0.12"), archive(&rc9), withdrawn, none]);
    assert!(judge("stable").unwrap_err().contains("is not trusted"));

    // Signed anew, where more than ten may run: the oldest are left out.
    standing("0.0.2", &["0.0.1", "0.0.11"]);
    let renew = ["--key", "current.key", "--last", "last.json", "--channel", "preview"];
    let _ = releaser.runs("sources/dist/renew", &renew).exits(0);
    let ten = [&rc10, &rc9, "0.0.12", "0.0.10", "0.0.9", "0.0.8", "0.0.7", "0.0.6", "0.0.5", "0.0.4"];
    assert_eq!(listed("sources/target/dist/index/preview/index.json"), quoted(&ten));
    // What was released is not released again.
    publishes(&kept, "0.0.2", "0.0.1");
    refused(release("preview"), &format!("lists {OLD} or a newer version already"));
}

#[test]
fn what_a_manager_is_to_be_told_names_the_packages_that_are_made() {
    let update = |path: &str| {
        let Place::Managed(manager) = place(path.as_ref(), "/home/ann/.local/bin/fixforme".as_ref(), None) else {
            panic!("no manager installs into {path}")
        };
        manager.update
    };
    let text = |name: &str| fs_err::read_to_string(project(name)).unwrap();
    let field = |name: &str, field: &str| {
        let text = text(name);
        let value = text.lines().find_map(|line| line.trim_start().strip_prefix(field));
        value.unwrap_or_else(|| panic!("{name} has no `{field}`")).trim_end_matches('"').to_owned()
    };
    let release = text("dist/release");

    let folder = project("dist/packages/winget");
    let mut manifests = 0;
    for entry in fs_err::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let id = field(&format!("dist/packages/winget/{name}"), "PackageIdentifier: ");
        assert_eq!(update("/Microsoft/WinGet/Packages/"), format!("winget upgrade --id {id}"), "{name}");
        assert!(name.starts_with(&format!("{id}.")), "winget wants {name} named after {id}");
        manifests += 1;
    }
    assert_eq!(manifests, 3);

    // Scoop and Homebrew go by the name of the file.
    for (path, command, template, ending) in [
        ("/scoop/apps/", "scoop update", "dist/packages/scoop.json", "json"),
        ("/opt/homebrew/", "brew upgrade", "\"$work/homebrew.rb\"", "rb"),
    ] {
        let start = format!("fill {template} \"$out/packages/");
        let (_, rest) = release.split_once(&start).unwrap_or_else(|| panic!("dist/release does not say `{start}`"));
        let (name, _) = rest.split_once(&format!(".{ending}\"")).unwrap();
        assert_eq!(update(path), format!("{command} {name}"));
    }
    assert_eq!(field("dist/packages/homebrew.rb", "class "), "Fixforme < Formula");

    let [package, architecture] = ["Package: ", "Architecture: "].map(|name| field("dist/packages/deb.control", name));
    let debian = format!("{package}_VERSION_{architecture}.deb");
    assert_eq!(update("/usr/bin/fixforme"), format!("sudo apt install ./{debian}"));
    let installer = update(r"C:\Program Files\fixforme\fixforme.exe").strip_prefix("install the newer ").unwrap();
    for (made, ending) in [(debian.as_str(), ".deb"), (installer, ".msi")] {
        let line = |line: &&str| line.trim_start().starts_with("package=") && line.ends_with(ending);
        let package = release.lines().find(line).unwrap_or_else(|| panic!("dist/release makes no {ending}"));
        let name = package.rsplit('/').next().unwrap().replace("${version}", "VERSION").replace("$version", "VERSION");
        assert_eq!(made, name);
    }
    // The only way to tell an MSI for one user from our own installation, which lies in the same folder.
    assert!(
        release.contains("printf 'msi\\n' >\"$folder/installed-by\"")
            && text("dist/packages/msi.wxs").contains("installed-by")
    );
    let own: &std::path::Path = "/home/ann/.local/bin/fixforme".as_ref();
    let Place::Managed(marked) = place(own, own, Some("msi\n")) else { panic!("the marker tells nothing") };
    assert_eq!(marked.update.strip_prefix("install the newer "), Some(installer));
}
