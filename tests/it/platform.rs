//! What stands around a program on a cloud's machine: a small service that answers as a test says, and programs in a
//! folder of the search path that are shell scripts.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};

use crate::support::authority::read;
use crate::support::sandbox::Sandbox;

/// Variables that hold a secret, ours and other tools'.
pub const SECRET_VARIABLES: &[&str] = &[
    "FIXFORME_CLIENT_SECRET",
    "FIXFORME_ACCESS_TOKEN",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_PASSWORD",
    "ARM_CLIENT_SECRET",
    "ARM_OIDC_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "GITHUB_TOKEN",
    "SYSTEM_ACCESSTOKEN",
];
/// Those by which a machine of Azure signs in.
pub const MACHINE_VARIABLES: &[&str] = &["IDENTITY_HEADER", "MSI_SECRET"];

/// An answer: status, further header lines, body.
pub type Answer = (u16, String, String);

/// A service on this machine that keeps what it was asked: the target, and the header lines in small letters.
pub struct Platform {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Platform {
    /// Starts a service that answers a target and its header lines.
    pub fn start(answer: impl Fn(&str, &str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let kept = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                serve(&stream.unwrap(), &kept, &answer);
            }
        });
        Self { address, asked }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn asked(&self) -> Vec<(String, String)> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(stream: &TcpStream, asked: &Mutex<Vec<(String, String)>>, answer: &impl Fn(&str, &str) -> Answer) {
    let Some((_, target, head, _)) = read(stream) else { return };
    asked.lock().unwrap().push((target.clone(), head.clone()));
    let (status, headers, body) = answer(&target, &head);
    let mut stream = stream;
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
}

/// Writes a program into the sandbox's folder `bin`; returns that folder.
pub fn program(sandbox: &Sandbox, name: &str, script: &str) -> String {
    let path = sandbox.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    sandbox.folder.path().join("bin").display().to_string()
}
