//! What the machine itself can sign in with, as its variables tell: the identity of a pod, of a pipeline, of a virtual
//! machine. `settings` reads them; nothing of it is used unless it is asked for.

use std::path::PathBuf;

use secrecy::SecretString;

/// The variables that cloud platforms set, under the names that Microsoft's own libraries give them.
#[derive(Debug, Clone, Default)]
pub struct Ambient {
    /// `AZURE_CLIENT_ID`: which app, or which of several identities of a machine.
    pub client_id: Option<String>,
    /// `AZURE_AUTHORITY_HOST`: compared, never followed.
    pub authority: Option<String>,
    /// `AZURE_FEDERATED_TOKEN_FILE`.
    pub federated_token_file: Option<PathBuf>,
    /// `ACTIONS_ID_TOKEN_REQUEST_URL`.
    pub actions_url: Option<String>,
    /// `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
    pub actions_token: Option<SecretString>,
    /// `IDENTITY_ENDPOINT`.
    pub identity_endpoint: Option<String>,
    /// `IDENTITY_HEADER`.
    pub identity_header: Option<SecretString>,
    /// Whether `IDENTITY_SERVER_THUMBPRINT` is set, which only Service Fabric does.
    pub is_service_fabric: bool,
    /// Whether `IMDS_ENDPOINT` is set, which the agent of Azure Arc does.
    pub is_arc: bool,
    /// Whether `MSI_ENDPOINT` is set, which Cloud Shell and Azure Machine Learning do.
    pub is_shell: bool,
    /// `AZURE_POD_IDENTITY_AUTHORITY_HOST`: where the identity service of virtual machines answers instead.
    pub machine_service: Option<String>,
    /// `ProgramData`, where the agent of Azure Arc keeps its keys on Windows.
    pub program_data: Option<PathBuf>,
}

impl Ambient {
    /// Says which of them lie ready, each with the flag that uses it.
    pub fn hints(&self) -> Vec<&'static str> {
        let mut hints = Vec::new();
        if self.federated_token_file.is_some() {
            hints.push("AZURE_FEDERATED_TOKEN_FILE is set: `--sign-in federated-token` uses it");
        }
        if self.actions_url.is_some() {
            hints.push("this is a job of GitHub Actions: `--sign-in github-actions` uses its identity");
        }
        if self.identity_endpoint.is_some() {
            hints.push("IDENTITY_ENDPOINT is set: `--sign-in managed-identity` uses it");
        }
        hints
    }
}
