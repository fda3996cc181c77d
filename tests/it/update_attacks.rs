//! Attacks on the update: what is signed wrongly, old, swapped, cut, endless or led astray is refused, and leaves the
//! program and its state byte for byte as they were.
//!
//! Each attack is on an offer that is taken when nothing is done to it, which a test of its own shows.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fixforme::ports::installation::BuildInfo;
use fixforme::trust::Keys;
use fixforme::update::decision::{Asked, accept};
use fixforme::update::{Rule, UpdateState};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tar::EntryType;

use crate::support::home::Home;
use crate::support::program::TARGET;
use crate::support::release_server::{ReleaseServer, Reply};
use crate::support::releases::{
    OLD, Signer, append, archive, index, later, newer, now, release, stem, tar_gz, test_releases,
};

/// A machine that has seen an index before, and a site that offers it a new version.
struct World {
    home: Home,
    site: ReleaseServer,
    index: Value,
    program: Vec<u8>,
    archive: Vec<u8>,
}

/// What is done to the offer, and how the update must end.
struct Attack {
    name: &'static str,
    exit: i32,
    words: &'static str,
    act: Box<dyn Fn(&World)>,
}

fn attack(name: &'static str, exit: i32, words: &'static str, act: impl Fn(&World) + 'static) -> Attack {
    Attack { name, exit, words, act: Box::new(act) }
}

fn version() -> String {
    newer('9')
}

fn executable_of() -> String {
    format!("{}/fixforme", stem(&version()))
}

fn archive_name() -> String {
    format!("{}.tar.gz", stem(&version()))
}

impl World {
    fn new() -> Self {
        let (home, site) = (Home::new(), ReleaseServer::start());
        let program = format!(
            "#!/bin/sh\necho '{{\"product\":\"fixforme\",\"version\":\"{}\",\"target\":\"{TARGET}\"}}'\n",
            version()
        );
        let program = program.into_bytes();
        let seen = index(Vec::new());
        site.publish(&seen);
        let _ = home.update(&site, &[]).exits(0);
        let archive = archive(&version(), &program);
        let mut index = later(&seen);
        index["releases"] = json!([release(&version(), &archive, &program)]);
        Self { home, site, index, program, archive }
    }

    /// Offers the new version as it should be.
    fn offer(&self) {
        self.site.publish(&self.index);
        self.site.put(&archive_name(), Reply::Bytes(self.archive.clone()));
    }

    /// Offers an index that is signed well and says something else.
    fn say(&self, change: impl Fn(&mut Value)) {
        let mut index = self.index.clone();
        change(&mut index);
        self.site.publish(&index);
    }

    /// Signs any bytes as an index.
    fn sign(&self, text: &[u8]) {
        self.site.put("index.json", Reply::Bytes(text.to_vec()));
        self.signature(test_releases().sign(Signer::Current, text, "fixforme index 1 stable"));
    }

    fn signature(&self, text: impl Into<Vec<u8>>) {
        self.site.put("index.json.minisig", Reply::Bytes(text.into()));
    }

    fn text(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(&self.index).unwrap()
    }

    fn good_signature(&self) -> String {
        test_releases().sign(Signer::Current, &self.text(), "fixforme index 1 stable")
    }

    /// Offers another archive, which the signed index describes as it is.
    fn pack(&self, archive: Vec<u8>) {
        self.say(|index| index["releases"] = json!([release(&version(), &archive, &self.program)]));
        self.site.put(&archive_name(), Reply::Bytes(archive));
    }

    /// Packs the program with one more entry.
    fn pack_with(&self, name: &str, kind: EntryType, content: &[u8]) {
        let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        append(&mut builder, &format!("{}/fixforme", stem(&version())), EntryType::Regular, &self.program);
        append(&mut builder, name, kind, content);
        self.pack(builder.into_inner().unwrap().finish().unwrap());
    }

    fn state(&self) -> std::path::PathBuf {
        self.home.sandbox.state().join("update/trusted.json")
    }
}

