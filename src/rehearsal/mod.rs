//! The practice tenant: a Microsoft 365 tenant to rehearse on, inside the executable.
//!
//! [`Tenant`] is a state machine, (state, time, request) → (state, answer), that answers as Microsoft Graph does: OData
//! queries and paging, `$batch`, scopes and roles, error bodies, and reads that lag behind writes. It starts from a
//! [`Seed`] (`tenant.toml`). [`PracticeServer`] puts it behind real HTTP on loopback, and [`Fault`]s make it misbehave.

mod address;
mod answer;
mod applications;
mod batch;
mod credentials;
mod directory;
mod fault;
mod faults;
mod filter;
mod filter_parse;
mod generate;
mod generic;
mod method_kinds;
mod methods;
mod permission;
mod permission_table;
mod query;
mod report;
mod roles;
mod route;
mod schema;
mod seed;
mod seed_build;
mod seed_defaults;
mod server;
mod state;
mod store;
mod tenant;
mod token;
mod users;

pub use answer::{Delivery, PracticeRequest, PracticeResponse};
pub use credentials::PracticeCredentials;
pub use fault::Fault;
pub use seed::{Seed, SeedMistake};
pub use server::PracticeServer;
pub use tenant::{Received, Tenant};
