//! The crate `oauth2` with our answer type: one name for a type with many parameters.

use oauth2::Scope;
use oauth2::StandardRevocableToken;
use oauth2::basic::{BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse};

use super::granted::Granted;

/// A client whose token endpoint answers with [`Granted`].
pub(super) type Client = oauth2::Client<
    BasicErrorResponse,
    Granted,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
>;

/// Wraps scopes.
pub(super) fn scopes(scopes: Vec<String>) -> impl Iterator<Item = Scope> {
    scopes.into_iter().map(Scope::new)
}
