//! A server with a certificate that nobody vouches for gets no request: neither the token nor anything else.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use fixforme::host::{Interrupt, ReqwestHttp, install_crypto};
use fixforme::ports::http::{HeaderValue, HttpError, Method, Request};
use fixforme::ports::{Http as _, Token};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::support::sandbox::project;
use crate::support::wait::LIMIT;

fn certificate() -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let file = project("tests/lab/certificates/test-server.pem");
    (CertificateDer::from_pem_file(&file).unwrap(), PrivateKeyDer::from_pem_file(&file).unwrap())
}

/// A server by TLS that answers every request with 200; what each call brought, nothing where it ended before a request.
fn server() -> (SocketAddr, Receiver<String>) {
    install_crypto();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (certificate, key) = certificate();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let (config, (give, take)) = (Arc::new(config), channel());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream.unwrap());
            let mut head = [0; 4096];
            let read = stream.read(&mut head).unwrap_or(0);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").and_then(|()| stream.flush());
            give.send(String::from_utf8_lossy(&head[..read]).into_owned()).unwrap();
        }
    });
    (address, take)
}

#[test]
fn a_server_that_nobody_vouches_for_gets_no_token() {
    let (address, calls) = server();
    // Who trusts it is answered: it is the certificate alone that stands in the way.
    let mut roots = RootCertStore::empty();
    roots.add(certificate().0).unwrap();
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut trusting = StreamOwned::new(client, TcpStream::connect(address).unwrap());
    trusting.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert!(calls.recv_timeout(LIMIT).unwrap().starts_with("GET / "));

    let request = Request {
        method: Method::Get,
        url: format!("https://localhost:{}/v1.0/me", address.port()),
        headers: vec![("Authorization".to_owned(), HeaderValue::Bearer(Token::new("canary-token".to_owned())))],
        body: None,
        may_change: true,
        fresh_connection: false,
        timeout: LIMIT,
        max_body: 1024,
    };
    let error = ReqwestHttp::new(Interrupt::new()).send(&request).unwrap_err();
    assert!(matches!(&error, HttpError::NotSent(_)), "{error}");
    assert!(error.to_string().contains("invalid peer certificate"), "{error}");
    assert_eq!(calls.recv_timeout(LIMIT).unwrap(), "");
}
