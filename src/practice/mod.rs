//! The practice tenant: a Microsoft 365 tenant to rehearse on, inside the executable.
//!
//! [`Tenant`] is a state machine, (state, time, request) → (state, answer), that answers as Microsoft Graph does: OData
//! queries and paging, `$batch`, scopes and roles, error bodies, and reads that lag behind writes. It starts from a
//! [`Seed`] (`tenant.toml`). [`PracticeServer`] puts it behind real HTTP on loopback, and [`Fault`]s make it misbehave.

mod address;
mod answer;
mod batch;
mod call;
mod clock;
mod credentials;
mod facts;
mod fault;
mod faults;
mod memberships;
mod object;
mod query;
mod rules;
mod seed;
mod server;
mod shown;
mod spot;
mod state;
mod store;
mod tenant;
mod token;

pub use answer::{Delivery, PracticeRequest, PracticeResponse};
pub use clock::MovedClock;
pub use credentials::PracticeCredentials;
pub use fault::Fault;
pub use seed::{Seed, SeedMistake};
pub use server::PracticeServer;
pub use tenant::{Received, Tenant};
