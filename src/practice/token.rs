//! The practice tenant's access tokens: unsigned JSON web tokens that only the tenant that minted them takes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::contract::roles::ORDINARY_USER;
use crate::ports::Token;

use super::answer::Refusal;
use super::object::text;
use super::state::State;
use super::store::{SERVICE_PRINCIPALS, USERS};

/// How long a token lives, in seconds: what Entra commonly gives.
const LIFETIME: i64 = 75 * 60;
/// The application that the tokens say they are for.
const APPLICATION: &str = "11111111-2222-4333-8444-555555555555";

/// The permissions of the token that is handed to other programs: all that the rules here know.
const EVERYTHING: &str = "\
    AppRoleAssignment.ReadWrite.All Application.Read.All Application.ReadWrite.All Application.ReadWrite.OwnedBy \
    AuditLog.Read.All DelegatedPermissionGrant.ReadWrite.All Directory.AccessAsUser.All Directory.Read.All \
    Directory.ReadWrite.All Domain.Read.All Domain.ReadWrite.All EntraBackup.Read.All Group.Read.All \
    Group.ReadWrite.All GroupMember.Read.All GroupMember.ReadWrite.All GroupSettings.Read.All \
    GroupSettings.ReadWrite.All IdentityRiskyUser.Read.All IdentityRiskyUser.ReadWrite.All \
    LicenseAssignment.ReadWrite.All MailboxSettings.Read MailboxSettings.ReadWrite Organization.Read.All \
    Organization.ReadWrite.All Passkey.ReadWrite.All PasswordProfile.ReadWrite.All Phone.Read.All Policy.Read.All \
    Policy.Read.AuthenticationMethod Policy.Read.ConditionalAccess Policy.Read.PermissionGrant \
    Policy.ReadWrite.AuthenticationMethod Policy.ReadWrite.Authorization Policy.ReadWrite.ConditionalAccess \
    Policy.ReadWrite.ConsentRequest Policy.ReadWrite.PermissionGrant Policy.ReadWrite.SecurityDefaults \
    ReportSettings.Read.All ReportSettings.ReadWrite.All RoleAssignmentSchedule.Read.Directory \
    RoleAssignmentSchedule.ReadWrite.Directory RoleEligibilitySchedule.Read.Directory \
    RoleEligibilitySchedule.ReadWrite.Directory RoleManagement.Read.All RoleManagement.Read.Directory \
    RoleManagement.ReadWrite.Directory SoftwareOATH.ReadWrite.All User- User-Mail.ReadWrite.All User- \
    Phone.ReadWrite.All User.DeleteRestore.All User.EnableDisableAccount.All User.Read User.Read.All \
    User.ReadBasic.All User.ReadWrite User.ReadWrite.All User.RevokeSessions.All UserAuthMethod- UserAuthMethod- \
    Email.Read.All UserAuthMethod-Email.ReadWrite.All UserAuthMethod-MicrosoftAuthApp.Read.All UserAuthMethod- \
    MicrosoftAuthApp.ReadWrite.All UserAuthMethod-Passkey.Read.All UserAuthMethod-Password.Read.All \
    UserAuthMethod-Password.ReadWrite.All UserAuthMethod-Phone.ReadWrite.All UserAuthMethod-SoftwareOATH.Read.All \
    UserAuthMethod-TAP.Read.All UserAuthMethod-TAP.ReadWrite.All UserAuthMethod-WindowsHello.ReadWrite.All \
    UserAuthenticationMethod.Read.All UserAuthenticationMethod.ReadWrite.All WindowsHello.Read.All";

/// Returns every permission that the practice tenant's rules know.
pub(super) fn everything() -> Vec<String> {
    EVERYTHING.split_whitespace().map(str::to_owned).collect()
}

/// Who a request comes from, as its token says.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// Scopes or application roles.
    pub scopes: Vec<String>,
    /// Directory role ids.
    pub roles: Vec<String>,
    /// Whether it is an application without a person.
    pub app_only: bool,
    /// Object id of the account or service principal.
    pub id: String,
}

