//! fixforme: checks, repairs, verifies and rolls back settings of a Microsoft 365 / Entra tenant.
//!
//! Codemap, top floor first; arrows only go down, never sideways (`tests/it/floors.rs` keeps it true):
//!
//! - 4: `main` → [`wiring`], the only file that names adapters.
//! - 3: [`commands`] (one verb a file), [`failure`], [`settings`].
//! - 2: [`engine`] (check → plan → apply → verify → roll back, from a journal), [`report`] (the guide), [`update`]
//!   (which release may become this program).
//! - 1: [`wizard`] (the format), [`graph`] (the client), [`auth`], [`trust`] (who may
//!   sign), [`practice`] (the practice tenant);
//!   [`ui`] and [`host`] are seen by `wiring` alone.
//! - 0: [`contract`] (Microsoft Graph as data), [`expr`] (the expressions of the format), [`ports`] (five traits and
//!   the data they speak), [`cli`], [`exit_code`].

pub mod auth;
pub mod cli;
pub mod commands;
pub mod contract;
pub mod engine;
pub mod exit_code;
pub mod expr;
pub mod failure;
pub mod graph;
pub mod host;
pub mod ports;
pub mod practice;
pub mod report;
pub mod settings;
pub mod trust;
pub mod ui;
pub mod update;
pub mod wiring;
pub mod wizard;
