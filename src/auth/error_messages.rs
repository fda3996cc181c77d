//! What a refusal means and what to do now: Entra's numbers and OAuth's words as a table.
//!
//! Source of the numbers: Microsoft's reference of error codes (`AADSTS…`). Its texts change, so only the numbers are
//! looked at.

use super::app::SignInContext;
use super::error::Kind::{self, Refused, Temporary};
use super::error::SignInError;
use super::refusal::Refusal;
use crate::ports::SignInMethod;

/// Returns whether the same request may succeed in a moment.
pub(super) fn is_passing(refusal: &Refusal) -> bool {
    row_of(refusal).is_some_and(|row| row.kind == Kind::Temporary) || refusal.error == "temporarily_unavailable"
}

fn row_of(refusal: &Refusal) -> Option<&'static Words> {
    let codes = refusal.codes();
    let by_code = codes.iter().find_map(|code| TABLE.iter().find(|row| row.codes.contains(code)));
    // A number that has no row says more by its own sentence than by OAuth's word, which covers a hundred of them.
    match by_code {
        None if codes.is_empty() => TABLE.iter().find(|row| row.errors.contains(&refusal.error.as_str())),
        found => found,
    }
}

/// Returns the failure that a refusal means.
pub(super) fn explain(refusal: &Refusal, context: &SignInContext) -> SignInError {
    let mut error = match row_of(refusal) {
        Some(row) => {
            let now = row.now.iter().filter(|now| now.methods.is_empty() || now.methods.contains(&context.method));
            let error = SignInError::new(row.kind, context.fill(row.sentence));
            now.fold(error, |error, now| error.now(context.fill(now.text)))
        }
        None => {
            let sentence = match refusal.first_sentence() {
                Some(sentence) => format!("Microsoft refused the sign-in: {sentence}."),
                None => "Microsoft refused the sign-in.".to_owned(),
            };
            let kind = if is_passing(refusal) { Kind::Temporary } else { Kind::Refused };
            SignInError::new(kind, sentence).now(NOW_UNKNOWN)
        }
    };
    error.reference = Some(Box::new(refusal.reference()));
    error
}

/// One row of the table: which refusals it is for, what they mean, what to do.
struct Words {
    /// Entra's numbers.
    codes: &'static [u32],
    /// OAuth's words, for a refusal without a number of the table.
    errors: &'static [&'static str],
    /// The kind of failure.
    kind: Kind,
    /// What it means.
    sentence: &'static str,
    /// What to do now, a sentence each.
    now: &'static [Now],
}

/// A sentence on what to do, for every way of signing in or for some.
struct Now {
    /// What it is for; none means all.
    methods: &'static [SignInMethod],
    /// The sentence.
    text: &'static str,
}

/// What to do about a refusal that is not in the table.
const NOW_UNKNOWN: &str =
    "the code has a page in Microsoft's reference of sign-in errors, https://login.microsoftonline.com/error";

const PERSON: &[SignInMethod] = &[SignInMethod::Browser, SignInMethod::DeviceCode];

const fn now(text: &'static str) -> Now {
    Now { methods: &[], text }
}

const fn only(methods: &'static [SignInMethod], text: &'static str) -> Now {
    Now { methods, text }
}

const fn row(codes: &'static [u32], sentence: &'static str, now: &'static [Now]) -> Words {
    Words { codes, errors: &[], kind: Refused, sentence, now }
}

const fn or_word(errors: &'static [&'static str], row: Words) -> Words {
    Words { errors, ..row }
}

const SIGN_IN_AGAIN: Now = now("sign in again: run the same command once more");
const IN_PERSON: Now = only(PERSON, "sign in again, in a browser: `--sign-in browser`");
const AS_AN_APP: Now = now("an account of a person cannot sign in unattended: use an app, `--certificate FILE`");
const CONSENT: Now = now("an administrator who may grant consent opens this link: {consent}");
const AFTER_CONSENT: Now =
    now("the last page (http://localhost) cannot be reached; this is expected. Then run this again");
const REPORT: Now = now("if this goes on, report it together with the codes; the mistake is not yours");
const TENANT: Now = now("say which tenant: `--tenant contoso.com`");

