//! The texts, unpacked and indexed once.

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::OnceLock;

use flate2::read::GzDecoder;

use super::path::operation_name;
use super::types::Type;

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/contract.gz"));

/// The indexed texts. Names are found in any letter case, as Graph finds them.
pub struct Contract {
    /// A type's or enumeration's own line and, below it, its members.
    pub(super) declared: HashMap<String, (&'static str, &'static str)>,
    /// Types by the one that they are derived from, directly or not.
    pub(super) derived: HashMap<String, Vec<&'static str>>,
    /// Actions and functions by the type that they are bound to, `[group]` for a list.
    pub(super) bound: HashMap<String, Vec<&'static str>>,
    /// The same by their names.
    pub(super) operations: HashMap<String, Vec<&'static str>>,
    /// What a path may begin with.
    pub(super) roots: HashMap<String, (&'static str, Type)>,
    /// The lines of scopes.
    pub(super) scopes: HashMap<String, &'static str>,
    /// The methods of each path, with the scopes that suffice.
    pub(super) granted: HashMap<&'static str, Vec<(&'static str, &'static str)>>,
}

/// Returns the contract. The first who asks pays for unpacking it.
pub fn graph() -> &'static Contract {
    static UNPACKED: OnceLock<Contract> = OnceLock::new();
    UNPACKED.get_or_init(|| {
        let mut text = String::new();
        let read = GzDecoder::new(PACKED).read_to_string(&mut text);
        assert!(read.is_ok(), "this program is damaged: its data about Microsoft Graph cannot be unpacked");
        Contract::index(text.leak())
    })
}

impl Contract {
    fn index(text: &'static str) -> Self {
        let mut contract = Self {
            declared: HashMap::with_capacity(4096),
            derived: HashMap::new(),
            bound: HashMap::new(),
            operations: HashMap::new(),
            roots: HashMap::new(),
            scopes: HashMap::with_capacity(1024),
            granted: HashMap::with_capacity(4096),
        };
        let mut rest = text;
        let mut grant = "";
        while let Some((line, after)) = rest.split_once('\n') {
            rest = after;
            let (kind, told) = line.split_once(' ').unwrap_or((line, ""));
            let name = told.split(' ').next().unwrap_or_default();
            match kind {
                "entity" | "complex" => {
                    let members = members_of(rest);
                    rest = rest.get(members.len()..).unwrap_or_default();
                    contract.declared.insert(name.trim_end_matches(['+', '~']).to_lowercase(), (line, members));
                }
                "enum" => drop(contract.declared.insert(name.to_lowercase(), (line, ""))),
                "action" | "function" => {
                    contract.bound.entry(name.to_lowercase()).or_default().push(line);
                    contract.operations.entry(operation_name(line).to_lowercase()).or_default().push(line);
                }
                "root" => {
                    let leads_to = Type::read(told.rsplit(' ').next().unwrap_or_default());
                    contract.roots.insert(name.to_lowercase(), (name, leads_to));
                }
                "scope" => drop(contract.scopes.insert(name.to_lowercase(), told)),
                "grant" => grant = told,
                // " METHOD /path", below its grant.
                _ => {
                    if let Some((method, path)) = told.split_once(' ') {
                        contract.granted.entry(path).or_default().push((method, grant));
                    }
                }
            }
        }
        contract.derive();
        contract
    }

    fn derive(&mut self) {
        let mut derived: HashMap<String, Vec<&'static str>> = HashMap::new();
        for (line, _) in self.declared.values() {
            let own = declared_name(line);
            let mut base = base_of(line);
            while let Some(above) = base {
                let above = above.to_lowercase();
                base = self.declared.get(&above).and_then(|(line, _)| base_of(line));
                derived.entry(above).or_default().push(own);
            }
        }
        derived.values_mut().for_each(|names| names.sort_unstable());
        self.derived = derived;
    }
}

fn members_of(rest: &'static str) -> &'static str {
    let mut end = 0;
    for line in rest.split_inclusive('\n').take_while(|line| line.starts_with(' ')) {
        end += line.len();
    }
    rest.get(..end).unwrap_or_default()
}

/// Returns the name in a declaration's line.
pub(super) fn declared_name(line: &'static str) -> &'static str {
    line.split(' ').nth(1).unwrap_or_default().trim_end_matches(['+', '~'])
}

/// Returns the type that a declaration's line derives from.
pub(super) fn base_of(line: &'static str) -> Option<&'static str> {
    line.split_once(" : ").and_then(|(_, rest)| rest.split(' ').next())
}
