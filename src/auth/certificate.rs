//! An application with a certificate: client credentials proven by a signed assertion (RFC 7523), for runs without a
//! person.
//!
//! Source of the assertion's form: Microsoft's "Certificate credentials": PS256, the SHA-256 thumbprint as `x5t#S256`,
//! ten minutes at most.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PSS_SHA256, RsaKeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};

use super::app::App;
use super::client_secret::client_credentials;
use super::error::{Kind, SignInError};
use crate::ports::file::decode;
use crate::ports::retry::random_id;
use crate::ports::{Challenge, Credentials, SignInMethod, Token};

/// How long an assertion is good for, in seconds. The service takes ten minutes at most.
const LIFETIME: i64 = 300;
/// What kind of proof an assertion is.
pub(super) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Signs an application in by its certificate.
pub struct Certificate {
    app: Arc<App>,
    key: RsaKeyPair,
    thumbprint: [u8; 32],
    file: String,
}

impl Certificate {
    /// Reads a PEM file with the certificate and its private key, in any order. `file` names it in errors, which show
    /// nothing of it.
    pub fn new(app: Arc<App>, bytes: &[u8], file: &str) -> Result<Self> {
        let out = "openssl pkcs12 -in FILE.pfx -out certificate.pem -nodes";
        // PKCS#12 is DER: a sequence.
        if bytes.first() == Some(&0x30) {
            bail!("`{file}` is a PFX (or another binary form); PEM is wanted. Make it by: {out}");
        }
        let Some(text) = decode(bytes) else {
            bail!("`{file}` is not a text file; PEM is wanted. From a PFX it is made by: {out}")
        };
        if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED") {
            bail!(
                "the private key in `{file}` is locked by a password; unlock it by: openssl pkey -in {file} -out key.pem, \
                 and put the certificate into the same file"
            );
        }
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(text.as_bytes()).filter_map(Result::ok).collect();
        let Some(first) = certificates.first() else {
            bail!(
                "`{file}` holds no certificate in PEM form (-----BEGIN CERTIFICATE-----). From a PFX it is made by: {out}"
            )
        };
        let Ok(key) = PrivateKeyDer::from_pem_slice(text.as_bytes()) else {
            bail!(
                "`{file}` holds no private key in PEM form (-----BEGIN PRIVATE KEY-----). From a PFX it is made by: {out}"
            )
        };
        let pair = match &key {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => bail!(
                "the private key in `{file}` is not an RSA key; Microsoft Entra takes certificates with RSA keys alone"
            ),
        };
        let pair = match pair {
            Ok(pair) => pair,
            Err(reason) => bail!(
                "the private key in `{file}` cannot be used ({reason}); an RSA key of 2048 to 4096 bits is wanted"
            ),
        };
        // A chain may stand in the file in any order: the certificate is the one that the key belongs to.
        let own = certificates.iter().find(|certificate| belongs(certificate, &pair).is_ok());
        let certificate = own.unwrap_or(first);
        belongs(certificate, &pair).with_context(|| format!("`{file}`"))?;
        let mut thumbprint = [0; 32];
        thumbprint.copy_from_slice(digest(&SHA256, certificate).as_ref());
        Ok(Self { app, key: pair, thumbprint, file: file.to_owned() })
    }

    fn ask(&self, scopes: &[String], challenge: Option<&Challenge>) -> Result<Token, SignInError> {
        let mut context = self.app.context(SignInMethod::Certificate, scopes);
        context.thumbprint = Some(self.thumbprint.iter().map(|byte| format!("{byte:02X}")).collect());
        let proof =
            || Ok(vec![("client_assertion_type", ASSERTION_TYPE.to_owned()), ("client_assertion", self.assertion()?)]);
        client_credentials(&self.app, context, &proof, challenge)
    }

    /// The proof of this application for this token endpoint: signed anew each time, since each counts once.
    fn assertion(&self) -> Result<String, SignInError> {
        let now = self.app.service.clock.now().as_second();
        let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(self.thumbprint)});
        let claims = json!({
            "aud": self.app.service.authority.address(None, "token"),
            "iss": self.app.client_id,
            "sub": self.app.client_id,
            "jti": random_id(self.app.service.clock.as_ref()),
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME,
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| SignInError::new(Kind::Refused, format!("the key in `{}` cannot sign", self.file)))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// Checks that the certificate has this key: its DER holds the key's modulus.
fn belongs(certificate: &CertificateDer<'_>, key: &RsaKeyPair) -> Result<()> {
    let public: &[u8] = key.public().as_ref();
    if !certificate.windows(public.len()).any(|part| part == public) {
        bail!("the certificate and the private key do not belong together");
    }
    Ok(())
}

impl Credentials for Certificate {
    /// Returns a token with the application's permissions, whatever is asked for: they are granted in the tenant.
    fn token(&self, scopes: &[String]) -> Result<Token> {
        Ok(self.ask(scopes, None)?)
    }

    fn answer(&self, scopes: &[String], challenge: &Challenge) -> Result<Token> {
        Ok(self.ask(scopes, Some(challenge))?)
    }

    fn chooses_scopes(&self) -> bool {
        false
    }
}