/// Carries out each attack and judges what it left.
fn withstand(world: &World, args: &[&str], attacks: &[Attack]) {
    let mut wrong = Vec::new();
    let program = world.home.program_files();
    for attack in attacks {
        world.offer();
        (attack.act)(world);
        let state = world.home.state_files();
        let ran = world.home.update(&world.site, &[&["--time-limit", "20"], args].concat());
        if ran.code != attack.exit || !ran.stderr.contains(attack.words) {
            wrong.push(format!("=== {}: wanted {}, `{}`\n{}", attack.name, attack.exit, attack.words, ran.all()));
        }
        if world.home.program_files() != program || world.home.state_files() != state {
            wrong.push(format!("=== {}: files were changed\n{}", attack.name, ran.all()));
        }
    }
    assert_eq!(world.home.version(), OLD);
    assert!(wrong.is_empty(), "{} of {} attacks:\n{}", wrong.len(), attacks.len(), wrong.join("\n"));
}

#[test]
fn what_is_attacked_here_is_taken_when_nothing_is_done_to_it() {
    let world = World::new();
    world.offer();
    let _ = world.home.update(&world.site, &[]).exits(0);
    assert_eq!(fs_err::read(&world.home.program).unwrap(), world.program);
    let mode = fs_err::metadata(&world.home.program).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o755);
}

/// Signs the way of the first minisign, which does not hash first. Its tool still can; ours must not believe it.
fn sign_the_old_way(content: &[u8], comment: &str) -> String {
    let secret = test_releases().secret(Signer::Current);
    let key = ring::signature::Ed25519KeyPair::from_seed_unchecked(&secret[..32]).unwrap();
    let signature = key.sign(content);
    let first = [b"Ed", test_releases().key_id(Signer::Current).as_slice(), signature.as_ref()].concat();
    let second = key.sign(&[signature.as_ref(), comment.as_bytes()].concat());
    let (first, second) = (STANDARD.encode(first), STANDARD.encode(second.as_ref()));
    format!("untrusted comment: TEST\n{first}\ntrusted comment: {comment}\n{second}\n")
}

/// A stranger's signature with our key's id in it.
fn under_our_name(signature: &str) -> String {
    let lines: Vec<&str> = signature.lines().collect();
    let mut first = STANDARD.decode(lines[1]).unwrap();
    first[2..10].copy_from_slice(&test_releases().key_id(Signer::Current));
    format!("{}\n{}\n{}\n{}\n", lines[0], STANDARD.encode(first), lines[2], lines[3])
}

#[test]
fn an_index_that_is_not_signed_for_this_by_us_is_refused() {
    let world = World::new();
    let purpose = "fixforme index 1 stable";
    let signed_for = |words: &'static str| {
        move |world: &World| world.signature(test_releases().sign(Signer::Current, &world.text(), words))
    };
    withstand(
        &world,
        &[],
        &[
            attack("no signature", 10, "answers 404", |world| {
                world.site.put("index.json.minisig", Reply::Status(404, "none".to_owned()));
            }),
            attack("an empty signature", 9, "not a minisign signature", |world| world.signature("")),
            attack("a stranger's key", 9, "by a key that fixforme does not know", move |world| {
                world.signature(test_releases().sign(Signer::Stranger, &world.text(), purpose));
            }),
            attack("a stranger's key that calls itself ours", 9, "does not belong to these bytes", move |world| {
                world.signature(under_our_name(&test_releases().sign(Signer::Stranger, &world.text(), purpose)));
            }),
            attack("minisign's old way, by our key", 9, "old way", move |world| {
                world.signature(sign_the_old_way(&world.text(), purpose));
            }),
            attack(
                "another role",
                9,
                "for something else: `fixforme bundle 1 stable`",
                signed_for("fixforme bundle 1 stable"),
            ),
            attack("another channel's", 9, "for something else", signed_for("fixforme index 1 preview")),
            attack("another product's", 9, "for something else", signed_for("otherone index 1 stable")),
            attack("a purpose with more behind it", 9, "for something else", signed_for("fixforme index 1 stable ")),
            attack("no purpose", 9, "for something else", signed_for("")),
            attack("a purpose that steers a terminal", 9, "\\u{1b}[2J", signed_for("\u{1b}[2J")),
            attack("a purpose written in afterwards", 9, "does not belong", |world| {
                let other = test_releases().sign(Signer::Current, &world.text(), "fixforme bundle 1 stable");
                world.signature(other.replace("bundle", "index"));
            }),
            attack("a signature of another file", 9, "does not belong", move |world| {
                world.signature(test_releases().sign(Signer::Current, b"{}", purpose));
            }),
            attack("a signature with Windows' line ends", 9, "of four lines", |world| {
                world.signature(world.good_signature().replace('\n', "\r\n"));
            }),
            attack("two signatures", 9, "of four lines", |world| {
                world.signature(world.good_signature() + &world.good_signature());
            }),
            attack("a cut signature", 9, "not a minisign signature", |world| {
                let good = world.good_signature();
                world.signature(good[..good.len() - 30].to_owned());
            }),
            attack("a signature that is not text", 9, "not a minisign signature", |world| {
                world.signature([0xff, 0xfe, 0])
            }),
            attack("a signature that is too long", 9, "more than the 4096 bytes", |world| {
                world.signature(vec![b'a'; 5000])
            }),
            attack("a cut index", 9, "does not belong", |world| {
                let text = world.text();
                world.site.put("index.json", Reply::Bytes(text[..text.len() - 1].to_vec()));
            }),
            attack("an index with a blank more", 9, "does not belong", |world| {
                world.site.put("index.json", Reply::Bytes([&world.text()[..], b" "].concat()));
            }),
            attack("an index that is led to plain http", 9, "does not follow it", |world| {
                world.site.put("index.json", Reply::To("http://elsewhere.example/stable/index.json".to_owned()));
            }),
            attack("a signature that is led to plain http", 9, "does not follow it", |world| {
                let place = "http://elsewhere.example/stable/index.json.minisig";
                world.site.put("index.json.minisig", Reply::To(place.to_owned()));
            }),
            attack("a page of the network's own", 9, "sign-in page", |world| {
                let page = "<html><body>Please accept the terms of this network.</body></html>";
                world.site.put("index.json", Reply::Bytes(page.into()));
                world.signature(page);
            }),
        ],
    );
}

