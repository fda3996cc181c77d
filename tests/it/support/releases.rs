//! Releases with TEST keys: programs that know these keys, archives, signed indexes.
//!
//! The programs are the real one, byte for byte, but for the two public keys and the version that are compiled into it:
//! these are exchanged in the finished executable for others of the same length. That is what a build from a source with
//! other keys yields, in a second instead of minutes, and it needs no door in the program.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use fixforme::host::{Interrupt, SystemClock};
use fixforme::ports::Clock;
use fixforme::ports::installation::Sha256;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};
use minisign::{KeyPair, SecretKeyBox};
use serde_json::{Value, json};

use crate::support::program::{FILE, TARGET, exe};
use crate::support::sandbox::project;

/// The version that runs at first: the one that this source is.
pub const OLD: &str = env!("CARGO_PKG_VERSION");

/// A version as long as this source's, and newer: `9.1.0` for `0.1.0`.
pub fn newer(first: char) -> String {
    let version: String = std::iter::once(first).chain(OLD.chars().skip(1)).collect();
    assert!(version.as_str() > OLD && OLD.find('.') == Some(1), "no version as long as {OLD} begins with {first}");
    version
}

/// Who signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    Current,
    Next,
    Stranger,
}

/// The keys, and the folder of the programs that know them.
pub struct TestReleases {
    keys: [KeyPair; 3],
    folder: PathBuf,
}

/// Returns the publisher. Everything that is dear to make is made once for all test processes.
pub fn test_releases() -> &'static TestReleases {
    static PUBLISHER: OnceLock<TestReleases> = OnceLock::new();
    PUBLISHER.get_or_init(TestReleases::make)
}

impl TestReleases {
    fn make() -> Self {
        let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        fs_err::create_dir_all(&root).unwrap();
        let lock = fs_err::File::create(root.join(format!("publisher-{TARGET}.lock"))).unwrap();
        lock.lock().unwrap();
        let about = fs_err::metadata(exe()).unwrap();
        let changed = Timestamp::try_from(about.modified().unwrap()).unwrap().as_nanosecond();
        let kind = format!("publisher-{TARGET}-");
        let folder = root.join(format!("{kind}{changed}"));
        if !folder.join("done").exists() {
            for entry in fs_err::read_dir(&root).unwrap().map(|entry| entry.unwrap()) {
                if entry.file_name().to_string_lossy().starts_with(&kind) {
                    fs_err::remove_dir_all(entry.path()).unwrap();
                }
            }
            fs_err::create_dir(&folder).unwrap();
            for name in ["current", "next", "stranger"] {
                let key = KeyPair::generate_unencrypted_keypair().unwrap();
                let text = key.sk.to_box(Some("TEST")).unwrap().into_string();
                fs_err::write(folder.join(format!("TEST-{name}.key")), text).unwrap();
            }
            let publisher = Self { keys: read_keys(&folder), folder: folder.clone() };
            publisher.make_programs();
            fs_err::write(folder.join("done"), "").unwrap();
        }
        Self { keys: read_keys(&folder), folder }
    }

    fn make_programs(&self) {
        let stripped = self.folder.join("stripped");
        fs_err::copy(exe(), &stripped).unwrap();
        if !FILE.ends_with(".exe") {
            #[expect(
                clippy::disallowed_methods,
                reason = "a smaller file to copy about; without the tool it is only slower"
            )]
            let _ = Command::new("strip").arg(&stripped).status();
        }
        let mut program = fs_err::read(&stripped).unwrap();
        for (name, signer) in [("current", Signer::Current), ("next", Signer::Next)] {
            let pinned = fs_err::read_to_string(project(&format!("dist/keys/{name}.pub"))).unwrap();
            let (pinned, key) = (pinned.lines().nth(1).unwrap(), self.key(signer).pk.to_base64());
            assert_eq!(pinned.len(), key.len());
            let found = places(&program, pinned);
            write_at(&mut program, &found, &key);
        }
        let versions = places(&program, OLD);
        for version in [OLD.to_owned(), newer('8'), newer('9')] {
            write_at(&mut program, &versions, &version);
            let path = self.folder.join(format!("fixforme-{version}"));
            fs_err::write(&path, &program).unwrap();
            executable(&path);
            fs_err::write(self.folder.join(format!("archive-{version}")), archive(&version, &program)).unwrap();
        }
        fs_err::remove_file(stripped).unwrap();
    }

    fn key(&self, signer: Signer) -> &KeyPair {
        &self.keys[signer as usize]
    }

    /// The program of that version, with the TEST keys.
    pub fn program(&self, version: &str) -> PathBuf {
        self.folder.join(format!("fixforme-{version}"))
    }

    /// The archive of the program of that version.
    pub fn archive(&self, version: &str) -> Vec<u8> {
        fs_err::read(self.folder.join(format!("archive-{version}"))).unwrap()
    }

    pub fn sign(&self, signer: Signer, content: &[u8], purpose: &str) -> String {
        let key = self.key(signer);
        minisign::sign(Some(&key.pk), &key.sk, content, Some(purpose), Some("TEST")).unwrap().into_string()
    }

    /// The secret half: seed, then public key.
    pub fn secret(&self, signer: Signer) -> Vec<u8> {
        // Two algorithms, a key derivation's salt and limits (54 bytes), the key's id, the key, a checksum.
        let bytes = self.key(signer).sk.to_bytes();
        bytes[62..126].to_vec()
    }

    pub fn key_id(&self, signer: Signer) -> Vec<u8> {
        self.key(signer).sk.keynum().to_vec()
    }

    pub fn public(&self, signer: Signer) -> String {
        format!("untrusted comment: TEST\n{}\n", self.key(signer).pk.to_base64())
    }
}

