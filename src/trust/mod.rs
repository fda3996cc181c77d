//! Who may sign for fixforme: minisign signatures, checked over the raw bytes, before anything is parsed.
//!
//! Two keys are compiled in, the current one and the next: a key can be replaced by a release that the next one signs,
//! and there is never a moment with no key at all. A signature says what it is for in its trusted comment, which it
//! covers; one made for something else is worth nothing, whoever made it.

mod keys;
mod known;
mod signature;

pub use keys::{Key, Keys};
pub use signature::Purpose;