#[test]
fn an_index_that_is_signed_but_old_foreign_or_malformed_is_refused() {
    let world = World::new();
    let said = |name, exit, words, change: fn(&mut Value)| attack(name, exit, words, move |world| world.say(change));
    let days = |days: i64| now().checked_add(SignedDuration::from_hours(24 * days)).unwrap();
    let entry = |name, words, key: &'static str, value: Value| {
        attack(name, 9, words, move |world: &World| {
            world.say(|index| index["releases"][0]["archives"][0][key] = value.clone());
        })
    };
    let digest = |world: &World| world.index["releases"][0]["archives"][0]["sha256"].as_str().unwrap().to_owned();
    let upper = digest(&world).to_uppercase();
    let blank = format!(" {}", digest(&world));
    let short = digest(&world)[1..].to_owned();
    withstand(
        &world,
        &[],
        &[
            attack("expired", 9, "has expired", move |world| {
                world.say(|index| index["expires"] = json!(days(0).to_string()));
            }),
            attack("from the future", 9, "is from the future", move |world| {
                world.say(|index| {
                    index["issued"] = json!(days(3).to_string());
                    index["expires"] = json!(days(33).to_string());
                });
            }),
            said("good for ten years", 9, "which none may be", |index| {
                index["expires"] = json!("2036-11-24T00:00:00Z")
            }),
            attack("expired before it was issued", 9, "has expired", move |world| {
                world.say(|index| index["expires"] = json!("2026-01-01T00:00:00Z"));
            }),
            said("older than the one seen", 9, "is not the newest", |index| {
                index["version"] = json!(index["version"].as_u64().unwrap() - 100);
            }),
            said("another one of the version seen", 9, "another index of the same version", |index| {
                index["version"] = json!(index["version"].as_u64().unwrap() - 60);
            }),
            said("the version 2^64 - 1", 9, "which no index can have", |index| index["version"] = json!(u64::MAX)),
            said("a version a second ahead", 9, "which no index can have", |index| {
                index["version"] = json!(index["version"].as_u64().unwrap() + 1);
            }),
            said("the version -1", 9, "not written as an index", |index| index["version"] = json!(-1)),
            said("a version in words", 9, "not written as an index", |index| index["version"] = json!("1")),
            said("below the floor", 9, "is below 1", |index| index["version"] = json!(0)),
            attack("another channel inside", 9, "is of the channel `preview`, not `stable`", |world| {
                let mut index = world.index.clone();
                index["channel"] = json!("preview");
                world.sign(&serde_json::to_vec(&index).unwrap());
            }),
            said("another product", 9, "is about another product: `otherone`", |index| {
                index["product"] = json!("otherone")
            }),
            said("a later format", 9, "has the format 2", |index| index["format"] = json!(2)),
            said("without `revoked`", 9, "missing field `revoked`", |index| {
                index.as_object_mut().unwrap().remove("revoked");
            }),
            attack("a key twice", 9, "duplicate field `expires`", |world| {
                let text = String::from_utf8(world.text()).unwrap();
                world.sign(text.replacen('{', "{ \"expires\": \"2027-01-01T00:00:00Z\",", 1).as_bytes());
            }),
            attack("two documents", 9, "trailing characters", |world| {
                world.sign(&[world.text(), world.text()].concat())
            }),
            attack("no JSON", 9, "not written as an index", |world| world.sign(b"product = 'fixforme'")),
            attack("nested without end", 9, "not written as an index", |world| {
                world.sign("[".repeat(100_000).as_bytes())
            }),
            attack("no text", 9, "not written as an index", |world| world.sign(&[0xff; 100])),
            entry("an archive of another version's name", "is named", "name", json!(format!("{}.tar.gz", stem(OLD)))),
            entry("a name that leads out", "is named", "name", json!(format!("../{}", archive_name()))),
            entry("an address as a name", "is named", "name", json!("http://elsewhere.example/fixforme.tar.gz")),
            entry("a target that leads out", "is not a target", "target", json!("../x")),
            entry("no length", "cannot be", "length", json!(0)),
            entry("an absurd length", "cannot be", "length", json!(u64::MAX)),
            entry("a hash in capitals", "64 digits of 0-9 and a-f", "sha256", json!(upper)),
            entry("a hash with a blank", "64 digits of 0-9 and a-f", "sha256", json!(blank)),
            entry("a hash that is too short", "64 digits of 0-9 and a-f", "sha256", json!(short)),
            said("a release twice", 9, "twice", |index| {
                let again = index["releases"][0].clone();
                index["releases"].as_array_mut().unwrap().push(again);
            }),
            said("a target twice", 9, "twice", |index| {
                let again = index["releases"][0]["archives"][0].clone();
                index["releases"][0]["archives"].as_array_mut().unwrap().push(again);
            }),
        ],
    );
}

