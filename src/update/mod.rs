//! Which release may become this program: pure decisions over a signed index, with no I/O of their own.
//!
//! [`index`] is the list of releases as it is signed, [`state`] what was seen of it before, [`decision`] the rules
//! that tie both together, [`place`] whether a folder is ours to write into.

pub mod decision;
pub mod index;
pub mod place;
pub mod state;

pub use decision::{Accepted, Asked, Outcome, Refused, Rule, Wanted};
pub use index::Index;
pub use state::UpdateState;
