//! The rules of the house (design: "The code"): which floor may use which, who may name what, and how the top level
//! looks. Each message says what to do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::sandbox::project;

/// The floors, lowest first. A module may use those on lower floors and itself, never a neighbor.
const FLOORS: [&[&str]; 5] = [
    &["contract", "expr", "ports", "cli", "exit_code"],
    &["wizard", "graph", "auth", "trust", "practice", "ui", "host"],
    &["engine", "report", "update"],
    &["commands", "failure", "settings"],
    &["wiring", "main", "lib"],
];

/// The few arrows between neighbors: the run report is written from a receipt; a command fails as a `Failure`; flags are typed in terms of the ground floor's tables.
const NEIGHBORS: [(&str, &str); 5] =
    [("report", "engine"), ("commands", "failure"), ("cli", "ports"), ("cli", "exit_code"), ("expr", "ports")];

/// Every source file with the top-level module that it belongs to, and its text.
pub fn sources() -> Vec<(PathBuf, String, String)> {
    let root = PathBuf::from(project("src"));
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 100, "the walk over src found only {} files", files.len());
    files
        .into_iter()
        .map(|path| {
            let inner = path.strip_prefix(&root).unwrap().to_path_buf();
            let first = inner.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs_err::read_to_string(&path).unwrap();
            (inner, first, text)
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

fn floor(module: &str) -> usize {
    FLOORS.iter().position(|floor| floor.contains(&module)).unwrap_or_else(|| {
        panic!("`{module}` has no floor: put it into the table of tests/it/floors.rs and the codemap of src/lib.rs")
    })
}

/// The top-level modules that a text names by `crate::name`, also inside `use crate::{a::…, b};`. Comments are left out.
fn named(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let code: Vec<&str> =
        text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line }).collect();
    let text = code.join("\n");
    for (at, _) in text.match_indices("crate::") {
        if text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
            continue;
        }
        let line = text[..at].matches('\n').count() + 1;
        let rest = &text[at + "crate::".len()..];
        let word = |rest: &str| -> String { rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (offset, character) in list.char_indices() {
                match character {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if start && (c.is_alphanumeric() || c == '_') => {
                        found.push((line, word(&list[offset..])));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            found.push((line, word(rest)));
        }
    }
    found
}

#[test]
fn arrows_only_go_down_and_never_sideways() {
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for (path, module, text) in sources() {
        for (line, target) in named(&text) {
            if target == module || !FLOORS.iter().any(|floor| floor.contains(&target.as_str())) {
                continue;
            }
            arrows += 1;
            let neighbor = NEIGHBORS.contains(&(module.as_str(), target.as_str()));
            let adapter = matches!(target.as_str(), "ui" | "host") && module != "wiring";
            if adapter || (floor(&target) >= floor(&module) && !neighbor) {
                wrong.push(format!("  src/{}:{line} uses `{target}`", path.display()));
            }
        }
    }
    assert!(arrows > 200, "only {arrows} arrows were found: the reader of `use` lines is broken");
    assert!(
        wrong.is_empty(),
        "Arrows only go down, never sideways (codemap in src/lib.rs); only `wiring` sees `ui` and `host`. What two \
         neighbors share goes down into `ports`; what needs both goes up:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn what_is_named_in_one_place_stays_there() {
    // Word, the files that may hold it (by beginning), why.
    let rules: [(&str, &[&str], &str); 13] = [
        ("reqwest", &["host/http.rs"], "the network goes through `ports::Http`"),
        ("self_update", &["host/installation/parts.rs"], "only its parts are used, and only there"),
        ("dialoguer", &["ui/terminal/"], "questions go through `ports::Ui`"),
        ("indicatif", &["ui/terminal/"], "progress is an event"),
        ("hyper", &["practice/server.rs"], "the practice server is the one async file"),
        ("tokio", &["practice/server.rs"], "the practice server is the one async file"),
        ("async fn", &["practice/server.rs"], "the practice server is the one async file"),
        ("Command::new", &["host/child.rs"], "child processes are started in one file, by absolute path"),
        (
            "std::env::",
            &["settings.rs", "wiring.rs"],
            "the environment is read in `settings`, the arguments in `wiring`",
        ),
        ("process::exit", &["host/interrupt.rs"], "only `main` and the interrupt handler end the process"),
        (
            "unsafe_code",
            &[
                "host/window/win32.rs",
                "host/secure_folder/win32.rs",
                "host/dll_search.rs",
                "host/programs.rs",
                "host/secret_store/data_protection.rs",
            ],
            "calls into the operating system are the host's",
        ),
        ("std::io::stdout", &["ui/", "host/console.rs"], "nothing prints but the faces"),
        ("std::io::stderr", &["ui/", "host/console.rs"], "nothing prints but the faces"),
    ];
    let mut wrong = Vec::new();
    for (path, _, text) in sources() {
        let name = path.display().to_string().replace('\\', "/");
        for (line, code) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for (word, places, why) in &rules {
                let names_it = code.match_indices(word).any(|(at, _)| {
                    let before = code[..at].chars().last();
                    let after = code[at + word.len()..].chars().next();
                    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
                    !part(before) && (word.ends_with(':') || !part(after))
                });
                if names_it && !places.iter().any(|place| name.starts_with(place)) {
                    wrong.push(format!("  src/{name}:{}: `{word}`: {why}", line + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "These have a place of their own:\n{}", wrong.join("\n"));
}

#[test]
fn the_engine_knows_no_wizard_by_name() {
    let word = ["ss", "pr"].concat();
    let wrong: Vec<String> = sources()
        .into_iter()
        .filter(|(_, _, text)| text.to_lowercase().contains(&word))
        .map(|(path, ..)| format!("  src/{}", path.display()))
        .collect();
    assert!(wrong.is_empty(), "What to fix is data in wizards/, not code:\n{}", wrong.join("\n"));
}

#[test]
fn the_house_does_not_grow_unseen() {
    const MOST_LINES: usize = 51_100;
    const MOST_TYPES: usize = 572;
    let is_type = |line: &str| {
        let line = line.trim_start();
        let open = line.strip_prefix("pub").map_or(line, |rest| rest.split_once(' ').map_or(rest, |(_, rest)| rest));
        ["struct ", "enum ", "trait ", "union "].iter().any(|word| open.starts_with(word))
    };
    let (mut lines, mut types) = (0, 0);
    for (_, _, text) in sources() {
        lines += text.lines().count();
        types += text.lines().filter(|line| is_type(line)).count();
    }
    assert!(
        lines <= MOST_LINES && types <= MOST_TYPES,
        "src/ has {lines} lines and {types} types, at most {MOST_LINES} and {MOST_TYPES} are agreed (45,500 and 450 are \
         the aim). Look for what can go before you raise a number."
    );
}

#[test]
fn every_file_says_what_it_is_for_and_stays_small() {
    let mut wrong = Vec::new();
    for (path, _, text) in sources() {
        let name = path.display();
        if !text.starts_with("//!") && !name.to_string().contains("tests") {
            wrong.push(format!("  src/{name} does not open with `//!`: say what it is for"));
        }
        let lines = text.lines().count();
        if lines > 450 {
            wrong.push(format!("  src/{name} has {lines} lines: split it by noun"));
        }
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if ["utils", "util", "helpers", "helper", "common", "misc"].contains(&stem) {
            wrong.push(format!("  src/{name}: name it after the noun or verb it is about"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_top_level_holds_only_what_was_agreed() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "src",
        "wizards",
        "tests",
        "dist",
        "target",
    ];
    let wrong: Vec<String> = fs_err::read_dir(project(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned())
        .filter(|name| !name.starts_with('.') && !allowed.contains(&name.as_str()))
        .collect();
    assert!(wrong.is_empty(), "The top level is fixed; these belong into a folder of it: {wrong:?}");
}

#[test]
fn every_dependency_says_why() {
    let text = fs_err::read_to_string(project("Cargo.toml")).unwrap();
    let mut section = "";
    let mut last = "";
    let mut wrong = Vec::new();
    let mut seen = BTreeMap::new();
    for line in text.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.contains("dependencies") && line.contains('=') && !line.starts_with('#') {
            seen.insert(line, ());
            if !last.starts_with("# why: ") {
                wrong.push(format!("  {line}"));
            }
        }
        last = line;
    }
    assert!(seen.len() > 25, "only {} dependencies were found", seen.len());
    assert!(wrong.is_empty(), "Write `# why: …` above each dependency:\n{}", wrong.join("\n"));
}

#[test]
fn there_is_one_tls_provider() {
    let lock = fs_err::read_to_string(project("Cargo.lock")).unwrap();
    for name in ["aws-lc-rs", "aws-lc-sys", "openssl-sys", "native-tls"] {
        assert!(
            !lock.contains(&format!("name = \"{name}\"")),
            "`{name}` came into the tree: rustls with two providers cannot choose; turn off the feature that brings it"
        );
    }
}

#[test]
fn no_behavior_test_is_forgotten() {
    let list = fs_err::read_to_string(project("tests/it/main.rs")).unwrap();
    for entry in fs_err::read_dir(project("tests/it")).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if stem != "main" && (path.is_dir() || path.extension().is_some_and(|ending| ending == "rs")) {
            assert!(
                list.contains(&format!("mod {stem};")),
                "tests/it/{stem} is not listed in tests/it/main.rs, so it never runs"
            );
        }
    }
}

#[test]
fn the_crate_that_runs_before_main_is_stood_in_for() {
    let lock = fs_err::read_to_string(crate::support::sandbox::project("Cargo.lock")).unwrap();
    let own = "name = \"self-replace\"\nversion = \"1.5.1\"\n\n";
    assert!(
        lock.contains(own),
        "self-replace must be the one of dist/self-replace: the real one deletes files and starts `cmd.exe` before main"
    );
}

#[test]
fn a_panic_tells_its_place_and_nothing_else() {
    let mut hooks = Vec::new();
    for (path, _, text) in sources() {
        let path = path.display().to_string();
        hooks.extend(text.contains("set_hook(").then(|| path.clone()));
        for word in ["payload()", "payload_as_str()", "panic::resume_unwind"] {
            assert!(
                !text.contains(word),
                "{path} shows what a panic was about: that text may hold a token or an address"
            );
        }
    }
    assert_eq!(hooks, ["wiring.rs"], "one hook, which prints the place alone");
}

#[test]
fn what_is_attested_is_built_where_nothing_of_others_runs_before() {
    let text = fs_err::read_to_string(project(".github/workflows/release.yml")).unwrap();
    let (_, jobs) = text.split_once("\njobs:\n").unwrap();
    let job = |name: &str| {
        let (_, rest) = jobs.split_once(&format!("  {name}:\n")).unwrap_or_else(|| panic!("there is no job `{name}`"));
        let lines = rest.lines().take_while(|line| line.starts_with("   ") || line.starts_with("  #"));
        lines.filter(|line| !line.trim_start().starts_with('#')).map(|line| format!("{line}\n")).collect::<String>()
    };
    assert!(job("gate").contains(".ci/run"), "the gate runs `.ci/run`");
    for name in ["linux-and-windows", "elsewhere"] {
        let job = job(name);
        let (before, _) = job.split_once("upload-artifact@").unwrap_or_else(|| panic!("`{name}` uploads nothing"));
        for word in [".ci/run", "tests/", " test", "npm", "pip ", "python"] {
            assert!(!before.contains(word), "`{name}` runs `{word}` before it has built and uploaded what is attested");
        }
    }
    assert!(
        job("linux-and-windows").contains("needs: [gate]")
            && job("draft").contains("needs: [linux-and-windows, elsewhere]")
    );
}

/// The files that GitHub runs, without their comments.
fn workflows() -> BTreeMap<String, String> {
    let entries = fs_err::read_dir(project(".github/workflows")).unwrap().map(|entry| entry.unwrap());
    let uncommented = |text: String| {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let read = |path: PathBuf| uncommented(fs_err::read_to_string(path).unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), read(entry.path()))).collect()
}

#[test]
fn a_pipeline_runs_what_was_looked_at_and_may_do_little() {
    let workflows = workflows();
    assert_eq!(
        workflows.keys().collect::<Vec<_>>(),
        ["release.yml", "test.yml", "weekly.yml"],
        "look at what a new one may do"
    );
    for (name, text) in &workflows {
        assert!(text.contains("\npermissions: {}\n"), "{name} gives every job rights that none asked for");
        for word in ["pull_request_target", "workflow_run", "secrets.", "secrets:", "inherit", "write-all"] {
            assert!(!text.contains(word), "{name} says `{word}`: nothing of a stranger's may meet a secret or a right");
        }
        for used in text.lines().filter_map(|line| line.split_once("uses: ")).map(|(_, used)| used) {
            let (action, rest) = used.split_once('@').unwrap_or_else(|| panic!("{name}: `{used}` has no version"));
            let commit = rest.split(' ').next().unwrap();
            let whole = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(
                whole && rest.contains(" # v"),
                "{name}: pin {action} to a commit, and name its version behind ` # `"
            );
        }
        let (checkouts, kept) = (text.matches("actions/checkout@"), text.matches("persist-credentials: false"));
        assert_eq!(checkouts.count(), kept.count(), "{name}: a checkout leaves its token behind");
        // What an outsider may have named goes through a variable, never into a script's text.
        let scripts = text.lines().filter(|line| line.contains("${{") && !line.contains(": ${{"));
        assert_eq!(scripts.collect::<Vec<_>>(), ["  group: test-${{ github.ref }}"][..usize::from(name == "test.yml")]);
    }
    let rights =
        |name: &str| -> Vec<&str> { workflows[name].lines().filter(|line| line.contains(": write")).collect() };
    assert_eq!((rights("test.yml"), rights("weekly.yml")), (vec![], vec![]));
    assert_eq!(
        rights("release.yml"),
        ["      contents: write", "      id-token: write", "      attestations: write"],
        "only the job that drafts may write, and it builds nothing"
    );
    let draft = workflows["release.yml"].split_once("\n  draft:\n").unwrap().1;
    assert!(draft.contains("contents: write") && !draft.contains("checkout@") && !draft.contains("cargo"));
    assert!(draft.contains("gh release create \"$TAG\" --draft "), "a person publishes, after signing");
}

#[test]
fn known_weaknesses_of_crates_are_looked_for_with_each_change_and_each_week() {
    let workflows = workflows();
    let job = |name: &str, when: &[&str]| {
        let (on, jobs) = workflows[name].split_once("\njobs:\n").unwrap();
        for word in when {
            assert!(on.contains(word), "{name} does not say `{}`", word.trim());
        }
        let timetable = on.contains("schedule:");
        assert_eq!(
            timetable,
            name == "weekly.yml",
            "{name}: a file with a timetable is switched off with all that it does"
        );
        let (_, job) = jobs.split_once("  advisories:\n").unwrap_or_else(|| panic!("{name} has no job `advisories`"));
        job.lines().take_while(|line| line.starts_with("   ")).map(|line| format!("{line}\n")).collect::<String>()
    };
    let job = [job("test.yml", &["  push:\n", "  pull_request:\n"]), job("weekly.yml", &["  schedule:\n    - cron: "])];
    assert_eq!(job[0], job[1], "the job `advisories` is the same in both");
    let [job, _] = job;
    assert!(!job.contains(" if:") && !job.contains("continue-on-error"), "it always runs, and can fail:\n{job}");
    for word in ["cargo-audit --locked --version ", " audit --deny unsound --deny yanked\n", "      contents: read\n"] {
        assert!(job.contains(word), "the job `advisories` does not say `{word}`:\n{job}");
    }
}