#[test]
fn a_version_that_must_not_be_taken_is_refused_when_it_is_named() {
    let world = World::new();
    let wanted = version();
    withstand(
        &world,
        &["--to", &wanted],
        &[
            attack("revoked", 9, "was withdrawn: it is bad", |world| {
                world.say(|index| index["revoked"] = json!([{ "version": version(), "because": "it is bad" }]));
            }),
            attack("below what is supported", 9, "the oldest that may run", |world| {
                world.say(|index| index["min_supported"] = json!("10.0.0"));
            }),
            attack("made for another target", 2, "was not made for", |world| {
                world.say(|index| {
                    let name = format!("fixforme-{}-z80-unknown-cpm.tar.gz", version());
                    index["releases"][0]["archives"][0]["target"] = json!("z80-unknown-cpm");
                    index["releases"][0]["archives"][0]["name"] = json!(name);
                });
            }),
            attack("not there any more", 2, "there is no version", |world| {
                world.say(|index| index["releases"] = json!([]));
            }),
        ],
    );
    withstand(&world, &["--to", "0.0.1"], &[attack("older", 9, "the oldest that may run", |_| {})]);
}

#[test]
fn an_archive_that_is_not_the_one_of_the_index_is_refused() {
    let world = World::new();
    let served = |name, exit, words, reply: fn(&World) -> Reply| {
        attack(name, exit, words, move |world: &World| world.site.put(&archive_name(), reply(world)))
    };
    withstand(
        &world,
        &[],
        &[
            served("a byte less", 9, "is not the one that the index describes", |world| {
                Reply::Bytes(world.archive[1..].to_vec())
            }),
            served("a byte more", 9, "bytes that it may have", |world| {
                Reply::Bytes([&world.archive[..], b"x"].concat())
            }),
            served("one bit changed", 9, "is not the one that the index describes", |world| {
                let mut archive = world.archive.clone();
                *archive.last_mut().unwrap() ^= 1;
                Reply::Bytes(archive)
            }),
            served("another version's archive under this name", 9, "bytes that it may have", |_| {
                Reply::Bytes(test_releases().archive(OLD))
            }),
            served("nothing", 9, "is not the one that the index describes", |_| Reply::Bytes(Vec::new())),
            served("not there: it lies under another name", 10, "answers 404", |world| {
                world.site.put("other.tar.gz", Reply::Bytes(world.archive.clone()));
                Reply::Status(404, "none".to_owned())
            }),
            served("a page of the network's own", 9, "", |_| Reply::Bytes(b"<html>Please pay.</html>".to_vec())),
            served("without end", 9, "bytes that it may have", |_| Reply::Endless),
            served("cut", 10, "could not be fetched", |world| Reply::Cut(world.archive.clone())),
            served("refused", 10, "answers 403", |_| Reply::Status(403, "no".to_owned())),
            served("led to plain http", 9, "does not follow it", |_| {
                Reply::To("http://elsewhere.example/a".to_owned())
            }),
            served("led to a file", 9, "does not follow it", |_| Reply::To("file:///etc/passwd".to_owned())),
            served("led to a name and password", 9, "does not follow it", |_| {
                Reply::To("https://a:b@c.example/".to_owned())
            }),
            served("led in a circle", 10, "without end", |_| Reply::To(format!("/stable/{}", archive_name()))),
        ],
    );
}