/// Every refusal that has words of its own.
const TABLE: &[Words] = &[
    // Consent and permissions.
    or_word(
        &["consent_required"],
        row(
            &[65001],
            "your organization has not approved the app {client} for these permissions: {scopes}",
            &[CONSENT, AFTER_CONSENT],
        ),
    ),
    or_word(
        &["access_denied", "authorization_declined"],
        row(
            &[65004],
            "you declined the sign-in, or what it asks for",
            &[now("`fixforme permissions WIZARD` says what it asks for and why")],
        ),
    ),
    row(
        &[90094],
        "an administrator must approve the app {client} before you can sign in with it",
        &[CONSENT, AFTER_CONSENT],
    ),
    row(
        &[7000229, 90099],
        "the app {client} is not in use in the tenant {tenant} yet: an administrator of that tenant must approve it",
        &[CONSENT, AFTER_CONSENT],
    ),
    row(
        &[90095],
        "a request to approve the app {client} was sent to your administrators",
        &[now("run this again once they have approved it")],
    ),
    row(
        &[65002],
        "Microsoft does not let the app {client} ask for these permissions: {scopes}",
        &[now(
            "use an app of your own tenant: the wizard `app-registration` registers one; give its id with `--client-id`",
        )],
    ),
    row(
        &[650056, 650057, 65005],
        "the registration of the app {client} lacks permissions that are needed: {scopes}",
        &[
            now("add them to the app's API permissions; the wizard `app-registration` does that"),
            now("an administrator then grants consent"),
        ],
    ),
    // The app and the tenant.
    or_word(
        &["unauthorized_client"],
        row(
            &[700016, 70001, 700011, 700038, 7000112],
            "there is no app {client} in the tenant {tenant} that may sign in, or it is disabled there",
            &[
                now("compare `--client-id` and `--tenant` with the registration"),
                now("each cloud has its own registrations: see `--cloud`"),
            ],
        ),
    ),
    row(&[50059, 50128], "the sign-in does not say which tenant it is for", &[TENANT]),
    row(
        &[90002],
        "there is no tenant {tenant} in this cloud",
        &[
            now("look for a mistake in `--tenant`"),
            now("a tenant in a national cloud needs `--cloud usgov`, `--cloud usgov-dod` or `--cloud china`"),
        ],
    ),
    row(
        &[90038],
        "the tenant {tenant} is in another cloud",
        &[now("add `--cloud usgov`, `--cloud usgov-dod` or `--cloud china`")],
    ),
    row(&[50194, 9001023, 90130], "this app must be told the tenant by its id or domain", &[TENANT]),
    row(
        &[7000218],
        "the app {client} is not registered as a public client, so a person cannot sign in with it",
        &[
            now("in its registration, under Authentication, turn on `Allow public client flows`"),
            now("or sign in as the app itself: `--certificate FILE`"),
        ],
    ),
    row(
        &[700025],
        "the app {client} is a public client: it takes neither secret nor certificate",
        &[now("sign in as a person, or register an app that is not a public client")],
    ),
    row(
        &[50011, 70004],
        "the registration of the app {client} does not list the address that the browser comes back to",
        &[now(
            "under Authentication, add `http://localhost` to the redirect URIs of `Mobile and desktop applications`",
        )],
    ),
    row(
        &[50105],
        "your account is not assigned to the app {client}, which wants that",
        &[now("an administrator assigns you, under the app's Users and groups")],
    ),
    row(
        &[500011],
        "the tenant does not know Microsoft Graph at {resource}",
        &[now("the cloud and the root of Graph do not fit together: see `--cloud` and `--graph-root`")],
    ),
    row(
        &[500014],
        "the tenant {tenant} has turned off {resource} for all apps, or its subscription has ended",
        &[now("an administrator looks at it in the Microsoft Entra admin center, under Enterprise applications")],
    ),
    // The app's own proof.
    row(
        &[7000215],
        "the client secret of the app {client} is wrong",
        &[now("give the secret's value, not the secret's id; the portal shows the value only once, when it is made")],
    ),
    row(
        &[7000222],
        "the client secret of the app {client} has expired",
        &[now("make a new one, or better use a certificate: `--certificate FILE`")],
    ),
    row(
        &[1000502],
        "the certificate of the app {client} has expired, or is not valid yet",
        &[
            now("make a new one, and add it to the app's registration under Certificates & secrets"),
            now("this machine's clock says {time}"),
        ],
    ),
    or_word(
        &["invalid_client"],
        row(
            &[700027, 50012, 50013, 700030, 700024],
            "Microsoft did not accept the proof of the app {client}",
            &[
                only(
                    &[SignInMethod::ClientSecret],
                    "compare the secret and its date of expiry with the app's registration",
                ),
                only(
                    &[SignInMethod::Certificate],
                    "the app must hold the certificate with the SHA-256 thumbprint {thumbprint}",
                ),
                only(
                    &[SignInMethod::Certificate, SignInMethod::FederatedToken],
                    "this machine's clock says {time}; the proof is refused when that is some minutes wrong",
                ),
            ],
        ),
    ),
    row(
        &[70021, 700211, 700212, 700213],
        "the app {client} does not trust the token that this platform gave",
        &[
            only(
                &[SignInMethod::FederatedToken],
                "its registration needs a federated credential with exactly this issuer: {issuer}",
            ),
            only(&[SignInMethod::FederatedToken], "and this subject: {subject}"),
            only(&[SignInMethod::FederatedToken], "and this audience: {audience}"),
        ],
    ),
    row(
        &[500133],
        "the token that this platform gave has expired, or is not good yet",
        &[now("this machine's clock says {time}; look at it, and at how often the platform writes a new token")],
    ),
    or_word(
        &["invalid_request"],
        row(&[501481, 50147, 501491], "the parts of this sign-in did not fit together", &[SIGN_IN_AGAIN, REPORT]),
    ),
    row(&[70003], "the app {client} may not sign in this way", &[now("choose another way with `--sign-in`")]),
    // The person's proof.
    row(&[50076, 50074, 50079, 50072, 50158], "Microsoft wants a second proof of who you are", &[IN_PERSON, AS_AN_APP]),
    or_word(
        &["interaction_required", "login_required"],
        row(&[50199], "Microsoft wants to ask a person in a browser", &[IN_PERSON, AS_AN_APP]),
    ),
    row(&[50078, 70043], "the sign-in is older than your organization allows", &[SIGN_IN_AGAIN]),
    row(
        &[50097, 50129, 53000, 53001, 53002, 530003],
        "your organization allows this only on a device or in an app that it manages",
        &[
            now("run fixforme on a device that your organization manages, and sign in by its browser"),
            now(
                "it cannot prove the device by itself (Windows' own sign-in, WAM): ask for an exception where that is demanded",
            ),
        ],
    ),
    row(
        &[53003, 530032, 530035, 50131],
        "a policy of your organization blocks this sign-in",
        &[
            only(
                &[SignInMethod::DeviceCode],
                "it may forbid signing in by a code: use the browser, `--sign-in browser`",
            ),
            now("whoever looks after Conditional Access finds the reason in the sign-in log by the correlation id"),
        ],
    ),
    row(
        &[53011, 530034],
        "the account is seen as at risk in the tenant where it is at home, so it may not sign in here",
        &[now("an administrator of that tenant looks at it in Microsoft Entra ID Protection, under Risky users")],
    ),
    row(
        &[53004, 53010],
        "you must first register how you prove who you are",
        &[now("register at https://aka.ms/mysecurityinfo, then run this again")],
    ),
    row(
        &[50020, 50034, 51004, 90072, 16000],
        "the account does not belong to the tenant {tenant}",
        &[now("sign in with an account of that tenant, or correct `--tenant`")],
    ),
    row(
        &[50053],
        "the account is locked, or the sign-in comes from an address that Microsoft blocks",
        &[now("wait some minutes and try again, or ask an administrator")],
    ),
    row(&[50055], "the account's password has expired", &[now("change it, then sign in again")]),
    row(&[50057], "the account is disabled", &[now("an administrator can enable it")]),
    row(&[50126], "the name or the password is wrong", &[SIGN_IN_AGAIN]),
    row(
        &[50144],
        "the account's password has expired in the directory on premises",
        &[now("change it there, then sign in again")],
    ),
    // What has ended.
    or_word(
        &["invalid_grant"],
        row(
            &[50058, 50173, 700082, 70008, 50132, 50133, 70000, 54005],
            "the sign-in has ended, or was used already",
            &[SIGN_IN_AGAIN],
        ),
    ),
    or_word(
        &["expired_token", "code_expired", "authorization_pending", "slow_down"],
        row(&[70019, 70016, 70020], "the code was not used in time", &[now("run this again for a new code")]),
    ),
    or_word(
        &["bad_verification_code"],
        row(&[70018], "Microsoft does not know the code", &[now("run this again for a new code")]),
    ),
    // Ours.
    or_word(
        &["invalid_scope", "invalid_resource"],
        row(
            &[70011, 28002, 700022, 700023],
            "Microsoft does not know one of the permissions that were asked for: {scopes}",
            &[REPORT],
        ),
    ),
    row(&[50196], "Microsoft has seen the same sign-in too often in a short time", &[now("wait five minutes"), REPORT]),
    // The way there.
    row(
        &[500212, 500213, 500021, 500022],
        "your network or your organization does not let you sign in to the tenant {tenant}",
        &[now("ask whoever looks after tenant restrictions and cross-tenant access")],
    ),
    Words {
        codes: &[90006, 90012, 90024, 90033, 90090, 50033, 50087],
        errors: &["temporarily_unavailable", "server_error"],
        kind: Temporary,
        sentence: "Microsoft's sign-in service has a fault that passes",
        now: &[now("run this again in some minutes")],
    },
    // Words of OAuth without a number: rare from Entra, common from others.
    or_word(
        &["unsupported_grant_type", "unsupported_response_type"],
        row(
            &[],
            "the sign-in service does not know this way of signing in",
            &[now("choose another way with `--sign-in`")],
        ),
    ),
];
