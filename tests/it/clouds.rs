//! Each of Microsoft's clouds is signed in to and read at its own addresses, through the proxy of the network.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::Stdio;

use crate::support::authority::{CLIENT, SECRET, TENANT};
use crate::support::sandbox::{Sandbox, foreign_token, prompt_tenant};
use crate::support::wait::wait_until;

/// Returns the first line that the program says to the proxy of its network, and ends it.
fn first_asked(cloud: &str, variable: &str, value: &str) -> String {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let sandbox = Sandbox::new();
    let check = ["check", "sspr-admins", "--set", "goal=enable", "--yes", "--cloud", cloud, "--tenant", TENANT];
    let mut command = sandbox.command(&check);
    if variable == "FIXFORME_CLIENT_SECRET" {
        command.args(["--client-id", CLIENT]);
    }
    command.env(variable, value).env("HTTPS_PROXY", format!("http://{}", proxy.local_addr().unwrap()));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut asked = None;
    wait_until(|| {
        asked = proxy.accept().ok();
        asked.is_some() || child.try_wait().unwrap().is_some()
    });
    let (stream, _) = asked.unwrap_or_else(|| panic!("{cloud}: it ended without asking anybody"));
    stream.set_nonblocking(false).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    line.trim_end().to_owned()
}

#[test]
fn each_cloud_is_signed_in_to_and_read_at_its_own_addresses() {
    for (cloud, sign_in, graph) in [
        ("public", "login.microsoftonline.com", "graph.microsoft.com"),
        ("usgov", "login.microsoftonline.us", "graph.microsoft.us"),
        ("usgov-dod", "login.microsoftonline.us", "dod-graph.microsoft.us"),
        ("china", "login.partner.microsoftonline.cn", "microsoftgraph.chinacloudapi.cn"),
    ] {
        let asked = first_asked(cloud, "FIXFORME_CLIENT_SECRET", SECRET);
        assert_eq!(asked, format!("CONNECT {sign_in}:443 HTTP/1.1"), "{cloud}");
        let asked = first_asked(cloud, "FIXFORME_ACCESS_TOKEN", &foreign_token());
        assert_eq!(asked, format!("CONNECT {graph}:443 HTTP/1.1"), "{cloud}");
    }
}

const SWITCH: &str = r#"
kind  = "setting"
title = "The switch"

[[not_applicable]]
when   = "tenant.cloud == 'china'"
reason = "This cloud has no such switch."

[[object]]
id      = "policy"
get     = "/v1.0/policies/authorizationPolicy"
fields  = ["allowedToUseSSPR"]
managed = ["allowedToUseSSPR"]
desired = { allowedToUseSSPR = "true" }
"#;

#[test]
fn what_a_cloud_lacks_does_not_apply_there() {
    let (sandbox, tenant) = (Sandbox::new(), prompt_tenant("contoso", &[]));
    let wizard = sandbox.wizard(&[("switch", SWITCH)]);
    let at = |cloud: &str| sandbox.run_at(&tenant, &["check", wizard, "--yes", "--cloud", cloud]);
    let _ = at("public").exits(3);
    assert!(at("china").exits(2).stderr.contains("is not made for the cloud `china`"));
    let head = fs_err::read_to_string(sandbox.folder.path().join("small/wizard.toml")).unwrap();
    sandbox.write("small/wizard.toml", &format!("{head}[graph]\nclouds = [\"public\", \"china\"]\n"));
    let there = at("china").exits(0);
    assert!(there.stderr.contains("This cloud has no such switch."), "{}", there.all());

    // Of the wizard that ships, one step does the same by other means where methods are missing.
    let check =
        ["check", "sspr-admins", "--yes", "--set", "goal=enable", "--set", "write_to=methods", "--cloud", "china"];
    let ran = sandbox.run_at(&tenant, &check).exits(3);
    assert!(ran.stderr.contains("Microsoft Graph does not offer verification methods in this cloud"), "{}", ran.all());
    let asked = |path: &str| tenant.tenant().log().iter().any(|received| received.target.contains(path));
    assert!(!asked("/authentication/emailMethods"), "what this cloud lacks was asked for");
}