#[test]
fn what_is_packed_wrongly_is_refused_also_when_the_index_describes_it() {
    let world = World::new();
    let inside = |name: &str| format!("{}/{name}", stem(&version()));
    let with = |name, words, entry: String, kind: EntryType| {
        attack(name, 9, words, move |world: &World| world.pack_with(&entry, kind, b"evil"))
    };
    let executable = inside("fixforme");
    let elsewhere = tempfile::tempdir().unwrap();
    let absolute = elsewhere.path().join("evil").to_str().unwrap().to_owned();
    withstand(
        &world,
        &[],
        &[
            with("a file that leads out", "outside of its folder", "../../evil".to_owned(), EntryType::Regular),
            with("a file that leads out of its folder", "outside", inside("../../evil"), EntryType::Regular),
            with("an absolute file", "outside", absolute.clone(), EntryType::Regular),
            with("a drive of Windows", "outside", r"C:\evil".to_owned(), EntryType::Regular),
            with("a stream of Windows", "outside", inside("LICENSE:evil"), EntryType::Regular),
            with("a backslash", "outside", inside(r"..\evil"), EntryType::Regular),
            with("a hidden file", "outside", inside(".evil"), EntryType::Regular),
            with("a folder in the folder", "outside", inside("sub/evil"), EntryType::Regular),
            with("another folder", "holds a folder", "other/".to_owned(), EntryType::Directory),
            with("a name that steers a terminal", "\\u{1b}[2J", inside("\u{1b}[2J"), EntryType::Regular),
            with("a symbolic link", "not a plain file", inside("link"), EntryType::Symlink),
            with("a hard link", "not a plain file", inside("link"), EntryType::Link),
            with("a pipe", "not a plain file", inside("pipe"), EntryType::Fifo),
            with("a device", "not a plain file", inside("device"), EntryType::Char),
            with("a second executable", "twice", executable.clone(), EntryType::Regular),
            with("a second executable in capitals", "twice", inside("FIXFORME"), EntryType::Regular),
            attack("the executable is a link", 9, "not a plain file", {
                let executable = executable.clone();
                move |world| {
                    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
                    let mut header = tar::Header::new_gnu();
                    header.set_entry_type(EntryType::Symlink);
                    header.set_size(0);
                    header.set_mode(0o777);
                    builder.append_link(&mut header, &executable, "/bin/true").unwrap();
                    world.pack(builder.into_inner().unwrap().finish().unwrap());
                }
            }),
            attack("a long name that leads out", 9, "outside", |world| {
                let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
                append(&mut builder, "././@LongLink", EntryType::GNULongName, b"../../../evil\0");
                append(&mut builder, "harmless", EntryType::Regular, b"evil");
                world.pack(builder.into_inner().unwrap().finish().unwrap());
            }),
            attack("a name in an extended header that leads out", 9, "outside", |world| {
                let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
                append(&mut builder, "x", EntryType::XHeader, b"21 path=../../../evil\n");
                append(&mut builder, "harmless", EntryType::Regular, b"evil");
                world.pack(builder.into_inner().unwrap().finish().unwrap());
            }),
            attack("a bomb beside the executable", 9, "too large", {
                let entry = inside("README.md");
                move |world| world.pack_with(&entry, EntryType::Regular, &vec![0; 5 << 20])
            }),
            attack("a bomb of several texts", 9, "unpacks to more than was announced", {
                let (readme, license) = (inside("README.md"), inside("LICENSE"));
                move |world| {
                    let zeros = vec![0; 3 << 20];
                    world.pack(tar_gz(&[(&executable_of(), &world.program), (&readme, &zeros), (&license, &zeros)]));
                }
            }),
            attack("an executable that is larger than announced", 9, "were announced", {
                let executable = executable.clone();
                move |world| world.pack(tar_gz(&[(&executable, &[&world.program[..], b"#"].concat())]))
            }),
            attack("more entries than any archive has", 9, "more than 32 entries", move |world| {
                let names: Vec<String> = (0..40).map(|number| inside(&format!("text{number}"))).collect();
                let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
                world.pack(tar_gz(&files));
            }),
            attack("no executable", 9, "does not hold", |world| world.pack(tar_gz(&[]))),
            attack("the folder of another version", 9, "outside", |world| {
                let other = crate::support::releases::stem(OLD);
                world.pack(tar_gz(&[(&format!("{other}/fixforme"), &world.program)]));
            }),
            attack("no archive", 9, "damaged", |world| world.pack(b"no archive at all, but the very bytes".to_vec())),
            attack("a cut archive", 9, "damaged", |world| {
                let mut noise = vec![0; 20_000];
                ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut noise).unwrap();
                let whole = archive(&version(), &noise);
                let cut = whole[..10_000].to_vec();
                world.say(|index| index["releases"] = json!([release(&version(), &cut, &noise)]));
                world.site.put(&archive_name(), Reply::Bytes(cut));
            }),
            attack("another executable of the same length", 9, "is not the one that the index describes", {
                let executable = executable.clone();
                move |world| {
                    let mut other = world.program.clone();
                    *other.last_mut().unwrap() = b'#';
                    world.pack(tar_gz(&[(&executable, &other)]));
                }
            }),
            attack("another version's executable", 9, "it says that it is fixforme", move |world| {
                let script = String::from_utf8(world.program.clone()).unwrap().replace(&version(), &newer('8'));
                let archive = archive(&version(), script.as_bytes());
                world.say(|index| index["releases"] = json!([release(&version(), &archive, script.as_bytes())]));
                world.site.put(&archive_name(), Reply::Bytes(archive));
            }),
        ],
    );
    assert!(!std::path::Path::new(&absolute).exists());
}

