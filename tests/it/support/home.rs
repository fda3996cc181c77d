//! A person's machine with fixforme installed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use fixforme::ports::installation::Sha256;

use crate::support::release_server::ReleaseServer;
use crate::support::releases::{OLD, test_releases};
use crate::support::sandbox::{Ran, Sandbox, copy_program};

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

fn private_folder(path: &Path) {
    #[cfg(unix)]
    fs_err::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let _ = path;
}
