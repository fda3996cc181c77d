//! The takeover rules: requests by which a wizard could hand an account or a tenant to somebody else, and what they take.
//!
//! The rules match the *request* as the contract resolves it, never the author's names, and hold for every wizard, shipped
//! ones included:
//!
//! - *recovery contacts* take only what the person in front of the screen gave: whoever chooses an administrator's
//!   recovery address can reset that administrator's password ([`source`]); a person may be offered the value in the
//!   same account's profile ([`suggest`]);
//! - *passwords and access passes* take only `generated.password`, or are made by the service and shown once;
//! - *every write that is not on the list of ordinary ones* ([`crate::contract::ordinary`]) needs typed approval and a
//!   trusted wizard: [`approval`] finds them in a wizard, the engine in a plan.

pub mod approval;
mod body;
mod keys;
pub mod source;
pub mod suggest;

pub use body::Rules;
pub use keys::{is_secret_key, makes_access_pass};