#[test]
fn a_server_that_never_ends_is_given_up() {
    let world = World::new();
    let before = world.home.files();
    for (name, reply, code, words) in [
        ("index.json", Reply::Drip, 10, "the update took too long"),
        ("index.json", Reply::Endless, 9, "more than the 524288 bytes"),
        ("index.json.minisig", Reply::Endless, 9, "more than the 4096 bytes"),
    ] {
        world.offer();
        world.site.put(name, reply);
        let ran = world.home.update(&world.site, &["--time-limit", "2"]).exits(code);
        assert!(ran.stderr.contains(words), "{}", ran.all());
    }
    world.offer();
    world.say(|index| {
        let archive = vec![b'{'; 1 << 20];
        index["releases"] = json!([release(&version(), &archive, b"x")]);
    });
    world.site.put(&archive_name(), Reply::Drip);
    let ran = world.home.update(&world.site, &["--time-limit", "2"]).exits(10);
    assert!(ran.stderr.contains("the update took too long"), "{}", ran.all());
    assert_eq!((world.home.files(), world.home.version()), (before, OLD.to_owned()));
}

#[test]
fn a_state_that_cannot_be_relied_on_stops_the_update() {
    let world = World::new();
    let good = fs_err::read_to_string(world.state()).unwrap();
    let seen = |change: fn(&mut Value)| {
        let good = good.clone();
        move |world: &World| {
            let mut state: Value = serde_json::from_str(&good).unwrap();
            change(&mut state["channels"]["stable"]);
            fs_err::write(world.state(), state.to_string()).unwrap();
        }
    };
    withstand(
        &world,
        &[],
        &[
            attack("emptied", 9, "it is damaged", |world| fs_err::write(world.state(), "").unwrap()),
            attack("overwritten", 9, "it is damaged", |world| fs_err::write(world.state(), "no").unwrap()),
            attack("cut", 9, "it is damaged", {
                let good = good.clone();
                move |world| fs_err::write(world.state(), &good[..good.len() / 2]).unwrap()
            }),
            attack("of a later format", 9, "later version of fixforme", {
                let good = good.replace("\"format\": 1", "\"format\": 2");
                move |world| fs_err::write(world.state(), &good).unwrap()
            }),
            attack(
                "that has seen later indexes",
                9,
                "is not the newest",
                seen(|seen| seen["version"] = json!(u64::MAX)),
            ),
            attack("from a far future", 9, "has expired", seen(|seen| seen["issued"] = json!("2099-01-01T00:00:00Z"))),
            attack("from the end of time", 9, "from the far future", {
                seen(|seen| {
                    seen["version"] = json!(5);
                    seen["issued"] = json!("9999-12-30T22:00:00Z");
                })
            }),
            attack(
                "that has seen a lower version which was issued later",
                9,
                "it was issued",
                seen(|seen| {
                    seen["version"] = json!(5);
                    seen["issued"] = json!(now().to_string());
                }),
            ),
            attack(
                "later than this clock, which went back",
                9,
                "has expired",
                seen(|seen| {
                    seen["issued"] = json!(now().checked_add(SignedDuration::from_hours(31 * 24)).unwrap().to_string());
                }),
            ),
            attack("that others may write", 1, "may be written to by other users", {
                let good = good.clone();
                move |world| {
                    fs_err::write(world.state(), &good).unwrap();
                    let folder = world.state().parent().unwrap().to_path_buf();
                    fs_err::set_permissions(folder, std::fs::Permissions::from_mode(0o777)).unwrap();
                }
            }),
        ],
    );
    let folder = world.state().parent().unwrap().to_path_buf();
    fs_err::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();

    // A link is not followed, and what it leads to stays as it is.
    let elsewhere = world.home.sandbox.write("elsewhere.json", &good);
    fs_err::remove_file(world.state()).unwrap();
    std::os::unix::fs::symlink(&elsewhere, world.state()).unwrap();
    let _ = world.home.update(&world.site, &[]).exits(9);
    assert_eq!(fs_err::read_to_string(&elsewhere).unwrap(), good);

    // Without it, what is compiled in still counts.
    fs_err::remove_file(world.state()).unwrap();
    world.say(|index| index["version"] = json!(0));
    let _ = world.home.update(&world.site, &[]).exits(9);
    assert!(!world.state().exists());
    assert_eq!(world.home.version(), OLD);
}

