//! The Graph client, on what a request carries, where it may go, and who is signed in.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::sync::Arc;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fixforme::graph::{GraphRoot, Read, ReadError, Reader, SendError, SendErrorKind, Session, tenant};
use fixforme::host::{Interrupt, ReqwestHttp, VirtualClock};
use fixforme::ports::http::{HeaderValue, Method};
use fixforme::ports::retry::RetryPolicy;
use fixforme::ports::{Clock, Credentials, Token};
use serde_json::{Value, json};

use crate::support::graph::{Do, GraphTest, Screen, Server, at, say, user};
use crate::support::sandbox::{Sandbox, prompt_tenant};
use crate::support::wait::{LIMIT, nobody};

#[test]
fn a_request_says_who_asks_and_nothing_more() {
    let test = GraphTest::new(|_, _| say(200, json!({"id": "1"})));
    test.session.require(&["Policy.Read.All".to_owned()]);
    let read = Read {
        query: vec![("$select".to_owned(), "id,displayName".to_owned())],
        headers: vec![("ConsistencyLevel".to_owned(), "eventual".to_owned())],
        ..Read::of(at("/v1.0/users/ann%40contoso.example"))
    };
    let answer = test.reader().read(&read).unwrap();
    assert_eq!((answer.status, &answer.body), (200, &json!({"id": "1"})));
    let seen = test.server.seen();
    assert_eq!(seen[0].target, "/v1.0/users/ann%40contoso.example?$select=id,displayName");
    assert_eq!(seen[0].header("authorization"), Some("bearer token-1"));
    assert_eq!(seen[0].header("accept"), Some("application/json"));
    assert_eq!(seen[0].header("accept-encoding"), Some("gzip"));
    assert_eq!(seen[0].header("consistencylevel"), Some("eventual"));
    assert_eq!(seen[0].header("user-agent"), Some(concat!("fixforme/", env!("CARGO_PKG_VERSION"))));
    // The server gave no request-id, so ours is what support can look for.
    assert_eq!(seen[0].header("client-request-id"), Some(answer.request_ids[0].as_str()));
    for absent in ["sdkversion", "cookie", "referer", "retry-attempt", "content-type"] {
        assert_eq!(seen[0].header(absent), None, "{absent}");
    }
    assert_eq!(*test.tokens.asked.lock().unwrap(), [["Policy.Read.All"]]);
}

#[test]
fn headers_that_belong_to_the_client_cannot_be_set() {
    let test = GraphTest::new(|_, _| say(200, json!({})));
    for (name, value) in
        [("Authorization", "Bearer x"), ("HOST", "x"), ("X\r\nY", "x"), ("Prefer", "a\r\nb"), ("", "x")]
    {
        let read = Read { headers: vec![(name.to_owned(), value.to_owned())], ..user(1) };
        let answers = test.read_all(&[read.clone(), read]);
        assert!(answers.iter().all(|answer| matches!(answer, Err(ReadError::Bad(_)))), "{name}");
    }
    assert_eq!(test.server.connections.load(Ordering::SeqCst), 0);
}

#[test]
fn redirects_are_not_followed() {
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new());
    let evil = Server::start(Arc::clone(&clock), |_, _| say(200, json!({})));
    let location: &'static str = Box::leak(format!("Location: http://{}/v1.0/me\r\n", evil.address).into_boxed_str());
    for status in [301, 302, 303, 307, 308] {
        let test = GraphTest::new(move |_, _| Do::Say(status, location, String::new()));
        assert!(matches!(test.read("/v1.0/me"), Err(ReadError::Bad(_))));
        assert!(matches!(test.write(Method::Patch), Err(SendError { maybe_done: true, .. })));
        assert_eq!(test.server.seen().len(), 2);
    }
    assert_eq!(evil.connections.load(Ordering::SeqCst), 0);
}

#[test]
fn only_https_is_spoken_beyond_this_machine() {
    let http = ReqwestHttp::new(Interrupt::new());
    let free = nobody();
    for url in [
        format!("https://{free}/v1.0/me"),
        "http://192.0.2.1/v1.0/me".to_owned(),
        "http://localhost.evil.example/".to_owned(),
        "ftp://localhost/".to_owned(),
        "nonsense".to_owned(),
    ] {
        let request = fixforme::ports::http::Request {
            method: Method::Get,
            url: url.clone(),
            headers: Vec::new(),
            body: None,
            may_change: false,
            fresh_connection: false,
            timeout: LIMIT,
            max_body: 1,
        };
        let error = fixforme::ports::Http::send(&http, &request).unwrap_err();
        assert!(matches!(error, fixforme::ports::http::HttpError::NotSent(_)), "{url}: {error}");
    }
}

/// Where a cloud's host answers its own machines, whoever runs that host would read the token.
#[test]
fn no_token_goes_to_the_host_of_this_machine() {
    let request = fixforme::ports::http::Request {
        method: Method::Get,
        url: "http://169.254.169.254/v1.0/me".to_owned(),
        headers: vec![("Authorization".to_owned(), HeaderValue::Bearer(Token::new("canary".to_owned())))],
        body: None,
        may_change: false,
        fresh_connection: false,
        timeout: LIMIT,
        max_body: 1,
    };
    let error = fixforme::ports::Http::send(&ReqwestHttp::new(Interrupt::new()), &request).unwrap_err();
    assert!(error.to_string().contains("no access token is sent to the host of this machine"), "{error}");
}

