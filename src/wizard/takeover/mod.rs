//! The takeover rules: requests by which a wizard could hand an account or a tenant to somebody else, and what they take.
//!
//! The rules match the *request* (method, path, body key, all without regard to case), never the author's names, and
//! hold for every wizard, shipped ones included:
//!
//! - *recovery contacts* take only what the person in front of the screen gave: whoever chooses an administrator's
//!   recovery address can reset that administrator's password ([`source`]); a person may be offered what stands in the
//!   same account's profile ([`suggest`]);
//! - *passwords and access passes* take only `generated.password`, or are made by the service and shown once;
//! - *tier-0 writes* ([`tier0`]) are allowed, but need typed approval and a trusted wizard; the engine asks this
//!   table again with the request as it will be sent.

mod body;
pub mod source;
pub mod suggest;
mod table;

pub use body::Rules;
pub use table::{body_keys, is_secret_key, makes_access_pass, tier0, tier0_of_template};
