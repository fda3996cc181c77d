//! Where a program lies, and whether it is ours to replace there.
//!
//! Only the folder of a per-user installation is ours. A folder of downloads holds files that anybody could have put
//! beside us; what a package manager has installed it also updates, and would not understand a file that changed.

use std::path::Path;

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
    /// Its name.
    pub name: String,
    /// The command that updates fixforme with it, or what else to do.
    pub update: String,
}

/// What is told of a package manager that is only known by its marker file.
const ASK_IT: &str = "update it the way it was installed";

/// Names, as `installed-by` holds them, and what updates fixforme with them.
const MANAGERS: [(&str, &str); 7] = [
    ("winget", "winget upgrade --id fixforme.fixforme"),
    ("scoop", "scoop update fixforme"),
    ("homebrew", "brew upgrade fixforme"),
    ("deb", "sudo apt install ./fixforme_VERSION_amd64.deb"),
    ("msi", "install the newer fixforme-VERSION-x86_64.msi"),
    ("chocolatey", "choco upgrade fixforme"),
    ("nix", "nix profile upgrade fixforme"),
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

/// Decides what may be done with the program at `path`. `own` is where it lies when it is installed for one user,
/// `installed_by` what a marker file beside it says.
pub fn place(path: &Path, own: &Path, installed_by: Option<&str>) -> Place {
    if let Some(name) = installed_by {
        return Place::Managed(manager(name.trim()));
    }
    let text = path.to_string_lossy().replace('\\', "/").to_lowercase();
    let told = TELLING.iter().find(|(part, _)| text.contains(part)).map(|(_, name)| *name);
    if let Some(name) = told.or_else(|| PACKAGED.iter().any(|folder| text.starts_with(folder)).then_some("deb")) {
        return Place::Managed(manager(name));
    }
    if path.parent() == own.parent() { Place::Ours } else { Place::Elsewhere }
}

fn manager(name: &str) -> Manager {
    let known = MANAGERS.iter().find(|(known, _)| *known == name.to_lowercase());
    let update = known.map_or(ASK_IT, |(_, update)| update);
    // The file is written by whoever packaged it: it is shown, never run.
    let name: String = crate::seam::text::one_line(name).chars().take(40).collect();
    Manager { name: if name.is_empty() { "a package manager".to_owned() } else { name }, update: update.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, own: &str, installed_by: Option<&str>) -> String {
        match place(Path::new(path), Path::new(own), installed_by) {
            Place::Ours => "ours".to_owned(),
            Place::Elsewhere => "elsewhere".to_owned(),
            Place::Managed(manager) => manager.name,
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
        assert_eq!(of(own, own, Some("\u{1b}[2Jmine")), "\\u{1b}[2Jmine");
        assert_eq!(of(own, own, Some("")), "a package manager");
    }
}
