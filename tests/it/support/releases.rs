//! A publisher of releases with TEST keys: programs that know these keys, archives, signed indexes, and a server on
//! loopback that hands them out, well or badly.
//!
//! The programs are the real one, byte for byte, but for the two public keys and the version that are compiled into it:
//! these are exchanged in the finished executable for others of the same length. That is what a build from a source with
//! other keys yields, in a second instead of minutes, and it needs no door in the program.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use fixforme::host::{Interrupt, SystemClock};
use fixforme::ports::Clock;
use fixforme::ports::installation::Sha256;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};
use minisign::{KeyPair, SecretKeyBox};
use serde_json::{Value, json};

use crate::support::program::{FILE, TARGET, exe};
use crate::support::sandbox::{Ran, Sandbox, copy_program, project};

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

fn private_folder(path: &Path) {
    #[cfg(unix)]
    fs_err::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
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

/// What the server answers.
#[derive(Debug, Clone)]
pub enum Reply {
    /// 200 with these bytes.
    Bytes(Vec<u8>),
    /// Another status, with a text.
    Status(u16, String),
    /// 302 to another address.
    To(String),
    /// The first of both once, then the second.
    Once(Box<Reply>, Box<Reply>),
    /// One byte a tenth of a second, for ever.
    Drip,
    /// Not a byte, for ever.
    Silence,
    /// Bytes for ever.
    Endless,
    /// Half of the bytes that were announced.
    Cut(Vec<u8>),
}

/// A server of releases.
pub struct ReleaseServer {
    port: u16,
    pages: Arc<Mutex<BTreeMap<String, Reply>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl ReleaseServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let site =
            Self { port: listener.local_addr().unwrap().port(), pages: Arc::default(), requests: Arc::default() };
        let (pages, requests) = (Arc::clone(&site.pages), Arc::clone(&site.requests));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (pages, requests) = (Arc::clone(&pages), Arc::clone(&requests));
                // A client that goes away is no failure of the server.
                std::thread::spawn(move || stream.and_then(|stream| answer(stream, &pages, &requests)));
            }
        });
        site
    }

    pub fn root(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn index_url(&self) -> String {
        format!("{}/stable/index.json", self.root())
    }

    /// Puts a file beside the index.
    pub fn put(&self, name: &str, reply: Reply) {
        self.page(&format!("/stable/{name}"), reply);
    }

    /// What it answers for a file beside the index.
    pub fn reply(&self, name: &str) -> Reply {
        self.pages.lock().unwrap().get(&format!("/stable/{name}")).unwrap().clone()
    }

    pub fn page(&self, path: &str, reply: Reply) {
        self.pages.lock().unwrap().insert(path.to_owned(), reply);
    }

    /// Publishes an index, signed as it should be.
    pub fn publish(&self, index: &Value) {
        self.publish_by(Signer::Current, index);
    }

    pub fn publish_by(&self, signer: Signer, index: &Value) {
        let text = serde_json::to_vec_pretty(index).unwrap();
        let purpose = format!("fixforme index 1 {}", index["channel"].as_str().unwrap());
        self.put("index.json.minisig", Reply::Bytes(test_releases().sign(signer, &text, &purpose).into_bytes()));
        self.put("index.json", Reply::Bytes(text));
    }

    /// Publishes the programs of these versions, and returns the index that lists them.
    pub fn offer(&self, versions: &[&str]) -> Value {
        let releases = versions.iter().map(|version| {
            let archive = test_releases().archive(version);
            let program = fs_err::read(test_releases().program(version)).unwrap();
            let release = release(version, &archive, &program);
            self.put(&format!("{}.tar.gz", stem(version)), Reply::Bytes(archive));
            release
        });
        let index = index(releases.collect());
        self.publish(&index);
        index
    }

    /// Method and path of every request so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// Waits in real time.
#[expect(clippy::disallowed_methods, reason = "a server that answers slowly, a system that frees a lock late")]
pub fn pause(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}

fn answer(
    mut stream: TcpStream,
    pages: &Mutex<BTreeMap<String, Reply>>,
    requests: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or(Ok(String::new()))?;
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    requests.lock().unwrap().push(first.trim_end_matches(" HTTP/1.1").to_owned());
    let mut reply = pages.lock().unwrap().get(&path).cloned();
    if let Some(Reply::Once(first, then)) = reply {
        pages.lock().unwrap().insert(path, *then);
        reply = Some(*first);
    }
    let head = |status: &str, more: &str, length: Option<usize>| {
        let length = length.map_or(String::new(), |length| format!("Content-Length: {length}\r\n"));
        format!("HTTP/1.1 {status}\r\n{length}{more}Connection: close\r\n\r\n")
    };
    match reply.unwrap_or(Reply::Status(404, "there is no such file".to_owned())) {
        Reply::Bytes(bytes) => {
            stream.write_all(head("200 OK", "", Some(bytes.len())).as_bytes())?;
            stream.write_all(&bytes)
        }
        Reply::Status(status, text) => {
            let more = "Content-Type: text/html\r\n";
            stream.write_all(head(&format!("{status} Said"), more, Some(text.len())).as_bytes())?;
            stream.write_all(text.as_bytes())
        }
        Reply::To(place) => stream.write_all(head("302 Found", &format!("Location: {place}\r\n"), Some(0)).as_bytes()),
        Reply::Drip => {
            stream.write_all(head("200 OK", "", None).as_bytes())?;
            loop {
                stream.write_all(b"{")?;
                pause(100);
            }
        }
        Reply::Silence => loop {
            pause(1000);
        },
        Reply::Endless => {
            stream.write_all(head("200 OK", "", None).as_bytes())?;
            loop {
                stream.write_all(&[b' '; 4096])?;
            }
        }
        // A page that is one only once leads to no other such page.
        Reply::Once(..) => Ok(()),
        Reply::Cut(bytes) => {
            stream.write_all(head("200 OK", "", Some(bytes.len())).as_bytes())?;
            stream.write_all(&bytes[..bytes.len() / 2])
        }
    }
}

/// A person's machine with fixforme installed for that person.
pub struct Home {
    pub sandbox: Sandbox,
    pub program: PathBuf,
}

impl Home {
    /// With the program of this source's version.
    pub fn new() -> Self {
        Self::with(OLD)
    }

    pub fn with(version: &str) -> Self {
        Self::at(".local/bin/fixforme", version)
    }

    /// With the program anywhere below the home folder.
    pub fn at(place: &str, version: &str) -> Self {
        let sandbox = Sandbox::new();
        let program = sandbox.folder.path().join(place);
        fs_err::create_dir_all(program.parent().unwrap()).unwrap();
        copy_program(&test_releases().program(version), &program);
        let program = fs_err::canonicalize(program).unwrap();
        Self { sandbox, program }
    }

    /// Another machine in the same state. The records in it name the place of the program, so they are written anew.
    pub fn twin(&self) -> Self {
        let twin = Self { sandbox: Sandbox::new(), program: PathBuf::new() };
        let (from, to) = (self.sandbox.folder.path(), twin.sandbox.folder.path());
        for name in self.names() {
            let inside = Path::new(&name).strip_prefix(from).unwrap().to_path_buf();
            if Path::new(&name).is_dir() {
                fs_err::create_dir_all(to.join(&inside)).unwrap();
                continue;
            }
            fs_err::create_dir_all(to.join(&inside).parent().unwrap()).unwrap();
            copy_program(Path::new(&name), &to.join(&inside));
            if inside.extension().is_some_and(|ending| ending == "json") {
                let text = fs_err::read_to_string(&name).unwrap();
                let text = text.replace(from.to_str().unwrap(), to.to_str().unwrap());
                fs_err::write(to.join(&inside), text).unwrap();
            }
        }
        for private in ["state", "state/update"] {
            private_folder(&to.join(private));
        }
        let program = to.join(self.program.strip_prefix(from).unwrap());
        Self { program, ..twin }
    }

    pub fn command(&self, args: &[&str]) -> Command {
        self.sandbox.command_of(&self.program, args)
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    /// Runs `update` against a site.
    pub fn update(&self, site: &ReleaseServer, args: &[&str]) -> Ran {
        let url = site.index_url();
        self.run(&[&["update", "--index-url", &url], args].concat())
    }

    /// The version that the installed program says it is.
    #[track_caller]
    pub fn version(&self) -> String {
        let ran = self.run(&["--version"]).exits(0);
        ran.stdout.trim().trim_start_matches("fixforme ").to_owned()
    }

    pub fn old(&self) -> PathBuf {
        self.program.with_file_name("fixforme.old")
    }

    /// The names of every file of the folder of the program and of the state.
    pub fn names(&self) -> Vec<String> {
        self.visit(&|_| String::new()).into_keys().collect()
    }

    /// Every file of the folder of the program and of the state, with its hash.
    pub fn files(&self) -> BTreeMap<String, String> {
        self.visit(&hash_of)
    }

    /// Every file of the folder of the program, with its hash.
    pub fn program_files(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        visit(self.program.parent().unwrap(), &hash_of, &mut found);
        found
    }

    /// Every file of the state, with its hash.
    pub fn state_files(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        visit(&self.sandbox.state(), &hash_of, &mut found);
        found
    }

    fn visit(&self, what: &dyn Fn(&Path) -> String) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for folder in [self.program.parent().unwrap().to_path_buf(), self.sandbox.state()] {
            visit(&folder, what, &mut found);
        }
        found
    }
}

fn hash_of(path: &Path) -> String {
    Sha256::of(&fs_err::read(path).unwrap()).to_string()
}

fn visit(folder: &Path, what: &dyn Fn(&Path) -> String, found: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs_err::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        if fs_err::symlink_metadata(&path).unwrap().is_dir() {
            found.insert(name, "folder".to_owned());
            visit(&path, what, found);
        } else {
            found.insert(name, what(&path));
        }
    }
}
