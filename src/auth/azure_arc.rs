//! The agent of Azure Arc: it gives a token to whoever can read a file that only administrators of the machine can, and
//! names that file in a challenge. A file anywhere but in the agent's own folder is not read: whoever can answer in the
//! agent's place could have any file sent to it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use secrecy::SecretString;
use url::Url;

use super::error::{Kind, SignInError};
use crate::ports::http::Response;
use crate::ports::{SignInVariables, file, unreadable};

/// The most bytes of a key.
const MOST_BYTES: u64 = 4096;
/// Where the agent answers where it does not say so by a variable.
const ADDRESS: &str = "http://localhost:40342/metadata/identity/oauth2/token";

/// The agent of this machine.
pub(super) struct ArcAgent {
    address: Url,
    folder: PathBuf,
}

impl ArcAgent {
    /// Takes the agent that answers at `address`.
    pub(super) fn new(address: Url, variables: &SignInVariables) -> Result<Self> {
        Ok(Self { address, folder: folder(variables)? })
    }

    /// Looks for an agent that is installed without saying so by variables.
    pub(super) fn installed(variables: &SignInVariables) -> Result<Option<Self>> {
        if !cfg!(target_os = "linux") || !Path::new("/opt/azcmagent/bin/himds").exists() {
            return Ok(None);
        }
        Self::new(Url::parse(ADDRESS)?, variables).map(Some)
    }

    /// Returns where it is asked.
    pub(super) fn address(&self) -> &Url {
        &self.address
    }

    /// Returns what answers the agent's challenge: `Basic` and the content of the file that it names.
    pub(super) fn key(&self, challenge: &Response) -> Result<SecretString, SignInError> {
        let refused = |sentence: String| SignInError::new(Kind::Refused, sentence);
        let path = challenge.header("www-authenticate").and_then(|header| {
            let (scheme, path) = header.split_once("realm=")?;
            scheme.trim().eq_ignore_ascii_case("basic").then(|| PathBuf::from(path.trim().trim_matches('"')))
        });
        let Some(path) = path.filter(|_| challenge.status == 401) else {
            return Err(refused(format!("the agent of Azure Arc gave no challenge (status {})", challenge.status))
                .now("look whether the agent is well: `azcmagent show`"));
        };
        if path.parent() != Some(&self.folder) || path.extension().is_none_or(|ending| ending != "key") {
            return Err(refused(format!(
                "what answers as the agent of Azure Arc names a file outside of {}, which was not read",
                self.folder.display()
            ))
            .now("do not go on: something on this machine answers in the agent's place"));
        }
        let refused_key = |why: String| {
            refused(format!("the key of the agent of Azure Arc cannot be read: {why}"))
                .now("run this as an administrator, or on Linux as a member of the group `himds`")
        };
        let key = file::read_head_of_plain(&path, MOST_BYTES + 1).map_err(|error| refused_key(unreadable(&error)))?;
        if key.len() as u64 > MOST_BYTES {
            return Err(refused_key(format!("it is longer than {MOST_BYTES} bytes")));
        }
        let key = std::str::from_utf8(&key).map_err(|_| refused_key("it does not contain text".to_owned()))?;
        Ok(SecretString::from(format!("Basic {}", key.trim_end())))
    }
}

/// Returns the folder of the agent's keys.
fn folder(variables: &SignInVariables) -> Result<PathBuf> {
    if !cfg!(windows) {
        return Ok(PathBuf::from("/var/opt/azcmagent/tokens"));
    }
    let data = variables.path("ProgramData").context("the folder ProgramData is not known")?;
    Ok(data.join("AzureConnectedMachineAgent").join("Tokens"))
}