fn read_keys(folder: &Path) -> [KeyPair; 3] {
    ["current", "next", "stranger"].map(|name| {
        let text = fs_err::read_to_string(folder.join(format!("TEST-{name}.key"))).unwrap();
        let sk = SecretKeyBox::from_string(&text).unwrap().into_unencrypted_secret_key().unwrap();
        let pk = minisign::PublicKey::from_secret_key(&sk).unwrap();
        KeyPair { pk, sk }
    })
}

/// Where `text` stands in a program.
fn places(program: &[u8], text: &str) -> Vec<usize> {
    let text = text.as_bytes();
    let first = text[0];
    let mut found = Vec::new();
    for (at, byte) in program.iter().enumerate() {
        if *byte == first && program[at..].starts_with(text) {
            found.push(at);
        }
    }
    assert!(!found.is_empty(), "`{}` does not stand in the program", String::from_utf8_lossy(text));
    found
}

/// Writes `new` at each place.
fn write_at(program: &mut [u8], places: &[usize], new: &str) {
    for at in places {
        program[*at..at + new.len()].copy_from_slice(new.as_bytes());
    }
}

pub fn executable(path: &Path) {
    #[cfg(unix)]
    fs_err::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let _ = path;
}

/// What the folder in an archive is called.
pub fn stem(version: &str) -> String {
    format!("fixforme-{version}-{TARGET}")
}

/// An archive as the release script makes it.
pub fn archive(version: &str, program: &[u8]) -> Vec<u8> {
    let stem = stem(version);
    tar_gz(&[(&format!("{stem}/LICENSE"), b"MIT".as_slice()), (&format!("{stem}/{FILE}"), program)])
}

/// Packs plain files under any names, also ones that no honest archive has.
pub fn tar_gz(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::none()));
    for (name, content) in files {
        append(&mut builder, name, tar::EntryType::Regular, content);
    }
    builder.into_inner().unwrap().finish().unwrap()
}

pub fn append(builder: &mut tar::Builder<impl Write>, name: &str, kind: tar::EntryType, content: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o755);
    // The crate's own setter would refuse what an attacker writes.
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_cksum();
    builder.append(&header, content).unwrap();
}

/// An index that lists these releases, as JSON to be changed, issued an hour ago.
pub fn index(releases: Vec<Value>) -> Value {
    let issued = now().checked_sub(SignedDuration::from_hours(1)).unwrap();
    json!({
        "format": 1,
        "product": "fixforme",
        "channel": "stable",
        "version": issued.as_second(),
        "issued": issued.to_string(),
        "expires": issued.checked_add(SignedDuration::from_hours(30 * 24)).unwrap().to_string(),
        "min_supported": OLD,
        "revoked": [],
        "releases": releases,
    })
}

/// The same index, issued a minute later.
pub fn later(index: &Value) -> Value {
    let issued: Timestamp = index["issued"].as_str().unwrap().parse().unwrap();
    let issued = issued.checked_add(SignedDuration::from_mins(1)).unwrap();
    let mut index = index.clone();
    index["issued"] = json!(issued.to_string());
    index["version"] = json!(issued.as_second());
    index
}

/// A release of one archive with one program, as an index lists it.
pub fn release(version: &str, archive: &[u8], program: &[u8]) -> Value {
    json!({
        "version": version,
        "notes": format!("https://fixforme.example/notes/{version}"),
        "archives": [{
            "target": TARGET,
            "name": format!("{}.tar.gz", stem(version)),
            "length": archive.len(),
            "sha256": Sha256::of(archive).to_string(),
            "executable": { "length": program.len(), "sha256": Sha256::of(program).to_string() },
        }],
    })
}

pub fn now() -> Timestamp {
    SystemClock::new(Interrupt::new()).now()
}