#[test]
fn once_the_next_key_has_signed_the_one_before_is_not_believed_any_more() {
    let world = World::new();
    world.offer();
    world.site.publish_by(Signer::Next, &world.index);
    let _ = world.home.update(&world.site, &["--check"]).exits(80);
    let newer = later(&world.index);
    withstand(
        &world,
        &[],
        &[attack("the key before", 9, "a key that another one has replaced", move |world| {
            world.site.publish(&newer);
        })],
    );
    world.site.publish_by(Signer::Next, &later(&world.index));
    let _ = world.home.update(&world.site, &[]).exits(0);
}

/// Decides about an index, signed by somebody, by two keys, a clock and what was seen before: the rules alone.
fn decide(
    index: &Value,
    by: Signer,
    pinned: [Signer; 2],
    clock: Timestamp,
    memory: &UpdateState,
) -> Result<UpdateState, String> {
    let text = serde_json::to_vec(index).unwrap();
    let signature = test_releases().sign(by, &text, "fixforme index 1 stable");
    let [current, next] = pinned.map(|signer| test_releases().public(signer));
    let keys = Keys::read(&current, &next).unwrap();
    let running =
        BuildInfo { product: "fixforme".to_owned(), version: OLD.parse().unwrap(), target: TARGET.to_owned() };
    let asked = Asked { keys: &keys, clock, running: &running, channel: "stable", state: memory };
    let accepted = accept(&text, signature.as_bytes(), &asked);
    accepted.map(|accepted| accepted.state).map_err(|refused| refused.words)
}

const PINNED: [Signer; 2] = [Signer::Current, Signer::Next];

/// Decided by the rules alone: a process cannot be given another clock here.
#[test]
fn a_clock_before_this_program_was_made_brings_no_expired_index_back() {
    // Long before any program that has these rules.
    let issued: Timestamp = "2024-11-01T00:00:00Z".parse().unwrap();
    let mut old = index(Vec::new());
    old["version"] = json!(issued.as_second());
    old["issued"] = json!(issued.to_string());
    old["expires"] = json!(issued.checked_add(SignedDuration::from_hours(30 * 24)).unwrap().to_string());
    for clock in [issued.checked_add(SignedDuration::from_hours(1)).unwrap(), Timestamp::UNIX_EPOCH] {
        let refused = decide(&old, Signer::Current, PINNED, clock, &UpdateState::default()).unwrap_err();
        assert!(refused.contains("has expired"), "{clock}: {refused}");
    }
}