#[test]
fn a_401_leads_to_one_new_token() {
    let test = GraphTest::new(|_, seen| match seen.header("authorization") {
        Some("bearer token-1") => say(401, json!({"error": {"code": "InvalidAuthenticationToken", "message": "old"}})),
        _ => say(200, json!({"ok": true})),
    });
    assert_eq!(test.read("/v1.0/me").unwrap().status, 200);
    test.read("/v1.0/me").unwrap();
    assert_eq!(test.tokens.asked.lock().unwrap().len(), 2);
    // Parallel requests with the old token lead to one sign-in, not to one each.
    test.session.require(&["Other".to_owned()]);
    test.read("/v1.0/me").unwrap();
    assert_eq!(test.tokens.asked.lock().unwrap().len(), 3);

    let test = GraphTest::new(|_, _| say(401, json!({})));
    assert!(matches!(test.read("/v1.0/me"), Err(ReadError::SignIn(_))));
    assert_eq!(test.server.seen().len(), 2);
    assert!(matches!(test.write(Method::Post), Err(SendError { kind: SendErrorKind::SignIn, .. })));
    assert_eq!(test.server.seen().len(), 4);
}

/// Gives a token of each of these people and tenants in turn.
struct Others(std::sync::Mutex<Vec<Value>>);

impl Credentials for Others {
    fn token(&self, _scopes: &[String]) -> anyhow::Result<Token> {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let payload = self.0.lock().unwrap().remove(0);
        Ok(Token::new(format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(&payload))))
    }
}

#[test]
fn a_new_token_is_of_the_same_account_and_tenant_or_of_no_use() {
    let ann = json!({"tid": "t-1", "oid": "a-1"});
    for (next, asks) in [
        (ann.clone(), 2),
        (json!({}), 2),
        (json!({"tid": "t-1", "oid": "a-2"}), 1),
        (json!({"tid": "t-2", "oid": "a-1"}), 1),
    ] {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new());
        let server = Server::start(Arc::clone(&clock), |number, _| say(if number == 0 { 401 } else { 200 }, json!({})));
        let session = Session::new(
            Arc::new(ReqwestHttp::new(Interrupt::new())),
            clock,
            Arc::new(Screen::default()),
            Arc::new(Others(vec![ann.clone(), next.clone()].into())),
            GraphRoot::parse(&server.root()).unwrap(),
            RetryPolicy::default(),
        );
        let answer = Reader::new(Arc::new(session)).read(&Read::of(at("/v1.0/me")));
        assert_eq!(server.seen().len(), asks, "{next}");
        match answer {
            Ok(answer) => assert_eq!((answer.status, asks), (200, 2), "{next}"),
            Err(ReadError::SignIn(trouble)) => assert!(trouble.to_string().contains("another account or tenant")),
            Err(error) => panic!("{next}: {error}"),
        }
    }
}

#[test]
fn what_is_for_this_machine_goes_through_no_proxy() {
    let (sandbox, tenant) = (Sandbox::new(), prompt_tenant("disable", &[]));
    let proxy = Server::start(Arc::new(VirtualClock::new()), |_, _| say(407, json!({})));
    let mut command = sandbox.command_at(&tenant, &["check", "sspr-admins", "--set", "goal=disable"]);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env(name, proxy.root());
    }
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(proxy.connections.load(Ordering::SeqCst), 0);
}

#[test]
fn the_tenant_and_the_account_are_told() {
    let test = GraphTest::new(|_, seen| match seen.target.split('?').next().unwrap() {
        "/v1.0/organization" => say(
            200,
            json!({"value": [{"id": "t-1", "displayName": "Contoso", "verifiedDomains": [
                {"name": "contoso.onmicrosoft.example", "isDefault": false}, {"name": "contoso.example", "isDefault": true}]}]}),
        ),
        "/v1.0/me" => say(200, json!({"id": "a-1", "userPrincipalName": "ann@contoso.example"})),
        _ => say(403, json!({"error": {"code": "Authorization_RequestDenied", "message": "No."}})),
    });
    let claims = test.session.claims().unwrap();
    let organization = tenant::organization(&test.reader(), &claims).unwrap();
    let found = tenant::whoami(&test.reader(), &claims, organization).unwrap();
    assert_eq!((found.tenant_id.as_str(), found.tenant_name.as_str()), ("t-1", "Contoso"));
    assert_eq!((found.domain.as_str(), found.account.as_str()), ("contoso.example", "ann@contoso.example"));
    assert_eq!((found.account_id.as_deref(), found.roles.len()), (Some("a-1"), 0));

    let other = fixforme::ports::credentials::Claims { tenant: Some("t-2".to_owned()), ..claims };
    let error = tenant::organization(&test.reader(), &other).unwrap_err();
    assert!(matches!(&error, ReadError::SignIn(_)), "{error}");
}