impl Caller {
    /// Returns whether the token carries one of the scopes; `A+B` means both.
    pub fn has_any(&self, scopes: &[&str]) -> bool {
        let has = |scope: &str| self.scopes.iter().any(|held| held.eq_ignore_ascii_case(scope));
        scopes.iter().any(|scope| scope.split('+').all(has))
    }
}

/// Mints a token with the scopes asked for, as far as the seed lets it have them.
pub(super) fn mint(state: &State, scopes: &[String], now: Timestamp) -> Token {
    let me = &state.me;
    let asked = scopes.iter().map(|scope| scope.rsplit('/').next().unwrap_or(scope));
    let asked: Vec<&str> =
        asked.filter(|scope| !matches!(*scope, "openid" | "profile" | "email" | "offline_access" | "")).collect();
    let granted: Vec<&str> = match &me.scopes {
        // An application's token carries every permission that it was given, whatever it asks for.
        Some(given) if me.app_only || asked.contains(&".default") => given.iter().map(String::as_str).collect(),
        Some(given) => {
            asked.into_iter().filter(|scope| given.iter().any(|one| one.eq_ignore_ascii_case(scope))).collect()
        }
        None => asked,
    };
    let issued = now.as_second();
    let mut wids: Vec<&str> = me.roles.iter().map(String::as_str).collect();
    if !me.app_only {
        wids.push(ORDINARY_USER);
    }
    let mut payload = json!({
        "aud": "https://graph.microsoft.com",
        "iss": "https://practice.invalid/",
        "iat": issued,
        "nbf": issued,
        "exp": issued + LIFETIME,
        "tid": state.organization,
        "oid": me.id,
        "wids": wids,
        "ver": "1.0",
        "nonce": state.nonce,
    });
    if let Some(payload) = payload.as_object_mut() {
        if me.app_only {
            let principal = state.store.all(SERVICE_PRINCIPALS).find(&me.id).and_then(|item| item.newest());
            payload.insert("appid".to_owned(), json!(principal.map(|one| text(one, "appId"))));
            payload.insert("idtyp".to_owned(), json!("app"));
            payload.insert("roles".to_owned(), json!(granted));
        } else {
            let user = state.store.all(USERS).find(&me.id).and_then(|item| item.newest());
            payload.insert("appid".to_owned(), json!(APPLICATION));
            payload.insert("idtyp".to_owned(), json!("user"));
            payload.insert("upn".to_owned(), json!(user.map(|one| text(one, "userPrincipalName"))));
            payload.insert("scp".to_owned(), json!(granted.join(" ")));
        }
    }
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    Token::new(format!("{}.{}.", encode(&json!({"alg": "none", "typ": "JWT"})), encode(&payload)))
}

/// Checks the `Authorization` header.
pub(super) fn verify(state: &State, header: Option<&str>, now: Timestamp) -> Result<Caller, Refusal> {
    let token = header.and_then(|header| header.split_once(' '));
    let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer")).map(|(_, token)| token.trim());
    let Some(token) = token.filter(|token| !token.is_empty()) else { return Err(refuse("Access token is empty.")) };
    let payload = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok());
    let payload = payload.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let Some(Value::Object(payload)) = payload else { return Err(refuse("CompactToken parsing failed.")) };
    if text(&payload, "nonce") != state.nonce || text(&payload, "tid") != state.organization {
        return Err(refuse("Access token validation failure: this practice tenant did not issue the token."));
    }
    if payload.get("exp").and_then(Value::as_i64).is_none_or(|end| end <= now.as_second()) {
        return Err(refuse("Lifetime validation failed, the token is expired."));
    }
    let list = |key: &str| {
        let items = payload.get(key).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut scopes = list("roles");
    scopes.extend(text(&payload, "scp").split_whitespace().map(str::to_owned));
    let app_only = text(&payload, "idtyp") == "app";
    Ok(Caller { scopes, roles: list("wids"), app_only, id: text(&payload, "oid") })
}

fn refuse(message: &str) -> Refusal {
    let mut refusal = Refusal::new(401, "InvalidAuthenticationToken", message);
    let challenge = "Bearer realm=\"\", authorization_uri=\"https://practice.invalid/oauth2/authorize\"";
    refusal.headers.push(("WWW-Authenticate".to_owned(), challenge.to_owned()));
    refusal
}