#[test]
fn a_clock_that_goes_wrong_makes_nothing_good_and_nothing_bad_for_ever() {
    let days = |days: i64| now().checked_add(SignedDuration::from_hours(24 * days)).unwrap();
    let decide = |index: &Value, clock, memory: &UpdateState| decide(index, Signer::Current, PINNED, clock, memory);
    let seen = index(Vec::new());
    let memory = decide(&seen, now(), &UpdateState::default()).unwrap();
    let mut expired = seen.clone();
    expired["issued"] = json!(days(-40).to_string());
    expired["version"] = json!(days(-40).as_second());
    expired["expires"] = json!(days(-10).to_string());
    // Two years back: what was seen tells that it is later than that.
    assert!(decide(&expired, days(-730), &memory).unwrap_err().contains("has expired"));
    let mut older = seen.clone();
    older["version"] = json!(seen["version"].as_u64().unwrap() - 1);
    assert!(decide(&older, days(-730), &memory).unwrap_err().contains("is not the newest"));
    // Whoever is that late may still see that there is something newer, but nothing from the future.
    assert!(decide(&later(&seen), days(-730), &memory).is_ok());
    let mut future = later(&seen);
    future["issued"] = json!(days(2).to_string());
    future["version"] = json!(days(2).as_second());
    assert!(decide(&future, days(-730), &memory).unwrap_err().contains("is from the future"));
    // Five years ahead nothing is good; put right, everything is as before.
    assert!(decide(&later(&seen), days(1825), &memory).unwrap_err().contains("has expired"));
    // Some days ahead an index is believed, and what is remembered is its time and not the clock's.
    let ahead = decide(&later(&seen), days(20), &memory).unwrap();
    assert!(decide(&later(&later(&seen)), now(), &ahead).is_ok());
}

#[test]
fn a_release_with_a_new_pair_of_keys_goes_on_from_what_was_seen_before() {
    let decide = |index: &Value, by, pinned, memory: &UpdateState| decide(index, by, pinned, now(), memory);
    let list = index(Vec::new());
    // The key that was the next one signs the release that takes its place among the keys.
    let memory = decide(&list, Signer::Next, PINNED, &UpdateState::default()).unwrap();
    let replaced = [Signer::Next, Signer::Stranger];
    let unknown = decide(&later(&list), Signer::Current, replaced, &memory).unwrap_err();
    assert!(unknown.contains("by a key that fixforme does not know"), "{unknown}");
    let memory = decide(&later(&list), Signer::Next, replaced, &memory).unwrap();
    let newest = later(&later(&list));
    let memory = decide(&newest, Signer::Stranger, replaced, &memory).unwrap();
    assert!(decide(&later(&newest), Signer::Next, replaced, &memory).unwrap_err().contains("another one has replaced"));
}

/// Every single byte of an index and its signature, changed: decided by the rules alone, without a process each.
#[test]
fn no_changed_byte_of_an_index_or_its_signature_goes_unnoticed() {
    let text = serde_json::to_vec(&index(Vec::new())).unwrap();
    let signature = test_releases().sign(Signer::Current, &text, "fixforme index 1 stable").into_bytes();
    let keys = Keys::read(&test_releases().public(Signer::Current), &test_releases().public(Signer::Next)).unwrap();
    let running =
        BuildInfo { product: "fixforme".to_owned(), version: OLD.parse().unwrap(), target: TARGET.to_owned() };
    let memory = UpdateState::default();
    let asked = Asked { keys: &keys, clock: now(), running: &running, channel: "stable", state: &memory };
    assert!(accept(&text, &signature, &asked).is_ok());
    let comment = signature.iter().position(|byte| *byte == b'\n').unwrap();
    let mut tried = 0;
    for at in 0..text.len() {
        let mut text = text.clone();
        text[at] ^= 1 << (at % 8);
        let refused = accept(&text, &signature, &asked).unwrap_err();
        assert_eq!(refused.rule, Rule::Trust);
        tried += 1;
    }
    // The first line of a signature is a comment that nobody has signed, and that nobody reads.
    for at in comment..signature.len() - 1 {
        let mut signature = signature.clone();
        signature[at] ^= 1 << (at % 8);
        assert!(accept(&text, &signature, &asked).is_err(), "byte {at}");
        tried += 1;
    }
    for length in 0..text.len() {
        assert!(accept(&text[..length], &signature, &asked).is_err());
        tried += 1;
    }
    assert!(tried > 600, "{tried}");
}
