//! The ways to sign in, one table: from it are made the values of `--sign-in`, the variables that are read, and those that
//! child processes do not get; the README is held against it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

/// A way to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInMethod {
    Browser,
    DeviceCode,
    Certificate,
    ClientSecret,
    FederatedToken,
    GithubActions,
    ManagedIdentity,
    AzureCli,
    AccessToken,
}

/// One row of the table.
pub struct MethodRow {
    pub method: SignInMethod,
    /// As `--sign-in` takes it.
    pub name: &'static str,
    pub help: &'static str,
    pub who: SignsIn,
    /// The variables that it reads.
    pub variables: &'static [Variable],
}

/// Who signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignsIn {
    /// A person, who must be there.
    Person,
    /// An app, which has a client id.
    App,
    /// Whoever the machine, or another program on it, is signed in as.
    Machine,
}

/// A variable of the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable {
    Plain(&'static str),
    /// One that tells, where it is set, that this way is open.
    Telling(&'static str),
    /// One that signs in. No child process gets it.
    Secret(&'static str),
    /// One that signs in as the machine. A child process gets it that signs in for us, and no other.
    MachineSecret(&'static str),
}

use Variable::{MachineSecret, Plain, Secret, Telling};

/// Every way to sign in.
pub const METHODS: &[MethodRow] = &[
    MethodRow {
        method: SignInMethod::Browser,
        name: "browser",
        help: "A person, in the browser of this computer",
        who: SignsIn::Person,
        variables: &[Plain("FIXFORME_CLIENT_ID")],
    },
    MethodRow {
        method: SignInMethod::DeviceCode,
        name: "device-code",
        help: "A person, with a code in a browser on another device",
        who: SignsIn::Person,
        variables: &[Plain("FIXFORME_CLIENT_ID")],
    },
    MethodRow {
        method: SignInMethod::Certificate,
        name: "certificate",
        help: "An app, with the certificate of `--certificate`",
        who: SignsIn::App,
        variables: &[Plain("FIXFORME_CLIENT_ID")],
    },
    MethodRow {
        method: SignInMethod::ClientSecret,
        name: "client-secret",
        help: "An app, with the secret in the variable FIXFORME_CLIENT_SECRET or of `--client-secret-file`",
        who: SignsIn::App,
        variables: &[Plain("FIXFORME_CLIENT_ID"), Secret("FIXFORME_CLIENT_SECRET")],
    },
    MethodRow {
        method: SignInMethod::FederatedToken,
        name: "federated-token",
        help: "An app, with the token of another platform in the file of AZURE_FEDERATED_TOKEN_FILE or \
               `--federated-token-file`",
        who: SignsIn::App,
        variables: &[
            Plain("FIXFORME_CLIENT_ID"),
            Plain("AZURE_CLIENT_ID"),
            Plain("AZURE_AUTHORITY_HOST"),
            Telling("AZURE_FEDERATED_TOKEN_FILE"),
        ],
    },
    MethodRow {
        method: SignInMethod::GithubActions,
        name: "github-actions",
        help: "An app, with the identity of this job of GitHub Actions",
        who: SignsIn::App,
        variables: &[
            Plain("FIXFORME_CLIENT_ID"),
            Plain("AZURE_CLIENT_ID"),
            Telling("ACTIONS_ID_TOKEN_REQUEST_URL"),
            Secret("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
        ],
    },
    MethodRow {
        method: SignInMethod::ManagedIdentity,
        name: "managed-identity",
        help: "The identity of this machine in Azure: a virtual machine, an App Service, a server with Azure Arc",
        who: SignsIn::Machine,
        variables: &[
            Plain("FIXFORME_CLIENT_ID"),
            Plain("AZURE_CLIENT_ID"),
            Telling("IDENTITY_ENDPOINT"),
            MachineSecret("IDENTITY_HEADER"),
            Plain("IDENTITY_SERVER_THUMBPRINT"),
            Plain("IMDS_ENDPOINT"),
            Plain("MSI_ENDPOINT"),
            Plain("AZURE_POD_IDENTITY_AUTHORITY_HOST"),
            Plain("ProgramData"),
        ],
    },
    MethodRow {
        method: SignInMethod::AzureCli,
        name: "az",
        help: "Whoever is signed in to the Azure CLI, with the few permissions that it has",
        who: SignsIn::Machine,
        variables: &[],
    },
    MethodRow {
        method: SignInMethod::AccessToken,
        name: "access-token",
        help: "The access token in the variable FIXFORME_ACCESS_TOKEN",
        who: SignsIn::Machine,
        variables: &[Secret("FIXFORME_ACCESS_TOKEN")],
    },
];

impl SignInMethod {
    /// Returns its row of the table.
    pub fn row(self) -> &'static MethodRow {
        METHODS.iter().find(|row| row.method == self).unwrap_or(&METHODS[0])
    }

    /// Returns whether a person signs in, who must be there.
    pub fn is_person(self) -> bool {
        self.row().who == SignsIn::Person
    }

    /// Returns whether it reads this variable.
    pub fn reads(self, name: &str) -> bool {
        self.row().variables.iter().any(|variable| variable.name() == name)
    }
}

impl Variable {
    pub fn name(self) -> &'static str {
        let (Plain(name) | Telling(name) | Secret(name) | MachineSecret(name)) = self;
        name
    }
}

/// Returns every variable of the table, some of them several times.
pub fn variables() -> impl Iterator<Item = Variable> {
    METHODS.iter().flat_map(|row| row.variables.iter().copied())
}

/// The variables of the table as they are set. `Debug` shows their names alone.
#[derive(Clone, Default)]
pub struct SignInVariables {
    plain: BTreeMap<&'static str, OsString>,
    secret: BTreeMap<&'static str, SecretString>,
}

impl SignInVariables {
    /// Reads them; an empty one says nothing, but a secret that is given and empty is a mistake to be told of.
    pub fn read(get: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let mut read = Self::default();
        for variable in variables() {
            let Some(value) = get(variable.name()) else { continue };
            match variable {
                Secret(name) | MachineSecret(name) => {
                    read.secret.insert(name, SecretString::from(value.to_string_lossy().into_owned()));
                }
                Plain(name) | Telling(name) if !value.is_empty() => drop(read.plain.insert(name, value)),
                Plain(_) | Telling(_) => {}
            }
        }
        read
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.plain.get(name).map(|value| value.to_string_lossy().into_owned())
    }

    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.plain.get(name).map(PathBuf::from)
    }

    pub fn is_set(&self, name: &str) -> bool {
        self.plain.contains_key(name)
    }

    /// Returns a secret as it was given, be it empty.
    pub fn given(&self, name: &str) -> Option<&SecretString> {
        self.secret.get(name)
    }

    /// Returns a secret that is not empty.
    pub fn secret(&self, name: &str) -> Option<&SecretString> {
        self.given(name).filter(|secret| !secret.expose_secret().is_empty())
    }

    /// Says which ways are open, each with the flag that takes it. None is taken unless it is asked for.
    pub fn hints(&self) -> Vec<String> {
        let telling = METHODS.iter().flat_map(|row| row.variables.iter().map(move |variable| (row, *variable)));
        telling
            .filter(|(_, variable)| matches!(variable, Telling(name) if self.is_set(name)))
            .map(|(row, variable)| format!("{} is set: `--sign-in {}` uses it", variable.name(), row.name))
            .collect()
    }
}

impl fmt::Debug for SignInVariables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.plain.keys().chain(self.secret.keys())).finish()
    }
}
